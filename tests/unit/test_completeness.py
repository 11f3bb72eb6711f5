"""Completeness: planned or not, every reason counted, and nothing lost between collected and reported."""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.results.completeness import completeness

ANALYTES = [{"analyte": name, "panel": "kit"} for name in ("X", "Y")] + [{"analyte": "Z", "panel": "other"}]
PLATES = [{"plate": "P1", "panel": "kit", "analytes": "all"}, {"plate": "O1", "panel": "other", "analytes": "all"}]


def panels(**visits):
    return [{"panel": name, "visits": visits.get(name, [])} for name in ("kit", "other")]


def samples(people=10, visits=("D1", "M3")):
    return [
        {"sample_id": f"P{i}-{visit}", "participant": f"P{i}", "course": "first", "visit": visit}
        for i in range(people)
        for visit in visits
    ]


def results(rows, lost=None):
    """Every sample x analyte quantified but those of `lost`: {(sample, analyte): (status, reason)}."""
    frame = pd.DataFrame(rows)[["sample_id"]].merge(pd.DataFrame(ANALYTES), how="cross")
    frame = frame.assign(status="quantified", reason=None, plate="P1", n_attempts=1)
    for (sample, analyte), (status, reason) in (lost or {}).items():
        hit = (frame["sample_id"] == sample) & (frame["analyte"] == analyte)
        frame.loc[hit, ["status", "reason"]] = [status, reason]
        frame.loc[hit & (status == "missing"), "n_attempts"] = 0
    return frame


def lost(names, analytes, status="missing", reason="not_tested"):
    return {(name, analyte): (status, reason) for name in names for analyte in analytes}


def test_a_whole_study_has_no_row_and_no_line():
    found, problems = completeness(results(samples()), samples(), panels(), ANALYTES, PLATES)
    assert len(found) == 0 and problems == []
    assert list(found.columns) == list(tables.TABLES["completeness"].columns)


def test_every_reason_is_counted_and_one_line_says_what_a_visit_lacks():
    gone = lost(["P0-D1"], "XY") | lost(["P1-D1"], "X", "not_reportable", "plate_set_aside") | lost(["P1-D1"], "Y")
    found, problems = completeness(results(samples(), gone), samples(), panels(), ANALYTES, PLATES)
    rows = found.set_index("sample_id")
    assert rows["reasons"].to_dict() == {
        "P0-D1": "not_on_any_plate: 2",
        "P1-D1": "not_in_export: 1; plate_set_aside: 1",
    }
    assert rows["n_analytes"].tolist() == [2, 2] and rows["n_results"].tolist() == [0, 0] and rows["planned"].all()
    assert [problem.code for problem in problems] == ["W-CMP-003"]
    said = "kit at D1, samples 10: without any reportable result 2, without some 0; results lacking by reason: "
    assert problems[0].found == said + "not_in_export 1, not_on_any_plate 2, plate_set_aside 1"


def test_a_visit_at_which_few_have_a_result_is_not_planned_unless_the_sheet_says_so():
    gone = lost([f"P{i}-M3" for i in range(3)], "XY")  # 7 of 10: below the share
    found, problems = completeness(results(samples(), gone), samples(), panels(), ANALYTES, PLATES)
    assert len(found) == 0 and problems == []
    found, problems = completeness(results(samples(), gone), samples(), panels(kit=["D1", "M3"]), ANALYTES, PLATES)
    assert len(found) == 3 and "without any reportable result 3" in problems[0].found
    everyone = lost([row["sample_id"] for row in samples()], "XY")
    found, problems = completeness(results(samples(), everyone), samples(), panels(kit=["D1"]), ANALYTES, PLATES)
    assert len(found) == 10 and len(problems) == 1  # planned and never measured


def test_a_second_tube_of_the_visit_covers_the_first():
    rows = [*samples(), {"sample_id": "P0-D1b", "participant": "P0", "course": "first", "visit": "D1"}]
    gone = lost(["P0-D1"], "XY") | lost(["P0-D1b"], "Z")
    found, problems = completeness(results(rows, gone), rows, panels(), ANALYTES, PLATES)
    assert len(found) == 0 and problems == []


def test_a_tube_of_another_kit_is_no_gap_where_the_other_tube_of_the_visit_was_assayed():
    rows = [*samples(), {"sample_id": "P0-D1b", "participant": "P0", "course": "first", "visit": "D1"}]
    gone = lost(["P0-D1b"], "XY") | lost(["P0-D1"], "X", "not_reportable", "plate_rejected")
    found, problems = completeness(results(rows, gone), rows, panels(), ANALYTES, PLATES)
    assert found["sample_id"].tolist() == ["P0-D1"] and found["reasons"].tolist() == ["plate_rejected: 1"]
    assert problems[0].found.endswith("without some 1; results lacking by reason: plate_rejected 1")


def test_what_a_plate_of_a_subset_never_held_is_listed_and_not_flagged():
    gone = lost(["P0-D1"], "X")
    plates = [{**row, "analytes": "subset"} for row in PLATES]
    found, problems = completeness(results(samples(), gone), samples(), panels(), ANALYTES, plates)
    assert found["reasons"].tolist() == ["plate_of_a_subset: 1"] and problems == []


def test_counts_add_up_to_what_was_planned():
    """Per panel: samples x analytes = reported + from another tube + lacking by reason."""
    generator, rows = np.random.default_rng(7), samples(30)
    gone = {}
    for row in rows:
        for each in ANALYTES:
            if generator.random() < 0.15:
                status = ("missing", "not_tested") if generator.random() < 0.5 else ("not_reportable", "plate_rejected")
                gone[(row["sample_id"], each["analyte"])] = status
    made = results(rows, gone)
    stated = panels(kit=["D1", "M3"], other=["D1", "M3"])
    found, problems = completeness(made, rows, stated, ANALYTES, PLATES)
    for panel, own in found.groupby("panel"):
        reasons = own["reasons"].str.findall(r": (\d+)").explode().astype(int).sum()
        assert (own["n_results"] + own["n_another_tube"]).sum() + reasons == own["n_analytes"].sum()
        of_panel = made[made["analyte"].isin([row["analyte"] for row in ANALYTES if row["panel"] == panel])]
        assert reasons == (of_panel["status"] != "quantified").sum()
        said = sum(int(n) for each in problems if each.found.startswith(panel) for n in counted(each.found))
        assert said == reasons


def counted(text):
    return [part.split()[-1] for part in text.split("by reason: ")[1].split(", ")]


def test_thousands_of_samples_take_no_time():
    rows = samples(4000)
    found, _ = completeness(results(rows, lost(["P7-D1"], "X")), rows, panels(), ANALYTES, PLATES)
    assert len(found) == 1
