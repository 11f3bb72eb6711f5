"""Delivered results: limits of detection, results of zero without a limit, limits that contradict each other."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay import tables
from immunoassay.readers import quarantine
from immunoassay.readers.deliveries import delivered
from immunoassay.results import collection
from immunoassay.study import vocabulary

PLATES = [{"plate": "D", "run_date": None, "kit_lot": ""}]
COLUMNS = ("sample_id", "value", "flag", "limit", "lod", "lloq", "uloq")
NAN = np.nan


def rows(*records, analyte="X", **other):
    """Delivered rows of (value, flag, limit, lod, lloq, uloq), samples a, b, ..."""
    frame = pd.DataFrame([(chr(97 + i), *record) for i, record in enumerate(records)], columns=COLUMNS)
    texts = {"batch": "B", "plate": "D", "panel": "lab", "analyte": analyte, "analyte_written": analyte, "unit": "pg/mL",
             "disposition": "usable", "file": "f.csv", "value_text": frame["value"].astype(str)}  # fmt: skip
    frame = frame.assign(**texts, file_row=range(2, len(frame) + 2), record=[f"row {i}" for i in range(len(frame))])
    return tables.conform(frame.reindex(columns=tables.TABLES["delivered"].columns).assign(**other), "delivered")


def number(value, lod=NAN, lloq=NAN, uloq=NAN):
    return (value, "none", NAN, lod, lloq, uloq)


def below(limit=NAN, lod=NAN, lloq=NAN):
    return (NAN, "below_range", limit, lod, lloq, NAN)


def judged(frame):
    found = delivered.attempts(frame, PLATES).set_index("sample_id")
    return found, found[["status", "lower", "upper"]].apply(tuple, axis=1).to_dict()


def test_three_classes_where_a_limit_of_detection_is_known():
    frame = rows(
        number(0.1, 0.2, 1.0), number(0.2, 0.2, 1.0), number(1.0, 0.2, 1.0), number(-3.0, 0.2, 1.0),
        below(0.2, 0.2, 1.0), below(1.0, 0.2, 1.0), below(NAN, 0.2, 1.0), below(NAN, 0.2), number(0.0, 0.2),
        number(0.3, 0.2),
    )  # fmt: skip
    found, bounds = judged(frame)
    assert bounds == {
        "a": ("below_lod", 0, 0.2),
        "b": ("below_lloq", 0, 1.0),
        "c": ("quantified", 1.0, 1.0),
        "d": ("below_lod", 0, 0.2),
        "e": ("below_lod", 0, 0.2),
        "f": ("below_lloq", 0, 1.0),
        "g": ("below_lloq", 0, 1.0),  # below which of the two nobody said: the wider bound is certain
        "h": ("below_lod", 0, 0.2),
        "i": ("below_lod", 0, 0.2),
        "j": ("quantified", 0.3, 0.3),
    }
    assert found.loc["a", "reason"] == "below_detection" and (found["lod"] == 0.2).all()
    assert delivered.questions(frame, {"X": "concentration"}) == []


def test_of_two_limits_the_wider_bound_is_certain():
    _, bounds = judged(rows(below(0.4, lloq=0.2), below(0.1, lloq=0.2), (NAN, "above_range", 50, NAN, 0.2, 100)))
    assert bounds == {"a": ("below_lloq", 0, 0.4), "b": ("below_lloq", 0, 0.2), "c": ("above_uloq", 50, np.inf)}


def test_zero_without_a_limit_lies_below_the_smallest_positive_result_of_its_analyte():
    frame = rows(number(0.0), number(-0.2), number(0.3), number(7.0), below(0.1), number(0.0, lloq=2.0))
    problems = delivered.questions(frame, {"X": "concentration"})
    found, bounds = judged(frame)
    assert bounds == {
        "a": ("below_lloq", 0, 0.3),
        "b": ("below_lloq", 0, 0.3),
        "c": ("quantified", 0.3, 0.3),
        "d": ("quantified", 7.0, 7.0),
        "e": ("below_lloq", 0, 0.1),
        "f": ("below_lloq", 0, 2.0),
    }
    assert found.loc["a", ["reason", "lloq_rule"]].tolist() == ["no_lloq_stated", "smallest_positive"]
    assert found.loc["f", ["reason", "lloq_rule"]].tolist() == ["below_limit", "laboratory"]
    assert [(each.code, each.level, each.row, each.column) for each in problems] == [("W-LIM-090", "FLAG", "2", "X")]
    assert "2 results are zero or negative (the lowest -0.2 pg/mL)" in problems[0].message
    assert "below 0.3 pg/mL" in problems[0].message and "row X, column lloq_validated" in problems[0].message


@pytest.mark.parametrize("values", [(0.0, 0.0), (-0.5, 0.3, 7.0), (-1.0,)])
def test_zero_that_nothing_bounds_sets_the_analyte_aside_until_its_lloq_is_written(values):
    frame = pd.concat([rows(*map(number, values)), rows(number(0.0), number(2.0), analyte="Y", plate="E")])
    frame = tables.conform(frame, "delivered")
    quantities = dict.fromkeys("XY", "concentration")
    problems = delivered.questions(frame, quantities)
    assert [(each.code, each.analyte) for each in problems] == [("E-LIM-090", "X"), ("W-LIM-090", "Y")]
    kept, of_x = quarantine.set_aside(frame, problems[:1]), frame["analyte"] == "X"
    assert (kept.loc[of_x, "disposition"] == "plate_quarantined").all() and (
        kept.loc[~of_x, "disposition"] == "usable"
    ).all()
    status = delivered.attempts(kept, [*PLATES, {**PLATES[0], "plate": "E"}])
    assert (status.loc[of_x.to_numpy(), "reason"] == "plate_quarantined").all()
    answered = frame.assign(lloq_validated=0.2)
    assert delivered.questions(answered, quantities) == []
    found = delivered.attempts(answered, [*PLATES, {**PLATES[0], "plate": "E"}])
    assert (found.loc[found["point"] <= 0, "upper"] == 0.2).all() and (found["lloq_rule"] == "validated").all()


def test_signals_less_their_blank_scatter_around_zero():
    frame = rows(number(-300.0), number(2.0), number(9000.0), unit="MFI")
    problems = delivered.questions(frame, {"X": "relative"})
    assert [each.code for each in problems] == ["W-LIM-090"] and judged(frame)[1]["a"] == ("below_lloq", 0, 2.0)


def codes(frame):
    return [(each.code, each.level, each.row) for each in delivered.questions(frame, {"X": "concentration"})]


def test_limits_that_contradict_each_other_are_named_and_innocent_ones_are_not():
    assert codes(rows(below(0.4, lloq=0.2), below(0.2, lloq=0.2), below(0.1, 0.1, 0.2))) == [("W-LIM-093", "FLAG", "2")]
    assert codes(rows(number(5, lloq=0.2), number(5, lloq=20.0), number(5, lloq=0.2))) == [("W-LIM-092", "FLAG", "3")]
    assert codes(rows(number(5, lloq=0.002), number(5, lloq=0.2), number(5, lloq=0.2))) == [("W-LIM-092", "FLAG", "2")]
    assert codes(rows(number(5, lloq=0.2), number(5, lloq=2.0), number(5, lloq=0.02), number(5))) == []  # dilutions


def test_units_that_differ_inside_one_analyte_are_flagged_and_spellings_are_not():
    three = (number(5.0), number(5.0), number(5.0))
    assert codes(rows(*three, unit_written=["pg/mL", "ng/mL", "pg/mL"])) == [("W-UNIT-089", "FLAG", "3")]
    assert codes(rows(*three, unit_written=["pg/mL", "PG/ML", "pg / mL"])) == []


def test_a_unit_is_known_in_any_case_and_relative_units_are_never_converted():
    units = vocabulary.units("resources/units.tsv")
    assert units.factor("PG/ML", "pg/mL") == units.factor("\u03bcg/ml", "\u00b5g/mL") == 1
    assert units.factor("FG/ML", "pg/mL") == pytest.approx(1e-3) and units.factor("pmol/L", "nM") == pytest.approx(1e-3)
    relative = ["MFI", "RFU", "AU"]
    for one in relative:
        assert units.quantities(one) == {"relative"}
        assert [units.factor(one, other) for other in [*relative, "pg/mL", "EU/mL"] if other != one] == [None] * 4
    assert units.quantities("EU/mL") == {"concentration"} and not units.same("MFI", "RFU")
    assert "parsec" not in units and None not in units


AMOUNTS = st.sampled_from([-4.0, -0.2, 0.0, 0.1, 0.3, 5.0, 2000.0, NAN])
LIMITS = st.sampled_from([NAN, 0.0, 0.2, 1.0])
CELLS = st.tuples(AMOUNTS, LIMITS, LIMITS, st.sampled_from([NAN, 1000.0]), LIMITS).map(
    lambda cell: (cell[0], "none", NAN, *cell[1:4]) if cell[0] == cell[0] else (NAN, "below_range", cell[4], *cell[1:4])
)


@given(st.lists(CELLS, min_size=1, max_size=8))
def test_what_is_quantified_has_a_logarithm_and_what_is_censored_a_bound(cells):
    frame = rows(*cells)
    asked = [each for each in delivered.questions(frame, {"X": "concentration"}) if each.level == "QUARANTINE"]
    found = delivered.attempts(quarantine.set_aside(frame, asked), PLATES)
    assert (found.loc[found["status"] == "quantified", "value"] > 0).all()
    below = found[found["status"].isin(tables.BELOW)]
    assert ((below["upper"] > 0) & np.isfinite(below["upper"]) & (below["lower"] == 0)).all()
    number = frame["value"].notna().to_numpy()
    assert asked or not (found["status"][number] == "not_reportable").any()


def test_repeats_and_their_replicates_count_in_the_order_of_the_file():
    """Rows 9, 10 are one attempt and rows 25, 26 another, also where they are sorted as texts (10, 25, 26, 9)."""
    frame = rows(number(10.0), number(12.0), number(50.0), number(52.0))
    at = [9, 10, 25, 26]
    frame = frame.assign(sample_id="a", file_row=at, record=[f"row {row}" for row in at], replicate=["1", "2"] * 2)
    found = delivered.attempts(frame.sort_values("record"), PLATES)
    assert found[["attempt", "value", "wells"]].to_numpy().tolist() == [
        ["D row 9", 11.0, "row 9,row 10"],
        ["D row 25", 51.0, "row 25,row 26"],
    ]
    assert found["flags"].fillna("").tolist() == ["", "repeat"]


def test_the_first_attempt_of_a_delivery_is_that_of_the_first_row():
    frame = rows(number(10.0), number(50.0)).assign(sample_id="a", file_row=[5, 29], record=["row 5", "row 29"])
    attempts = tables.conform(delivered.attempts(frame, PLATES), "attempts").sort_values("attempt")
    assert attempts["attempt"].tolist() == ["D row 29", "D row 5"]  # as they are stored
    analyte = {"analyte": "X", "panel": "lab", "unit": "pg/mL", "lloq_validated": None}
    results, _ = collection.collect([attempts], [], [analyte], "plate", [])
    assert results["value"].tolist() == [10.0] and results["n_attempts"].tolist() == [2]
