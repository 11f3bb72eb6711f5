"""Which figures are not drawn, and why."""

from collections.abc import Mapping, Sequence

from immunoassay.problems import few
from immunoassay.words.language import said
from immunoassay.words.sentences import several

FIGURES = {
    "figure_1a": "Figure 1A",
    "figure_1b": "Figure 1B",
    "figure_2": "Figure 2",
    "figure_3": "Figure 3",
    "figure_4": "Figure 4",
    "figure_5": "Figure 5",
    "figure_5a": "Figure 5A",
    "figure_5b": "Figure 5B",
    "figure_5c": "Figure 5C",
    "figure_6": "Figure 6",
    "associations": "associations",
    "profile": "profile",
    "waterfall": "waterfall of scores",
    "survival": "times to events",
    "titres": "titres",
    "roc": "ROC curves",
    "groups": "groups by {panel}",
    "ratios": "ratios of groups by {panel}",
    "courses": "courses of groups by {panel}",
    "curves": "standard curves of {panel}",
    "controls": "controls of {panel}",
    "limits": "proposed LLOQs of {panel}",
}
OF_PANELS = ("controls", "limits")  # figures of every panel that may be empty
REASONS = {
    "no_participants": "no participants at visits",
    "no_days": "no visit has a day",
    "no_scores": "no scores",
    "no_later_scores": "no score after the baseline",
    "no_relapses": "no relapse",
    "no_tubes": "no tube of a participant at a visit",
    "one_visit": "tubes of one visit only",
    "nobody_at_both_visits": "nobody has tubes of both visits",
    "no_analytes": "no analyte of {groups}",
    "people_not_shown": "participants are not shown",
    "plates_set_aside": "all plates are set aside",
    "blinded": "blinded",
    "one_group": "one group only",
    "no_events": "no relapse, and no dated response of a score",
    "no_least_difference": "no score with a minimal clinically important difference",
    "no_score_at_primary_visit": "no score at the primary visit",
    "no_antibodies": "no analyte of the groups of Figures 5A and 5B",
    "one_part": "one of its parts only",
    "many_panels": "its parts do not fit on one page",
    "few_participants": "too few participants",
}
NO_GROUP = "no group is left for it"


def not_drawn(reasons: Mapping[str, str], groups: Mapping[str, Sequence[str]]) -> list[str]:
    """A text for every figure with a reason; `reasons`: figures.planned.planned, `groups` of analytes by figure."""
    return [
        said(f"{name_of(figure)} ({why(code, groups.get(figure, ()))})") for figure, code in reasons.items() if code
    ]


def without_data(figures: Sequence[str]) -> list[str]:
    """A text for figures whose tables turned out to be empty, by the names of their files; none for none."""
    parts = [figure.partition("_") for figure in figures]
    shown = [name_of(figure) for figure, (kind, _, _) in zip(figures, parts, strict=True) if kind not in OF_PANELS]
    for kind in OF_PANELS:
        panels = [panel for own, _, panel in parts if own == kind]
        shown += [FIGURES[kind].format(panel=few(panels, 12))] if panels else []
    return [said(f"no data: {', '.join(shown)}")] if shown else []


def together(groups: Sequence[str]) -> str:
    """Said under a figure that shows the participants of several groups as one, "" where there are no groups."""
    return said(f"Participants of the groups {several(groups)} together." if groups else "")


def undivided(factors: Sequence[str]) -> str:
    """Said under a figure that shows the levels of factors as one, "" where nothing is compared."""
    return said(f"Not divided by {several(factors)}." if factors else "")


def name_of(figure: str) -> str:
    """What a figure is called, by the name of its files; of a further page (figure_6.page2) with its number."""
    figure, _, page = figure.partition(".page")
    if page:
        return said(f"{name_of(figure)}, page {page}")
    if figure in FIGURES:
        return FIGURES[figure]
    kind, _, panel = figure.partition("_")
    return FIGURES.get(kind, figure).format(panel=panel)


def why(code: str, groups: Sequence[str] = ()) -> str:
    """Why a figure is not drawn; `groups` of analytes are those it would show."""
    if code == "no_analytes" and not groups:
        return NO_GROUP
    return REASONS[code].format(groups=f"group{'s' * (len(groups) > 1)} {several(groups)}")
