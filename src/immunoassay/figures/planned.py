"""Which figures a study will have, decided from its sheets alone, and why it will not have the others.

What only results can tell is said by the figure itself: it is made, with a sentence in the place of axes.
"""

from collections.abc import Iterator

from immunoassay.figures import paging
from immunoassay.statistics.thresholds import FEWEST_OF_ROC
from immunoassay.study import rule_rows
from immunoassay.study.comparisons import RESPONDER
from immunoassay.study.load import Study
from immunoassay.words import drawing_words

PARTS_OF_5 = ("figure_5a", "figure_5b", "figure_5c")
PARTS = {"figure_5": PARTS_OF_5}  # of figures that show several others on one page, whose tables hold their numbers
NEWEST = ("figure_curves",)  # modules of figures whose tables hold the newest plates alone
POOLED = ("figure_4", "figure_associations", "figure_profile")  # modules that draw groups of participants as one
UNDIVIDED = (*POOLED, "figure_2", "figure_5", "figure_6")  # modules that draw all levels of a factor as one
RESPONSES = ("waterfall", "survival", "titres", "roc")
SAID_ALREADY = [
    *((figure, code) for figure in RESPONSES for code in ("no_scores", "no_tubes", "no_events", "no_antibodies")),
    *(("figure_5", code) for code in ("one_part", "many_panels")),
]


def planned(study: Study) -> dict[str, str]:
    """{name of the files of a figure: "" where it will be made, else the code of the reason (words.drawing_words)}."""
    return {
        "figure_1a": _schema(study),
        "figure_1b": "" if study.clinical else "no_participants",
        "figure_2": _scores(study),
        "figure_3": _relapses(study),
        "figure_4": _pair(study),
        **{figure: _over_visits(study, figure) for figure in (*PARTS_OF_5, "figure_6")},
        "figure_5": _parts(study),
        "associations": _no_scores(study) or _no_tubes(study),
        "profile": _no_tubes(study),
        **dict(_of_groups(study)),
        "waterfall": _waterfall(study),
        "survival": "" if study.clinical and endpoints(study) else "no_events",
        "titres": _titres(study),
        "roc": _roc(study),
        **dict(_quality(study)),
    }


def pages(study: Study) -> dict[str, int]:
    """{name of the files of a figure: how many pages it has}, of figures of panels. A page of which there is nothing says so."""
    return {
        name: paging.number(count, paging.LINES.get(name.split("_")[0], paging.PANELS))
        for name, count in panels(study).items()
    }


def panels(study: Study) -> dict[str, int]:
    """{name of the files of a figure: how many panels its table can have}."""
    groups = study.choices.groups
    own = {
        name: sum(each.group in groups[name] for each in study.analytes)
        for name in ("figure_4", *PARTS_OF_5, "figure_6")
    }
    units = {each.unit for each in study.analytes if each.group in groups["figure_5c"]}
    relapsed = {each.participant for each in study.events if each.event == "relapse"}
    both = len({each.analyte for each in study.analytes}) + len(study.choices.scores)
    found = own | {
        "figure_2": len(study.choices.scores),
        "figure_3": len(relapsed.intersection(study.members)),
        "figure_5c": len(units),
        "associations": len(study.analytes),
        "titres": own["figure_5a"] + own["figure_5b"],
        "roc": len(study.analytes),
    }
    for factor in study.compared:
        levels = {row.get(factor) for row in study.people} - {None, ""}
        found |= {
            f"groups_{factor}": both,
            f"courses_{factor}": both,
            f"ratios_{factor}": both * max(1, len(levels) - 1),
        }
    for panel in rule_rows.curve_panels(study):
        own_analytes = sum(each.panel == panel for each in study.analytes)
        found |= {f"{kind}_{panel}": own_analytes for kind in ("curves", "controls", "limits")}
    return found


def parts(figure: str) -> tuple[str, ...]:
    """The parts of the figure that this is, or is a part of; none of any other."""
    return next((parts for whole, parts in PARTS.items() if figure in (whole, *parts)), ())


def module(figure: str) -> str:
    """The module that draws a figure, by the name of its files."""
    whole = next((whole for whole, parts in PARTS.items() if figure in parts), "")
    if whole:
        return whole
    return figure if figure.startswith("figure_") else f"figure_{figure.split('_')[0]}"


def endpoints(study: Study) -> list[str]:
    """What the survival curves are of: relapse, where one is known; else response, where a score has a settled difference."""
    if any(each.event == "relapse" for each in study.events):
        return ["relapse"]
    placed = any(visit.day is not None for visit in study.visits) or any(row.date for row in study.first_scores)
    return ["response"] if placed and not _waterfall(study) else []


def baseline(study: Study) -> str:
    """The baseline visit; "" without any."""
    return next((visit.visit for visit in study.visits if visit.baseline), "")


def compared_at(study: Study, factor: str) -> tuple[str, str]:
    """(visit, quantity) of the figures of a factor: adjusted at the primary visit where two of its levels are seen there.

    Else the value at baseline; so also of responders, who are made from the primary visit.
    """
    visit = study.choices.primary_visit
    level = {row["participant"]: row.get(factor) for row in study.people}
    seen = {level.get(row.participant) for row in study.first_tubes if row.visit == visit}
    seen |= {level.get(row.participant) for row in study.first_scores if row.visit == visit}
    if factor != RESPONDER and len(seen - {None, ""}) > 1:
        return visit, "adjusted"
    return baseline(study), "value"


def titre_visits(study: Study) -> list[str]:
    """Visits of the curves of antibodies: the baseline and the primary visit."""
    return list(filter(None, dict.fromkeys([baseline(study), study.choices.primary_visit])))


def not_drawn(study: Study) -> list[str]:
    """A text for every figure that will not be made, such as "Figure 3 (no relapse)".

    What Figures 2 to 5 are not drawn for is not said again of the figures of responses.
    """
    told = {figure: code for figure, code in planned(study).items() if (figure, code) not in SAID_ALREADY}
    return drawing_words.not_drawn(told, study.choices.groups)


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


def _parts(study):
    """The parts of Figure 5 on one page."""
    parts = [figure for figure in PARTS_OF_5 if not _over_visits(study, figure)]
    if len(parts) < 2:
        return "one_part"
    counts = panels(study)
    return "many_panels" if sum(counts[figure] for figure in parts) > paging.PANELS else ""


def _of_groups(study) -> Iterator[tuple[str, str]]:
    """Figures of every factor that the config compares."""
    for factor in study.config["compare"]:
        known = "" if factor in study.compared else "one_group"
        code = "blinded" if factor in study.blinded else known or ("" if study.clinical else "no_participants")
        for figure in ("groups", "ratios", "courses"):
            yield f"{figure}_{factor}", code


def _waterfall(study):
    if missing := _no_scores(study):
        return missing
    score, visit = study.choices.responder_score, study.choices.primary_visit
    if not score:
        return "no_least_difference"
    later = any(row.visit == visit and row.scores.get(score) is not None for row in study.first_scores)
    return "" if later else "no_score_at_primary_visit"


def _titres(study):
    missing = [_no_analytes(study, figure) for figure in ("figure_5a", "figure_5b")]
    return _no_tubes(study) or ("no_antibodies" if all(missing) else "")


def _roc(study):
    if missing := _waterfall(study) or _no_tubes(study):
        return missing
    return "" if len(study.members) >= FEWEST_OF_ROC else "few_participants"


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
