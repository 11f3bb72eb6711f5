"""ELISA plates typed by hand: grids of OD and of names, side by side or below one another, with or without headings."""

import pytest
from immunoassay.readers import open_export, recognition, sources
from immunoassay.readers.export import NotReadable

LETTERS = "ABCDEFGH"


def od(i, k, plate=1):
    return round(0.0625 + plate / 4 + i / 16 + k / 128, 7)


def name(i, k):
    if k < 2:
        return f"STD{i + 1}" if i < 7 else "Blank"
    return f"P{i * 10 + k:03d}"


def grid(value, rows=8, columns=12, letters=True, numbers=True, corner=""):
    head = [[corner] * letters + list(range(1, columns + 1))] if numbers else []
    return [*head, *[[LETTERS[i]] * letters + [value(i, k) for k in range(columns)] for i in range(rows)]]


def small(rows):
    return [[cell.lower() if cell in [*LETTERS] else cell for cell in row] for row in rows]


def beside(left, right, gap=1):
    width = max(map(len, left)) + gap
    length = max(len(left), len(right))
    left, right = left + [[]] * (length - len(left)), right + [[]] * (length - len(right))
    return [[*one, *[""] * (width - len(one)), *other] for one, other in zip(left, right, strict=True)]


def read(sheets):
    sheets = sheets if isinstance(sheets, dict) else {"Sheet1": sheets}
    return recognition.read_source(sources.workbook("made.xlsx", sheets, "xlsx"))


def check(plate, number=1, rows=8, columns=12):
    wells = plate.wells.set_index("well")
    expected = {f"{LETTERS[i]}{k + 1:02d}": (od(i, k, number), name(i, k)) for i in range(rows) for k in range(columns)}
    assert {well: (row["signal"], row["sample"]) for well, row in wells.iterrows()} == expected
    assert wells.loc["A01", ["role", "level"]].tolist() == ["standard", "S1"]


ONE = {
    "below": [["OD 450"], *grid(od), [], ["Layout"], *grid(name)],
    "names first": [["Samples"], *grid(name), [], ["OD 450 nm"], *grid(od)],
    "beside": beside([["OD 450"], *grid(od)], [["Sample names"], *grid(name)]),
    "beside with a gap of two": beside([["OD 450"], *grid(od)], [["Layout"], *grid(name)], 2),
    "letters of the left one": beside([["OD 450"], *grid(od)], [["Layout"], *grid(name, letters=False)]),
    "titles in the corner": [*grid(od, corner="OD450"), [], *grid(name, corner="Layout")],
    "no headings": [["OD 450"], *grid(od, letters=False, numbers=False), [],
                    ["Samples"], *grid(name, letters=False, numbers=False)],
    "no headings, beside": beside([["OD 450"], *grid(od, letters=False, numbers=False)],
                                  [["Samples"], *grid(name, letters=False, numbers=False)]),
    "letters only": [["OD 450"], *grid(od, numbers=False), [], ["Samples"], *grid(name, numbers=False)],
    "numbers only": [["OD 450"], *grid(od, letters=False), [], ["Samples"], *grid(name, letters=False)],
    "names without headings": [["OD 450"], *grid(od), [], ["Samples"], *grid(name, letters=False, numbers=False)],
    "names without headings, beside": beside([["OD 450"], *grid(od)],
                                             [["Layout"], [], *grid(name, letters=False, numbers=False)]),
    "no empty row between": [["OD 450"], *grid(od), ["Layout"], *grid(name)],
    "heading of the plate further up": [["Plate 3"], ["read by", "KM"], [], ["OD 450"], *grid(od), [], ["Layout"],
                                        *grid(name)],
    "letters of the names alone, beside": beside([["OD 450"], *grid(od)], [["Layout"], [], *grid(name, numbers=False)]),
    "small letters": [["OD 450"], *small(grid(od)), [], ["Layout"], *small(grid(name))],
    "in German": [["Extinktion"], *grid(od), [], ["Proben"], *grid(name)],
    "no titles": [*grid(od), [], *grid(name)],
}  # fmt: skip


@pytest.mark.parametrize("rows", ONE.values(), ids=ONE.keys())
def test_a_grid_of_signals_and_one_of_names(rows):
    (plate,) = read(rows).plates
    check(plate)


@pytest.mark.parametrize("rows", ONE.values(), ids=ONE.keys())
@pytest.mark.parametrize("delimiter, decimal", [(",", "."), (";", ","), ("\t", ".")])
def test_the_same_in_text_files(rows, delimiter, decimal):
    cells = [
        [str(cell).replace(".", decimal) if isinstance(cell, float) else str(cell) for cell in row] for row in rows
    ]
    text = "\n".join(delimiter.join(row) for row in cells) + "\n"
    (plate,) = recognition.read_source(open_export.open_bytes("made.csv", text.encode())).plates
    check(plate)


def test_sheets_of_signals_and_names():
    (plate,) = read({"OD 450": grid(od), "Layout": grid(name)}).plates
    check(plate)


def test_a_sheet_says_what_its_numbers_are():
    sheets = {
        "OD 450": grid(od),
        "Samples": grid(lambda i, k: 62000 + i * 12 + k),
        "Dilution": grid(lambda i, k: 1 + k),
    }
    wells = read(sheets).plates[0].wells.set_index("well")
    assert len(wells) == 96 and wells.loc["C05", ["signal", "sample", "dilution"]].tolist() == [od(2, 4), "62028", 5]


def test_untitled_numbers_are_told():
    (problem,) = read(ONE["no titles"]).problems
    assert (problem.code, problem.level) == ("E-READ-009", "FLAG") and "without a word" in problem.found
    assert not read(ONE["below"]).problems and not read(ONE["beside"]).problems


def two(number):
    return [[f"Plate {number}"], ["OD 450"], *grid(lambda i, k: od(i, k, number))]


def titled(number):
    return [[f"Plate {number} - OD 450 nm"], *two(number)[2:], [], [f"Plate {number} - Layout"], *grid(name)]


NAMES = [["Layout"], *grid(name)]
SEVERAL = {
    "below one another": [*two(1), [], *NAMES, [], *two(2), [], *NAMES],
    "names beside": [*beside(two(1), [[], *NAMES]), [], *beside(two(2), [[], *NAMES])],
    "plates beside, names below each": [*beside(two(1), two(2)), [], *beside(NAMES, NAMES)],
    "plates in the titles": [*titled(1), [], *titled(2)],
    "plates in the titles, beside": beside(titled(1), titled(2)),
    "names of both at the end": [
        *two(1), [], *two(2), [], ["Plate 1"], *NAMES, [], ["Plate 2"], *NAMES,
    ],
}  # fmt: skip


@pytest.mark.parametrize("rows", SEVERAL.values(), ids=SEVERAL.keys())
def test_several_plates_of_one_sheet(rows):
    export = read(rows)
    assert [plate.name for plate in export.plates] == ["Plate 1", "Plate 2"] and not export.problems
    check(export.plates[0])
    check(export.plates[1], 2)


def test_several_sheets():
    export = read({f"Run {n}": beside([["OD"], *two(n)[2:]], NAMES) for n in (1, 2)})
    assert [plate.name for plate in export.plates] == ["Run 1", "Run 2"]
    check(export.plates[1], 2)
    export = read({"OD": [*two(1), [], *two(2)], "Layout": [["Plate 1"], *grid(name), [], ["Plate 2"], *grid(name)]})
    assert [plate.name for plate in export.plates] == ["Plate 1", "Plate 2"]
    check(export.plates[1], 2)


def test_dilutions_concentrations_and_numbers_as_names():
    numbered = grid(lambda i, k: 62000.0 + i * 12 + k)
    rows = [["OD 450"], *grid(od), [], ["Samples"], *numbered, [], ["Dilution"], *grid(lambda i, k: 1 + k)]
    rows += [[], ["Standard concentrations (ng/mL)"], *grid(lambda i, k: 100 / 2**i if k < 2 else "")]
    wells = read(rows).plates[0].wells.set_index("well")
    assert wells.loc["C05", ["signal", "sample", "dilution"]].tolist() == [od(2, 4), "62028", 5]
    assert wells.loc["B02", ["expected", "unit"]].tolist() == [50, "ng/mL"]


def test_two_wavelengths_beside_one_another_have_the_same_names():
    rows = [*beside([["OD 450"], *grid(od)], [["OD 620"], *grid(lambda i, k: 0.05)]), [], ["Layout"], *grid(name)]
    wells = read(rows).plates[0].wells.set_index(["analyte", "well"])
    assert len(wells) == 192 and wells.loc[("OD 620", "C05"), ["signal", "sample"]].tolist() == [0.05, "P024"]
    assert wells.loc["OD 450", "sample"].tolist() == wells.loc["OD 620", "sample"].tolist()


def test_numbers_as_names_without_headings():
    bare = {"letters": False, "numbers": False}
    rows = beside([["OD 450"], *grid(od, **bare)], [["Samples"], *grid(lambda i, k: 62000 + i * 12 + k, **bare)])
    wells = read(rows).plates[0].wells.set_index("well")
    assert len(wells) == 96 and wells.loc["C05", ["signal", "sample"]].tolist() == [od(2, 4), "62028"]


def test_rows_and_columns_further_down_keep_their_wells():
    rows = [["OD 450"], ["", 4, 5, 6], *[[x, 0.5, 0.6, 0.7] for x in "CDE"], [], ["Layout"]]
    rows += [["", 4, 5, 6], *[[x, f"{x}4", f"{x}5", f"{x}6"] for x in "CDE"]]
    wells = read(rows).plates[0].wells
    assert wells["well"].tolist() == ["C04", "C05", "C06", "D04", "D05", "D06", "E04", "E05", "E06"]
    assert wells["sample"].tolist() == [well[0] + well[-1] for well in wells["well"]]


@pytest.mark.parametrize("shape", [(8, 3), (4, 6), (2, 12), (5, 7)])
def test_part_of_a_plate(shape):
    for more in ({}, {"letters": False, "numbers": False}):
        rows = [["OD 450"], *grid(od, *shape, **more), [], ["Layout"], *grid(name, *shape, **more)]
        export = read(rows)
        wells = export.plates[0].wells
        assert len(wells) == shape[0] * shape[1] and wells["sample"].notna().all()
        counted = bool(more) and shape != (4, 6)
        assert [each.code for each in export.problems] == ["E-READ-009"] * 2 * counted


def emptied(rows, at, column):
    rows = [list(row) for row in rows]
    rows[at][column] = ""
    return rows


@pytest.mark.parametrize(
    "rows, words",
    [
        (emptied(ONE["below"], 16, 5), "well D05 has a signal and no name"),
        (emptied(ONE["below"], 5, 5), 'well D05 has a name and no signal: "P034"'),
        (emptied(ONE["beside"], 5, 19), "well D05 has a signal and no name"),
        ([["OD 450"], *grid(od), [], ["Layout"], *grid(name, 7)], "well H01 has a signal and no name"),
        ([["OD 450"], *grid(od, 8, 11), [], ["Layout"], *grid(name)], "well A12 has a name and no signal"),
    ],
)
def test_a_cell_without_its_counterpart_is_named(rows, words):
    with pytest.raises(NotReadable, match="E-READ-014") as caught:
        read(rows)
    assert words in caught.value.problem.found and caught.value.problem.row


def test_an_empty_well_is_no_missing_one():
    def named(i, k):
        return "Empty" if k == 11 else name(i, k)

    wells = (
        read([["OD 450"], *grid(lambda i, k: "" if k == 11 else od(i, k)), [], ["Layout"], *grid(named)])
        .plates[0]
        .wells
    )
    assert (wells["role"] == "empty").sum() == 8 and wells["signal"].count() == 88


def test_names_that_belong_to_no_plate_are_refused():
    with pytest.raises(NotReadable, match="E-READ-003.*belongs to none"):
        read(
            [["OD 450"], *grid(od), [], ["OD 450"], *grid(od), [], ["Layout"], *grid(name), [], ["Layout"], *grid(name)]
        )


@pytest.mark.parametrize(
    "rows",
    [
        grid(od),  # numbers alone
        [*grid(lambda i, k: 20 + i), [], *grid(name)],  # no densities: volumes?
        [["Volume (µL)"], *grid(od), [], *grid(name)],
        [*grid(od), [], *grid(name, 8, 11)],  # names of other wells
    ],
)
def test_numbers_that_nothing_calls_signals_are_refused(rows):
    with pytest.raises(NotReadable, match="E-READ-012"):
        read(rows)


def test_blocks_without_headings_that_do_not_fit_are_refused():
    bare = {"letters": False, "numbers": False}
    with pytest.raises(NotReadable):
        read([["OD 450"], *grid(od, **bare), [], ["Layout"], *grid(name, 7, **bare)])
    with pytest.raises(NotReadable):
        read([["OD 450"], *grid(od, **bare)])


@pytest.mark.parametrize(
    "head", [range(12, 0, -1), range(12), [450] * 12], ids=["from the right", "from 0", "wavelengths"]
)
@pytest.mark.parametrize("title", [[["OD 450"]], []])
def test_headings_that_are_no_column_numbers_in_order_are_no_row_of_signals(head, title):
    rows = [*title, ["", *head], *grid(od)[1:], [], ["Samples"], *grid(name)]
    with pytest.raises(NotReadable):
        read(rows)


def test_a_plate_turned_round_is_refused():
    turned = [[list(each) for each in zip(*grid(value), strict=True)] for value in (od, name)]
    with pytest.raises(NotReadable):
        read([["OD 450"], *turned[0], [], ["Samples"], *turned[1]])
