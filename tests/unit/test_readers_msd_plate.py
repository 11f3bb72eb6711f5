"""MSD raw plate text: spots per plate row, absent plate rows, several plates, names of spots."""

import pytest
from immunoassay.readers import recognition

LINE = "=" * 10


def plate(spots=2, letters="ABCD", columns=6, header=("Spots Per Well:", "2"), assays=None, barcode="<PLATE7>"):
    rows = [
        ["FileName :", r"C:\export\1=Data=2.txt"],
        ["Stack ID :", "0.1"],
        ["Plate #  :", "1"],
        ["Barcode1 :", barcode],
        ["Type     :", f"24 Multi-Spot {spots}"],
        list(header),
        ["Read Time:", "09/08/2023", "13:39:33 EDT"],
        [f"Assays   :{assays}"] if assays else [""],
        ["Spot     :", "   <1>"],
        ["Legend   :", "<2>"],
        [f"{LINE}Data{LINE * 15}"],
        ["  ", *[f"{c}    " for c in range(1, columns + 1)]],
    ]
    for letter in letters:
        for spot in range(spots):
            values = [f"   {ord(letter) * 1000 + spot * 100 + c}.5  " for c in range(1, columns + 1)]
            rows.append([f"{letter} " if spot == 0 else "  ", *values])
    rows += [[f"{LINE}Processing{LINE * 9}"], ["Radius   :", "18.00", "18.00"], [f"{LINE}Statistics{LINE}"]]
    return [*rows, ["Average  :", "5203", "997"], [""]]


def test_spots_and_wells(export_file):
    export = recognition.read(export_file(plate()))
    (found,) = export.plates
    assert (export.family, found.name, found.signal_kind) == ("msd_plate", "PLATE7", "ecl")
    assert found.read_time == "09/08/2023 13:39:33 EDT" and export.ignored == ["Processing", "Statistics"]
    assert len(found.wells) == 2 * 24 and found.wells["analyte"].unique().tolist() == ["Spot 1", "Spot 2"]
    wells = found.wells.set_index(["well", "region"])
    assert wells.loc[("C05", "2"), "signal"] == ord("C") * 1000 + 105.5
    assert wells["role"].isna().all() and (wells["vendor_flag"] == "none").all()


def test_spots_are_named_by_assays(export_file):
    wells = recognition.read(export_file(plate(assays="IL-6,IL-8"))).plates[0].wells
    assert wells["analyte"].unique().tolist() == ["IL-6", "IL-8"]
    wells = recognition.read(export_file(plate(assays=","))).plates[0].wells
    assert wells["analyte"].unique().tolist() == ["Spot 1", "Spot 2"]


def test_absent_rows_empty_cells_and_blank_lines(export_file):
    rows = plate(letters="ACD")
    data = rows.index(["  ", *[f"{c}    " for c in range(1, 7)]])
    rows[data + 1][2] = "          "  # A02, spot 1, was not read
    rows[data + 3] = ["", *[""] * 6]  # all of the second spot of C ...
    rows[data + 3][0], rows[data + 4] = "C", ["", *[""] * 6]
    rows.insert(data + 3, [""])  # and a blank line between plate rows
    wells = recognition.read(export_file(rows)).plates[0].wells
    assert set(wells["well"].str[0]) == {"A", "D"} and "A02" not in set(wells.loc[wells["region"] == "1", "well"])
    assert "A02" in set(wells.loc[wells["region"] == "2", "well"])
    assert wells.set_index(["well", "region"]).loc[("D01", "2"), "signal"] == ord("D") * 1000 + 101.5


def test_an_unread_spot_does_not_shift_the_next(export_file):
    rows = plate(spots=3, header=("Spots Per Well:", "3"))
    data = rows.index(["  ", *[f"{c}    " for c in range(1, 7)]])
    rows[data + 2] = ["", *["     "] * 6]
    wells = recognition.read(export_file(rows)).plates[0].wells.set_index(["well", "region"])
    assert ("A01", "2") not in wells.index and wells.loc[("A01", "3"), "signal"] == 65201.5


def test_several_plates(export_file):
    export = recognition.read(export_file([*plate(), *plate(barcode="<*PLATE8*>", letters="AB")]))
    assert [(p.name, len(p.wells)) for p in export.plates] == [("PLATE7", 48), ("PLATE8", 24)]


def test_lines_that_do_not_fit_the_spots_are_refused(refused):
    problem = refused(plate(spots=3))
    assert problem.code == "E-READ-008" and "2 spots per well" in problem.found


def test_every_spelling_reads_alike(same_in_every_spelling):
    same_in_every_spelling(plate())


# --- real files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, wells, spots",
    [
        ("methodical_mind_384_wells.txt", [384], 1),
        ("methodical_test_1.txt", [96, 96], 1),
        ("methodical_test_2.txt", [48], 10),  # every second plate row was not read
        ("methodical_test_3.txt", [48], 10),  # four plate rows
        ("methodical_test_data_in_filename.txt", [6], 1),
    ],
)
def test_real_files(real, cells_of, name, wells, spots):
    export = real("msd_plate", f"msd_methodical_mind_txt/{name}")
    assert [p.wells["well"].nunique() for p in export.plates] == wells
    assert [len(p.wells) for p in export.plates] == [count * spots for count in wells]
    inside, numbers = False, []
    for row in cells_of(f"msd_methodical_mind_txt/{name}"):
        if row[0].startswith("=="):
            inside = "=Data=" in row[0]
        elif inside and len(row) > 1 and row[1:3] != ["1", "2"]:
            numbers += [float(cell) for cell in row[1:] if cell]
    assert sorted(value for p in export.plates for value in p.wells["signal"]) == sorted(numbers)
