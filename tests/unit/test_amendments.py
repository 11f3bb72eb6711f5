"""Every kind of amendment: what it changes, that it leaves a mark, and that nothing or contradictory ones stop."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.study import amended, amendments

COLUMNS = ("amendment", "what", "plate", "well", "analyte", "sample_id", "level", "from", "to", "reason", "who", "when")


def row(what, name="A1", **cells):
    return {**dict.fromkeys(COLUMNS, ""), "amendment": name, "what": what, "plate": "P1", "reason": "box map checked",
            "who": "KM", "when": "2024-07-01", **cells}  # fmt: skip


def wells():
    frame = pd.DataFrame(
        [
            ("A01", "standard", None, "S1", 100.0), ("A02", "standard", None, "S2", 10.0), ("B01", "sample", "a", None, np.nan),
            ("B02", "sample", "a", None, np.nan), ("C01", "sample", "b", None, np.nan), ("C02", "sample", "b", None, np.nan),
        ],
        columns=["well", "role", "sample_written", "level", "expected"],
    )  # fmt: skip
    frame = pd.concat([frame.assign(analyte=name) for name in ("X", "Y")], ignore_index=True)
    return frame.assign(
        plate="P1", sample_id=frame["sample_written"], disposition="usable", disposition_reason=None, amendments=None,
        file="raw/new.csv",
    ).astype({"amendments": "object", "disposition_reason": "object"})  # fmt: skip


def codes(problems):
    return [each.code for each in problems]


def test_a_sample_is_renamed_visibly_and_a_swap_is_two_rows():
    swap = [row("sample_id", "A1", **{"from": "a", "to": "b"}), row("sample_id", "A2", **{"from": "b", "to": "a"})]
    found, problems = amendments.apply_to_wells(wells(), swap)
    assert problems == []
    by_well = found[found["analyte"] == "X"].set_index("well")
    assert by_well.loc[["B01", "C01"], "sample_id"].tolist() == ["b", "a"]
    assert by_well.loc[["B01", "C01"], "sample_written"].tolist() == ["a", "b"]  # the export keeps its word
    assert by_well.loc[["B01", "C01"], "amendments"].tolist() == ["A1", "A2"]


def test_a_rename_onto_a_sample_of_the_plate_stops_unless_it_names_the_well():
    both = {"from": "a", "to": "b"}
    assert codes(amendments.apply_to_wells(wells(), [row("sample_id", **both)])[1]) == ["E-AMD-123"]
    found, problems = amendments.apply_to_wells(wells(), [row("sample_id", well="B01", **both)])
    assert problems == [] and (found["sample_id"] == "b").sum() == 6


def test_exclusions_keep_the_wells_with_their_reason():
    found, problems = amendments.apply_to_wells(wells(), [row("exclude_well", well="B01", analyte="X")])
    hit = found["disposition"] == "excluded_by_amendment"
    assert problems == [] and hit.sum() == 1
    assert found.loc[hit, "disposition_reason"].item() == "A1: box map checked (KM, 2024-07-01)"
    found, _ = amendments.apply_to_wells(wells(), [row("exclude_analyte", analyte="Y")])
    assert set(found.loc[found["disposition"] != "usable", "analyte"]) == {"Y"} and len(found) == 12


def test_the_standards_strength_and_one_level():
    found, _ = amendments.apply_to_wells(wells(), [row("standard_strength", to="0.75")])
    assert found["expected"].dropna().tolist() == [75, 7.5, 75, 7.5]
    found, _ = amendments.apply_to_wells(wells(), [row("expected_concentration", analyte="X", level="S2", to="12")])
    assert found["expected"].dropna().tolist() == [100, 12, 100, 10]
    assert (found["amendments"] == "A1").sum() == 1


def test_a_re_export_marks_its_plate_and_must_be_the_file_that_is_read():
    files = {"from": "raw/old.csv", "to": "raw/new.csv"}
    found, problems = amendments.apply_to_wells(wells(), [row("re_export", **files)])
    assert problems == [] and (found["amendments"] == "A1").all()
    plates = [{"plate": "P1", "file": "raw/new.csv", "include": True, "reason": ""}]
    assert amended.apply_to_plates(plates, [row("re_export", **files)])[1] == []
    plates[0]["file"] = "raw/old.csv"
    assert codes(amended.apply_to_plates(plates, [row("re_export", **files)])[1]) == ["E-AMD-120"]


def test_a_plate_is_set_aside_once():
    plates = [{"plate": "P1", "file": "f", "include": True, "reason": ""}]
    found, problems = amended.apply_to_plates(plates, [row("exclude_plate")])
    assert problems == [] and found == [
        {"plate": "P1", "file": "f", "include": False, "reason": "A1: box map checked (KM, 2024-07-01)"}
    ]
    assert plates[0]["include"]
    twice = [row("exclude_plate"), row("exclude_plate", "A2")]
    problems = amended.apply_to_plates(plates, twice)[1]
    assert codes(problems) == ["E-AMD-122"] and "A1" in problems[0].found
    assert codes(amended.apply_to_plates(found, [row("exclude_plate", "A3")])[1]) == ["E-AMD-122"]


@pytest.mark.parametrize(
    "nothing",
    [
        row("sample_id", **{"from": "z", "to": "b"}), row("exclude_well", well="H12"), row("exclude_analyte", analyte="Z"),
        row("expected_concentration", analyte="X", level="S9", to="1"), row("standard_strength", plate="P2", to="0.5"),
        row("re_export", **{"from": "raw/new.csv", "to": "raw/other.csv"}), row("exclude_result", sample_id="a", analyte="X"),
    ],
    ids=lambda each: each["what"],
)  # fmt: skip
def test_what_matches_nothing_stops_and_changes_nothing(nothing):
    before = wells()
    after, problems = amendments.apply_to_wells(before, [nothing])
    assert codes(problems) == ["E-AMD-120"] and problems[0].level == "STOP"
    pd.testing.assert_frame_equal(before, after)


@pytest.mark.parametrize(
    "pair",
    [
        [row("sample_id", **{"from": "a", "to": "c"}), row("sample_id", "A2", **{"from": "a", "to": "d"})],
        [row("standard_strength", to="0.5"), row("standard_strength", "A2", to="0.75")],
        [row("standard_strength", to="0.5"), row("expected_concentration", "A2", analyte="X", level="S1", to="9")],
        [row("exclude_well", well="B01"), row("exclude_well", "A2", well="B01")],
    ],
)
def test_contradictions_stop(pair):
    problems = amendments.apply_to_wells(wells(), pair)[1]
    assert codes(problems) == ["E-AMD-122"] and "A1" in problems[0].found


def test_overlapping_exclusions_agree_and_the_first_reason_stays():
    pair = [row("exclude_well", well="B01"), row("exclude_analyte", "A2", analyte="X")]
    found, problems = amendments.apply_to_wells(wells(), pair)
    assert problems == []
    reasons = found.loc[(found["well"] == "B01") & (found["analyte"] == "X"), "disposition_reason"]
    assert reasons.item().startswith("A1:")


def attempts(*rows):
    return pd.DataFrame(rows, columns=["sample_id", "analyte", "plate"]).assign(attempt="1")


def test_a_re_run_replaces_the_attempts_it_repeats():
    frame = attempts(("a", "X", "P1"), ("b", "X", "P1"), ("a", "X", "P2"), ("a", "Y", "P1"))
    replaced, problems = amendments.replaced_attempts(frame, [row("replace_by_rerun", to="P2")])
    assert problems == [] and list(replaced) == [("P1", "a", "X", "1")]  # b and Y were not repeated
    nothing = row("replace_by_rerun", to="P3")
    assert codes(amendments.replaced_attempts(frame, [nothing])[1]) == ["E-AMD-120"]
    assert codes(amendments.replaced_attempts(frame, [row("replace_by_rerun", sample_id="b", to="P2")])[1]) == [
        "E-AMD-120"
    ]
    frame = pd.concat([frame, attempts(("a", "X", "P3"))], ignore_index=True)
    twice = [row("replace_by_rerun", to="P2"), row("replace_by_rerun", "A2", to="P3")]
    assert codes(amendments.replaced_attempts(frame, twice)[1]) == ["E-AMD-122"]


def test_every_amendment_is_counted_and_one_that_reached_nothing_is_a_fault():
    rows = [row("sample_id", "A1", well="B01", **{"from": "a", "to": "c"}), row("exclude_well", "A2", well="C01")]
    found, _ = amendments.apply_to_wells(wells(), rows)
    results = pd.DataFrame({"amendments": ["A2", "A1;A2", None]})
    listed = amendments.applied(rows, [found, tables.empty("delivered")], results, [])
    assert listed.set_index("amendment")[["n_records", "n_results"]].to_numpy().tolist() == [[2, 1], [2, 2]]
    with pytest.raises(tables.ContractError, match="A9"):
        amendments.applied([row("exclude_well", "A9")], [found, tables.empty("delivered")], results, [])


def test_when_only_some_batches_count_their_amendments_do_and_no_others():
    rows = [
        row("exclude_well", "A1", well="B01"), row("exclude_well", "A2", plate="P9", well="B01"),
        row("replace_by_rerun", "A3", to="P9"), row("exclude_result", "A4", plate="", sample_id="z", analyte="X"),
    ]  # fmt: skip
    plates = [{"plate": "P1"}]
    assert [each["amendment"] for each in amended.that_count(rows, plates, ["B1"])] == ["A1", "A4"]
    assert amended.that_count(rows, plates, []) == rows
    results = pd.DataFrame(
        {"sample_id": ["a"], "analyte": "X", "status": "missing", "reason": "not_tested", "selection": "no"}
    )
    assert amendments.apply_to_results(results, rows[3:], partial=True)[1] == []
    assert codes(amendments.apply_to_results(results, rows[3:])[1]) == ["E-AMD-120"]
