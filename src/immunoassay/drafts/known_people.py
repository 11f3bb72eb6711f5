"""Participants and visits of a delivery, where the study has some already: they are called as there, and come behind them."""

from dataclasses import replace

import pandas as pd
from immunoassay.drafts.draft import Known
from immunoassay.drafts.sample_rows import SampleDraft
from immunoassay.study.similar_names import folded

ASKED_ONCE = ("visits.baseline", "visits.order")  # what the visits of the study answer


def as_known(found: SampleDraft, known: Known) -> tuple[SampleDraft, list[str]]:
    """(the SampleDraft with the names that the study has, notes).

    A name that differs from one of the study in case, dashes or zeros only is that one. New visits come behind those of the
    study, and are no baseline where it has one; a day that does not rise with that order is left empty.
    """
    people, notes = _same(
        found.participants["participant"], known.values("participants", "participant"), "participants"
    )
    visits, more = _same(found.visits["visit"], known.values("visits", "visit"), "visits")
    samples = found.samples.assign(
        participant=found.samples["participant"].replace(people), visit=found.samples["visit"].replace(visits)
    )
    asked = [each for each in found.questions if each.key not in ASKED_ONCE or not known.rows("visits")]
    return replace(
        found,
        samples=samples,
        participants=found.participants.assign(participant=found.participants["participant"].replace(people)),
        visits=_behind(found.visits.assign(visit=found.visits["visit"].replace(visits)), known),
        participant_ids={text: people.get(name, name) for text, name in found.participant_ids.items()},
        visit_ids={text: visits.get(name, name) for text, name in found.visit_ids.items()},
        questions=tuple(asked),
    ), notes + more


def _same(names: pd.Series, there: set[str], what: str) -> tuple[dict[str, str], list[str]]:
    alike = {folded(name): name for name in there}
    same = {name: alike[folded(name)] for name in names if name not in there and folded(name) in alike}
    shown = ", ".join(f"{name} is {other}" for name, other in same.items())
    return same, [f"{what} written otherwise than in the study: {shown}"] if same else []


def _behind(visits: pd.DataFrame, known: Known) -> pd.DataFrame:
    """The visits that the study has not, behind its own."""
    own = known.rows("visits")
    visits = visits[~visits["visit"].isin({row["visit"] for row in own})].drop_duplicates("visit")
    if not own or visits.empty:
        return visits
    last, latest = (
        max(row["order"] for row in own),
        max((row["day"] for row in own if row["day"] is not None), default=None),
    )
    days = ["" if day and latest is not None and int(day) <= latest else day for day in visits["day"]]
    baseline = "no" if any(row["baseline"] for row in own) else visits["baseline"]
    return visits.assign(
        order=[str(last + number) for number in range(1, len(visits) + 1)], day=days, baseline=baseline
    )
