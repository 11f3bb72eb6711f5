"""Observations: bounds of change and ratio, baselines of courses, windows, planned but missing visits."""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.clinical.join import observations, outside_analysis

VISITS = [
    {"visit": "D1", "label": "D1", "order": 1, "day": 1, "window_before": 7, "window_after": 0, "baseline": True},
    {"visit": "M1", "label": "M1", "order": 2, "day": 29, "window_before": 7, "window_after": 7, "baseline": False},
]


def course(participant, name="first", order=1, day1="2024-01-01", biomarkers="own", scores="first"):
    return {"participant": participant, "course": name, "order": order, "day1_date": day1,
            "biomarker_baseline": biomarkers, "score_baseline": scores}  # fmt: skip


def sample(participant, visit, date, course="first", suffix="", specimen="serum"):
    return {
        "sample_id": f"{participant}-{course}-{visit}{suffix}",
        "participant": participant,
        "course": course,
        "visit": visit,
        "collection_date": date,
        "specimen": specimen,
        "_row": 2,
    }


def result(sample_id, value=None, lloq=2.0, analyte="X", status=None):
    status = status or ("quantified" if value is not None else "below_lloq")
    return {
        **dict.fromkeys(tables.TABLES["results"].columns),
        "sample_id": sample_id,
        "analyte": analyte,
        "panel": "kit",
        "unit": "pg/mL",
        "value": value,
        "lower": value if value is not None else 0.0,
        "upper": value if value is not None else lloq,
        "status": status,
        "lloq_applied": lloq,
        "uloq_applied": 100.0,
    }


def join(samples, results, scores=(), courses=None, members=("A", "B"), detected="censored"):
    study = joined_study(samples, scores, courses, members) | {"detected_below_lloq": detected}
    found, problems = observations(tables.conform(pd.DataFrame(results), "results"), study)
    found = tables.conform(found, "observations")
    return found.set_index(["participant", "course", "visit", "variable"]), problems


def joined_study(samples, scores=(), courses=None, members=("A", "B")):
    return {
        "samples": samples,
        "participants": [{"participant": name, "status": "enrolled", "group": ""} for name in "ABC"],
        "courses": courses or [course("A"), course("B"), course("C")],
        "visits": VISITS,
        "scores": [{"_row": 2, **row} for row in scores],
        "analytes": [{"analyte": name, "group": "cytokine"} for name in "XY"],
        "scales": ["MGC"],
        "members": list(members),
        "populations": {},
        "below_lod_log2": "censored",
        "detected_below_lloq": "censored",
        "files": {"samples": "config/samples.tsv", "scores": "config/scores.tsv", "plates": "config/plates.tsv"},
    }


def test_change_and_ratio_carry_bounds_when_a_value_is_below_lloq():
    samples = [sample("A", "D1", "2024-01-01"), sample("A", "M1", "2024-01-29")]
    found, _ = join(samples, [result("A-first-D1", 10.0), result("A-first-M1")])
    row = found.loc[("A", "first", "M1", "X")]
    assert (row["fold_lower"], row["fold_upper"]) == (0.0, 0.2)
    assert (row["change_lower"], row["change_upper"]) == (-10.0, -8.0)
    assert np.isnan(row["change"])
    assert (row["over_lloq_lower"], row["over_lloq_upper"]) == (0.0, 1.0)
    base = found.loc[("A", "first", "D1", "X")]
    assert (base["baseline"], base["relative_change_percent"], base["over_lloq_lower"]) == (True, 0.0, 5.0)


def test_a_baseline_below_lloq_gives_an_open_ratio_not_a_number():
    samples = [sample("A", "D1", "2024-01-01"), sample("A", "M1", "2024-01-29")]
    found, _ = join(samples, [result("A-first-D1"), result("A-first-M1", 4.0)])
    row = found.loc[("A", "first", "M1", "X")]
    assert (row["fold_lower"], row["fold_upper"]) == (2.0, np.inf)
    assert np.isnan(row["relative_change_percent"])


def test_a_planned_visit_without_a_sample_is_a_row_with_a_reason():
    samples = [sample("A", "D1", "2024-01-01"), sample("A", "M1", "2024-01-29"), sample("B", "D1", "2024-01-01")]
    found, _ = join(samples, [result(each["sample_id"], 5.0) for each in samples])
    row = found.loc[("B", "first", "M1", "X")]
    assert (row["status"], row["reason"], row["lower"], row["upper"]) == ("missing", "no_visit", 0, np.inf)
    assert np.isnan(row["fold_lower"])


def test_only_the_analysed_participants_are_joined():
    samples = [sample("A", "D1", "2024-01-01"), sample("C", "D1", "2024-01-01")]
    results = [result(each["sample_id"], 5.0) for each in samples]
    found, _ = join(samples, results)
    assert set(found.reset_index()["participant"]) == {"A", "B"}
    everyone, _ = join(samples, results, members=("A", "B", "C"))
    assert set(everyone.reset_index()["participant"]) == {"A", "B", "C"}


def test_days_windows_and_two_samples_of_one_visit():
    samples = [
        sample("A", "D1", "2024-01-01"),
        sample("A", "M1", "2024-02-08"),
        sample("B", "D1", "2024-01-01"),
        sample("B", "M1", "2024-01-31"),
        sample("B", "M1", "2024-01-28", suffix="x"),
    ]
    found, problems = join(samples, [result(each["sample_id"], 5.0) for each in samples])
    late = found.loc[("A", "first", "M1", "X")]
    assert (late["day"], late["in_window"], late["flags"]) == (39.0, False, "W-WINDOW")
    assert found.loc[("B", "first", "M1", "X"), "sample_id"] == "B-first-M1x"
    assert sorted(problem.code for problem in problems) == ["W-VIS-102", "W-VIS-103"]


def test_the_second_course_takes_the_baseline_its_row_says():
    samples = [
        sample("A", "D1", "2024-01-01"),
        sample("A", "D1", "2025-01-01", "again"),
        sample("A", "M1", "2025-01-29", "again"),
    ]
    results = [result("A-first-D1", 10.0), result("A-again-D1", 40.0), result("A-again-M1", 20.0)]
    for baseline, expected in (("own", -50.0), ("first", 100.0)):
        courses = [course("A"), course("A", "again", 2, "2025-01-01", baseline)]
        found, _ = join(samples, results, courses=courses)
        assert found.loc[("A", "again", "M1", "X"), "relative_change_percent"] == expected
        assert found.loc[("A", "again", "M1", "X"), "day"] == 29


def test_scores_have_a_baseline_rule_of_their_own():
    courses = [course("A"), course("A", "again", 2, "2025-01-01")]
    scores = [
        {"participant": "A", "course": name, "visit": "D1", "date": None, "MGC": value}
        for name, value in (("first", 20), ("again", 17))
    ]
    found, _ = join([sample("A", "D1", "2024-01-01")], [result("A-first-D1", 5.0)], scores, courses)
    assert found.loc[("A", "again", "D1", "MGC"), "change"] == -3
    courses[1]["score_baseline"] = "own"
    found, _ = join([sample("A", "D1", "2024-01-01")], [result("A-first-D1", 5.0)], scores, courses)
    assert found.loc[("A", "again", "D1", "MGC"), "change"] == 0


def test_scores_are_values_and_an_empty_cell_is_missing_not_zero():
    scores = [
        {"participant": "A", "course": "first", "visit": "D1", "date": "2024-01-01", "MGC": 20},
        {"participant": "A", "course": "first", "visit": "M1", "date": "2024-01-29", "MGC": 0},
        {"participant": "B", "course": "first", "visit": "D1", "date": "2024-01-01", "MGC": None},
    ]
    found, _ = join([sample("A", "D1", "2024-01-01")], [result("A-first-D1", 5.0)], scores)
    row = found.loc[("A", "first", "M1", "MGC")]
    assert (row["value"], row["change"], row["unit"]) == (0.0, -20.0, "points")
    assert np.isnan(row["fold_lower"])
    assert found.loc[("B", "first", "D1", "MGC"), ["status", "reason"]].tolist() == ["missing", "not_done"]


BASE = [sample("A", "D1", "2024-01-01"), sample("A", "M1", "2024-01-29"), sample("A", "M1", "2024-01-31", suffix="x")]
NEAR, LATER = "A-first-M1", "A-first-M1x"


def tubes(*results, samples=BASE):
    """(observations, problems, results outside the analysis) of one participant with two tubes of visit M1."""
    rows = [result("A-first-D1", 10.0), result("A-first-D1", 10.0, analyte="Y"), *results]
    joined, problems = join(samples, rows)
    frame = tables.conform(pd.DataFrame(rows), "results")
    outside = outside_analysis(frame, joined.reset_index(), joined_study(samples))
    return joined, problems, tables.conform(outside, "outside_analysis")


def chosen(joined, variable):
    row = joined.loc[("A", "first", "M1", variable)]
    return row["sample_id"], row["status"], row["value"]


def test_each_analyte_is_reported_from_the_tube_that_was_measured_for_it():
    joined, problems, outside = tubes(
        result(NEAR, 5.0), result(NEAR, None, analyte="Y", status="missing"),
        result(LATER, None, status="missing"), result(LATER, 7.0, analyte="Y"),
    )  # fmt: skip
    assert chosen(joined, "X") == (NEAR, "quantified", 5.0)
    assert chosen(joined, "Y") == (LATER, "quantified", 7.0)
    assert joined.loc[("A", "first", "M1", "Y"), "relative_change_percent"] == -30
    assert not problems and outside.empty


def test_of_two_tubes_measured_for_one_analyte_the_nearest_is_analysed_and_the_other_is_counted():
    joined, problems, outside = tubes(
        result(NEAR, 5.0), result(NEAR, 6.0, analyte="Y"), result(LATER, 8.0), result(LATER, None, analyte="Y")
    )
    assert (chosen(joined, "X"), chosen(joined, "Y")) == ((NEAR, "quantified", 5.0), (NEAR, "quantified", 6.0))
    assert joined.loc[("A", "first", "M1", "X"), "flags"] == "W-TUBES"
    (problem,) = problems
    assert (problem.code, problem.file, problem.row, problem.column) == (
        "W-VIS-103",
        "config/samples.tsv",
        "2",
        "visit",
    )
    assert "results 2, visits 1, tubes 1: A-first-M1x (row 2)" in problem.found
    assert (
        outside[["sample_id", "reason", "reported_sample"]].to_numpy().tolist()
        == [[LATER, "another_tube_reported", NEAR]] * 2
    )


def test_a_tube_whose_result_is_not_reportable_gives_way_to_one_that_is():
    joined, _, outside = tubes(result(NEAR, None, status="not_reportable"), result(LATER, None))
    assert chosen(joined, "X")[:2] == (LATER, "below_lloq")
    assert outside[["sample_id", "status"]].to_numpy().tolist() == [[NEAR, "not_reportable"]]


def test_two_tubes_at_baseline_leave_one_baseline():
    samples = [sample("A", "D1", "2024-01-01"), sample("A", "D1", "2023-12-29", suffix="x"), BASE[1]]
    joined, problems, _ = tubes(result("A-first-D1x", 40.0), result(NEAR, 5.0), samples=samples)
    assert joined.loc[("A", "first", "M1", "X"), "relative_change_percent"] == -50
    assert [problem.code for problem in problems] == ["W-VIS-103"]


def test_where_serum_and_plasma_were_drawn_one_specimen_is_analysed_throughout():
    samples = [
        sample("A", "D1", "2024-01-01"), sample("A", "M1", "2024-01-29", suffix="p", specimen="plasma"),
        sample("A", "M1", "2024-01-29", suffix="s"),
    ]  # fmt: skip
    joined, problems, _ = tubes(result("A-first-M1p", 9.0), result("A-first-M1s", 5.0), samples=samples)
    assert chosen(joined, "X") == ("A-first-M1s", "quantified", 5.0)
    assert [problem.code for problem in problems] == ["W-VIS-103"]
    joined, problems, _ = tubes(result("A-first-M1p", 9.0), samples=samples)  # the serum was not measured
    (problem,) = problems
    assert (problem.code, problem.row, problem.column) == ("W-VIS-105", "2", "specimen")
    assert "plasma (tubes: 1) and serum (tubes: 1); plasma in A-first-M1p" in problem.found


def test_results_of_those_who_are_not_analysed_are_listed_with_the_reason():
    samples = [sample("A", "D1", "2024-01-01"), sample("C", "D1", "2024-01-01")]
    rows = tables.conform(pd.DataFrame([result(each["sample_id"], 5.0) for each in samples]), "results")
    study = joined_study(samples)
    joined, _ = observations(rows, study)
    assert outside_analysis(rows, joined, study)["reason"].tolist() == ["schedule_not_analysed"]
    study["participants"][2]["status"] = "excluded"
    assert outside_analysis(rows, joined, study)["reason"].tolist() == ["participant_excluded"]


def test_a_course_says_whether_its_baseline_is_its_own():
    samples = [sample("A", "D1", "2024-01-01"), sample("A", "D1", "2025-01-01", "again")]
    results = [result("A-first-D1", 10.0, lloq=2.0), result("A-again-D1", 40.0, lloq=3.0)]
    for biomarkers, own in (("own", True), ("first", False)):
        courses = [course("A"), course("A", "again", 2, "2025-01-01", biomarkers)]
        found, _ = join(samples, results, courses=courses)
        assert found.loc[("A", "first", "D1", "X"), "own_baseline"]
        row = found.loc[("A", "again", "D1", "X")]
        assert (row["baseline"], row["own_baseline"]) == (True, own)
        # the limits at baseline are those the baseline was measured with
        assert (row["lower_limit"], row["baseline_lower_limit"]) == (3.0, 3.0 if own else 2.0)
        assert row["baseline_uloq"] == 100.0
    # what scores are measured from says nothing of biomarkers
    courses = [course("A"), course("A", "again", 2, "2025-01-01", "own", "first")]
    scores = [
        {"participant": "A", "course": name, "visit": "D1", "date": None, "MGC": 20} for name in ("first", "again")
    ]
    found, _ = join(samples, results, scores, courses)
    assert found.loc[("A", "again", "D1", "X"), "own_baseline"]
    assert not found.loc[("A", "again", "D1", "MGC"), "own_baseline"]


def test_where_no_lloq_is_stated_the_limit_of_detection_is_the_lower_limit():
    samples = [sample("A", "D1", "2024-01-01"), sample("A", "M1", "2024-01-29")]
    undetected = {**result("A-first-M1", status="below_lod"), "upper": 0.5, "lod": 0.5, "lloq_applied": np.nan}
    found, _ = join(samples, [{**result("A-first-D1", 10.0), "lod": 0.4}, undetected])
    assert found["lower_limit"].dropna().tolist() == [2.0, 0.5]
    assert found.loc[("A", "first", "M1", "X"), ["reported", "baseline_reported"]].tolist() == [True, True]
    assert np.isnan(found.loc[("A", "first", "M1", "X"), "lloq"])


def test_what_no_statistic_can_use_is_not_reportable_and_says_so():
    samples = [sample("A", "D1", "2024-01-01"), sample("A", "M1", "2024-01-29")]
    bounds = [
        ("quantified", 0.0, 0.0),
        ("quantified", np.inf, np.inf),
        ("below_lloq", 0.0, np.inf),
        ("above_uloq", 0.0, np.inf),
    ]
    for status, lower, upper in bounds:
        bad = {**result("A-first-M1", 1.0, status=status), "lower": lower, "upper": upper}
        found, _ = join(samples, [result("A-first-D1", 10.0), bad])
        row = found.loc[("A", "first", "M1", "X")]
        assert (row["status"], row["reason"], row["reported"]) == ("not_reportable", "not_usable", False)
        assert (row["lower"], row["upper"]) == (0.0, np.inf)
        assert row[["value", "change", "fold_lower"]].isna().all()
        # of a baseline nothing can be said either
        worse, _ = join(samples, [{**bad, "sample_id": "A-first-D1"}, result("A-first-M1", 10.0)])
        row = worse.loc[("A", "first", "M1", "X")]
        assert (row["baseline_status"], row["baseline_reported"]) == ("not_reportable", False)
        assert np.isnan(row["fold_upper"])
    kept = {**result("A-first-M1", 0.0), "reason": "no_lloq_stated"}
    found, _ = join(samples, [result("A-first-D1", 10.0), kept])
    assert found.loc[("A", "first", "M1", "X"), "reason"] == "no_lloq_stated"


def test_a_score_of_zero_is_a_value():
    scores = [{"participant": "A", "course": "first", "visit": "D1", "date": "2024-01-01", "MGC": 0}]
    found, _ = join([sample("A", "D1", "2024-01-01")], [result("A-first-D1", 5.0)], scores)
    assert found.loc[("A", "first", "D1", "MGC"), ["status", "reported"]].tolist() == ["quantified", True]


def test_an_analyte_is_observed_in_its_population_alone_and_the_other_results_stand_outside():
    samples = [sample(who, visit, day) for who in "ABC" for visit, day in (("D1", "2024-01-01"), ("M1", "2024-01-29"))]
    samples += [sample("B", "M1", "2024-01-30", suffix="x"), sample("B", "M1", "2024-01-28", course="")]
    samples = [row for row in samples if row["sample_id"] != "A-first-M1"]
    rows = [result(row["sample_id"], 5.0, analyte=name) for row in samples for name in "XY"]
    results = tables.conform(pd.DataFrame(rows), "results")
    study = joined_study(samples) | {"populations": {"X": ["A"]}}
    study["participants"][2] |= {"status": "excluded"}
    found, _ = observations(results, study)
    found = tables.conform(found, "observations")
    seen = found.groupby("variable")["participant"].agg(lambda people: sorted(set(people))).to_dict()
    assert seen == {"X": ["A"], "Y": ["A", "B"]}
    # of X the visit M1 is planned for nobody of the population: the only tubes of it are of others
    assert set(found.loc[found["variable"] == "X", "visit"]) == {"D1"}
    outside = outside_analysis(results, found, study).set_index(["analyte", "sample_id"])["reason"]
    assert outside.xs("X").to_dict() == {
        "B-first-D1": "not_included", "B-first-M1": "not_included", "B-first-M1x": "not_included", "B--M1": "visit_not_stated",
        "C-first-D1": "participant_excluded", "C-first-M1": "participant_excluded",
    }  # fmt: skip
    assert len(results) == len(outside) + int(found["sample_id"].notna().sum())  # nothing is lost


def limited(value, point, lloq, lod=np.nan, status="quantified", sample="A-first-D1"):
    """A result with limits of its own."""
    bounds = {"quantified": (value, value), "below_lloq": (0.0, lloq), "below_lod": (0.0, lod)}[status]
    given = {"value": value, "point": point, "lower": bounds[0], "upper": bounds[1], "lloq_applied": lloq, "lod": lod}
    return {**result(sample, value, status=status), **given}


def test_one_sample_on_two_plates_has_one_value_over_the_lloq():
    # the same 8 pg/mL, on a plate with LLOQ 2 and on one with LLOQ 4: once 2, not 4 and 2
    samples = [sample("A", "D1", "2024-01-01"), sample("A", "M1", "2024-01-29"), sample("B", "D1", "2024-01-01")]
    found, _ = join(
        samples,
        [limited(8.0, 8.0, 2.0), limited(8.0, 8.0, 4.0, sample="A-first-M1"),
         limited(np.nan, 1.0, 2.0, status="below_lloq", sample="B-first-D1")],
    )  # fmt: skip
    rows = found.dropna(subset=["sample_id"]).set_index("sample_id").sort_index()
    assert rows["lloq_study"].eq(4.0).all()
    assert rows.loc[["A-first-D1", "A-first-M1"], "over_lloq_lower"].tolist() == [2.0, 2.0]
    assert rows.loc["B-first-D1", ["over_lloq_lower", "over_lloq_upper"]].tolist() == [0.0, 0.5]
    assert rows["lloq"].tolist() == [2.0, 4.0, 2.0]


def test_values_between_lod_and_lloq_are_censored_or_kept_by_a_setting():
    samples = [sample("A", "D1", "2024-01-01"), sample("A", "M1", "2024-01-29"), sample("B", "D1", "2024-01-01")]
    given = [
        limited(8.0, 8.0, 2.0, 0.5),
        limited(np.nan, 1.0, 2.0, 0.5, "below_lloq", "A-first-M1"),
        limited(np.nan, 0.2, 2.0, 0.5, "below_lod", "B-first-D1"),
    ]
    censored, kept = (
        join(samples, given, detected=how)[0].dropna(subset=["sample_id"]).set_index("sample_id").sort_index()
        for how in ("censored", "kept")
    )
    assert censored.loc["A-first-M1", ["lower", "upper", "lower_limit"]].tolist() == [0, 2, 2]
    assert censored.loc["B-first-D1", ["lower", "upper", "lower_limit"]].tolist() == [0, 2, 2]
    assert kept.loc["A-first-M1", ["lower", "upper", "lower_limit"]].tolist() == [1, 1, 0.5]
    assert kept.loc["B-first-D1", ["lower", "upper", "lower_limit"]].tolist() == [0, 0.5, 0.5]
    for rows in (censored, kept):
        assert rows["status"].tolist() == ["quantified", "below_lloq", "below_lod"]
        assert rows["lod"].eq(0.5).all()
