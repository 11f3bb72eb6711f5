"""Names as the sheets allow them, made of names as a laboratory writes them; and what a cell can hold as it is written."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from immunoassay.files import texts
from immunoassay.study.cell_values import MISSING_WORDS
from immunoassay.study.similar_names import folded
from immunoassay.study.spreadsheet_damage import of_name

_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "Æ": "AE", "Ø": "O", "Œ": "OE", "Ł": "L"}
)


@dataclass(frozen=True)
class Legal:
    """`ids` {text as written: legal id}; `changed` the texts whose id differs; `collided` those numbered because of another.

    Two texts never have one id, in any case of letters, and with any dashes and zeros.
    """

    ids: dict[str, str]
    changed: tuple[str, ...]
    collided: tuple[str, ...]


def legal_ids(written: Iterable[str], dots: bool = True, taken: Collection[str] = ()) -> Legal:
    """Legal ids of some texts (the empty one has none): `A/1` is `A-1`, and `A-1-2` where `A-1` is another text.

    `dots`: whether a `.` may stay (in tubes and visits; not in participants). A text that is legal already stays as it is,
    unless another one differs from it in case, dashes or zeros only. `taken` are ids of the study: a text that
    becomes one of them means it.
    """
    wanted = {text: _legal(text, dots) for text in dict.fromkeys(written) if text}
    ids: dict[str, str] = {}
    known = {folded(each): each for each in taken}
    used: set[str] = set()
    collided = []
    for text in sorted(wanted, key=lambda each: wanted[each] != each):  # the legal ones first, else in their order
        bare, number = wanted[text], 2
        ids[text] = bare
        while folded(ids[text]) in used or known.get(folded(ids[text]), ids[text]) != ids[text]:
            ids[text], number = f"{bare}-{number}", number + 1
        if ids[text] != bare:
            collided.append(text)
        used.add(folded(ids[text]))
    return Legal({text: ids[text] for text in wanted}, tuple(t for t in wanted if ids[t] != t), tuple(collided))


def plain_name(text: str) -> str:
    """A text as a name the sheets allow: `Plate 1 (IgG)` is `Plate-1-IgG`."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-_") or "X"


def plain(text: str, kind: str) -> str:
    """A text as a name of a plate, batch, kit or lot (`kind`), which goes before one that reads as another thing: the folder
    `2024-03-01` is `batch-2024-03-01`."""
    return _as_name(plain_name(text), kind)


def sayable(text: str) -> bool:
    """Whether a cell of a sheet can hold a text as it is written."""
    kept = text.strip(" \t\r\n") == text and "\n" not in text and "\r" not in text
    return kept and texts.fault(text) is None and texts.personal(text) is None


def _legal(text, dots):
    bare = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    bare = "".join(each for each in bare if not unicodedata.combining(each))
    return _as_name(re.sub(rf"[^A-Za-z0-9_{'.' if dots else ''}-]+", "-", bare).strip("-_.") or "X", "X")


def _as_name(name, kind):
    return f"{kind}-{name}" if name.casefold() in MISSING_WORDS or of_name(name, "") else name
