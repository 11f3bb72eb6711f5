"""What a row of a delivered table is of: a sample, a standard, a control or a blank, or the limits of its columns."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from immunoassay.readers import lists, written_cells
from immunoassay.readers.written_cells import Row, key

if TYPE_CHECKING:
    from immunoassay.readers.deliveries.result_columns import Columns

ROLES = ("sample", "standard", "control", "blank")
_WORDS = (("blank", re.compile("blank|background|^zero")), ("standard", re.compile("standard|calibrat|^std|^cal$")))
_CODES = (
    ("standard", re.compile("s[0-9]+|es[0-9]+")),
    ("blank", re.compile("b[0-9]*")),
    ("control", re.compile("c[0-9]+")),
)
_LIMITS = {
    "lod": ("lod", "llod", "limitofdetection", "lowerlimitofdetection", "detectionlimit", "mindc"),
    "lloq": ("lloq", "loq", "lowerlimitofquantification", "lowerlimitofquantitation", "limitofquantification"),
    "uloq": ("uloq", "upperlimitofquantification", "upperlimitofquantitation"),
}
_STATISTICS = """mean average avg median geomean geometricmean gmean sd stdev stddev standarddeviation sem cv cvpercent rsd n
    count min max minimum maximum sum total mittelwert durchschnitt standardabweichung"""
STATISTICS = frozenset(_STATISTICS.split())  # keys of names, in the place of a sample, of what sums up the samples
_BY_NAME = {name: limit for limit, names in _LIMITS.items() for name in names}


def role_of(columns: "Columns", line: Row, told: Sequence[tuple]) -> tuple[str | None, str]:
    """(role of ROLES, the word that says so) of a row, by the words of the sheet (`told`: meaning, (column, text)), else by
    its column of roles; (None, "") where nothing says it."""
    place = columns.roles.get("role")
    said = next(((meaning, words[1]) for meaning, words in told if meaning in ROLES), None)
    kind = written_cells.text_at(line, place)
    if said or not kind or place is None:
        return said or (None, "")
    if key(columns.names[place]) == "type":  # the codes of Bio-Plex Manager: B, S1, C1, X1
        return next((role for role, code in _CODES if code.fullmatch(key(kind))), "sample"), kind
    if not lists.is_other_kind(kind, columns.names[place]):
        return "sample", kind
    return next((role for role, words in _WORDS if words.search(key(kind))), "control"), kind


def limit_named(name: str) -> str | None:
    """The limit (lod, lloq, uloq) that a name in the place of a sample is: its row holds the limits of the columns."""
    return _BY_NAME.get(key(re.sub(r"\s*[(\[].*", "", name)))
