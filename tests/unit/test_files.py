"""One layer opens files: what it says of the bytes holds for sheets and exports alike, whatever the file is called."""

import ast
import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from immunoassay.files import delimited, excel, opening
from immunoassay.files.house import schema_file
from immunoassay.readers import open_export
from immunoassay.readers.export import NotReadable
from immunoassay.study.layouts import load_layout
from immunoassay.study.schema import load_schema, load_sheet
from immunoassay.study.sheet_cells import read_cells
from openpyxl.styles import Font

LIBRARY = Path(__file__).parents[2] / "src/immunoassay"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def book_of(*rows, title="Data"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return book


def with_xml(data, old, new):
    """The workbook with a part of its first worksheet replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    changed = re.sub(old, new, parts[sheet])
    assert changed != parts[sheet]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in {**parts, sheet: changed}.items():
            archive.writestr(name, content)
    return out.getvalue()


def as_sheet(tmp_path, data, name="sheet.tsv"):
    (tmp_path / name).write_bytes(data)
    return read_cells(tmp_path / name, name)


def as_export(data):
    return open_export.open_bytes("a.csv", data)


# --- what a file is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "kind", "of_sheet", "of_export"),
    [
        (b" \r\n\t", opening.EMPTY, "E-FILE-002", "E-FILE-002"),
        (b"PK\x03\x04 cut off", opening.XLSX, "E-FILE-003", "E-FILE-003"),
        (OLE + bytes(900), opening.XLS, "E-FILE-009", "E-FILE-003"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), opening.XLS, "E-FILE-005", "E-FILE-005"),
        (b"<html><body>1</body></html>", opening.HTML, "E-FILE-004", "E-FILE-004"),
        ("<html>é</html>".encode("utf-16"), opening.HTML, "E-FILE-004", "E-FILE-004"),
        (b"\xef\xbb\xbf<!DOCTYPE html>\n<html>", opening.HTML, "E-FILE-004", "E-FILE-004"),
        (b'<?xml version="1.0"?><a><b></a>', opening.XML, "E-FILE-004", "E-FILE-003"),
        (b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "a">]><b>&a;</b>', opening.XML, "E-FILE-004", "E-READ-002"),
        (b'<W xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', opening.SPREADSHEET_2003, "E-FILE-004", "E-FILE-004"),
        (b"<note>\tb\n1\t2\n", opening.TAG, "E-TXT-003", "E-FILE-003"),
        (b"a\x00b\tc\n1\t2\n", opening.BINARY, "E-TXT-001", "E-FILE-009"),
        (b"a\tb\n1\t1,234\n", opening.TEXT, None, "V-081"),
    ],
)  # fmt: skip
def test_sheets_and_exports_see_one_kind_and_each_says_what_it_makes_of_it(tmp_path, data, kind, of_sheet, of_export):
    assert opening.look_at(data).kind == kind
    assert [problem.code for problem in as_sheet(tmp_path, data).problems][:1] == ([of_sheet] if of_sheet else [])
    with pytest.raises(NotReadable) as caught:
        as_export(data)
    assert caught.value.problem.code == of_export


def test_a_sheet_named_xlsx_that_is_none_is_damaged_and_an_export_is_read(tmp_path):
    data = b"a,b\n1.5,2.5\n"
    assert [problem.code for problem in as_sheet(tmp_path, data, "a.xlsx").problems] == ["E-FILE-003"]
    assert open_export.open_bytes("a.xlsx", data).rows == [["a", "b"], ["1.5", "2.5"]]


TABLE = "unit\tnote\nµg/mL\tone\npg/mL\ttwo\n"


@pytest.mark.parametrize(
    ("data", "encoding", "of_sheet"),
    [
        (TABLE.encode(), "utf-8", []),
        (TABLE.encode("utf-8-sig"), "utf-8-sig", ["W-FILE-013"]),
        (TABLE.encode("cp1252"), "cp1252", ["E-FILE-012"]),
        (TABLE.replace("one", "\x81").encode("latin-1"), "latin-1", ["E-FILE-012"]),
        (TABLE.encode("utf-16"), "utf-16", ["E-FILE-012"]),
        (TABLE.encode("utf-16-le"), "utf-16-le", ["E-FILE-012"]),
        (TABLE.encode("utf-16-be"), "utf-16-be", ["E-FILE-012"]),
        (TABLE.encode("utf-32"), "utf-32", ["E-FILE-012"]),
    ],
)
def test_an_export_is_taken_in_every_encoding_and_a_sheet_in_utf8_only(tmp_path, data, encoding, of_sheet):
    source = as_export(data)
    assert (source.encoding, source.rows[1][0]) == (encoding, "µg/mL")
    assert [problem.code for problem in as_sheet(tmp_path, data).problems] == of_sheet


def test_the_byte_that_is_not_utf8_is_named_behind_a_byte_order_mark_too(tmp_path):
    for mark in (b"", b"\xef\xbb\xbf"):
        problem = as_sheet(tmp_path, mark + b"unit\tnote\npg/mL\tone\n\xb5g/mL\ttwo\n").problems[-1]
        assert problem.row == "3"
        assert problem.found == 'byte 0xB5 is not UTF-8 (in Windows-1252 it is "µ")'


# --- delimited text --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", "\t;,")
def test_sheets_and_exports_find_the_same_delimiter(tmp_path, delimiter):
    text = "\n".join(delimiter.join(row) for row in (("name", "remark"), ("a", '"one; two, three"'), ("b", "four")))
    assert delimited.delimiter_of(text) == delimiter
    assert as_sheet(tmp_path, text.encode()).delimiter == as_export(text.encode()).delimiter == delimiter


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_records_know_their_lines(end):
    text = opening.look_at(end.join(['a,"b', 'c",d', "", "e,f", ""]).encode()).text
    assert list(delimited.records(delimited.lines_of(text), ",")) == [
        (1, 2, ["a", "b\nc", "d"]),
        (3, 3, []),
        (4, 4, ["e", "f"]),
    ]


def test_an_open_quote_stops_a_sheet_and_swallows_nothing_of_an_export(tmp_path):
    data = b'well,od\n"A1,1.5\nA2,2.5\nA3,3.5\n'
    (problem,) = as_sheet(tmp_path, data).problems
    assert (problem.code, problem.row, problem.found) == ("E-FILE-018", "2", "a cell runs over 3 lines")
    assert as_export(data).rows[2:] == [["A2", "2.5"], ["A3", "3.5"]]


# --- workbooks -------------------------------------------------------------------------------------------------------


def test_cells_know_what_they_are_made_of():
    data = saved(book_of(["text", 1.5, True, datetime(2024, 3, 5)], ["007", "=1+1"]))
    (sheet,) = excel.open_xlsx(data)
    assert sheet.values() == [("text", 1.5, True, datetime(2024, 3, 5)), ("007", None)]
    first, second = sheet.cells()
    assert [cell.kind for cell in first] == ["text", "number", "boolean", "date"]
    assert [cell.kind for cell in second] == ["text", "", "", ""]
    assert [cell.formula for cell in second] == ["", "=1+1", "", ""]
    assert sheet.marks.without_result == 1


def test_what_a_worksheet_hides_is_one_list_of_facts_for_both(tmp_path):
    book = book_of(["a", "b", "c"], [1, 2, 3], [4, 5, 6], [7, 8, 9], title="Plate")
    page = book.active
    page.row_dimensions[2].hidden = page.row_dimensions[9].hidden = page.column_dimensions["B"].hidden = True
    page["C3"].font = Font(strike=True)
    page["A4"].number_format = ";;;"
    page.merge_cells("A6:B6")
    data = saved(book)
    (sheet,) = excel.open_xlsx(data)
    assert vars(sheet.marks) == {
        "unseen": [2],
        "struck": [3],
        "blanked": [4],
        "hidden_rows": [2, 9],
        "hidden_columns": [2],
        "merged": ["A6:B6"],
        "filtered": False,
        "formulas": False,
        "without_result": 0,
    }
    assert sheet.extent() == (6, 3)
    found = as_sheet(tmp_path, data, "a.xlsx").problems
    assert [(problem.code, problem.row or problem.column) for problem in found] == [
        ("E-XLS-022", "2"),
        ("E-XLS-022", "B"),
        ("E-XLS-024", "A6:B6"),
        ("W-XLS-033", "3"),
    ]
    (flag,) = as_export(data).problems
    assert flag.found == "rows 2 hidden; rows 3 struck through; rows 4 shown as nothing"


def test_a_sheet_that_reaches_far_is_refused_before_it_is_read(tmp_path):
    book = book_of(["a", "b"], [1, 2])
    book.active["XFD1048576"].font = Font(bold=True)
    (problem,) = as_sheet(tmp_path, saved(book), "a.xlsx").problems
    assert problem.code == "E-XLS-035"
    assert problem.found == "the worksheet reaches to row 1,048,576 and column 16,384"


def test_results_of_formulas_are_read_by_both(tmp_path):
    data = with_xml(saved(book_of(["a", "b"], ["x", 3])), rb"<v>3</v>", rb"<f>1+2</f><v>3</v>")
    cells = as_sheet(tmp_path, data, "a.xlsx")
    assert cells.rows == [(2, ["x", "3"])]
    assert [(problem.code, problem.found) for problem in cells.problems] == [
        ("W-XLS-027", "1 formula, the first in B2: =1+2")
    ]
    source = as_export(data)
    assert source.sheets == {"Data": [["a", "b"], ["x", 3]]} and source.problems == []


def test_a_workbook_that_unpacks_out_of_proportion_is_opened_by_neither(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(5_000_000))
    with pytest.raises(opening.UnreadableError) as caught:
        excel.open_xlsx(out.getvalue())
    assert (caught.value.fact, caught.value.number) == (excel.TOO_LARGE, 5_000_000)
    assert [problem.code for problem in as_sheet(tmp_path, out.getvalue()).problems] == ["E-FILE-019"]
    with pytest.raises(NotReadable, match="E-FILE-019.*5,000,000 bytes"):
        as_export(out.getvalue())


# --- sheets ----------------------------------------------------------------------------------------------------------


def test_a_note_beside_the_table_alone_in_its_row_is_named(tmp_path):
    rows = ["visit\torder\tday\tbaseline\t", "D1\t1\t1\tyes\t", "\t\t\t\tsee mail", "M1\t2\t29\tno\t"]
    (tmp_path / "visits.tsv").write_text("\n".join(rows), encoding="utf-8")
    sheet = load_sheet(tmp_path / "visits.tsv", "visits.tsv", load_schema(schema_file("visits")))
    assert ("E-XLS-030", "3") in [(problem.code, problem.row) for problem in sheet.problems]


@pytest.mark.parametrize(
    ("text", "code"),
    [(None, "E-FILE-001"), ("well;role;sample_id;dilution\nA1;sample;S1;1,5\n", "E-FILE-014")],
)
def test_a_layout_that_is_gone_or_has_decimal_commas_sets_its_plate_aside(tmp_path, text, code):
    if text:
        (tmp_path / "layout.csv").write_text(text, encoding="utf-8")
    _, problems = load_layout(tmp_path / "layout.csv", "layout.csv", load_schema(schema_file("layout")))
    assert [(problem.code, problem.level) for problem in problems] == [(code, "QUARANTINE")]


# --- the layer -------------------------------------------------------------------------------------------------------


def test_nothing_else_opens_files():
    """Only the room `files` knows the libraries and the magic bytes."""
    openers = {"zipfile", "xlrd", "defusedxml"}
    for path in LIBRARY.rglob("*.py"):
        if path.relative_to(LIBRARY).parts[0] == "files":
            continue
        text = path.read_text(encoding="utf-8")
        names = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
        used = {alias.name.split(".")[0] for node in names for alias in node.names}
        used |= {(node.module or "").split(".")[0] for node in names if isinstance(node, ast.ImportFrom)}
        assert not used & openers, path
        assert "load_workbook" not in text and "PK\\x03" not in text and "csv.Sniffer" not in text, path
