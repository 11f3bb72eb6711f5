"""What a study amounts to, in plain numbers and names: for the provenance file, the methods text and the workbook."""

from collections import Counter
from collections.abc import Iterable, Mapping

import pandas as pd
from immunoassay import tables

ATTEMPTS = ["plate", "panel", "analyte", "status", "kit_lot", "lloq_rule", "verdict", "dilution"]
CURVES = [
    "panel",
    "status",
    "model",
    "weights",
    "variance_exponent",
    "detection_rule",
    "lod",
]  # columns that are counted


def study_counts(
    results: pd.DataFrame,
    attempts: pd.DataFrame,
    curves: pd.DataFrame,
    ledger: pd.DataFrame,
    records: Mapping[str, Mapping[str, int]],
) -> dict:
    """Counts of plates, records, results and dispositions, as a plain dict.

    `ledger` is the `ledger_counts` table, `records` the raw records of each panel: {"wells": {...}, "delivered": {...}}.
    Raises tables.ContractError when the ledger does not hold every raw record exactly once.
    """
    check_ledger(ledger, records)
    wells, delivered = (sum(records[name].values()) for name in ("wells", "delivered"))
    return {
        "batches": int(ledger["batch"].nunique()),
        "plates": int(ledger["plate"].nunique()),
        "raw_records": wells + delivered,
        "wells_by_analyte": wells,
        "delivered_rows": delivered,
        "curves": tally(curves["status"]),
        "attempts": tally(attempts["status"]),
        "samples": int(results["sample_id"].nunique()),
        "results": tally(results["status"]),
        "ledger": {name: int(count) for name, count in ledger.groupby("disposition")["n_records"].sum().items()},
    }


def check_ledger(ledger: pd.DataFrame, records: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """{panel: raw records}; raises tables.ContractError when the ledger holds another number of them for any panel."""
    read = Counter(records["wells"]) + Counter(records["delivered"])
    held = Counter({panel: int(count) for panel, count in ledger.groupby("panel")["n_records"].sum().items()})
    if held != read:
        raise tables.ContractError(f"the ledger holds {dict(held)} raw records, read were {dict(read)}")
    return dict(read)


def panel_counts(
    results: pd.DataFrame,
    attempts: pd.DataFrame,
    curves: pd.DataFrame,
    dropped_standards: pd.DataFrame,
    checks: Iterable[tuple[str, str, str]],
    ledger: pd.DataFrame,
    judged: Mapping[tuple[str, bool, str], int],
) -> dict[str, dict]:
    """One dict per panel, in order of name: what was assayed, fitted, judged and found.

    `checks` has a key (panel, criteria set, version) for each that was used, `judged` counts evaluations of acceptance rules
    by (panel, whether required, verdict), `ledger` is the `ledger_counts` table.

    `analytes` maps each analyte to its reportable results, how many lie below and above the limits, and its LLOQ range.
    """
    panels = sorted(set(ledger["panel"]) | set(results["panel"].dropna()))
    frames = (results, attempts, curves, dropped_standards[dropped_standards["dropped"]], ledger)
    sets = {panel: [(name, version) for own, name, version in checks if own == panel] for panel in panels}
    return {
        panel: _panel(sets[panel], *(frame[frame["panel"] == panel] for frame in frames))
        | {"unproven": judged.get((panel, True, "NOT_EVALUABLE"), 0)}
        for panel in panels
    }


def _panel(criteria_sets, results, attempts, curves, dropped, ledger):
    fitted = curves[curves["status"] != "not_fitted"]
    reportable = results[results["status"].isin(tables.REPORTED)]
    judged = attempts.drop_duplicates(["plate", "analyte"])
    return {
        "batches": int(ledger["batch"].nunique()),
        "plates": int(ledger["plate"].nunique()),
        "kit_lots": sorted(set(attempts["kit_lot"].dropna()) - {""}),
        "samples": int(results.loc[results["plate"].notna(), "sample_id"].nunique()),
        "models": tally(fitted["model"].dropna()),
        "weights": tally(fitted["weights"].dropna()),
        "exponents": sorted({round(float(value), 3) for value in fitted["variance_exponent"].dropna()}),
        "detection_rules": tally(fitted.loc[fitted["lod"].notna(), "detection_rule"]),
        "limit_rules": tally(attempts["lloq_rule"].dropna()),
        "standards_dropped": len(dropped),
        "criteria_sets": criteria_sets,
        "verdicts": tally(judged["verdict"]),
        "dilutions": sorted(set(attempts["dilution"].dropna())),
        "repeated": int((results["n_attempts"] > 1).sum()),
        "analytes": {analyte: _analyte(rows) for analyte, rows in reportable.groupby("analyte", sort=True)},
    }


def _analyte(rows):
    limits = {}
    for name, column in (("lod", "lod"), ("lloq", "lloq_applied")):
        known = rows[column].dropna()
        limits |= {f"{name}_{end.__name__}": float(end(known)) if len(known) else None for end in (min, max)}
    return {
        "results": len(rows),
        "below": int(rows["status"].isin(tables.BELOW).sum()),
        "above": int((rows["status"] == "above_uloq").sum()),
        **limits,
        "unit": rows["unit"].iloc[0],
    }


def tally(series: pd.Series) -> dict[str, int]:
    """How often each value occurs, by name."""
    return {str(name): int(count) for name, count in sorted(series.value_counts().items())}
