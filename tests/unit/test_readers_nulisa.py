"""NULISAseq deliveries: long tables of NPQ or pg/mL, tables of samples by targets, and read counts, which are refused."""

import pytest
from immunoassay.readers import open_export, recognition
from immunoassay.readers.export import NotReadable
from tests.unit.test_readers_olink import book, codes, md5, one, reading, refused, text

# --- invented tables ----------------------------------------------------------------------------------------------------

TARGETS = ["ACHE", "Aβ40", "Aβ42", "BDNF", "GFAP", "IL6", "NEFL", "pTau-181", "pTau-217", "TNF", "TREM2", "YWHAZ"]
PLACED = ["A_01_x-001", "B_01_x-002", "C_01_x-003", "D_12_SC-1"]
THREE = [["Group", "Target", "NPQ"], *([name, target, f"{at + place / 8:g}"] for at, name in enumerate(PLACED)
         for place, target in enumerate(TARGETS[:4]))]  # fmt: skip

MAKER = [
    ["Panel", "PanelLotNumber", "PlateID", "SampleName", "SampleType", "Target", "AlamarTargetID", "UniProtID", "ProteinName",
     "SampleQC", "LOD", "UnnormalizedCount", "NPQ", "Age group"],
    ["CNS 120", "L1", "P1", "x-001", "Sample", "IL6", "t1001", "P05231", "Interleukin-6", "PASS", "4.5", "812", "6.25", "a"],
    ["CNS 120", "L1", "P1", "x-001", "Sample", "TNF", "t1002", "P01375", "Tumor necrosis", "PASS", "5.5", "97", "5.125", "a"],
    ["CNS 120", "L1", "P1", "x-002", "Sample", "IL6", "t1001", "P05231", "Interleukin-6", "WARN", "4.5", "3", "0", "b"],
    ["CNS 120", "L1", "P1", "x-002", "Sample", "TNF", "t1002", "P01375", "Tumor necrosis", "WARN", "5.5", "97", "7", "b"],
    ["CNS 120", "L1", "P1", "IPC-1", "IPC", "IL6", "t1001", "P05231", "Interleukin-6", "PASS", "4.5", "500", "10", ""],
    ["CNS 120", "L1", "P1", "SC-1", "SC", "IL6", "t1001", "P05231", "Interleukin-6", "PASS", "4.5", "500", "9.5", ""],
    ["CNS 120", "L1", "P1", "NC-1", "NC", "IL6", "t1001", "P05231", "Interleukin-6", "PASS", "4.5", "2", "1.5", ""],
]  # fmt: skip

QUANTIFIED = [
    ["Panel", "PlateID", "SampleName", "SampleType", "Target", "AlamarTargetID", "Conc_pgmL", "LOD_pgmL", "LLOQ_pgmL",
     "ULOQ_pgmL", "Conc_aM", "withinDR", "Sample_QC_Status"],
    ["INF", "P1", "x-001", "Sample", "IL6", "t1", "1.25", "0.125", "0.5", "900", "59", "TRUE", "PASS"],
    ["INF", "P1", "x-002", "Sample", "IL6", "t1", "0.25", "0.125", "0.5", "900", "12", "FALSE", "PASS"],
]  # fmt: skip


def value(at, place):
    return "NA" if (at, place) == (1, 3) else f"{at + place / 8 + 0.0625:g}"


def in_columns(corner="SampleName", names=PLACED, data=True):
    """Samples in columns: rows with data of the samples, then a row per target."""
    rows = [["Cohort", *["First"] * len(names)], ["Age", *(str(60 + at) for at in range(len(names)))],
            ["Sex", *["F"] * len(names)]] if data else []  # fmt: skip
    targets = [[target, *(value(at, place) for at in range(len(names)))] for place, target in enumerate(TARGETS)]
    return [[corner, *names], *rows, *targets]


def in_rows(**how):
    return [list(each) for each in zip(*in_columns(**how), strict=True)]


COUNTS = b"""<?xml version='1.0' encoding='UTF-8'?>
<NULISAseq><RunSummary><Barcodes><BarcodeA><Barcode name="1_1" Curve_Quant="F">IL6</Barcode></BarcodeA></Barcodes></RunSummary>
<Data><Sample barcode="b1"><ReadCount target="1_1">812</ReadCount></Sample></Data></NULISAseq>"""


# --- long tables --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [
    lambda rows: b"\xef\xbb\xbf" + text(rows, ","), lambda rows: text(rows, "\t"), lambda rows: book({"NPQ Values": rows}),
    lambda rows: text([[cell.replace(".", ",") for cell in row] for row in rows], ";"),
], ids=["comma and mark", "tab", "workbook", "decimal comma"])  # fmt: skip
def test_three_columns_by_hand(form):
    table = reading(form(THREE))
    assert table.family == "nulisa" and table.ignored == []
    frame = table.frame
    assert len(frame) == 16 and set(frame["unit"]) == {"NPQ"} and set(frame["sample"]) == set(PLACED)
    assert one(table, "C_01_x-003", "Aβ42")["value"] == 2.25 and frame["run"].isna().all()


def test_the_table_of_the_maker_by_hand():
    table = reading(text(MAKER, ","))
    frame = table.frame
    assert list(frame["value"]) == [6.25, 5.125, 0, 7, 10, 9.5, 1.5] and list(frame["lod"][:2]) == [4.5, 5.5]
    assert list(frame["role"].fillna("")) == ["", "", "", "", "control", "control", "blank"]
    assert set(frame["run"]) == {"P1"} and frame["comment"][2] == "SampleQC: WARN" and frame["aside"].isna().all()
    assert (frame["flag"] == "none").all() and table.ignored == ["Age group"] and codes(table) == []
    book_of_maker = book({"NPQ Values": MAKER, "Target Detectability": [["Target", "plasma (n = 2)"], ["IL6", 50]]})
    assert reading(book_of_maker).ignored == ["Age group", "sheet Target Detectability"]


def test_the_older_name_of_the_column_states_no_unit():
    rows = [[*MAKER[0][:12], "log2NormalizedCount", "Age group"], *MAKER[1:]]
    frame = reading(text(rows, ",")).frame
    assert list(frame["value"][:2]) == [6.25, 5.125] and frame["unit"].isna().all()
    row = {"column": "log2NormalizedCount", "meaning": "value", "unit": "NPQ"}
    assert set(reading(text(rows, ","), row).frame["unit"]) == {"NPQ"}


def test_one_target_of_two_panels_is_two_analytes():
    rows = [row.copy() for row in MAKER]
    for row in rows[2:5:2]:
        row[5] = "IL6"
    table = reading(text(rows, ","))
    assert set(table.frame["analyte"]) == {"IL6 (t1001)", "IL6 (t1002)"} and "W-DLV-061" in codes(table)


def test_concentrations_and_npq_in_one_table_are_asked():
    frame = reading(text(QUANTIFIED, ",")).frame
    assert list(frame["value"]) == [1.25, 0.25] and set(frame["unit"]) == {"pg/mL"}
    assert list(frame[["lod", "lloq", "uloq"]].iloc[0]) == [0.125, 0.5, 900]
    assert frame["comment"][1] == "Sample_QC_Status: PASS; withinDR: FALSE"
    both = [[*row, "NPQ" if row[0] == "Panel" else "8.5"] for row in QUANTIFIED]
    assert refused(text(both, ",")).code == "E-DLV-001"
    assert set(reading(text(both, ","), {"column": "NPQ", "meaning": "value"}).frame["unit"]) == {"NPQ"}


def test_samples_that_no_column_names_are_asked():
    rows = [[*row, "b" if at else "Batch"] for at, row in enumerate(THREE)]
    problem = refused(text(rows, ","))
    assert problem.code == "E-DLV-001" and "Group <TAB> sample" in problem.fix
    table = reading(text(rows, ","), {"column": "Group", "meaning": "sample"})
    assert set(table.frame["sample"]) == set(PLACED) and table.ignored == ["Batch"]


def test_an_unknown_sample_type_is_asked_and_a_failed_sample_set_aside():
    rows = [row.copy() for row in MAKER]
    rows[1][4], rows[3][9] = "Pool", "FAIL"
    frame = reading(text(rows, ",")).frame
    assert list(frame["aside"].fillna("")[:4]) == ["row_quarantined", "", "rejected_by_laboratory", ""]


# --- samples by targets -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [in_columns(), in_rows(), in_columns(data=False), in_rows(data=False)],
                         ids=["in columns", "in rows", "in columns alone", "in rows alone"])  # fmt: skip
@pytest.mark.parametrize(
    "form", [lambda rows: text(rows, ","), lambda rows: book({"a": rows})], ids=["csv", "workbook"]
)
def test_samples_by_targets_by_hand(form, rows):
    table = reading(form(rows))
    frame = table.frame
    assert table.family == "nulisa" and frame["unit"].isna().all()  # nothing says NPQ
    assert len(frame) == 48 and set(frame["analyte"]) == set(TARGETS) and set(frame["sample"]) == set(PLACED)
    assert one(table, "C_01_x-003", "BDNF")["value"] == 2.4375
    assert set(frame.loc[frame["role"] == "control", "sample"]) == {"D_12_SC-1"} and frame["role"].notna().sum() == 12
    missing = one(table, "B_01_x-002", "BDNF")
    assert missing["value"] != missing["value"] and (missing["flag"], missing["value_text"]) == ("not_computed", "NA")
    data = ["Cohort", "Age", "Sex"] if len(rows) + len(rows[0]) > 18 else []
    assert table.ignored == data  # data of the samples are named, never taken over


def test_the_row_of_a_result_is_that_of_the_file():
    assert one(reading(text(in_columns(), ",")), "B_01_x-002", "ACHE")["row"] == 5
    assert one(reading(text(in_rows(), ",")), "B_01_x-002", "ACHE")["row"] == 3


def test_the_unit_is_that_of_the_table_or_of_the_columns_sheet():
    row = {"column": "*", "meaning": "value", "unit": "NPQ"}
    assert set(reading(text(in_columns(), ","), row).frame["unit"]) == {"NPQ"}
    assert set(reading(text(in_columns("NPQ"), ",")).frame["unit"]) == {"NPQ"}
    assert refused(text(in_columns(), ","), {"column": "Age", "meaning": "sample"}).code == "E-DLV-003"


def test_what_is_not_certainly_of_nulisa_is_left_to_others():
    others = ["S1", "S2", "S3", "S4"]
    rows = [row for row in in_columns(names=others) if not row[0].startswith("pTau")]
    with pytest.raises(NotReadable):
        reading(text(rows, ","))
    source = open_export.open_bytes("file", text(rows, ","))
    assert "nulisa" not in recognition.recognised(source)
    assert reading(text(in_columns(names=others), ",")).family == "nulisa"  # by the spelling of its targets


def test_damages_of_samples_by_targets_are_told():
    rows = in_columns()
    rows[6][2] = "see mail"
    table = reading(text(rows, ","))
    assert "E-DLV-005" in codes(table) and list(table.frame["aside"].dropna()) == ["row_quarantined"]
    rows = in_columns()
    rows[0][2] = ""
    table = reading(text(rows, ","))
    assert "V-087" in codes(table) and table.frame["sample"].nunique() == 3
    rows = in_columns()
    rows[7][0] = "ACHE"
    assert {"V-087", "W-READ-008"} <= set(codes(reading(text(rows, ","))))


@pytest.mark.parametrize("make", [in_columns, in_rows])
def test_a_shifted_row_is_set_aside(make):
    rows = make()
    del rows[-1][6 if make is in_rows else 2]
    table = reading(text(rows, ","))
    aside = table.frame[table.frame["aside"].notna()]
    assert set(aside["row"]) == {len(rows)} and "E-FILE-013" in codes(table)


def test_read_counts_are_refused_by_name():
    problem = refused(COUNTS)
    assert (
        problem.code == "E-FILE-009" and "1 counts of 1 wells, no NPQ" in problem.found and "NPQ Values" in problem.fix
    )


# --- real files ---------------------------------------------------------------------------------------------------------


def test_the_real_table_with_samples_in_columns(shared):
    table = recognition.read(shared / "real_deliveries/nulisa/cns_npq_transposed.csv")
    frame, numbers = table.frame, table.frame["value"].dropna()
    assert (len(frame), frame["sample"].nunique(), frame["analyte"].nunique()) == (465 * 130, 465, 130)
    assert len(numbers) == 60242 and (frame["value_text"] == "NA").sum() == 208
    assert [numbers.sum(), numbers.min(), numbers.max()] == pytest.approx([747274.0979, 0, 25.446], rel=1e-5)
    assert md5(numbers) == "86619e57d44610f9fb4e2e690351c04f" and len(table.ignored) == 13 and "Age" in table.ignored


def test_the_real_table_of_three_columns(shared):
    frame = recognition.read(shared / "real_deliveries/nulisa/control_npq_long.csv").frame
    assert (len(frame), frame["sample"].nunique(), frame["analyte"].nunique()) == (2214, 18, 123)
    assert [frame["value"].sum(), frame["value"].min(), frame["value"].max()] == pytest.approx(
        [27986.91314, 4.56345, 21.4742], rel=1e-5
    )
    assert md5(frame["value"]) == "6af0f25572d3e6db6eae654a0e1e6edc" and set(frame["unit"]) == {"NPQ"}


def test_the_real_read_counts(shared):
    with pytest.raises(NotReadable, match="19701 counts of 96 wells, no NPQ"):
        recognition.read(shared / "real_deliveries/nulisa/inflammation_plate01.xml")


@pytest.mark.parametrize("form", [in_columns, in_rows])
def test_limits_and_sums_beside_the_samples_are_none(form):
    sums = [["LOD", "Mean"], *[["9.5", "11"]] * len(TARGETS)]
    rows = [[*row, *more] for row, more in zip(in_columns(corner="NPQ", data=False), sums, strict=True)]
    rows = rows if form is in_columns else [list(each) for each in zip(*rows, strict=True)]
    plain, table = reading(text(form(corner="NPQ", data=False), ",")), reading(text(rows, ","))
    assert set(table.frame["sample"]) == set(plain.frame["sample"]) and len(table.frame) == len(plain.frame)
    assert set(table.frame["lod"]) == {9.5} and "Mean" in table.ignored
