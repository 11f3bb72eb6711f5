"""Where every expected result went."""

import numpy as np
from immunoassay.statistics.frames import blocks, limits, prepare, status_counts, table

COLUMNS = {
    **dict.fromkeys(("variable", "kind", "panel", "group", "unit", "course", "visit"), "str"),
    "visit_order": "Int64",
    **dict.fromkeys(
        (
            "n_expected",
            "n_received",
            "n_quantified",
            "n_below",
            "n_below_lod",
            "n_above",
            "n_missing",
            "n_not_reportable",
        ),
        "Int64",
    ),
    "share_below": "float64",
    "lloq_min": "float64",
    "lloq_max": "float64",
    "reasons": "str",
}


def sample_accounting(observations):
    """One row per biomarker, course and visit, columns as COLUMNS.

    n_expected = n_quantified + n_below + n_above + n_missing + n_not_reportable; n_received counts those with a sample.
    The LLOQ range is over results. `reasons` lists why results are missing or not reportable, with counts.
    """
    frame = prepare(observations)
    rows = []
    for labels, block in blocks(frame[frame["kind"] == "biomarker"]):
        counts = status_counts(block["status"].to_numpy(object))
        counts["n_received"] = int(block["sample_id"].notna().sum())
        low, high = limits(block.loc[block["reported"], "lloq"].to_numpy(float, na_value=np.nan))
        lost = block.loc[~block["reported"], "reason"].fillna("no reason recorded")
        reasons = "; ".join(f"{reason}: {count}" for reason, count in sorted(lost.value_counts().items()))
        rows.append({**labels, **counts, "lloq_min": low, "lloq_max": high, "reasons": reasons})
    return table(rows, COLUMNS)
