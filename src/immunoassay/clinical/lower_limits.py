"""What the statistics take of values below the LLOQ where a limit of detection is known, and the LLOQ values are divided by."""

import numpy as np
import pandas as pd
from immunoassay import tables


def kept_detected(frame: pd.DataFrame) -> pd.DataFrame:
    """Values between LOD and LLOQ as they were measured: both bounds are the value, the status stays."""
    hit = (frame["status"] == "below_lloq") & (frame["point"].astype(float) >= frame["lod"].astype(float))
    frame = frame.copy()
    for name in ("value", "lower", "upper"):
        frame[name] = frame[name].mask(hit, frame["point"])
    return frame


def censored_at_lloq(frame: pd.DataFrame) -> pd.DataFrame:
    """What is not detected censored at the LLOQ where there is one, as what is detected below it; the status stays.

    Limits of detection follow the blanks of each plate: taken as bounds they would tell values apart that nothing does.
    """
    hit = (frame["status"] == "below_lod") & ~tables.in_log2(frame["unit"])
    highest = np.fmax(frame["upper"].astype(float), frame["lloq"].astype(float))
    return frame.assign(upper=frame["upper"].mask(hit, highest))


def one_lloq(frame: pd.DataFrame) -> pd.Series:
    """The one LLOQ of each row's analyte that its values are divided by: the highest applied to a reported result.

    Divided by the LLOQ of its own plate one sample would have as many values as plates, and no censored one would stay
    below 1 for sure.
    """
    applied = frame["lloq"].where(frame["status"].isin(tables.REPORTED)).astype(float)
    return applied.groupby(frame["variable"]).transform("max")
