"""Statistics within groups: each over its own participants, all over everyone, and one unnamed set without groups."""

import pandas as pd
from immunoassay.statistics import groups


def seen(*rows):
    names = ["participant", "participant_group", "course", "course_order", "value"]
    return pd.DataFrame(rows, columns=names).astype({"participant_group": "str"})


def sums(rows, settings):
    return pd.DataFrame({"sum": [rows["value"].sum()], "course": [settings["primary_course"]]})


def made(frame):
    found = groups.within_groups(frame, {"primary_course": "first"}, sums)
    return list(found[["participant_group", "sum", "course"]].astype(object).itertuples(index=False, name=None))


def test_each_group_has_its_own_numbers_and_its_own_first_course():
    rows = seen(("A", "patient", "first", 1, 1), ("B", "control", "none", 1, 10), ("C", None, "first", 1, 100))
    assert made(rows) == [("control", 10, "none"), ("patient", 1, "first"), ("all", 111, "first")]


def test_without_groups_there_is_one_set_without_a_name():
    found = groups.within_groups(seen(("A", None, "first", 1, 1)), {"primary_course": "first"}, sums)
    assert found["participant_group"].isna().tolist() == [True] and len(groups.whole(found)) == 1


def test_the_whole_are_the_rows_of_all():
    found = pd.DataFrame({"participant_group": ["a", "all"], "x": [1, 2]})
    assert groups.whole(found)["x"].tolist() == [2]
