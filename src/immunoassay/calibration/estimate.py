"""The exponent of a power variance, estimated from all batches of a study: `immunoassay estimate-variance`.

It reads the curves and concentrations of every batch and prints, per
analyte and kit lot, the exponent p of variance = s^2 * signal^p with its 95 % interval and what it rests on, then rows
ready for the analytes sheet, over all lots of an analyte. Written into the sheet the exponent no longer depends on the
plates of a batch, so that a plate added later changes no other plate's value.

The estimate alternates with refits of the same curves, as in a run with weights `estimated`; the residual variance is
every plate's own, and a 5PL has the prior. Levels that the editing rule dropped stay out: with
weights far from the estimate it drops honest ones too, so run the study again with the proposed value and look once
more. Interval: exponents whose deviance is within the 95 % quantile of chi-square with one degree of freedom.

Source: Davidian & Carroll, Variance function estimation (1987).
"""

from pathlib import Path

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.calibration import candidates, fit, variance
from scipy.special import chdtri

COVERAGE = 0.95
MIN_PLATES = 3  # fewer plates do not carry a sheet value


def report(results: Path | str = "results") -> None:
    """Print the estimates of the study and rows for its analytes sheet."""
    folders = sorted(path.parent for path in Path(results, "batches").glob("*/curves.parquet"))
    if not folders:
        raise SystemExit(f"{Path(results, 'batches')}: no batch has been calibrated yet; run the study first")
    curves, concentrations, dropped = (
        tables.read_all([folder / f"{name}.parquet" for folder in folders], name)
        for name in ("curves", "concentrations", "dropped_standards")
    )
    print(_text(propose(curves, concentrations, dropped, ["panel", "analyte", "kit_lot"])))
    rows = propose(curves, concentrations, dropped, ["panel", "analyte"])
    rows = rows[rows["n_plates"] >= MIN_PLATES].assign(weights="power")
    print(f"\nRows for config/analytes.tsv (at least {MIN_PLATES} plates):\n")
    rows["variance_exponent"] = rows["variance_exponent"].round(2)
    print(rows[["panel", "analyte", "weights", "variance_exponent"]].to_csv(sep="\t", index=False), end="")


def propose(
    curves: pd.DataFrame, concentrations: pd.DataFrame, dropped_standards: pd.DataFrame, by: list[str]
) -> pd.DataFrame:
    """One row per group `by` of columns of `curves`: variance_exponent, low, high, n_batches, n_plates, n_wells.

    curves, concentrations, dropped_standards: the tables of any number of batches. Only 4PL, 5PL, linear and log_log
    curves that have converged count; low and high end at the range of exponents considered (0 to 4) where the data do not
    say more.
    """
    curves = curves[curves["status"] == "converged"].sort_values(["plate", "analyte"], kind="stable")
    curves = curves.reset_index(drop=True)
    points, exponent = _points(curves, concentrations, dropped_standards), np.full(len(curves), 2.0)
    group = curves.groupby(by, sort=True, dropna=False).ngroup().to_numpy()
    none = np.full(len(curves), np.nan)
    model, orientation = curves["model"].to_numpy(object), curves["orientation"].to_numpy(object)
    orientation = np.where(np.isin(orientation, candidates.ORIENTATIONS), orientation, "best")

    def refit(rows, exponents, constants):
        prior = np.full(len(rows), fit.ASYMMETRY_PRIOR_SD)
        return candidates.fit_models(
            points.take(rows),
            model[rows],
            orientation[rows],
            exponents,
            constants,
            none[rows],
            np.zeros(len(rows), bool),
            prior,
        ).fit

    weights = np.full(len(curves), "estimated", object)
    exponent, constant = variance.estimate(points, weights, group, exponent, refit)
    fitted = refit(np.arange(len(curves)), exponent, constant)
    residual, signal, used = variance.residuals(points, fitted)
    records = []
    for number, (_, rows) in enumerate(curves.groupby(by, sort=True, dropna=False)):
        mine = group == number
        low, high = variance.interval(residual[mine], signal[mine], used[mine], chdtri(1, 1 - COVERAGE))
        record = dict(zip(by, rows[by].iloc[0], strict=True))
        record |= {"variance_exponent": exponent[mine][0], "low": low, "high": high}
        record |= {"n_batches": rows["batch"].nunique(), "n_plates": len(rows), "n_wells": int(used[mine].sum())}
        records.append(record)
    columns = [*by, "variance_exponent", "low", "high", "n_batches", "n_plates", "n_wells"]
    return pd.DataFrame(records, columns=columns)


def _points(curves, concentrations, dropped_standards):
    """The usable standards of every curve, without the levels its editing dropped."""
    standards = concentrations[
        (concentrations["role"] == "standard")
        & (concentrations["disposition"] == "usable")
        & (concentrations["expected"] > 0)
        & concentrations["signal"].notna()
    ].sort_values(["plate", "analyte", "expected", "signal", "well"], kind="stable")
    parts = dict(iter(standards.groupby(["plate", "analyte"], sort=False)))
    gone = dropped_standards[dropped_standards["dropped"]].groupby(["plate", "analyte"])["expected"]
    gone = {place: set(levels) for place, levels in gone}
    u, signal = [], []
    for row in curves.to_dict("records"):
        place = row["plate"], row["analyte"]
        rows = parts.get(place, standards.iloc[:0])
        rows = rows[~rows["expected"].isin(gone.get(place, ()))]
        u.append(list(np.log(rows["expected"].to_numpy(float))))
        signal.append(list(rows["signal"].to_numpy(float)))
    return fit.Points(fit.pad(u, 0.0), fit.pad(signal, 0.0), fit.pad([[True] * len(each) for each in u], False))


def _text(table):
    shown = table.assign(**{name: table[name].map("{:.2f}".format) for name in ("variance_exponent", "low", "high")})
    return shown.to_csv(sep="\t", index=False).rstrip("\n")
