"""One validated LLOQ proposed per analyte and kit lot, from low standards and controls over the runs of the lot.

As makers of kits verify it: the lowest level whose mean recovery and whose CV between runs, of the mean of its wells as
a result is reported, are within tolerance, with every level above it up to the most precise one; so must be the standard
error that the curves give such a mean (median over the runs). The tolerance is that of inner levels, narrower than that of
an LLOQ, because the lowest of several levels that pass is partly a lucky one. One run
is one accepted plate; with fewer than LEAST_RUNS nothing is proposed (CLSI EP17, Evaluation of detection capability,
2012, and ICH M10, 2022, ask for five or six runs). A standard has bent the curve it is read from: its deviations from the
mean are enlarged by sqrt((1 + L) / (1 - L)), L the share of its variance that the fit took (its leverage), to what a new
sample there would show; a control, or a level that was dropped, is read as a new sample is. A well below the curve counts
as nothing. A bias that standards and samples do not share is not seen here.

Interval: recovery by t, CV by chi-squared with runs - 1 degrees of freedom, 95 % each. `lloq_high` is the lowest level down
to which all are within tolerance whatever lies in these intervals, `lloq_low` the lowest down to which none is surely
outside. A bootstrap of five runs would be a fifth too narrow and could only name the levels it saw pass.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.calibration import models
from scipy.special import chdtri, stdtrit

LEAST_RUNS, COVERAGE, LARGEST_SHARE = 5, 0.95, 0.9
LOT = ["panel", "analyte", "kit_lot"]
LEVEL = [*LOT, "kind", "level", "expected"]
KINDS = ("standard", "control")


def levels(
    concentrations: pd.DataFrame,
    curves: pd.DataFrame,
    dropped_standards: pd.DataFrame,
    verdicts: pd.DataFrame,
    plates: list[dict],
    criteria_of: Callable[[str, str], Mapping[str, Any]],
) -> pd.DataFrame:
    """The `lloq_levels` table: every standard and control level of every analyte and kit lot over its accepted runs.

    `concentrations` (standards and controls), `curves` and `dropped_standards` of all batches; `verdicts`: plate, analyte,
    verdict; `plates` rows with plate, run_date and kit_lot; `criteria_of` the criteria set of (panel, analyte).
    """
    runs = _runs(concentrations, curves, dropped_standards, verdicts, plates)
    records = []
    for key, rows in runs.groupby(LEVEL, sort=True):
        rules = criteria_of(key[0], key[1])["calibration"]
        tolerance, widest = rules["tolerance_percent"], rules["cv_percent"]
        found = _spread(rows["recovery"].to_numpy(float), rows["stretch"].to_numpy(float))
        off = max(100 - found["recovery_low"], found["recovery_high"] - 100)
        near = max(found["recovery_low"] - 100, 100 - found["recovery_high"], 0.0)
        error = rows["se_percent"].median()
        within = abs(found["recovery_percent"] - 100) <= tolerance and max(found["cv_percent"], error) <= widest
        records.append(
            dict(zip(LEVEL, key, strict=True))
            | {"standard_unit": rows["standard_unit"].iloc[0], "n_runs": len(rows)}
            | {"n_days": rows["run_date"].nunique(), "n_off_curve": int((rows["recovery"] == 0).sum()), **found}
            | {"se_percent": error}
            | {"tolerance_percent": tolerance, "largest_cv_percent": widest, "within": bool(within)}
            | {"surely_within": bool(within and off <= tolerance and found["cv_high"] <= widest)}
            | {"surely_outside": bool(near > tolerance or found["cv_low"] > widest)}
        )
    frame = pd.DataFrame(records, columns=list(tables.TABLES["lloq_levels"].columns))
    return tables.conform(frame.sort_values([*LOT, "expected", "kind"], kind="stable"), "lloq_levels")


def propose(levels: pd.DataFrame, curves: pd.DataFrame, analytes: list[dict]) -> pd.DataFrame:
    """The `lloq_proposals` table from `levels`, with what `curves` of the same lots took as their own LLOQ.

    `analytes` rows of the sheet with analyte and lloq_validated.
    """
    validated = {row["analyte"]: row["lloq_validated"] for row in analytes}
    own = curves.assign(kit_lot=curves["kit_lot"].fillna("")).groupby(LOT)["lloq"].agg(["median", "min", "max"])
    records = []
    for key, rows in levels.groupby(LOT, sort=True):
        rows = rows.sort_values("expected", kind="stable")
        known = rows[rows["n_runs"] >= LEAST_RUNS]
        n_runs = int(rows["n_runs"].max())
        record = dict(zip(LOT, key, strict=True)) | {"standard_unit": rows["standard_unit"].iloc[0]}
        record |= {"n_runs": n_runs, "n_days": int(rows["n_days"].max()), "lloq_validated": validated.get(key[1])}
        record |= {f"plate_{name}": own[name].get(key, np.nan) for name in ("median", "min", "max")}
        found = {name: _lowest(known, hit) for name, hit in _walks(known).items()}
        record |= {name: np.nan if row is None else row["expected"] for name, row in found.items()}
        lowest = found["lloq_proposed"]
        record |= (
            {} if lowest is None else lowest[["kind", "level", "recovery_percent", "cv_percent", "cv_high"]].to_dict()
        )
        record["verdict"] = "PASS" if lowest is not None else "FAIL" if len(known) else "NOT_EVALUABLE"
        records.append(record | {"words": _words(record)})
    frame = pd.DataFrame(records, columns=list(tables.TABLES["lloq_proposals"].columns))
    return tables.conform(_among_lots(frame), "lloq_proposals")


def _runs(concentrations, curves, dropped_standards, verdicts, plates):
    """One row per plate, analyte and level: recovery of the mean of its wells, and how much its deviation is enlarged."""
    rows = concentrations[concentrations["role"].isin(KINDS) & (concentrations["expected"] > 0)]
    rows = rows[(rows["disposition"] == "usable") & (rows["reason"].fillna("") != "no_curve")]
    accepted = verdicts.loc[verdicts["verdict"].isin(tables.ACCEPTED), ["plate", "analyte"]]
    rows = rows.merge(accepted, on=["plate", "analyte"])
    rows["value"] = rows["concentration_well"].mask(rows["reason"] == "below_curve", 0.0)
    place = ["panel", "plate", "analyte", "role", "level", "expected"]
    frame = rows.groupby(place, sort=True)["value"].agg(["mean", "size", "count"]).reset_index()
    frame = frame[frame["count"] == frame["size"]]  # a level with a well above the curve has no mean
    curves = curves.reset_index(drop=True)
    at = pd.MultiIndex.from_frame(curves[["plate", "analyte"]])
    row = at.get_indexer(pd.MultiIndex.from_frame(frame[["plate", "analyte"]]))
    gone = dropped_standards.loc[dropped_standards["dropped"], ["plate", "analyte", "expected"]]
    fitted = frame["role"].eq("standard") & ~_among(frame, gone)
    arrays, u = models.from_frame(curves).take(row), np.log(frame["expected"].to_numpy(float))
    share = np.where(fitted, _leverage(arrays, u, frame["size"].to_numpy(float)), 0.0)
    facts = {row["plate"]: row for row in plates}
    return frame.assign(
        kind=frame["role"],
        recovery=100 * frame["mean"] / frame["expected"],
        stretch=np.sqrt((1 + share) / (1 - share)),
        se_percent=100 * arrays.relative_se(u[:, None], frame["size"].to_numpy(float))[:, 0],
        standard_unit=curves["standard_unit"].to_numpy(object)[row],
        kit_lot=[facts[plate]["kit_lot"] or "" for plate in frame["plate"]],
        run_date=[facts[plate]["run_date"] for plate in frame["plate"]],
    )


def _among(frame, others):
    key = list(others.columns)
    return pd.MultiIndex.from_frame(frame[key]).isin(pd.MultiIndex.from_frame(others))


def _leverage(curves, u, n_wells):
    """The share of the variance of the mean of a level's wells that the fit took, (n,)."""
    signal, jacobian, _ = curves.predict(u[:, None])
    taken = ((jacobian @ curves.covariance) * jacobian).sum(axis=-1)[:, 0]
    noise = np.maximum(curves.signal_variance(signal)[:, 0], 1e-300) / n_wells
    return np.clip(taken / noise, 0.0, LARGEST_SHARE)


def _spread(recovery, stretch):
    """Mean recovery and CV between runs in percent with their intervals; NaN where there is one run or nothing is read."""
    count, mean = len(recovery), recovery.mean()
    freedom = count - 1
    if not freedom or not mean > 0:
        names = ("recovery_low", "recovery_high", "cv_percent", "cv_low", "cv_high")
        return {"recovery_percent": mean} | dict.fromkeys(names, np.nan)
    tail = (1 - COVERAGE) / 2
    deviation = np.sqrt(((stretch * (recovery - mean)) ** 2).sum() / freedom)
    half, cv = stdtrit(freedom, 1 - tail) * deviation / np.sqrt(count), 100 * deviation / mean
    ends = {"recovery_low": mean - half, "recovery_high": mean + half}
    limits = {
        "cv_low": cv * np.sqrt(freedom / chdtri(freedom, tail)),
        "cv_high": cv * np.sqrt(freedom / chdtri(freedom, 1 - tail)),
    }
    return {"recovery_percent": mean, **ends, "cv_percent": cv, **limits}


def _walks(rows):
    """Which levels each limit may go down to."""
    return {
        "lloq_proposed": rows["within"].to_numpy(bool),
        "lloq_low": ~rows["surely_outside"].to_numpy(bool) & (rows["recovery_percent"] > 0).to_numpy(bool),
        "lloq_high": rows["surely_within"].to_numpy(bool),
    }


def _lowest(rows, hit):
    """The lowest row of the run of hits that holds the most precise level, by rising `expected`; None without one."""
    if not hit.any():
        return None
    start = int(np.argmin(np.where(hit, rows["cv_percent"].to_numpy(float), np.inf)))
    missed = np.flatnonzero(~hit[: start + 1])
    return rows.iloc[missed[-1] + 1 if len(missed) else 0]


def _words(record):
    """The judgement in words, with the cell to write where a limit is proposed."""
    if record["verdict"] == "NOT_EVALUABLE":
        return f"accepted runs of the lot: {record['n_runs']}; {LEAST_RUNS} are needed"
    if record["verdict"] == "FAIL":
        return "no level is within the tolerance of recovery and CV over the runs"
    high = record["lloq_high"]
    text = (
        f"lowest level {record['level']}: recovery {record['recovery_percent']:.0f} %, CV {record['cv_percent']:.0f} % "
    )
    text += f"over {record['n_runs']} runs, run dates: {record['n_days']}; "
    return text + (f"certain from {high:g} {record['standard_unit']} on" if high == high else "certain of no level")


def _among_lots(frame):
    """The proposals with what to write: one validated LLOQ per analyte, the highest that its lots propose."""
    highest = frame.groupby("analyte")["lloq_proposed"].transform("max")
    rows = zip(frame["analyte"], frame["standard_unit"], highest, frame["verdict"] == "PASS", strict=True)
    to_write = [
        f"{analyte}: lloq_validated {value:g} ({unit}, in the well), limit_rule validated" if passed else None
        for analyte, unit, value, passed in rows
    ]
    return frame.assign(to_write=to_write)
