"""What a study compares and draws: what its config names, and what follows from its sheets where it names nothing.

Statistics, figures and words take these from one place (`Study.choices`), so that they agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from immunoassay.study.members import Analyte, Panel, Sample, ScoreRow, Visit

# The setting of each figure of groups, and the groups it takes where the setting is empty.
CONVENTIONAL = {
    "figure_5a": ("autoantibody_groups", "autoantibody"),
    "figure_5b": ("antigen_groups", "vaccine"),
    "figure_5c": ("class_groups", "immunoglobulin"),
}
REST = {"figure_4": "cytokine_groups", "figure_6": "axis_groups"}  # these take all groups that no other figure has


@dataclass(frozen=True)
class Choices:
    """`scores` in the order drawn; `relapse_score`, "" without any score; `responder_score`, "" without any that has a minimal
    clinically important difference; `primary_visit`, "" where no visit follows a
    baseline; `pair`, the two visits side by side, or none; `groups` of analytes by figure.
    """

    scores: list[str]
    relapse_score: str
    responder_score: str
    primary_visit: str
    pair: list[str]
    groups: dict[str, list[str]]


def choices(
    config: Mapping[str, Any],
    panels: Sequence[Panel],
    analytes: Sequence[Analyte],
    visits: Sequence[Visit],
    tubes: Sequence[Sample],
    scores: Sequence[ScoreRow],
    scales: Mapping[str, Mapping[str, Any]],
) -> Choices:
    """The choices of a study; `visits` in their order, `tubes` and `scores` of whom is analysed, in the first course."""
    shown = config["figures"]
    valued = list(dict.fromkeys(name for row in scores for name, value in row.scores.items() if value is not None))
    named = shown["scores"] or valued
    groups = groups_of_figures(shown, (each.group for each in analytes))
    kits = {each.panel for each in analytes if each.group in groups["figure_4"]}
    planned = [panel.visits for panel in panels if panel.panel in kits]
    return Choices(
        named,
        shown["relapse_score"] or next(iter(named), ""),
        config["responder"]["score"] or next((name for name in named if scales[name]["mcid"] is not None), ""),
        config["primary_visit"] or _last_planned(visits),
        shown.get("cytokine_visits") or _first_and_last(visits, tubes, planned),
        groups,
    )


def groups_of_figures(shown: Mapping[str, Any], groups: Iterable[str | None]) -> dict[str, list[str]]:
    """{figure: groups of analytes it draws}; `shown` is the section `figures` of the config, `groups` those of the sheet.

    A group belongs to the figures that name it, or to Figure 5A, B or C by its conventional name; Figures 4 and 6, where
    they name none, draw all others.
    """
    known = list(dict.fromkeys(filter(None, groups)))
    found = {figure: shown[key] for figure, key in REST.items()}
    for figure, (key, usual) in CONVENTIONAL.items():
        found[figure] = shown[key]
        if not found[figure] and not any(usual in shown[other] for other in _settings()):
            found[figure] = [usual]
    taken = {group for own in found.values() for group in own}
    rest = [group for group in known if group not in taken]
    return {figure: own or (rest if figure in REST else []) for figure, own in found.items()}


def _settings():
    return [*REST.values(), *(key for key, _ in CONVENTIONAL.values())]


def _last_planned(visits):
    """The last visit, unless it is a baseline."""
    return visits[-1].visit if visits and not visits[-1].baseline else ""


def _first_and_last(visits, tubes, planned):
    """The baseline and the last visit of which there are tubes; `planned`: visits of each kit, none where it is for all."""
    there = {tube.visit for tube in tubes}
    if planned and all(planned):
        there &= {visit for own in planned for visit in own}
    seen = [visit for visit in visits if visit.visit in there]
    first = next((visit for visit in seen if visit.baseline), next(iter(seen), None))
    return [first.visit, seen[-1].visit] if first and first is not seen[-1] else []
