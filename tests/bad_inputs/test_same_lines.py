"""`check` and the gate of a run print the same lines, whatever is wrong with a study."""

import runpy
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from immunoassay.jobs import runtime
from immunoassay.command import check
from immunoassay.problems import StudyError
from immunoassay.study import rule_rows
from immunoassay.study.load import study_in

from . import table_files, table_judged, table_names, table_people, table_values
from .cases import study_runs

TABLES = (table_files, table_judged, table_names, table_people, table_values)
CASES = [case for table in TABLES for case in table.CASES if case.level != "STOP" or table is table_values][::5]
pytestmark = pytest.mark.usefixtures("read_once")
SCRIPTS = study_runs.ROOT / "workflow/scripts"


def test_the_cases_are_many_and_of_every_level():
    assert len(CASES) >= 30 and {case.level for case in CASES} >= {"STOP", "QUARANTINE", "EXCLUDE", "FLAG"}


@pytest.fixture
def rules(monkeypatch):
    """Runs the script of a rule with what the rule gives it; {level and message} that it logs."""
    said = []

    @contextmanager
    def job(snakemake):
        log = SimpleNamespace(info=lambda words, *values: said.append(words % values))
        given = {name: value for name, value in snakemake.params.given.items() if name != "code"}
        yield log, SimpleNamespace(**given)

    def run(script, given, inputs, outputs):
        params = SimpleNamespace(given=given)
        snakemake = SimpleNamespace(input=inputs, output=SimpleNamespace(**outputs), params=params)
        said.clear()
        runpy.run_path(str(SCRIPTS / f"{script}.py"), {"snakemake": snakemake})
        return list(said)

    monkeypatch.setattr(runtime, "job", job)
    return run


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=[pytest.mark.slow] if at % 3 else []) for at, case in enumerate(CASES)], ids=str
)
def test_the_lines_of_check_are_those_of_the_gate(case, folder, rules, monkeypatch, tmp_path):
    case.damage(folder)
    monkeypatch.chdir(folder.path)
    try:
        study = study_in(folder.path)
    except StudyError:
        return  # the run ends where the sheets are loaded, by the same function
    _, _, problems = check.read(study)
    expected = [f"{level} {message}" for level, message in zip(problems["level"], problems["message"], strict=True)]
    made = {name: [] for name in ("wells", "delivered", "problems")}
    for batch in study.batches:
        outputs = {name: str(tmp_path / f"{batch}.{name}.parquet") for name in made}
        given = {**rule_rows.reading(study, batch), "files": {}, "layout_schema": study_runs.LAYOUT}
        rules("read_batch", given, None, outputs)
        for name, path in outputs.items():
            made[name].append(path)
    listed = str(tmp_path / "read_problems.tsv")
    rules("list_read_problems", rule_rows.gate(study), SimpleNamespace(**made), {"problems": listed})
    given = SimpleNamespace(problems=listed)
    try:
        lines = rules("gate", {}, given, {"passed": str(tmp_path / "gate.txt")})
        assert "STOP" not in set(problems["level"])
    except StudyError as error:
        assert "STOP" in set(problems["level"])
        assert [each.message for each in error.problems] == problems.loc[
            problems["level"] == "STOP", "message"
        ].tolist()
        return
    assert lines == expected
