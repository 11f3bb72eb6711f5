"""Of whom a summary is at each visit: a line over people who change is not a course, so it is known where they do."""

from collections.abc import Iterator

import pandas as pd
from immunoassay.clinical import absence
from immunoassay.statistics.pairs import with_all
from immunoassay.tables import REPORTED
from immunoassay.words import series_notes

KEYS = ["variable", "participant_group"]


def seen(rows: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """The observations that have a result of the `quantity` (value, or a column such as change)."""
    return rows[rows["status"].isin(REPORTED) & (rows[quantity].notna() if quantity != "value" else True)]


def matched(rows: pd.DataFrame) -> pd.DataFrame:
    """The observations of one course of who has a result at every visit, of each group of participants for itself."""
    names = rows["participant_group"].dropna().unique()
    return pd.concat([with_all(rows[rows["participant_group"] == name]) for name in names] or [with_all(rows)])


def changed(rows: pd.DataFrame, summary: pd.DataFrame) -> list[bool | None]:
    """Of every row of `summary` (variable, participant_group, visit) whether other people are behind it than behind the visit
    before; None at the first. `rows`: the observations with a result, with the place `x` of their visit.
    """
    found: dict = {}
    for key, visits in _visits(rows):
        people = list(visits.values())
        found |= {(*key, visit): None if not i else people[i] != people[i - 1] for i, visit in enumerate(visits)}
    keys = zip(summary["variable"], summary["participant_group"].fillna(""), summary["visit"], strict=True)
    return [found.get(key) for key in keys]


def absent(
    rows: pd.DataFrame,
    visits: pd.DataFrame,
    courses: pd.DataFrame,
    events: pd.DataFrame,
    named: bool,
    together: bool = False,
) -> pd.DataFrame:
    """A row (KEYS, visit, layer, n, words) where somebody who has a result of a variable at another visit has none at this one.

    `words` name them with the reason, or count them where `named` is false. `together`: one row of a variable for all its
    visits (layer `unmatched`, no visit), with the reason at the last one.
    """
    why = absence.reasons(visits, courses, events).to_dict()
    found = []
    for key, there in _visits(rows):
        everybody = frozenset().union(*there.values())
        missing = [(visit, person) for visit, people in there.items() for person in sorted(everybody - people)]
        codes: dict[str | None, dict[str, str]] = {}
        for visit, person in missing:
            codes.setdefault(None if together else visit, {})[person] = why.get((person, visit), "no_result")
        layer = "unmatched" if together else "absent"
        found += [(*key, visit, layer, len(own), series_notes.absent(own, named)) for visit, own in codes.items()]
    return pd.DataFrame(found, columns=[*KEYS, "visit", "layer", "n", "words"]).replace("", None)


def _visits(rows) -> Iterator[tuple[tuple[str, str], dict[str, frozenset[str]]]]:
    """((variable, group), {visit: people with a result}) with the visits in order."""
    ordered = rows.assign(participant_group=rows["participant_group"].fillna("")).sort_values("x", kind="stable")
    for key, own in ordered.groupby(KEYS, sort=True):
        yield key, {visit: frozenset(part["participant"]) for visit, part in own.groupby("visit", sort=False)}
