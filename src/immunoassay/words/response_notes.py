"""The lines under the figures of responders, times to events, antibodies and ROC curves; each takes the table of its figure."""

import pandas as pd
from immunoassay.study.course_names import NO_COURSE
from immunoassay.tables import is_log2
from immunoassay.words import series_notes
from immunoassay.words.code_words import ENDPOINTS
from immunoassay.words.event_words import HALVES
from immunoassay.words.figure_notes import MCID
from immunoassay.words.language import said
from immunoassay.words.number_words import number, probability, stated

SHORT = {
    "few_for_roc": "fewer than 20 participants",
    "one_kind": "all responded, or nobody",
    "constant_baseline": "all values equal or below the highest LLOQ",
}


def waterfall(table: pd.DataFrame) -> str:
    """Under the waterfall of score changes."""
    bars = table[table["layer"] == "bar"]
    visit = bars["visit_label"].iloc[0]
    text = [f"Bars: change from baseline to {visit} of single participants, the greatest improvement to the right."]
    if (table["layer"] == "mcid").any():
        text.append(f"Dashed: {MCID} (MCID).")
    text.append(series_notes.course(bars))
    left = table.loc[table["layer"] == "left_out", "label"]
    text.append(f"Nobody has a change at the visit, not drawn: {', '.join(left)}." if len(left) else "")
    return said(" ".join(filter(None, text)))


def improved(hits: float, n: float, settled: bool) -> str:
    """The count in the legend or above the bars of a level: n, and of those how many responded where that is settled."""
    return said(f"{int(hits)} of {int(n)} responded" if settled else f"n = {int(n)}")


def endpoint(code: str, score: str | None) -> str:
    """What the axis of a Kaplan-Meier curve is."""
    return said(f"Without {ENDPOINTS[code]}" + (f" in {score}" if score else ""))


def half(level: str, cut: float, unit: str) -> str:
    """What a half of a biomarker at baseline is called."""
    return said(f"{HALVES[level]} {number(cut)} {unit}".strip())


def log_rank(p: float) -> str:
    """The p beside a curve, "" without one."""
    return said("" if pd.isna(p) else f"log-rank {probability(p)}")


def weeks(code: str, course: str | None) -> str:
    """What the weeks of a curve count from."""
    if code == "loss_of_response":
        return said("Weeks since response")
    return said("Weeks since baseline" if course in (None, NO_COURSE) else "Weeks since first dose")


def survival(table: pd.DataFrame) -> str:
    """Under the Kaplan-Meier curves."""
    steps = table[table["layer"] == "step"]
    ticks = "; tick: censored" if steps["censored"].fillna(0).sum() else ""
    text = [f"Kaplan\N{EN DASH}Meier curves{ticks}. Above: participants with the event, of all; below: at risk."]
    if (steps["shaded"] & (steps["low"] < steps["high"])).fillna(False).any():
        text.append("Shaded: 95 % limits (log-minus-log).")
    if table["biomarker"].notna().any():
        text.append("Biomarkers at baseline are split at the median of their values.")
    if table["p"].notna().any():
        text.append("Log-rank p: exact, or by drawn permutations, against the first level named.")
    return said(" ".join(text))


def titres(table: pd.DataFrame) -> str:
    """Under the reverse cumulative curves."""
    text = ["Share of participants at or above each value (reverse Kaplan\N{EN DASH}Meier)."]
    counts = table[table["layer"] == "line"]
    if counts["n_below"].fillna(0).sum():
        limit = " or ".join(sorted({"LOD" if is_log2(unit) else "LLOQ" for unit in counts["unit"]}))
        text.append(f"Grey: below the highest {limit}, where the share is not known.")
        text.append(f"Below it: {int(counts['n_below'].sum())} of {int(counts['n'].sum())} results.")
    text.append(series_notes.course(counts))
    left = table.loc[table["layer"] == "left_out", "label"]
    text.append(f"No usable result, not drawn: {', '.join(left)}." if len(left) else "")
    return said(" ".join(filter(None, text)))


def all_below(limit: str) -> str:
    """What a legend says of a line that is not there."""
    return said(f"all < {limit}")


def area(row: dict, confidence: float) -> str:
    """What is printed above a ROC curve; the interval is not broken."""
    estimate, bracket, interval = stated(row["area"], row["low"], row["high"], confidence).partition(" (")
    area = f"AUC {estimate}{bracket}" + interval.replace(" ", "\N{NO-BREAK SPACE}")
    return said(
        "\n".join([area, f"rank sum {probability(row['p'])}", f"{int(row['responders'])} of {int(row['n'])} responded"])
    )


def roc(table: pd.DataFrame) -> str:
    """Under the ROC curves, with what could not be drawn and why."""
    drawn = table[table["layer"] == "area"]
    axes = "Responders at or above a threshold (sensitivity) against others at or above it; diagonal: chance."
    text = [axes] if len(drawn) else []
    if drawn["n_below"].fillna(0).sum():
        text.append("Values below the LLOQ are tied at the highest.")
    if drawn["low"].isna().any():
        text.append("No interval: too few of one kind, or completely separated.")
    left = table[table["layer"] == "left_out"]
    for code in dict.fromkeys(left["reason_code"].dropna()):
        names = list(dict.fromkeys(left.loc[left["reason_code"] == code, "label"]))
        text.append(f"Not drawn, {SHORT[code]}: {', '.join(names)}.")
    return said(" ".join(text))
