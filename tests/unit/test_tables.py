"""Tables written and read batch by batch: the same rows as all at once, and texts that no spreadsheet computes."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from immunoassay.jobs import digest
from immunoassay import tables
from immunoassay.figures import contracts as figures
from immunoassay.tables import notation
from immunoassay.tables.row_groups import RowGroups

SCRIPTS = Path(__file__).parents[2] / "workflow/scripts"
CONTRACTS = {**tables.TABLES, **figures.tables()}


def counts(*rows):
    return pd.DataFrame(rows, columns=["batch", "plate", "panel", "disposition", "n_records"])


ONE = counts(("B1", "P2", "kit", "result_quantified", 3), ("B1", "P1", "kit", "blank_used", 1))
TWO = counts(("B2", "P3", "=HYPERLINK(1)", "empty", 0))


def test_parts_written_one_by_one_are_the_table(tmp_path):
    with tables.writer("ledger_counts", tmp_path / "a.parquet") as add:
        for part in (ONE, tables.empty("ledger_counts"), TWO):
            add(part)
    tables.copy_as_tsv(tmp_path / "a.parquet", tmp_path / "a.tsv")
    whole = pd.concat([tables.conform(part, "ledger_counts") for part in (ONE, TWO)], ignore_index=True)
    pd.testing.assert_frame_equal(tables.read(tmp_path / "a.parquet"), whole)
    lines = (tmp_path / "a.tsv").read_text().splitlines()
    assert lines[0] == "batch\tplate\tpanel\tdisposition\tn_records" and lines[1].startswith("B1\tP1\t")
    assert lines[3] == "B2\tP3\t'=HYPERLINK(1)\tempty\t0"
    assert tables.read_tsv(tmp_path / "a.tsv")["n_records"].tolist() == [1, 3, 0]


def test_the_parts_of_one_table_are_read_again_as_they_were_written(tmp_path):
    for parts in ([ONE, TWO], []):
        with tables.writer("ledger_counts", tmp_path / "a.parquet") as add:
            for part in parts:
                add(part)
        groups, wanted = RowGroups(tmp_path / "a.parquet", "ledger_counts"), parts or [tables.empty("ledger_counts")]
        for _ in range(2):
            for found, part in zip(groups, wanted, strict=True):
                pd.testing.assert_frame_equal(found, tables.conform(part, "ledger_counts"))


def test_texts_read_as_categories_are_the_same_texts(tmp_path):
    frame = tables.conform(counts(*ONE.to_numpy(), ("B1", "P9", None, "empty", 2)), "ledger_counts")
    tables.write(frame, "ledger_counts", tmp_path / "a.parquet")
    coded = tables.read(tmp_path / "a.parquet", coded=["plate", "panel"])
    assert [str(coded[name].dtype) for name in ("batch", "plate", "panel")] == ["str", "category", "category"]
    pd.testing.assert_frame_equal(tables.plain(coded), frame)
    pd.testing.assert_frame_equal(tables.conform(coded.iloc[::-1], "ledger_counts"), frame)


def test_rows_are_sorted_by_key_with_missing_parts_last():
    shuffled = counts(
        ("B", "b", "k", "y", 1), ("B", "a", None, "x", 2), ("B", "a", "k", "z", 3), ("B", "B", "k", "x", 4)
    )
    assert tables.conform(shuffled, "ledger_counts")["n_records"].tolist() == [4, 3, 2, 1]
    with pytest.raises(tables.ContractError, match="repeated key {'plate': 'a', 'panel': nan"):
        tables.conform(pd.concat([shuffled, shuffled.iloc[[1]]]), "ledger_counts")


def test_a_part_that_breaks_the_contract_is_refused(tmp_path):
    with (
        pytest.raises(tables.ContractError, match="repeated key"),
        tables.writer("ledger_counts", tmp_path / "a.parquet") as add,
    ):
        add(pd.concat([ONE, ONE]))


def test_the_first_rows_of_a_long_table_and_how_many_it_has(tmp_path):
    with tables.writer("ledger_counts", tmp_path / "a.parquet") as add:
        for part in (ONE, TWO):
            add(part)
    found, rows = tables.head(tmp_path / "a.parquet", 1)
    assert found["plate"].tolist() == ["P1"] and rows == 3
    assert len(tables.head(tmp_path / "a.parquet", 9)[0]) == 3
    tables.write(tables.empty("ledger_counts"), "ledger_counts", tmp_path / "none.parquet")
    assert [len(tables.head(tmp_path / "none.parquet", 1)[0]), tables.head(tmp_path / "none.parquet", 1)[1]] == [0, 0]


def test_numbers_and_words_of_a_streamed_tsv_read_back_as_written(tmp_path):
    rows = dict.fromkeys(tables.TABLES["study_attempts"].columns)
    key = {"plate": "P1", "sample_id": "a", "analyte": "X"}
    values = [0.1 + 0.2, 1e-300, np.inf, np.nan]
    frame = pd.DataFrame(
        [
            {**rows, **key, "attempt": f'{i} "a\tb"', "value": value, "selected": i == 0}
            for i, value in enumerate(values)
        ]
    )
    tables.write(frame, "study_attempts", tmp_path / "a.parquet")
    tables.copy_as_tsv(tmp_path / "a.parquet", tmp_path / "a.tsv")
    found = tables.read_tsv(tmp_path / "a.tsv")
    assert found["value"].tolist()[:3] == values[:3] and np.isnan(found["value"][3])
    assert found["selected"].tolist() == [True, False, False, False]
    tables.write_tsv(tables.conform(frame, "study_attempts"), tmp_path / "b.tsv")
    other = tables.read_tsv(tmp_path / "b.tsv")
    pd.testing.assert_frame_equal(found, other)


def test_batches_are_read_anew_each_time_and_none_is_an_empty_table(tmp_path):
    paths = [tmp_path / "1.parquet", tmp_path / "2.parquet"]
    for path, part in zip(paths, (ONE, TWO), strict=True):
        tables.write(part, "ledger_counts", path)
    parts = tables.Parts(paths, "ledger_counts", ["plate"], change=lambda frame: frame["plate"].tolist())
    assert list(parts) == list(parts) == [["P1", "P2"], ["P3"]]
    assert [len(part) for part in tables.Parts([], "ledger_counts")] == [0]
    assert tables.count(paths, "panel") == {"kit": 2, "=HYPERLINK(1)": 1}
    assert tables.count(paths, "batch", "plate") == {("B1", "P1"): 1, ("B1", "P2"): 1, ("B2", "P3"): 1}
    assert tables.read_all(paths, "ledger_counts", filters=[("plate", "==", "P3")])["batch"].tolist() == ["B2"]


def test_a_column_is_a_line_of_name_type_unit_and_meaning():
    known = notation.columns("""
        value | float64 | <unit> | the value
        unit | str | | unit
    """)
    assert known["value"] == notation.Column("value", "float64", "<unit>", "the value")
    assert notation.table("t", "one value", "unit", "unit | str | | unit").types == {"unit": "str"}
    for line in (
        "value | float64 | the value",
        "value | float | | the value",
        "value | float64 | |",
        "a | str | | b\na | str | | b",
    ):
        with pytest.raises(ValueError, match="no column"):
            notation.columns(line)
    with pytest.raises(ValueError, match="t has no column well"):
        notation.table("t", "one well", "well", "unit | str | | unit")


@pytest.mark.parametrize("table", CONTRACTS.values(), ids=CONTRACTS)
def test_every_number_has_a_unit_and_a_unit_of_the_row_stands_in_it(table):
    for column in table.columns.values():
        assert column.unit or column.type not in ("float64", "Int64"), column.name
        assert set(re.findall(r"<(\w+)>", column.unit)) <= set(table.columns), column.name
    assert table.row and not table.row.endswith(".")


def test_names_of_tables_are_unique_over_all_rooms():
    assert not set(tables.TABLES) & set(figures.tables())
    assert all(name == table.name for name, table in CONTRACTS.items())


@pytest.mark.parametrize("script", ["read_batch", "calibrate_batch", "assess_batch", "gate", "collect_results"])
def test_no_job_of_a_batch_reaches_the_tables_of_figures_or_statistics(script):
    seen = []

    def scanned(path):
        seen.append(Path(path))
        return digest.scan(path)

    digest.Digests(scanned=scanned).of_script(SCRIPTS / f"{script}.py")
    rooms, names = {path.parent.name for path in seen}, {path.stem for path in seen}
    assert {"batch_tables", "storage", "notation"} <= names
    assert not rooms & {"figures", "statistics", "deliver"}
    assert script == "gate" or "words" not in rooms  # the gate says what it found; its file stays the same


def test_a_table_given_as_its_contract_keeps_its_rows_in_order_and_reads_back(tmp_path):
    table = notation.table(
        "t", "one value", "name", "name | str | | name\nn | Int64 | number | number\nx | float64 | m | length"
    )
    frame = pd.DataFrame({"n": [3.0, np.nan], "name": ["b", "1"], "x": [0.1 + 0.2, np.inf]})
    tables.write_text(frame, table, tmp_path / "t.tsv")
    found = tables.read_text(tmp_path / "t.tsv", table)
    assert found["name"].tolist() == ["b", "1"] and found["x"].tolist() == [0.1 + 0.2, np.inf]
    assert found.dtypes.astype(str).to_dict() == table.types
    for wrong, words in (
        (frame.drop(columns="x"), r"missing columns \['x'\]"),
        (frame.assign(y=1), r"unknown columns \['y'\]"),
        (frame.assign(n=0.5), "t: "),
        (frame.assign(name="b"), "repeated key"),
    ):
        with pytest.raises(tables.ContractError, match=words):
            tables.write_text(wrong, table, tmp_path / "t.tsv")


def test_rows_without_a_name_may_be_alike():
    table = figures.tables()["figure_1a"]
    row = {
        "course_order": 1,
        "course": "first",
        "kind": "relapse",
        "label": "relapse",
        "day": 9.0,
        "day_low": 9.0,
        "day_high": 9.0,
    }
    frame = pd.DataFrame([{**row, "n": 1}] * 2)
    assert len(tables.checked(frame, table)) == len(tables.conform(frame, table)) == 2
