"""The observations of one course as arrays of biomarkers and scores by participant and visit, for the associations."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics.frames import cube
from immunoassay.statistics.substitutes import limits_agree
from immunoassay.tables import BELOW


class Measured(NamedTuple):
    """Results of biomarkers: (variables, participants, k) of bounds, of the limit below which nothing is quantified (NaN
    where none is stated) and of whether the result is below it (1, 0); NaN where there is no result.
    """

    lower: np.ndarray
    upper: np.ndarray
    limit: np.ndarray
    below: np.ndarray

    def differ(self, v: int, entering: np.ndarray) -> bool:
        """Whether results of the variable `v` that are below their limit enter and the limits of those entering differ."""
        return bool((self.below[v][entering] > 0).any()) and not limits_agree(self.limit[v][entering])


class Data:
    """Reported observations (`frame`) and their names in order: biomarkers with their group, scores, participants, visits."""

    def __init__(self, frame: pd.DataFrame) -> None:
        biomarkers = frame[frame["kind"] == "biomarker"]
        self.frame = frame
        self.group = biomarkers.drop_duplicates("variable").set_index("variable")["group"].to_dict()
        self.variables = list(self.group)
        self.scores = list(dict.fromkeys(frame.loc[frame["kind"] == "score", "variable"]))
        self.participants = sorted(set(frame["participant"]))
        visits = frame.drop_duplicates("visit").sort_values(["visit_order", "visit"], kind="stable")
        self.visits = list(visits["visit"])
        self.order = dict(zip(visits["visit"], visits["visit_order"], strict=True))
        below = biomarkers[biomarkers["status"].isin(BELOW) | biomarkers["baseline_status"].isin(BELOW)]
        detection = below["lloq"].isna().groupby(below["variable"]).agg(["all", "any"])
        named = np.select([detection["all"], detection["any"]], ["lod", "both"], "lloq")
        # what the limit is called below which results of a biomarker lie (known_codes.LOWER_LIMITS)
        self.lower_limit = dict(zip(detection.index, named, strict=True))

    def cube(self, frame: pd.DataFrame, names: Sequence[str], columns: Sequence[str]) -> list[np.ndarray]:
        """Columns of the names by participant and visit, NaN where there is no row."""
        return cube(frame, names, self.participants, self.visits, columns)

    def measured(self, frame: pd.DataFrame, prefix: str = "") -> Measured:
        """Results of the biomarkers at every visit, with the prefix "baseline_" those of the baseline behind them."""
        frame = frame.assign(_below=frame[f"{prefix}status"].isin(BELOW).astype(float))
        names = [f"{prefix}{name}" for name in ("lower", "upper", "lower_limit")]
        lower, upper, limit, below = self.cube(frame, self.variables, [*names, "_below"])
        limit = np.where(np.isnan(limit) & (below == 1), upper, limit)
        return Measured(lower, upper, np.where(np.isnan(lower), np.nan, limit), below)

    def at_baseline(self) -> tuple[list[str], Measured, np.ndarray]:
        """Visits that were a baseline; the results of biomarkers (variables, participants, 1) and of scores (scores,
        participants) at whatever visit was a participant's baseline.
        """
        rows = self.frame[self.frame["own_baseline"]]
        visits = list(dict.fromkeys(rows.sort_values("visit_order", kind="stable")["visit"]))
        (y,) = self.cube(rows, self.scores, ["value"])
        one = [np.fmax.reduce(_some(part), axis=2, keepdims=True) for part in self.measured(rows)]
        return visits, Measured(*one), np.fmax.reduce(_some(y), axis=2)

    def over_visits(self) -> tuple[Measured, np.ndarray]:
        """Results of biomarkers and of scores at every visit."""
        (y,) = self.cube(self.frame, self.scores, ["value"])
        return self.measured(self.frame), y


def _some(values):
    """Values of at least one visit, so that a reduction over visits is defined."""
    return values if values.shape[2] else np.full((*values.shape[:2], 1), np.nan)
