"""Counts of the participant flow: who was assessed, enrolled, allocated, analysed, relapsed and retreated.

Every count of the flow diagram is made here from the sheets and tables, and must add up before it may be drawn.
"""

from collections.abc import Sequence

import pandas as pd
from immunoassay.clinical import absence, timeline
from immunoassay.study.course_names import NO_COURSE
from immunoassay.study.members import is_analysed
from immunoassay.tables import REPORTED

NO_SCHEDULE = "no schedule"
ABSENT = {"withdrawn": "withdrawn", "retreated": "retreated", "no_result": "without data"}
PARTITIONS = ("assessed", "excluded", "enrolled")  # boxes whose children share them out without rest


class FlowError(ValueError):
    """The boxes of the flow diagram do not add up; the text names every box and person at fault."""


def flow(
    participants: pd.DataFrame,
    courses: pd.DataFrame,
    events: pd.DataFrame,
    visits: pd.DataFrame,
    observations: pd.DataFrame,
    results: pd.DataFrame,
    analysed_schedules: Sequence[str],
) -> pd.DataFrame:
    """One row per box: box, label, parent, n (participants), detail (words), analysed, order (from top to bottom).

    Boxes: `assessed`; `excluded` and `excluded:REASON`; `enrolled`; `schedule:NAME` (`analysed`: whether it is part of the
    analysed set; missing in other boxes); `analysed`; `completed:VISIT` (any score or biomarker result at that visit of the
    first course); `group:NAME` (any reportable result of that group of analytes in the first course); `relapsed` and
    `retreated` (of the relapsed), where anyone relapsed; `retreated_without_relapse`, where anyone was. Where nobody
    is treated `completed` and `group` are `attended` and `measured`; where no schedule is known none has a box. An empty
    `analysed_schedules` means all enrolled.
    Raises FlowError when the boxes do not add up, with every reason.
    """
    events = timeline.recorded(events)
    screened = participants.loc[participants["status"] == "excluded", "participant"]
    events = events[~events["participant"].isin(screened)]  # such as a consent withdrawn at screening
    faults = _sheet_faults(participants, courses, events, observations, analysed_schedules)
    if faults:
        raise FlowError("the participant flow does not add up: " + "; ".join(faults))
    enrolled = participants[participants["status"] == "enrolled"]
    sheet = participants[["participant", "status", "schedule"]].itertuples(index=False, name=None)
    members = [person for person, status, schedule in sheet if is_analysed(status, schedule, analysed_schedules)]
    own = observations[observations["participant"].isin(members) & (observations["course_order"] == 1)]
    first = own[own["status"].isin(REPORTED)]
    treated = (courses["course"] != NO_COURSE).any()
    boxes = [
        *_screening(participants, enrolled, analysed_schedules),
        ("analysed", "Analysed set", "enrolled", len(members), "; ".join(analysed_schedules) or "all enrolled"),
        *_completed("completed" if treated else "attended", members, first, visits, courses, events),
        *_groups("group" if treated else "measured", own[own["kind"] == "biomarker"], results),
        *_relapses(members, courses, events),
    ]
    analysed = _analysed(enrolled, analysed_schedules)
    rows = [(*box, analysed.get(box[0]), order) for order, box in enumerate(boxes, 1)]
    frame = pd.DataFrame(rows, columns=["box", "label", "parent", "n", "detail", "analysed", "order"]).astype(
        {"analysed": "boolean"}
    )
    check(frame)
    return frame


def check(flow: pd.DataFrame) -> None:
    """Raise FlowError unless partitions sum to their parent, no box exceeds its parent and no count is negative."""
    repeated = [f"box {box!r} is drawn {count} times" for box, count in flow["box"].value_counts().items() if count > 1]
    if repeated:
        raise FlowError("; ".join(repeated))
    n = flow.set_index("box")["n"]
    faults = [f"{box!r} counts {count}" for box, count in n.items() if count < 0]
    for parent, children in flow[flow["parent"] != ""].groupby("parent", sort=False):
        if parent not in n.index:
            faults.append(f"{', '.join(children['box'])} hangs on {parent!r}, which is no box")
            continue
        shares = children[~children["box"].isin(["analysed"])]
        if parent in PARTITIONS and len(shares) and shares["n"].sum() != n[parent]:
            faults.append(f"{parent!r} counts {n[parent]}, its boxes {shares['n'].sum()} ({_listed(children)})")
        if (children["n"] > n[parent]).any():
            faults.append(f"{parent!r} counts {n[parent]}, fewer than a box below it ({_listed(children)})")
    chosen = flow.loc[flow["analysed"].fillna(False).astype(bool), "n"].sum()
    if "analysed" in n.index and flow["analysed"].notna().any() and n["analysed"] != chosen:
        faults.append(f"'analysed' counts {n['analysed']}, the schedules analysed {chosen}")
    if faults:
        raise FlowError("the participant flow does not add up: " + "; ".join(faults))


def _sheet_faults(participants, courses, events, observations, analysed_schedules):
    faults = []
    status = participants["status"]
    for person in participants.loc[~status.isin(["excluded", "enrolled"]), "participant"]:
        faults.append(f"participant {person} is neither excluded nor enrolled")
    enrolled = participants[status == "enrolled"]
    without = participants.loc[(status == "excluded") & (participants["reason"].fillna("") == ""), "participant"]
    faults += [f"participant {person} is excluded without a reason" for person in without]
    known = set(enrolled["schedule"].dropna())
    faults += [f"nobody enrolled has the schedule {name!r}" for name in analysed_schedules if name not in known]
    names = set(enrolled["participant"])
    for sheet, frame in (("courses", courses), ("events", events), ("observations", observations)):
        for person in sorted(set(frame["participant"]) - names):
            faults.append(f"participant {person} of {sheet} is not enrolled")
    given = set(zip(courses["participant"], courses["course"], strict=True))
    seen = set(zip(observations["participant"], observations["course"], strict=True))
    faults += [
        f"participant {person} has observations but no row in courses for {course!r}"
        for person, course in sorted(seen - given)
    ]
    return faults


def _screening(participants, enrolled, analysed_schedules):
    excluded = participants[participants["status"] == "excluded"]
    yield "assessed", "Assessed for eligibility", "", len(participants), ""
    yield "excluded", "Excluded", "assessed", len(excluded), ""
    for reason, count in _counts(excluded["reason"]):
        yield f"excluded:{reason}", reason, "excluded", count, ""
    yield "enrolled", "Enrolled", "assessed", len(enrolled), ""
    analysed = _analysed(enrolled, analysed_schedules)
    for schedule, count in _counts(_schedules(enrolled)):
        box = f"schedule:{schedule}"
        yield box, schedule or NO_SCHEDULE, "enrolled", count, "analysed" if analysed[box] else "not analysed"


def _analysed(enrolled, analysed_schedules):
    """Whether the schedule of each box is part of the analysed set."""
    names = _schedules(enrolled).unique()
    return {f"schedule:{name}": is_analysed("enrolled", name, analysed_schedules) for name in names}


def _schedules(enrolled):
    """The schedule of everyone enrolled, "" without one; nothing where nobody has one."""
    names = enrolled["schedule"].fillna("")
    return names if names.any() else names.iloc[:0]


def _completed(family, members, first, visits, courses, events):
    """Per visit after baseline: who has data in the first course, and why the others have none."""
    why = absence.reasons(visits, courses, events)
    planned = visits[~visits["baseline"].isin(["yes", True])].sort_values(["order", "visit"])
    for visit, label in zip(planned["visit"], planned["label"], strict=True):
        present = set(first.loc[first["visit"] == visit, "participant"])
        codes = [why.get((person, visit), "no_result") for person in members if person not in present]
        words = [f"{codes.count(code)} {word}" for code, word in ABSENT.items() if code in codes]
        yield f"{family}:{visit}", label or visit, "analysed", len(present), ", ".join(words)


def _groups(family, biomarkers, results):
    """Per group of analytes: who has a reportable result, and how many results there are."""
    reported = pd.MultiIndex.from_frame(results[["sample_id", "analyte"]])
    for group, rows in biomarkers.groupby("group", sort=True):
        measured = rows[rows["status"] != "missing"]
        keys = pd.MultiIndex.from_frame(measured[["sample_id", "variable"]])
        lost = measured[~keys.isin(reported)]
        if len(lost):
            place = " ".join(lost.iloc[0][["participant", "visit", "variable"]].astype(str))
            raise FlowError(f"{len(lost)} observations of group {group!r} have no row in results, the first: {place}")
        usable = measured["status"].isin(REPORTED)
        words = f"{int(usable.sum())} results"
        if not usable.all():
            words += f", {int((~usable).sum())} not reportable"
        yield f"{family}:{group}", group, "analysed", measured.loc[usable, "participant"].nunique(), words


def _relapses(members, courses, events):
    relapsed = set(events.loc[events["event"] == "relapse", "participant"]) & set(members)
    retreated = set(courses.loc[courses["order"] > 1, "participant"]) & set(members)
    if relapsed:
        yield "relapsed", "Relapsed", "analysed", len(relapsed), ""
        yield "retreated", "Retreated after relapse", "relapsed", len(relapsed & retreated), ""
    if retreated - relapsed:
        count = len(retreated - relapsed)
        yield "retreated_without_relapse", "Retreated without a relapse", "analysed", count, ""


def _counts(names):
    """(name, count), the largest first, equal counts by name."""
    return sorted(names.value_counts().items(), key=lambda item: (-item[1], item[0]))


def _listed(rows):
    return ", ".join(f"{box} {n}" for box, n in zip(rows["box"], rows["n"], strict=True))
