"""Gen5: matrix, list and statistics layouts; layout codes; flags; what is refused."""

import pytest
from immunoassay.readers import recognition
from immunoassay.readers.export import FLAGS

LETTERS = "ABCDEFGH"
NUMBERS = ["", *range(1, 13)]


def head(plate="Plate 1", read=("Read", "Absorbance Endpoint"), more=("", "Wavelengths:  450, 570")):
    return [
        [""],
        ["Software Version", "3.12.08"],
        [""],
        ["Experiment File Path:", r"C:\lab\x.xpt"],
        ["Protocol File Path:", r"C:\lab\x.prt"],
        [""],
        ["Plate Number", plate],
        ["Date", "3/4/2024"],
        ["Time", "1:02:03 PM"],
        ["Reader Type:", "Synergy"],
        [""],
        ["Procedure Details"],
        [""],
        ["Plate Type", "96 WELL PLATE"],
        list(read),
        ["", "Full Plate"],
        list(more),
        [""],
    ]


def layout():
    rows = [["Layout"], NUMBERS]
    for i, letter in enumerate(LETTERS):
        ids = [f"STD{i + 1}"] * 2 if i < 7 else ["BLK"] * 2
        amounts = [100 / 2**i] * 2 if i < 7 else ["", ""]
        rows.append([letter, *ids, *["CTL1"] * 2, *[f"SPL{i + 1}:{k}" for k in range(1, 9)], "Well ID"])
        rows.append(["", *amounts, 12.5, 12.5, *[0.25, 0.25, 0.1, 0.1, 50, 50, 1, 1], "Conc/Dil"])
    return [*rows, [""]]


def results(concentrations):
    rows = [["Results"], NUMBERS]
    for i, letter in enumerate(LETTERS):
        rows.append([letter, *[f"{1.25 + i / 8 + k / 64:.4f}" for k in range(12)], "450"])
        rows.append(["", *[f"{0.0625 + k / 512:.4f}" for k in range(12)], "570"])
        rows.append(["", *[f"{1.0 + i / 8 + k / 64:.4f}" for k in range(12)], "Blank 450"])
        rows.append(["", *concentrations[i], "Conc (ng/mL)"])
        rows.append(["", *["1.11"] * 12, "CV (%)"])
    return [*rows, [""]]


CURVES = [
    ["Curve Fitting Results"],
    [""],
    ["Curve Name", "Curve Formula", "A", "B", "C", "D", "R2", "Fit F Prob"],
    ["StdCurve", "Y = (A-D)/(1+(X/C)^B) + D", "0.0123", "1.31", "6.76E+02", "3.21", "0.999", "?????"],
]
FLAGGED = [">40.000", "<0.000", "?????", "*0.356*", "OVRFLW", "NaN", "", "-0.000", "1E+03", "-2.5", "7.25", "0.5"]
CONCENTRATIONS = [FLAGGED, *[[f"{10.5 + k:.2f}" for k in range(12)]] * 7]


def matrix_rows():
    return [*head(), *layout(), *results(CONCENTRATIONS), *CURVES]


def test_matrix_layout_with_everything(export_file):
    export = recognition.read(export_file(matrix_rows()))
    assert export.family == "gen5"
    (plate,) = export.plates
    assert (plate.name, plate.signal_kind, plate.read_time) == ("Plate 1", "absorbance", "3/4/2024 1:02:03 PM")
    assert len(plate.wells) == 2 * 96
    assert "CV (%)" in export.ignored
    first = plate.wells[plate.wells["analyte"] == "450"].set_index("well")
    assert first.loc["B03", ["signal", "net_signal", "region"]].tolist() == [1.4062, 1.1562, "450"]  # as printed
    assert first["unit"].unique() == ["ng/mL"]
    assert first.loc["C01", ["role", "level", "expected"]].tolist() == ["standard", "S3", 25.0]
    assert first.loc["C03", ["role", "level", "expected"]].tolist() == ["control", "CTL1", 12.5]
    assert first.loc["H02", "role"] == "blank"
    assert first.loc["A05", ["role", "sample"]].tolist() == ["sample", "SPL1:1"]
    assert (
        first.loc["A05", "dilution"] == 4 and first.loc["A07", "dilution"] == 10 and first.loc["A09", "dilution"] == 50
    )
    second = plate.wells[plate.wells["analyte"] == "570"]
    assert second["vendor_concentration"].isna().all() and (second["vendor_flag"] == "none").all()
    assert plate.curves.loc[0, ["analyte", "Curve Formula", "C"]].tolist() == ["450", CURVES[3][1], "6.76E+02"]


def test_flags_are_never_numbers(export_file):
    wells = recognition.read(export_file(matrix_rows())).plates[0].wells
    row = wells[(wells["analyte"] == "450") & wells["well"].str.startswith("A")].set_index("well")
    flags = ["above_range", "below_range", "not_computed", "masked", "overflow", "not_computed", "not_computed"]
    assert row["vendor_flag"].tolist() == flags + ["none"] * 5
    assert row["vendor_flag_text"].tolist()[:6] == FLAGGED[:6]
    assert row["vendor_concentration"].isna().tolist() == [True] * 7 + [False] * 5
    assert row["vendor_concentration"].tolist()[8:] == [1000.0, -2.5, 7.25, 0.5]
    assert row["vendor_limit"].tolist()[:2] == [40.0, 0.0] and row["vendor_limit"].isna().sum() == 10


def test_signals_beyond_the_detector_and_missed(export_file):
    rows = [*head(), ["Results"], NUMBERS]
    rows += [[letter, "OVRFLW", "MISSED", *["1.5"] * 10, "450"] for letter in LETTERS]
    wells = recognition.read(export_file(rows)).plates[0].wells
    assert wells["vendor_flag"].value_counts().to_dict() == {"none": 80, "overflow": 8, "not_read": 8}
    assert wells["signal"].isna().sum() == 16


def test_labels_count_not_the_order_of_lines(export_file):
    rows = [*head(), ["Results"], NUMBERS]
    for letter in LETTERS:
        pair = [["", *["1.5"] * 12, "450"], ["", *["0.25"] * 12, "570"]]
        pair = pair[::-1] if letter == "B" else pair
        rows += [[letter, *pair[0][1:]], pair[1]]
    wells = recognition.read(export_file(rows)).plates[0].wells
    assert wells.groupby("analyte")["signal"].unique().map(list).to_dict() == {"450": [1.5], "570": [0.25]}


def test_one_titled_matrix_per_data_set(export_file):
    rows = head(read=("Read", "Fluorescence Endpoint"), more=("", "    Excitation: 400/30,  Emission: 460/40"))
    for name, value in (("400/30,460/40", "232"), ("Blank 400/30,460/40", "12.5"), ("Conc", "59.25")):
        rows += [[name], NUMBERS, *[[letter, *[value] * 12, name] for letter in LETTERS], [""]]
    plate = recognition.read(export_file(rows)).plates[0]
    assert plate.signal_kind == "fluorescence" and plate.wells["analyte"].unique() == ["400/30,460/40"]
    assert plate.wells[["signal", "net_signal", "vendor_concentration"]].drop_duplicates().values.tolist() == [
        [232, 12.5, 59.25]
    ]


def test_several_plates(export_file):
    second = [[""], *head("Plate 2")[6:], ["Results"], NUMBERS, *[[x, *["2.5"] * 12, "450"] for x in LETTERS]]
    plates = recognition.read(export_file([*matrix_rows(), *second])).plates
    assert [plate.name for plate in plates] == ["Plate 1", "Plate 2"]
    assert len(plates[1].wells) == 96 and plates[1].curves is None and plates[1].wells["role"].isna().all()


def test_two_values_under_one_name_are_refused(refused):
    rows = [*head(), ["Results"], NUMBERS]
    for letter in LETTERS:
        rows += [[letter, *["1.5"] * 12, "450"], ["", *["1.75"] * 12, "450"]]
    problem = refused(rows)
    assert problem.code == "E-WELL-061" and '"450"' in problem.found


def test_of_several_repeated_names_the_first_of_the_file_is_said(refused):
    names = ("Conc", "450", "Blank 450")
    rows = [*head(), ["Results"], NUMBERS]
    for letter in LETTERS:
        for at, name in enumerate([*names, *names]):
            rows.append([letter if at == 0 else "", *[f"{1.37**at:.3f}"] * 12, name])
    assert '"Conc"' in refused(rows).found


LIST = [
    ["Well ID", "Name", "Well", "Conc/Dil", "450", "Count", "Mean", "Std Dev", "CV (%)"],
    ["STD1", "", "A1", "100", "2.125", "2", "2.25", "0.1", "4.2"],
    ["", "", "A2", "100", "2.375"],
    ["SPL1", "Patient 7", "B1", "0.1", "0.75", "2", "0.8", "0.1", "3"],
    ["", "", "B2", "0.1", "OVRFLW"],
    ["BLK", "", "C1", "", "0.0625", "1", "0.0625", "?????", "?????"],
]


def check_list(export):
    wells = export.plates[0].wells.set_index("well")
    assert wells["role"].tolist() == ["standard", "standard", "sample", "sample", "blank"]
    assert wells["sample"].tolist() == ["STD1", "STD1", "Patient 7", "Patient 7", "BLK"]
    assert wells["signal"].tolist()[:3] == [2.125, 2.375, 0.75] and wells.loc["B02", "vendor_flag"] == "overflow"
    assert wells["dilution"].tolist()[2:4] == [10, 10] and wells["expected"].tolist()[:2] == [100, 100]
    assert export.ignored == ["Count", "Mean", "Std Dev", "CV (%)"]


def test_list_layout_as_text(same_in_every_spelling):
    check_list(same_in_every_spelling(LIST))


def test_statistics_layout_as_workbook(workbook_file):
    rows = [[float(cell) if cell.replace(".", "").isdigit() else cell for cell in row] for row in LIST]
    rows[0][4] = 450
    check_list(recognition.read(workbook_file({"Sheet1": rows})))


def flags(rows, export_file):
    return [(each.row, each.found, each.why) for each in recognition.read(export_file(rows)).problems]


TAKEN = "their Well IDs are taken as names"


def test_a_sample_without_a_name_in_a_list_is_named_whether_or_not_others_have_one(export_file):
    assert flags(LIST, export_file) == []  # standards and blanks need no names
    rows = [list(row) for row in LIST]
    rows[3][1] = ""
    assert flags(rows, export_file) == [("B01", "no name of samples SPL1 (B01, B02)", TAKEN)]
    rows += [[f"SPL{k}", "Patient 9" if k == 2 else "", f"D{k}", "0.1", "0.5"] for k in range(2, 12)]
    shown = ", ".join(["SPL1 (B01, B02)", *(f"SPL{k} (D{k:02d})" for k in range(3, 10))])
    assert flags(rows, export_file) == [("B01", f"no name of samples {shown} and 2 more", TAKEN)]
    assert flags([[*row[:1], *row[2:]] for row in rows], export_file) == []  # no names were exported


def test_a_sample_without_a_name_in_a_layout_is_named(export_file):
    assert flags(matrix_rows(), export_file) == []
    names = [["", *["Std"] * 2, *["Ctl"] * 2, *[f"P{i}-{k}" for k in range(8)], "Name"] for i in range(8)]
    plain = layout()
    rows = [*plain[:2], *(row for i in range(8) for row in (plain[2 + 2 * i], names[i], plain[3 + 2 * i])), [""]]
    rows = [*head(), *rows, *results(CONCENTRATIONS), *CURVES]
    assert flags(rows, export_file) == []
    names[2][7] = ""
    assert flags(rows, export_file) == [("C07", "no name of samples SPL3:3 (C07)", TAKEN)]


def test_a_well_id_of_no_role_is_shown_with_its_wells(export_file):
    rows = [list(row) for row in LIST]
    rows[3][0] = '"'
    assert [found for _, found, _ in flags(rows, export_file)] == ['Well IDs " of no role we know in B01, B02']


def test_every_spelling_reads_alike(same_in_every_spelling):
    same_in_every_spelling(matrix_rows())


@pytest.mark.parametrize(
    "read, data",
    [
        (("Start Kinetic", "Runtime 0:30:00, Interval 0:00:30, 61 Reads"), ["Time", "T 450", "A1", "A2"]),
        (("", "Absorbance Spectrum"), ["Wavelength", "A1", "A2"]),
        (("", "Absorbance Area Scan"), ["X Read #", "Y Read #", "A1", "A2"]),
        (("Read", "450"), ["Time", "", "A1", "A2"]),
    ],
)
def test_other_reads_are_refused(refused, read, data):
    problem = refused([*head(read=read), ["450"], [""], data, ["0:00:00", "", "0.5", "0.6"]])
    assert problem.code == "E-READ-007" and "Gen5" in problem.found and "no endpoint read" in problem.found


# --- real files: the expected counts are those of the manifest --------------------------------------------------------

ENDPOINT = {
    "010307_114129_BNCH654563_stdcurve_singleplate01.txt": (96, 1),
    "endpoint_stdcurve_singleplate.txt": (96, 1),
    "240411_172731_BNCH2345883_abs450_96well_non_numeric_values.txt": (96, 1),
    "Fluorescamine_Protein_Quantitation_no_results_matrix.txt": (96, 1),
    "endpoint_pathlength_correct_singleplate.txt": (96, 3),
    "endpoint_pathlength_correct_singleplate_no_pm_in_time.txt": (96, 3),
    "endpoint_wavelength_measurement_labels.txt": (96, 2),
}


@pytest.mark.parametrize("name", ENDPOINT)
def test_real_endpoint_files(real, cells_of, name):
    export = real("gen5", f"gen5/{name}")
    (plate,) = export.plates
    wells, analytes = ENDPOINT[name]
    assert (plate.wells["well"].nunique(), plate.wells["analyte"].nunique()) == (wells, analytes)
    assert len(plate.wells) == wells * analytes and set(plate.wells["vendor_flag"]) <= set(FLAGS)
    labels = {"[Concentration]", "Conc", "DNA concentration ng/uL"}
    written = [cell for row in cells_of(f"gen5/{name}") if row[-1] in labels for cell in row[1:-1]]
    numbers = sum(cell.replace(".", "").replace("-", "").isdigit() for cell in written)
    assert plate.wells["vendor_concentration"].notna().sum() == numbers
    concerned = plate.wells["vendor_flag"].isin(["below_range", "above_range", "not_computed", "masked"])
    assert concerned.sum() == len(written) - numbers
    overflow = sum(cell == "OVRFLW" for row in cells_of(f"gen5/{name}") for cell in row)
    missed = sum(cell == "MISSED" for row in cells_of(f"gen5/{name}") for cell in row)
    assert (plate.wells["vendor_flag"] == "overflow").sum() == overflow
    assert (plate.wells["vendor_flag"] == "not_read").sum() == missed


def test_every_other_real_file_is_refused(shared):
    for path in sorted((shared / "real_exports/gen5").glob("*.txt")):
        if path.name not in ENDPOINT:
            with pytest.raises(Exception, match="E-READ-007 .*no endpoint read"):
                recognition.read(path)


def test_real_statistics_workbook(real):
    export = real("gen5", "gen5_column_list/picogreen1.xlsx")
    wells = export.plates[0].wells
    assert len(wells) == 96 and wells["analyte"].unique() == ["480520"]
    assert wells["role"].value_counts().to_dict() == {"sample": 80, "standard": 16}
    assert wells.set_index("well").loc["A01", ["signal", "expected"]].tolist() == [283500, 100]
    assert (wells.loc[wells["role"] == "sample", "dilution"] == 100).all()
