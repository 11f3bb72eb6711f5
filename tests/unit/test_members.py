"""The typed study: members have the columns of the schemas, cannot be changed, and give back the rows they were made of."""

import pickle
import shutil
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import get_type_hints

import pytest
from immunoassay.files.house import schema_file
from immunoassay.study import members
from immunoassay.study.load import Study, study_in
from immunoassay.study.schema import load_schema

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def study():
    return study_in(ROOT)


def wanted(rule, required):
    """The type of a column by its schema: what may be empty and has no default is None."""
    kind = {"string": str, "number": float, "integer": int}[rule["type"]]
    kind = tuple[str, ...] if rule.get("x-list") else bool if rule.get("x-boolean") else kind
    return kind if required or "default" in rule else kind | None


@pytest.mark.parametrize(("sheet", "kind"), members.KINDS.items(), ids=members.KINDS)
def test_members_have_the_columns_and_types_of_their_schema(sheet, kind):
    schema, hints = load_schema(schema_file(sheet)), get_type_hints(kind)
    assert [*members._columns(kind)] == ["_row", *schema["properties"], *(["scores"] if schema.get("x-scales") else [])]
    for column, rule in schema["properties"].items():
        if (sheet, column) == ("analytes", "variance_exponent"):
            continue  # a study fills it in where the sheet leaves it empty
        assert hints[members._columns(kind)[column]] == wanted(rule, column in schema["required"]), column


def test_a_study_has_every_sheet_and_nothing_can_be_changed(study):
    assert set(members.KINDS) - {"scales"} < {field.name for field in fields(Study)}
    for sheet, kind in members.KINDS.items():
        rows = study.own_scales if sheet == "scales" else getattr(study, sheet)  # all scales are a mapping
        assert isinstance(rows, tuple) and all(type(row) is kind for row in rows)
        for row in rows[:1]:
            assert not hasattr(row, "__dict__")
            with pytest.raises(FrozenInstanceError):
                row.row = 1
    with pytest.raises(FrozenInstanceError):
        study.plates = ()


def test_a_member_gives_back_its_row():
    row = {"_row": 7, **dict.fromkeys(("amendment", "what", "plate", "well", "analyte", "sample_id", "level"), "x")}
    row |= {"from": "A", "to": "B", "reason": "swapped", "who": "KM", "when": "2025-01-01"}
    amendment = members.Amendment.of(row)
    assert (amendment.row, amendment.from_, amendment.to) == (7, "A", "B")
    assert amendment.cells(row) == row and "_row" not in amendment.cells()
    scores = {"_row": 3, "participant": "P", "course": "first", "visit": "D1", "date": None, "MGC": 4, "QMG": None}
    member = members.ScoreRow.of(scores)
    assert member.scores == {"MGC": 4, "QMG": None}
    assert member.cells(scores) == scores and list(member.cells()) == list(scores)[1:]


def test_rows_for_params_are_plain_and_chosen_by_their_values(study):
    (row,) = study.rows("analytes", ["analyte", "names_in_export", "_row"], analyte="IL-6")
    assert row["analyte"] == "IL-6" and type(row["names_in_export"]) is list and row["_row"] > 1
    assert study.rows("plates", ["plate"], include=False) == [{"plate": "BAFF-01"}]
    assert study.rows("plates", plate="nowhere") == []
    plain = (str, int, float, bool, type(None), list)
    for sheet in members.KINDS:
        assert all(type(value) in plain for row in study.rows(sheet) for value in row.values())


def test_what_a_study_says_of_itself(study):
    assert study.batches == list(dict.fromkeys(plate.batch for plate in study.plates))
    assert sum(map(len, study.by_batch.values())) == len(study.plates)
    assert study.first_course == "first"
    assert study.members == [f"P{n:02d}" for n in range(1, 8)]
    assert [visit.order for visit in study.visits] == sorted(visit.order for visit in study.visits)


def test_visits_are_in_their_order_whatever_the_order_of_the_sheet(study, sound, tmp_path):
    folder = shutil.copytree(sound[0], tmp_path / "study")
    path = folder / "config/visits.tsv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *reversed(lines)]) + "\n", encoding="utf-8")
    found = study_in(folder).visits
    assert [visit.visit for visit in found] == [visit.visit for visit in study.visits]
    assert [visit.row for visit in found] == list(range(len(lines) + 1, 1, -1))


def test_a_study_goes_to_jobs_and_comes_back(study):
    study.by_batch  # noqa: B018
    back = pickle.loads(pickle.dumps(study))
    assert back.plates == study.plates and back.rows("scores") == study.rows("scores")
    assert back.batches == study.batches and back.units.rows == study.units.rows
