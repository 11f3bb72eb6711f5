"""Selection among attempts, the study's LLOQ, amendments on results, and the ledger that adds up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay import tables
from immunoassay.results import collection, ledger
from immunoassay.tables import ContractError

SAMPLES = [{"sample_id": "a"}, {"sample_id": "b"}]
ANALYTES = [
    {
        "analyte": "X",
        "panel": "kit",
        "unit": "pg/mL",
        "lloq_validated": None,
        "uloq_validated": None,
        "unit_factor": 1.0,
    }
]
BOUNDS = {
    "quantified": lambda value, low, high: (value, value, value),
    "below_lod": lambda value, low, high: (np.nan, 0.0, 1.0),
    "below_lloq": lambda value, low, high: (np.nan, 0.0, low),
    "above_uloq": lambda value, low, high: (np.nan, high, np.inf),
    "not_reportable": lambda value, low, high: (np.nan, 0.0, np.inf),
}


def attempts(*rows):
    """Rows of (sample, plate, date, status, point, lloq, uloq)."""
    records = []
    for sample, plate, date, status, point, low, high in rows:
        value, lower, upper = BOUNDS[status](point, low, high)
        records.append(
            {
                **dict.fromkeys(tables.TABLES["attempts"].columns),
                "sample_id": sample, "plate": plate, "batch": "B", "panel": "kit", "analyte": "X", "attempt": f"{plate} 1:1",
                "dilution": 1.0, "wells": "A01,A02", "status": status, "point": point, "value": value, "lower": lower,
                "upper": upper, "lod": 1.0, "lloq_plate": low, "uloq_plate": high, "lloq_rule": "recovery_cv", "verdict": "PASS",
                "run_date": date, "unit": "pg/mL",
            }
        )  # fmt: skip
    return tables.conform(pd.DataFrame(records), "attempts")


def collect(frame, rule="plate", analytes=ANALYTES, amendments=()):
    found, problems = collection.collect([frame], SAMPLES, analytes, rule, amendments)
    return tables.conform(found, "results").set_index("sample_id"), problems


def test_the_first_quantified_attempt_in_run_order_is_reported():
    frame = attempts(
        ("a", "P1", "2024-01-01", "above_uloq", 150, 1, 100),
        ("a", "P3", "2024-01-03", "quantified", 90, 1, 100),
        ("a", "P2", "2024-01-02", "quantified", 95, 1, 100),
    )
    found, _ = collect(frame)
    assert (found.loc["a", "plate"], found.loc["a", "value"], found.loc["a", "n_attempts"]) == ("P2", 95, 3)
    assert found.loc["a", "selection"] == collection.SELECTION


@given(
    rows=st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(["P1", "P2", "P3"]), st.sampled_from([None, "2024-01-01", "2024-01-02"]),
                  st.sampled_from(sorted(BOUNDS))),
        min_size=1, max_size=6, unique_by=lambda row: row[:2],
    ),
    data=st.data(),
)  # fmt: skip
def test_the_choice_does_not_depend_on_the_order_of_parts_and_rows(rows, data):
    points = {"quantified": 50, "below_lod": 0.2, "below_lloq": 0.5, "above_uloq": 150}
    frame = attempts(*((*row, points.get(row[3], np.nan), 1, 100) for row in rows))
    order = data.draw(st.permutations(range(len(frame))))
    cut = data.draw(st.integers(0, len(frame)))
    parts = [frame.iloc[order[:cut]].reset_index(drop=True), frame.iloc[order[cut:]].reset_index(drop=True)]
    found, _ = collection.collect(parts, SAMPLES, ANALYTES, "plate", ())
    rank = {"quantified": 0, **dict.fromkeys(tables.CENSORED, 1)}
    for sample, each in frame.groupby("sample_id"):
        plates = each.assign(rank=each["status"].map(rank).fillna(2), day=each["run_date"].fillna("9999"))
        best = plates.sort_values(["rank", "day", "plate"])["plate"].iloc[0]
        row = found[found["sample_id"] == sample].iloc[0]
        assert (row["plate"], row["n_attempts"]) == (best, len(each))


def test_a_sample_never_assayed_is_missing_with_a_reason_and_no_bound():
    found, _ = collect(attempts(("a", "P1", "2024-01-01", "quantified", 5, 1, 100)))
    row = found.loc["b"]
    assert (row["status"], row["reason"], row["lower"], row["upper"]) == ("missing", "not_tested", 0, np.inf)
    assert row["unit"] == "pg/mL"


def test_the_highest_limit_of_the_study_recensors_and_says_so():
    frame = attempts(
        ("a", "P1", "2024-01-01", "quantified", 5, 1, 100), ("b", "P2", "2024-02-01", "below_lloq", 6, 8, 100)
    )
    plate, _ = collect(frame)
    assert plate.loc["a", "status"] == "quantified"
    found, _ = collect(frame, "max")
    row = found.loc["a"]
    assert (row["status"], row["reason"], row["upper"], row["lloq_plate"]) == ("below_lloq", "below_study_limit", 8, 1)
    assert found["lloq_rule"].unique().tolist() == ["max (recovery_cv)"]


def validated(low, high=None):
    return [{**ANALYTES[0], "lloq_validated": low, "uloq_validated": high}]


def test_a_validated_limit_is_a_floor_in_the_well_times_dilution_and_lifts_nothing():
    frame = attempts(
        ("a", "P1", "2024-01-01", "below_lloq", 5, 8, 100), ("b", "P1", "2024-01-01", "quantified", 9, 8, 100)
    )
    frame["dilution"] = 2.0
    found, _ = collect(frame, "validated", validated(2.0, 4.0))
    assert found["lloq_applied"].tolist() == [8, 8] and found["uloq_applied"].tolist() == [8, 8]
    assert (found.loc["a", "status"], found.loc["a", "upper"]) == ("below_lloq", 8)
    assert (found.loc["b", "status"], found.loc["b", "lower"]) == ("above_uloq", 8)
    found, _ = collect(frame, "validated", validated(6.0))
    assert found["lloq_applied"].tolist() == [12, 12] and found["uloq_applied"].tolist() == [100, 100]
    row = found.loc["b"]
    assert (row["status"], row["reason"], row["upper"]) == ("below_lloq", "below_study_limit", 12)


@pytest.mark.parametrize("rule", ["plate", "max", "validated"])
def test_no_rule_reports_what_the_plate_could_not_tell(rule):
    """A plate whose low standards failed censors at 8; the validated limit of 2 was not reached there."""
    frame = attempts(
        ("a", "P1", "2024-01-01", "below_lloq", 5, 8, 100), ("b", "P2", "2024-01-01", "quantified", 5, 2, 100)
    )
    found, _ = collect(frame, rule, validated(2.0, 50.0))
    assert (found.loc["a", "status"], found.loc["a", "upper"]) == ("below_lloq", 8)
    assert found.loc["b", "status"] == ("below_lloq" if rule == "max" else "quantified")
    off_curve = attempts(("a", "P1", "2024-01-01", "below_lloq", np.nan, 8, 100))
    assert collect(off_curve, rule, validated(2.0))[0].loc["a", "upper"] == 8


def test_below_the_limit_of_detection_stays_so_whatever_lloq_applies():
    frame = attempts(
        ("a", "P1", "2024-01-01", "below_lod", 0.5, 8, 100), ("b", "P2", "2024-01-01", "quantified", 9, 9, 100)
    )
    for rule in ("plate", "max", "validated"):
        row = collect(frame, rule, validated(20.0))[0].loc["a"]
        assert (row["status"], row["lower"], row["upper"], row["lod"]) == ("below_lod", 0, 1, 1)


def amendment(sample):
    return {"amendment": "A9", "what": "exclude_result", "plate": "", "well": "", "analyte": "X", "sample_id": sample,
            "level": "", "from": "", "to": "", "reason": "tube mixed up", "who": "KM", "when": "2024-03-01"}  # fmt: skip


def test_an_excluded_result_keeps_its_row_and_its_reason():
    frame = attempts(("a", "P1", "2024-01-01", "quantified", 5, 1, 100))
    found, problems = collect(frame, amendments=[amendment("a")])
    row = found.loc["a"]
    assert (row["status"], row["reason"], row["lower"], row["upper"]) == (
        "not_reportable",
        "excluded_by_amendment",
        0,
        np.inf,
    )
    assert "tube mixed up (KM, 2024-03-01)" in row["selection"]
    assert problems == []


def test_an_amendment_that_matches_nothing_stops():
    _, problems = collect(attempts(("a", "P1", "2024-01-01", "quantified", 5, 1, 100)), amendments=[amendment("z")])
    assert [(problem.code, problem.level) for problem in problems] == [("E-AMD-120", "STOP")]


def ledger_parts():
    wells = pd.DataFrame(
        [
            ("A01", "standard", None, "S1", "usable"),
            ("A02", "standard", None, "S2", "usable"),
            ("A03", "blank", None, None, "usable"),
            ("B01", "sample", "a", None, "usable"),
            ("B02", "sample", "a", None, "excluded_bead_count"),
            ("B03", "sample", "b", None, "usable"),
            ("B04", "sample", "z", None, "usable"),
            ("B05", "empty", None, None, "empty"),
        ],
        columns=["well", "role", "sample_id", "level", "disposition"],
    ).assign(batch="B", plate="P1", panel="kit", analyte="X", disposition_reason=None, file="f", file_row=1)
    wells = wells.assign(sample_written=wells["sample_id"], names_scope=None)
    curves = pd.DataFrame(
        {
            "plate": ["P1"],
            "analyte": ["X"],
            "status": ["converged"],
        }
    )
    dropped = pd.DataFrame({"plate": "P1", "analyte": "X", "level": ["S1", "S2"], "dropped": [False, True]})
    found = pd.DataFrame(
        {
            "sample_id": ["a", "b"],
            "analyte": "X",
            "plate": ["P1", "P2"],
            "wells": ["B01", "C01"],
            "status": ["quantified", "below_lloq"],
            "reason": [None, "below_limit"],
        }
    )
    return wells, tables.empty("delivered"), curves, dropped, ledger.used_records(found)


def test_every_raw_record_has_one_final_disposition():
    found = tables.conform(ledger.ledger(*ledger_parts(), SAMPLES), "ledger").set_index("record")["disposition"]
    assert found.to_dict() == {
        "A01": "standard_used",
        "A02": "standard_dropped",
        "A03": "blank_used",
        "B01": "result_quantified",
        "B02": "excluded_bead_count",
        "B03": "attempt_not_selected",
        "B04": "sample_not_in_sheet",
        "B05": "empty",
    }


def test_a_doubled_record_is_a_contract_error():
    wells, *rest = ledger_parts()
    with pytest.raises(ContractError, match="repeated key"):
        tables.conform(ledger.ledger(pd.concat([wells, wells.iloc[:1]], ignore_index=True), *rest, SAMPLES), "ledger")


def rerun(**cells):
    return {**amendment(""), "what": "replace_by_rerun", "plate": "P1", "to": "P2", "analyte": "", **cells}


def test_a_declared_re_run_is_reported_although_the_first_attempt_is_quantified():
    frame = attempts(
        ("a", "P1", "2024-01-01", "quantified", 5, 1, 100),
        ("a", "P2", "2024-02-01", "quantified", 7, 1, 100),
        ("b", "P1", "2024-01-01", "quantified", 9, 1, 100),
    )
    assert collect(frame)[0].loc["a", "value"] == 5
    found, problems = collect(frame, amendments=[rerun()])
    assert problems == []
    assert (found.loc["a", "value"], found.loc["a", "n_attempts"]) == (7, 2)
    assert found.loc["a", "selection"] == "A9: tube mixed up (KM, 2024-03-01)"
    assert (found.loc["b", "value"], found.loc["b", "selection"]) == (9, "only attempt")


def test_a_re_run_that_failed_is_reported_as_it_is():
    frame = attempts(
        ("a", "P1", "2024-01-01", "quantified", 5, 1, 100), ("a", "P2", "2024-02-01", "not_reportable", np.nan, 1, 100)
    )
    found, _ = collect(frame, amendments=[rerun()])
    assert (found.loc["a", "status"], found.loc["a", "plate"]) == ("not_reportable", "P2")


def test_one_result_is_not_excluded_twice_and_a_missing_one_not_at_all():
    frame = attempts(("a", "P1", "2024-01-01", "quantified", 5, 1, 100))
    twice = [amendment("a"), {**amendment("a"), "amendment": "A10"}]
    assert [each.code for each in collect(frame, amendments=twice)[1]] == ["E-AMD-122"]
    assert [each.code for each in collect(frame, amendments=[amendment("b")])[1]] == ["E-AMD-120"]
