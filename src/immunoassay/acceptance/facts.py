"""What the rules look at, and what a rule says.

A plate has thousands of small groups of wells to judge; they are kept as arrays, for a data frame of a dozen rows costs
more than the rule that reads it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Judgement:
    """One evaluation of one rule."""

    rule: str
    scope: str
    subject: str
    observed: float
    limit: str
    verdict: str
    words: str


class Rows:
    """Some rows of a table, one array per column: numbers as floats, texts as objects; missing is NaN in both."""

    def __init__(self, columns: dict[str, np.ndarray]) -> None:
        self.columns = columns

    @classmethod
    def of(cls, frame: pd.DataFrame) -> "Rows":
        """The rows of a data frame."""
        kinds = {name: float if frame[name].dtype.kind in "iuf" else object for name in frame.columns}
        return cls({name: frame[name].to_numpy(kind, na_value=np.nan) for name, kind in kinds.items()})

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, column: str) -> np.ndarray:
        return self.columns[column]

    def take(self, which: slice | np.ndarray) -> "Rows":
        """The rows at some positions, of a slice or of a mask."""
        return Rows({name: values[which] for name, values in self.columns.items()})

    def groups(self, column: str, *keys: str) -> list[tuple[tuple, np.ndarray]]:
        """[(key, values of `column`)] by rising key, as tuples; a missing part of a key is None and comes last."""
        found: dict[tuple, list] = {}
        for value, *parts in zip(self[column], *(self[name] for name in keys), strict=True):
            key = tuple(None if part is None or part != part else part for part in parts)
            found.setdefault(key, []).append(value)
        order = sorted(found, key=lambda key: [(part is None, 0 if part is None else part) for part in key])
        return [(key, np.array(found[key])) for key in order]


@dataclass(frozen=True)
class Facts:
    """What the rules look at: the row of the curve, the usable standards, controls and blanks of the concentrations
    table, every well with its bead count and kind of signal (of the wells table), the kind of instrument, and the levels
    of the standards that the editing rule dropped.
    """

    curve: dict
    standards: Rows
    controls: Rows
    blanks: Rows
    wells: Rows
    platform: str
    dropped: frozenset[str] = frozenset()

    @cached_property
    def kept(self) -> Rows:
        """The standards that entered the curve."""
        if not self.dropped:
            return self.standards
        return self.standards.take(np.array([level not in self.dropped for level in self.standards["level"]], bool))


def not_evaluable(rule: str, words: str) -> Judgement:
    """What a rule says of a plate that lacks what it needs."""
    return Judgement(rule, "plate", "", float("nan"), "", "NOT_EVALUABLE", words)
