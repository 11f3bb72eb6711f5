"""What the columns of delivered tables of known software are: the rows of resources/delivered_tables.tsv.

They are rows as a laboratory would write them into its columns sheet, and stand back where it says otherwise. A header is of
a software where it has all columns that tell it, whatever dots and spaces an author's program has made of its headings.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from immunoassay.files.house import RESOURCES
from immunoassay.readers.written_cells import key
from immunoassay.study import vocabulary

Row = Mapping[str, Any]  # software, column, tells, meaning, word, analyte, unit, basis, source


@lru_cache(maxsize=1)
def shipped() -> tuple[Row, ...]:
    """The rows that are shipped, in the order of their file."""
    return tuple(vocabulary.delivered_tables(RESOURCES["delivered_tables"]))


def telling(known: Sequence[Row]) -> dict[str, set[str]]:
    """{software: keys of the columns that tell it}."""
    found: dict[str, set[str]] = {}
    for row in known:
        if row["tells"] == "yes":
            found.setdefault(row["software"], set()).add(key(row["column"]))
    return found


def of_header(
    names: Sequence[str], known: Sequence[Row], tells: Mapping[str, set[str]]
) -> tuple[str, list[dict[str, Any]]]:
    """(software, its rows of columns that the header has once, under the headings as written) of the software with most
    columns that tell it, all of them in the header; ("", []) of none. `tells` is telling(known)."""
    counts = Counter(filter(None, map(key, names)))
    once = {each for each, count in counts.items() if count == 1}
    found = [(len(columns), software) for software, columns in tells.items() if columns <= once]
    if not found:
        return "", []
    software, places = max(found)[1], {key(name): name for name in names}
    own = [row for row in known if row["software"] == software and key(row["column"]) in once]
    return software, [
        {**{name: row[name] for name in ("meaning", "word", "analyte", "unit")}, "column": places[key(row["column"])]}
        for row in own
        if row["meaning"]
    ]
