"""One workbook as config: written with lists, comments and colours, read tab by tab, to the same rows as text sheets."""

import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from immunoassay import tables
from immunoassay.acceptance import gate
from immunoassay.drafts import sheets_as_tsv, study_files, study_workbook
from immunoassay.files.house import schema_file
from immunoassay.problems import Problem, StudyError, to_frame
from immunoassay.study import load as studies
from immunoassay.study import rule_rows
from immunoassay.study.config import read_config
from immunoassay.study.schema import load_schema
from immunoassay.study.sheet_cells import read_cells

ROOT = Path(__file__).parents[2]
SCHEMAS = {name: load_schema(schema_file(name)) for name in studies.SHEETS}
CONFIG = {"study": {"title": "Two plates"}, "primary_visit": "M1"}
SHEETS = {
    "panels": [{"panel": "kit", "label": "Kit", "platform": "luminex", "min_dilution": 0.1, "visits": ["D1", "M1"]}],
    "analytes": [
        {"analyte": "IL-6", "panel": "kit", "group": "cytokine", "unit": "pg/mL", "names_in_export": ["IL6", "=IL-6"]},
        {"analyte": "007", "panel": "kit", "group": "cytokine", "unit": "pg/mL", "lloq_validated": 1e-05},
    ],
    "materials": [
        {"panel": "kit", "kit_lot": "0012", "material": "standard", "level": "S1", "analyte": "IL-6", "expected": "1000.50",
         "unit": "pg/mL"},
    ],
    "plates": [
        {"plate": "P1", "batch": "2025-03", "panel": "kit", "file": "raw/one.csv", "kit_lot": "0012", "run_date": "2025-03-04"},
        {"plate": "P2", "batch": "2025-04", "panel": "kit", "file": "raw/two.csv", "kit_lot": "0012", "include": False,
         "reason": "-0 % recovery, leaked"},
    ],
    "samples": [{"sample_id": "001", "participant": "A", "course": "first", "visit": "D1", "freeze_thaw": 2, "comment": "µ"}],
    "participants": [{"participant": "A", "status": "enrolled", "schedule": "weekly", "age": None}],
    "visits": [{"visit": "D1", "order": 1, "day": 1, "baseline": True}, {"visit": "M1", "order": 2, "day": 29}],
    "courses": [{"participant": "A", "course": "first", "order": 1, "day1_date": "2024-01-02"}],
    "scores": [{"participant": "A", "course": "first", "visit": "D1", "date": "2024-01-02", "MGC": 20}],
    "amendments": [],
}  # fmt: skip
DRAFTED = [{"sheet": "plates", "row": "P1", "source": "raw/one.csv"}]


@pytest.fixture
def folder(tmp_path):
    """A study without sheets."""
    (tmp_path / "raw").mkdir()
    for name in ("one", "two"):
        (tmp_path / f"raw/{name}.csv").write_text(name, encoding="utf-8")
    return tmp_path


@pytest.fixture
def filled(folder):
    """That study with its workbook."""
    study_workbook.write(folder / "config/study.xlsx", {**SHEETS, "drafted": DRAFTED}, SCHEMAS)
    return folder


def load(folder, config=CONFIG):
    return studies.load_study(config, folder)


def stopped(folder, config=CONFIG):
    with pytest.raises(StudyError) as caught:
        load(folder, config)
    return [problem.message for problem in caught.value.problems]


def rows(study):
    return {name: study.rows(name) for name in studies.SHEETS}


def edit(folder, change):
    book = openpyxl.load_workbook(folder / "config/study.xlsx")
    change(book)
    book.save(folder / "config/study.xlsx")


def demonstration():
    """{sheet: rows of texts} of the demonstration."""
    found = {}
    for name in studies.SHEETS:
        path = next((path for path in sorted((ROOT / "config").glob(f"{name}.*")) if path.suffix != ".yaml"), None)
        if path:
            cells = read_cells(path, name)
            found[name] = [dict(zip(cells.header, values, strict=True)) for _, values in cells.rows]
    return found


def shown(cell):
    return "" if cell.comment is None else cell.comment.text


def test_rows_through_the_workbook_are_those_through_text(folder, filled, tmp_path_factory):
    text = tmp_path_factory.mktemp("text") / "study"
    shutil.copytree(folder / "raw", text / "raw")
    sheets_as_tsv.write(text / "config", SHEETS, SCHEMAS)
    study = load(filled)
    assert rows(study) == rows(load(text))
    assert [flag.code for flag in study.flags] == [flag.code for flag in load(text).flags]
    assert study.rows("analytes", ("analyte", "names_in_export", "lloq_validated"))[0:2] == [
        {"analyte": "IL-6", "names_in_export": ["IL6", "=IL-6"], "lloq_validated": None},
        {"analyte": "007", "names_in_export": ["007"], "lloq_validated": 1e-05},
    ]
    assert study.rows("materials")[0]["expected"] == 1000.5 and study.rows("materials")[0]["kit_lot"] == "0012"
    assert study.rows("samples", ("sample_id", "freeze_thaw", "comment")) == [
        {"sample_id": "001", "freeze_thaw": 2, "comment": "µ"}
    ]
    assert study.plates[1].reason == "-0 % recovery, leaked" and study.scores[0].scores["MGC"] == 20
    assert rule_rows.reading(study, "2025-03") == rule_rows.reading(load(text), "2025-03")  # nothing runs for it again


def test_the_demonstration_goes_through_the_workbook_and_through_text(tmp_path):
    original, sheets = studies.study_in(ROOT), demonstration()
    assert len(sheets) > 9
    config = read_config(ROOT / "config/config.yaml")[0]
    del config["sheets"]
    book, text = (tmp_path / name for name in ("book", "text"))
    for study in (book, text):
        shutil.copytree(ROOT / "resources/demo/raw", study / "resources/demo/raw")
        shutil.copytree(ROOT / "config/layouts", study / "config/layouts")
    study_workbook.write(book / "config/study.xlsx", sheets, SCHEMAS)
    sheets_as_tsv.write(text / "config", sheets, SCHEMAS)
    for study in (load(book, config), load(text, config)):
        assert rows(study) == rows(original)
        assert [(flag.code, flag.row) for flag in study.flags] == [(flag.code, flag.row) for flag in original.flags]


def test_equal_sheets_are_equal_bytes_and_nothing_is_overwritten(folder, filled):
    first = (folder / "config/study.xlsx").read_bytes()
    study_workbook.write(folder / "again.xlsx", {**SHEETS, "drafted": DRAFTED}, SCHEMAS)
    assert (folder / "again.xlsx").read_bytes() == first
    with pytest.raises(FileExistsError):
        study_workbook.write(folder / "again.xlsx", SHEETS, SCHEMAS)
    sheets_as_tsv.write(folder / "text", SHEETS, SCHEMAS)
    with pytest.raises(FileExistsError):
        sheets_as_tsv.write(folder / "text", SHEETS, SCHEMAS)
    assert (folder / "again.xlsx").read_bytes() == first


def test_the_text_of_a_sheet_holds_the_columns_that_are_needed_or_named(folder):
    (path,) = sheets_as_tsv.write(folder, {"plates": SHEETS["plates"]}, SCHEMAS)
    assert path.read_text(encoding="utf-8").splitlines() == [
        "plate\tbatch\tpanel\tfile\trun_date\tkit_lot\tinclude\treason",
        "P1\t2025-03\tkit\traw/one.csv\t2025-03-04\t0012\t\t",
        "P2\t2025-04\tkit\traw/two.csv\t\t0012\tno\t-0 % recovery, leaked",
    ]


def choices(tab):
    """{column: formula of its list} of a tab, and the style of what is not in it."""
    heads = {cell.column_letter: cell.value for cell in tab[1]}
    return {heads[str(each.sqref)[0]]: (each.formula1, each.errorStyle) for each in tab.data_validations.dataValidation}


def helps(path):
    """What helps the person in a workbook: lists, comments, frozen headings, colours, text cells."""
    book = openpyxl.load_workbook(path)
    plates = book["plates"]
    assert book.sheetnames[:2] == ["Read me", "panels"] and book.sheetnames[-1] == "drafted"
    found = choices(plates)
    assert found["include"] == ('"yes,no"', "stop") and found["analytes"] == ('"all,subset"', "stop")
    formula, style = found["panel"]
    assert formula.replace(" ", "").replace("$panels.", "panels!").startswith("OFFSET(panels!$A$2")
    assert style == "warning"
    assert "Raw export" in shown(plates["D1"]) and "Must be filled" in shown(plates["D1"])
    fills = {cell.value: cell.fill.start_color.rgb[-6:] for cell in plates[1]}
    assert fills["plate"] == fills["file"] != fills["operator"] == fills["reason"]
    assert plates["B2"].value == "2025-03" and plates["B2"].data_type == "s" and plates["B2"].number_format == "@"
    assert book["samples"]["A2"].value == "001" and book["materials"]["F2"].value == 1000.5
    assert book["analytes"]["C2"].data_type == "s"
    assert [str(each.sqref) for each in plates.conditional_formatting]


def test_the_workbook_helps_the_person_who_fills_it(filled):
    helps(filled / "config/study.xlsx")
    book = openpyxl.load_workbook(filled / "config/study.xlsx")
    assert book["plates"].freeze_panes == "B2"
    assert book["plates"].column_dimensions["A"].number_format == "@"  # cells below the rows are text too
    assert book["materials"].column_dimensions["F"].number_format == "General"


def test_every_reference_is_a_column_of_another_sheet_and_every_list_fits():
    references = 0
    for name, schema in SCHEMAS.items():
        for column, rule in schema["properties"].items():
            if "x-reference" in rule:
                sheet, there = rule["x-reference"].split(".")
                assert SCHEMAS[sheet]["x-key"] == [there] and sheet != name, (name, column)
                references += 1
            assert len(",".join(rule.get("enum", ()))) < 254 and "," not in "".join(rule.get("enum", ()))
    assert references > 10


def test_a_problem_names_workbook_tab_row_and_column(filled):
    def change(book):
        book["plates"]["D3"] = "raw/tow.csv"
        book["samples"]["B2"] = "B"
        book["materials"]["F2"] = "much"

    edit(filled, change)
    found = "\n".join(stopped(filled))
    assert 'E-FILE-001 config/study.xlsx › plates › row 3 › file: no such file "raw/tow.csv"' in found
    assert 'E-ID-051 config/study.xlsx › samples › row 2 › participant: "B"' in found
    assert "config/study.xlsx › materials › row 2 › expected: " in found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda tab: tab.append(["P3", None, None, "=A1"]), "E-XLS-026 config/study.xlsx › plates › D4"),
        (lambda tab: tab.merge_cells("B2:B3"), "E-XLS-024 config/study.xlsx › plates › B2:B3"),
        (lambda tab: setattr(tab.row_dimensions[3], "hidden", True), "E-XLS-022 config/study.xlsx › plates › row 3"),
        (lambda tab: setattr(tab, "sheet_state", "hidden"), "E-XLS-022 config/study.xlsx › plates: the tab is hidden"),
        (lambda tab: setattr(tab["N1"], "value", "colour"), "E-XLS-030 config/study.xlsx › plates › colour"),
        (lambda tab: tab.delete_rows(2, 2), "E-FILE-002 config/study.xlsx › plates › row 1"),
        (lambda tab: tab.delete_rows(1, 3), "E-FILE-002 config/study.xlsx › plates: the sheet is empty"),
        (lambda tab: setattr(tab, "title", "plate"), "E-XLS-036 config/study.xlsx › plate: no sheet of a study is called"),
        (lambda tab: setattr(tab, "title", "plate"), "(did you mean plates?)"),
        (lambda tab: setattr(tab, "title", "plate"), "E-FILE-001 config/study.xlsx › plates: no such tab"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_tab_is_said(filled, change, expected):
    edit(filled, lambda book: change(book["plates"]))
    assert expected in "\n".join(stopped(filled))


def test_a_lost_zero_in_a_tab_is_named(filled):
    def change(book):
        cell = book["samples"]["A2"]
        cell.value, cell.number_format = 1, "000"

    edit(filled, change)
    assert "E-ID-042 config/study.xlsx › samples › A2" in "\n".join(stopped(filled))


def test_a_sheet_in_two_places_stops_and_names_both(filled):
    sheets_as_tsv.write(filled / "config", {"plates": SHEETS["plates"]}, SCHEMAS)
    (found,) = stopped(filled)
    assert found.startswith("E-XLS-037 config/study.xlsx › plates: the sheet is config/plates.tsv as well – ")
    (filled / "config/plates.tsv").unlink()
    (found,) = stopped(filled, {**CONFIG, "sheets": {"visits": "config/planned.csv"}})
    assert "› visits: the sheet is config/planned.csv as well according to config/config.yaml" in found


def test_a_sheet_without_a_tab_may_lie_in_a_file_of_its_own(filled):
    before = rows(load(filled))
    edit(filled, lambda book: book.remove(book["scores"]))
    sheets_as_tsv.write(filled / "config", {"scores": SHEETS["scores"]}, SCHEMAS)
    study = load(filled)
    assert rows(study) == before
    assert study.places["scores"] == "config/scores.tsv" and study.places["plates"] == "config/study.xlsx › plates"
    assert set(study.sheet_files.values()) == {"config/study.xlsx", "config/scores.tsv"}


def test_tabs_for_people_and_empty_ones_are_no_sheets_and_hidden_ones_are_flagged(filled):
    edit(filled, lambda book: book.create_sheet("Sheet1"))
    assert not {"W-XLS-022", "E-XLS-036"} & {flag.code for flag in load(filled).flags}

    def change(book):
        book.create_sheet("old")["A1"] = "P9"
        book["old"].sheet_state = "hidden"

    edit(filled, change)
    (flag,) = [flag for flag in load(filled).flags if flag.code == "W-XLS-022"]
    assert flag.message.startswith("W-XLS-022 config/study.xlsx: hidden worksheets: old")


@pytest.mark.parametrize(
    ("content", "code"), [(b"PK\x03\x04 cut off", "E-FILE-003"), (b"", "E-FILE-003"), (b"<html></html>", "E-FILE-004")]
)
def test_a_file_that_is_no_workbook_is_one_message(folder, content, code):
    (folder / "config").mkdir()
    (folder / "config/study.xlsx").write_bytes(content)
    (found,) = stopped(folder)
    assert found.startswith(f"{code} config/study.xlsx: ")


def test_a_workbook_behind_a_link_out_of_the_study_is_refused(filled, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "study.xlsx"
    shutil.move(filled / "config/study.xlsx", elsewhere)
    (filled / "config/study.xlsx").symlink_to(elsewhere)
    (found,) = stopped(filled)
    assert "E-FILE-016" in found and "config/study.xlsx" in found


def test_a_draft_knows_what_the_workbook_names(filled):
    known = study_files.known(filled)
    assert known.values("plates", "plate") == {"P1", "P2"}
    assert known.values("analytes", "analyte") == {"IL-6", "007"}


def test_a_problem_of_a_tab_is_one_of_file_and_sheet():
    problem = Problem("E-REF-002", "STOP", "config/study.xlsx › materials", "a", "b", "c", row="2")
    assert (problem.file, problem.sheet) == ("config/study.xlsx", "materials")
    assert problem.message == "E-REF-002 config/study.xlsx › materials › row 2: a – b – c."


def test_what_steps_say_of_a_sheet_names_its_tab(filled):
    study = load(filled)
    of_batch = Problem("E-AMD-120", "STOP", "config/amendments.tsv", "it matches nothing", "b", "c", row="A1")
    other = Problem("E-FILE-003", "STOP", "raw/one.csv", "cut", "b", "c")
    wells, delivered = ([tables.empty(name)] for name in ("wells", "delivered"))
    found = gate.of_reading(to_frame([of_batch, other]), wells, delivered, **rule_rows.gate(study))
    assert {"config/study.xlsx › amendments › A1: it matches nothing", "raw/one.csv: cut"} <= {
        message.split(" ", 1)[1].split(" – ")[0] for message in found["message"]
    }
    assert set(found["file"]) >= {"config/study.xlsx", "raw/one.csv"}


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not here")
def test_opened_and_saved_by_libreoffice_it_still_loads_and_helps(filled, tmp_path):
    before = rows(load(filled))
    office = [f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--convert-to", "xlsx"]
    saved = tmp_path / "saved"
    command = ["soffice", *office, "--outdir", saved, filled / "config/study.xlsx"]
    subprocess.run([*map(str, command)], check=True, capture_output=True, timeout=300)
    shutil.copy(saved / "study.xlsx", filled / "config/study.xlsx")
    helps(filled / "config/study.xlsx")
    assert rows(load(filled)) == before
