"""Names as the sheets allow them, made of names as a laboratory writes them."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "Æ": "AE", "Ø": "O", "Œ": "OE", "Ł": "L"}
)


@dataclass(frozen=True)
class Legal:
    """`ids` {text as written: legal id}; `changed` the texts whose id differs; `collided` those numbered because of another.

    Two texts never have one id, in any case of letters.
    """

    ids: dict[str, str]
    changed: tuple[str, ...]
    collided: tuple[str, ...]


def legal_ids(texts: Iterable[str], dots: bool = True) -> Legal:
    """Legal ids of some texts (the empty one has none): `A/1` is `A-1`, and `A-1-2` where `A-1` is another text.

    `dots`: whether a `.` may stay (in tubes and visits; not in participants). A text that is legal already stays as it is.
    """
    wanted = {text: _legal(text, dots) for text in dict.fromkeys(texts) if text}
    ids: dict[str, str] = {}
    used: set[str] = set()
    collided = []
    for text in sorted(wanted, key=lambda each: wanted[each] != each):  # the legal ones first, else in their order
        bare, number = wanted[text], 2
        ids[text] = bare
        while ids[text].casefold() in used:
            ids[text], number = f"{bare}-{number}", number + 1
        if ids[text] != bare:
            collided.append(text)
        used.add(ids[text].casefold())
    return Legal({text: ids[text] for text in wanted}, tuple(t for t in wanted if ids[t] != t), tuple(collided))


def _legal(text, dots):
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return re.sub(rf"[^A-Za-z0-9_{'.' if dots else ''}-]+", "-", plain).strip("-_.") or "X"
