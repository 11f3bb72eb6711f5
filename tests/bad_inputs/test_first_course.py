"""The first course of a participant is that of order 1, whatever it is called: in statistics, counts and figures."""

import pandas as pd
import pytest
from immunoassay.clinical.flow import flow
from immunoassay.clinical.timeline import timeline
from immunoassay.figures import figure_3 as relapses
from immunoassay.figures import figure_5, series
from immunoassay.study import rule_rows
from immunoassay.study.load import study_in

from tests.statistic_frames import score_changes, visit_summaries

from .cases import study_runs
from .table_people import course_named, several


def shown(folder):
    """What a study says of its courses, by name of the table."""
    run, study = study_runs.run(folder), study_in(folder)
    settings, joined = rule_rows.statistics(study), run.tables["observations"]

    def rows(sheet):
        return pd.DataFrame(study.rows(sheet))

    scores = pd.DataFrame({"variable": list(study.scales), "label": "", "group": "score", "unit": "points"})
    scores["place"] = range(len(scores))
    summaries = visit_summaries(joined, settings)
    members, analytes = study.members, rows("analytes")
    parts = (joined, rows("visits"), rows("courses"), rows("events"))
    boxes = flow(*(rows(name) for name in ("participants", "courses", "events", "visits")), joined, run.tables["results"],
                 study.config["analysed_schedules"])  # fmt: skip
    tables = {
        "summaries": summaries,
        "score_changes": score_changes(joined, settings),
        "flow": boxes,
        "timeline": timeline(members, rows("visits"), rows("courses"), rows("events")),
        "scores": series.table(summaries, *parts, scores, "change"),
        "relapses": relapses.table(
            joined, rows("visits"), rows("courses"), rows("events"), study.scales, "MGC", members
        ),
        "antibodies": figure_5.table(summaries, *parts, analytes, ["autoantibody"], ["vaccine"], ["immunoglobulin"]),
    }
    return settings["primary_course"], tables


@pytest.fixture(scope="module")
def as_it_was(sound):
    """What the sound study says of its courses."""
    return shown(sound[0])


@pytest.mark.parametrize(
    ("damage", "first"),
    [
        (several(*(course_named(f"P{n:02d}", "first", f"c{n}") for n in range(1, 8))), "course-1"),
        (course_named("P01", "first", "retreatment"), "course-1"),
        (several(*(course_named(f"P{n:02d}", "first", "zeroth") for n in range(1, 15))), "zeroth"),
    ],
    ids=["a name each", "another order's name", "a name behind the others by letter"],
)
def test_no_participant_is_lost_by_the_name_of_a_course(folder, as_it_was, damage, first):
    before, expected = as_it_was
    damage(folder)
    after, found = shown(folder.path)
    assert (before, after) == ("first", first)
    names = {"first": first, "retreatment": "course-2" if first == "course-1" else "retreatment"}
    for name, table in expected.items():
        table = table.replace(dict.fromkeys({"course", "label"}.intersection(table.columns), names))
        pd.testing.assert_frame_equal(found[name].reset_index(drop=True), table.reset_index(drop=True), obj=name)
