"""What a cell of an export means: strict numbers, wells, header names, and the codes vendors write for a value.

Nothing here guesses: text that is not exactly a number gives None, text that is not exactly a well gives no well.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from pyarrow import compute

Found = TypeVar("Found")
Cell = str | int | float  # as it is opened: "" when it is empty
Row = list[Cell]
Rows = list[Row]
Numbered = list[tuple[int, Row]]  # rows with their numbers in the file or sheet, from 1
CellsByWell = dict[str, tuple[Cell, int]]  # A01 -> (cell, number of its row)
VendorValue = tuple[float | None, str | None, str | None, float | None]  # number, flag, verbatim text, limit

_NUMBER = {
    sign: re.compile(rf"[+-]?(?:[0-9]+(?:{re.escape(sign)}[0-9]*)?|{re.escape(sign)}[0-9]+)(?:[eE][+-]?[0-9]+)?")
    for sign in ".,"
}
_DIGITS = {sign: rf"^-?[0-9]{{1,15}}(?:{re.escape(sign)}[0-9]{{0,15}})?$" for sign in ".,"}
_SIGNS = re.compile(r"[\W_]+")
_LOCATION = re.compile(r"(?:[0-9]+\s*\(\s*(?:([0-9]+)\s*,)?\s*(\w+)\s*\)|([0-9]+)\s*,\s*(\w+))")
_WELL = re.compile(r"([A-Z]|A[A-F])([0-9]{1,2})")
_LAST_COLUMN = 48
_REGION = re.compile(r"(.*\S)\s*\(([0-9]{1,3})\)")
_ONE_IN = re.compile(r"1\s*[:/]\s*(.+)")

_BELOW = {"belowlimit", "belowrange", "belowlloq", "belowloq", "belowlod", "blq", "bloq", "bql", "lloq", "loq", "lod"}
_BELOW |= {"belowdetectionrange", "belowfitcurverange", "belowquantificationlimit", "min", "oor", "llod"}
_ABOVE = {"abovelimit", "aboverange", "aboveuloq", "alq", "aloq", "aql", "uloq", "max", "oor"}
_ABOVE |= {"abovedetectionrange", "abovefitcurverange", "abovequantificationlimit"}
_NOT_COMPUTED = {"***", "n/a", "na", "nan", "#n/a", "none", "null", "-", "?????", "error", "range?", "not available"}
_OVERFLOW = {
    "ovf",
    "ofl",
    "sat",
    "sat.",
    "#sat",
    "+++",
    "inf",
    "+inf",
    "infinity",
    "∞",
    "high",
    "too high",
}  # besides words with "over", "ovr", "satur" in them
NO_VALUE = _NOT_COMPUTED | {"", "---", "missed", "not read"}  # words for "there is no number", in lower case


def number(cell: Cell | None, decimal: str = ".") -> float | None:
    """The cell as a finite float, or None when it is not exactly one plain number in the given decimal sign.

    Grouped thousands, `1_000`, full-width digits, `inf`, `NaN`, booleans and empty cells are not numbers.
    """
    if isinstance(cell, str):
        text = cell.strip()
        if not _NUMBER[decimal].fullmatch(text):
            return None
        value = float(text.replace(",", "."))
    elif cell is None or isinstance(cell, bool):
        return None
    else:
        value = float(cell)
    return value if math.isfinite(value) else None


def key(text: object) -> str:
    """The letters and digits of a header or block name, in lower case: `Control Range - Low` gives `controlrangelow`."""
    return _key(str(text))


@lru_cache(maxsize=8192)
def _key(text):
    return _SIGNS.sub("", text).lower()


def wells(text: object) -> list[str]:
    """Wells named by a cell, as A01: `1(1,A1)`, `1 (A1)`, `1,A1`, `A1`, `a01`, `A1,A2`; [] when it is anything else."""
    return list(_wells(str(text).strip()))


@lru_cache(maxsize=8192)
def _wells(text):
    location = _LOCATION.fullmatch(text)
    parts = [location[2] or location[4]] if location else re.split(r"\s*[,;]\s*|\s+", text)
    matches = [_WELL.fullmatch(part.upper()) for part in parts]
    if not all(matches) or any(not 1 <= int(match[2]) <= _LAST_COLUMN for match in matches):
        return []
    return [f"{match[1]}{int(match[2]):02d}" for match in matches]


def well(text: object) -> str | None:
    """The one well named by a cell, as A01, or None."""
    found = wells(text)
    return found[0] if len(found) == 1 else None


def plate_and_well(location: Cell) -> tuple[str, str | None]:
    """(plate number, well) of a Luminex location: `17(2,A3)` gives ("2", "A03"); the number is "" when not written."""
    return _plate_and_well(str(location).strip())


@lru_cache(maxsize=8192)
def _plate_and_well(text):
    match = _LOCATION.fullmatch(text)
    return (match[1] or match[3] or "") if match else "", well(text)


def analytes_and_regions(names: Sequence[str]) -> list[tuple[str, str | None]]:
    """(analyte, bead region) of each name: `Hu IL-1b (32)` gives ("Hu IL-1b", "32").

    Names that would become equal keep their number: `Abeta (40)` and `Abeta (42)` are two analytes. A name without a
    region has None.
    """
    matches = [_REGION.fullmatch(name) for name in names]
    bare = [match[1] if match else name for name, match in zip(names, matches, strict=True)]
    return [
        (name, None) if bare.count(short) > 1 or not match else (short, match[2])
        for name, short, match in zip(names, bare, matches, strict=True)
    ]


def each(read: Callable[[Any], Found], cells: Iterable[Any]) -> list[Found]:
    """What `read` makes of each cell of a column; cells of one text are read once."""
    cells = list(cells)
    found = {cell: read(cell) for cell in set(cells)}
    return [found[cell] for cell in cells]


def numbers(cells: Sequence[Cell | None], decimal: str = ".") -> np.ndarray:
    """The cells of a column as floats, as `number` reads each; NaN where there is none. Plain digits are read at once."""
    try:
        texts = pa.array(cells, pa.string())
    except pa.ArrowException:  # of a workbook
        texts = pa.array([cell if isinstance(cell, str) else None for cell in cells], pa.string())
    plain = compute.fill_null(compute.match_substring_regex(texts, _DIGITS[decimal]), False)
    digits = compute.replace_substring(compute.if_else(plain, texts, None), ",", ".")
    found = compute.cast(digits, pa.float64()).to_numpy(zero_copy_only=False).copy()
    others = np.flatnonzero(~plain.to_numpy(zero_copy_only=False))
    singly = each(lambda cell: number(cell, decimal), [cells[at] for at in others.tolist()])
    found[others] = np.array([np.nan if value is None else value for value in singly])
    return found


def text(cell: Cell | None) -> str:
    """A cell as text: a whole number in a workbook (275001.0) as its digits, a missing one as ""."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return "" if cell is None else str(cell).strip()


def at(row: Row, column: int | None) -> Cell:
    """The cell of a row in a column, "" where the row ends before it, or there is no such column."""
    return row[column] if column is not None and column < len(row) else ""


def text_at(row: Row, column: int | None) -> str:
    """As `at`, as text."""
    return text(at(row, column))


def dilution(cell: Cell | None, decimal: str = ".") -> float | None:
    """A dilution factor: `100`, `1:100` and `1/100` are 100; None when it is empty, text, zero or negative."""
    match = _ONE_IN.fullmatch(text(cell))
    factor = number(match[1] if match else cell, decimal)
    return factor if factor is not None and factor > 0 else None


def signal_value(cell: Cell | None, decimal: str = ".") -> tuple[float | None, str, str | None]:
    """A signal cell as (number, flag, verbatim text): text means `overflow`, `masked` or `not_read`, never a number."""
    value = number(cell, decimal)
    if value is not None:
        return value, "none", None
    verbatim = text(cell)
    low = verbatim.lower()
    if (
        low.startswith(">")
        or low.endswith(">")
        or low in _OVERFLOW
        or any(word in low for word in ("over", "ovr", "satur", "####", "max"))
    ):
        flag = "overflow"
    else:
        flag = {"masked": "masked", "---": "outlier"}.get(low, "not_read")
    return None, flag, verbatim or None


def vendor_value(cell: Cell | None, decimal: str = ".") -> VendorValue:
    """A vendor's concentration cell as (number, flag, verbatim text, limit).

    The number is None unless the cell is a plain number; the flag is a code of `export.FLAGS`, or None when the text
    is not a known code; the limit is the number written beside `<` or `>`. A plain number has no verbatim text.
    """
    value = number(cell, decimal)
    if value is not None:
        return value, "none", None, None
    verbatim = text(cell)
    low = verbatim.lower()
    if low in _NOT_COMPUTED or not low:
        return None, "not_computed", verbatim or None, None
    if low == "---":
        return None, "outlier", verbatim, None
    if low.startswith("*") and number(low.strip("*"), decimal) is not None:
        return None, "extrapolated", verbatim, None
    for sign, flag, words in (("<", "below_range", _BELOW), (">", "above_range", _ABOVE)):
        bare = low.replace(sign, "", 1).strip()
        if sign in low and (low.startswith(sign) or low.endswith(sign)):
            limit = number(bare.lstrip("=").strip(), decimal)
            if limit is not None or key(bare) in words or not bare:
                return None, flag, verbatim, limit
        elif key(low) in words - {"oor", "min", "max", "lloq", "uloq", "loq", "lod", "llod"}:
            return None, flag, verbatim, None
    return None, None, verbatim, None
