"""Bio-Plex Manager workbooks of all analytes in one table with a sheet per statistic, means above single wells."""

import pytest
from immunoassay.readers import recognition, sources
from immunoassay.readers.export import NotReadable

ANALYTES = ["GM-CSF (20)", "IFN-g (25)"]
WELLS = [
    ("B", "A1", "Reagent Name: Background0"),
    ("B", "B1", "Reagent Name: Background0"),
    ("S1", "C1", "Reagent Name: Standard1"),
    ("S1", "D1", "Reagent Name: Standard1"),
    ("S2", "E1", "Reagent Name: Standard2"),
    ("S2", "F1", "Reagent Name: Standard2"),
    ("X1", "G1", "Sample ID: 7 plasma"),
    ("X1", "H1", "Sample ID: 7 plasma"),
    ("X2", "A2", "Sample ID: 8 plasma"),
]
MEANS = [("B", "A1,B1"), ("S1", "C1,D1"), ("S2", "E1,F1"), ("X1", "G1,H1"), ("X2", "A2")]
SINGLE = {
    "FI": [[20, 10], [24, 12], [52, 60], [56, 64], [902, 804], [906, 808], [30, 420], [31, 424], [5000, 200]],
    "FI - Bkgd": [[20, 10], [24, 12], [30, 49], [34, 53], [880, 793], [884, 797], [8, 409], [9, 413], [4978, 189]],
    "Conc in Range": [
        ["", ""], ["", ""], [4.9, 10], [5.1, 10], [100, 200], [100, 200], ["OOR <", 98.25], ["***", 99.75], ["OOR >", 40],
    ],
    "Obs Conc": [
        ["", ""], ["", ""], [4.9, 10], [5.1, 10], [100, 200], [100, 200], ["*1.42", 98.25], ["***", 99.75], ["OOR >", 40],
    ],
    "Exp Conc": [["", ""], ["", ""], [5, 10], [5, 10], [100, 200], [100, 200], ["", ""], ["", ""], ["", ""]],
    "Dilution": [[1, 1], [1, 1], [1, 1], [1, 1], [1, 1], [1, 1], [2, 2], [2, 2], [4, 4]],
    "Bead Count": [[65, 100], [64, 116], [73, 89], [62, 94], [61, 93], [86, 149], [88, 108], [63, 96], [78, 105]],
}  # fmt: skip
LEGEND = [
    "*** = Value not available;   --- = Designated as an outlier",
    "*Value = Value extrapolated beyond standard range",
]


def sheet(statistic, plate="P9", bare=True):
    """Both blocks of a sheet; means have the first of the wells' values, bead counts none."""
    firsts = [SINGLE[statistic][at] if statistic != "Bead Count" else [] for at in (0, 2, 4, 6, 8)]
    names = {code: name for code, _, name in WELLS}
    statistics = ["Type", "Well", "Description", statistic, statistic]
    return [
        ["File Name: C:\\runs\\made.rbx"],
        ["Acquisition Date: 03-Mar-2024, 09:00 AM"],
        [f"Plate ID: {plate}"],
        [],
        ["Type", "Well", "Description", *ANALYTES],
        statistics,
        *([code, wells, names[code], *values] for (code, wells), values in zip(MEANS, firsts, strict=True)),
        [],
        [],
        [*(["", "", ""] if bare else ["Type", "Well", "Description"]), *ANALYTES],
        statistics,
        *([*well, *values] for well, values in zip(WELLS, SINGLE[statistic], strict=True)),
        [],
        *([line] for line in LEGEND),
    ]


def book(statistics=tuple(SINGLE), plate="P9"):
    sheets = {name.replace("/", " "): sheet(name, plate, bare=name != "Bead Count") for name in statistics}
    return {**sheets, "Standard Curve": [["Regression Type: Logistic - 5PL"]]}


def read(sheets):
    return recognition.read_source(sources.workbook("made.xlsx", sheets, "xlsx"))


def test_single_wells_of_every_statistic():
    export = read(book())
    (plate,) = export.plates
    wells = plate.wells.set_index(["analyte", "well"])
    assert (export.family, plate.name, len(wells)) == ("bioplex_table", "P9", 18) and not export.problems
    assert export.ignored == ["sheet Standard Curve"]
    assert wells.loc["GM-CSF", "signal"].tolist() == [20, 24, 52, 56, 902, 906, 30, 31, 5000]
    assert wells.loc[("IFN-g", "G01"), ["net_signal", "bead_count", "dilution"]].tolist() == [409, 108, 2]
    assert wells.loc[("IFN-g", "D01"), ["role", "level", "expected"]].tolist() == ["standard", "S1", 10]
    flags = ["none", "none", "none", "none", "none", "none", "below_range", "not_computed", "above_range"]
    assert wells.loc["GM-CSF", "vendor_flag"].tolist() == flags
    assert wells.loc["IFN-g", "vendor_concentration"].tolist()[6:] == [98.25, 99.75, 40]
    assert wells.loc[("GM-CSF", "G01"), ["vendor_flag_text", "vendor_comment"]].tolist() == ["OOR <", "Obs Conc: *1.42"]
    assert wells["vendor_concentration"].loc["GM-CSF"].isna().sum() == 5


def test_obs_conc_alone_and_any_order_of_sheets():
    sheets = book(["FI", "Obs Conc", "Dilution"])
    wells = read(sheets).plates[0].wells.set_index(["analyte", "well"])
    assert wells.loc[("GM-CSF", "G01"), "vendor_flag"] == "extrapolated"
    again = read({"FI": sheets["FI"], "Dilution": sheets["Dilution"], "Obs Conc": sheets["Obs Conc"]}).plates[0].wells
    assert again.set_index(["analyte", "well"])["vendor_flag"].equals(wells["vendor_flag"])


def test_a_block_of_single_wells_without_type_well_description():
    sheets = {
        name: [["", "", "", *row[3:]] if at == 14 else row for at, row in enumerate(rows)]
        for name, rows in book().items()
    }
    export = read(sheets)
    assert not export.problems and export.plates[0].wells.equals(read(book()).plates[0].wells)


def test_two_plates_begin_with_fi_again():
    sheets = {
        f"{name} {number}": rows for number in (1, 2) for name, rows in book(["FI", "Obs Conc"], f"P{number}").items()
    }
    export = read(sheets)
    assert [(plate.name, len(plate.wells)) for plate in export.plates] == [("P1", 18), ("P2", 18)]


def changed(name, row, column, new):
    sheets = book()
    sheets[name] = [list(line) for line in sheets[name]]
    sheets[name][row - 1][column - 1] = new
    return sheets


@pytest.mark.parametrize(
    "place",
    [
        ("Bead Count", 17, 3, "Sample ID: 9"),  # another sheet says another sample of B1
        ("Bead Count", 17, 2, "C9"),  # another well
        ("FI", 17, 1, "X9"),  # than in the means of the same sheet
        ("FI", 7, 2, "A1,C2"),  # wells of a mean
        ("Conc in Range", 22, 5, 77),  # a number that Obs Conc has not
        ("Obs Conc", 22, 5, "*98.25"),
        ("Dilution", 14, 4, "TNF (45)"),  # another analyte
    ],
)  # fmt: skip
def test_a_contradiction_is_told(place):
    export = read(changed(*place))
    assert export.problems and export.problems[0].code == "E-READ-010"
    assert export.problems[0].sheet in (place[0], "FI")


def test_a_contradicted_number_is_no_value():
    wells = read(changed("Conc in Range", 22, 5, 77)).plates[0].wells.set_index(["analyte", "well"])
    row = wells.loc[("IFN-g", "G01")]
    assert row["vendor_flag"] == "not_computed" and row["vendor_flag_text"] == "77"
    assert row[["vendor_concentration"]].isna().all() and row["vendor_comment"] == "Obs Conc: 98.25"


def test_means_alone_are_refused():
    sheets = {"FI": sheet("FI")[:11]}
    with pytest.raises(NotReadable, match="E-READ-013.*A1,B1"):
        read(sheets)


def test_real_workbook_of_fifteen_analytes(shared):
    export = recognition.read(shared / "real_deliveries/bead_and_elisa_tables/bioplex_multi_layout.xlsx")
    (plate,) = export.plates
    wells = plate.wells
    assert (wells["well"].nunique(), wells["analyte"].nunique(), len(wells)) == (96, 15, 1440) and not export.problems
    assert round(wells["signal"].sum(), 1) == 2613249.5 and wells["bead_count"].sum() == 171405
    samples = wells[wells["role"] == "sample"]
    values = samples["vendor_concentration"].dropna()
    assert (samples["well"].nunique(), samples["sample"].nunique(), len(values)) == (80, 40, 711)
    assert (round(values.sum(), 1), values.min(), values.max()) == (200666.6, 0.02, 4235.77)
    assert samples["vendor_flag"].value_counts().to_dict() == {"none": 711, "below_range": 487, "above_range": 2}
    assert (wells.loc[wells["role"] == "standard", "expected"] > 0).all()
