"""Arms over plates and kit lots: counts, whether they are uneven, and what is said of it."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.clinical import arms_over_plates as spread

pytestmark = pytest.mark.filterwarnings("error")
PEOPLE = pd.DataFrame({"participant": [f"P{i:02d}" for i in range(16)], "arm": ["placebo", "active"] * 8})


def observations(plates, lots=None, variables=("IL-6", "TNF"), visits=("D1", "M3")):
    """One result of every participant, analyte and visit on the plate of the participant."""
    rows = [
        {
            "participant": f"P{i:02d}",
            "variable": name,
            "visit": visit,
            "kind": "biomarker",
            "panel": "cytokines",
            "plate": plate,
        }
        for i, plate in enumerate(plates)
        for name in variables
        for visit in visits
    ]
    frame = pd.DataFrame(rows).assign(reported=True)
    if lots is None:
        return frame
    return frame.assign(kit_lot=frame["participant"].map(dict(zip(PEOPLE["participant"], lots, strict=True))))


def test_arms_side_by_side_on_every_plate_are_even():
    found = spread.arms_over_plates(observations([f"K-{i // 4}" for i in range(16)]), PEOPLE, "arm")
    assert list(found.columns) == list(spread.COLUMNS) and len(found) == 2 * 2 * 4 * 2
    assert (found["n"] == 2).all() and (found["shared"] == 4).all() and not found["uneven"].any()
    assert found["cramers_v"].tolist() == pytest.approx([0] * len(found)) and (found["p"] == 1).all()
    assert not list(spread.problems(found, "arm"))


def test_an_arm_to_a_plate_is_flagged_once_for_a_panel_and_visit():
    found = spread.arms_over_plates(observations([f"K-{i % 2}" for i in range(16)]), PEOPLE, "arm")
    assert found["uneven"].all() and (found["shared"] == 0).all() and found["cramers_v"].iloc[0] == pytest.approx(1)
    flags = list(spread.problems(found, "arm"))
    assert [flag.code for flag in flags] == ["W-LOT-075"] * 2 and {flag.level for flag in flags} == {"FLAG"}
    assert "over the plates of cytokines at D1: K-0 holds 8 placebo; K-1 holds 8 active" in flags[0].message
    assert "IL-6, TNF" in flags[0].message


def test_mostly_apart_is_flagged_by_chance_alone_it_is_not():
    mostly = [f"K-{i % 2}" for i in range(16)]
    mostly[0], mostly[1] = "K-1", "K-0"
    found = spread.arms_over_plates(observations(mostly), PEOPLE, "arm")
    assert found["uneven"].all() and found["shared"].iloc[0] == 2 and found["p"].iloc[0] < 0.01
    random = np.random.default_rng(1)
    found = spread.arms_over_plates(
        observations(list(random.permutation([f"K-{i % 2}" for i in range(16)]))), PEOPLE, "arm"
    )
    assert not found["uneven"].any()


def test_a_plate_for_each_participant_is_no_unevenness():
    found = spread.arms_over_plates(observations([f"K-{i:02d}" for i in range(16)]), PEOPLE, "arm")
    assert not found["uneven"].any() and (found["p"] == 1).all()


def test_kit_lots_are_looked_at_like_plates():
    lots = ["A" if i % 2 else "B" for i in range(16)]
    found = spread.arms_over_plates(observations(["K-1"] * 16, lots), PEOPLE, "arm")
    assert set(found["by"]) == {"kit_lot"} and found["uneven"].all()
    assert "over the kit lots of cytokines" in next(spread.problems(found, "arm")).message


def test_without_plates_levels_or_results_there_is_nothing_to_say():
    frame = observations([f"K-{i % 2}" for i in range(16)])
    for rows, people in (
        (frame.drop(columns="plate"), PEOPLE),
        (frame.assign(plate=None), PEOPLE),
        (frame.assign(reported=False), PEOPLE),
        (frame, PEOPLE.assign(arm="placebo")),
        (frame, PEOPLE.assign(arm=None)),
    ):
        found = spread.arms_over_plates(rows, people, "arm")
        assert found.empty and list(found.columns) == list(spread.COLUMNS) and not list(spread.problems(found, "arm"))
