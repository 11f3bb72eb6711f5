"""The flow of participants: counts that add up, and a clear error when they do not."""

import pandas as pd
import pytest
from immunoassay.clinical import timeline
from immunoassay.clinical.flow import FlowError, check, flow

VISITS = pd.DataFrame(
    [("D1", "", 1, 1, 7, 7, True), ("M3", "Month 3", 2, 85, 7, 7, False), ("M6", "", 3, 169, 7, 7, False)],
    columns=["visit", "label", "order", "day", "window_before", "window_after", "baseline"],
)
PARTICIPANTS = pd.DataFrame(
    [
        ("P1", "enrolled", "", "weekly"),
        ("P2", "enrolled", "", "weekly"),
        ("P3", "enrolled", "", "monthly"),
        ("S1", "excluded", "score too low", ""),
        ("S2", "excluded", "score too low", ""),
        ("S3", "excluded", "withdrew", ""),
    ],
    columns=["participant", "status", "reason", "schedule"],
)
COURSES = pd.DataFrame(
    [("P1", "first", 1, "2021-01-01"), ("P2", "first", 1, "2021-02-01"), ("P3", "first", 1, "2021-03-01")]
    + [("P1", "again", 2, "2022-01-01")],
    columns=["participant", "course", "order", "day1_date"],
)
EVENTS = pd.DataFrame(
    [
        ("P1", "first", "infusion", "2021-01-01"),
        ("P1", "first", "relapse", "2021-12-01"),
        ("P2", "first", "withdrawal", "2021-05-01"),
    ],
    columns=["participant", "course", "event", "date"],
)


def observation(participant, visit, variable="IL-6", status="quantified", course="first"):
    sample = f"{participant}-{visit}" if variable != "MGC" else None
    kind, group = ("score", "score") if variable == "MGC" else ("biomarker", "cytokine")
    return participant, course, 1 + (course != "first"), visit, variable, kind, group, status, sample


OBSERVATIONS = pd.DataFrame(
    [
        *(observation(p, v, x) for p in ("P1", "P2") for v in ("D1", "M3") for x in ("IL-6", "MGC")),
        observation("P1", "M6", status="below_lloq"),
        observation("P2", "M6", status="missing"),
        observation("P1", "M3", "TNF", status="not_reportable"),
        observation("P1", "M3", course="again"),
    ],
    columns=["participant", "course", "course_order", "visit", "variable", "kind", "group", "status", "sample_id"],
)
RESULTS = OBSERVATIONS[["sample_id", "variable"]].rename(columns={"variable": "analyte"}).dropna()


def counted(**changed):
    frames = {
        "participants": PARTICIPANTS,
        "courses": COURSES,
        "events": EVENTS,
        "visits": VISITS,
        "observations": OBSERVATIONS,
        "results": RESULTS,
        "analysed_schedules": ["weekly"],
    }
    return flow(**{**frames, **changed}).set_index("box")


def test_the_boxes_of_a_small_study():
    boxes = counted()
    assert boxes["n"].to_dict() == {
        "assessed": 6,
        "excluded": 3,
        "excluded:score too low": 2,
        "excluded:withdrew": 1,
        "enrolled": 3,
        "schedule:weekly": 2,
        "schedule:monthly": 1,
        "analysed": 2,
        "completed:M3": 2,
        "completed:M6": 1,
        "group:cytokine": 2,
        "relapsed": 1,
        "retreated": 1,
    }
    assert boxes.loc["completed:M6", "detail"] == "1 withdrawn"
    assert boxes.loc["group:cytokine", "detail"] == "5 results, 1 not reportable"
    assert boxes.loc["schedule:monthly", "detail"] == "not analysed"
    assert boxes["order"].tolist() == list(range(1, 14))


def test_no_schedule_named_means_everyone_enrolled():
    boxes = counted(analysed_schedules=[])
    assert boxes.loc["analysed", "n"] == 3 and boxes.loc["analysed", "detail"] == "all enrolled"
    assert boxes.loc["completed:M3", "detail"] == "1 without data"


def test_a_relapse_of_somebody_who_is_not_analysed_makes_no_box_of_nobody():
    outsider = EVENTS["participant"].mask(EVENTS["event"] == "relapse", "P3")
    boxes = counted(events=EVENTS.assign(participant=outsider))
    assert not {"relapsed", "retreated"} & set(boxes.index)


def test_a_retreatment_without_a_relapse_has_its_own_box():
    boxes = counted(events=EVENTS[EVENTS["event"] != "relapse"])
    assert boxes.loc["retreated_without_relapse", "n"] == 1 and not {"relapsed", "retreated"} & set(boxes.index)


def test_who_began_retreatment_is_not_without_data():
    """Whoever left for retreatment by the end of the window of a visit is no loss."""
    unseen = OBSERVATIONS[(OBSERVATIONS["participant"] != "P1") | (OBSERVATIONS["course"] == "again")]
    courses = COURSES.assign(
        day1_date=COURSES["day1_date"].replace("2022-01-01", "2021-06-25")
    )  # day 176, the last of M6
    boxes = counted(observations=unseen, courses=courses, events=EVENTS[EVENTS["event"] != "withdrawal"])
    assert boxes.loc["completed:M3", "detail"] == "1 without data"
    assert boxes.loc["completed:M6", "detail"] == "1 retreated, 1 without data"


def test_where_no_event_is_known_nothing_is_said_of_relapses():
    boxes = counted(events=pd.DataFrame(), courses=COURSES[COURSES["order"] == 1], observations=OBSERVATIONS[:-1])
    assert not any("rel" in box or "retreated" in box for box in boxes.index) and boxes.loc["completed:M3", "n"] == 2


def test_people_without_treatment_and_schedule_have_boxes_that_speak_of_neither():
    nobody = COURSES[COURSES["order"] == 1].assign(course="none")
    seen = OBSERVATIONS[:-1].assign(course="none")
    people = PARTICIPANTS.assign(schedule="")
    boxes = counted(
        participants=people, courses=nobody, events=pd.DataFrame(), observations=seen, visits=VISITS.assign(day=None),
        analysed_schedules=[],
    )  # fmt: skip
    assert boxes["n"].to_dict() == {
        **{
            "assessed": 6,
            "excluded": 3,
            "excluded:score too low": 2,
            "excluded:withdrew": 1,
            "enrolled": 3,
            "analysed": 3,
        },
        **{"attended:M3": 2, "attended:M6": 1, "measured:cytokine": 2},
    }
    one = PARTICIPANTS.assign(schedule=["weekly", "", "", "", "", ""])
    boxes = counted(participants=one, analysed_schedules=[])
    assert boxes.loc["schedule:weekly", "n"] == 1 and boxes.loc["schedule:", ["label", "n"]].tolist() == [
        "no schedule",
        2,
    ]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"participants": PARTICIPANTS.assign(status="screened")}, "P1 is neither excluded nor enrolled"),
        ({"participants": PARTICIPANTS.assign(schedule="")}, "nobody enrolled has the schedule 'weekly'"),
        ({"participants": PARTICIPANTS.assign(reason="")}, "S1 is excluded without a reason"),
        ({"participants": PARTICIPANTS[PARTICIPANTS["participant"] != "P2"]}, "P2 of observations is not enrolled"),
        ({"analysed_schedules": ["daily"]}, "nobody enrolled has the schedule 'daily'"),
        ({"courses": COURSES[COURSES["course"] != "again"]}, "no row in courses for 'again'"),
        ({"results": RESULTS[RESULTS["sample_id"] != "P1-M6"]}, "1 observations of group 'cytokine' have no row"),
    ],
)
def test_sheets_that_do_not_add_up_are_refused_with_the_reason(changed, words):
    with pytest.raises(FlowError, match=words):
        counted(**changed)


@pytest.mark.parametrize(
    ("box", "n", "words"),
    [
        ("assessed", 7, "'assessed' counts 7, its boxes 6"),
        ("excluded:withdrew", 2, "'excluded' counts 3, its boxes 4"),
        ("schedule:monthly", 2, "'enrolled' counts 3, its boxes 4"),
        ("analysed", 1, "'analysed' counts 1, the schedules analysed 2"),
        ("completed:M3", 3, "'analysed' counts 2, fewer than a box below it"),
        ("retreated", 2, "'relapsed' counts 1, fewer than a box below it"),
        ("relapsed", -1, "'relapsed' counts -1"),
    ],
)
def test_a_changed_count_breaks_the_sum(box, n, words):
    boxes = counted().reset_index()
    boxes.loc[boxes["box"] == box, "n"] = n
    with pytest.raises(FlowError, match=words):
        check(boxes)


def test_a_box_drawn_twice_or_hanging_on_nothing_is_refused():
    boxes = counted().reset_index()
    with pytest.raises(FlowError, match="'assessed' is drawn 2 times"):
        check(pd.concat([boxes, boxes.iloc[[0]]]))
    with pytest.raises(FlowError, match="hangs on 'enrolled', which is no box"):
        check(boxes[boxes["box"] != "enrolled"])


def test_days_count_from_the_first_dose_of_the_course():
    days = timeline.event_days(COURSES, EVENTS).set_index(["participant", "event"])["day"]
    assert days["P1", "infusion"] == 1 and days["P1", "relapse"] == 335 and days["P2", "withdrawal"] == 90


def test_the_timeline_of_a_later_course_begins_on_a_day_of_the_first():
    table = timeline.timeline(["P1", "P2"], VISITS, COURSES, EVENTS)
    start = table[table["kind"] == "start"]
    assert start[["course", "day", "n"]].to_numpy().tolist() == [["again", 366, 1]]
    assert set(table.loc[table["course_order"] == 1, "kind"]) == {"visit", "infusion", "relapse"}
    assert "P1" not in table.astype(str).to_numpy()
