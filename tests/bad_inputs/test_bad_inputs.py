"""Every case of the suite: what is planted is named by one message that says where, what, why and how to correct it."""

import json
import re
import zipfile
from contextlib import nullcontext

import pandas as pd
import pytest
from immunoassay.command import check
from immunoassay.files import texts
from immunoassay.problems.codes import CODES, LEVELS

from . import table_files, table_judged, table_names, table_people, table_values
from .cases import study_runs

# Their place is the file or the plate as a whole, or the wells that the line names.
WHOLE = {
    "E-CFG-005", "E-FILE-001", "E-FILE-002", "E-FILE-003", "E-FILE-004", "E-FILE-005", "E-FILE-006", "E-FILE-009",
    "E-FILE-010", "E-FILE-012", "E-FILE-016", "E-FILE-019", "E-WELL-061", "E-WELL-065", "E-WELL-066", "E-WELL-067",
    "E-WELL-069", "E-XLS-020", "E-XLS-021", "E-XLS-035", "V-081", "V-083", "W-BEAD", "W-FILE-011", "W-FILE-013",
    "W-RAW-001", "W-READ-010", "W-WELL-064", "W-WELL-066", "W-XLS-022", "W-XLS-034", "X-BEAD", "X-VENDOR",
}  # fmt: skip
OF_PLATES = ("E-READ", "E-PLT", "E-ACC", "W-ACC", "E-CMP", "W-CMP")  # of a plate, or of analytes that the line names
LIBRARY = study_runs.ROOT / "src/immunoassay"
CASES = [*table_files.CASES, *table_judged.CASES, *table_names.CASES, *table_people.CASES, *table_values.CASES]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_fault_is_named_and_acted_on(case, folder, sound):
    case.damage(folder)
    run = study_runs.run(folder.path, judge=case.judged)
    seen = set(sound[1].messages())
    found = [problem for problem in run.problems if problem.message not in seen]
    hits = [
        each
        for each in found
        if (each.code, each.level, each.file) == (case.code, case.level, case.file) and case.words in each.message
    ]
    assert hits, "\n".join(f"{each.level} {each.message}" for each in found) or "nothing was found"
    at = [each for each in hits if case.row in ("", each.row) and case.column in ("", each.column)]
    assert at, [(each.row, each.column) for each in hits]
    assert all(each.why and each.fix and "\n" not in each.message for each in found)
    placed = [
        each
        for each in found
        if each.file and (each.row or each.column or each.code in WHOLE or each.code.startswith(OF_PLATES))
    ]
    assert placed == found, [each.message for each in found if each not in placed]
    assert run.stopped == any(each.level == "STOP" for each in found), [each.message for each in found]
    assert run.stopped >= (case.level == "STOP")
    assert ("results" in run.tables) == (case.judged and not run.stopped)


def test_the_sound_study_passes_without_a_problem_of_the_suite(sound):
    codes = {problem.code for problem in sound[1].problems}
    rejected = {problem.plate for problem in sound[1].problems if problem.code == "E-ACC-001"}
    assert rejected <= {"ISO-03"}  # an amendment of another plate was written for it
    quiet = {"W-REF-012", "W-ID-051", "W-READ-010", "W-VIS-102", "W-BEAD", "X-BEAD", "E-ACC-001", "W-CMP-002"}
    assert codes <= quiet, codes


def test_the_suite_is_whole():
    numbered = {int(case.number) for case in CASES if case.number}
    elsewhere = {6, 7, 8, 23}  # raw files against their list (test_integrity), formulas with results (below)
    assert numbered | elsewhere == set(range(1, 79))
    assert len(CASES) >= 200


def test_the_registry_holds_the_codes_of_the_library_and_no_other():
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(LIBRARY.rglob("*.py")))
    used = set(re.findall(r'"((?:[EWX]-[A-Z]+-\d{3}|V-\d{3}|[WX]-(?:BEAD|VENDOR)|E-INTERNAL))"', text))
    assert used == set(CODES)


def test_no_meaning_has_two_codes():
    meanings = [said.meaning for said in CODES.values()]
    assert len(set(meanings)) == len(meanings)


def test_all_faults_of_a_stage_are_named_at_once(folder):
    folder.cell("samples", 2, "sample_id", "P05 R D1")
    folder.cell("samples", 3, "collection_date", "03/04/2024")
    folder.cell("materials", 2, "unit", "ng/mL")
    folder.cell("visits", 3, "baseline", "yes")
    folder.cell("plates", 2, "kit_lot", "")
    run = study_runs.run(folder.path)
    assert {problem.code for problem in run.problems} >= {
        "E-ID-047",
        "E-DATE-100",
        "E-UNIT-088",
        "E-VIS-104",
        "E-LOT-071",
    }
    assert run.tables == {}


def test_personal_data_is_not_repeated_in_the_message(folder):
    folder.cell("participants", 2, "participant", "Smith, Anna")
    folder.cell("samples", 2, "comment", "pat. geb. 04.03.1961")
    text = "\n".join(study_runs.run(folder.path).messages("E-ID-053"))
    assert text
    assert "Smith" not in text
    assert "1961" not in text


def test_a_sheet_that_cannot_be_read_is_one_message_not_hundreds(folder):
    folder.edit("config/analytes.tsv", "analyte\t", "analite\t")
    (folder / "config/materials.tsv").write_bytes(b"\xff\xfe")
    run = study_runs.run(folder.path)
    assert sorted(problem.code for problem in run.problems) == ["E-FILE-012", "E-XLS-030", "E-XLS-030"]


def test_a_quarantined_plate_that_is_set_aside_stops_nothing_and_keeps_its_records(folder, sound):
    folder.edit(table_values.LAYOUT, "P05-R-D1@100", "P05-R-D1@neat")
    folder.cell("plates", 4, "include", "no")
    folder.cell("plates", 4, "reason", "layout lost")
    run = study_runs.run(folder.path)
    assert not run.stopped
    ledger, before = run.tables["ledger"], sound[1].tables["ledger"]
    assert len(ledger) == len(before)
    assert set(ledger.loc[ledger["plate"] == "SBCMA-03", "disposition"]) <= {"plate_set_aside", "empty"}


def test_a_dead_analyte_has_no_result_and_every_record(folder, sound):
    table_values.signal("0")(folder)
    run = study_runs.run(folder.path)
    results = run.tables["results"]
    assert set(results.loc[results["analyte"] == "IL-6", "status"]) == {"not_reportable"}
    assert len(run.tables["ledger"]) == len(sound[1].tables["ledger"])


def test_exports_on_a_share_give_the_same_results(folder, sound):
    table_names.linked()(folder)
    run = study_runs.run(folder.path)
    assert [problem.code for problem in run.problems if problem.message not in sound[1].messages()] == ["W-FILE-016"]
    for name, frame in sound[1].tables.items():
        if name != "problems":
            pd.testing.assert_frame_equal(run.tables[name], frame)


def test_formulas_with_results_are_named_and_used(folder):
    """Excel stores results beside formulas; openpyxl does not, so the cell is written by hand."""
    folder.workbook("samples")
    path = folder / "config/samples.xlsx"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = re.sub(rb'<c r="G2"([^>]*)><v>1</v>', rb'<c r="G2"><f>1+0</f><v>1</v>', parts[name])
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in parts.items():
            archive.writestr(each, content)
    run = study_runs.run(folder.path, judge=False)
    assert not run.stopped
    assert ["1 formula, the first in G2: =1+0" in message for message in run.messages("W-XLS-027")] == [True]


@pytest.mark.parametrize(
    ("damage", "code", "words"),
    [
        (lambda s: None, 0, "the study can run"),
        (lambda s: s.cell("samples", 2, "visit", "D9"), 1, "E-REF-006"),
        (lambda s: s.edit(table_values.CYT, '"pg/mL"', '"ng/mL"', 99), 1, "until every STOP is corrected"),
        (lambda s: s.edit(table_values.LAYOUT, "@100", "@neat"), 1, "without what is in quarantine"),
    ],
)
def test_make_check_says_whether_the_study_can_run(folder, read_once, capsys, damage, code, words):
    damage(folder)
    if code:
        with pytest.raises(SystemExit) as caught:
            check.main(folder.path)
        assert caught.value.code == code
    else:
        check.main(folder.path)
    out = capsys.readouterr()
    assert words in out.out + out.err
    assert not (folder / "results").exists()
    with pytest.raises(SystemExit) if code else nullcontext():
        check.main(folder.path, as_json=True)
    found = json.loads(capsys.readouterr().out)
    printed = [line.strip() for line in (out.out + out.err).splitlines() if line.split()[0] in LEVELS]
    assert sorted(f"{row['level']} {row['message']}" for row in found["problems"]) == sorted(printed)
    assert found["can_run"] == (not any(line.startswith("STOP") for line in printed)) == bool(found["panels"])
    for panel in found["panels"].values():
        assert panel["reportable"] + sum(panel["lacking"].values()) == panel["results"] > 0


@pytest.mark.parametrize(
    "text", ["P01", "MG-0042", "AB12-7", "ANNA01", "2024-117", "SITE03_0012", "P01-D1", "S-2024-03-01", "X1961"]
)
def test_study_codes_are_no_personal_data(text):
    assert texts.personal(text) is None
    assert texts.personal(text, code=not text.startswith("S-")) is None


@pytest.mark.parametrize(
    "text",
    ["drawn 2024-05-06, 10:15", "Dr. B. reviewed", "<LLOQ on the first run", "5 > 3 and 2 < 4", "see amendment A01",
     "repeat, n = 2", "µg/mL, 37 °C", "IFN-γ/TNF-α", "born in the lab freezer", "Msd plate", "=HYPERLINK(1)", "-80 °C"],
)  # fmt: skip
def test_plain_remarks_pass(text):
    assert texts.personal(text) is None
    assert texts.fault(text) is None


@pytest.mark.parametrize("name", ["analyte", "names_in_export", "label", "sample_id", "participant", "specimen", "MGC",
                                  "run_date", "operator", "who", "plate_in_file", "antibody", "Method", "Unit"])  # fmt: skip
def test_columns_of_an_assay_are_not_private(name):
    assert not texts.private_column(name)
