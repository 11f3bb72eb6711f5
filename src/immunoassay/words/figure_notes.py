"""The lines under the figures of the study, of its biomarkers and of associations, and the words in their tables.

Each takes the table of its figure, with the codes of the statistics in it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from immunoassay.study.course_names import NO_COURSE
from immunoassay.tables import BELOW, in_log2
from immunoassay.words import series_notes, terms
from immunoassay.words.association_words import LOWER_LIMITS, short
from immunoassay.words.code_words import QUANTILES, plain
from immunoassay.words.component_words import left_out
from immunoassay.words.language import said
from immunoassay.words.number_words import number

MCID = "minimal clinically important difference"
# estimate -> its name, and the sign before its number in a cell
STATISTICS = {
    "tau_b": ("Kendall tau-b", "\N{GREEK SMALL LETTER TAU} "),
    "correlation_of_logarithms": ("correlation r of logarithms", ""),
    "repeated_measures_adjusted": ("correlation r", ""),
    "concordance_adjusted": ("concordance C of visits", "C "),
}
SHORT_STATISTICS = {
    "tau_b": "Kendall tau-b",
    "correlation_of_logarithms": "correlation r",
    "repeated_measures_adjusted": "correlation r",
    "concordance_adjusted": "concordance C",
}
ADJUSTMENTS = {
    "max_t_permuted": "max-T",
    "min_p_permuted": "min-p",
    "permuted_in_part": "max-T or min-p",
    "false_discovery_rate": "false discovery rate",
}
ASKED = {"baseline": "baseline", "change_change": "change", "within_participant": "within participants"}
NOTHING = {
    "figure_1a": "No treatment course to draw.",
    "figure_2": "No score has anything to draw.",
    "figure_3": "Nothing is drawn for single participants.",
    "figure_4": "Nobody has a result of these analytes at both visits.",
    "figure_5": "No antibody of this figure has anything to draw.",
    "figure_6": "No analyte of this figure has anything to draw.",
    "figure_associations": "No association with a score of this figure could be calculated.",
    "figure_courses": "No groups are compared.",
    "figure_profile": "No principal components.",
    "figure_waterfall": "Nobody has a change of a score of this figure at the visit.",
    "figure_survival": "Nobody is followed beyond day 1.",
    "figure_titres": "No antibody of this figure has a result.",
    "figure_roc": "No ROC curve could be drawn.",
    "figure_curves": "No plate of this kit has a standard or a curve.",
    "figure_groups": "No variable of this figure has a result to compare.",
    "figure_ratios": "No comparison of this figure has an estimate or a bound.",
    "figure_controls": "No control of this kit has an expected concentration and a value.",
    "figure_limits": "No accepted plate of this kit has standards or controls with an expected concentration.",
}


def nothing(figure: str) -> str:
    """Why the figure is not drawn."""
    return said(NOTHING[figure])


def page(number: int, count: int) -> str:
    """Which of the pages of a figure this is, "" of a figure of one."""
    return said(f"Page {number} of {count}." if count > 1 else "")


def no_page(number: int, count: int) -> str:
    """A page that the sheets planned, of a figure whose panels are all on the `count` pages before."""
    return said(
        f"Nothing is left for page {number}: all there is to draw is on {'page 1' if count == 1 else f'pages 1 to {count}'}."
    )


def without_values(labels: Sequence[str]) -> str:
    """Which analytes or scores have no panel, "" where all have one."""
    return said(f"No usable result, not drawn: {', '.join(labels)}." if labels else "")


def without_pairs(labels: Sequence[str]) -> str:
    """Which analytes have no panel because nobody has a result at both visits, "" where all have one."""
    return said(f"Nobody has a result at both visits, not drawn: {', '.join(labels)}." if labels else "")


def difference() -> str:
    """What the line of the change that matters is."""
    return said(MCID)


def schema(table: pd.DataFrame, strokes: bool = False) -> str:
    """Under Figure 1A, of what is drawn; `strokes`: some marks are strokes, because they would not fit side by side."""
    treated = table["course"].notna().any()
    of_kinds = {
        "infusion": "triangle: infusion (median day)",
        "visit": "circle: planned visit, grey bar: its window",
        "relapse": "cross: relapse",
        "start": "orange bar: first doses of the next course",
    }
    shown = "; ".join(words for kind, words in of_kinds.items() if (table["kind"] == kind).any())
    first = (
        "of each course count from its first dose" if treated else "count from the baseline visit of each participant"
    )
    crowd = " Strokes: triangles or crosses too many to stand side by side." if strokes else ""
    return said(f"Days {first} (day 1). {shown[:1].upper()}{shown[1:]}.{crowd} n: participants.")


def flow() -> str:
    """Under Figure 1B."""
    return said("n: participants. Blue: part of the analysed set.")


def scores(table: pd.DataFrame) -> str:
    """Under Figure 2."""
    change = (table["quantity"] == "change").any()
    mark = f"Red dashes: {MCID} (MCID), where settled." if change else ""
    return said(" ".join(filter(None, [series_notes.series(table, "Line", "band"), mark])))


def group_courses(table: pd.DataFrame, left_out: Sequence[str]) -> str:
    """Under the figure of the courses of groups; `left_out`: labels of the variables that have no panel."""
    what = {"ratio": "geometric mean ratio to", "difference": "mean difference from", "change": "mean change from"}
    used = [words for code, words in what.items() if (table["quantity"] == code).any()]
    parts = [f"Points: {' or '.join(used)} baseline in the participants of a group with both results"]
    parts.append("bars: 95 % confidence interval, of the group alone: groups are compared in the tables")
    bounds = table["y_status"].isin(["at_most", "at_least"]).any()
    parts += ["open triangles: with results below the LLOQ only a bound is known"] if bounds else []
    parts += ["n.e.: not estimable"] if (table["y_status"] == "not_estimable").any() else []
    others = table["changed"].fillna(False).any()
    parts += ["thin dashes: up to a visit with other participants of the group than before"] if others else []
    more = f" Not drawn, without an estimate: {', '.join(left_out)}." if left_out else ""
    return said(f"{'; '.join(parts)}.{more}")


def axis(table: pd.DataFrame) -> str:
    """Under Figure 6."""
    return said(series_notes.series(table, "Line", "bars"))


def relapsed(relapses: int, members: int, drawn: int, score: str) -> str:
    """How many of the analysed set relapsed, and how many of them cannot be drawn."""
    if not relapses:
        return said(f"No participant of the analysis set (n = {members}) relapsed.")
    text = f"{relapses} of {members} participants of the analysed set relapsed."
    if drawn < relapses:
        text += f" {relapses - drawn} of them have no change of {score} and are not drawn."
    return said(text)


def courses(table: pd.DataFrame) -> str:
    """Under Figure 3, behind what its table says of relapses."""
    first = "each course from its own first dose" if _treated(table) else "from the baseline visit"
    text = [f"Lines: change from baseline of single participants, {first}."]
    if (table["layer"] == "mcid").any():
        text.append(f"Dashed: {MCID} (MCID).")
    if (table["layer"] == "relapse").any():
        text.append("Dash-dotted: relapse, in the colour of its course and on its clock.")
    rules = table[table["layer"] == "value"].drop_duplicates(["course_order", "baseline"])
    for row in rules[rules["course_order"] > 1].sort_values("course_order").to_dict("records"):
        whose = "that of the first course" if row["baseline"] == "first" else "its own"
        text.append(f"Baseline of {terms.course(row['course'])}: {whose}.")
    return said(" ".join(text))


def weeks(table: pd.DataFrame) -> str:
    """What the weeks of Figure 3 count from."""
    return said("Weeks since first dose" if _treated(table) else "Weeks since baseline")


def box(row: Mapping[str, Any]) -> str:
    """What a box of Figure 4 shows; `row` of the summaries of its pairs."""
    limit = series_notes.limit([row["unit"]])
    marks = {"value": "", "below_lloq": f"< {limit} ", "above_uloq": "> ULOQ "}
    stated = {
        name: f"{marks[row[f'{name}_status']]}{number(row[name])}"
        for name in ("median", "q1", "q3", "minimum", "maximum")
        if row[f"{name}_status"] in marks
    }
    if len(stated) < 5:
        return said(f"n = {row['n']}.")
    quartiles = f"quartiles {stated['q1']} to {stated['q3']}, range {stated['minimum']} to {stated['maximum']}"
    return said(f"Median {stated['median']}, {quartiles} {terms.unit(row['unit'])}; n = {row['n']}.")


def cytokines(table: pd.DataFrame, fewest: int) -> str:
    """Under Figure 4; boxes are drawn of `fewest` results or more."""
    boxes, points = table[table["layer"] == "box"], (table["layer"] == "point").any()
    drawn = boxes[(boxes["n"] >= fewest) & (boxes["n_below"] < boxes["n"])]
    text = []
    if len(drawn):
        codes = dict.fromkeys(drawn["quantile_method_code"].dropna())
        how = "; ".join(QUANTILES[code] for code in codes)
        text.append(f"Thick line: median; box: quartiles ({how}); bars: minimum and maximum.")
    if (boxes["n"] < fewest).any():
        text.append(
            f"No box of fewer than {fewest} results" + ("." if points else ": line: median; bars: minimum and maximum.")
        )
    text.append("Participants with a result at both visits.")
    text += ["Points: participants."] if points else []
    text.append(_axes(boxes["unit"]))
    if boxes["n_below"].sum():
        text.append(f"{series_notes.below(boxes, points)}.")
    ended = drawn[[f"{name}_status" for name in ("minimum", "q1", "median", "q3")]]
    if (ended == "below_lloq").any().any():
        text.append("Arrow at the limit: box or bar goes on below it; no thick line: the median is below it.")
    if boxes["n_above"].sum():
        share = f"{int(boxes['n_above'].sum())} of {int(boxes['n'].sum())}"
        text.append(
            f"Above the ULOQ: {share} results, drawn open at the ULOQ; what ends there with an arrow, or a box without an"
            " outline, goes on above it."
        )
    limited = boxes.dropna(subset=["lloq_max"])
    text += [series_notes.dotted(limited)] if len(limited) else []
    text += [_across_lots(boxes), series_notes.course(boxes)]
    return said(" ".join(filter(None, text)))


def _across_lots(boxes):
    """Which analytes have pairs of two kit lots, "" where none has; `boxes` of Figure 4."""
    rows = boxes[boxes["n_across_lots"].fillna(0) > 0].drop_duplicates("variable")
    named = zip(rows["label"], rows["n_across_lots"], rows["n"], strict=True)
    shares = "; ".join(f"{label} {across} of {n}" for label, across, n in named)
    return f"Participants whose two results are of two kit lots: {shares}." if shares else ""


def detectable(label: str, statuses: pd.Series) -> str:
    """How many participants of Figure 5A had a quantified baseline; `statuses`: one per participant."""
    counts = statuses.value_counts().sort_index()
    others = [f"{count} {plain(code)}" for code, count in counts.items() if code != "quantified"]
    text = f"{label}: {int(counts.get('quantified', 0))} of {len(statuses)} participants quantified at baseline"
    return said(f"{text} ({', '.join(others)})." if others else f"{text}.")


def antibodies(drawn: pd.DataFrame) -> str:
    """Under Figure 5; `drawn`: the rows of its table that are drawn."""
    parts = []
    if (drawn["part"] == "A").any():
        parts.append("A: participants with a detectable (quantified) baseline.")
        if drawn["y_status"].isin(BELOW).any():
            units = drawn.loc[drawn["y_status"].isin(BELOW), "unit"]
            parts.append(f"Open triangle: the value is below the {series_notes.limit(units)}, the change at most this.")
        own = drawn[drawn["part"] == "A"]
        middle = own[own["layer"] == "summary"]
        parts += [_middle(middle, own["participant_group"].notna().any())] if len(middle) else []
    for part, lead in (("B", "B: line"), ("C", "C: line")):
        own = drawn[drawn["part"] == part]
        if len(own):
            parts.append(series_notes.series(own, lead, "bars"))
    classes = drawn[(drawn["part"] == "C") & (drawn["layer"] == "summary")]
    if (classes.groupby("variable")["n_below"].sum() == classes.groupby("variable")["n"].sum()).any():
        parts.append(f"Dotted: {series_notes.limit(classes['unit'])} of a class of which every result is below it.")
    if len(classes) and drawn["participant_group"].notna().any():
        parts.append("C: participants of all groups together.")
    return said(" ".join(parts))


def _middle(rows, grouped):
    """What the thick line of Figure 5A is, with the `rows` it is of; `grouped`: participants are in groups."""
    of = ", of all groups together," if grouped else ""
    bounds = rows["y_status"].isin([*BELOW, "above_uloq"]).any()
    text = [f"Grey: single participants; thick line: their median{of} at each visit (n below it)"]
    text += ["a blue open triangle where it is only bounded"] if bounds else []
    text += ["n.e.: not estimable"] if (rows["y_status"] == "not_estimable").any() else []
    text += (
        ["thin dashes: up to a visit with other participants than before"]
        if rows["changed"].fillna(False).any()
        else []
    )
    return f"{'; '.join(text)}."


def all_below(rows: pd.DataFrame) -> str:
    """Which classes have no panel because every result is below the limit, "" where all have one; `rows` of their summaries."""
    found = []
    for label, own in rows.groupby("label", sort=False):
        limit, at = (
            series_notes.limit(own["unit"]),
            f"{number(own['lloq_max'].max())} {terms.unit(own['unit'].iloc[0])}",
        )
        found.append(f"{label}, all {int(own['n'].sum())} results below the {limit} ({at})")
    return said(f"Not drawn: {'; '.join(found)}." if found else "")


def adjustments() -> dict[str, str]:
    """What the adjustments of the heat map are called, by code."""
    return {code: said(name) for code, name in ADJUSTMENTS.items()}


def associations(table: pd.DataFrame, letters: dict) -> str:
    """Under the heat map; `letters` maps the reason codes of cells without an estimate to their letters."""
    tested = table[table["adjusted"].notna()]
    limits = {LOWER_LIMITS[code] for code in table["lower_limit_code"].dropna() if code != "none"}
    text = ["Cell: estimate; n participants" + (f"; share of results below the {_or(limits)} (%)." if limits else ".")]
    used = [STATISTICS[code] for code in STATISTICS if (table["estimate_method_code"] == code).any()]
    signs = dict.fromkeys(sign for _, sign in used)
    named = {sign: " or ".join(name for name, own in used if own == sign) for sign in signs}
    text += (
        [f"{sign.strip() or 'Estimates without a symbol'}: {name}." for sign, name in named.items()]
        if len(used) > 1
        else []
    )
    if len(tested):
        how = "; ".join(ADJUSTMENTS[code] for code in dict.fromkeys(tested["adjustment_code"].dropna()))
        sizes = sorted(set(tested["family_size"].dropna()))
        size = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}" if sizes else "?"
        asked = ", ".join(ASKED[question] for question in dict.fromkeys(tested["question"]))
        text.append(f"Outlined: adjusted p < 0.05 ({how}, families of {size} tests; question: {asked}).")
        if tested["question"].nunique() < table["question"].nunique():
            text.append("The other blocks are descriptive.")
    text.append(
        "Within participants: participant and visit effects removed, so the course everybody shares is no association."
    )
    text += [f"NA ({letter}): {short(code)}." for code, letter in letters.items()]
    return said(" ".join(text))


def _or(limits):
    return " or ".join(sorted({name for each in limits for name in each.split(" or ")}))


def no_association(table: pd.DataFrame) -> str:
    """Why no cell of the heat map has an estimate: each reason with its cells."""
    counts = table["reason_code"].value_counts(sort=False)
    why = "; ".join(f"{short(code)} ({count} of {len(table)})" for code, count in counts.items())
    return said(
        f"{NOTHING['figure_associations']} Biomarker and score: {why}." if why else NOTHING["figure_associations"]
    )


def profile(table: pd.DataFrame, scores: pd.DataFrame) -> str:
    """Under the principal components; `scores`: the rows of its table of participants."""
    what = {"value": "log values", "change": "changes of log values from baseline"}[table["quantity"].iloc[0]]
    text = [f"Principal components of {what}, standardised. A component below the noise shows nothing."]
    if len(scores):
        text.append(f"Open: first visit; filled: last visit; n = {scores['participant'].nunique()} participants.")
    for code, out in table[table["layer"] == "left_out"].groupby("reason_code", sort=False):
        shares = [f" ({100 * share:.0f} %)" if share > 0 else "" for share in out["share_below"].fillna(0)]
        named = ", ".join(f"{name}{share}" for name, share in zip(out["label"], shares, strict=True))
        text.append(f"Left out, {left_out(str(code))}: {named}.")
    return said(" ".join(text))


def _axes(units):
    """What the axes of values in these units are."""
    logarithms = sorted(set(units[in_log2(units)]))
    if not logarithms:
        return "Log axis."
    text = f"{' and '.join(logarithms)}: logarithms to base 2, on linear axes."
    return text if in_log2(units).all() else f"Log axis. {text}"


def _treated(rows):
    """Whether any row is of a treatment course."""
    return bool(set(rows["course"].dropna()) - {NO_COURSE})
