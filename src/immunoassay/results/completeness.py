"""What was collected and has no reportable result: sample by panel, with the reasons.

Planned is what `visits` of the panels sheet says; without it, a panel at a visit of which at least PLANNED_SHARE of the
participants have a result of it. A visit needs one tube with a result, not every tube: what the assayed one lacks is said
of that one only. A tube without a visit is planned for
nothing; without a samples sheet nothing is known to lack.
"""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.problems import Problem

PLANNED_SHARE = 0.8
NO_PLATE, NOT_READ, SUBSET = "not_on_any_plate", "not_in_export", "plate_of_a_subset"
VISIT = ["participant", "course", "visit"]
SAMPLES = "config/samples.tsv"


def completeness(
    results: pd.DataFrame,
    samples: list[dict],
    panels: list[dict],
    analytes: list[dict],
    plates: list[dict],
    file: str = SAMPLES,
) -> tuple[pd.DataFrame, list[Problem]]:
    """(the `completeness` table, problems: one FLAG per planned panel and visit that lacks results).

    `samples` (sample_id, participant, course, visit), `panels` (panel, visits), `analytes` (analyte, panel) and `plates`
    (plate, panel, analytes) are rows of the sheets; `file` is the samples sheet.
    """
    every = _every(results, samples, panels, analytes, plates)
    if every.empty:
        return tables.empty("completeness"), []
    place, unit = every.groupby(["sample_id", "panel"], sort=False), every.groupby(["unit", "panel"], sort=False)
    every["assayed"] = place["n_attempts"].transform("sum") > 0
    every["reported"] = every["status"].isin(tables.REPORTED)
    every["covered"] = every.groupby(["unit", "analyte"], sort=False)["reported"].transform("any")
    every["elsewhere"] = every.groupby(["unit", "panel"], sort=False)["assayed"].transform("any") & ~every["assayed"]
    every["planned"] = _planned(every.assign(any=unit["reported"].transform("any")), panels)
    every["why"] = _reasons(every, plates)
    rows = _rows(every)
    return tables.conform(rows, "completeness"), _problems(rows, every, file)


def _every(results, samples, panels, analytes, plates):
    """Every sample x analyte of the panels that are on plates or planned: its result, or nothing where there is none."""
    used = {row["panel"] for row in plates} | {row["panel"] for row in panels if row["visits"]}
    known = pd.DataFrame([row for row in analytes if row["panel"] in used], columns=["analyte", "panel"])
    samples = pd.DataFrame(samples, columns=["sample_id", *VISIT])
    placed = samples[["participant", "visit"]].ne("").all(axis=1)  # a tube without a visit stands for itself
    place = [*VISIT, samples["sample_id"].mask(placed, "")]
    samples = samples.assign(placed=placed, unit=samples.groupby(place, sort=False, dropna=False).ngroup())
    columns = ["sample_id", "analyte", "status", "reason", "plate", "n_attempts"]
    every = samples.merge(known, how="cross").merge(results[columns], on=["sample_id", "analyte"], how="left")
    return every.assign(n_attempts=every["n_attempts"].fillna(0).astype(int), status=every["status"].fillna("missing"))


def _planned(every, panels):
    """Whether the panel is planned at the visit of each row; `any`: the visit of this person has a result of it."""
    visits = every.drop_duplicates(["unit", "panel"]).groupby(["panel", "visit"])["any"].mean()
    usual = set(visits.index[visits >= PLANNED_SHARE])
    stated = {row["panel"]: set(row["visits"]) for row in panels if row["visits"]}
    known = {
        (panel, visit): visit in stated[panel] if panel in stated else (panel, visit) in usual
        for panel, visit in visits.index
    }
    planned = [known[place] for place in zip(every["panel"], every["visit"], strict=True)]
    return every["placed"] & np.array(planned, dtype=bool)


def _reasons(every, plates):
    """Why a row has no reportable result; None where it has, or another tube of the visit has, or that one was assayed."""
    subset = {row["panel"] for row in plates if row["analytes"] == "subset"}
    missing = every["status"] == "missing"
    unread = every["reason"].where(~every["reason"].isin(["not_tested"])).fillna(NO_PLATE)
    beside = np.where(every["panel"].isin(subset), SUBSET, NOT_READ)
    why = np.select(
        [every["covered"] | (missing & every["elsewhere"]), missing & ~every["assayed"], missing],
        [None, unread, beside],
        every["reason"].fillna("no_reason_recorded"),
    )
    return pd.Series(why, index=every.index, dtype="object")


def _rows(every):
    """The samples x panels that were planned or assayed and lack results."""
    key = ["sample_id", "panel"]
    lacking = every[every["why"].notna() & (every["planned"] | every["assayed"])]
    counts = lacking.groupby([*key, "why"]).size().reset_index(name="n")
    counts["text"] = counts["why"] + ": " + counts["n"].astype(str)
    reasons = (
        counts.sort_values([*key, "n", "why"], ascending=[True, True, False, True]).groupby(key)["text"].agg("; ".join)
    )
    first = lacking.groupby(key)[[*VISIT, "planned"]].first()
    whole = every.assign(other=every["covered"] & ~every["reported"]).groupby(key)
    sums = whole.agg(n_analytes=("analyte", "size"), n_results=("reported", "sum"), n_another_tube=("other", "sum"))
    return first.join(sums).join(reasons.rename("reasons")).reset_index()


def _problems(rows, every, file):
    """One FLAG per planned panel and visit, with the counts; what a plate of a subset never held is no gap."""
    gaps = every[every["planned"] & every["why"].notna() & (every["why"] != SUBSET)]
    samples = every.drop_duplicates(["sample_id", "panel"]).groupby(["panel", "visit"]).size()
    problems = []
    for (panel, visit), own in gaps.groupby(["panel", "visit"], sort=True):
        tubes = rows.set_index(["panel", "sample_id"]).loc[[(panel, name) for name in own["sample_id"].unique()]]
        whole = int((tubes["n_results"] + tubes["n_another_tube"] == 0).sum())
        reasons = ", ".join(f"{name} {n}" for name, n in own["why"].value_counts().sort_index().items())
        found = f"{panel} at {visit}, samples {samples[panel, visit]}: without any reportable result {whole}, "
        found += f"without some {len(tubes) - whole}; results lacking by reason: {reasons}"
        why, fix = (
            "the panel is planned at this visit",
            "see study/completeness.tsv; `visits` of the panels sheet says what is planned",
        )
        problems.append(Problem("W-CMP-003", "FLAG", file, found, why, fix, column="visit"))
    return problems
