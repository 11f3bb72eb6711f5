"""What the rules look at, and what a rule says: arrays over all plates x analytes that share their criteria."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

Each = Any  # one value for all that are judged, or an array of one for each


@dataclass(frozen=True)
class Judgement:
    """One evaluation of one rule, or one for each of many places or attempts."""

    rule: Each
    scope: Each
    subject: Each
    observed: Each
    limit: Each
    verdict: Each
    words: Each


Judged = tuple[Any, Judgement]  # positions of what is judged, and its Judgement


def table(judged: Iterable[Judged]) -> pd.DataFrame:
    """A row per judgement: at (position of what is judged), and the fields of Judgement; by `at`, then as they come."""
    parts = list(judged)
    at = [np.atleast_1d(positions) for positions, _ in parts]
    order = np.argsort(np.concatenate([np.zeros(0, int), *at]), kind="stable")

    def column(name):
        kind = float if name == "observed" else object
        said = [getattr(judgement, name) for _, judgement in parts]
        if all(isinstance(each, str) for each in said):
            return pd.array(said, dtype="str").take(np.repeat(np.arange(len(at)), list(map(len, at)))[order])
        values = [
            np.broadcast_to(np.asarray(each, kind), len(positions)) for positions, each in zip(at, said, strict=True)
        ]
        found = np.concatenate([np.zeros(0, kind), *values])
        if kind is float:
            return found[order]
        if name == "words":  # of the others few are different
            return pd.array(found[order], dtype="str")
        codes, known = pd.factorize(found)
        return pd.array(known, dtype="str").take(codes[order], allow_fill=True)

    names = [field.name for field in fields(Judgement)]
    return pd.DataFrame({"at": np.concatenate([np.zeros(0, int), *at])[order]} | {name: column(name) for name in names})


class Rows:
    """Some rows of a table, one array per column: numbers as floats, texts as objects; missing is NaN in both.

    Rows of wells have `place`: the position of their plate x analyte among those that are judged.
    """

    def __init__(self, columns: dict[str, np.ndarray]) -> None:
        self.columns = columns

    @classmethod
    def of(cls, frame: pd.DataFrame, **more: np.ndarray) -> "Rows":
        """The rows of a data frame, with `more` columns as they are."""
        kinds = {name: float if frame[name].dtype.kind in "iuf" else object for name in frame.columns}
        return cls({name: frame[name].to_numpy(kind, na_value=np.nan) for name, kind in kinds.items()} | more)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, column: str) -> np.ndarray:
        return self.columns[column]

    def take(self, which: np.ndarray) -> "Rows":
        """The rows at some positions, or of a mask."""
        return Rows({name: values[which] for name, values in self.columns.items()})

    def at(self, places: np.ndarray, count: int) -> "Rows":
        """The rows of some of `count` places, which are counted anew."""
        new = np.full(count + 1, -1)  # rows of no place have -1, the last
        new[places] = np.arange(len(places))
        rows = self.take(new[self["place"]] >= 0)
        return Rows(rows.columns | {"place": new[rows["place"]]})

    def groups(self, *keys: str) -> "Groups":
        """The rows by place and these columns."""
        return Groups(self, keys)


class Groups:
    """Rows by place and keys, rising; a missing key comes last. Columns give the value of each group's first row."""

    def __init__(self, rows: Rows, keys: Iterable[str]) -> None:
        codes = [rows["place"]]
        for name in keys:
            code, known = pd.factorize(rows[name], sort=True)
            codes.append(np.where(code < 0, len(known), code))
        order = np.lexsort(codes[::-1])
        new = np.zeros(len(order), bool)
        new[:1] = True
        for code in codes:
            new[1:] |= np.diff(code[order]) != 0
        self.rows, self.start = rows.take(order), np.flatnonzero(new)
        self.size = np.diff(self.start, append=len(order))

    def __len__(self) -> int:
        return len(self.start)

    def __getitem__(self, column: str) -> np.ndarray:
        found = self.rows[column][self.start]
        if found.dtype == object:
            found[found != found] = None
        return found

    def each(self, column: str, reduce: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """What `reduce` makes of the values of each group: (groups of one size, size) to (groups,)."""
        found, values = np.full(len(self), np.nan), self.rows[column]
        for size in np.unique(self.size):
            same = np.flatnonzero(self.size == size)
            found[same] = reduce(values[self.start[same][:, None] + np.arange(size)])
        return found


@dataclass(frozen=True)
class Facts:
    """What the rules look at in places (plates x analytes) of one panel that share their criteria.

    The rows of the curves; the usable standards, controls and blanks of the concentrations table; every well with its bead
    count and kind of signal (of the wells table); the kind of instrument; (place, level) of the standards that the editing
    rule dropped.
    """

    curves: Rows
    standards: Rows
    controls: Rows
    blanks: Rows
    wells: Rows
    platform: str
    dropped: frozenset[tuple[int, str]] = frozenset()

    def count(self, places: np.ndarray) -> np.ndarray:
        """How often each place is among `places`."""
        return np.bincount(places, minlength=len(self.curves))

    @cached_property
    def kept(self) -> Rows:
        """The standards that entered the curve."""
        return self.standards.take(~self.gone(self.standards)) if self.dropped else self.standards

    def gone(self, rows: Rows | Groups) -> np.ndarray:
        """Whether rows or groups of standards are of a level that was dropped."""
        return np.array([place in self.dropped for place in zip(rows["place"], rows["level"], strict=True)], bool)


def not_evaluable(rule: str, words: Each) -> Judgement:
    """What a rule says of plates that lack what it needs."""
    return Judgement(rule, "plate", "", np.nan, "", "NOT_EVALUABLE", words)


def verdict(fine: np.ndarray) -> np.ndarray:
    """PASS or FAIL of each."""
    return np.where(fine, "PASS", "FAIL")


def reaches(passed: np.ndarray, judged: np.ndarray, share: str) -> np.ndarray:
    """Whether `passed` of `judged` are at least the share, a fraction such as 2/3, exactly."""
    least = Fraction(share)
    return passed * least.denominator >= judged * least.numerator
