"""Plates, runs and batches compared on the samples that two of them measured: what one reads more or less than the other.

Every plate (of a delivery that holds several runs: every run) is compared with the earliest one that shares a sample with it
for the panel. In log2 units the difference of values is the shift between the two (bridging of products and batches); of
others it is the ratio. Nothing is adjusted by it: a laboratory that decides to writes an amendment `bridge_shift`.
"""

from functools import lru_cache

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.study.days import UNDATED

KEPT = 32  # plates whose rows are at hand: the earliest ones are compared with again and again
PLACE = ["_date", "batch", "plate", "run"]
COLUMNS = ["batch", "plate", "panel", "analyte", "sample_id", "attempt", "unit", "status", "value", "verdict", "run_date",
           "run"]  # fmt: skip # of attempts


def compare(attempts: pd.DataFrame) -> pd.DataFrame:
    """The `shared_samples` table: one row per analyte and pair of plates or runs with samples quantified on both."""
    rows = attempts[attempts["verdict"].isin(tables.ACCEPTED)]
    rows = rows.assign(_date=_filled(rows["run_date"], UNDATED), run=_filled(rows["run"], ""))
    found = [
        _against(old, new) for _, panel in rows.groupby("panel", sort=True, observed=True) for old, new in _pairs(panel)
    ]
    columns = list(tables.TABLES["shared_samples"].columns)
    frame = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
    return tables.conform(frame[columns].replace({"run_old": "", "run_new": ""}, None), "shared_samples")


def _pairs(rows):
    """(rows of the earliest plate or run with a sample of it, its own rows) of every plate or run of one panel."""
    places = [part for _, part in sorted(rows.groupby(PLACE, observed=True).indices.items())]
    names = rows["sample_id"].factorize()[0]
    samples = [set(names[part].tolist()) - {-1} for part in places]

    @lru_cache(maxsize=KEPT)
    def attempts_of(number):
        """The first attempt of every sample and analyte of a place."""
        part = tables.plain(rows.iloc[places[number]])
        part = part.sort_values("attempt", kind="stable", key=tables.attempt_order)
        return part.drop_duplicates(["analyte", "sample_id"])

    for number, own in enumerate(samples):
        first = next((other for other in range(number) if samples[other] & own), None)
        if first is not None:
            yield attempts_of(first), attempts_of(number)


def _filled(column, text):
    """Texts as categories, in the order of the texts, with `text` where one is missing."""
    column = column.astype("category")
    return column.cat.set_categories(sorted({*column.cat.categories, text})).fillna(text)


def _against(old, new):
    """One row per analyte of two plates or runs."""
    key = ["panel", "analyte", "sample_id"]
    both = old.merge(new, on=key, suffixes=("_old", "_new"))
    shared = both.groupby(["panel", "analyte"]).size().rename("n_samples")
    pairs = both[(both["status_old"] == "quantified") & (both["status_new"] == "quantified")]
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (np.log2(tables.linear(pairs[f"value_{end}"], pairs["unit_new"])) for end in ("old", "new"))
    difference = pd.Series(other - one, pairs.index)
    group = difference.groupby([pairs["panel"], pairs["analyte"]])
    frame = pd.DataFrame({"n_pairs": group.size(), "median": group.median(), "q1": group.quantile(0.25),
                          "q3": group.quantile(0.75)})  # fmt: skip
    frame = (
        frame.join(shared).join(pairs.groupby(["panel", "analyte"])["unit_new"].first().rename("unit")).reset_index()
    )
    log2 = tables.in_log2(frame["unit"])
    for name in ("median", "q1", "q3"):
        frame[name] = np.where(log2, frame[name].round(12), np.exp2(frame[name]))
    frame["quantity"] = np.where(log2, "difference", "ratio")
    for end, part in (("old", old), ("new", new)):
        for name in ("batch", "plate", "run"):
            frame[f"{name}_{end}"] = part[name].iloc[0]
    return frame
