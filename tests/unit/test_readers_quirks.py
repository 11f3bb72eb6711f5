"""Quirks of real exports that no other test writes: the head of xPONENT, cut rows, exponents, pictures of spots."""

import pytest
from immunoassay.readers import open_export, recognition, sources
from tests.reader_fixtures import fixtures


def read_rows(name, rows):
    """The export of a fixture with other rows."""
    return recognition.read_source(fixtures()[name].with_rows("", rows).source())


def same(export, name):
    wanted = recognition.read_source(fixtures()[name].source())
    for plate, other in zip(export.plates, wanted.plates, strict=True):
        assert plate.wells.drop(columns="row").equals(other.wells.drop(columns="row"))


@pytest.mark.parametrize(
    "line, flagged",
    [
        (["Last CAL Calibration", "Passed 05/17/2023 09:25:33"], False),
        (["Last VER Verification", "05/17/2023 09:25:33"], False),
        (["Last F3DCAL2 Calibration", "Failed 05/17/2023 09:25:33"], True),
        (["Last Fluidics Test", "Lot Expired 03/31/2023 09:42"], True),
        (["Last FVER1 Verification", "Not Verified 03/31/2023"], True),
    ],
)
def test_calibration_and_lot_tables_never_stop_a_read(line, flagged):
    rows = fixtures()["xponent"].sheets[""]
    at = next(at for at, row in enumerate(rows) if row[:1] == ["Samples"])
    lots = [["AssayLotInfo:"], ["Name", "LotNumber", "ExpirationDate"], ["Kit", "3094001", "2025-03-31"],
            ["Standard1", "15-1", "2025-03-31"]]  # fmt: skip
    head = [["Most Recent Calibration and Verification Control Results:"], line, ["CALInfo:"], *lots]
    export = read_rows("xponent", [*rows[:at], *head, *rows[at:]])
    same(export, "xponent")
    assert [problem.level for problem in export.problems if problem.code == "W-RUN-001"] == ["FLAG"] * flagged


def test_statistics_under_both_spellings_are_known_blocks():
    rows = fixtures()["xponent"].sheets[""]
    end = next(at for at, row in enumerate(rows) if row[:1] == ["-- CRC --"])
    names = ["Std Dev", "TrimmedStdDev", "Trimmed % CV of Microspheres", "%CV Replicates", "% Recovery", "Avg MFI"]
    more = [
        line for name in names for line in (["DataType:", name], ["Location", "Sample", "TNF"], ["1(1,A1)", "B", "1"])
    ]
    export = read_rows("xponent", [*rows[:end], *more, *rows[end:]])
    same(export, "xponent")
    assert export.ignored == ["Colour of the Beads"]


def test_a_units_row_that_is_cut_short_loses_units_only():
    rows = [list(row) for row in fixtures()["xponent"].sheets[""]]
    units = next(row for row in rows if row[:1] == ["Units:"])
    del units[2:]
    wells = read_rows("xponent", rows).plates[0].wells
    assert wells.groupby("analyte")["unit"].first().dropna().to_dict() == {"IFN-g": "pg/mL"}
    wanted = recognition.read_source(fixtures()["xponent"].source()).plates[0].wells
    assert wells["signal"].equals(wanted["signal"]) and wells["vendor_concentration"].equals(
        wanted["vendor_concentration"]
    )


def test_gen5_exponents_and_trailing_tabs():
    rows = [["Software Version", "3.12.08", ""], ["Plate Number", "Plate 1"], ["Layout"], ["", *map(str, range(1, 13))]]
    for letter in "ABCDEFGH":
        rows += [[letter, "STD1", *["SPL1"] * 11, "Well ID", "", ""], ["", "1E+07", *["2.5E-01"] * 11, "Conc/Dil", ""]]
    rows += [["Results"], ["", *map(str, range(1, 13))]]
    rows += [[letter, *["-0.000"] * 12, "450", "", ""] for letter in "ABCDEFGH"]
    data = "\r\n".join("\t".join(row) for row in rows).encode("utf-16")
    wells = recognition.read_source(open_export.open_bytes("a.txt", data)).plates[0].wells.set_index("well")
    assert wells.loc["A01", "expected"] == 1e7 and wells.loc["A02", "dilution"] == 4 and (wells["signal"] == 0).all()


def test_msd_plate_text_with_signature_and_picture_of_spots():
    rows = fixtures()["msd_plate"].sheets[""]
    at = next(at for at, row in enumerate(rows) if "Data" in row[0] and "====" in row[0])
    picture = [["Spot :"], ["Legend :", "  1  2 "], ["", "  3  4 "]]
    export = read_rows("msd_plate", [["Digital_Signature: 5f3a"], *rows[:at], *picture, *rows[at:]])
    same(export, "msd_plate")


def test_bioplex_sheets_of_other_things_and_more_header_lines():
    fixture = fixtures()["bioplex_workbook"]
    head = [["Document ID: 17"], ["Signed By: KM"], ["RP1 PMT (Volts): 548.12"]]
    sheets = {"Project Template": [["Protocol"], ["a", "b", "c"]]}
    sheets |= {title: [*head, *rows] for title, rows in fixture.sheets.items()}
    export = recognition.read_source(sources.workbook("a.xlsx", sheets, "xlsx"))
    same(export, "bioplex_workbook")
    assert export.ignored == ["sheet Project Template"]
    assert export.plates[0].metadata["RP1 PMT (Volts)"] == "548.12"


def test_a_workbook_that_begins_in_another_column_or_row():
    fixture = fixtures()["magellan_matrix"]
    moved = {
        title: [[""], *([["", "", *row] if row != [""] else row for row in rows])]
        for title, rows in fixture.sheets.items()
    }
    same(recognition.read_source(sources.workbook("a.xlsx", moved, "xlsx")), "magellan_matrix")
