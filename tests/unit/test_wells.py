"""Wells: which signal counts, what is set aside and why, amendments on wells, expected concentrations."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.readers import wells
from immunoassay.study import amendments


def frame(*rows):
    """Rows of (well, role, signal, level, expected) on plate P1, analyte X, kit lot L1."""
    return pd.DataFrame(rows, columns=["well", "role", "signal", "level", "expected"]).assign(
        plate="P1", panel="kit", analyte="X", kit_lot="L1", net_signal=np.nan, bead_count=100.0, vendor_flag="none",
        signal_kind="median", disposition="usable", disposition_reason=None, flags=None, amendments=None, file="f.csv",
        sample_written="s", sample_id="s",
    ).astype({"flags": "object", "amendments": "object", "disposition_reason": "object"})  # fmt: skip


def test_the_mean_of_the_usable_blanks_is_subtracted():
    given = frame(("A1", "blank", 10, None, None), ("A2", "blank", 14, None, None), ("A3", "blank", 900, None, None),
                  ("B1", "sample", 50, None, None))  # fmt: skip
    given.loc[2, "disposition"] = "excluded_by_amendment"
    found = wells.choose_signal(given, "background_subtracted")
    assert found["signal"].tolist() == [-2, 2, 888, 38]
    assert set(found["signal_kind"]) == {"net_median"}


def test_without_a_blank_the_exports_own_net_signal_counts():
    given = frame(("B1", "sample", 50, None, None)).assign(net_signal=41.5)
    assert wells.choose_signal(given, "background_subtracted")["signal"].tolist() == [41.5]
    assert wells.choose_signal(given, "raw")["signal"].tolist() == [50]


def test_a_missing_signal_has_its_reason():
    given = frame(("B1", "sample", np.nan, None, None), ("B2", "sample", np.nan, None, None))
    given.loc[1, "vendor_flag"] = "overflow"
    found = wells.choose_signal(given, "raw")
    assert found["disposition"].tolist() == ["no_signal", "beyond_detector"]
    assert found["disposition_reason"].tolist() == ["no signal in the export", "signal beyond the detector"]


@pytest.mark.parametrize(
    ("beads", "disposition", "flags"),
    [(34, "excluded_bead_count", None), (35, "usable", "W-BEAD"), (49, "usable", "W-BEAD"), (50, "usable", None)],
)
def test_beads_below_35_exclude_and_below_50_flag(beads, disposition, flags):
    found, problems = wells.set_aside(
        frame(("B1", "sample", 50, None, None)).assign(bead_count=beads), {"exclude_below": 35, "flag_below": 50}
    )
    assert found["disposition"].tolist() == [disposition]
    assert found["flags"].where(found["flags"].notna(), None).tolist() == [flags]
    assert len(problems) == (beads < 50)


def test_the_vendors_exclusions_and_empty_wells_are_set_aside():
    given = frame(("B1", "sample", 50, None, None), ("B2", "empty", 3, None, None))
    given.loc[0, "vendor_flag"] = "masked"
    found, problems = wells.set_aside(given)
    assert found["disposition"].tolist() == ["excluded_by_vendor", "empty"]
    assert [problem.code for problem in problems] == ["X-VENDOR"]


MATERIALS = [
    {"panel": "kit", "kit_lot": "L1", "material": "standard", "level": "S1", "analyte": "X", "expected": 100.0},
    {"panel": "kit", "kit_lot": "L2", "material": "standard", "level": "S1", "analyte": "X", "expected": 80.0},
]


def test_the_certificate_overrides_the_export_and_a_difference_is_said():
    given = frame(("A1", "standard", 9, "S1", 215625.0), ("A2", "sample", 9, None, 7.0))
    found, problems = wells.expected_concentrations(given, MATERIALS)
    assert found["expected"].iloc[0] == 100
    assert np.isnan(found["expected"].iloc[1])
    assert [problem.code for problem in problems] == ["W-STD-001"]
    assert "215625" in problems[0].message


def test_a_standard_of_unknown_concentration_quarantines_the_plate():
    _, problems = wells.expected_concentrations(frame(("A1", "standard", 9, "S9", None)), MATERIALS)
    assert [(problem.code, problem.level, problem.plate) for problem in problems] == [
        ("E-WELL-067", "QUARANTINE", "P1")
    ]


def series(signals):
    return frame(*((f"A{i + 1}", "standard", signal, f"S{i + 1}", 100 / 2**i) for i, signal in enumerate(signals)))


def test_a_series_that_was_not_diluted_is_recognised_and_a_steep_one_is_not():
    assert [p.code for p in wells.check_standards(series([4000, 31, 30, 29, 31, 30]))] == ["E-STD-002"]
    assert wells.check_standards(series([4000, 2100, 1040, 530, 260, 130])) == []
    assert [p.code for p in wells.check_standards(frame(("B1", "sample", 9, None, None)))] == ["E-WELL-066"]


def row(what, **parts):
    base = dict.fromkeys(("well", "analyte", "sample_id", "level", "from", "to"), "")
    return {**base, "amendment": "A1", "what": what, "plate": "P1", "reason": "typed wrong", "who": "KM",
            "when": "2024-01-01", **parts}  # fmt: skip


def test_amendments_rename_exclude_and_correct_and_say_so():
    given = frame(("A1", "standard", 9, "S1", 100.0), ("B1", "sample", 9, None, None), ("B2", "sample", 9, None, None))
    found, problems = amendments.apply_to_wells(
        given,
        [
            row("sample_id", **{"from": "s", "to": "t"}),
            row("exclude_well", amendment="A2", well="B2"),
            row("standard_strength", amendment="A3", to="0.75"),
        ],
    )
    assert problems == []
    assert found["sample_id"].tolist() == ["s", "t", "t"]
    assert found["disposition"].tolist() == ["usable", "usable", "excluded_by_amendment"]
    assert found["disposition_reason"].iloc[2] == "A2: typed wrong (KM, 2024-01-01)"
    assert found["expected"].iloc[0] == 75
    assert found["amendments"].tolist() == ["A3", "A1", "A1;A2"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([row("sample_id", **{"from": "nobody", "to": "t"})], "E-AMD-120"),
        ([row("exclude_well", well="H12")], "E-AMD-120"),
        ([row("expected_concentration", level="S9", analyte="X", to="5")], "E-AMD-120"),
        ([row("standard_strength", to="0.75"), row("standard_strength", amendment="A2", to="0.5")], "E-AMD-122"),
    ],
)
def test_an_amendment_that_matches_nothing_or_conflicts_stops(rows, code):
    _, problems = amendments.apply_to_wells(frame(("A1", "standard", 9, "S1", 100.0)), rows)
    assert (problems[-1].code, problems[-1].level) == (code, "STOP")
