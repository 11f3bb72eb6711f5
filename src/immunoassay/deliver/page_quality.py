"""What the report page draws of curves and controls beyond their tables: points of the curves with a band, and tolerances."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.calibration import models
from immunoassay.study import vocabulary
from immunoassay.tables.significant import significant

POINTS = 24  # of one curve
BEYOND = 1.5  # how far a curve is drawn beyond its standards, as a factor
DIGITS = 4  # significant: a picture shows no more


def curve_points(curves: pd.DataFrame) -> pd.DataFrame:
    """Points of every converged curve of the `curves` table: plate, analyte, x, y, low, high, the curve by rising x.

    x is the concentration in the well, y the signal, low and high the ends between which 95 % of single wells are
    expected: the variance of a well and that of the curve, t of its degrees of freedom.
    """
    usable = (curves["status"] == "converged") & (curves["lowest_standard"] > 0)
    own = curves[usable]
    fitted = models.from_frame(own)
    lowest, highest = (own[name].to_numpy(float) for name in ("lowest_standard", "highest_standard"))
    u = np.linspace(np.log(lowest / BEYOND), np.log(highest * BEYOND), POINTS, axis=1)
    signal, error, _ = fitted.prediction(u)
    half = fitted.t(0.975)[:, None] * error
    columns = {"x": np.exp(u), "y": signal, "low": signal - half, "high": signal + half}
    places = {name: np.repeat(own[name].to_numpy(object), POINTS) for name in ("plate", "analyte")}
    return pd.DataFrame(places | {name: significant(values.ravel(), DIGITS) for name, values in columns.items()})


def with_tolerances(
    controls: pd.DataFrame, panels: Sequence[Mapping[str, Any]], criteria: Mapping[str, Any]
) -> pd.DataFrame:
    """The `controls` table with `tolerance_percent`, the deviation from the expected concentration that is allowed.

    `panels` has rows with panel and criteria_set, `criteria` the criteria sets by name.
    """
    sets = {row["panel"]: row["criteria_set"] for row in panels}
    pairs = set(controls[["panel", "analyte"]].itertuples(index=False, name=None))
    allowed = {
        (panel, analyte): vocabulary.criteria_for(criteria, sets[panel], analyte)["controls"]["tolerance_percent"]
        for panel, analyte in pairs
    }
    found = [allowed[pair] for pair in controls[["panel", "analyte"]].itertuples(index=False, name=None)]
    return controls.assign(tolerance_percent=pd.array(found, dtype="Float64").to_numpy(float, na_value=np.nan))
