"""The loader: every problem at once, by file, row and column, with what is wrong and how to fix it."""

import pytest
from immunoassay.problems import StudyError
from immunoassay.study import load as studies
from immunoassay.study import rule_rows
from openpyxl import Workbook

CONFIG = {"study": {"title": "Two plates"}, "primary_visit": "M1"}
SHEETS = {
    "panels": "panel\tlabel\tplatform\nkit\tKit\tluminex\n",
    "analytes": "analyte\tpanel\tgroup\tunit\nIL-6\tkit\tcytokine\tpg/mL\nTNF\tkit\tcytokine\tpg/mL\n",
    "materials": "panel\tkit_lot\tmaterial\tlevel\tanalyte\texpected\tunit\nkit\tL1\tstandard\tS1\tIL-6\t1000\tpg/mL\n",
    "plates": "plate\tbatch\tpanel\tfile\tkit_lot\nP1\tB1\tkit\traw/one.csv\tL1\nP2\tB2\tkit\traw/two.csv\tL1\n",
    "samples": "sample_id\tparticipant\tcourse\tvisit\tcollection_date\nA-D1\tA\tfirst\tD1\t2024-01-02\n",
    "participants": "participant\tstatus\tschedule\nA\tenrolled\tweekly\n",
    "visits": "visit\torder\tday\tbaseline\nD1\t1\t1\tyes\nM1\t2\t29\tno\n",
    "courses": "participant\tcourse\torder\tday1_date\nA\tfirst\t1\t2024-01-02\n",
    "events": "participant\tcourse\tevent\tdate\nA\tfirst\tinfusion\t2024-01-02\n",
    "scores": "participant\tcourse\tvisit\tdate\tMGC\nA\tfirst\tD1\t2024-01-02\t20\n",
    "amendments": "amendment\twhat\tplate\tfrom\tto\treason\twho\twhen\n",
    "approvals": "batch\tsha256\twho\twhen\tcomment\n",
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "raw").mkdir()
    for name, text in SHEETS.items():
        (tmp_path / f"config/{name}.tsv").write_text(text, encoding="utf-8")
    for name in ("one", "two"):
        (tmp_path / f"raw/{name}.csv").write_text(name, encoding="utf-8")
    return tmp_path


def load(folder, config=CONFIG):
    return studies.load_study(config, folder)


def problems(folder, config=CONFIG):
    with pytest.raises(StudyError) as caught:
        load(folder, config)
    return caught.value.problems


def edit(folder, sheet, old, new):
    path = folder / f"config/{sheet}.tsv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def codes(found):
    return sorted({problem.code for problem in found})


def test_a_clean_study_loads_without_a_flag_and_fills_defaults(folder):
    study = load(folder)
    assert study.flags == ()
    assert study.rows("analytes", ["analyte", "standard_unit", "names_in_export", "weights"])[0] == {
        "analyte": "IL-6",
        "standard_unit": "pg/mL",
        "names_in_export": ["IL-6"],
        "weights": "two_component",
    }
    assert study.config["lloq_across_plates"] == "plate"


def test_path_plate_analyte_and_unit_are_reported_together_by_row(folder):
    edit(folder, "plates", "raw/two.csv", "raw/tow.csv")
    edit(folder, "plates", "P2\tB2", "P1\tB2")
    edit(folder, "materials", "IL-6\t1000\tpg/mL", "IL-66\t1000\tpg/mL\nkit\tL1\tstandard\tS1\tTNF\t1000\tng/mL")
    messages = "\n".join(problem.message for problem in problems(folder))
    assert (
        'E-FILE-001 config/plates.tsv › row 3 › file: no such file "raw/tow.csv" (did you mean raw/two.csv?)'
        in messages
    )
    assert "E-ID-040 config/plates.tsv › row 3 › plate: P1 appears already in row 2" in messages
    assert 'E-REF-002 config/materials.tsv › row 2 › analyte: "IL-66" is not in the analytes sheet – ' in messages
    assert (
        "E-UNIT-088 config/materials.tsv › row 3 › unit: ng/mL for TNF, whose standards are in pg/mL "
        "(1 ng/mL would be 1000 pg/mL)" in messages
    )


@pytest.mark.parametrize(
    ("sheet", "old", "new", "code"),
    [
        ("analytes", "\tcytokine\tpg/mL\nTNF", "\tcytokine\tpg/dL\nTNF", "E-UNIT-001"),
        ("analytes", "panel\tgroup", "panel\tgruop", "E-XLS-030"),
        ("plates", "raw/two.csv", "../two.csv", "E-FILE-016"),
        ("plates", "raw/two.csv", "/etc/passwd", "E-FILE-016"),
        ("plates", "raw/two.csv", "raw/one.csv", "E-WELL-069"),
        ("plates", "two.csv\tL1", "two.csv\t", "E-LOT-071"),
        ("plates", "kit_lot\n", "kit_lot\tinclude\n", "E-FILE-015"),
        ("samples", "A-D1\tA", "A-D1\tB", "E-ID-051"),
        ("samples", "first\tD1", "second\tD1", "E-REF-005"),
        ("samples", "first\tD1", "first\tD2", "E-REF-006"),
        ("samples", "D1\t2024-01-02\n", "D1\t2024-01-02\na-d1\tA\tfirst\tM1\t2024-01-30\n", "E-ID-041"),
        ("samples", "A-D1\tA", "А-D1\tA", "E-ID-046"),
        ("samples", "A-D1\tA", "A\u00a0D1\tA", "E-ID-045"),
        ("samples", "A-D1\tA\tfirst", "\tA\tfirst", "E-ID-048"),
        ("samples", "collection_date\n", "collection_date\tPatient name\n", "E-ID-053"),
        ("samples", "first\tD1", "first\tD1\textra", "E-FILE-015"),
        ("participants", "enrolled\tweekly\n", "enrolled\tweekly\nB\tenrolled\t\n", "E-PPT-001"),
        ("visits", "29\tno", "29\tyes", "E-VIS-104"),
        ("visits", "2\t29", "2\t9", "E-VIS-102"),
        ("visits", "2\t29", "2\t29,5", "E-VAL-081"),
        ("courses", "2024-01-02", "02/01/2024", "E-DATE-100"),
        ("courses", "2024-01-02", "2024-02-31", "E-DATE-100"),
        ("events", "infusion", "infusoin", "E-VAL-002"),
        ("scores", "\t20", "\t51", "E-VAL-084"),
        ("scores", "\t20", "\t20.5", "E-VAL-083"),
        ("scores", "\t20", "\t1_0", "E-VAL-082"),
        ("scores", "MGC", "MGCC", "E-XLS-030"),
        ("amendments", "when\n", "when\nA1\tsample_id\tP1\tX\t\twritten wrong\tAB\t2024-02-01\n", "E-AMD-121"),
        ("amendments", "when\n", "when\nA1\tsample_id\tP7\tX\tY\twritten wrong\tAB\t2024-02-01\n", "E-AMD-120"),
        ("amendments", "when\n", "when\nA1\tstandard_strength\tP1\t\thalf\tmade wrong\tAB\t2024-02-01\n", "E-AMD-121"),
        ("approvals", "comment\n", f"comment\nB3\t{'a1' * 32}\tAB\t2024-02-01\t\n", "E-APV-001"),
        ("approvals", "comment\n", "comment\nB1\tA1B2\tAB\t2024-02-01\t\n", "E-ID-047"),
        ("approvals", "comment\n", f"comment\nB1\t{'a1' * 32}\t\t2024-02-01\t\n", "E-ID-048"),
        ("approvals", "comment\n", f"comment\nB1\t{'a1' * 32}\tAB\t2999-02-01\t\n", "E-DATE-101"),
    ],
)
def test_each_planted_error_is_caught(folder, sheet, old, new, code):
    edit(folder, sheet, old, new)
    found = problems(folder)
    assert code in codes(found), [problem.message for problem in found]
    assert any(problem.file.startswith(f"config/{sheet}") for problem in found if problem.code == code)


def test_an_unknown_or_wrong_config_key_is_named(folder):
    found = problems(folder, {**CONFIG, "center": "mean"})
    assert found[0].message.startswith("E-CFG-001 config/config.yaml › center: unknown key (did you mean centre?)")
    found = problems(folder, {**CONFIG, "centre": "median"})
    assert "E-CFG-003" in codes(found)
    found = problems(folder, {**CONFIG, "figures": {"axis_groups": ["cytokines"]}})
    assert "(did you mean cytokine?)" in found[0].message


def test_a_layout_beside_the_exports_is_no_unnamed_export(folder):
    plates = (folder / "config/plates.tsv").read_text(encoding="utf-8").split("\n")
    header, *rows = [line.split("\t") for line in plates if line]
    layouts = {row[header.index("layout")] for row in rows} - {""} if "layout" in header else set()
    if not layouts:
        header, rows = [*header, "layout"], [[*row, "raw/layout.tsv"] for row in rows]
        (folder / "config/plates.tsv").write_text(
            "\n".join("\t".join(row) for row in [header, *rows]), encoding="utf-8"
        )
        (folder / "raw/layout.tsv").write_text("\t1\n", encoding="utf-8")
    assert not [flag for flag in load(folder).flags if flag.code == "W-RAW-001"]


def test_exports_no_row_names_are_listed_and_stop_only_when_strict(folder):
    (folder / "raw/three.csv").write_text("x")
    (folder / "raw/~$three.csv").write_text("x")
    flags = load(folder).flags
    assert [(flag.code, flag.file) for flag in flags] == [("W-RAW-001", "raw/three.csv"), ("W-FILE-011", "raw")]
    assert "raw/three.csv" in flags[0].fix
    assert flags[1].found == "not read: raw/~$three.csv"
    assert codes(problems(folder, {**CONFIG, "strict_raw": True})) == ["W-RAW-001"]


def workbook(folder, change):
    book = Workbook()
    sheet = book.active
    for row in (["participant", "course", "visit", "date", "MGC"], ["A", "first", "D1", "2024-01-02", 20]):
        sheet.append(row)
    change(book, sheet)
    book.save(folder / "config/scores.xlsx")
    return {**CONFIG, "sheets": {"scores": "config/scores.xlsx"}}


def put(cell, value, number_format=None):
    def change(book, sheet):
        sheet[cell] = value
        if number_format:
            sheet[cell].number_format = number_format

    return change


def hide_row(book, sheet):
    sheet.row_dimensions[2].hidden = True


def merge(book, sheet):
    sheet.append(["A", "first", "M1", None, 11])
    sheet.merge_cells("A2:A3")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (put("E2", "#DIV/0!"), "E-XLS-025"),
        (put("E2", "=D2+1"), "E-XLS-026"),
        (put("A2", 2, "000"), "E-ID-042"),
        (put("F1", "MGC "), "E-XLS-029"),
        (hide_row, "E-XLS-022"),
        (merge, "E-XLS-024"),
        (lambda book, sheet: book.create_sheet("more"), "E-XLS-021"),
    ],
)
def test_workbooks_are_read_cell_by_cell(folder, change, code):
    assert code in codes(problems(folder, workbook(folder, change)))


def test_a_clean_workbook_gives_the_same_rows_as_the_text_sheet(folder):
    from_workbook = load(folder, workbook(folder, lambda book, sheet: None)).rows("scores")
    assert from_workbook == load(folder).rows("scores")


def test_a_damaged_workbook_is_one_message(folder):
    (folder / "config/scores.xlsx").write_bytes(b"PK\x03\x04 cut off")
    found = problems(folder, {**CONFIG, "sheets": {"scores": "config/scores.xlsx"}})
    assert codes(found) == ["E-FILE-003"]


EVERY = (
    "panel\tmaterial\tlevel\tanalyte\texpected\tunit\nkit\tstandard\tS1\t*\t1000\tpg/mL\n"
    "kit\tstandard\tS1\tTNF\t900\tpg/mL\nkit\tcontrol\tQC1\t*\t50\tpg/mL\n"
)


def test_one_row_of_a_material_is_for_every_analyte_of_the_kit_but_those_with_their_own(folder):
    (folder / "config/materials.tsv").write_text(EVERY, encoding="utf-8")
    edit(folder, "plates", "csv\tL1", "csv\t")
    edit(folder, "analytes", "unit\n", "unit\tuse\n")
    edit(
        folder,
        "analytes",
        "pg/mL\nTNF\tkit\tcytokine\tpg/mL\n",
        "pg/mL\t\nTNF\tkit\tcytokine\tpg/mL\tyes\nBSA\tkit\t\t\tno\n",
    )
    study = load(folder)
    found = [
        tuple(row.values()) for row in study.rows("materials", ("kit_lot", "level", "analyte", "expected", "_row"))
    ]
    assert found == [
        ("", "S1", "IL-6", 1000, 2), ("", "S1", "TNF", 900, 3), ("", "QC1", "IL-6", 50, 4), ("", "QC1", "TNF", 50, 4),
    ]  # fmt: skip
    assert rule_rows.materials(study, "B2") == rule_rows.materials(study, "B1") != []


def test_the_unit_of_a_material_must_fit_every_analyte_it_is_for(folder):
    (folder / "config/materials.tsv").write_text(EVERY, encoding="utf-8")
    edit(folder, "plates", "csv\tL1", "csv\t")
    edit(folder, "analytes", "TNF\tkit\tcytokine\tpg/mL", "TNF\tkit\tcytokine\tng/mL")
    found = [problem.message for problem in problems(folder) if problem.code == "E-UNIT-088"]
    assert len(found) == 2 and "row 2 › unit: pg/mL (in 2 rows) for TNF, whose standards are in ng/mL" in found[0]
    edit(folder, "analytes", "TNF\tkit\tcytokine\tng/mL", "TNF\tkit\tcytokine\tpg/ml")
    assert not load(folder).flags


def test_a_plate_without_a_lot_needs_rows_without_one(folder):
    edit(folder, "plates", "two.csv\tL1", "two.csv\t")
    assert codes(problems(folder)) == ["E-LOT-071"]
    edit(folder, "materials", "pg/mL\n", "pg/mL\nkit\t\tstandard\tS1\tIL-6\t900\tpg/mL\n")
    study = load(folder)
    assert [rule_rows.materials(study, batch)[0]["expected"] for batch in ("B1", "B2")] == [1000, 900]


def test_a_lot_that_no_row_lists_is_a_flag_and_one_that_is_spelled_otherwise_stops(folder):
    edit(folder, "plates", "csv\tL1", "csv\tL2")
    (flag,) = load(folder).flags
    assert flag.message.startswith(
        'E-LOT-071 config/plates.tsv › row 2 › kit_lot: lot "L2" of kit (plate P1, P2) is not in the materials sheet – '
        "what the export itself states of its standards and controls is used – compare them with the certificate"
    )
    edit(folder, "plates", "csv\tL2", "csv\tl-1")
    assert codes(problems(folder)) == ["E-ID-041"]


def test_an_analyte_nobody_wants_needs_no_unit_and_is_in_no_result(folder):
    edit(folder, "analytes", "unit\n", "unit\tnames_in_export\tuse\n")
    edit(
        folder,
        "analytes",
        "pg/mL\nTNF\tkit\tcytokine\tpg/mL\n",
        "pg/mL\t\t\nTNF\tkit\tcytokine\tpg/mL\t\t\n620\tkit\t\t\t620;620 nm\tno\n",
    )
    study = load(folder)
    assert [row["analyte"] for row in study.rows("analytes")] == ["IL-6", "TNF"]
    (flag,) = study.flags
    assert (flag.code, flag.row) == ("W-CMP-006", "4") and "analytes nobody wants (use: no), 1: 620" in flag.found
    assert rule_rows.reading(study, "B1")["unwanted"] == [{"panel": "kit", "names_in_export": ["620", "620 nm"]}]
    edit(folder, "analytes", "620 nm\tno", "620 nm\tyes")
    assert [(each.code, each.row, each.column) for each in problems(folder)] == [
        ("E-ID-048", "4", "unit"), ("E-ID-048", "4", "group"),
    ]  # fmt: skip


def test_an_unknown_unit_is_said_once_and_a_column_nobody_filled_too(folder):
    edit(folder, "analytes", "TNF\tkit\tcytokine\tpg/mL", "TNF\tkit\tcytokine\tpg/dL")
    assert [(each.code, each.row) for each in problems(folder)] == [("E-UNIT-001", "3")]
    edit(folder, "analytes", "\tunit\n", "\n")
    edit(folder, "analytes", "\tpg/dL\n", "\n")
    edit(folder, "analytes", "\tpg/mL\n", "\n")
    assert [each.message for each in problems(folder) if each.code == "E-ID-048"] == [
        "E-ID-048 config/analytes.tsv › row 2 › unit: the cell is empty (2 rows) – this column is required of analytes that are "
        "wanted – fill the cell, or write no into the column use."
    ]


def test_amendments_nobody_signed_are_counted_and_not_applied(folder):
    rows = "".join(
        f"A{at}\texclude_plate\tP{at}\t\t\tsoap in the washer\t{who}\t{'2024-02-01' if who else ''}\n"
        for at, who in enumerate(("", "AB", ""), 1)
    )
    edit(folder, "amendments", "when\n", "when\n" + rows)
    study = load(folder)
    assert [each.amendment for each in study.amendments] == ["A2"]
    assert [plate.include for plate in study.plates] == [True, False]
    (flag,) = [each for each in study.flags if each.code == "W-AMD-124"]
    assert "amendments nobody signed, 2 of 3: A1, A3 – they are not applied" in flag.message
    edit(folder, "amendments", "AB\t2024-02-01", "AB\t")
    assert [(each.code, each.column) for each in problems(folder)] == [("E-AMD-121", "when")]


def test_a_batch_is_given_only_its_names(folder):
    text = "scope\tname\tsample_id\tseen\n*\tQC\t\tA1\nB1\tSample 1\tA-D1\tB1\nP2\tSample 1\tA-D1\tB2\nB2\t1\tA-D1\t\n"
    (folder / "config/names.tsv").write_text(text, encoding="utf-8")
    study = load(folder)
    found = {batch: [(row["scope"], row["name"]) for row in rule_rows.names(study, batch)] for batch in study.batches}
    assert found == {"B1": [("*", "QC"), ("B1", "Sample 1")], "B2": [("*", "QC"), ("P2", "Sample 1"), ("B2", "1")]}
    assert not any("seen" in row for row in rule_rows.names(study, "B1"))


def test_validated_limits_are_compared_with_the_standards_of_every_analyte(folder):
    (folder / "config/materials.tsv").write_text(EVERY + "kit\tstandard\tS2\t*\t10\tpg/mL\n", encoding="utf-8")
    edit(folder, "plates", "csv\tL1", "csv\t")
    edit(folder, "analytes", "unit\n", "unit\tlimit_rule\tlloq_validated\n")
    edit(
        folder, "analytes", "pg/mL\nTNF\tkit\tcytokine\tpg/mL\n", "pg/mL\tvalidated\t3\nTNF\tkit\tcytokine\tpg/mL\t\t\n"
    )
    (found,) = problems(folder)
    assert found.code == "E-LIM-002" and "standards of lot without a name 10 to 1000" in found.found


def test_every_fault_of_an_approval_is_told_at_once_and_one_of_a_batch_that_does_not_count_is_left_out(folder):
    good = f"B1\t{'a1' * 32}\tAB\t2024-02-01\tcurves and controls\nB2\t{'b2' * 32}\tAB\t2024-02-02\t\n"
    edit(folder, "approvals", "comment\n", f"comment\n{good}")
    assert [row["batch"] for row in load(folder).rows("approvals")] == ["B1", "B2"]
    assert [row["batch"] for row in load(folder, {**CONFIG, "batches": ["B2"]}).rows("approvals")] == ["B2"]
    edit(folder, "approvals", good, f"B9\t{'a1' * 32}\tAB\t2024-02-01\t\nB1\t123\t\t2024-02-01\t\n{good}{good}")
    found = [(problem.code, problem.row, problem.column) for problem in problems(folder)]
    assert found == [("E-ID-047", "3", "sha256"), ("E-ID-048", "3", "who"), ("E-ID-040", "6", "who"),
                     ("E-ID-040", "7", "who"), ("E-APV-001", "2", "batch")]  # fmt: skip
