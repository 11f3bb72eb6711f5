"""The data of a report page read back: the document that page_data packs, and the values of its columns."""

import base64
import gzip
import json
import math
import re
from collections.abc import Callable
from itertools import accumulate
from typing import Any

MAKING: dict[str, Callable[..., float | None]] = {
    "same": lambda a: a,
    "ratio": lambda a, b: a / b if b else math.inf if a else None,
    "difference": lambda a, b: a - b,
}


def unpacked(block: str) -> dict[str, Any]:
    """The document of a block, with every column and script in its place."""
    first, *lines = gzip.decompress(base64.b64decode(block)).decode("utf-8").split("\n")
    document = json.loads(first)
    for place in (*(table["columns"] for table in document["tables"].values()), document["scripts"]):
        place.update({name: json.loads(lines[number - 1]) for name, number in place.items()})
    return document


def of_page(text: str) -> dict[str, Any]:
    """The document of a page."""
    found = re.search(r'id="data">([^<]*)<', text)
    return unpacked(found[1] if found else "")


def summed(steps: list[int | None]) -> list[int | None]:
    """Whole numbers of their differences."""
    sums = iter(accumulate(step for step in steps if step is not None))
    return [None if step is None else next(sums) for step in steps]


def values(document: dict[str, Any], table: str, column: str) -> list[Any]:
    """The values of a column as the page reads them; None is missing."""
    own = document["tables"][table]["columns"][column]
    if "levels" in own:
        return [None if code < 0 else own["levels"][code] for code in own["codes"]]
    if "steps" in own:
        return summed(own["steps"])
    what = next((each for each in ("same", "ratio", "difference", "product") if each in own), "")
    if not what:
        return [float(value) if isinstance(value, str) else value for value in own["values"]]
    parts = list(zip(*(placed(document, table, place) for place in own[what]), strict=True))
    if what == "product":
        return [first if first is None else math.prod([first, *(1 if each is None else each for each in rest)])
                for first, *rest in parts]  # fmt: skip
    found = [None if None in pair else MAKING[what](*pair) for pair in parts]
    for at, value in zip(summed(own["at"]), own["values"], strict=True):
        found[at] = float(value) if isinstance(value, str) else value
    return found


def placed(document: dict[str, Any], table: str, place: dict[str, str]) -> list[Any]:
    """The values of a place, one for each row of the table."""
    found = values(document, place.get("table", table), place["column"])
    if "by" not in place:
        return found
    return [None if row is None else found[row] for row in values(document, table, place["by"])]
