"""Real Luminex and Bio-Plex exports against their manifest and against counts made with plain csv and xml readers."""

import csv
import io
import math
from collections import Counter
from xml.etree import ElementTree

import pytest
from immunoassay.readers import recognition
from immunoassay.readers.export import FLAGS, NotReadable

# file: family, wells, analytes as read; where the manifest counts otherwise, the reason stands beside it
READ = {
    "luminex_xponent/pone.0187901.s001.csv": ("xponent", 96, 30),
    "luminex_xponent/Chul_IgG3_1.csv": ("xponent", 95, 10),
    "luminex_xponent/New_Batch_14_20140513_082522.csv": ("xponent", 75, 22),
    "luminex_xponent/CovidOISExPONTENT.csv": ("xponent", 96, 30),
    "luminex_xponent/CovidOISExPONTENT_missing_rows.csv": ("xponent", 96, 30),
    "luminex_xponent/luminex_xPONENT_NaN_and_not_reported_values.csv": ("xponent", 96, 3),
    "luminex_xponent/luminex_xPONENT_example02.csv": ("xponent", 4, 2),
    "luminex_xponent/luminex_xPONENT_example02_saved.csv": ("xponent", 4, 2),
    "luminex_xponent/test_data_exclude.csv": ("xponent", 2, 3),
    "luminex_xponent_from_intelliflex/P1_SEROPED_PBT_62PLEX_PLATE1_03312023_RUN001.csv": ("xponent", 96, 62),
    "luminex_intelliflex/luminex_intelliflex_example_01.csv": ("xponent", 12, 5),
    "luminex_intelliflex/luminex_intelliflex_single_dataset.csv": ("intelliflex", 3, 28),  # 14 regions x 2 reporters
    "luminex_intelliflex/random_intelliflex.csv": ("intelliflex", 5, 3),
    "luminex_100_IS/Example_run.csv": ("luminex_is", 48, 3),
    "bioplex_xls/01-11A12-IgA-Biotin.xls": ("bioplex_workbook", 96, 6),
    "bioplex_xls/01-11A12-IgA-Biotin_reimport.xls": ("bioplex_workbook", 96, 5),
    "bioplex_xls/Guide Set plate 1.xls": ("bioplex_workbook", 29, 2),  # well A21 in five rows
    "bioplex_xls/PositivityThreshold.xls": ("bioplex_workbook", 12, 2),  # wells C0 and D0
    "bioplex_xls/PositivityWithBaseline.xls": ("bioplex_workbook", 22, 2),  # wells A0 and B0
    "bioplex_xls/PositivityWithoutBaseline.xls": ("bioplex_workbook", 16, 2),
    "bioplex_xls/Guide Set plate 2.xls": ("bioplex_workbook", 22, 2),
    "bioplex_xls/Guide Set plate 3.xls": ("bioplex_workbook", 22, 2),
    "bioplex_xls/RawAndSummary.xlsx": ("bioplex_workbook", 24, 3),
    "bioplex_xls/WithAltNegativeBead.xls": ("bioplex_workbook", 40, 4),
    "bioplex_xls/plate 1_IgA-Biot (Standard2).xls": ("bioplex_workbook", 36, 5),
    "bioplex_xls/plate 1_IgA-Biot (Standard2).xlsx": ("bioplex_workbook", 36, 5),
    "bioplex_xls/plate 2_IgA-Biot (Standard2).xls": ("bioplex_workbook", 14, 5),
    "bioplex_xls/pnLINCO20070302A.xls": ("bioplex_workbook", 93, 13),
    "bioplex_xls/pnLINCO20070302A.xlsx": ("bioplex_workbook", 93, 13),
    "bioplex_xml/bio-rad_bio-plex_manager_example_01.xml": ("bioplex_xml", 96, 15),
    "bioplex_multianalyte/synthetic_bioplex.xlsx": ("bioplex_table", 15, 2),
}
REFUSED = {
    "luminex_xponent/random_broken_colB.csv": "E-READ-006",  # its second column is shifted by one row
}
REPEATED = {"bioplex_xls/Guide Set plate 1.xls": 8}  # a first well that a mean has in common with the row above
XPONENT = [name for name, (family, *_) in READ.items() if family in ("xponent", "luminex_is")]
WORKBOOKS = [name for name, (family, *_) in READ.items() if family == "bioplex_workbook"]


def wells_of(shared, name):
    (plate,) = recognition.read(shared / "real_exports" / name).plates
    return plate.wells


@pytest.mark.parametrize("name", READ)
def test_wells_times_analytes(shared, name):
    family, n_wells, n_analytes = READ[name]
    export = recognition.read(shared / "real_exports" / name)
    (plate,) = export.plates
    assert export.family == family
    assert plate.wells["well"].nunique() == n_wells and plate.wells["analyte"].nunique() == n_analytes
    assert len(plate.wells) == n_wells * n_analytes - (2 if name in REPEATED else 0)  # A21 and A22 of one analyte each
    assert not plate.wells.duplicated(["well", "analyte"]).any()
    assert set(plate.wells["vendor_flag"]) <= set(FLAGS)
    assert {problem.level for problem in export.problems} <= {"FLAG"}


@pytest.mark.parametrize("name", REFUSED)
def test_files_that_hold_no_possible_plate_are_refused(shared, name):
    with pytest.raises(NotReadable) as error:
        recognition.read(shared / "real_exports" / name)
    assert error.value.problem.code == REFUSED[name]


# --- counted again with plain csv -------------------------------------------------------------------------------------


def blocks(path):
    """{block: rows} by plain csv, header first; rows end at the next block or the checksum."""
    found, rows = {}, None
    for line in csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))):
        if line and line[0] == "DataType:":
            rows = found[line[1]] = []
        elif line and line[0] == "-- CRC --":
            break
        elif rows is not None and any(line):
            rows.append(line)
    return found


def is_number(text):
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


@pytest.mark.parametrize("name", XPONENT)
def test_luminex_cells_equal_a_plain_count(shared, name):
    wells = wells_of(shared, name)
    read = blocks(shared / "real_exports" / name)
    analytes = [at for at, head in enumerate(read["Median"][0]) if at > 1 and head not in ("", "Total Events", "Notes")]

    def cells(block):
        return [line[at] if at < len(line) else "" for line in read.get(block, [])[1:] for at in analytes]

    for block, column in (("Median", "signal"), ("Net MFI", "net_signal"), ("Count", "bead_count")):
        numbers = [float(cell) for cell in cells(block) if is_number(cell)]
        assert wells[column].notna().sum() == len(numbers)
        assert math.fsum(wells[column].dropna()) == math.fsum(numbers)
    results, medians = [cell.strip() for cell in cells("Result")], cells("Median")
    if not results:
        assert wells["vendor_concentration"].isna().all()
        return
    bare = [cell.removesuffix(" pg/mL") for cell in results]
    assert wells["vendor_concentration"].notna().sum() == sum(map(is_number, bare))
    assert math.fsum(wells["vendor_concentration"].dropna()) == math.fsum(
        float(cell) for cell in bare if is_number(cell)
    )
    flags = Counter(wells["vendor_flag"])
    assert all(map(is_number, medians))
    assert flags["below_range"] == sum(cell.startswith("<") for cell in results)
    assert flags["above_range"] == sum(cell.startswith(">") for cell in results)
    assert flags["not_computed"] == sum(cell in ("NaN", "N/A", "") for cell in results)
    assert flags["extrapolated"] == sum(cell == "Extrapolated" for cell in cells("Comments"))
    assert flags["none"] + flags["extrapolated"] == sum(map(is_number, bare))
    limits = wells["vendor_limit"].dropna()
    assert math.fsum(limits) == math.fsum(float(cell[1:]) for cell in bare if cell[:1] in ("<", ">"))


def test_30_plex_figures(shared):
    wells = wells_of(shared, "luminex_xponent/pone.0187901.s001.csv")
    assert dict(wells["vendor_flag"].value_counts()) == {
        "none": 2402, "below_range": 208, "extrapolated": 178, "not_computed": 60, "above_range": 32,
    }  # fmt: skip
    assert wells["vendor_concentration"].notna().sum() == 2580 and (wells["net_signal"] < 0).sum() == 224
    assert dict(wells["role"].value_counts()) == {"standard": 510, "control": 180, "blank": 60}
    assert set(wells["unit"]) == {"pg/mL"}


def test_30_plex_control_expectations_reproduce_the_vendors_recovery(shared):
    """% Recovery is Result / stated concentration; Result is multiplied by the dilution, `expected` is in the well."""
    name = "luminex_xponent/pone.0187901.s001.csv"
    wells = wells_of(shared, name).set_index(["well", "analyte"])
    header, *lines = blocks(shared / "real_exports" / name)["% Recovery"]
    checked = 0
    for line in (line for line in lines if line[1].startswith("Control")):
        well = line[0].partition(",")[2].rstrip(")")
        for analyte, cell in zip(header[2:], line[2:], strict=False):
            if analyte and is_number(cell):
                row = wells.loc[(f"{well[0]}{int(well[1:]):02d}", analyte)]
                recovery = 100 * row["vendor_concentration"] / row["dilution"] / row["expected"]
                assert recovery == pytest.approx(float(cell), abs=0.0051)
                checked += 1
    assert checked == 180


def test_30_plex_lost_decimal_points_are_all_found_and_rightly_repaired(shared):
    export = recognition.read(shared / "real_exports" / "luminex_xponent" / "pone.0187901.s001.csv")
    with (shared / "datasets" / "drLumi_ecdata.csv").open() as file:
        truth = {(row["sample"], row["analyte"]): float(row["ec"]) for row in csv.DictReader(file)}
    wells = export.plates[0].wells
    stated = (
        wells[wells["role"] == "standard"]
        .drop_duplicates(["level", "analyte"])
        .set_index(["level", "analyte"])["expected"]
    )
    wrong = {
        key
        for key, value in stated.items()
        if not math.isclose(value, truth[f"Standard{key[0][1:]}", key[1]], rel_tol=1e-6)
    }
    assert len(stated) == 480 and len(wrong) == 30
    offered = {}
    for problem in export.problems:
        if problem.code == "W-STD-003":
            words = problem.fix.replace(",", " ").split()
            offered[words[words.index("level") + 1], problem.column] = float(words[-1])
    assert set(offered) == wrong
    for (level, analyte), value in offered.items():
        assert value == pytest.approx(truth[f"Standard{level[1:]}", analyte], rel=1e-6)


def test_30_plex_printed_parameters_reproduce_the_vendors_concentrations(shared):
    """x(Net MFI) times dilution, with the inverse of y = A + (B - A) / (1 + (x / C)^D)^F."""
    (plate,) = recognition.read(shared / "real_exports" / "luminex_xponent" / "pone.0187901.s001.csv").plates
    curves = plate.curves.set_index("analyte")
    numbers = plate.wells[plate.wells["vendor_concentration"].notna()]
    for row in numbers.itertuples():
        a, b, c, d, f = curves.loc[row.analyte, ["A", "B", "C", "D", "F"]]
        x = c * (((b - a) / (row.net_signal - a)) ** (1 / f) - 1) ** (1 / d)
        dilution = 1.0 if math.isnan(row.dilution) else row.dilution
        assert x * dilution == pytest.approx(row.vendor_concentration, rel=1e-9)


def test_unchanged_file_has_the_right_checksum(shared):
    """The one export that nobody edited raises no doubt; those made anonymous or saved in Excel do."""
    folder = shared / "real_exports" / "luminex_xponent"
    doubted = {
        path.name
        for path in folder.glob("*.csv")
        if f"luminex_xponent/{path.name}" in READ
        and any(p.code == "E-FILE-010" for p in recognition.read(path).problems)
    }
    assert "Chul_IgG3_1.csv" not in doubted and "luminex_xPONENT_example02_saved.csv" in doubted


# --- counted again with plain workbook and xml readers ----------------------------------------------------------------


def workbook_rows(path):
    """Rows of every sheet by openpyxl (ordinary mode) or xlrd."""
    if path.suffix == ".xlsx":
        import openpyxl

        book = openpyxl.load_workbook(path, data_only=True)
        return [[["" if cell is None else cell for cell in row] for row in sheet.values] for sheet in book]
    import xlrd

    return [[sheet.row_values(row) for row in range(sheet.nrows)] for sheet in xlrd.open_workbook(path).sheets()]


@pytest.mark.parametrize("name", WORKBOOKS)
def test_bioplex_cells_equal_a_plain_count(shared, name):
    wells = wells_of(shared, name)
    lines, means = [], 0
    for rows in workbook_rows(shared / "real_exports" / name):
        heads = [at for at, row in enumerate(rows) if list(row[:3]) == ["Analyte", "Type", "Well"]]
        if heads:  # the last table is the raw one
            head = list(rows[heads[-1]])
            for row in rows[heads[-1] + 1 :]:
                if not row[0] or row[1] == "":
                    break
                lines.append(dict(zip(head, row, strict=False)))
                means += str(row[2]).count(",")
    observed = [line["Obs Conc"] for line in lines]
    outliers = sum(line.get("Outlier") == 1 or line["FI"] == "---" for line in lines)
    assert len(wells) == len(lines) + means - REPEATED.get(name, 0)
    signals = [line["FI"] for line in lines if line["FI"] != "---"]
    assert wells["signal"].notna().sum() == len(signals) and math.fsum(wells["signal"].dropna()) == math.fsum(signals)
    numbers = [cell for cell in observed if not isinstance(cell, str)]
    assert wells["vendor_concentration"].notna().sum() == len(numbers)
    assert math.fsum(wells["vendor_concentration"].dropna()) == math.fsum(numbers)
    flags = Counter(wells["vendor_flag"])
    text = [cell for cell in observed if isinstance(cell, str)]
    assert flags["below_range"] == sum(cell.startswith("OOR <") for cell in text)
    assert flags["above_range"] == sum(cell.startswith("OOR >") for cell in text)
    assert flags["extrapolated"] == sum(cell.startswith("*") and cell != "***" for cell in text)
    expected = [line["Obs Conc"] for line in lines if line["Type"] != "B" and line["FI"] != "---"]
    assert flags["not_computed"] == sum(cell in ("", "***") for cell in expected)
    assert flags["not_read"] == means - REPEATED.get(name, 0) and flags["outlier"] == outliers
    counts = [line["Bead Count"] for line in lines if line.get("Bead Count", "") != ""]
    assert math.fsum(wells["bead_count"].dropna()) == math.fsum(counts)


def test_the_same_plate_as_xls_and_xlsx(shared):
    for stem in ("plate 1_IgA-Biot (Standard2)", "pnLINCO20070302A"):
        old, new = (wells_of(shared, f"bioplex_xls/{stem}.{kind}") for kind in ("xls", "xlsx"))
        assert old.equals(new)


def test_bioplex_printed_curve_reproduces_the_vendors_concentrations(shared):
    """4PL of the summary workbook on FI: Conc = c * ((d - a) / (FI - a) - 1)^(1 / b)."""
    (plate,) = recognition.read(shared / "real_exports" / "bioplex_xls" / "pnLINCO20070302A.xls").plates
    curves = plate.curves.set_index("analyte")
    rows = plate.wells[(plate.wells["role"] == "sample") & (plate.wells["vendor_concentration"] > 20)]
    errors = []
    for row in rows.itertuples():
        a, d, c, b = curves.loc[row.analyte, ["a", "d", "c", "b"]]
        errors.append(abs(c * ((d - a) / (row.signal - a) - 1) ** (1 / b) / row.vendor_concentration - 1))
    assert len(errors) == 65 and max(errors) < 1e-3


def test_bioplex_xml_counts(shared):
    name = "bioplex_xml/bio-rad_bio-plex_manager_example_01.xml"
    wells = wells_of(shared, name)
    root = ElementTree.parse(shared / "real_exports" / name).getroot()
    readings = [float(each.text) for each in root.iter("Reading")]
    assert len(wells) == len(readings) and math.fsum(wells["signal"]) == math.fsum(readings)
    observed = Counter(each.get("ReadingOK") for each in root.iter("MWObsConc"))
    assert (
        observed == {"false": (wells["vendor_flag"] == "not_computed").sum()}
        and wells["vendor_concentration"].isna().all()
    )
    analytes = {each.get("RegionNumber") for each in root.iter("MWAnalyte")}
    beads = [
        int(region.findtext("RegionCount"))
        for region in root.iter("BeadRegion")
        if region.get("RegionNumber") in analytes
    ]
    assert wells["bead_count"].sum() == sum(beads) and wells["bead_count"].notna().sum() == len(beads)


def test_intelliflex_counts(shared):
    path = shared / "real_exports" / "luminex_intelliflex" / "luminex_intelliflex_single_dataset.csv"
    wells = wells_of(shared, f"luminex_intelliflex/{path.name}")
    header, *lines = csv.reader(path.open())
    medians = [float(line[at]) for line in lines for at, name in enumerate(header) if name.endswith(" MEDIAN")]
    counts = [float(line[at]) for line in lines for at, name in enumerate(header) if name.endswith(" COUNT")]
    assert list(wells["signal"]) == medians and list(wells["bead_count"]) == counts
