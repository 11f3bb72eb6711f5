"""Which figures a study will have, decided from its sheets alone, and why it will not have the others.

What only results can tell is said by the figure itself: it is made, with a sentence in the place of axes.
"""

from collections.abc import Iterator

from immunoassay.study import rule_rows
from immunoassay.study.load import Study
from immunoassay.words import drawing_words

PARTS_OF_5 = ("figure_5a", "figure_5b", "figure_5c")

POOLED = ("figure_4", "figure_associations", "figure_profile")  # modules that draw groups of participants as one


def planned(study: Study) -> dict[str, str]:
    """{name of the files of a figure: "" where it will be made, else the code of the reason (words.drawing_words)}."""
    return {
        "figure_1a": _schema(study),
        "figure_1b": "" if study.clinical else "no_participants",
        "figure_2": _scores(study),
        "figure_3": _relapses(study),
        "figure_4": _pair(study),
        **{figure: _over_visits(study, figure) for figure in (*PARTS_OF_5, "figure_6")},
        "associations": _no_scores(study) or _no_tubes(study),
        "profile": _no_tubes(study),
        **dict(_quality(study)),
    }


def not_drawn(study: Study) -> list[str]:
    """A text for every figure that will not be made, such as "Figure 3 (no relapse)"."""
    return drawing_words.not_drawn(planned(study), study.choices.groups)


def _schema(study):
    if not study.clinical or not study.members:
        return "no_participants"
    return "" if any(visit.day is not None for visit in study.visits) else "no_days"


def _scores(study):
    if missing := _no_scores(study):
        return missing
    if study.config["figures"]["score_quantity"] == "value":
        return ""
    baselines = {visit.visit for visit in study.visits if visit.baseline}
    later = any(row.visit not in baselines for row in _valued(study))
    return "" if later else "no_later_scores"


def _relapses(study):
    members = set(study.members)
    if not any(each.event == "relapse" and each.participant in members for each in study.events):
        return "no_relapses"
    return _no_scores(study) or _no_people(study)


def _pair(study):
    if missing := _no_analytes(study, "figure_4") or _no_tubes(study):
        return missing
    pair = study.choices.pair
    seen = [{tube.participant for tube in study.first_tubes if tube.visit == visit} for visit in pair]
    if not seen:
        return "one_visit"
    return "" if seen[0] & seen[1] else "nobody_at_both_visits"


def _over_visits(study, figure):
    missing = _no_analytes(study, figure) or _no_tubes(study)
    return missing or (_no_people(study) if figure == "figure_5a" else "")


def _quality(study) -> Iterator[tuple[str, str]]:
    """Figures of every kit with standard curves."""
    counted = {plate.panel for plate in study.plates if plate.include}
    for panel in rule_rows.curve_panels(study):
        for figure in ("curves", "controls", "limits"):
            yield f"{figure}_{panel}", "" if panel in counted else "plates_set_aside"


def _no_analytes(study, figure):
    """Whether no plate that counts can hold an analyte of the groups of a figure."""
    measured = {plate.panel for plate in study.plates if plate.include}
    groups = {each.group for each in study.analytes if each.panel in measured}
    return "" if groups.intersection(study.choices.groups[figure]) else "no_analytes"


def _no_tubes(study):
    return "" if study.first_tubes else "no_tubes"


def _no_scores(study):
    return "" if _valued(study) else "no_scores"


def _no_people(study):
    return "" if study.config["report_participants"] else "people_not_shown"


def _valued(study):
    """Scores of which at least one that is drawn has a value."""
    names = study.choices.scores
    return [row for row in study.first_scores if any(row.scores.get(name) is not None for name in names)]
