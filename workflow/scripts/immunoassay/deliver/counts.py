"""What a study amounts to, in plain numbers and names: for the provenance file, the methods text and the workbook."""

import json

from immunoassay import tables


def study_counts(results, attempts, curves, ledger, wells, delivered):
    """Counts of plates, records, results and dispositions, as a plain dict.

    `wells` and `delivered` need only their key columns: they are counted against the ledger. Raises
    tables.ContractError when the ledger does not hold every raw record exactly once.
    """
    records = len(wells) + len(delivered)
    if len(ledger) != records:
        raise tables.ContractError(f"the ledger holds {len(ledger)} of {records} raw records")
    return {
        "batches": int(ledger["batch"].nunique()),
        "plates": int(ledger["plate"].nunique()),
        "raw_records": records,
        "wells_by_analyte": len(wells),
        "delivered_rows": len(delivered),
        "curves": tally(curves["status"]),
        "attempts": tally(attempts["status"]),
        "samples": int(results["sample_id"].nunique()),
        "results": tally(results["status"]),
        "ledger": tally(ledger["disposition"]),
    }


def panel_counts(results, attempts, curves, checks, ledger):
    """One dict per panel, in order of name: what was assayed, fitted, judged and found.

    `analytes` maps each analyte to its reportable results, how many lie below and above the limits, and its LLOQ range.
    """
    panels = sorted(set(ledger["panel"]) | set(results["panel"].dropna()))
    return {panel: _panel(*(frame[frame["panel"] == panel] for frame in (results, attempts, curves, checks, ledger)))
            for panel in panels}  # fmt: skip


def _panel(results, attempts, curves, checks, ledger):
    fitted = curves[curves["status"] != "not_fitted"]
    reportable = results[results["status"].isin(["quantified", "below_lloq", "above_uloq"])]
    refits = [each for text in curves["refits"].dropna() for each in json.loads(text) if each["kept"]]
    judged = attempts.drop_duplicates(["plate", "analyte"])
    return {
        "batches": int(ledger["batch"].nunique()),
        "plates": int(ledger["plate"].nunique()),
        "kit_lots": sorted(attempts["kit_lot"].dropna().unique()),
        "samples": int(results.loc[results["plate"].notna(), "sample_id"].nunique()),
        "models": tally(fitted["model"].dropna()),
        "weights": tally(fitted["weights"].dropna()),
        "exponents": sorted({round(float(value), 3) for value in fitted["variance_exponent"].dropna()}),
        "limit_rules": tally(attempts["lloq_rule"].dropna()),
        "standards_dropped": len(refits),
        "criteria_sets": sorted(checks["criteria_set"].dropna().unique()),
        "verdicts": tally(judged["verdict"]),
        "dilutions": sorted(set(attempts["dilution"].dropna())),
        "repeated": int((results["n_attempts"] > 1).sum()),
        "analytes": {analyte: _analyte(rows) for analyte, rows in reportable.groupby("analyte", sort=True)},
    }


def _analyte(rows):
    lloq = rows["lloq_applied"].dropna()
    return {
        "results": len(rows),
        "below": int((rows["status"] == "below_lloq").sum()),
        "above": int((rows["status"] == "above_uloq").sum()),
        "lloq_min": float(lloq.min()) if len(lloq) else None,
        "lloq_max": float(lloq.max()) if len(lloq) else None,
        "unit": rows["unit"].iloc[0],
    }


def tally(series):
    """How often each value occurs, by name."""
    return {str(name): int(count) for name, count in sorted(series.value_counts().items())}
