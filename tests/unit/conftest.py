"""Fixtures for the readers of plate readers and MSD: write synthetic exports, and the same export spelt differently."""

import re

import openpyxl
import pandas as pd
import pytest
from immunoassay.readers import recognition
from immunoassay.readers.export import NotReadable

_NUMBER = re.compile(r"(\s*(?:STD[0-9]+:)?[*<>]?\s*[+-]?[0-9]+)\.([0-9]+(?:[eE][+-]?[0-9]+)?\*?\s*)")


@pytest.fixture
def export_file(tmp_path):
    """write(rows, delimiter, name): a text file of rows (lists of cells, or whole lines as text); returns its path."""

    def write(rows, delimiter="\t", name="export.txt", encoding="utf-8", end="\n"):
        lines = [row if isinstance(row, str) else delimiter.join(map(str, row)) for row in rows]
        path = tmp_path / name
        path.write_bytes((end.join(lines) + end).encode(encoding))
        return path

    return write


@pytest.fixture
def workbook_file(tmp_path):
    """write(sheets, name): an .xlsx of sheet name -> rows; None and "" are empty cells; returns its path."""

    def write(sheets, name="export.xlsx"):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append([None if cell == "" else cell for cell in row])
        path = tmp_path / name
        book.save(path)
        return path

    return write


@pytest.fixture
def same_in_every_spelling(export_file):
    """check(rows, delimiter): the export, recognised by one family only, reads as the identical tables in UTF-8 with
    and without BOM, UTF-16, latin-1, with LF and CRLF, with padded rows, and with decimal commas (verbatim texts then
    have the comma too)."""

    def check(rows, delimiter="\t"):
        wanted = recognition.read(export_file(rows, delimiter))
        width = max(len(row) for row in rows if not isinstance(row, str)) + 3
        padded = [row if isinstance(row, str) else [*row, *[""] * (width - len(row))] for row in rows]
        commas = [
            row
            if isinstance(row, str)
            else [_NUMBER.sub(r"\1,\2", str(c)) if _NUMBER.fullmatch(str(c)) else c for c in row]
            for row in rows
        ]
        spellings = {
            "bom": {"rows": rows, "encoding": "utf-8-sig"},
            "utf16": {"rows": rows, "encoding": "utf-16"},
            "latin1": {"rows": rows, "encoding": "latin-1"},
            "crlf": {"rows": rows, "end": "\r\n"},
            "padded": {"rows": padded, "end": "\r\n"},
            "commas": {"rows": commas, "delimiter": ";" if delimiter == "," else delimiter},
        }
        for spelling, how in spellings.items():
            how = {"delimiter": delimiter, **how}
            path = export_file(how.pop("rows"), name=f"{spelling}.txt", **how)
            assert recognition.recognise(path) == [wanted.family], spelling
            found = recognition.read(path)
            assert [plate.name for plate in found.plates] == [plate.name for plate in wanted.plates], spelling
            for plate, other in zip(found.plates, wanted.plates, strict=True):
                verbatim = ["vendor_flag_text", "sample"] if spelling == "commas" else []
                left = plate.wells.assign(**{name: plate.wells[name].str.replace(",", ".") for name in verbatim})
                right = other.wells.assign(**{name: other.wells[name].str.replace(",", ".") for name in verbatim})
                pd.testing.assert_frame_equal(left, right, obj=spelling)
            assert found.decimal == ("," if spelling == "commas" else ".")
        return wanted

    return check


@pytest.fixture
def real(shared):
    """real(family, name): the Export of a real file, which exactly that family must recognise."""

    def read(family, name):
        path = shared / "real_exports" / name
        assert recognition.recognise(path) == [family], name
        return recognition.read(path)

    return read


@pytest.fixture
def cells_of(shared):
    """cells_of(name): the raw cells of a real text file, split at tabs or the given sign; independent of the reader."""

    def split(name, sign="\t"):
        data = (shared / "real_exports" / name).read_bytes()
        text = data.decode("utf-16" if data[:2] == b"\xff\xfe" else "latin-1")
        return [[cell.strip() for cell in line.split(sign)] for line in text.replace("\r", "").split("\n")]

    return split


@pytest.fixture
def refused(export_file):
    """refused(rows, delimiter): the Problem with which the recognition refuses the export."""

    def problem(rows, delimiter="\t"):
        with pytest.raises(NotReadable) as caught:
            recognition.read(export_file(rows, delimiter))
        assert "\n" not in str(caught.value)
        return caught.value.problem

    return problem
