"""A result as a laboratory writes it: a number, a number with its unit, or a limit with a sign, a word or brackets.

`< 0.2 pg/mL`, `≤0.2`, `BLQ (<0.2)`, `>5,000`, `> ULOQ (5000)`, `below 0.2` and `3.3 pg/mL` are certain; a text that could
mean two things is not understood, and never becomes a number.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from immunoassay.readers import written_cells

BELOW = re.compile(r"(?:<\s*=?|=\s*<|≤|⩽|≦|below\b|under\b|less than\b|lower than\b|smaller than\b)\s*", re.I)
ABOVE = re.compile(r"(?:>\s*=?|=\s*>|≥|⩾|≧|above\b|over\b|more than\b|greater than\b|higher than\b)\s*", re.I)
NUMBER = r"[0-9][0-9.,'\u2019 ]*(?:[eE][+-]?[0-9]+)?"
WITH_UNIT = re.compile(rf"({NUMBER}|[.,][0-9]+)\s*([^\W\d_][^<>≤≥()\[\]]*)?")
BRACKETS = re.compile(r"([^()\[\]]+?)\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]")
JOINED = re.compile(r"([^\W\d_]+|[<>]\s*[^\W\d_]+)[\s:=]+([<>≤≥].*)")
GROUPS = {".": re.compile(r"[1-9][0-9]{0,2}(?:[, '\u2019][0-9]{3})+(?:\.[0-9]+)?")}
GROUPS[","] = re.compile(r"[1-9][0-9]{0,2}(?:[. '\u2019][0-9]{3})+(?:,[0-9]+)?")


@dataclass(frozen=True)
class Written:
    """What a cell says: a number or a limit, in `unit` ("" when the cell states none), and a flag of export.FLAGS."""

    value: float | None
    flag: str | None  # None: not understood
    limit: float | None = None
    unit: str = ""


@lru_cache(maxsize=2**16, typed=True)  # a table is looked through several times, and repeats its texts
def parse(cell: written_cells.Cell | None, decimal: str = ".") -> Written:
    """The Written of a cell of results or of limits; the flag is None when the text is not understood."""
    value, flag, _, limit = written_cells.vendor_value(cell, decimal)
    if flag is not None and limit != 0:
        return Written(value, flag, limit)
    text = " ".join(written_cells.text(cell).replace("&lt;", "<").replace("&gt;", ">").split())
    for form in (_signed, _bracketed, _plain):
        if found := form(text, decimal):
            return found
    return Written(None, None)


def _plain(text, decimal):
    match = WITH_UNIT.fullmatch(text)
    value = match and match[2] and written_cells.number(match[1].strip(), decimal)
    return Written(value, "none", None, match[2].strip()) if value is not None and match else None


def _signed(text, decimal):
    for sign, flag in ((BELOW, "below_range"), (ABOVE, "above_range")):
        start = sign.match(text)
        match = start and WITH_UNIT.fullmatch(text[start.end() :].strip())
        limit = _number(match[1].strip(), decimal) if match else None
        if limit:  # below 0 says nothing
            return Written(None, flag, limit, (match[2] or "").strip())
    return None


def _bracketed(text, decimal):
    """A word and a limit that say the same: `BLQ (<0.2)`, `<0.2 (BLQ)`, `> ULOQ (5000)`, `BLQ: <0.2`."""
    match = BRACKETS.fullmatch(text) or JOINED.fullmatch(text)
    if not match:
        return None
    for word, inner in ((match[1], match[2]), (match[2], match[1])):
        flag = written_cells.vendor_value(word)[1]
        if flag not in ("below_range", "above_range") or any(sign.isdigit() for sign in word):
            continue
        limit = _signed(inner, decimal)
        if limit is None and (number := WITH_UNIT.fullmatch(inner)):
            value = _number(number[1].strip(), decimal)
            limit = Written(None, flag, value, (number[2] or "").strip()) if value else None
        if limit is not None and limit.flag == flag:
            return limit
    return None


def _number(text, decimal):
    """A limit, its thousands perhaps grouped: behind a sign `5,000` in a file of decimal points is 5000."""
    value = written_cells.number(text, decimal)
    if value is None and GROUPS[decimal].fullmatch(text):
        plain = re.sub(r"[ '\u2019]|,(?=[0-9]{3})" if decimal == "." else r"[ '\u2019.]", "", text)
        value = written_cells.number(plain, decimal)
    return value
