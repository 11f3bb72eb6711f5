"""What a workbook hides from its reader is named, one FLAG per sheet, and read all the same."""

import openpyxl
import pytest
from immunoassay.readers import hidden, recognition
from openpyxl.styles import Font, PatternFill

LETTERS = "ABCDEFGH"


@pytest.fixture
def plate(tmp_path):
    """read(change): a workbook of a plate, altered by change(book, sheet), read."""

    def read(change):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "Plate"
        sheet.append(["OD 450"])
        sheet.append([None, *range(1, 13)])
        for at, letter in enumerate(LETTERS):
            sheet.append([letter, *(0.1 + at + column / 100 for column in range(12))])
        change(book, sheet)
        book.save(tmp_path / "a.xlsx")
        return recognition.read(tmp_path / "a.xlsx")

    return read


def hide(book, sheet):
    sheet.row_dimensions[4].hidden = sheet.row_dimensions[5].hidden = True


def flatten(book, sheet):
    sheet.row_dimensions[7].height = 0.5  # points


def filtered(book, sheet):
    sheet.auto_filter.ref = "A2:M10"
    sheet.auto_filter.add_filter_column(1, ["0.1"])
    hide(book, sheet)


def strike(book, sheet):
    sheet["C6"].font = Font(strike=True)


def blank(book, sheet):
    sheet["D8"].number_format = ";;;"


def white(book, sheet):
    sheet["D9"].font = Font(color="FFFFFFFF")


def two(book, sheet):
    strike(book, sheet)
    hide(book, sheet)


@pytest.mark.parametrize(
    ("change", "words", "row"),
    [
        (hide, "rows 4 to 5 hidden", "4"),
        (flatten, "rows 7 hidden", "7"),
        (filtered, "rows 4 to 5 hidden", "4"),
        (strike, "rows 6 struck through", "6"),
        (blank, "rows 8 shown as nothing", "8"),
        (white, "rows 9 shown as nothing", "9"),
        (two, "rows 4 to 5 hidden; rows 6 struck through", "4"),
    ],
)
def test_the_rows_are_named_and_read(plate, change, words, row):
    export = plate(change)
    (problem,) = export.problems
    assert (problem.code, problem.level, problem.sheet, problem.row) == ("W-READ-012", "FLAG", "Plate", row)
    assert problem.found == words
    assert export.plates[0].wells["signal"].notna().sum() == 96


def test_a_hidden_sheet_is_named(plate):
    def change(book, sheet):
        sheet.sheet_state = "hidden"
        book.create_sheet("Notes")["A1"] = "see the other sheet"
        book.active = 1

    assert [problem.found for problem in plate(change).problems] == ["the whole sheet hidden"]


def plain(book, sheet):
    pass


def header(book, sheet):  # white on dark, as headings are
    sheet["A2"].font = Font(color="FFFFFFFF", bold=True)
    sheet["A2"].fill = PatternFill("solid", fgColor="FF203864")
    sheet["B2"].number_format = "0;-0;;@"  # hides zeros only
    sheet.row_dimensions[5].height = 30


def empty_row(book, sheet):
    sheet.row_dimensions[20].hidden = True
    sheet["A1"].font = Font(strike=False)


@pytest.mark.parametrize("change", [plain, header, empty_row])
def test_what_hides_nothing_is_quiet(plate, change):
    assert plate(change).problems == []


def test_rows_are_listed_as_runs_and_not_without_end():
    assert hidden._listed([1, 2, 3, 7]) == "1 to 3, 7"
    assert hidden._listed(list(range(1, 100, 2))).endswith("and 30 more")
