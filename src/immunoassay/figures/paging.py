"""Pages of a figure that has more panels than one page holds: which of its panels are on which page.

The panels are those of its table in their order, those with nothing to draw too. So a panel is on its page whatever the
results are, and the sheets alone tell how many pages there will be (figures.planned).
"""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

PANELS = 12  # of a page
LINES = {"associations": 24, "ratios": 36}  # of a page of a figure whose panels are lines


class Panels(NamedTuple):
    """What the panels of a figure are: a column of its table, or what makes one; and how many of them a page holds."""

    of: str | Callable[[pd.DataFrame], pd.Series]
    each: int = PANELS


def number(panels: int, each: int = PANELS) -> int:
    """How many pages that many panels need, at least one."""
    return max(1, -(-panels // each))


def on_page(table: pd.DataFrame, panels: Panels, page: int) -> tuple[pd.DataFrame, int]:
    """(rows of the panels of a page, from 1, and those of no panel; how many pages there are)."""
    key = table[panels.of] if isinstance(panels.of, str) else panels.of(table)
    codes, names = pd.factorize(key)  # of no panel: -1
    pages = number(len(names), panels.each)
    shared = max(1, -(-len(names) // pages))  # evenly: no last page of one panel
    return table[(codes < 0) | (codes // shared == page - 1)].reset_index(drop=True), pages
