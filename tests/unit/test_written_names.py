"""What a written name means: rows of a plate before its batch before all, layouts before rows, rows before the export."""

import pandas as pd
import pytest
from immunoassay.readers import written_names
from immunoassay.study import name_rows


def row(name, role="sample", sample="", level="", dilution=None, scope="*"):
    return {"scope": scope, "name": name, "role": role, "sample_id": sample, "level": level, "dilution": dilution}


def names(*rows):
    return name_rows.obeyed(rows, "P1", "B1")


def wells(*rows):
    """Wells of (sample_written, role, level, dilution)."""
    frame = pd.DataFrame(rows, columns=["sample_written", "role", "level", "dilution"])
    return frame.astype({"dilution": float})


def meant(*rows, by=(), laid_out=False):
    """[(role, sample_id, level, dilution, scope)] of wells, and the codes of problems."""
    frame, problems = written_names.of_wells(wells(*rows), names(*by), "f", laid_out)
    columns = ["role", "sample_id", "level", "dilution", "names_scope"]
    frame = frame[columns].astype(object).where(frame[columns].notna(), None)
    return [tuple(each) for each in frame.to_numpy()], [problem.code for problem in problems]


def test_a_row_of_the_plate_goes_before_one_of_its_batch_before_one_of_all():
    rows = [row("1", scope="P1", sample="c"), row("1", sample="a"), row("1", scope="B1", sample="b"),
            row("2", scope="B1", sample="b2"), row("2", sample="a2"), row("3", sample="a3"),
            row("4", scope="P2", sample="x")]  # fmt: skip
    for order in (rows, rows[::-1]):
        assert {name: found["sample_id"] for name, found in names(*order).items()} == {"1": "c", "2": "b2", "3": "a3"}


@pytest.mark.parametrize("name", ["Sample 1", "1/100", "SPL1:2", "0012", "Ünbekannt µ", "x", "#3; a, b"])
def test_a_name_is_compared_exactly_but_for_the_spaces_around_it(name):
    by = [row(name, sample="P01-D1")]
    assert meant((f"  {name} ", "sample", None, 2), by=by) == ([("sample", "P01-D1", None, 2, "*")], [])
    for other in (name.swapcase() + "'", f"{name[0]} {name[1:]}.", name.replace("0", "") + "0"):
        found, _ = meant((other, "sample", None, 2), by=by)
        assert found == [("sample", other, None, 2, None)]


def test_without_rows_a_well_is_what_the_export_says():
    found = meant(("S1", "standard", "S1", None), ("a", "sample", None, 5.0), ("", "empty", None, None))
    assert found == (
        [("standard", None, "S1", None, None), ("sample", "a", None, 5.0, None), ("empty", None, None, None, None)], []
    )  # fmt: skip


def test_a_row_goes_before_the_export():
    by = [row("MSD 1.1", "control", level="QC1"), row("Cal 2", "standard", level="S2"), row("Diluent", "blank"),
          row("S7", sample="P01-D1", dilution=4), row("Lab X", "ignore"), row("t", dilution=9)]  # fmt: skip
    found, problems = meant(
        ("MSD 1.1", "sample", None, 1.0), ("Cal 2", "sample", None, None), ("Diluent", "sample", None, None),
        ("S7", "standard", "S7", 2.0), ("Lab X", "sample", None, 1.0), ("t", "sample", None, None), by=by,
    )  # fmt: skip
    assert found == [
        ("control", None, "QC1", 1.0, "*"), ("standard", None, "S2", None, "*"), ("blank", None, None, None, "*"),
        ("sample", "P01-D1", None, 4.0, "*"), ("ignore", None, None, 1.0, "*"), ("sample", "t", None, 9.0, "*"),
    ]  # fmt: skip
    assert problems == ["W-NAM-005"]


def test_a_layout_goes_before_a_row_but_for_whose_a_sample_is():
    by = [row("a", sample="P01-D1", dilution=4), row("b", "control", level="QC1"), row("c", "ignore")]
    found, problems = meant(
        ("a", "sample", None, 2.0), ("a", "spike", "SP1", None), ("b", "sample", None, None), ("c", "sample", None, None),
        ("", "standard", "S1", None), by=by, laid_out=True,
    )  # fmt: skip
    assert found == [
        ("sample", "P01-D1", None, 2.0, "*"), ("spike", "P01-D1", "SP1", 4.0, "*"), ("sample", "b", None, None, "*"),
        ("ignore", None, None, None, "*"), ("standard", None, "S1", None, None),
    ]  # fmt: skip
    assert problems == ["W-NAM-005", "W-NAM-005"]  # the role of b, the dilution of a


def test_rows_of_a_delivery_are_samples_or_set_aside():
    by = [
        row("1/100", sample="P01-D1"),
        row("QC", "control", level="QC1"),
        row("Lab X", "ignore"),
        row("e", dilution=3),
    ]
    frame = pd.DataFrame(
        {"sample_written": ["1/100", "QC", "Lab X", "e", "f", None], "disposition": "usable", "role": "sample"}
    )
    frame.loc[2, "disposition"] = "row_quarantined"
    found, problems = written_names.of_delivery(frame.assign(disposition_reason=None), names(*by), "f")
    assert found["sample_id"].where(found["sample_id"].notna(), None).tolist() == ["P01-D1", None, None, "e", "f", None]
    assert found["disposition"].tolist() == ["usable", "ignored", "row_quarantined", "usable", "usable", "usable"]
    assert [problem.code for problem in problems] == ["W-NAM-005"]  # a delivery has its dilutions behind it


def test_a_tube_of_two_names_is_told_once_and_wells_of_one_name_are_not():
    by = [row("a1", sample="A"), row("a2", sample="A"), row("b", sample="B")]
    wells = [
        ("a1", "sample", None, None),
        ("a2", "sample", None, None),
        ("b", "sample", None, None),
        ("b", "sample", None, None),
    ]
    assert meant(*wells, by=by)[1] == ["W-NAM-006"] and meant(*wells[1:], by=by)[1] == []
