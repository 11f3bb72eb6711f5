"""Participants and visits of a delivery, where the study has some already: they are called as there."""

from dataclasses import replace

import pandas as pd
from immunoassay.drafts.draft import Known
from immunoassay.drafts.sample_rows import SampleDraft
from immunoassay.study.similar_names import folded

ASKED_ONCE = ("visits.baseline", "visits.order")  # what the visits of the study answer


def as_known(found: SampleDraft, known: Known) -> tuple[SampleDraft, list[str]]:
    """(the SampleDraft with the names that the study has, notes).

    A name that differs from one of the study in case, dashes or zeros only is that one.
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
        visits=found.visits.assign(visit=found.visits["visit"].replace(visits)).drop_duplicates("visit"),
        participant_ids={text: people.get(name, name) for text, name in found.participant_ids.items()},
        visit_ids={text: visits.get(name, name) for text, name in found.visit_ids.items()},
        questions=tuple(asked),
    ), notes + more


def _same(names: pd.Series, there: set[str], what: str) -> tuple[dict[str, str], list[str]]:
    alike = {folded(name): name for name in there}
    same = {name: alike[folded(name)] for name in names if name not in there and folded(name) in alike}
    shown = ", ".join(f"{name} is {other}" for name, other in same.items())
    return same, [f"{what} written otherwise than in the study: {shown}"] if same else []
