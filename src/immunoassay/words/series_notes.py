"""The lines under figures of variables over the visits: what is drawn of whom, and by which method, from what is drawn alone."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.study.course_names import NO_COURSE
from immunoassay.tables import CENSORED, in_log2, is_log2
from immunoassay.words import terms
from immunoassay.words.code_words import CENTRES, INTERVALS
from immunoassay.words.language import said

ABSENT = {"withdrawn": "withdrawn", "retreated": "retreated", "no_result": "no result"}
NAMED = 8  # people or panels that are named one by one; of more the number is said
BEYOND = 30  # how far a logarithmic axis goes on above and below the values, as a ratio
NOTHING = ("none", "baseline")  # codes of methods that say there is nothing


def absent(codes: Mapping[str, str], named: bool) -> str:
    """Who has no result and why: "P05, P06: retreated", or "2 retreated" where they may not be named or are many.

    `codes`: the reason of every person (clinical.absence).
    """
    found = []
    for code, word in ABSENT.items():
        people = sorted(person for person, own in codes.items() if own == code)
        if people:
            each = f"{', '.join(people)}: {word}" if named and len(people) <= NAMED else f"{len(people)} {word}"
            found.append(each)
    return said("; ".join(found))


def series(table: pd.DataFrame, lead: str, spread: str) -> str:
    """What line and spread show and how they were estimated, whose they are, counts, limits and marks (figures.series)."""
    summary = table[table["layer"] == "summary"]
    known = summary[summary["y_status"] == "value"]
    line = methods(known, "centre_method_code", CENTRES)
    parts = [f"{lead}: {line}"] if line else []
    bounded = known[known[["low", "high"]].notna().all(axis=1)]
    if len(bounded):
        parts.append(f"{spread}: 95 % confidence interval ({methods(bounded, 'interval_method_code', INTERVALS)})")
    text = [f"{'; '.join(parts)}."] if parts else []
    if _goes_on(table, bounded):
        text.append("Arrow: the interval goes on.")
    text.append(changing(table))
    text.append("n: results at the visit.")
    if (table["layer"] == "participant").any():
        grouped = summary["participant_group"].notna().any()
        text.append("Thin: participants, in the colour of their group." if grouped else "Grey: participants.")
    text += [axes(table), limits(table), course(summary)]
    empty = summary["participant_group"].notna() & (summary["n"] == 0)  # of a group: its n says it
    if (~empty & (summary["y_status"] == "not_estimable")).any():
        text.append("n.e.: not estimable.")
    return " ".join(filter(None, text))


def _goes_on(table, bounded):
    """Whether an interval has no end, or none on its axis."""
    ends = bounded[["low", "high"]].astype(float)
    heights = table[table["y"] > 0].groupby("variable")["y"].agg(["min", "max"])
    low, high = (bounded["variable"].map(heights[name]).astype(float) for name in ("min", "max"))
    off = (ends["low"] < low / BEYOND) | (ends["high"] > high * BEYOND)
    return bool(np.isinf(ends).any().any() or (off & (bounded["scale"] == "log")).any())


def methods(rows: pd.DataFrame, column: str, names: Mapping[str, str]) -> str:
    """What the codes of a column are called, the most frequent first and each other with its panels and visits.

    `rows` are those drawn, with label, visit_label and x.
    """
    rows = rows[rows[column].notna() & ~rows[column].isin(NOTHING)]
    codes = list(rows[column].value_counts(sort=True).index)
    if len(codes) < 2:
        return "".join(names[code] for code in codes)
    found = [names[codes[0]]]
    for code in codes[1:]:
        places = []
        for label, own in rows.groupby("label", sort=False):
            hit = own[own[column] == code].drop_duplicates("x").sort_values("x")
            if len(hit):
                whole = (own[column] == code).all()
                places.append(str(label) if whole else f"{label} ({', '.join(hit['visit_label'])})")
        found.append(f"{names[code]}: {some(places, 'panels')}")
    return "; ".join(found)


def changing(table: pd.DataFrame) -> str:
    """Where the people behind the lines change and who is missing, or who was left out so that they do not; "" where neither."""
    out = table[table["layer"] == "unmatched"]
    if len(out):
        listed = "; ".join(_of_panels(out, table, [None] * len(out)))
        return f"Only participants with a result at every visit of a panel; not drawn: {listed}."
    if not table["changed"].fillna(False).any():
        return ""
    gone = table[table["layer"] == "absent"].sort_values("x", kind="stable")
    listed = _of_panels(gone, table, gone["visit_label"])
    more = f"; and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return f"Thin dashes: up to a visit with other participants than before ({'; '.join(listed[:NAMED])}{more})."


def _of_panels(rows, table, visits):
    """The words of rows, each once with its visits, and with its panels where it is not true of all."""
    every = set(table.loc[table["layer"] == "summary", "label"])
    at: dict = {}
    for words, visit, label in zip(rows["words"], visits, rows["label"], strict=True):
        at.setdefault((visit, words), []).append(label)
    together: dict = {}
    for (visit, words), labels in at.items():
        together.setdefault((words, tuple(dict.fromkeys(labels))), []).append(visit)
    found = []
    for (words, labels), own in together.items():
        where = " and ".join(dict.fromkeys(visit for visit in own if visit))
        panels = "" if set(labels) == every else some(labels, "panels")
        lead = f"{where}, {panels}" if where and panels else where or panels
        found.append(f"{lead} \N{EN DASH} {words}" if lead else words)
    return found


def limits(table: pd.DataFrame) -> str:
    """How many results lie beyond their limits, and how lines, bands and open marks show it."""
    summary = table[table["layer"] == "summary"]
    marks = table[table["y"].notna() & table["layer"].isin(["summary", "participant"])]
    text = []
    if summary["n_below"].sum():
        text.append(f"{below(summary, marks['y_status'].isin(CENSORED).any())}.")
    if (marks.loc[marks["layer"] == "summary", "y_status"] == "below_lloq").any():
        text.append("Open triangle: the centre is below it.")
    if summary["n_above"].sum():
        share = f"{int(summary['n_above'].sum())} of {int(summary['n'].sum())}"
        text.append(f"Above the ULOQ: {share} results, drawn open at the ULOQ.")
    lined = summary[(summary["quantity"] == "value") & (summary["part"].fillna("") != "C")]
    lined = lined[lined.groupby("variable")["n_below"].transform("sum") > 0].dropna(subset=["lloq_max"])
    if len(lined):
        text.append(dotted(lined))
    return " ".join(text)


def dotted(rows: pd.DataFrame) -> str:
    """What the dotted line at a limit is, and the band around it where it differs; `rows` with unit, lloq_min, lloq_max."""
    ends = rows.groupby("variable")[["lloq_min", "lloq_max"]].agg({"lloq_min": "min", "lloq_max": "max"})
    name = limit(rows["unit"])
    band = (ends["lloq_min"] < ends["lloq_max"]).any()
    return f"Dotted: the highest {name}; grey band: from the lowest to the highest." if band else f"Dotted: {name}."


def axes(table: pd.DataFrame) -> str:
    """Which axes are logarithmic."""
    scales = table[table["layer"] == "summary"].drop_duplicates("variable")
    log = scales.loc[scales["scale"] == "log", "label"]
    if log.empty:
        return ""
    return "Log axis." if len(log) == len(scales) else f"Log axis: {some(log, 'panels')}."


def below(rows: pd.DataFrame, drawn: bool = True) -> str:
    """How many results lie below their limits, and, where they are `drawn`, how; `rows` with n, n_below, lloq_max, unit."""
    parts = []
    for logarithms in (False, True):
        own = rows[in_log2(rows["unit"]) == logarithms]
        few = own[own["n_below"].fillna(0) > 0]
        if len(few):
            name = limit(few["unit"])
            place = "as they were delivered" if logarithms and few["lloq_max"].isna().all() else f"at the {name}"
            share = f"{int(few['n_below'].sum())} of {int(own['n'].sum())} results"
            counts = few.groupby("label", sort=False)["n_below"].sum()
            if own["label"].nunique() > 1 and len(counts) <= NAMED:
                share += f" ({', '.join(f'{label} {int(count)}' for label, count in counts.items())})"
            parts.append(f"elow the {name}: {share}" + (f", drawn open {place}" if drawn else ""))
    return "B" + "; b".join(parts)


def limit(units: Iterable) -> str:
    """What the lower limits of results in these units are called."""
    return " or ".join(sorted({"LOD" if is_log2(unit) else "LLOQ" for unit in units}, reverse=True))


def course(rows: pd.DataFrame) -> str:
    """The treatment courses of rows, "" without treatment."""
    names = sorted(set(rows["course"].dropna()) - {NO_COURSE})
    return terms.capital(f"{' and '.join(terms.course(name) for name in names)}.") if names else ""


def some(names: Iterable[Any], what: str) -> str:
    """The names, or how many there are of `what` where they are many."""
    names = list(names)
    return ", ".join(map(str, names)) if len(names) <= NAMED else f"{len(names)} {what}"
