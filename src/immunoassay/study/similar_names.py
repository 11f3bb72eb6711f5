"""Names that resemble each other: which known one was probably meant, and which of a column are probably the same."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from immunoassay.problems import Problem


def suggestion(word: object, known: Iterable[object]) -> str:
    """` (did you mean X?)`, or nothing when no known word is near.

    A word with other numbers names another thing, such as another participant: it is never suggested.
    """
    word = str(word)
    items: dict[str, str] = {}
    for item in map(str, known):
        if _numbers(item) == _numbers(word):
            items.setdefault(item.casefold(), item)
    close = [items[each] for each in difflib.get_close_matches(word.casefold(), list(items), n=1, cutoff=0.6)]
    return f" (did you mean {close[0]}?)" if close else ""


def _numbers(text):
    return [part.lstrip("0") for part in re.findall(r"\d+", text)]


def folded(name: str) -> str:
    """A name without case, spaces, dashes, underscores and zero-padding: what is equal then is probably the same."""
    bare = re.sub(r"[\s_.‐-―−-]+", "-", name).casefold()
    bare = re.sub(r"(?<!\d)-|-(?!\d)", "", bare)  # between two numbers it keeps 1-12 and 11-2 apart
    return re.sub(r"(?<!\d)0+(?=\d)", "", bare)


def near_duplicates(file: str, sheet: str, rows: Iterable[Mapping[str, Any]], column: str) -> list[Problem]:
    """A STOP for names of a column that differ only by case, spaces, dashes, underscores or zero-padding."""
    seen: dict[str, tuple[str, int]] = {}
    problems = []
    for row in rows:
        name = row[column]
        if not name:
            continue
        first, number = seen.setdefault(folded(name), (name, row["_row"]))
        if first != name:
            problems.append(Problem(
                "E-ID-041", "STOP", file, f'"{name}" and "{first}" (row {number}) differ only in case, dashes or zeros',
                "they are probably the same", "use one spelling, or two names that differ", sheet=sheet,
                row=str(row["_row"]), column=column,
            ))  # fmt: skip
    return problems
