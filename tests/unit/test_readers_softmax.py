"""SoftMax Pro: plate formats, reduced data, groups by formula, masked wells, what is refused."""

import re

import pandas as pd
import pytest
from immunoassay.readers import recognition
from immunoassay.readers.export import FLAGS

LETTERS = "ABCDEFGH"
WELLS = [f"{letter}{column}" for letter in LETTERS for column in range(1, 13)]
DEGREE = "Temperature(\u00a1C)"  # as the software's Mac Roman degree sign arrives


def head(
    layout="PlateFormat",
    read="Endpoint",
    mode="Absorbance",
    contents="Raw",
    waves="450 ",
    name="Plate1",
    wells=96,
    times=1,
):
    columns = {96: 12, 384: 24}[wells]
    blank = [""] * 5
    extra = ["FALSE"] if mode == "Fluorescence" else []
    start = [
        "Plate:",
        name,
        "1.3",
        layout,
        read,
        mode,
        *extra,
        contents,
        "FALSE",
        times,
        *blank,
        len(waves.split()),
        waves,
    ]
    return [*start, 1, columns, wells, 1, wells // columns]


def value(wave, row, column):
    return f"{(wave + 1) * 0.5 + row / 8 + column / 64:.6f}"


def plate_format(waves="450 ", reduced=None, **more):
    count = len(waves.split())
    rows = [head(waves=waves, **more), ["", DEGREE, *(([*range(1, 13), ""] * count)[:-1])]]
    for i in range(8):
        line = [cell for wave in range(count) for cell in [*[value(wave, i, k) for k in range(12)], ""]][:-1]
        rows.append(["", "24.5" if i == 0 else "", *line])
    rows.append([""])
    if reduced:
        rows += [["", "", *range(1, 13)], *[["", "", *[reduced(i, k) for k in range(12)]] for i in range(8)]]
    return [*rows, ["~End"]]


def time_format(waves="450 620 ", unread=(), contents="Raw"):
    rows = [head("TimeFormat", waves=waves, contents=contents), ["", DEGREE, *WELLS]]
    for wave in range(len(waves.split())):
        cells = [value(wave, LETTERS.index(well[0]), int(well[1:]) - 1) for well in WELLS]
        cells = ["" if well in unread else cell for well, cell in zip(WELLS, cells, strict=True)]
        rows += [["", "24.5", *cells], [""]]
        if contents == "Reduced":
            break
    return [*rows, ["~End"]]


STANDARDS = [
    ["Group: Standards"],
    ["Sample", "Concentration ng/mL", "BackCalcConc", "Wells", "Value", "MeanValue", "R"],
    ["St1", "100.000", "98.5", "A1", "0.500", "0.500"],
    [" ", " ", "Masked", "A2", "Masked", " "],
    ["St2", "25.000", "Range?", "B1", "0.625", "0.633"],
    [" ", " ", "24.125", "B2", "0.641", " "],
    [""],
    ["Group Column", "Formula Name", "Formula", "Precision", "Notation"],
    [1, "Sample", "!SampleNames", "2 decimal places", "Numeric"],
    [2, "Concentration", "!SampleDescriptor"],
    [3, "BackCalcConc", '"InterpX(Std@StandardCurve,Value)"'],
    [4, "Wells", "!WellIDs"],
    [5, "Value", "!WellValues"],
    [6, "MeanValue", "Average(Value)"],
    [7, "R", '"If (Value>=MinStd and Value<=MaxStd,"""",""R"")"'],
    [""],
    ["Group Summaries"],
    ["MinStd", "Smallest standard value:", "0.03", "Min(MeanValue)"],
    ["~End "],
]
UNKNOWNS = [
    ["Group: Unknowns"],
    ["Name of patient", "Place", "Odd", "R", "Found", "Fold", "MeanFound"],
    ["62195", "C1", "0.750", "R", "310.5", "10", "300.1"],
    [" ", "C2", "0.766", " ", "289.75", " ", " "],
    [""],
    ["Group Column", "Formula Name", "Formula", "Precision", "Notation"],
    [1, "Name of patient", "!SampleNames"],
    [2, "Place", "!WellIDs"],
    [3, "Odd", "!WellValues"],
    [4, "R", '"If (Odd>1,"""",""R"")"'],
    [5, "Found", '"If (Odd<MinStd@Standards,MakeErr(118),(InterpX(Plot1@Graph1,Odd)))"'],
    [6, "Fold", "!Factor"],
    [7, "MeanFound", '"InterpX(Plot1@Graph1,MeanOdd)"'],
    ["~End "],
]
CONTROLS = [
    ["Group: Controls"],
    ["Sample", "Wells", "Value"],
    ["High", "D1", "0.875"],
    [" ", "D2", "0.891"],
    ["~End "],
]
END = [["Original Filename: assay 2; Date Last Saved: 10/4/2017 2:05:49 PM"]]


def test_plate_format_with_groups(export_file):
    rows = [["##BLOCKS= 4"], *plate_format(), *STANDARDS, *UNKNOWNS, *CONTROLS, *END]
    export = recognition.read(export_file(rows))
    (plate,) = export.plates
    assert (export.family, plate.name, plate.signal_kind) == ("softmax", "Plate1", "absorbance")
    wells = plate.wells.set_index("well")
    assert len(wells) == 96 and wells["analyte"].unique() == ["450"] and wells["unit"].unique() == ["ng/mL"]
    assert wells.loc["H12", "signal"] == 0.5 + 7 / 8 + 11 / 64
    columns = ["role", "level", "expected"]
    assert wells.loc[["A01", "A02", "B01"], columns].values.tolist() == [
        ["standard", "S1", 100],
        ["standard", "S1", 100],
        ["standard", "S2", 25],
    ]
    assert wells.loc[["A01", "A02", "B01", "B02"], "vendor_flag"].tolist() == ["none", "masked", "not_computed", "none"]
    assert wells.loc["A02", ["signal", "vendor_flag_text"]].tolist() == [0.515625, "Masked"]
    assert wells.loc["C01", ["role", "sample", "dilution"]].tolist() == ["sample", "62195", 10]
    assert wells.loc["C02", ["sample", "dilution", "vendor_concentration"]].tolist() == ["62195", 10, 289.75]
    assert wells.loc["C01", ["vendor_concentration", "vendor_flag", "vendor_flag_text"]].tolist() == [
        310.5,
        "extrapolated",
        "R",
    ]
    assert wells.loc[["D01", "D02"], ["role", "level"]].values.tolist() == [["control", "High"]] * 2
    assert wells["role"].isna().sum() == 96 - 8
    assert "Unknowns: MeanFound" in export.ignored


def test_a_signal_that_is_no_number_is_told_beside_an_extrapolated_result(export_file):
    for text, flag in (("OVRFLW", "overflow"), ("Odd", "not_computed")):
        plate_rows = plate_format()
        plate_rows[4][2] = text  # C1, of which the groups have the result 310.5 with R
        rows = [["##BLOCKS= 4"], *plate_rows, *STANDARDS, *UNKNOWNS, *CONTROLS, *END]
        export = recognition.read(export_file(rows))
        well = export.plates[0].wells.set_index("well").loc["C01"]
        assert well[["vendor_concentration", "vendor_flag", "vendor_flag_text"]].tolist() == [310.5, flag, f"{text}; R"]
        assert ('"Odd; R" in C01' in {each.found for each in export.problems}) == (text == "Odd")


def test_time_format_and_group_values_as_reduced_signal(export_file):
    group = [
        ["Group: Unknowns"],
        ["Sample", "Wells", "Value"],
        ["P1", "A1", "-0.498"],
        [" ", "A2", "Masked"],
        ["~End"],
    ]
    rows = [["##BLOCKS= 2"], *time_format(), *group, *END]
    wells = recognition.read(export_file(rows)).plates[0].wells
    assert wells.groupby("analyte")["signal"].agg(["size", "min"]).to_dict("index") == {
        "450": {"size": 96, "min": 0.5},
        "620": {"size": 96, "min": 1.0},
    }
    first = wells[wells["analyte"] == "450"].set_index("well")
    assert first.loc["A01", "net_signal"] == -0.498
    assert first.loc["A02", ["vendor_flag", "vendor_flag_text"]].tolist() == ["masked", "Masked"]
    assert first["net_signal"].notna().sum() == 1


def test_reduced_matrix(export_file):
    def difference(i, k):
        return f"{float(value(0, i, k)) - float(value(1, i, k)):.6f}"

    for reduced, waves, place in (
        (difference, "450 620 ", "450"),
        (lambda i, k: value(0, i, k), "450 620 ", "450"),
        (lambda i, k: "0.125", "450 ", "450"),
        (lambda i, k: "7.5", "450 620 ", None),
    ):
        rows = [["##BLOCKS= 1"], *plate_format(waves, reduced), *END]
        wells = recognition.read(export_file(rows)).plates[0].wells
        if place:
            own = wells[wells["analyte"] == place]
            assert own["net_signal"].notna().all() and "Reduced" not in set(wells["analyte"])
            assert wells.loc[wells["analyte"] != place, "net_signal"].isna().all()
        else:
            assert wells["net_signal"].isna().all()
            assert (wells.loc[wells["analyte"] == "Reduced", "signal"] == 7.5).all()


def test_reduced_only(export_file):
    rows = [["##BLOCKS= 1"], *time_format("450 650 ", contents="Reduced"), *END]
    wells = recognition.read(export_file(rows)).plates[0].wells
    assert wells["analyte"].unique() == ["450 650"] and len(wells) == 96
    assert (wells["signal"] == wells["net_signal"]).all()


def group(*rows):
    """A group of wells A1, A2, ... with samples, values and means."""
    rows = [[sample, f"A{at}", value, mean] for at, (sample, value, mean) in enumerate(rows, 1)]
    return [["Group: Unknowns"], ["Sample", "Wells", "Value", "MeanValue"], *rows, [""], *FORMULAS, ["~End"]]


FORMULAS = [
    ["Group Column", "Formula Name", "Formula", "Precision", "Notation"],
    [1, "Sample", "!SampleNames"],
    [2, "Wells", "!WellIDs"],
    [3, "Value", "!WellValues"],
    [4, "MeanValue", "Average(Value)"],
]


@pytest.mark.parametrize(
    ("mean", "flag"),
    [("0.508", "none"), ("0.500", "masked"), ("0.9", "masked"), ("", "masked")],  # raw: 0.5 and 0.515625
)
def test_a_mask_counts_unless_the_printed_mean_counts_the_well(export_file, mean, flag):
    rows = [["##BLOCKS= 2"], *plate_format(), *group(("P1", "0.500", mean), (" ", "Masked", " ")), *END]
    export = recognition.read(export_file(rows))
    well = export.plates[0].wells.set_index("well").loc["A02"]
    assert well[["signal", "vendor_flag", "vendor_flag_text"]].tolist() == [0.515625, flag, "Masked"]
    told = [problem.row for problem in export.problems if "counts it" in problem.found]
    assert told == (["A02"] if flag == "none" else [])


@pytest.mark.parametrize(("mean", "flag"), [("0.508", "none"), ("0.500", "masked")])  # reduced: 0.5 and 0.515625
def test_a_masked_well_of_a_plate_with_reduced_values_only_is_read(export_file, mean, flag):
    rows = [["##BLOCKS= 2"], *time_format("450 650 ", contents="Reduced")]
    rows += [*group(("P1", "0.500", mean), (" ", "Masked", " ")), *END]
    well = recognition.read(export_file(rows)).plates[0].wells.set_index("well").loc["A02"]
    assert well[["signal", "vendor_flag", "vendor_flag_text"]].tolist() == [0.515625, flag, "Masked"]


def test_group_values_are_the_raw_ones_or_all_reduced(export_file):
    raw = [("P1", "0.500", ""), ("P2", "0.516", ""), ("P3", "0.531", ""), ("P4", "0.9", "")]
    export = recognition.read(export_file([["##BLOCKS= 2"], *plate_format(), *group(*raw), *END]))
    assert export.plates[0].wells["net_signal"].isna().all()
    assert [(p.code, p.row, p.found) for p in export.problems] == [
        ("E-READ-010", "A04", "0.9 in a group, 0.546875 on the plate")
    ]
    reduced = [("P1", "0.400", ""), ("P2", "0.416", ""), ("P3", "0.531", "")]
    export = recognition.read(export_file([["##BLOCKS= 2"], *plate_format(), *group(*reduced), *END]))
    assert export.plates[0].wells["net_signal"].dropna().tolist() == [0.4, 0.416, 0.531] and not export.problems


@pytest.mark.parametrize("line", [["Operator", "KM"], ["Kit", "lot 7", "expires 2027"]])
def test_a_line_above_the_headings_of_a_group_does_not_take_their_place(export_file, line):
    plain = recognition.read(export_file([["##BLOCKS= 2"], *plate_format(), *STANDARDS, *END])).plates[0].wells
    lines = [STANDARDS[0], line, *STANDARDS[1:]]
    wells = recognition.read(export_file([["##BLOCKS= 2"], *plate_format(), *lines, *END])).plates[0].wells
    pd.testing.assert_frame_equal(wells, plain)


def test_partial_plate_keeps_only_wells_with_values(export_file):
    unread = [well for well in WELLS if not well.startswith(("D", "E"))]
    wells = recognition.read(export_file([["##BLOCKS= 1"], *time_format(unread=unread), *END])).plates[0].wells
    assert wells["well"].nunique() == 24 and set(wells["well"].str[0]) == {"D", "E"}


def test_an_empty_plate_row_does_not_shift_the_others(export_file):
    rows = plate_format()
    rows[3] = [""] * 14  # plate row B, nothing read
    wells = recognition.read(export_file([["##BLOCKS= 1"], *rows, *END])).plates[0].wells.set_index("well")
    assert len(wells) == 84 and "B01" not in wells.index
    assert wells.loc["C01", "signal"] == 0.75


def test_groups_find_their_plate_by_name_and_by_place(export_file):
    named = [["Group: Unknowns"], ["Sample", "Wells", "Value", "WellPlateName"], ["X", "A1", "0.5", "Two"], ["~End"]]
    placed = [["Group: Controls"], ["Sample", "Wells", "Value"], ["QC", "A1", "0.5"], ["~End"]]
    plates = [plate_format(name="One"), placed, plate_format(name="Two"), plate_format(name="Three"), named]
    export = recognition.read(export_file([["##BLOCKS= 5"], *[row for block in plates for row in block], *END]))
    roles = {plate.name: plate.wells.set_index("well").loc["A01", "role"] for plate in export.plates}
    assert roles["One"] == "control" and roles["Two"] == "sample" and roles["Three"] != roles["Three"]


def test_fluorescence_luminescence_and_384_wells(export_file):
    blocks = plate_format(mode="Fluorescence", waves="505 ") + plate_format(mode="Luminescence", waves="0 ", name="L")
    export = recognition.read(export_file([["##BLOCKS= 2"], *blocks, *END]))
    assert [(p.signal_kind, p.wells["analyte"][0]) for p in export.plates] == [
        ("fluorescence", "505"),
        ("luminescence", "Luminescence"),
    ]
    big = [
        head(wells=384),
        ["", DEGREE, *range(1, 25)],
        *[["", 21 if i == 0 else "", *["0.5"] * 24] for i in range(16)],
    ]
    wells = recognition.read(export_file([["##BLOCKS= 1"], *big, ["~End"], *END])).plates[0].wells
    assert len(wells) == 384 and wells["well"].max() == "P24"


def test_repeated_wavelengths_stay_apart(export_file):
    wells = recognition.read(export_file([["##BLOCKS= 1"], *plate_format("426 426 426 "), *END])).plates[0].wells
    assert wells.groupby("analyte")["signal"].min().to_dict() == {"426": 0.5, "426 (2)": 1.0, "426 (3)": 1.5}


def test_texts_in_signal_cells_are_reported(export_file):
    rows = plate_format()
    rows[2][2], rows[2][3] = "0,02", "Path?"
    export = recognition.read(export_file([["##BLOCKS= 1"], *rows, *END]))
    assert [(p.code, p.level, p.row) for p in export.problems] == [
        ("V-081", "QUARANTINE", "A01"),
        ("V-080", "EXCLUDE", "A02"),
    ]
    wells = export.plates[0].wells.set_index("well")
    assert wells.loc[["A01", "A02"], "signal"].isna().all()
    assert wells.loc[["A01", "A02"], "vendor_flag_text"].tolist() == ["0,02", "Path?"]


def test_every_spelling_reads_alike(same_in_every_spelling):
    plain = [
        [cell.strip('"').replace('""', '"') if isinstance(cell, str) else cell for cell in row] for row in UNKNOWNS
    ]
    same_in_every_spelling([["##BLOCKS= 3"], *plate_format("450 620 "), *STANDARDS, *plain, *END])
    same_in_every_spelling([["##BLOCKS= 1"], *time_format(), *END])


def test_a_file_cut_off_is_refused_and_a_lost_block_is_reported(export_file, refused):
    problem = refused([["##BLOCKS= 1"], *plate_format()[:-1]])
    assert problem.code == "E-FILE-003" and "~End" in problem.found
    export = recognition.read(export_file([["##BLOCKS= 3"], *plate_format(), *CONTROLS, *END]))
    assert [(p.code, p.level, p.found) for p in export.problems] == [
        ("E-READ-006", "FLAG", "3 blocks announced, 2 there")
    ]


@pytest.mark.parametrize("read", ["Kinetic", "Spectrum", "Well Scan"])
def test_other_reads_are_refused(refused, export_file, read):
    other = plate_format(read=read, name="P9", times=7)
    problem = refused([["##BLOCKS= 1"], *other, *END])
    assert problem.code == "E-READ-007" and f'"P9", {read}' in problem.found and problem.row == "2"
    export = recognition.read(export_file([["##BLOCKS= 2"], *other, *plate_format(), *END]))
    assert [plate.name for plate in export.plates] == ["Plate1"] and export.problems == []
    assert [(each.name, each.problem.code, each.before) for each in export.unread] == [("P9", "E-READ-007", 0)]


def test_a_kinetic_of_a_single_read_is_an_endpoint_read(export_file):
    export = recognition.read(export_file([["##BLOCKS= 1"], *plate_format(read="Kinetic"), *END]))
    assert export.plates[0].wells["signal"].notna().sum() == 96 and export.problems == []


UNREAD = [head(name="P2"), ["", DEGREE, *range(1, 13)], ["", "24.5"], *[[""]] * 7, [""], ["~End"]]


def test_a_plate_that_was_never_read_leaves_the_others(export_file, refused):
    groups = [*STANDARDS[:-1], ["~End"]]
    wanted = recognition.read(export_file([["##BLOCKS= 2"], *plate_format(), *groups, *END])).plates[0].wells
    for damaged in (
        UNREAD,
        [head(name="P2"), ["", DEGREE, *range(1, 12)], *plate_format()[2:]],
        UNREAD[:2] + UNREAD[-1:],
    ):
        blocks = [["##BLOCKS= 4"], *plate_format(), *groups, *damaged, *UNKNOWNS, *END]
        export = recognition.read(export_file(blocks))
        assert [plate.name for plate in export.plates] == ["Plate1"]
        pd.testing.assert_frame_equal(export.plates[0].wells, wanted)  # the group of P2 names no well of Plate1
        (unread,) = export.unread
        assert unread.name == "P2" and 'plate "P2"' in unread.problem.found and unread.problem.level == "QUARANTINE"
    assert refused([["##BLOCKS= 1"], *UNREAD, *END]).code == "E-READ-031"


def test_lines_of_a_workflow_behind_the_name_of_the_file(export_file):
    tail = [[""], ["Workflow:"], ['-Shake: ShakeTimeToSet="5"'], ['-Read: ExperimentNameToRead="A"']]
    export = recognition.read(export_file([["##BLOCKS= 1"], *plate_format(), *END, *tail]))
    assert len(export.plates[0].wells) == 96 and export.problems == []
    assert "assay 2" in export.plates[0].metadata["Original Filename"]


def test_a_temperature_on_a_line_of_its_own(export_file):
    first, wells, line, *rest = time_format("450 ")
    rows = [first, wells, ["", "24.5"], [""], ["", "", *wells[2:]], ["", "", *line[2:]], *rest]
    plain = recognition.read(export_file([["##BLOCKS= 1"], first, wells, line, *rest, *END])).plates[0]
    plate = recognition.read(export_file([["##BLOCKS= 1"], *rows, *END])).plates[0]
    assert plate.wells["signal"].equals(plain.wells["signal"]) and plate.metadata["Temperature"] == "24.5"


# --- real files -------------------------------------------------------------------------------------------------------

REAL = {  # plates, rows (wells x wavelengths) of each, plain numbers in the columns of interpolated results
    "Assay_2.txt": (1, [192]),
    "Assay_11_and_12.txt": (2, [192, 192]),
    "softmaxpro_example_reduced.txt": (1, [96]),
    "softmaxpro_no_calc_docs.txt": (3, [96, 96, 96]),
    "group_cols_with_int_sample_names.txt": (1, [96]),
    "MD_SMP_absorbance_endpoint_example04.txt": (3, [384, 384, 384]),  # three wavelengths and a ratio of them
    "MD_SMP_absorbance_endpoint_partial_plate_example03.txt": (1, [72]),  # 24 wells at three wavelengths
    "abs_endpoint_plates.txt": (1, [384]),
    "20140102_140152 0063_PLATE.002.txt": (1, [384]),
    "20140612_0588.txt": (1, [384]),
}
RESULT_COLUMNS = {"BackCalcConc", "Result", "Results"}


@pytest.mark.parametrize("name", REAL)
def test_real_endpoint_files(real, cells_of, name):
    export = real("softmax", f"softmax_pro/{name}")
    plates, rows = REAL[name]
    assert len(export.plates) == plates and [len(plate.wells) for plate in export.plates] == rows
    assert all(set(plate.wells["vendor_flag"]) <= set(FLAGS) for plate in export.plates)
    numbers = flagged = 0
    column = None
    for row in cells_of(f"softmax_pro/{name}"):
        if row[0] == "Sample":
            named = [cell for cell in row if cell in RESULT_COLUMNS]
            column = row.index(named[0]) if named and "%Diff" not in row else None  # there of the mean, not of the well
        elif row[0].startswith(("Group", "~End")) or not any(row):
            column = None
        elif column is not None and any(re.fullmatch("[A-H][0-9]+", cell) for cell in row[1:]):  # P15 has no wells
            number = row[column].replace(".", "").replace("-", "").isdigit()
            numbers, flagged = numbers + number, flagged + (not number)
    wells = [plate.wells for plate in export.plates]
    assert sum(w["vendor_concentration"].notna().sum() for w in wells) == numbers
    texts = {"Masked", "Range?"}
    said = sum((w["vendor_flag_text"].isin(texts) & (w["analyte"] == w["analyte"][0])).sum() for w in wells)
    extra = 2 if name.startswith("group_cols") else 0  # one well masked and one "Range?" in the OD column itself
    assert said == flagged + extra


def test_real_masks_and_reduced_values(real):
    wells = real("softmax", "softmax_pro/Assay_2.txt").plates[0].wells
    first = wells[wells["analyte"] == "450"].set_index("well")
    second = wells[wells["analyte"] == "620"].set_index("well")
    printed = first["net_signal"].dropna()
    assert len(printed) == 72 - 8 and "G08" in printed.index  # 0.1 there, 0.138 less 0.038 on the plate
    assert (printed - (first["signal"] - second["signal"])[printed.index]).abs().max() < 0.00051  # 450 - 620 as printed
    assert first.loc["C01", ["signal", "vendor_flag"]].tolist() == [0.6943, "masked"]
    assert (first["vendor_flag"] == "masked").sum() == 8
    assert first["role"].value_counts().to_dict() == {"sample": 45, "standard": 24, "control": 3}


def test_real_masked_well_that_the_mean_counts(real):
    export = real("softmax", "softmax_pro/group_cols_with_int_sample_names.txt")
    well = export.plates[0].wells.set_index("well").loc["A02"]
    assert well[["signal", "vendor_flag", "vendor_flag_text"]].tolist() == [1.672, "none", "Masked"]
    assert [(p.row, p.found) for p in export.problems] == [
        ("A02", '"Masked", but the mean 1.728 of its sample counts it')
    ]


def test_real_group_values_that_look_like_rounded_raw_ones(real):
    """0.2 in a group of differences is one too, though the raw signal 0.2382 would be 0.2 at one decimal."""
    wells = real("softmax", "softmax_pro/Assay_11_and_12.txt").plates[0].wells
    first = wells[wells["analyte"] == "450"].set_index("well")
    second = wells[wells["analyte"] == "620"].set_index("well")
    for well, value in (("F03", 0.2), ("F09", 0.1)):
        assert first.loc[well, "net_signal"] == value
        assert abs(first.loc[well, "signal"] - second.loc[well, "signal"] - value) < 0.00051


@pytest.mark.parametrize("name", ["partial_plate.txt", "spectramax340_kinetic_partial_plate.txt"])
def test_real_kinetic_and_spectrum_are_refused(shared, name):
    with pytest.raises(Exception, match="E-READ-007 .*no endpoint read"):
        recognition.read(shared / "real_exports/softmax_pro" / name)


def test_companion_files_belong_to_no_family(shared):
    for name in ("AnExp_2plate.txt", "annote.txt", "annote_single.txt", "design.txt", "stdConc.txt"):
        assert recognition.recognise(shared / "real_exports/softmax_pro" / name) == []
