"""Names as the sheets allow them, made of names as a laboratory writes them."""

from collections.abc import Iterable
from dataclasses import dataclass


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

    `dots`: whether a `.` may stay (in tubes and visits; not in participants).
    """
    raise NotImplementedError
