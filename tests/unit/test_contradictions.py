"""Headers of exports and dates of deliveries against the sheets; levels of the lot against the plate."""

import pandas as pd
import pytest
from immunoassay.acceptance import export_contradictions
from immunoassay.readers import headers, wells
from immunoassay.readers.export import Plate


def row(plate, lot="LOT-24", batch="2024-06-run", panel="K", plate_in_file="", include=True, **more):
    named = {
        "plate": plate,
        "kit_lot": lot,
        "batch": batch,
        "panel": panel,
        "plate_in_file": plate_in_file,
        "rerun_of": "",
    }
    return {**named, "file": f"raw/{plate}.csv", "include": include, **more}


ROWS = [row("CYT-01"), row("CYT-02"), row("CYT-03", "LOT-25", "2025-06-run"), row("CYT-04", "LOT-25", "2025-06-run")]


def header(plate, lot, **more):
    lines = {"plate": plate, "Batch": plate, "Kit": f"{lot}, maker", "Date": "2024-06-11", **more}
    return "\n".join(f"{name}: {value}" for name, value in lines.items())


def found(rows=ROWS, **changed):
    good = {each["plate"]: header(each["plate"], each["kit_lot"]) for each in rows}
    changed = {name.replace("_", "-"): text for name, text in changed.items()}
    return [
        (each.column, each.plate, each.found) for each in export_contradictions.of_headers({**good, **changed}, rows)
    ]


def test_headers_that_name_their_own_row_are_quiet():
    assert found() == []
    assert found(CYT_01="plate: \nnote: no names at all") == []
    assert found(CYT_01=header("cyt-01", "lot-24")) == []  # case
    assert (
        found(CYT_01=header("CYT-01_run", "LOT-24/7", Remark="repeats CYT-02 of LOT-25")) == []
    )  # its own are there too


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        (header("CYT-03", "LOT-24"), "plate", "CYT-03"),
        (header("CYT-01", "LOT-25"), "kit_lot", "LOT-25"),
        (header("CYT-01", "LOT-26"), "kit_lot", "LOT-26"),  # of no row, where the other plates write their own
        (header("CYT-77", "LOT-24"), "plate", "CYT-77"),
        (header("CYT-01", "LOT-24", Session="2025-06-run_morning"), "batch", "2025-06-run"),
    ],
)
def test_another_plate_batch_or_lot_in_the_header_is_named_with_both(text, column, words):
    ((at, plate, said),) = found(CYT_01=text)
    assert (at, plate) == (column, "CYT-01") and words in said
    assert {"plate": "CYT-01", "kit_lot": "LOT-24", "batch": "2024-06-run"}[column] in said


def test_two_files_exchanged_are_named_on_both_plates():
    swapped = found(CYT_02=header("CYT-04", "LOT-25"), CYT_04=header("CYT-02", "LOT-24"))
    assert {each[:2] for each in swapped} == {
        *[("plate", "CYT-02"), ("plate", "CYT-04"), ("kit_lot", "CYT-02"), ("kit_lot", "CYT-04")]
    }


def test_names_that_say_nothing_are_no_contradiction():
    rows = [row("Plate 1", batch="1"), row("Plate 2", batch="2"), row("A-3", batch="2024-05")]
    plain = {"Plate 1": "plate: Plate 2", "Plate 2": "plate: 2", "A-3": "plate: Plate 1\nDate: 2024-06-11"}
    assert export_contradictions.of_headers(plain, rows) == []
    chosen = [row("CYT-01"), row("CYT-09", plate_in_file="CYT-01")]  # the sheet says which plate of the file it is
    assert export_contradictions.of_headers({"CYT-09": "plate: CYT-01"}, chosen) == []
    assert (
        export_contradictions.of_headers(
            {"CYT-01R": "plate: CYT-01"}, [row("CYT-01"), row("CYT-01R", rerun_of="CYT-01")]
        )
        == []
    )
    aside = [row("CYT-01"), row("CYT-09", include=False)]
    assert export_contradictions.of_headers({"CYT-09": "plate: CYT-01"}, aside) == []
    free = [row("CYT-01"), row("CYT-02"), row("CYT-03")]  # the laboratory's own names: no custom
    assert (
        export_contradictions.of_headers({each["plate"]: f"plate: run {i}a" for i, each in enumerate(free)}, free) == []
    )


def test_a_plate_named_as_part_of_another_is_not_meant():
    rows = [row("CYT-1"), row("CYT-11"), row("CYT-111")]
    assert export_contradictions.of_headers({"CYT-11": "plate: CYT-11"}, rows) == []
    assert export_contradictions.of_headers({"CYT-11": "plate: CYT-112"}, rows) == []


@pytest.mark.parametrize(
    ("read", "run", "told"),
    [
        ("2019-06-11 13:05", "2025-06-11", True),
        ("6/11/2019 1:05:00 PM", "2025-06-11", True),
        ("11/06/2025", "2025-06-11", False),  # either way round
        ("06/11/2025", "2025-06-11", False),
        ("12-Jun-2025, 02:10 PM", "2025-06-11", False),
        ("2025-06-19T08:00:00Z", "2025-06-11", True),
        ("2025-06-18T08:00:00Z", "2025-06-11", False),
        ("", "2025-06-11", False),
        ("yesterday", "2025-06-11", False),
        ("2019-06-11", "", False),
    ],
)
def test_an_export_read_on_another_day_than_the_row_says(read, run, told):
    plate = Plate("P", pd.DataFrame(), "absorbance", read_time=read)
    problems = headers.read_on_another_day({"run_date": run, "file": "raw/a.csv"}, plate)
    assert [each.code for each in problems] == ["W-ACC-006"] * told
    assert all(read in each.message and run in each.message for each in problems)


def test_the_header_keeps_no_persons():
    plate = Plate(
        "P1",
        pd.DataFrame(),
        "absorbance",
        metadata={"Operator": "A. Person", "Lot": " L 1\n2 ", "User": "ap", "ID": ""},
    )
    assert headers.text(plate) == "plate: P1\nLot: L 1 2"


def test_of_a_path_the_file_is_kept_and_another_file_of_the_sheet_is_named_once():
    plate = Plate("", pd.DataFrame(), "absorbance", metadata={"File Path": "C:\\a. person\\CYT-03.xpt"})
    assert headers.text(plate) == "File Path: CYT-03.xpt"
    rows = [row("IL6-A", file="raw/il6.txt"), row("TNF-A", file="raw/tnf.txt"), row("IL8-A", file="raw/a/IL8.txt")]
    said = {"IL6-A": "File: tnf.xpt", "TNF-A": "File: tnf_new.xpt", "IL8-A": "File: renamed.xpt"}
    ((at, named, words),) = [(x.column, x.plate, x.message) for x in export_contradictions.of_headers(said, rows)]
    assert (at, named) == ("file", "IL6-A") and '"tnf"' in words and "raw/il6.txt" in words
    both = export_contradictions.of_headers({"IL6-A": "plate: TNF-A\nFile: tnf.xpt"}, rows)
    assert [each.column for each in both] == ["plate"]


def delivered(*rows):
    frame = pd.DataFrame(rows, columns=["sample_id", "date", "file_row"])
    return frame.assign(plate="ACHR-01", file="raw/a.csv")


SAMPLES = [{"sample_id": "T1", "collection_date": "2024-03-10"}, {"sample_id": "T2", "collection_date": ""}]


def test_results_dated_before_their_sample_are_one_line_with_both_dates():
    (problem,) = export_contradictions.of_results(
        delivered(("T1", "2024-03-09", 4), ("T1", "01.02.2024", 5), ("T1", "2024-03-10", 6)), SAMPLES
    )
    assert (
        "2024-03-09" in problem.message and "2024-03-10" in problem.message and "(and 1 more rows)" in problem.message
    )
    assert (problem.row, problem.column, problem.plate) == ("4", "date", "ACHR-01")
    fine = delivered(("T1", "2024-03-11", 1), ("T1", "03/12/2024", 1), ("T2", "1999-01-01", 2), ("T9", "1999-01-01", 3))
    assert export_contradictions.of_results(fine, SAMPLES) == []
    assert export_contradictions.of_results(delivered(("T1", None, 1), ("T1", "soon", 1)), SAMPLES) == []


def levels(*names, controls=("QC1", "QC2"), plate="P1", unknown=(), analyte="IL-6"):
    rows = [("standard", name) for name in names] + [("control", name) for name in controls] + [("sample", None)]
    frame = pd.DataFrame(rows, columns=["role", "level"]).assign(plate=plate, panel="K", kit_lot="L", analyte=analyte)
    frame["expected"] = [5.0 if role != "sample" and level not in unknown else float("nan") for role, level in rows]
    return frame.assign(file="raw/a.csv", well=[f"A{i + 1:02d}" for i in range(len(rows))])


def listed(*names, controls=("QC1", "QC2")):
    rows = [("standard", name) for name in names] + [("control", name) for name in controls]
    fixed = {"panel": "K", "kit_lot": "L", "analyte": "IL-6"}
    return [{**fixed, "material": m, "level": name, "expected": 0.0 if name == "S0" else 5.0} for m, name in rows]


def test_a_control_nothing_is_known_of_is_named():
    frame = levels("S1", "S2", controls=("QC1", "QC3"), unknown=("QC3",))
    known = listed("S1", "S2", controls=("QC1",))
    (problem,) = wells.check_levels(frame, known)
    assert (
        problem.code == "W-ACC-009" and "QC3" in problem.message and "IL-6" in problem.message and problem.row == "A04"
    )
    assert wells.check_levels(levels("S1", controls=("QC1",)), listed("S1", controls=("QC1",))) == []


def test_a_level_of_the_lot_that_a_plate_lacks_is_named_once():
    known = listed("S0", "S1", "S2", "S3")
    both = pd.concat([levels("S1", "S2"), levels("S1", "S2", "S3", plate="P2")], ignore_index=True)
    (problem,) = wells.check_levels(both, known)  # S0 is a blank
    assert problem.code == "W-ACC-010" and "standard S3" in problem.message and problem.plate == "P1"
    (problem,) = wells.check_levels(levels("S1", "S2", "S3", controls=("QC1",)), known)
    assert "control QC2" in problem.message
    all_lack = pd.concat([levels("S1", "S2"), levels("S1", "S2", plate="P2")], ignore_index=True)
    (problem,) = wells.check_levels(all_lack, known)  # one cause, one line
    assert "P1, P2" in problem.message
    assert wells.check_levels(levels("S1", "S2", "S3"), known) == []
    assert wells.check_levels(levels("S1", "S2", analyte="TNF"), known) == []  # the lot has none of this analyte


def test_standards_unknown_for_one_analyte_set_that_analyte_aside():
    frame = pd.concat([levels("S1", "S2"), levels("S1", "S2", analyte="TNF")], ignore_index=True)
    frame["expected"] = float("nan")
    _, (problem,) = wells.expected_concentrations(frame, listed("S1", "S2"))
    assert (problem.code, problem.level, problem.plate, problem.analyte) == ("E-WELL-067", "QUARANTINE", "P1", "TNF")
    _, (problem,) = wells.expected_concentrations(frame, listed(controls=("QC1", "QC2")))
    assert problem.analyte == "" and "IL-6, TNF" in problem.message
