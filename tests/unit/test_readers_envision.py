"""EnVision: plates and labels, calculated results, matrices without headings, plate maps."""

import pytest
from immunoassay.readers import recognition

LETTERS = "ABCDEFGH"
TABLE = ["Plate", "Repeat", "Barcode", "Measured height", "Group", "Label", "ScanX", "Measinfo", "Measurement date"]
LIGHT = "De=1st Ex=Btm Em=N/A Wdw=N/A (8)"


def block(number, label="A450(1)", value=lambda i, k: f"{0.0625 + i / 4 + k / 64:.6f}", bare=False, light=LIGHT):
    rows = [["Plate information "], TABLE]
    rows.append([number, 1, f'="BC{number}"', "14.35", "1", label, "0", light, "1/15/2024 10:30:00 AM", ""])
    rows += [[""], ["Background information"], ["Plate", "Label", "Result"], [number, "A450", "0"], [""]]
    lines = [[x, *[value(i, k) for k in range(12)], ""] for i, x in enumerate(LETTERS)]
    if bare:
        return [*rows, *[line[1:] for line in lines], [""]]
    title = [f"Results for {label} - channel 1 (A)"]
    return [*rows, title, ["", *[f"{c:02d}" for c in range(1, 13)], ""], *lines, [""]]


def tail(maps=True):
    rows = [
        ["Basic assay information "],
        ["Assay ID: ", "", "", "", "101"],
        ["Serial#: ", "", "", "", '="1050242"'],
        [""],
    ]
    rows += [["Number of rows", "", "", "", "8"], ["Number of columns", "", "", "", "12"], ["Platemap:"]]
    for number in (1, 2) if maps else ():
        rows += [["Plate", "", "", "", number], ["Group", "", "", "", "1"], [""]]
        rows += [["", *[f"{c:02d}" for c in range(1, 13)], ""]]
        codes = lambda i: [f"STD{i + 1}", "B ", "C1", "- ", *[f"UNK{i * 8 + k}" for k in range(8)]]  # noqa: E731
        rows += [[x, *(codes(i) if number == 1 else ["- "] * 12)] for i, x in enumerate(LETTERS)]
        rows += [[" - - Undefined"], [""]]
    return rows


def test_plates_and_map(same_in_every_spelling):
    export = same_in_every_spelling([*block(1), *block(2), *tail()], ",")
    assert export.family == "envision" and [plate.name for plate in export.plates] == ["BC1", "BC2"]
    first, second = export.plates
    assert (first.signal_kind, first.read_time) == ("absorbance", "1/15/2024 10:30:00 AM")
    assert first.metadata["Serial#"] == "1050242"
    wells = first.wells.set_index("well")
    assert len(wells) == 96 and wells["analyte"].unique() == ["A450(1) - channel 1 (A)"]
    assert wells.loc["B03", "signal"] == 0.34375
    assert wells.loc["B01", ["role", "level"]].tolist() == ["standard", "S2"]
    assert wells.loc["B02", "role"] == "blank" and wells.loc["B03", ["role", "level"]].tolist() == ["control", "C1"]
    assert wells.loc["B12", ["role", "sample"]].tolist() == ["sample", "UNK15"]
    assert wells["role"].isna().sum() == 8 and second.wells["role"].isna().all()


def test_a_head_whose_cells_moved_is_told_by_its_label(export_file):
    moved = block(2)
    del moved[2][2]  # the barcode
    export = recognition.read(export_file([*block(1), *moved, *tail(False)], ","))
    assert any(each.code == "E-READ-009" and 'whose label "0"' in each.found for each in export.problems)


def test_calculated_results_and_two_channels(export_file):
    ratio = block(1, "x", lambda i, k: "4000.5", light="N/A")
    ratio[8] = ["Calculated results: Calc 1: HTRF ratio"]
    other = block(1, "Eu(1)", light="De=1st Ex=Top Em=Top Wdw=1 (14)")
    wells = recognition.read(export_file([*ratio, *other, *tail(False)], ",")).plates[0]
    assert wells.signal_kind == "fluorescence"
    assert wells.wells["analyte"].unique().tolist() == ["Calc 1: HTRF ratio", "Eu(1) - channel 1 (A)"]


def test_matrices_without_headings(export_file):
    half = block(1, value=lambda i, k: "" if i > 3 or k > 7 else f"{i}.5", bare=True)
    full = block(2, value=lambda i, k: f"{i + k}.5", bare=True)
    plates = recognition.read(export_file([*half, *full, *tail()], ",")).plates
    assert [len(plate.wells) for plate in plates] == [92, 96]  # 32 wells read; the map names 88
    wells = plates[0].wells.set_index("well")
    assert wells["signal"].notna().sum() == 32 and wells.loc["D08", "signal"] == 3.5
    assert plates[1].wells["analyte"].unique() == ["A450(1)"]


def test_matrix_of_another_size_is_refused(refused):
    rows = [*block(1, bare=True), *tail()]
    rows[8] = [*rows[8][:12], "0.5", "0.5"]
    assert refused(rows, ",").code == "E-READ-008"


def test_repeated_reads_are_refused(refused):
    assert "several times" in refused([*block(1), *block(1), *tail()], ",").found


# --- real files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, rows, kinds",
    [
        ("PE_Envision_absorbance_A450_example.csv", [96, 96], {"absorbance"}),
        ("PE_Envision_fluorescence_example01.csv", [144], {"fluorescence"}),  # 48 wells, 2 channels, 1 ratio
        ("PE_Envision_fluorescence_example02.csv", [32, 96, 96, 96, 96], {"fluorescence"}),
        ("PE_Envision_fluorescence_example03.csv", [384], {"luminescence"}),
        ("PE_Envision_fluorescence_example04.csv", [768, 768], {"luminescence"}),
        ("PE_Envision_luminescence_example01.csv", [192, 192], {"luminescence"}),  # every fourth plate row
        ("PE_Envision_missing_plate_maps.csv", [768, 768], {"luminescence"}),
        ("example01_missing_header_error.csv", [96], {"fluorescence"}),
    ],
)
def test_real_files(real, cells_of, name, rows, kinds):
    export = real("envision", f"envision/{name}")
    assert [len(plate.wells) for plate in export.plates] == rows
    assert {plate.signal_kind for plate in export.plates} == kinds
    assert all(plate.wells["signal"].notna().all() for plate in export.plates)
    written = []
    for row in cells_of(f"envision/{name}", ","):
        if row[0].startswith("Basic assay"):
            break
        numbers = row[1:] if len(row[0]) == 1 and row[0].isalpha() else row
        if len(numbers) > 11 and all(cell.replace(".", "").isdigit() or not cell for cell in numbers):
            written += [float(cell) for cell in numbers if cell] if row[0] else []
    assert sorted(value for plate in export.plates for value in plate.wells["signal"]) == sorted(written)


def test_real_map(real):
    plates = real("envision", "envision/PE_Envision_fluorescence_example02.csv").plates
    assert plates[0].wells["level"].value_counts().to_dict() == {f"S{i}": 4 for i in range(1, 9)}
    assert plates[1].wells["role"].unique() == ["sample"] and plates[1].wells["sample"].nunique() == 96
