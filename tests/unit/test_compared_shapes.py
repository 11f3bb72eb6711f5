"""The scripts that compare, describe responses and account for the plan, on small invented studies of several shapes."""

import runpy
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.clinical.join import observations
from immunoassay.deliver import columns
from immunoassay.study import load as studies
from immunoassay.study import rule_rows
from immunoassay.tables.statistic_tables import STATISTICS

from .test_sheets import SHEETS

SCRIPTS = Path(__file__).parents[2] / "workflow/scripts"
DAYS = {"D1": "2024-01-02", "M1": "2024-01-30", "M3": "2024-03-26"}
VISITS = "visit\torder\tday\tbaseline\nD1\t1\t1\tyes\nM1\t2\t29\tno\nM3\t3\t85\tno\n"
ANALYTES = (
    "analyte\tpanel\tgroup\tunit\nIL-6\tkit\tcytokine\tpg/mL\nTNF\tkit\tcytokine\tpg/mL\n"
    "tetanus\tkit\tvaccine\tIU/mL\nCAR\tkit\tcell_count\tcells/uL\n"
)
MADE = {  # script -> (name of the output: table)
    "compare_groups": {"comparisons": "group_comparisons"},
    "compare_courses": {"courses": "arm_courses", "changes": "level_changes"},
    "summarise_courses": {"longitudinal": "longitudinal", "measures": "summary_measures"},
    "count_responders": {"responders": "responders"},
    "time_events": {name: name for name in ("event_times", "time_to_event", "event_curves", "event_hazards")},
    "describe_antibodies": {name: name for name in ("serology", "titre_curves")},
    "tell_responders": {name: name for name in ("roc", "roc_points")},
    "follow_cells": {"kinetics": "kinetics", "summaries": "kinetics_summaries"},
}


class Shape:
    """A study of invented people, and what its scripts make of invented results."""

    def __init__(self, folder, config, people, visits=("D1", "M1", "M3"), scores=True, events=""):
        self.folder, seen = folder, [(row[0], visit) for row in people for visit in visits]
        named = [name for name in ("arm", "group", "site") if any(name in row[1] for row in people)]
        sheet = [["participant", *named], *([who, *(own.get(name, "") for name in named)] for who, own in people)]
        tubes = [["sample_id", "participant", "visit", "collection_date"],
                 *([f"{who}-{visit}", who, visit, DAYS[visit]] for who, visit in seen)]  # fmt: skip
        rng = np.random.default_rng(7)
        rows = [["participant", "visit", "date", "MGC"],
                *([who, visit, DAYS[visit], int(rng.integers(2, 20))] for who, visit in seen)]  # fmt: skip
        own = {"samples": tubes, "participants": sheet, "scores": rows if scores else None}
        texts = {
            name: "".join("\t".join(map(str, row)) + "\n" for row in rows) if rows else "" for name, rows in own.items()
        }
        lines = [line for line in VISITS.splitlines(True) if line.split("\t")[0] in ("visit", *visits)]
        texts |= {"visits": "".join(lines), "analytes": ANALYTES, "courses": "", "events": events, "materials": ""}
        for name in ("config", "raw"):
            (folder / name).mkdir()
        for name, text in (SHEETS | texts).items():
            if text:
                (folder / f"config/{name}.tsv").write_text(text.replace("\tL1\n", "\t\n"), encoding="utf-8")
        for name in ("one", "two"):
            (folder / f"raw/{name}.csv").write_text(name)
        self.study = studies.load_study({"study": {"title": "Shape"}, "permutations": 100, **config}, folder)
        self.observations = folder / "observations.parquet"
        self._observe(rng)

    def _observe(self, rng):
        results = []
        for tube in self.study.samples:
            for analyte in self.study.analytes:
                value = float(np.round(rng.lognormal(1, 0.5), 3))
                below = value < 1.5 and analyte.analyte == "TNF"
                results.append({
                    **dict.fromkeys(tables.TABLES["results"].columns), "sample_id": tube.sample_id, "panel": "kit",
                    "analyte": analyte.analyte, "unit": analyte.unit, "status": "below_lloq" if below else "quantified",
                    "value": None if below else value, "lower": 0.0 if below else value, "upper": 1.5 if below else value,
                    "lloq_applied": 1.5 if analyte.analyte == "TNF" else 0.01, "uloq_applied": 1e4, "plate": "P1",
                })  # fmt: skip
        found, _ = observations(tables.conform(pd.DataFrame(results), "results"), rule_rows.clinical(self.study))
        tables.write(found, "observations", self.observations)

    def run(self, script, inputs, outputs, **given):
        files = {name: str(self.folder / f"{table}.tsv") for name, table in outputs.items()}
        paths = [*map(str, inputs.values())]
        snakemake = SimpleNamespace(
            input=SimpleNamespace(**inputs, items=lambda: zip(inputs, paths, strict=True)),
            output=Outputs(files),
            params=SimpleNamespace(given=given),
            wildcards=SimpleNamespace(factor=given.get("factor")),
        )
        runpy.run_path(str(SCRIPTS / f"{script}.py"), {"snakemake": snakemake})

    def everything(self, *scripts):
        """{table: as it was written} of the scripts, then of the plan."""
        study = self.study
        given = {"settings": rule_rows.comparing(study), "people": rule_rows.people(study)}
        given |= {
            "sheets": rule_rows.of_events(study),
            "analytes": rule_rows.antibodies(study),
            "thresholds": {"tetanus": 2.0},
        }
        usual = {"settings": rule_rows.statistics(study)}
        for script in scripts:
            alone = script in ("summarise_courses", "follow_cells")
            self.run(script, {"observations": self.observations}, MADE[script], **(usual if alone else given))
        made = [table for script in scripts for table in MADE[script].values()]
        files = {name: self.folder / f"{name}.tsv" for name in made if "p" in STATISTICS[name].columns}
        asked = {"questions": rule_rows.questions(study), "blinded": study.blinded, "settings": given["settings"]}
        self.run("account_for_plan", files, {"plan": "analysis_plan"}, **asked)
        found = {name: columns.read_statistics(name, self.folder / f"{name}.tsv") for name in [*made, "analysis_plan"]}
        for name, table in found.items():
            assert list(table.columns) == list(STATISTICS[name].columns), name
        return found


class Outputs(SimpleNamespace):
    def __init__(self, files):
        super().__init__(**files)
        self.files = files

    def __getitem__(self, name):
        return list(self.files.values())[name] if isinstance(name, int) else self.files[name]


@pytest.fixture(autouse=True)
def jobs(monkeypatch):
    @contextmanager
    def job(snakemake):
        yield SimpleNamespace(info=lambda *words: None), SimpleNamespace(**snakemake.params.given)

    monkeypatch.setattr(runtime, "job", job)


@pytest.fixture
def shape(tmp_path):
    return lambda config, people, **given: Shape(tmp_path, config, people, **given)


PATIENTS = [(f"P{number}", {"group": "patient"}) for number in range(6)]
CONTROLS = [(f"C{number}", {"group": "control"}) for number in range(5)]
THREE = [(f"P{number}", {"arm": ("high", "low", "placebo")[number % 3]}) for number in range(9)]


def test_three_arms_have_two_levels_beside_the_reference_and_a_row_of_all(shape):
    plan = [
        {"question": "group_comparison", "factor": "arm", "variables": ["IL-6"], "role": "primary"},
        {"question": "responders", "factor": "arm", "score": "MGC"},
        {"question": "time_to_event", "factor": "arm"},
        {"question": "summary", "variables": ["TNF"]},
    ]
    events = "participant\tevent\tdate\nP1\trelapse\t2024-02-10\nP4\trelapse\t2024-03-01\n"
    made = shape({"compare": {"arm": {"reference": "placebo"}}, "plan": plan}, THREE, events=events)
    found = made.everything(*MADE)
    compared = found["group_comparisons"]
    assert set(compared["level"]) == {"high", "low", "all"} and set(compared["reference"]) == {"placebo"}
    own = compared[
        (compared["variable"] == "IL-6") & (compared["visit"] == "M3") & (compared["quantity"] == "adjusted")
    ]
    asked = found["analysis_plan"].set_index("item")
    assert asked.loc[1, ["table", "n_rows", "n_tests"]].tolist() == [
        "group_comparisons",
        len(own),
        own["p"].notna().sum(),
    ]
    assert asked["table"].dropna().tolist()[:4] == [
        "group_comparisons",
        "responders",
        "time_to_event",
        "summary_measures",
    ]
    assert asked["ran"].tolist()[:4] == [True] * 4
    assert set(found["responders"]["level"].dropna()) == {"high", "low", "placebo"}
    assert set(found["serology"]["variable"]) == {"tetanus"} and set(found["kinetics"]["variable"]) == {"CAR"}


def test_patients_and_controls_seen_once_are_compared_at_the_one_visit(shape):
    plan = [{"question": "group_comparison", "factor": "group", "groups": ["cytokine"], "visit": "D1"}]
    made = shape({"compare": {"group": {"reference": "control"}}, "plan": plan}, [*PATIENTS, *CONTROLS], visits=("D1",))
    found = made.everything(
        "compare_groups", "compare_courses", "summarise_courses", "count_responders", "describe_antibodies"
    )
    compared = found["group_comparisons"]
    assert set(compared["level"]) == {"patient"} and set(compared["visit"]) == {"D1"}
    assert compared.loc[compared["variable"] == "IL-6", ["n_level", "n_reference"]].iloc[0].tolist() == [6, 5]
    planned = found["analysis_plan"].dropna(subset=["item"])
    assert (
        planned["variable"].tolist() == ["IL-6", "TNF"]
        and planned["ran"].all()
        and set(planned["quantity"]) == {"value"}
    )
    assert found["responders"].empty or found["responders"]["n"].fillna(0).eq(0).all()


def test_without_scores_nothing_is_said_of_responders_and_the_rest_is_compared(shape):
    made = shape(
        {"compare": {"arm": {}}},
        [(name, {"arm": own["arm"]}) for name, own in THREE if own["arm"] != "low"],
        scores=False,
    )
    assert made.study.choices.responder_score == "" and not made.study.scored
    found = made.everything(
        "compare_groups", "compare_courses", "summarise_courses", "describe_antibodies", "follow_cells"
    )
    assert set(found["group_comparisons"]["variable"]) == {"IL-6", "TNF", "tetanus", "CAR"}
    assert set(found["group_comparisons"]["reference"]) == {"high"}  # the first by name
    assert found["analysis_plan"]["item"].isna().all()


def test_a_level_of_one_participant_and_people_without_a_level_are_counted_not_lost(shape):
    people = [("A", {"site": "one"}), *((name, {"site": "two"}) for name in "BCDE"), ("F", {"site": ""})]
    found = shape({"compare": {"site": {"reference": "two"}}}, people).everything("compare_groups", "count_responders")
    rows = found["group_comparisons"]
    rows = rows[(rows["variable"] == "IL-6") & (rows["visit"] == "D1")]
    assert rows[["n_level", "n_reference", "n_unknown"]].iloc[0].tolist() == [1, 4, 1]


@pytest.mark.parametrize("people", [THREE, [*PATIENTS, *CONTROLS]], ids=["arms", "patients and controls"])
def test_groups_ratios_and_courses_are_drawn_of_every_shape(shape, people):
    factor = next(iter(people[0][1]))
    made = shape({"compare": {factor: {}}}, people)
    made.everything("compare_groups", "compare_courses")
    study, analytes = made.study, made.study.rows("analytes", ["analyte", "label", "group", "order", "unit"])
    look = {
        "scales": study.scales,
        "scores": ["MGC"],
        "analytes": analytes,
        "look": rule_rows.look(study),
        "formats": [],  # SVG alone
        "factor": factor,
    }
    files = {
        name: made.folder / f"{table}.tsv"
        for name, table in {"comparisons": "group_comparisons", "changes": "level_changes"}.items()
    }
    own = {
        "settings": rule_rows.comparing(study),
        "people": rule_rows.people(study),
        "individuals": True,
        "visit": "M3",
    }
    own |= {"quantity": "adjusted", "visits": study.rows("visits")}
    made.run("draw_groups", {"observations": made.observations, **files}, {"svg": f"groups_{factor}"}, **look, **own)
    for name in (f"groups_{factor}", f"ratios_{factor}", f"courses_{factor}"):
        assert (made.folder / f"{name}.svg").stat().st_size > 5000
        assert len(tables.read_tsv(made.folder / f"{name}.tsv")) >= 5
