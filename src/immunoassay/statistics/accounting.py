"""Where every expected result went."""

import numpy as np
import pandas as pd
from immunoassay.statistics.frames import blocks, limits, ordered, status_counts, table


def sample_accounting(observations: pd.DataFrame) -> pd.DataFrame:
    """One row per biomarker, course and visit, as frames.table("accounting").

    n_expected = n_quantified + n_below + n_above + n_missing + n_not_reportable; n_received counts those with a sample.
    The LLOQ range is over results. `reasons` lists the codes why results are missing or not reportable, with counts.
    """
    frame = ordered(observations)
    rows = []
    for labels, block in blocks(frame[frame["kind"] == "biomarker"]):
        counts = status_counts(block["stated"].to_numpy(object))
        counts["n_received"] = int(block["sample_id"].notna().sum())
        low, high = limits(block.loc[block["reported"], "lower_limit"].to_numpy(float, na_value=np.nan))
        lost = block.loc[~block["reported"], "reason"].fillna("not_recorded")
        reasons = "; ".join(f"{reason}: {count}" for reason, count in sorted(lost.value_counts().items()))
        rows.append({**labels, **counts, "lloq_min": low, "lloq_max": high, "reasons": reasons})
    return table(rows, "accounting")
