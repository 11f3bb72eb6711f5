"""Plates of one panel that hold the same names: positions that start anew are told from tubes measured again."""

import pandas as pd
import pytest
from immunoassay.acceptance import same_names


def plate(name, names, analytes=("X", "Y"), run_date="2025-01-01", panel="kit", include=True, rerun_of=""):
    rows = [(name, "B", f"{name}.csv", "sample", sample, analyte) for sample in names for analyte in analytes]
    rows += [(name, "B", f"{name}.csv", "standard", None, analyte) for analyte in analytes]
    wells = pd.DataFrame(rows, columns=["plate", "batch", "file", "role", "sample_id", "analyte"], dtype="str")
    row = {"plate": name, "panel": panel, "run_date": run_date, "include": include, "rerun_of": rerun_of}
    return wells, row


def said(*plates):
    parts, rows = zip(*plates, strict=True)
    return [(each.plate, each.found) for each in same_names.check([same_names.contents(part) for part in parts], rows)]


POSITIONS = [f"Sample-{at}" for at in range(1, 16)]
TUBES = [f"P{at:02d}-{visit}" for at in (1, 2, 3) for visit in ("D1", "M3")]
LATER = {"run_date": "2025-02-01"}


def test_positions_that_start_anew_name_both_plates():
    ((name, found),) = said(plate("P1", POSITIONS), plate("P2", POSITIONS, **LATER))
    assert name == "P2"
    assert "15 names of plate P2 (2025-02-01) were on plate P1 (2025-01-01) already: Sample-1, " in found


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (POSITIONS, POSITIONS[:8], 1),  # a shorter second plate
        (POSITIONS[:8], POSITIONS, 1),  # a longer one: half of its names start anew
        ([f"{at}" for at in range(1, 9)], [f"{at}" for at in range(1, 9)], 1),
        (["A1", "A2", "B1", "B2"], ["A1", "A2", "B1", "B2"], 1),
        ([f"Un{at:04d}" for at in range(1, 9)], [f"Un{at:04d}" for at in range(1, 5)], 1),
        ([f"SPL{at}:2" for at in range(1, 9)], [f"SPL{at}:2" for at in range(1, 5)], 1),
        (["1/50", "1/100", "1/200"], ["1/50", "1/100", "1/200", "1/400"], 1),
        (TUBES, [f"P{at:02d}-{visit}" for at in (4, 5, 6) for visit in ("D1", "M3")], 0),  # what names made of both
        (TUBES, TUBES, 1),  # all of a plate again, and nothing says so
        (TUBES, TUBES[:3], 0),  # some tubes measured again on another day
        (TUBES, [*TUBES, "P09-D1"], 0),
        (POSITIONS[:8], [f"Sample-{at}" for at in range(9, 16)], 0),  # numbered on
        (POSITIONS[:2], POSITIONS[:2], 0),  # two names prove nothing
        (["P01-D1", "7", "8"], ["P02-D1", "P03-D1", "P04-D1", "7", "8"], 0),
    ],
)
def test_which_names_speak(first, second, told):
    assert len(said(plate("P1", first), plate("P2", second, **LATER))) == told


def test_the_same_names_are_meant_where_the_sheets_say_so():
    first = plate("P1", POSITIONS)
    assert said(first, plate("P2", POSITIONS, rerun_of="P1", **LATER)) == []
    assert said(first, plate("P2", POSITIONS, include=False, **LATER)) == []
    assert said(first, plate("P2", POSITIONS, panel="other", **LATER)) == []
    assert said(plate("P1", POSITIONS, ["X"]), plate("P2", POSITIONS, ["Y"], **LATER)) == []  # a plate per analyte


def test_the_later_plate_is_named_whatever_the_order_of_the_sheet():
    assert [name for name, _ in said(plate("P2", POSITIONS, **LATER), plate("P1", POSITIONS))] == ["P2"]
