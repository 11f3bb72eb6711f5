"""Kaleido: both versions, no-break spaces, several labels, loops."""

import pytest

LETTERS = "ABCDEFGH"
SPACE = "\u00a0"


def grid(start=0.0625, end=()):
    rows = [["", *range(1, 13), *end]]
    return rows + [[x, *[f"{start + i / 4 + k / 64:.6f}" for k in range(12)], *end] for i, x in enumerate(LETTERS)]


def version2(labels=("ABS mono 1",)):
    rows = [[""], [""]]
    for label in labels:
        barcode = [f"Barcode:{SPACE}V-1", f"{SPACE}PlateRepeat:{SPACE}1", f"{SPACE}WellRepeat:{SPACE}1"]
        rows += [[f"Results for{SPACE}{label}{SPACE}"], [""], barcode, *grid(), [""]]
    rows += [[f"Analysis Result {SPACE}"], [""], ["Measurement Basic Information"]]
    rows += [["Software version:", "", "Kaleido 2.0.3058.126"], ["Measurement Started:", "", "2020-10-26T16:16:18"]]
    rows += [["Platemap"], ["Plate"], ["", *range(1, 13)]]
    rows += [[x, "STD1", "BLK", *["-"] * 10] for x in LETTERS]
    return [*rows, ["Exported with Kaleido 2.0.3058.126 and xslt version 2.0.0"]]


def version3(scan="", barcodes=("V-1",)):
    rows = [["EnSight Results from"], ["Protocol Name", "foo"], [""]]
    for barcode in barcodes:
        rows += [["Result for Luminescence 1"], ["Barcode", "Repeat", "Loop no", "Well scan x", ""]]
        rows += [[barcode, "1", "", scan], [""], *grid(100.5, [""]), [""]]
    rows += [["Measurement Information"], ["Measurement Started", "", "2023-05-17 16:21:30"], ["Platemap"]]
    rows += [["", *range(1, 13), ""], *[[x, *["-"] * 12, ""] for x in LETTERS]]
    return [*rows, ["Exported with Kaleido 3.0.3067.117"]]


def test_version_2(same_in_every_spelling):
    export = same_in_every_spelling(version2(("ABS mono 1", "ABS mono 2")), ",")
    (plate,) = export.plates
    assert (export.family, plate.name, plate.signal_kind) == ("kaleido", "V-1", "absorbance")
    assert plate.read_time == "2020-10-26T16:16:18"
    wells = plate.wells[plate.wells["analyte"] == "ABS mono 1"].set_index("well")
    assert len(plate.wells) == 2 * 96 and wells.loc["B03", "signal"] == 0.34375
    assert wells.loc["B01", ["role", "level"]].tolist() == ["standard", "S1"] and wells.loc["B02", "role"] == "blank"
    assert wells["role"].isna().sum() == 80


def test_version_3(same_in_every_spelling):
    export = same_in_every_spelling(version3(barcodes=("V-1", "V-2")), ",")
    assert [(plate.name, plate.signal_kind) for plate in export.plates] == [
        ("V-1", "luminescence"),
        ("V-2", "luminescence"),
    ]
    assert export.plates[0].read_time == "2023-05-17 16:21:30" and len(export.plates[0].wells) == 96


def test_loops_and_well_scans_are_refused(refused):
    assert "several times" in refused(version3(barcodes=("V-1", "V-1")), ",").found
    assert "well scan" in refused(version3(scan="3"), ",").found


# --- real files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, kind",
    [
        ("absorbance_endpoint_single_plate_example_01.csv", "absorbance"),
        ("luminescence_endpoint_single_plate_example_01.csv", "luminescence"),
    ],
)
def test_real_files(real, cells_of, name, kind):
    plate = real("kaleido", f"kaleido/{name}").plates[0]
    assert len(plate.wells) == 96 and plate.signal_kind == kind and plate.name.startswith("V-20")
    rows = [row[1:13] for row in cells_of(f"kaleido/{name}", ",") if len(row[0]) == 1 and row[1] != "-"]
    assert plate.wells["signal"].tolist() == [float(cell) for row in rows for cell in row]
