"""Who is compared with whom: levels of a factor, covariates, and the bounds of a variable by participant."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics.censored_ranks import recensored
from immunoassay.statistics.factor_levels import RESPONDER, named, responding, with_reference

BASELINE = "baseline"


class Factor(NamedTuple):
    """A factor, its reference level, all its levels (the reference first), and the level of each participant."""

    name: str
    levels: tuple[str, ...]
    of: Mapping[str, str]


class Sample(NamedTuple):
    """One variable at one visit of the participants compared, sorted by group (0 is the reference).

    `parts` holds the bounds (lower, upper) of the value, or of the baseline and of the value whose difference is the change;
    logarithms of biomarkers, points of scores. `covariates` (n, names) are numbers; `baseline_below` of their baselines
    were below the LLOQ. `unknown` participants have a result and no level, `lacking` no covariate.
    """

    participants: np.ndarray
    group: np.ndarray
    parts: tuple[tuple[np.ndarray, np.ndarray], ...]
    below: np.ndarray
    covariates: np.ndarray
    names: tuple[str, ...]
    baseline_below: int
    unknown: int
    lacking: int

    def of(self, rows: np.ndarray) -> "Sample":
        """The sample of these rows (a mask)."""
        parts = tuple((low[rows], high[rows]) for low, high in self.parts)
        return self._replace(
            participants=self.participants[rows],
            group=self.group[rows],
            parts=parts,
            below=self.below[rows],
            covariates=self.covariates[rows],
        )

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of what is compared."""
        return _of_parts(self.parts)

    @property
    def recensored(self) -> tuple[np.ndarray, np.ndarray]:
        """The same as if every value had been measured with the limits of the least sensitive."""
        return _of_parts([recensored(*part) for part in self.parts])


def first_courses(frame: pd.DataFrame, primary: str) -> pd.DataFrame:
    """Observations of the primary course, and of participants without one those of their first course, as of it."""
    treated = set(frame.loc[frame["course"] == primary, "participant"])
    kept = (frame["course"] == primary) | (~frame["participant"].isin(treated) & (frame["course_order"] == 1))
    return frame[kept].assign(course=primary)


def factors(frame: pd.DataFrame, people: pd.DataFrame, settings: Mapping[str, Any]) -> list[Factor]:
    """The factors of the settings with two levels or more among the participants of the frame (as of frames.ordered)."""
    present, found = set(frame["participant"]), []
    for name, reference in settings["compare"].items():
        levels = responding(frame, settings) if name == RESPONDER else named(people, name)
        levels = {who: level for who, level in levels.items() if who in present}
        if names := with_reference(levels.values(), reference):
            found.append(Factor(name, names, levels))
    return found


def covariates(frame: pd.DataFrame, people: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Numbers of every covariate by participant (index): one column, of a text a column for each level but the first."""
    known = people.set_index("participant")
    found = {}
    for name in settings["covariates"]:
        if name not in known:
            rows = frame[(frame["variable"] == name) & frame["own_baseline"] & (frame["status"] == "quantified")]
            found[name] = rows.set_index("participant")[["lower"]].astype(float)
        elif pd.api.types.is_numeric_dtype(known[name]):
            numbers = known[name].to_numpy(float, na_value=np.nan)
            found[name] = pd.DataFrame({name: numbers}, index=known.index)
        else:
            text = known[name].where(known[name].notna(), None)
            levels = sorted({str(each) for each in text.dropna()})
            marks = {level: (text.astype(str) == level).astype(float).where(text.notna()) for level in levels[1:]}
            found[name] = pd.DataFrame(marks, index=known.index)
    return found


class Observed(NamedTuple):
    """The rows of a block of observations (frames.blocks) as arrays: bounds of values and baselines, and who has them."""

    participants: np.ndarray
    value: tuple[np.ndarray, np.ndarray]
    base: tuple[np.ndarray, np.ndarray]
    reported: np.ndarray
    baseline_reported: np.ndarray
    at_baseline: bool


def observed(block: pd.DataFrame) -> Observed:
    """A block as arrays, sorted by participant; biomarkers as logarithms."""
    block = block.sort_values("participant", kind="stable")
    score = (block["kind"] == "score").all()
    value, base = (_bounds(block, prefix, score) for prefix in ("", "baseline_"))
    reported, with_base = (block[name].fillna(False).to_numpy(bool) for name in ("reported", "baseline_reported"))
    people, at_baseline = block["participant"].to_numpy(object), bool(block["own_baseline"].all())
    return Observed(people, value, base, reported, with_base, at_baseline)


def sample(rows: Observed, factor: Factor, quantity: str, others: Mapping[str, pd.DataFrame], variable: str) -> Sample:
    """The Sample of a block for a quantity: value, change or adjusted."""
    with_baseline = quantity == "change" or (quantity == "adjusted" and not rows.at_baseline)
    code = {level: index for index, level in enumerate(factor.levels)}
    group = np.array([code.get(factor.of.get(who, ""), -1) for who in rows.participants])
    seen = rows.reported & (rows.baseline_reported | (not with_baseline))
    chosen = np.flatnonzero(seen & (group >= 0))
    chosen = chosen[np.argsort(group[chosen], kind="stable")]
    value, base = ((low[chosen], high[chosen]) for low, high in (rows.value, rows.base))
    parts = (base, value) if quantity == "change" else (value,)
    below = np.isneginf(value[0]) | (np.isneginf(base[0]) if quantity == "change" else False)
    people, unknown = rows.participants[chosen], int((seen & (group < 0)).sum())
    found = Sample(people, group[chosen], parts, below, np.empty((len(chosen), 0)), (), 0, unknown, 0)
    if quantity != "adjusted":
        return found
    columns, names, hidden = [], [], 0
    if with_baseline:
        entered, hidden = entered_baseline(base)
        columns, names = [entered[:, None]], [BASELINE]
    for name, numbers in others.items():
        if name != variable:
            columns.append(numbers.reindex(people).to_numpy(float))
            names.append(name)
    whole = np.hstack([found.covariates, *columns])
    complete = ~np.isnan(whole).any(axis=1)
    varies = [
        np.ptp(column[complete], axis=0) > 0 if complete.any() else np.zeros(column.shape[1], bool)
        for column in columns
    ]
    kept = np.concatenate([np.zeros(0, bool), *varies])
    names = [name for name, own in zip(names, varies, strict=True) if own.any()]
    found = found._replace(
        covariates=whole[:, kept], names=tuple(names), baseline_below=hidden, lacking=int((~complete).sum())
    )
    return found.of(complete)


def _bounds(rows, prefix, score):
    lower, upper = (rows[f"{prefix}{end}"].to_numpy(float, na_value=np.nan) for end in ("lower", "upper"))
    if score:
        return lower, upper
    with np.errstate(divide="ignore"):
        return np.log(lower), np.log(upper)


def _of_parts(parts):
    if len(parts) == 1:
        return parts[0]
    (base_low, base_high), (low, high) = parts
    with np.errstate(invalid="ignore"):
        lower, upper = low - base_high, high - base_low
    return np.where(np.isnan(lower), -np.inf, lower), np.where(np.isnan(upper), np.inf, upper)


def entered_baseline(base: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, int]:
    """A baseline (lower, upper) as a covariate, and how many are below the LLOQ.

    One below the LLOQ, or below the highest LLOQ of those, enters as that LLOQ; above the ULOQ likewise.
    """
    lower, upper = recensored(*base)
    hidden = int((np.isneginf(base[0]) & np.isfinite(base[1])).sum())
    entered = np.where(np.isfinite(lower), lower, upper)
    return np.where(np.isfinite(entered), entered, 0.0), hidden
