"""MSD plates of several spots without the instrument's head: several lines per plate row, told apart from data sets."""

import pytest
from immunoassay.readers import recognition, sources
from immunoassay.readers.export import NotReadable


def value(letter, spot, column):
    return ord(letter) * 1000 + spot * 100 + column


def plate(spots=4, letters="ABCD", columns=6, shifted=True, title=None):
    rows = [[title]] if title else []
    rows.append([*([] if shifted else [""]), *range(1, columns + 1)])
    for letter in letters:
        for spot in range(1, spots + 1):
            values = [value(letter, spot, column) for column in range(1, columns + 1)]
            rows.append([letter if spot == 1 else "", *values])
    return rows


def read(rows):
    return recognition.read_source(sources.workbook("made.xlsx", {"Sheet1": rows}, "xlsx"))


@pytest.mark.parametrize("shifted", [True, False])
@pytest.mark.parametrize("spots", [4, 7, 10])
def test_every_line_is_a_spot(export_file, shifted, spots):
    for export in (read(plate(spots, shifted=shifted)), recognition.read(export_file(plate(spots, shifted=shifted)))):
        (found,) = export.plates
        wells = found.wells.set_index(["well", "region"])
        assert (export.family, found.signal_kind, len(wells)) == ("msd_spots", "ecl", 24 * spots)
        assert wells.loc[("C05", "4"), ["signal", "analyte"]].tolist() == [value("C", 4, 5), "Spot 4"]
        assert wells["signal"].sum() == sum(
            value(x, s, c) for x in "ABCD" for s in range(1, spots + 1) for c in range(1, 7)
        )
        assert wells["role"].isna().all() and wells["sample"].isna().all()
        (problem,) = [each for each in export.problems if each.code == "E-READ-006"]
        assert (problem.code, problem.level) == ("E-READ-006", "FLAG") and f"Spot {spots}" in problem.why


def test_two_plates_partial_rows_and_words_for_no_signal():
    rows = [*plate(letters="BD", title="Plate 7"), [], *plate(title="Plate 8")]
    rows[2][3] = ""  # B03, spot 1, was not read
    rows[3][1] = "NaN"
    export = read(rows)
    assert [(each.name, len(each.wells)) for each in export.plates] == [("Plate 7", 47), ("Plate 8", 96)]
    wells = export.plates[0].wells.set_index(["well", "region"])
    assert wells.loc[("B01", "2"), "vendor_flag"] == "not_read" and set(wells.index.get_level_values(0).str[0]) == {
        *"BD"
    }


def without(rows, at):
    return rows[:at] + rows[at + 1 :]


def labelled():
    return [[*row, "450" if at else ""] for at, row in enumerate(plate())]


@pytest.mark.parametrize(
    "rows",
    [
        plate(spots=2),  # OD and concentration?
        plate(spots=5),
        without(plate(), 3),  # a line is lost
        without(plate(), 5),  # a line with its letter
        [*plate()[:4], plate()[3], *plate()[4:]],  # one is twice
        [[*row[:2], 0.5, *row[3:]] for row in plate()],  # decimals
        labelled(),
        [*plate()[:5], ["Concentration"], *plate()[5:]],
        [*plate(), ["Mean", 5, 6]],
        [[*row, 7] if at else row for at, row in enumerate(plate())],  # values without a column number
        [["A", *row[1:]] if row[0] == "B" else row for row in plate()],
    ],
)
def test_what_may_be_data_sets_is_refused(rows):
    with pytest.raises(NotReadable):
        read(rows)


def test_real_plate_of_ten_spots(shared):
    export = recognition.read(shared / "real_deliveries/msd_raw/msd_plate_10spot.txt")
    wells = export.plates[0].wells
    assert (wells["well"].nunique(), wells["analyte"].nunique(), wells["signal"].count()) == (96, 10, 960)
    assert (wells["signal"].sum(), wells["signal"].min(), wells["signal"].max()) == (41041382, 78, 1725330)
    assert wells.set_index(["well", "region"]).loc[("A01", "3"), "signal"] == 1725330
