"""Replicates of a delivery: the rows of one sample and analyte in one run that together are one attempt.

As wells do, they give their mean where each is a number; else the attempt lies beyond the limit that any of them lies
beyond, where the others agree with that, and is not reportable where they do not.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.study.amendments import union

KEY = ["plate", "run", "sample_id", "analyte"]
CONTRADICT = "replicates_contradict"
AGREE_PERCENT = 20.0  # the usual largest CV of replicates
INCLUSIVE = 1e-9


def combined(rows: pd.DataFrame, agreeing: Mapping[str, float]) -> pd.DataFrame:
    """The rows with those that are replicates as one, each with n_wells, cv_percent and flags.

    rows: delivered rows of samples. Replicates bear different names in `replicate`; the same name again begins another
    attempt, and so does another run. A mean is that of the reported values (of log2 units too), its CV that of amounts.
    Of limits the widest holds. Rows set aside are not used while there is another; one without a number is passed over
    where others have one, and the flag W-FEWER-WELLS says so. `agreeing`: largest CV in percent, by analyte, of a number
    and the limit that another replicate lies beyond.
    """
    rows = rows.assign(n_wells=1, cv_percent=np.nan, flags="")
    named = rows["replicate"].notna()
    again = rows.groupby([*KEY, "replicate"], dropna=False).cumcount()
    place = rows.groupby([*(rows[name] for name in KEY), again], sort=False, dropna=False).ngroup()
    place = place.where(named, -1 - np.arange(len(rows)))
    several = rows[place.duplicated(keep=False)]
    if several.empty:
        return rows
    found = _together(several, place[several.index], agreeing)
    found.index = several.index[~place[several.index].duplicated()]  # the first of each stands for all
    rows = rows.drop(several.index.difference(found.index))
    types = {**tables.TABLES["delivered"].types, "n_wells": "int64", "cv_percent": "float64", "flags": "str"}
    for name in found.columns:
        rows[name] = found[name].astype("object").reindex(rows.index).where(rows.index.isin(found.index), rows[name])
    return rows.astype({name: types[name] for name in found.columns})


def _together(rows, place, agreeing):
    """One row per place, in order of its first row, with the columns that replicates change."""
    usable = rows["disposition"] == "usable"
    used = usable | ~usable.groupby(place).transform("any")
    number = usable & (rows["flag"] == "none") & rows["value"].notna()
    low, high = (usable & (rows["flag"] == name) for name in ("below_range", "above_range"))
    first = place.unique()

    def each(values, how):
        return values.groupby(place).agg(how).reindex(first)

    floor = rows["limit"].fillna(rows["lloq"]).fillna(rows["lod"]).fillna(np.inf).where(low)
    roof = rows["limit"].fillna(rows["uloq"]).fillna(-np.inf).where(high)
    floor, roof = floor.groupby(place).transform("max"), roof.groupby(place).transform("min")
    amount = pd.Series(tables.linear(rows["value"], rows["unit"]), rows.index).where(number)
    percent = rows["analyte"].map(agreeing).fillna(AGREE_PERCENT)
    agrees = _agrees(amount, floor, rows["unit"], percent, np.less_equal) & (floor < np.inf) | floor.isna()
    agrees &= _agrees(amount, roof, rows["unit"], percent, np.greater_equal) & (roof > -np.inf) | roof.isna()
    below, above = each(low, "any"), each(high, "any")
    contradict = (below & above) | ((below | above) & ~each(agrees | ~number, "all"))
    n, beyond = each(number | low | high, "sum"), below | above
    texts = rows["value_text"].fillna("empty")
    flags = [
        ";".join(filter(None, ["W-FEWER-WELLS" if 0 < few < all_ else "", f"{CONTRADICT}:{said}" if odd else ""]))
        for few, all_, odd, said in zip(n, each(rows["record"], "size"), contradict, each(texts[used], "|".join), strict=True)
    ]  # fmt: skip
    mean, spread = each(amount, "mean"), each(amount, "std")
    with np.errstate(divide="ignore", invalid="ignore"):
        cv = (100 * spread / mean).where((mean > 0) & ~beyond)
    flag = np.select(
        [below, above, each(number, "any")], ["below_range", "above_range", "none"], each(rows["flag"][used], "first")
    )
    limit = each(floor, "first").where(below, each(roof, "first")).where(np.isfinite)
    return pd.DataFrame(
        {
            "record": each(rows["record"][used], ",".join),
            "value": each(rows["value"].where(number), "mean").where(~beyond),
            "value_text": each(texts[used], "|".join),
            "flag": flag,
            "limit": limit.where(beyond),
            **{name: each(rows[name][used], "max") for name in ("lod", "lloq")},
            "uloq": each(rows["uloq"][used], "min"),
            "disposition": each(rows["disposition"][used], "first").mask(contradict, CONTRADICT),
            "amendments": each(rows["amendments"], union),
            "n_wells": n.where(n > 0, each(used, "sum")),
            "cv_percent": cv,
            "flags": flags,
        }
    )


def _agrees(amount, limit, units, percent, beyond):
    """Whether amounts lie beyond the limit of another replicate, or as near to it as replicates are to each other."""
    bound = pd.Series(tables.linear(limit, units), limit.index)
    with np.errstate(divide="ignore", invalid="ignore"):
        cv = 100 * np.sqrt(2) * (amount - bound).abs() / (amount + bound)
    return beyond(amount, bound) | (cv <= percent * (1 + INCLUSIVE))
