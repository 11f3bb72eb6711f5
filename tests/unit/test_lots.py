"""Changes whose pairs cross kit lots: counted, said, flagged, and shown beside what the lots alone do."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.clinical.join import observations
from immunoassay.clinical.lots import Shift, confounded, crossing, lot_shift
from immunoassay.figures import figure_4
from tests.statistic_frames import biomarker_changes, visit_summaries

from .test_join import joined_study, result, sample
from .test_statistics_tables import observe

PEOPLE = "ABCDEFG"
BRIDGING = pd.DataFrame(
    [
        {"panel": "kit", "analyte": "X", "lot_old": "L1", "lot_new": "L2", "ratio": 2.0, "ratio_low": 1.6, "ratio_high": 2.5},
        {"panel": "kit", "analyte": "Y", "lot_old": "L1", "lot_new": "L2", "ratio": np.nan, "ratio_low": np.nan},
    ]
)  # fmt: skip


def across(values, lots, plates=None, unit="pg/mL"):
    """Observations of X at D1 and M3 (participants x visits) read with these kit lots, one for each value."""
    frame = observe({"X": values}, lloq=0.1, visits=("D1", "M3")).assign(unit=unit)
    for name, cells in (("kit_lot", lots), ("plate", lots if plates is None else plates)):
        cells = np.array(cells, dtype=object)
        frame[name] = cells.ravel()
        frame[f"baseline_{name}"] = np.repeat(cells[:, 0], 2)
    return frame


HALVED = np.outer([4.0, 5, 6, 7, 8, 9, 10], [1, 1]) * [[1, 2.1], [1, 1.9], [1, 2.0], [1, 2.2], [1, 1.8], [1, 2], [1, 2]]


@pytest.mark.parametrize(
    ("lots", "count", "flagged"),
    [
        ([("L1", "L2")] * 4 + [("L1", "L1")] * 3, 4, True),
        ([("L1", "L2")] * 3 + [("L1", "L1")] * 4, 3, False),
        ([("L1", "L1")] * 7, 0, False),
        ([(None, "L2")] * 7, None, False),
        ([(None, "L2")] * 3 + [("L1", "L2")] * 4, 4, True),
    ],
)
def test_pairs_across_lots_are_counted_and_more_than_half_is_a_lot_change(lots, count, flagged):
    (row,) = biomarker_changes(across(HALVED, lots), {}, BRIDGING).to_dict("records")
    assert (None if pd.isna(row["n_across_lots"]) else row["n_across_lots"]) == count
    assert row["change_is_also_a_lot_change"] == flagged
    assert ("the change is also a lot change" in row["words"]) == flagged
    assert ("two kit lots (L1 to L2)" in row["words"]) == bool(count)
    assert np.isnan(row["lot_shift"]) == (not count)


def test_a_change_that_is_only_the_lot_stands_beside_the_shift_of_the_lots():
    (row,) = biomarker_changes(across(HALVED, [("L1", "L2")] * 7), {}, BRIDGING).to_dict("records")
    # Nothing but the kit changed: the ratio is that of the lots, and p alone would claim a rise.
    assert row["p"] == 2 / 128
    assert row["low"] < row["lot_shift"] < row["high"]
    assert (row["lot_shift"], row["lot_shift_low"], row["lot_shift_high"]) == (2.0, 1.6, 2.5)
    assert "Of 7 pairs 7 are of two plates, 7 of two kit lots (L1 to L2)" in row["words"]
    assert "the latter reads 2 (1.60 to 2.50) times as much (90 % interval)" in row["words"]
    (row,) = biomarker_changes(across(HALVED, [("L1", "L2")] * 7), {}).to_dict("records")
    assert "no comparison tells what the lot alone does" in row["words"]
    (row,) = biomarker_changes(across(HALVED, [("L1", "L1")] * 7, [("P1", "P2")] * 7), {}).to_dict("records")
    assert (row["n_across_plates"], row["n_across_lots"]) == (7, 0)
    assert "Of 7 pairs 7 are of two plates." in row["words"]


def test_in_log2_units_the_shift_is_a_difference():
    (row,) = biomarker_changes(across(np.log2(HALVED), [("L1", "L2")] * 7, unit="NPX"), {}, BRIDGING).to_dict("records")
    assert row["quantity"] == "difference" and row["lot_shift"] == 1.0
    assert row["lot_shift_low"] == pytest.approx(np.log2(1.6))
    assert "the latter reads 1 (0.678 to 1.32) NPX more" in row["words"]


def test_the_shift_of_lots_is_turned_where_the_baseline_has_the_later_one():
    assert lot_shift(BRIDGING, "kit", "X", "L2", "L1") == Shift(0.5, 1 / 2.5, 1 / 1.6)
    assert lot_shift(BRIDGING, "kit", "X", "L1", "L2") == Shift(2.0, 1.6, 2.5)
    for none in (("Y", "L1", "L2"), ("X", "L1", "L3"), ("Z", "L1", "L2"), ("X", None, None)):
        assert np.isnan(lot_shift(BRIDGING, "kit", *none).ratio)
    assert np.isnan(lot_shift(None, "kit", "X", "L1", "L2").ratio)


def test_the_commonest_change_of_lot_is_named():
    lots = [("L1", "L2"), ("L1", "L3"), ("L2", "L3"), ("L2", "L3"), ("L1", "L1")]
    frame = across(HALVED[:5], lots)
    assert crossing(frame[frame["visit"] == "M3"]) == (4, 4, "L2", "L3")
    assert not confounded(None, 5) and not confounded(2, 4) and confounded(3, 5)


def joined(lots, plates, bridging=BRIDGING, runs=(None, None)):
    """(observations, problems) of seven participants whose visits were read with these two lots and plates."""
    samples = [sample(who, visit, day) for who in PEOPLE for visit, day in (("D1", "2024-01-01"), ("M1", "2024-01-29"))]
    rows = []
    for each in samples:
        later = each["visit"] == "M1"
        facts = {"plate": plates[later], "kit_lot": lots[later], "run": runs[later]}
        rows += [{**result(each["sample_id"], 5.0, analyte=name), **facts} for name in "XY"]
    study = joined_study(samples, courses=None, members=PEOPLE)
    study["participants"] = [{"participant": who, "status": "enrolled", "group": ""} for who in PEOPLE]
    study["courses"] = [{**study["courses"][0], "participant": who} for who in PEOPLE]
    return observations(tables.conform(pd.DataFrame(rows), "results"), study, bridging)


def test_observations_know_plate_and_lot_of_a_result_and_of_its_baseline():
    found, problems = joined(("L1", "L2"), ("P1", "P2"), runs=(None, "run 3"))
    rows = tables.conform(found, "observations").set_index(["participant", "visit", "variable"])
    row = rows.loc[("A", "M1", "X"), ["plate", "kit_lot", "baseline_plate", "baseline_kit_lot"]]
    assert row.tolist() == ["P2 › run 3", "L2", "P1", "L1"]
    (problem,) = problems
    assert (problem.code, problem.level, problem.file, problem.column) == (
        "W-VIS-107",
        "FLAG",
        "config/plates.tsv",
        "kit_lot",
    )
    assert (
        "kit at first M1: of 2 of 2 analytes more than half of the pairs cross a change of the kit lot (L1 to L2)"
        in problem.found
    )
    assert "the later reads X 2.00 times (90 % interval 1.60 to 2.50)" in problem.why  # of Y nothing was determined


@pytest.mark.parametrize(
    ("lots", "plates"), [(("L1", "L1"), ("P1", "P2")), ((None, None), ("P1", "P2")), (("", "L2"), ("P", "P"))]
)
def test_without_two_lots_nothing_is_flagged(lots, plates):
    found, problems = joined(lots, plates)
    assert not problems
    assert tables.conform(found, "observations")["kit_lot"].notna().any() == any(lots)


def test_two_lots_without_shared_samples_are_flagged_all_the_same():
    _, (problem,) = joined(("L1", "L2"), ("P1", "P2"), bridging=None)
    assert "no samples tell them apart" in problem.why


def test_figure_4_says_whose_visits_are_of_two_lots():
    frame = across(HALVED, [("L1", "L2")] * 4 + [("L1", "L1")] * 3).assign(course_order=1)
    visits = [{"visit": name, "label": name, "order": order, "day": 1} for order, name in enumerate(("D1", "M3"))]
    courses = [{"participant": "P1", "course": "first", "order": 1}]
    analytes = [
        {"analyte": "X", "label": "Analyte X", "group": "cytokine", "order": 1, "unit": "pg/mL", "panel": "kit"}
    ]
    sheets = [pd.DataFrame(rows) for rows in (visits, courses, analytes)]
    table = figure_4.table(visit_summaries(frame, {}), frame, *sheets, ["cytokine"], ["D1", "M3"])
    boxes = table[table["layer"] == "box"]
    assert boxes["n_across_lots"].tolist() == boxes["n_across_plates"].tolist() == [4, 4]
    drawn = " ".join(text.get_text() for text in figure_4.draw(table).findobj(lambda each: hasattr(each, "get_text")))
    assert "two kit lots: Analyte X 4 of 7" in " ".join(drawn.split())
