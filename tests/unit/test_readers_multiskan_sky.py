"""Multiskan Sky workbooks: endpoint reads from raw data or results, contradictions, kinetic reads refused."""

import pytest
from immunoassay.readers import recognition, sources
from immunoassay.readers.export import NotReadable

LETTERS = "ABCDEFGH"


def od(wave, i, k):
    return round(wave / 1000 + i / 16 + k / 128, 7)


def raw(wave, times=(0,)):
    rows = [["Raw data"], ["2024-03-05 10:16:37"], [], []]
    rows.append(["Well", "Wavelength(s) [nm]", "Raw absorbance", "Measurement time(s)"])
    return [
        *rows,
        *(
            [f"{x} {k + 1}", wave, od(wave, i, k) + time, time]
            for i, x in enumerate(LETTERS)
            for k in range(3)
            for time in times
        ),
    ]


def results(waves):
    rows = [["Measurement results Measure"], ["2024-03-05 10:16:37"], [], ["Endpoint"], []]
    for wave in waves:
        values = [[x, *(od(wave, i, k) for k in range(3))] for i, x in enumerate(LETTERS)]
        rows += [[f"Wavelength: {wave} nm"], ["Abs", *range(1, 13)], *values, []]
    return rows


def book(waves=(450, 620), kind="Endpoint", names=None, times=(0,)):
    layout = [
        ["", *range(1, 13)],
        *[[x, *(names(i, k) if names else "X" for k in range(3))] for i, x in enumerate(LETTERS)],
    ]
    return {
        "Absorbance results": results(waves),
        **{f"Raw data {wave} nm": raw(wave, times) for wave in waves},
        "General information": [
            ["Session information"],
            ["", "", "Execution time", "2024-03-05 10:16:37"],
            ["", "", "Name", "Multiskan Sky"],
            ["", "", "Executed by", "kmeyer"],
            ["Protocol parameters"],
            ["", "", "Measurement type", kind],
            ["", "", "Wavelength(s) [nm]", ", ".join(map(str, waves))],
        ],
        "Plate layout": layout,
        "Run log": [["Start time", "2024-03-05 10:06:32"]],
    }


def read(sheets):
    return recognition.read_source(sources.workbook("made.xlsx", sheets, "xlsx"))


def named(i, k):
    return f"STD{i + 1}" if k == 0 else f"S{i}{k}"


def test_raw_data_of_every_wavelength_and_names_of_the_layout():
    export = read(book(names=named))
    (plate,) = export.plates
    wells = plate.wells.set_index(["analyte", "well"])
    assert (export.family, plate.signal_kind, len(wells)) == ("multiskan_sky", "absorbance", 48) and not export.problems
    assert wells.loc[("620", "C03"), ["signal", "sample"]].tolist() == [od(620, 2, 2), "S22"]
    assert wells.loc[("450", "B01"), ["role", "level"]].tolist() == ["standard", "S2"]
    assert plate.read_time == "2024-03-05 10:16:37" and "kmeyer" not in plate.metadata.values() and not export.ignored


def test_marks_are_no_names_and_results_alone_are_enough():
    wells = read(book()).plates[0].wells
    assert wells["sample"].isna().all() and wells["role"].isna().all()
    sheets = {name: rows for name, rows in book().items() if not name.startswith("Raw")}
    assert read(sheets).plates[0].wells["signal"].tolist() == wells["signal"].tolist()
    sheets = book(waves=(450,))
    sheets["Absorbance results"] = [row for row in sheets["Absorbance results"] if row != ["Wavelength: 450 nm"]]
    assert read(sheets).plates[0].wells["analyte"].unique().tolist() == ["450"]


def test_results_that_are_not_the_raw_data_are_told():
    sheets = book()
    sheets["Raw data 450 nm"][9][2] = 9.5
    export = read(sheets)
    assert [each.code for each in export.problems] == ["E-READ-010"] and "9.5" in export.problems[0].found
    assert export.plates[0].wells["signal"].max() == 9.5


@pytest.mark.parametrize("sheets", [book(kind="Kinetic"), book(times=(0, 6)), book(kind="Spectrum")])
def test_reads_at_several_times_are_refused(sheets):
    with pytest.raises(NotReadable, match="E-READ-007"):
        read(sheets)


def test_real_kinetic_read(shared):
    with pytest.raises(NotReadable, match="E-READ-007.*Multiskan Sky read.*Kinetic"):
        recognition.read(shared / "real_deliveries/readers/multiskan_sky_kinetic.xlsx")
