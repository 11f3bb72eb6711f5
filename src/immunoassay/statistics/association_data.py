"""The observations of one course as arrays of biomarkers and scores by participant and visit, for the associations."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from immunoassay.statistics.frames import cube
from immunoassay.statistics.substitutes import log_substituted
from immunoassay.tables import BELOW


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

    def cube(self, frame: pd.DataFrame, names: Sequence[str], columns: Sequence[str]) -> list[np.ndarray]:
        """Columns of the names by participant and visit, NaN where there is no row."""
        return cube(frame, names, self.participants, self.visits, columns)

    def flag(self, frame: pd.DataFrame, condition: pd.Series) -> np.ndarray:
        """1 where the condition holds, 0 where not, NaN where there is no result: (variables, participants, visits)."""
        return self.cube(frame.assign(_flag=condition.astype(float)), self.variables, ["_flag"])[0]

    def limits(self, frame: pd.DataFrame, columns: Sequence[str], over_visits: bool = False) -> list[np.ndarray]:
        """The lowest and the highest LLOQ behind each value: (variables, participants, visits), or over the visits."""
        parts = self.cube(frame, self.variables, columns)
        ends = [end.reduce(parts) for end in (np.fmin, np.fmax)]
        if not over_visits:
            return ends
        return [end.reduce(part, axis=2) for end, part in zip((np.fmin, np.fmax), _safe(ends), strict=True)]

    def at_baseline(self) -> tuple[list[str], list[np.ndarray], list[np.ndarray], np.ndarray, list[np.ndarray]]:
        """Visits that were a baseline; bounds of biomarkers and of scores, who was below LLOQ, and the LLOQs (lowest and
        highest): (names, participants).
        """
        rows = self.frame[self.frame["own_baseline"]]
        visits = list(dict.fromkeys(rows.sort_values("visit_order", kind="stable")["visit"]))
        # Whatever visit was a participant's baseline: one value each.
        x, y = (
            [np.fmax.reduce(part, axis=2) for part in _safe(self.cube(rows, names, ["lower", "upper"]))]
            for names in (self.variables, self.scores)
        )
        below = np.fmax.reduce(_safe([self.flag(rows, rows["status"].isin(BELOW))])[0], axis=2)
        return visits, x, y, below, self.limits(rows, ["lower_limit"], over_visits=True)

    def over_visits(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """ln biomarkers (half the LLOQ below it, the ULOQ above), scores, below LLOQ, quantified.

        All of (names, participants, visits). Where the LLOQs differ, no association is computed.
        """
        lower, upper, limit = self.cube(self.frame, self.variables, ["lower", "upper", "lower_limit"])
        (y,) = self.cube(self.frame, self.scores, ["value"])
        below = self.flag(self.frame, self.frame["status"].isin(BELOW))
        return log_substituted(lower, limit, below == 1), y, below, np.where(np.isnan(lower), np.nan, lower == upper)


def _safe(arrays):
    """Arrays with at least one visit, so that a reduction over visits is defined."""
    return [part if part.shape[2] else np.full((*part.shape[:2], 1), np.nan) for part in arrays]
