"""Multiskan Spectrum text: matrices without headings, wavelengths, iterations, tabs too many."""

import hashlib

import pytest
from immunoassay.readers import open_export, recognition
from immunoassay.readers.export import NotReadable


def value(wave, iteration, row, column):
    return wave / 1000 + iteration * 10 + row / 16 + column / 256


def text(waves=(450, 620), iterations=(1,), filled=(6, 10), shape=(8, 12), title="Photometric1"):
    rows = [[f"Results of {title}"], [""]]
    for wave in waves:
        rows += [["", f"Plate:1 - Wavelength:{wave}"], [""]]
        for iteration in iterations:
            rows.append(["", f"Iteration: {iteration}"])
            for row in range(shape[0]):
                values = [
                    str(value(wave, iteration, row, column)) if row < filled[0] and column < filled[1] else ""
                    for column in range(shape[1])
                ]
                rows.append(["", *values])
            rows.append([""])
    return rows


def read(rows):
    made = "\r\n".join("\t".join(row) for row in rows) + "\r\n"
    return recognition.read_source(open_export.open_bytes("made.txt", made.encode()))


def test_wavelengths_are_analytes():
    export = read(text())
    (plate,) = export.plates
    wells = plate.wells.set_index(["analyte", "well"])
    assert (export.family, plate.name, plate.signal_kind, len(wells)) == ("multiskan", "Plate 1", "absorbance", 120)
    assert not export.problems and set(plate.wells["analyte"]) == {"450", "620"}
    assert wells.loc[("620", "C05"), "signal"] == value(620, 1, 2, 4)


def test_every_iteration_is_a_plate_and_a_flag_says_so():
    export = read(text(iterations=(1, 2, 3)))
    assert [plate.name for plate in export.plates] == [f"Plate 1, iteration {n}" for n in (1, 2, 3)]
    assert export.plates[2].wells.set_index(["analyte", "well"]).loc[("450", "A01"), "signal"] == value(450, 3, 0, 0)
    (problem,) = export.problems
    assert (problem.code, problem.level) == ("E-READ-007", "FLAG") and "3 iterations" in problem.found


@pytest.mark.parametrize("shape", [(8, 12), (4, 6), (16, 24)])
def test_shapes_and_single_wavelengths(shape):
    (plate,) = read(text(waves=(405,), shape=shape, filled=shape)).plates
    assert plate.wells["signal"].count() == shape[0] * shape[1]


def test_an_empty_cell_too_many_between_values_is_passed_over_and_told():
    rows = text()
    rows[6].insert(8, "")
    export = read(rows)
    assert export.plates[0].wells.equals(read(text()).plates[0].wells)
    (problem,) = export.problems
    assert (problem.code, problem.row) == ("E-READ-010", "7")


def test_words_and_empty_cells_have_no_signal():
    rows = text(waves=(450,))
    rows[5][1], rows[5][2], rows[6][1] = "NaN", "", "OVER"
    wells = read(rows).plates[0].wells.set_index("well")
    assert wells.loc["A01", "vendor_flag"] == "not_read" and "A02" not in wells.index
    assert wells.loc["B01", "vendor_flag"] == "overflow" and wells["signal"].count() == 57


def changed(change):
    rows = text(iterations=(1, 2))
    change(rows)
    return rows


@pytest.mark.parametrize(
    "rows",
    [
        text(title="Kinetic1"),
        text(title="Spectrum1"),
        changed(lambda rows: rows.pop(7)),  # a plate row is lost
        changed(lambda rows: rows.insert(7, list(rows[7]))),
        changed(lambda rows: rows[7].pop(3)),
        changed(lambda rows: rows.pop(2)),  # the line of the plate
        changed(lambda rows: rows.pop(4)),  # of the iteration
        changed(lambda rows: rows[14].__setitem__(1, "Iteration: 1")),
        changed(lambda rows: rows[7].__setitem__(0, "0.5")),
        changed(lambda rows: rows.insert(7, ["checked"])),
        changed(lambda rows: rows[24].__setitem__(1, "Plate:1 - Wavelength:450")),
    ],
)
def test_what_does_not_fit_is_refused(rows):
    with pytest.raises(NotReadable) as caught:
        read(rows)
    assert caught.value.problem.code in ("E-READ-007", "E-READ-008", "E-FILE-009", "E-READ-006")


def test_real_file_of_sixty_wells_and_sixty_two_readings(shared):
    export = recognition.read(shared / "real_deliveries/readers/multiskan_spectrum_photometric.txt")
    signals = [value for plate in export.plates for value in plate.wells["signal"].dropna()]
    assert (len(export.plates), len(signals)) == (31, 3680)
    assert {plate.wells["well"].nunique() for plate in export.plates} == {60}
    assert (round(sum(signals), 6), round(min(signals), 7), round(max(signals), 5)) == (2290.622951, 0.0329886, 3.79271)
    digest = hashlib.md5("\n".join(sorted(f"{each:.6g}" for each in signals)).encode(), usedforsecurity=False)
    assert digest.hexdigest() == "8a8b39769df98fa6f0871fdd3eaad728"
