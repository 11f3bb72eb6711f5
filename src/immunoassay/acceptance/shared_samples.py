"""Plates, runs and batches compared on the samples that two of them measured: what one reads more or less than the other.

Every plate (of a delivery that holds several runs: every run) is compared with the earliest one that shares a sample with it
for the panel. In log2 units the difference of values is the shift between the two (bridging of products and batches); of
others it is the ratio. Nothing is adjusted by it: a laboratory that decides to writes an amendment `bridge_shift`.
"""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.study.days import UNDATED

TOGETHER = 50  # pairs of plates that are compared in one go
PLACE = ["_date", "batch", "plate", "run"]
COLUMNS = ["batch", "plate", "panel", "analyte", "sample_id", "attempt", "unit", "status", "value", "verdict", "run_date",
           "run"]  # fmt: skip # of attempts


def compare(attempts: pd.DataFrame) -> pd.DataFrame:
    """The `shared_samples` table: one row per analyte and pair of plates or runs with samples quantified on both."""
    rows = attempts[attempts["verdict"].isin(tables.ACCEPTED)]
    rows = rows.assign(_date=_filled(rows["run_date"], UNDATED), run=_filled(rows["run"], ""))
    found = []
    for _, panel in rows.groupby("panel", sort=True, observed=True):
        pairs = _pairs(panel)
        found += [_against(panel, pairs[at : at + TOGETHER]) for at in range(0, len(pairs), TOGETHER)]
    columns = list(tables.TABLES["shared_samples"].columns)
    frame = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
    return tables.conform(frame[columns].replace({"run_old": "", "run_new": ""}, None), "shared_samples")


def _pairs(rows):
    """(positions of the earliest plate or run with a sample of it, its own) of every plate or run of one panel."""
    places = [part for _, part in sorted(rows.groupby(PLACE, observed=True).indices.items())]
    names = rows["sample_id"].factorize()[0]
    samples = [set(names[part].tolist()) - {-1} for part in places]
    first = [next((other for other in range(at) if samples[other] & own), None) for at, own in enumerate(samples)]
    return [(places[other], own) for other, own in zip(first, places, strict=True) if other is not None]


def _first_attempts(rows, places):
    """The first attempt of every sample and analyte of some places (positions of rows), with `pair`, the place's number."""
    part = tables.plain(rows.iloc[np.concatenate(places)])
    part = part.assign(pair=np.repeat(np.arange(len(places)), [len(each) for each in places]))
    part = part.sort_values(["pair", "attempt"], kind="stable", key=tables.attempt_order)
    return part.drop_duplicates(["pair", "analyte", "sample_id"])


def _filled(column, text):
    """Texts as categories, in the order of the texts, with `text` where one is missing."""
    column = column.astype("category")
    return column.cat.set_categories(sorted({*column.cat.categories, text})).fillna(text)


def _against(rows, pairs):
    """One row per analyte of each of some pairs of plates or runs."""
    ends = {
        end: _first_attempts(rows, places) for end, places in zip(("old", "new"), zip(*pairs, strict=True), strict=True)
    }
    place = ["pair", "panel", "analyte"]
    both = ends["old"].merge(ends["new"], on=[*place, "sample_id"], suffixes=("_old", "_new"))
    shared = both.groupby(place).size().rename("n_samples")
    pairs = both[(both["status_old"] == "quantified") & (both["status_new"] == "quantified")]
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (np.log2(tables.linear(pairs[f"value_{end}"], pairs["unit_new"])) for end in ("old", "new"))
    difference = pd.Series(other - one, pairs.index)
    group = difference.groupby([pairs[name] for name in place])
    frame = pd.DataFrame({"n_pairs": group.size(), "median": group.median(), "q1": group.quantile(0.25),
                          "q3": group.quantile(0.75)})  # fmt: skip
    frame = frame.join(shared).join(pairs.groupby(place)["unit_new"].first().rename("unit")).reset_index()
    log2 = tables.in_log2(frame["unit"])
    for name in ("median", "q1", "q3"):
        frame[name] = np.where(log2, frame[name].round(12), np.exp2(frame[name]))
    frame["quantity"] = np.where(log2, "difference", "ratio")
    for end, part in ends.items():
        of_pair = part.drop_duplicates("pair").set_index("pair")
        for name in ("batch", "plate", "run"):
            frame[f"{name}_{end}"] = frame["pair"].map(of_pair[name])
    return frame
