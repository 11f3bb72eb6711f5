"""A reference wavelength that the reader software did not subtract: `450-570` in the sheets is the signal at 450 less
that at 570 in the same well."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd


def subtract(frame: pd.DataFrame, wanted: Iterable[str]) -> tuple[pd.DataFrame, dict[str, tuple[str, str]]]:
    """(frame, {name: (first, second)}): wells (export.WELLS) with the differences the sheets name as data sets.

    `wanted` are the names the sheets look for. A name `first-second` that no data set has, of two that are there, takes
    the place of the first one's rows: the signal is the difference; where either is missing it is missing too, with the
    flag of the one that is (a reference beyond the detector is not read). The second one's rows are left out, both stay
    when another name wants them.
    """
    found: dict[str, tuple[str, str]] = {}
    matches = {name: match for name in wanted if (match := re.fullmatch(r"(.+?)\s*[-–]\s*(.+)", name))}
    there = {name.casefold(): name for name in frame["analyte"].unique()} if matches else {}
    for name, match in matches.items():
        pair = [there[part.casefold()] for part in match.groups() if part.casefold() in there]
        if name.casefold() not in there and len(pair) == 2:
            found[name] = (pair[0], pair[1])
    if not found:
        return frame, found
    kept = {there.get(name.casefold()) for name in wanted}
    used = {part for pair in found.values() for part in pair} - kept
    parts = [frame[~frame["analyte"].isin(used)]]
    parts += [_difference(frame, name, *pair) for name, pair in found.items()]
    return pd.concat(parts, ignore_index=True), found


def _difference(frame, name, first, second):
    rows = frame[frame["analyte"] == first].copy()
    other = frame[frame["analyte"] == second].set_index("well").reindex(rows["well"])
    missing = rows["signal"].notna().to_numpy() & other["signal"].isna().to_numpy()
    rows["signal"] = rows["signal"].to_numpy() - other["signal"].to_numpy()
    rows["net_signal"] = np.nan
    for column in ("vendor_flag", "vendor_flag_text"):
        rows.loc[missing, column] = other[column].to_numpy()[missing]
    unread = missing & (rows["vendor_flag"].fillna("none") == "none").to_numpy()
    rows.loc[unread, "vendor_flag"] = "not_read"
    over = rows["signal"].isna() & (rows["vendor_flag"] == "overflow") & missing
    rows.loc[over, "vendor_flag"] = "not_read"  # a reference beyond the detector makes the difference no higher
    rows["analyte"], rows["region"] = name, f"{first}-{second}"
    return rows
