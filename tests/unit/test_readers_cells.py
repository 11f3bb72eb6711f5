"""What one cell means: numbers are strict, wells have one spelling, flags never become numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.readers import written_cells
from immunoassay.readers.export import FLAGS


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1", 1.0), (" 12.50 ", 12.5), ("-0.25", -0.25), ("+3", 3.0), (".5", 0.5), ("5.", 5.0),
        ("2.16699E+007", 2.16699e7),
        ("1e-3", 1e-3), (3, 3.0), (2.5, 2.5),
        ("", None), ("1_000", None), ("1,000", None), ("1 000", None), ("１２", None), ("inf", None), ("NaN", None),
        ("0x10", None), ("1e999", None), ("12 pg/mL", None), ("<5", None), (None, None), (True, None),
        (float("nan"), None), (float("inf"), None),
    ],
)  # fmt: skip
def test_number_is_strict(cell, value):
    assert written_cells.number(cell) == value


def test_number_follows_the_decimal_sign():
    assert written_cells.number("3,5", ",") == 3.5
    assert written_cells.number("3.5", ",") is None
    assert written_cells.number("3,5", ".") is None
    assert written_cells.number("1.234,5", ",") is None


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(".,"))
def test_every_float_reads_back_exactly(value, sign):
    assert written_cells.number(repr(value).replace(".", sign), sign) == value


@given(st.text(max_size=12))
def test_number_gives_a_finite_float_or_nothing(text):
    value = written_cells.number(text)
    assert value is None or math.isfinite(value)


@pytest.mark.parametrize(
    ("text", "wells"),
    [
        ("A1", ["A01"]), ("A01", ["A01"]), ("a1", ["A01"]), ("H12", ["H12"]), ("P24", ["P24"]), ("AF48", ["AF48"]),
        ("AA1", ["AA01"]), ("1(1,A1)", ["A01"]), ("17(1,A3)", ["A03"]), ("1 (A1)", ["A01"]), ("1,A1", ["A01"]),
        ("96 (H12)", ["H12"]), ("A1,A2", ["A01", "A02"]), ("A1, B1", ["A01", "B01"]), ("A1 A2", ["A01", "A02"]),
        ("", []), ("A0", []), ("A49", []), ("AG1", []), ("1A", []), ("А1", []), ("A1-A3", []), ("Total", []),
        ("A1,", []),
        ("1(1,A0)", []), ("A001", []), ("17", []),
    ],
)  # fmt: skip
def test_wells(text, wells):
    assert written_cells.wells(text) == wells
    assert written_cells.well(text) == (wells[0] if len(wells) == 1 else None)


def test_plate_number_of_a_location():
    assert written_cells.plate_and_well("17(2,A3)") == ("2", "A03")
    assert written_cells.plate_and_well("1,B9") == ("1", "B09")
    assert written_cells.plate_and_well("4 (D1)") == ("", "D01")
    assert written_cells.plate_and_well("Total") == ("", None)


def test_key_drops_case_blanks_and_signs():
    assert written_cells.key("Control Range - Low") == written_cells.key("control range-low") == "controlrangelow"
    assert written_cells.key("%CV Replicates") == "cvreplicates"
    assert written_cells.key("R^2") == "r2"
    assert written_cells.key("DataType:") == "datatype"


def test_bead_regions_are_taken_off_unless_names_would_meet():
    assert written_cells.analytes_and_regions(["Hu IL-1b (32)", "TNF-a"]) == [("Hu IL-1b", "32"), ("TNF-a", None)]
    assert written_cells.analytes_and_regions(["Abeta (40)", "Abeta (42)"]) == [
        ("Abeta (40)", None),
        ("Abeta (42)", None),
    ]
    assert written_cells.analytes_and_regions(["Abeta(1-40)"]) == [("Abeta(1-40)", None)]


def test_text_of_whole_numbers_has_no_decimals():
    assert [written_cells.text(cell) for cell in (275001.0, 0.5, 7, " a ", None)] == ["275001", "0.5", "7", "a", ""]


@pytest.mark.parametrize(
    ("cell", "factor"),
    [
        ("100", 100),
        ("1:50", 50),
        ("1/1093500", 1093500),
        (2.0, 2),
        ("", None),
        ("0", None),
        ("-2", None),
        ("neat", None),
    ],
)
def test_dilution(cell, factor):
    assert written_cells.dilution(cell) == factor


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("12.5", (12.5, "none", None, None)),
        (12.5, (12.5, "none", None, None)),
        ("< 0.105", (None, "below_range", "< 0.105", 0.105)),
        ("<15.67", (None, "below_range", "<15.67", 15.67)),
        ("<=2", (None, "below_range", "<=2", 2.0)),
        ("> 3450", (None, "above_range", "> 3450", 3450.0)),
        ("OOR <", (None, "below_range", "OOR <", None)),
        ("OOR >", (None, "above_range", "OOR >", None)),
        ("< Min", (None, "below_range", "< Min", None)),
        ("<LLOQ", (None, "below_range", "<LLOQ", None)),
        ("BLQ", (None, "below_range", "BLQ", None)),
        (">ULOQ", (None, "above_range", ">ULOQ", None)),
        ("Below Fit Curve Range", (None, "below_range", "Below Fit Curve Range", None)),
        ("Above Detection Range", (None, "above_range", "Above Detection Range", None)),
        ("*3.42", (None, "extrapolated", "*3.42", None)),
        ("***", (None, "not_computed", "***", None)),
        ("---", (None, "outlier", "---", None)),
        ("N/A", (None, "not_computed", "N/A", None)),
        ("NaN", (None, "not_computed", "NaN", None)),
        ("?????", (None, "not_computed", "?????", None)),
        ("", (None, "not_computed", None, None)),
        ("n.b.", (None, None, "n.b.", None)),
        ("1,234", (None, None, "1,234", None)),
        ("LLOQ", (None, None, "LLOQ", None)),
        ("ND", (None, None, "ND", None)),
    ],
)
def test_vendor_values(cell, expected):
    assert written_cells.vendor_value(cell) == expected


def test_vendor_values_with_a_decimal_comma():
    assert written_cells.vendor_value("*3,42", ",") == (None, "extrapolated", "*3,42", None)
    assert written_cells.vendor_value("< 0,105", ",") == (None, "below_range", "< 0,105", 0.105)


@pytest.mark.parametrize(
    ("cell", "flag"),
    [("NaN", "not_read"), ("", "not_read"), ("OVRFLW", "overflow"), ("OVER", "overflow"), ("#SAT", "overflow"),
     ("> 3.5", "overflow"), ("Saturated", "overflow"), ("#####", "overflow"), ("Masked", "masked"), ("---", "outlier"),
     ("MISSED", "not_read")],
)  # fmt: skip
def test_signals_that_are_text_have_a_flag_and_no_number(cell, flag):
    number, found, text = written_cells.signal_value(cell)
    assert (number, found, text) == (None, flag, cell or None)
    assert written_cells.signal_value("12")[:2] == (12.0, "none")


@given(st.text(max_size=15))
def test_a_vendor_cell_is_a_number_or_a_flag_never_both(text):
    number, flag, _, limit = written_cells.vendor_value(text)
    assert (number is not None) == (flag == "none")
    assert flag is None or flag in FLAGS
    assert limit is None or math.isfinite(limit)
    signal, flag, _ = written_cells.signal_value(text)
    assert (signal is not None) == (flag == "none") and flag in FLAGS
