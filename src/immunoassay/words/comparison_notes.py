"""The lines under the figures of groups, and the words on their panels."""

import pandas as pd
from immunoassay.words import terms
from immunoassay.words.code_words import ADJUSTMENTS, CENTRES, INTERVALS
from immunoassay.words.language import said
from immunoassay.words.number_words import number, probability, with_interval
from immunoassay.words.sentences import several
from immunoassay.words.series_notes import methods

# the test in few words, of panels and lines
SHORT = {
    "welch_t": "Welch's t",
    "welch_permuted_all": "permuted Welch's t",
    "welch_permuted_drawn": "permuted Welch's t",
    "hc2_t": "ANCOVA, t",
    "freedman_lane_all": "ANCOVA, permuted",
    "freedman_lane_drawn": "ANCOVA, permuted",
    "likelihood_ratio_t": "censored regression",
    "changes_t": "censored pairs, t",
    "residuals_permuted_all": "censored, permuted",
    "residuals_permuted_drawn": "censored, permuted",
    "rank_sum_all": "rank sum",
    "rank_sum_drawn": "rank sum",
    "rank_sum_recensored_all": "rank sum",
    "rank_sum_recensored_drawn": "rank sum",
    "kruskal_wallis_all": "Kruskal-Wallis",
    "kruskal_wallis_drawn": "Kruskal-Wallis",
    "f": "ANCOVA, F",
    "freedman_lane_f_all": "ANCOVA, permuted F",
    "freedman_lane_f_drawn": "ANCOVA, permuted F",
    "likelihood_ratio_f": "censored regression",
    "residuals_permuted_f_all": "censored, permuted F",
    "residuals_permuted_f_drawn": "censored, permuted F",
}
QUANTITIES = {"value": "values", "change": "changes from baseline", "adjusted": "adjusted values"}


def p_line(p: float, method: str) -> str:
    """The p of a panel with its test in few words; "" without one."""
    return "" if pd.isna(p) else said(f"{probability(p)} ({SHORT[method]})")


def p_value(p: float) -> str:
    """A p value alone; a dash without one."""
    return said("–" if pd.isna(p) else "<0.0001" if p < 0.0001 else f"{p:.2g}")


def ratio_text(row: dict) -> str:
    """Estimate with its limits, or the bound, of a line of the forest."""
    low, high, estimate = row["low"], row["high"], row["estimate"]
    known = (pd.notna(low) or row["low_open"]) and (pd.notna(high) or row["high_open"])
    if not known:
        text = "–" if pd.isna(estimate) else number(estimate)
    elif pd.isna(estimate):
        text = f"≤ {number(high)}" if row["low_open"] else f"≥ {number(low)}"
    elif row["low_open"] or row["high_open"]:
        text = f"{number(estimate)} ({f'≤ {number(high)}' if row['low_open'] else f'≥ {number(low)}'})"
    else:
        text = with_interval(estimate, low, high)
    return said(text)


def panels(table: pd.DataFrame) -> str:
    """Under the panels of groups."""
    centres, tests = table[table["layer"] == "group"], table[table["layer"] == "test"]
    known = centres[centres["y_status"] == "value"].rename(columns={"level": "visit_label"})
    bounded = known[known[["low", "high"]].notna().all(axis=1)]
    parts = [f"Filled: {methods(known, 'centre_method_code', CENTRES)}"] if len(known) else []
    if len(bounded):
        parts.append(f"bars: 95 % confidence interval ({methods(bounded, 'interval_method_code', INTERVALS)})")
    text = [f"{'; '.join(parts)}."] if parts else []
    if (table["layer"] == "participant").any():
        text.append("Grey: participants.")
    if centres["n_below"].fillna(0).sum():
        text.append("Open: below the limit, drawn at it; an open triangle: the centre is below it.")
    if (centres["y_status"] == "not_estimable").any():
        text.append("n.e.: not estimable.")
    if tests["p"].notna().any():
        reference = tests["reference"].iloc[0]
        text.append(f"p of the values at the visit, not adjusted for other tests; p under a group: beside {reference}.")
    return said(" ".join(text))


def ratios(table: pd.DataFrame) -> str:
    """Under the forest."""
    first = table.iloc[0]
    level = f"{first['level']} " if table["level"].nunique() == 1 else ""
    beside = f"{level}beside {first['reference']}; 95 % intervals."
    text = [f"{first['factor']}: {QUANTITIES[first['quantity']]} at {first['visit']}, {beside}"]
    if (table["low_open"] | table["high_open"]).any():
        text.append("An arrow: the interval goes on, or the data give a bound only.")
    known = [each for cell in table["covariates"].dropna() for each in cell.split(", ")]
    if known:
        text.append(f"Adjusted for {several(sorted(set(known)))}.")
    tested = table[table["p_adjusted"].notna()]
    if len(tested):
        how = several(sorted({ADJUSTMENTS[code] for code in tested["adjusted_method_code"].dropna()}))
        text.append(f"p: raw; in brackets adjusted within its block ({how}); filled: adjusted p < 0.05.")
    elif table["p"].notna().any():
        text.append("p: raw, descriptive.")
    return said(" ".join(text))


def family(group: str, size: float) -> str:
    """Heading of a block of the forest."""
    name = terms.capital(terms.group(str(group)))
    return said(name if pd.isna(size) else f"{name}, family of {int(size)}")


def scale(measure: str, unit: str, reference: str) -> str:
    """What the axis of the forest shows."""
    if measure == "ratio":
        return said(f"Ratio to {reference}")
    return said(f"Difference from {reference}, {unit}")
