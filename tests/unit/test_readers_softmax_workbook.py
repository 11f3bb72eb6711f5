"""SoftMax Pro text pasted into a workbook: several sheets, notes beside the plates, lines of plates cut short."""

import importlib.util
from pathlib import Path

import pytest
from immunoassay.readers import open_export, recognition, sources
from immunoassay.readers.export import NotReadable

SPEC = importlib.util.spec_from_file_location("softmax_builders", Path(__file__).with_name("test_readers_softmax.py"))
softmax = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(softmax)


def pasted(rows, notes=0):
    """Rows as a workbook has them, with a table of somebody's own that begins `notes` columns behind the plate."""
    made = [[] if row == [""] else list(row) for row in rows]
    if notes:
        own = [["Sample", "Mean", "CV"], *([number, number / 8, "ok"] for number in range(1, 30))]
        made += [[] for _ in range(len(own) - len(made))]
        width = 14 + notes - 1
        made = [
            [*row[:width], *[""] * (width - len(row)), *line] if at < len(own) else row
            for at, (row, line) in enumerate(zip(made, [*own, *[[]] * len(made)], strict=False))
        ]
    return made


def read(sheets):
    return recognition.read_source(sources.workbook("made.xlsx", sheets, "xlsx"))


def of_text(rows):
    return recognition.read_source(
        open_export.open_bytes("made.txt", "\n".join("\t".join(map(str, row)) for row in rows).encode() + b"\n")
    )


TEXT = [["##BLOCKS= 1"], *softmax.plate_format("450 "), ["Original Filename: x; Date Last Saved: y"]]
TIME = [["##BLOCKS= 1"], *softmax.time_format(), *softmax.END]


@pytest.mark.parametrize("rows", [TEXT, TIME, [["##BLOCKS= 1"], *softmax.plate_format("450 620 "), *softmax.END]])
def test_a_pasted_text_is_read_as_the_text(rows):
    export, expected = read({"Sheet": pasted(rows)}), of_text(rows)
    assert not export.problems and len(export.plates) == len(expected.plates) == 1
    assert export.plates[0].wells.equals(expected.plates[0].wells)


def test_every_sheet_is_read():
    sheets = {"P1": pasted(softmax.plate_format(name="P1")), "Notes": [["who"], ["when"]]}
    sheets["P2"] = pasted(softmax.plate_format(name="P2"), notes=2)
    export = read(sheets)
    assert [(plate.name, plate.wells["signal"].count()) for plate in export.plates] == [("P1", 96), ("P2", 96)]
    assert export.ignored == ["sheet Notes"]


@pytest.mark.parametrize("notes", [2, 3, 8])
def test_notes_beside_a_plate_are_cut_off_even_over_the_end_of_its_line(notes):
    export = read({"Sheet": pasted(softmax.plate_format("450 "), notes)})
    wells = export.plates[0].wells
    assert wells["signal"].tolist() == of_text(TEXT).plates[0].wells["signal"].tolist()
    assert wells["analyte"].unique().tolist() == (["Absorbance"] if notes < 8 else ["450"])
    assert [each.code for each in export.problems if each.code == "E-READ-009"] == ["E-READ-009"] * (notes < 8)


def test_a_cell_right_behind_a_plate_row_is_refused():
    rows = pasted(softmax.plate_format("450 "))
    rows[4].insert(5, 0.25)
    with pytest.raises(NotReadable, match="E-READ-008"):
        read({"Sheet": rows})


@pytest.mark.parametrize("contents", ["Raw", "Reduced", "Both"])
def test_a_temperature_on_a_line_of_its_own(contents):
    whole = [["##BLOCKS= 1"], *softmax.time_format("450 "), *softmax.END]
    at = next(at for at, row in enumerate(whole) if len(row) > 3 and row[2] == "A1")
    head = [contents if cell == "Raw" else cell for cell in whole[1]]
    wells, values = whole[at], whole[at + 1]
    rows = [["##BLOCKS= 1"], head, wells, ["", "24.5"], [""], ["", "", *wells[2:]], ["", "", *values[2:]], [""]]
    rows += [["", "", *wells[2:]], ["", "", *values[2:]], [""]] if contents == "Both" else []
    plate = of_text([*rows, ["~End"], *softmax.END]).plates[0]
    assert plate.wells["signal"].tolist() == [float(value) for value in values[2:]]
    assert plate.metadata["Temperature"] == "24.5"


def test_a_block_without_its_end_is_refused_in_a_workbook_too():
    with pytest.raises(NotReadable, match="E-FILE-003"):
        read({"Sheet": pasted([row for row in TEXT if row != ["~End"]])})


def test_lines_of_the_workflow_behind_the_name_of_the_file_are_no_block():
    workflow = [[""], ["Workflow:"], ['-Shake: ShakeTimeToSet="5" '], ['-Read: ReadTypeToSet="Endpoint" ']]
    assert not of_text([*TEXT, *workflow]).problems
    with pytest.raises(NotReadable, match="E-FILE-003"):
        of_text([*(row for row in TEXT if row != ["~End"]), *workflow])


@pytest.mark.parametrize(
    "file, wells, total, low, high",
    [
        ("spectramax_endpoint_workflow.txt", 24, 7.8108, 0, 0.7703),
        ("spectramax_timeformat_endpoint.txt", 39, 77616000, 299000, 10302000),
        ("softmax_in_workbook.xlsx", 96, 8.3013, -0.00675, 1.31965),
    ],
)
def test_real_files(shared, file, wells, total, low, high):
    (plate,) = recognition.read(shared / "real_deliveries/readers" / file).plates
    signals = plate.wells["signal"].dropna()
    assert (len(signals), plate.wells["analyte"].nunique()) == (wells, 1)
    assert (round(signals.sum(), 4), round(signals.min(), 5), round(signals.max(), 5)) == (total, low, high)
