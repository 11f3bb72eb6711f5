"""The analytes and scores of a figure that compares participants, in the order in which they are drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from immunoassay.figures import series


def compared(analytes: pd.DataFrame, scales: Mapping[str, Mapping[str, Any]], scores: Sequence[str]) -> pd.DataFrame:
    """A frame (variable, label, group, unit, place) of all analytes, group by group in the order of the sheet, then `scores`."""
    known = series.variables_of(analytes, list(dict.fromkeys(analytes["group"])))
    rows = [{"variable": name, "label": scales[name]["label"], "group": "score", "unit": "points"} for name in scores]
    found = pd.concat([known.drop(columns="place"), pd.DataFrame(rows, columns=list(known.columns.drop("place")))])
    return found.reset_index(drop=True).assign(place=range(len(found)))
