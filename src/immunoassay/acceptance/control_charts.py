"""Controls over time: each control of each plate against the guide set of its lot, and the sum of every lot.

A guide set belongs to one analyte x control x kit lot. It is prospective: a run is compared with the accepted runs of
the lot before it, at most the first GUIDE_RUNS of them, so that from then on the guide is frozen and a later batch never
changes an earlier judgement. Fewer than GUIDE_RUNS runs make it provisional: it warns and never rejects (with 5 runs a
perfect one is beyond 3 SD in 5 of 100, with 20 in 0.9). With fewer than LEAST_RUNS nothing is judged. Concentrations are compared
as logarithms, because their CV, not their SD, is about constant.

Trends judge the method, not single results: no value changes; a laboratory that draws a consequence writes an amendment.
Sources: Levey & Jennings (1950); westgard.py; ICH M10 (2022) section 4.3.2 on the controls of a study.
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.acceptance import westgard
from immunoassay.readers.wells import ASIDE, READ
from immunoassay.study.days import UNDATED

GUIDE_RUNS, LEAST_RUNS = 20, 3
GROUP = ["panel", "analyte", "kit_lot"]
PLACE = ["batch", "plate", "panel", "analyte", "level"]
COLUMNS = [*PLACE, "role", "disposition", "expected", "concentration_well"]  # of concentrations


def follow(
    concentrations: Iterable[pd.DataFrame],
    verdicts: pd.DataFrame,
    plates: list[dict],
    materials: list[dict],
    units: Mapping[str, str],
) -> pd.DataFrame:
    """The `controls` table: one row per plate x analyte x control.

    `concentrations` (COLUMNS), one frame per batch; `verdicts`: plate, analyte, verdict, verdict_reason and amendments; `plates`
    rows with plate, run_date and kit_lot; `materials` rows with panel, kit_lot, material, level, analyte, low and high;
    `units` the unit of the standards by analyte. Runs are ordered by date, then plate. A rejected run is shown and judged,
    but enters no guide set and breaks no streak of others.
    """
    rows = _runs(concentrations, verdicts, plates, materials, units)
    if rows.empty:
        return tables.empty("controls")
    parts = [_judge_lot(group) for _, group in rows.groupby(GROUP, sort=True, dropna=False)]
    return tables.conform(pd.concat(parts, ignore_index=True), "controls")


def summarise(controls: pd.DataFrame, criteria_of: Callable[[str, str], dict]) -> pd.DataFrame:
    """The `control_lots` table: mean bias, CV (n - 1) and total error of the accepted runs of every control and lot.

    `criteria_of` gives the criteria set of (panel, analyte). Total error is |mean bias| + CV (ICH M10 section 4.2.4.3).
    """
    records = []
    for key, rows in controls.groupby([*GROUP, "control"], sort=True, dropna=False):
        used = rows[rows["accepted"] & rows["value"].notna()]
        recovery = 100 * used["value"] / used["expected"]
        bias, cv = recovery.mean() - 100, 100 * used["value"].std(ddof=1) / used["value"].mean()
        criteria = criteria_of(key[0], key[1])
        records.append(
            dict(zip([*GROUP, "control"], key, strict=True))
            | {
                "n_runs": len(rows),
                "n_accepted": len(used),
                "expected": rows["expected"].iloc[0],
                "unit": rows["unit"].iloc[0],
                "mean": used["value"].mean(),
                "bias_percent": bias,
                "cv_percent": cv,
                "total_error_percent": abs(bias) + cv,
                "n_warned": int((rows["verdict"] == "WARN").sum()),
                "n_failed": int((rows["verdict"] == "FAIL").sum()),
                **_total_error(abs(bias) + cv, len(used), criteria),
            }
        )
    return tables.conform(pd.DataFrame(records, columns=list(tables.TABLES["control_lots"].columns)), "control_lots")


def _runs(concentrations, verdicts, plates, materials, units):
    """One row per plate x analyte x control: the mean of its wells that were read and what it is compared with."""
    rows = pd.concat([_means(part) for part in concentrations], ignore_index=True)
    rows = rows.sort_values(PLACE, kind="stable", ignore_index=True)
    rows = rows.rename(columns={"level": "control"})
    plates = pd.DataFrame(plates, columns=["plate", "run_date", "kit_lot"])
    rows = rows.merge(plates, on="plate", how="left", validate="many_to_one")
    rows = rows.merge(verdicts, on=["plate", "analyte"], how="left")
    rows["accepted"] = rows.pop("verdict").isin(tables.ACCEPTED) & (rows["n_wells"] > 0)
    said = rows.pop("verdict_reason").where(rows["disposition"].isin(ASIDE))
    rows["aside"] = said.fillna(rows.pop("disposition")).where(rows["n_wells"] == 0, "")
    stated = {
        (row["panel"], row["kit_lot"], row["level"], row["analyte"]): (row["low"], row["high"])
        for row in materials
        if row["material"] == "control"
    }
    places = zip(*(rows[name].tolist() for name in ("panel", "kit_lot", "control", "analyte")), strict=True)
    limits = np.array([stated.get(place, (None, None)) for place in places], float).reshape(-1, 2)
    rows["stated_low"], rows["stated_high"] = limits[:, 0], limits[:, 1]
    rows["unit"] = rows["analyte"].map(units)
    rows["recovery_percent"] = 100 * rows["value"] / rows["expected"]
    return rows


def _means(concentrations):
    """The wells of each control of one batch: n_wells that were read, their mean `value`, what is expected, a disposition.

    A control without such a well has its row too, without a value.
    """
    wells = concentrations[concentrations["role"] == "control"]
    aside = ~wells["disposition"].isin(READ)
    wells = wells.assign(read=~aside, concentration_well=wells["concentration_well"].mask(aside))
    rows = wells.groupby(PLACE, sort=True).agg(
        n_wells=("read", "sum"),
        known=("concentration_well", "count"),
        value=("concentration_well", "mean"),
        expected=("expected", "first"),
        disposition=("disposition", "first"),
    )
    rows["value"] = rows["value"].where(rows.pop("known") == rows["n_wells"])
    return rows.reset_index()


def _judge_lot(rows):
    """The runs of one panel x analyte x lot with guide, z, rules and verdict."""
    rows = rows.assign(_date=rows["run_date"].fillna(UNDATED)).sort_values(["_date", "plate", "control"], kind="stable")
    names, runs = sorted(rows["control"].unique()), list(dict.fromkeys(rows["plate"]))
    run, material = pd.Index(runs).get_indexer(rows["plate"]), pd.Index(names).get_indexer(rows["control"])
    logs = np.full((len(runs), len(names)), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs[run, material] = np.log(rows["value"].where(rows["value"] > 0).to_numpy(float))
    accepted = np.zeros(len(runs), bool)
    accepted[run] = rows["accepted"].to_numpy(bool)
    guides = [guide(np.where(accepted, logs[:, i], np.nan)) for i in range(len(names))]
    count, mean, sd = (np.column_stack([each[k] for each in guides]) for k in range(3))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where((count >= LEAST_RUNS) & (sd > 0), (logs - mean) / sd, np.nan)
    rules = _rules(z, accepted)
    rows = rows.assign(
        run=run + 1,
        guide_runs=count[run, material],
        guide_mean=np.exp(mean)[run, material],
        guide_sd_log=sd[run, material],
        z=z[run, material],
        provisional=count[run, material] < GUIDE_RUNS,
        rules=[";".join(rules[i]) for i in run],
    )
    said = [_verdict(row) for row in rows.itertuples(index=False)]
    rows["verdict"], rows["words"] = [each[0] for each in said], [each[1] for each in said]
    return rows.drop(columns=["_date", "aside"])


def guide(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(count, mean, SD) of the guide set that each run meets: the values before it, at most the first GUIDE_RUNS.

    `values` (runs,) in order; NaN enters no guide set. Mean and SD (n - 1) are NaN where there are too few.
    """
    known = np.isfinite(values)
    taken = np.where(known & (np.cumsum(known) <= GUIDE_RUNS), 1, 0)
    # sums of squares about a near value keep their digits; the first, because no later run may change any
    centre = values[known][0] if known.any() else 0.0
    filled = np.where(taken == 1, values - centre, 0.0)

    def before(x):
        return np.concatenate([[0.0], np.cumsum(x)[:-1]])

    count, total, squares = before(taken), before(filled), before(filled**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / count
        sd = np.sqrt(np.maximum(squares - count * mean**2, 0.0) / (count - 1))
    few = count < 2
    return count.astype(int), np.where(count > 0, mean + centre, np.nan), np.where(few, np.nan, sd)


def _rules(z, accepted):
    """Rules broken at each run. Streaks run over accepted runs; a rejected run is judged as if it came next."""
    found = [[] for _ in range(len(z))]
    kept = np.flatnonzero(accepted)
    for run in range(len(z)):
        if not accepted[run]:
            found[run] = _names(westgard.broken(z[np.append(kept[kept < run][-westgard.LONGEST :], run)]), -1)
    broken = westgard.broken(z[kept]) if len(kept) else {}
    for position, run in enumerate(kept):
        found[run] = _names(broken, position)
    return found


def _names(broken, position):
    return [rule for rule, hit in broken.items() if hit[position]]


def _verdict(row):
    rules = row.rules.split(";") if row.rules else []
    name = f"{row.control} on {row.plate}"
    outside = [f"outside the range stated ({row.stated_low:g} to {row.stated_high:g})"] if _outside(row) else []
    if row.aside:
        return "NOT_EVALUABLE", f"{name}: {row.aside}"
    if not np.isfinite(row.value):
        return "WARN", f"{name}: not on the curve"
    if not np.isfinite(row.z):
        words = f"{name}: earlier runs of the lot {row.guide_runs}, {LEAST_RUNS} needed"
        return ("WARN" if outside else "NOT_EVALUABLE"), ", ".join([words, *outside])
    where = f"{name}: z {row.z:.2f} against {row.guide_runs} runs{' (provisional)' if row.provisional else ''}"
    rejecting = [rule for rule in rules if rule in westgard.REJECTIONS]
    if rejecting and not row.provisional:
        return "FAIL", ", ".join([f"{where}, the run breaks {' and '.join(rules)}", *outside])
    if rules or outside:
        return "WARN", ", ".join([where, *([f"the run breaks {' and '.join(rules)}"] if rules else []), *outside])
    return "PASS", where


def _outside(row):
    return np.isfinite(row.value) and (row.value < row.stated_low or row.value > row.stated_high)


def _total_error(total, n, criteria):
    limit = criteria.get("total_error_percent")
    if limit is None or n < LEAST_RUNS or not np.isfinite(total):
        return {"verdict": "NOT_EVALUABLE", "words": f"accepted runs {n}, {LEAST_RUNS} needed"}
    fine = round(total, criteria["compare_decimals"]) <= limit
    return {"verdict": "PASS" if fine else "FAIL", "words": f"|bias| + CV is {total:.1f} %, at most {limit} %"}
