"""Pages of batches through the workflow: a page holds its batch alone, and only what concerns the batch makes it anew."""

import json
import re

import pytest
from benchmarks import page_block

from .study import BATCHES, copy_code, small_study

pytestmark = pytest.mark.slow
VACCINE, OLD_ACHR, NEWEST = BATCHES
PAGES = [f"results/report_batches/{batch}.html" for batch in (VACCINE, OLD_ACHR)]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study of three batches in which two plates are already many, run up to the pages of its batches."""
    folder = tmp_path_factory.mktemp("apart")
    code = copy_code(folder / "code")
    path = code / "src/immunoassay/deliver/report_page.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^PLATES = \d+$", "PLATES = 2", text, flags=re.M), encoding="utf-8")
    made = small_study(folder / "study", code)
    made.run(*PAGES)
    return made


def held(study, name):
    """The data of a page."""
    return page_block.of_page((study.folder / name).read_text(encoding="utf-8"))


def test_a_page_holds_the_plates_and_wells_of_its_batch_alone(study):
    data = held(study, PAGES[0])
    plates = {"VAC-01", "VAC-02"}
    for table in ("plates", "wells", "curves", "curve_points", "attempts", "lights", "checks"):
        assert set(page_block.values(data, table, "plate")) == plates, table
    assert set(page_block.values(data, "plates", "batch")) == {VACCINE}
    assert not {"results", "observations", "controls", "measured_in", "decisions"} & set(data["tables"])
    assert data["facts"]["report"] == "../report.html" and data["facts"]["title"].endswith(f": batch {VACCINE}")
    assert "samples" not in data["facts"]["sheets"]
    assert page_block.values(held(study, PAGES[1]), "delivered", "plate")  # a delivery has no wells


def test_every_batch_but_the_newest_has_a_page_and_all_are_targets(study):
    planned = study.planned()
    assert "write_report" in planned and "write_batch_report" not in planned
    for page in PAGES:
        (study.folder / page).rename(study.folder / f"{page}.away")
    try:
        assert study.planned()["write_batch_report"] == {VACCINE, OLD_ACHR}
    finally:
        for page in PAGES:
            (study.folder / f"{page}.away").rename(study.folder / page)


def test_the_same_batch_gives_the_same_bytes(study):
    before = (study.folder / PAGES[1]).read_bytes()
    (study.folder / PAGES[1]).unlink()
    study.run(PAGES[1])
    assert (study.folder / PAGES[1]).read_bytes() == before


def test_what_concerns_another_batch_makes_no_page_anew(study):
    """A new sample, or a batch that comes or goes: here the newest goes, and the one before it needs no page any more."""
    sheets = {name: study.folder / f"config/{name}.tsv" for name in ("plates", "samples")}
    before = {name: path.read_text(encoding="utf-8") for name, path in sheets.items()}
    columns, first, *_ = before["samples"].splitlines()
    added = first.replace(first.split("\t")[0], "P01-EXTRA", 1)
    try:
        sheets["samples"].write_text(before["samples"] + added + "\n", encoding="utf-8")
        lines = before["plates"].splitlines(keepends=True)
        sheets["plates"].write_text("".join(line for line in lines if f"\t{NEWEST}\t" not in line), encoding="utf-8")
        assert study.planned(PAGES[0]) == {}
    finally:
        for name, path in sheets.items():
            path.write_text(before[name], encoding="utf-8")
    assert study.planned(*PAGES) == {}


def test_no_code_of_a_participant_is_in_a_page_where_participants_are_not_reported(study):
    whole = json.dumps(held(study, PAGES[0])["tables"])
    assert "P01-D1" in whole
    study.edit("config/config.yaml", "report_participants: true", "report_participants: false")
    try:
        assert study.planned(*PAGES) == {"write_batch_report": {VACCINE, OLD_ACHR}}
        study.run(*PAGES)
        people = [row.split("\t")[0] for row in (study.folder / "config/participants.tsv").read_text().splitlines()[1:]]
        for page in PAGES:
            data = held(study, page)
            text = json.dumps([data["facts"], data["tables"]])
            assert [code for code in people if re.search(rf"\b{code}\b", text)] == []
        assert '"sample 1"' in json.dumps(held(study, PAGES[0])["tables"])
    finally:
        study.edit("config/config.yaml", "report_participants: false", "report_participants: true")
