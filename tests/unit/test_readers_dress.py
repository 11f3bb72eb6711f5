"""The same export in another dress: every text fixture, re-encoded, delimited, padded, quoted, with commas, without blank
rows, its blocks in another order, reads as the identical tables."""

import random
import re
from functools import cache

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.readers import open_export, recognition
from tests.examples import examples
from tests.reader_fixtures import fixtures

TEXTS = sorted(name for name, each in fixtures().items() if each.delimiter not in (None, "\0"))
BOOKS = sorted(name for name, each in fixtures().items() if each.delimiter is None)
NUMBER = re.compile(r"(\s*(?:STD[0-9]+:)?[*<>]?\s*[+-]?[0-9]+)\.([0-9]+(?:[eE][+-]?[0-9]+)?\*?\s*(?: [pn]g/m?L)?)")
VERBATIM = ("vendor_flag_text", "sample", "value_text")


def tables(export):
    """The tables of an export by plate: what must not depend on the dress. Rows of the file are left out."""
    if hasattr(export, "frame"):
        return {"": export.frame.drop(columns="row").reset_index(drop=True)}
    names = [plate.name if [p.name for p in export.plates].count(plate.name) == 1 else str(at)
             for at, plate in enumerate(export.plates)]  # fmt: skip
    return {
        name: plate.wells.drop(columns="row").sort_values(["well", "analyte"]).reset_index(drop=True)
        for name, plate in zip(names, export.plates, strict=True)
    }


@cache
def reference(name):
    return tables(recognition.read_source(fixtures()[name].source()))


def assert_same(export, name, commas=False):
    found, wanted = tables(export), reference(name)
    assert export.family == fixtures()[name].family and set(found) == set(wanted)
    for plate, frame in found.items():
        for column in set(VERBATIM) & set(frame) if commas else ():
            frame[column] = frame[column].str.replace(",", ".")
        left = wanted[plate]
        if commas:
            left = left.assign(**{column: left[column].str.replace(",", ".") for column in set(VERBATIM) & set(left)})
        pd.testing.assert_frame_equal(frame, left)


def line(row, delimiter, quote):
    cells = ['"' + cell.replace('"', '""') + '"' if (quote and cell) or delimiter in cell else cell for cell in row]
    return delimiter.join(cells)


def dressed(rows, encoding, end, delimiter, commas, pad, quote):
    if commas:
        rows = [[NUMBER.sub(r"\1,\2", cell) if NUMBER.fullmatch(cell) else cell for cell in row] for row in rows]
    width = max(map(len, rows)) + pad
    rows = [[*row, *[""] * (width - len(row))] if pad else row for row in rows]
    ends = random.Random(0)
    text = "".join(
        line(row, delimiter, quote) + (ends.choice(["\n", "\r\n"]) if end == "mixed" else end) for row in rows
    )
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:  # Greek letters: no program writes them so
        return text.encode("utf-8")


@pytest.mark.parametrize("name", TEXTS)
@examples(12, derandomize=True)
@given(
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
    end=st.sampled_from(["\n", "\r\n", "\r", "mixed"]),
    sign=st.sampled_from([(",", False), ("\t", False), (";", False), (";", True), ("\t", True)]),
    pad=st.sampled_from([0, 1, 12]),
    quote=st.booleans(),
)
def test_encoding_line_end_delimiter_decimal_sign_and_padding(name, encoding, end, sign, pad, quote):
    rows = fixtures()[name].sheets[""]
    delimiter, commas = sign
    data = dressed(rows, encoding, end, delimiter, commas, pad, quote)
    export = recognition.read_source(open_export.open_bytes("a.txt", data))
    assert export.delimiter == delimiter
    assert_same(export, name, commas)


# --- blocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_without_blank_rows(name):
    fixture = fixtures()[name]
    rows = [row for row in fixture.sheets[""] if any(cell.strip() for cell in row)]
    assert_same(recognition.read_source(fixture.with_rows("", rows).source()), name)


@pytest.mark.parametrize("name", TEXTS)
def test_with_more_blank_rows_at_the_end_and_the_start(name):
    fixture = fixtures()[name]
    rows = [[""], *fixture.sheets[""], [""], ["", ""], [""]]
    assert_same(recognition.read_source(fixture.with_rows("", rows).source()), name)


def blocks_of(rows, begins, ends=lambda row: False):
    """(rows before the first block, blocks, rows from `ends` on)."""
    stop = next((at for at, row in enumerate(rows) if ends(row)), len(rows))
    starts = [at for at, row in enumerate(rows[:stop]) if begins(row)]
    blocks = [rows[at:end] for at, end in zip(starts, [*starts[1:], stop], strict=True)]
    return rows[: starts[0]], blocks, rows[stop:]


BLOCKS = {
    "xponent": (lambda row: row[:1] == ["DataType:"], lambda row: "".join(row[:1]).startswith("-- CRC")),
    "xponent_semicolon": (lambda row: row[:1] == ["DataType:"], lambda row: "".join(row[:1]).startswith("-- CRC")),
    "demo_xponent": (lambda row: row[:1] == ["DataType:"], lambda row: "".join(row[:1]).startswith("-- CRC")),
    "luminex_is": (lambda row: row[:1] == ["DataType:"], lambda row: False),
    "softmax": (
        lambda row: "".join(row[:1]).startswith(("Plate:", "Group:")),
        lambda row: "".join(row[:1]).startswith("Original"),
    ),
}


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("seed", range(6))
def test_blocks_in_any_order(name, seed):
    fixture = fixtures()[name]
    before, blocks, after = blocks_of(fixture.sheets[""], *BLOCKS[name])
    random.Random(seed).shuffle(blocks)
    assert len(blocks) > 2
    rows = [*before, *(row for block in blocks for row in block), *after]
    assert_same(recognition.read_source(fixture.with_rows("", rows).source()), name)


@pytest.mark.parametrize("name", ["msd_table", "demo_msd_table", "intelliflex", "result_table", "demo_result_table"])
@pytest.mark.parametrize("seed", range(4))
def test_columns_in_any_order(name, seed):
    fixture = fixtures()[name]
    rows = fixture.sheets[""]
    width = max(map(len, rows))
    head = next(at for at, row in enumerate(rows) if len(row) > 3)
    end = next((at for at, row in enumerate(rows) if at > head and len(row) < 4), len(rows))
    order = random.Random(seed).sample(range(width), width)
    table = [[*row, *[""] * (width - len(row))] for row in rows[head:end]]
    mixed = [[row[at] for at in order] for row in table]
    assert_same(recognition.read_source(fixture.with_rows("", [*rows[:head], *mixed, *rows[end:]]).source()), name)


@pytest.mark.parametrize("name", BOOKS)
def test_sheets_in_another_order_with_blank_rows_and_a_sheet_of_notes(name):
    fixture = fixtures()[name]
    sheets = {title: [*rows, [""], [""]] for title, rows in reversed(fixture.sheets.items())}
    sheets["Notes of KM"] = [["checked on Monday"], [""], ["plate washed twice"]]
    assert_same(recognition.read_source(type(fixture)(name, fixture.family, sheets).source()), name)
