"""Olink deliveries: long, wide and linear tables, with limits per row, assay, plate or chip."""

import hashlib
import io
import time

import openpyxl
import pyarrow
import pytest
from immunoassay.files.house import RESOURCES
from immunoassay.readers import open_export, recognition
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import FLAGS, RESULTS, NotReadable
from immunoassay.study import vocabulary
from pyarrow import parquet

WORDS, UNITS = vocabulary.state_words(RESOURCES["state_words"]), vocabulary.units(RESOURCES["units"])

# --- invented tables ----------------------------------------------------------------------------------------------------

HEAD = ["SampleID", "Index", "OlinkID", "UniProt", "Assay", "MissingFreq", "Panel", "Panel_Lot_Nr", "PlateID",
        "QC_Warning", "LOD", "NPX", "Normalization", "Assay_Warning"]  # fmt: skip
ASSAYS = [("OID10001", "P05231", "IL6", "Inflammation"), ("OID10002", "P01375", "TNF", "Inflammation"),
          ("OID20001", "P05231", "IL6", "Oncology"), ("OID20002", "P02741", "CRP", "Oncology")]  # fmt: skip


def explore():
    """Three samples and a control, four assays of two panels; IL6 is in both."""
    rows = [HEAD]
    for at, sample in enumerate(["V1-001", "V1-002", "V2-001", "CONTROL_SAMPLE_1"], 1):
        for place, (identifier, protein, assay, panel) in enumerate(ASSAYS):
            npx = f"{at + place / 8 - 2.5:g}"
            word = "WARN" if (at, place) == (2, 1) else "PASS"
            rows.append([sample, str(at), identifier, protein, assay, "0.25", panel, "B1", "P1", word, f"{place - 1.25:g}",
                         npx, "Plate control", "PASS"])  # fmt: skip
    return rows


QUANTIFIED = [
    ["SampleID", "Index", "OlinkID", "UniProt", "Assay", "MissingFreq", "Panel", "Panel_Version", "PlateID", "QC_Warning",
     "Plate_LQL", "Plate_LOD", "LLOQ", "ULOQ", "Quantified_value", "Unit", "Assay_Warning", "Normalization"],
    ["a1", 1, "OID30001", "P01579", "IFNG", 0, "ABCD-EFGH", "v.1", "Plate1", "Pass", "0.06", "0.01", "0.03", "1700.5",
     "0.195", "pg/ml", "Pass", "Calibrator Normalized"],
    ["a1", 1, "OID30002", "Q9UHD0", "IL19", 0, "ABCD-EFGH", "v.1", "Plate1", "Warning", "4.5", "0.5", "5.25", "47000",
     "336.125", "pg/ml", "Pass", "Calibrator Normalized"],
    ["b2", 2, "OID30001", "P01579", "IFNG", 0, "ABCD-EFGH", "v.1", "Plate1", "Pass", "0.06", "0.01", "0.03", "1700.5",
     "2.5", "pg/ml", "Pass", "Calibrator Normalized"],
    ["b2", 2, "OID30002", "Q9UHD0", "IL19", 0, "ABCD-EFGH", "v.1", "Plate1", "Pass", "4.5", "0.5", "5.25", "47000",
     "NA", "pg/ml", "Pass", "Calibrator Normalized"],
]  # fmt: skip

HT_HEAD = ["SampleID", "SampleType", "WellID", "PlateID", "DataAnalysisRefID", "OlinkID", "UniProt", "Assay", "AssayType",
           "Panel", "Block", "Count", "ExtNPX", "NPX", "Normalization", "PCNormalizedNPX", "AssayQC", "SampleQC",
           "ExploreVersion"]  # fmt: skip


def ht_row(sample, kind, well, assay, assay_kind="assay", npx=1.5, qc="PASS"):
    identifier = {"MAPT": "OID40001", "GFAP": "OID40002", "Extension control": "OID40003"}[assay]
    return [sample, kind, well, "P1", "D1", identifier, f"P{identifier[-4:]}", assay, assay_kind, "Explore_HT", "1", 1668, 0.5,
            npx, "Plate control", 9.0, "NA", qc, "4.27.0"]  # fmt: skip


HT = [HT_HEAD,
      ht_row("s1", "SAMPLE", "A1", "MAPT"), ht_row("s1", "SAMPLE", "A1", "GFAP", npx=-2.25),
      ht_row("s1", "SAMPLE", "A1", "Extension control", "ext_ctrl"),
      ht_row("s2", "SAMPLE", "B1", "MAPT", qc="FAIL"), ht_row("s2", "SAMPLE", "B1", "GFAP", npx=None, qc="FAIL"),
      ht_row("s3", "SAMPLE", "C1", "MAPT", npx=3.0), ht_row("s3", "SAMPLE", "D1", "MAPT", npx=3.25),
      ht_row("c", "SAMPLE_CONTROL", "A12", "MAPT"), ht_row("c", "SAMPLE_CONTROL", "B12", "MAPT"),
      ht_row("p", "PLATE_CONTROL", "C12", "MAPT"), ht_row("n", "NEGATIVE_CONTROL", "D12", "MAPT", npx=-5.5)]  # fmt: skip


def wide(lod=True, plate=True, unit=None):
    """Two panels of two assays, four samples, a plate and a warning per panel."""
    panels = ["Olink Cardio", "Olink Cardio", "Olink Inflam", "Olink Inflam"]
    rows = [
        ["a project", "NPX Signature 2.0"],
        ["NPX data"] if unit is None else ["Quantified data"],
        ["Panel", *panels, "Olink Cardio", "Olink Inflam", "Olink Cardio", "Olink Inflam"],
        ["Assay", "REN", "IL6", "IL6", "TNF", "Plate ID", "Plate ID", "QC Warning", "QC Warning"],
        ["Uniprot ID", "P00797", "P05231", "P05231", "P01375"],
        ["OlinkID", "OID00001", "OID00002", "OID00003", "OID00004"],
        *([["Unit", *[unit] * 4]] if unit else []),
        [],
    ]
    for at, name in enumerate(["A1", "A2", "B1", "B2"]):
        numbers = [round(at + place / 4 + 0.125, 4) for place in range(4)]
        rows.append(
            [name, *numbers, f"C{at // 2 + 1}.csv", f"I{at // 2 + 1}.csv", "Pass", "Warning" if at == 3 else "Pass"]
        )
    rows += [[], *([["LOD", 0.5, 0.25, 1.75, 0.0]] if lod else []), ["Missing Data freq.", 0.25, 0, 0.5, 0]]
    return rows if plate else [[cell for cell in row if cell not in ("Plate ID",)] for row in rows]


def quantified_wide():
    rows = wide(lod=False, unit="pg/mL")
    return [
        *rows[:-1],
        ["Assay warning", "Pass", "Pass", "Pass", "Warn", "C1.csv", "I1.csv"],
        ["Assay warning", "Pass", "Pass", "Pass", "Pass", "C2.csv", "I2.csv"],
        ["Plate LOD", 0.25, 0.25, 0.5, 0.5, "C1.csv", "I1.csv"],
        ["Plate LOD", 0.75, 0.75, 1.5, 1.5, "C2.csv", "I2.csv"],
        ["Lowest quantifiable level", 0.5, 0.5, 3, 3, "C1.csv", "I1.csv"],
        ["Lowest quantifiable level", 1.5, 1.5, 2, 2, "C2.csv", "I2.csv"],
        ["LLOQ", 1, 1, 2.5, 2.5],
        ["ULOQ", 100, 200, 300, 400],
        ["Normalization", *["Plate control"] * 4],
    ]


LINEAR = [
    ["NPX linear", "101_IL-8", "102_VEGF-A", "103_BDNF", "batch", "#Flagged", "#S-Type", "#Chip ID.", "#Chip name",
     "#MissDataFreq(%)", "#147_Det Ctrl"],
    ["x-01", 93.05, 1657.5, 34.25, 7, "Passed", "Sample", "1", "p1.csv", "20,83%", 1.02],
    ["x-02", 15.43, 1397.75, 30.5, 7, "Flagged", "Sample", "2", "p2.csv", "17,71%", 1.11],
    ["x-03", 1.25, 2094.5, 0.75, 7, "Passed", "Sample", "2", "p2.csv", "17,71%", 1.2],
    ["#MissDataFreq(%)", 0.33, 0, 0.33, "", "", "", "", "", "", "0%"],
    ["#LOD-Chip1", 1.5, 1.25, 0.95, "", "", "", "", "", "", "1,07"],
    ["#LOD-Chip2", 1.45, 1.5, 0.85, "", "", "", "", "", "", "1,04"],
    ["#LOD-Max", 1.5, 1.5, 0.95, "", "", "", "", "", "", "1,07"],
    ["#Neg Ctrl", 0.76, 0.29, 0.66, "", "Passed", "Neg. Ctrl", "1", "p1.csv", "0%", "1,09"],
    ["#IPC", 257.03, 423.14, 94.13, "", "Passed", "IPC", "1", "p1.csv", "1,04%", 65535],
]  # fmt: skip


# --- helpers ------------------------------------------------------------------------------------------------------------


def text(rows, delimiter=";", end="\n"):
    return (end.join(delimiter.join("" if cell is None else str(cell) for cell in row) for row in rows) + end).encode()


def book(sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def parquet_file(rows, metadata=None):
    columns = {name: list(values) for name, *values in zip(*rows, strict=True)}
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns).replace_schema_metadata(metadata or {}), file)
    return file.getvalue()


def answers(*rows):
    empty = {"scope": "D1", "word": "", "analyte": "", "unit": ""}
    return Answers("D1", tuple({**empty, "row": at, **row} for at, row in enumerate(rows, 2)), WORDS, UNITS)


def reading(data, *rows):
    """The table of the bytes of a file, with the vocabularies and rows of the columns sheet."""
    table = recognition.read_source(open_export.open_bytes("file", data), None, answers(*rows))
    assert list(table.frame.columns) == list(RESULTS.columns) and set(table.frame["flag"]) <= set(FLAGS)
    plain = table.frame[table.frame["aside"].isna()]
    assert ((plain["flag"] == "none") == plain["value"].notna()).all()
    return table


def refused(data, *rows):
    with pytest.raises(NotReadable) as error:
        reading(data, *rows)
    assert error.value.problem.code != "E-INTERNAL"
    return error.value.problem


def codes(table):
    return [problem.code for problem in table.problems]


def one(table, sample, analyte):
    frame = table.frame
    return frame[(frame["sample"] == sample) & (frame["analyte"] == analyte)].iloc[0]


def md5(values):
    return hashlib.md5(
        "\n".join(sorted(f"{value:.6g}" for value in values)).encode(), usedforsecurity=False
    ).hexdigest()


# --- long tables --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [
    lambda rows: text(rows), lambda rows: text(rows, ","), lambda rows: text(rows, "\t", "\r\n"),
    lambda rows: b"\xef\xbb\xbf" + text(rows), lambda rows: book({"NPX": rows}), parquet_file,
    lambda rows: text([[cell.replace(".", ",") for cell in row] for row in rows]),
], ids=["semicolon", "comma", "tab", "mark", "workbook", "parquet", "decimal comma"])  # fmt: skip
def test_a_long_table_by_hand(form):
    table = reading(form(explore()))
    assert table.family == "olink_long" and table.ignored == []
    frame = table.frame
    assert list(frame["analyte"][:4]) == ["IL6 (OID10001)", "TNF", "IL6 (OID20001)", "CRP"]
    assert list(frame["value"][:5]) == [-1.5, -1.375, -1.25, -1.125, -0.5]
    assert list(frame["lod"][:4]) == [-1.25, -0.25, 0.75, 1.75] and set(frame["unit"]) == {"NPX"}
    assert (frame["flag"] == "none").all() and list(frame["row"]) == list(range(2, 18))  # below the LOD it is printed
    assert one(table, "V1-002", "TNF")["comment"] == (
        "QC_Warning: WARN; Assay_Warning: PASS; Normalization: Plate control"
    )
    assert list(frame["role"].dropna()) == ["control"] * 4 and set(frame["run"]) == {"P1"}
    assert codes(table) == ["W-DLV-061", "W-READ-004"]


def test_a_control_by_its_name_is_told_and_a_numbered_sample_is_none():
    rows = [row.copy() for row in explore()]
    for row, name in zip(rows[1::4], ["NC_1", "NC_12", "IPC 2", "SC"], strict=True):
        for at in range(rows.index(row), rows.index(row) + 4):
            rows[at][0] = name
    table = reading(text(rows))
    roles = table.frame.drop_duplicates("sample").set_index("sample")["role"]
    assert roles["NC_1"] != roles["NC_1"] and roles["NC_12"] != roles["NC_12"]  # missing: samples of a study
    assert roles["IPC 2"] == roles["SC"] == "control"
    assert "IPC 2, SC" in next(each.found for each in table.problems if each.code == "W-READ-004")


def test_concentrations_have_the_higher_lower_limit_and_their_unit():
    for table in (reading(book({"Q": [*QUANTIFIED, *[[None] * 18] * 40]})), reading(text(QUANTIFIED, ","))):
        frame = table.frame
        assert list(frame["value"][:3]) == [0.195, 336.125, 2.5] and frame["value"].isna()[3]
        assert list(frame["lloq"]) == [0.06, 5.25, 0.06, 5.25] and list(frame["lod"]) == [0.01, 0.5, 0.01, 0.5]
        assert list(frame["uloq"][:2]) == [1700.5, 47000] and set(frame["unit"]) == {"pg/ml"}
        assert frame["flag"][3] == "not_computed" and frame["value_text"][3] == "NA" and frame["aside"].isna().all()
        assert codes(table) == [] and frame["comment"][0].endswith("LLOQ and Plate_LQL: 0.03 and 0.06")


def test_explore_ht_knows_controls_by_type_and_sets_aside_what_failed():
    table = reading(parquet_file(HT, {"Product": "ExploreHT", "FileVersion": "1.1"}))
    frame = table.frame
    assert table.metadata == {"Product": "ExploreHT", "FileVersion": "1.1"}
    assert list(frame["role"].fillna("")) == ["", "", "control", "", "", "", "", *["control"] * 3, "blank"]
    assert list(frame["value"][:2]) == [1.5, -2.25]  # NPX, not PCNormalizedNPX
    failed = frame[frame["sample"] == "s2"]
    assert list(failed["aside"]) == ["rejected_by_laboratory"] * 2 and set(failed["aside_reason"]) == {"SampleQC: FAIL"}
    assert list(frame.loc[frame["sample"] == "s3", "replicate"]) == ["C1", "D1"]
    assert codes(table) == ["E-READ-006", "W-DLV-002", "W-READ-008"]  # Explore HT states no LOD
    assert 'MAPT of sample "s3" on P1 in rows 7, 8' in table.problems[2].found  # controls may stand several times


def test_results_equal_to_their_limit_are_censored():
    rows = [[*row[:10], "1.5" if row[0] == "V1-001" else row[10], "1.5" if row[0] == "V1-001" else row[11], *row[12:]]
            for row in explore()[1:]]  # fmt: skip
    table = reading(text([HEAD, *rows]))
    first = table.frame[table.frame["sample"] == "V1-001"]
    assert set(first["flag"]) == {"below_range"} and set(first["limit"]) == {1.5} and first["value"].isna().all()
    assert set(first["value_text"]) == {"1.5"} and "W-DLV-001" in codes(table)


def changed(column, value, row=2, rows=explore):
    found = [list(each) for each in rows()]
    found[row - 1][found[0].index(column)] = value
    return text(found)


def test_results_without_a_limit_are_told():
    rows = explore()
    limit = rows[0].index("LOD")
    without = reading(text([[*row[:limit], *row[limit + 1 :]] for row in rows]))
    (told,) = [problem for problem in without.problems if problem.code == "E-READ-006"]
    assert told.level == "FLAG" and "no LOD and no LLOQ of" in told.found
    some = reading(
        text([[*row[:limit], "NA" if at == 1 else row[limit], *row[limit + 1 :]] for at, row in enumerate(rows)])
    )
    (told,) = [problem for problem in some.problems if problem.code == "E-READ-006"]
    assert told.found.startswith("no LOD and no LLOQ of 1 of") and told.row == "2"


def test_words_of_quality():
    table = reading(changed("Assay_Warning", "EXCLUDED"))
    assert table.frame["aside"][0] == "rejected_by_laboratory" and table.frame["value"][0] == -1.5
    table = reading(changed("QC_Warning", "see mail"))
    assert table.frame["aside"][0] == "row_quarantined" and "E-DLV-005" in codes(table)
    row = {"column": "QC_Warning", "meaning": "reportable", "word": "see mail"}
    assert reading(changed("QC_Warning", "see mail"), row).frame["aside"].isna().all()
    row = {"column": "QC_Warning", "meaning": "below", "word": "WARN"}
    assert one(reading(text(explore()), row), "V1-002", "TNF")["flag"] == "below_range"
    table = reading(changed("NPX", "3.3 pg/mL"))
    assert table.frame["aside"][0] == "row_quarantined" and table.frame["value"].isna()[0]
    assert reading(changed("NPX", "NA")).frame["flag"][0] == "not_computed"
    assert reading(changed("NPX", "1,5")).frame["aside"][0] == "row_quarantined"  # in a table of decimal points
    assert reading(changed("LOD", "NA")).frame["lod"].isna()[0]


def test_a_shifted_or_cut_row_is_set_aside():
    rows = explore()
    rows[5] = rows[5][:3] + ["", *rows[5][3:]]  # the NPX column now holds the LOD
    table = reading(text(rows))
    assert table.frame["aside"][4] == "row_quarantined" and "E-FILE-013" in codes(table)
    rows = explore()
    rows[3] = rows[3][1:]
    assert reading(text(rows)).frame["aside"][2] == "row_quarantined"
    table = reading(text(explore())[:-25])
    assert list(table.frame["aside"].dropna()) == ["row_quarantined"] and "E-DLV-008" in codes(table)
    rows = [HEAD, *([str(at), *row] for at, row in enumerate(explore()[1:]))]  # names of rows without a heading
    assert refused(text(rows)).code == "E-FILE-013"


def test_one_identifier_of_two_assays_is_told():
    table = reading(changed("OlinkID", "OID10009", 3))
    assert "TNF (OID10009, OID10002)" in next(each.found for each in table.problems if each.code == "W-DLV-061")
    assert set(table.frame["analyte"]) >= {"TNF (OID10009)", "TNF (OID10002)"}
    table = reading(changed("Assay", "TNFa", 3))
    assert "E-READ-010" in codes(table) and set(table.frame["analyte"]) >= {"TNF", "TNFa"}


def test_two_ways_of_normalization_are_kept_and_told():
    twice = [[*row[:12], "Intensity", row[13]] for row in explore()[1:5]]
    table = reading(text([*explore(), *twice]))
    assert len(table.frame) == 20 and {"W-DLV-062", "W-READ-008"} <= set(codes(table))
    assert "Plate control, Intensity" in next(each.found for each in table.problems if each.code == "W-DLV-062")
    rows = [[*row[:12], "EXCLUDED" if row[0].startswith("CONTROL") else row[12], row[13]] for row in explore()]
    assert "W-DLV-062" not in codes(reading(text(rows)))


def test_internal_controls_are_known_by_their_names_too():
    rows = [[*row[:2], "", "", "Inc Ctrl 1", *row[5:]] if row[4] == "CRP" else row for row in explore()]
    table = reading(text(rows))
    internal = table.frame[table.frame["analyte"] == "Inc Ctrl 1"]
    assert len(internal) == 4 and set(internal["role"]) == {"control"} and internal["aside"].isna().all()


def test_two_kinds_of_results_in_a_table_are_asked():
    rows = [[*row, "Quantified_value" if row[0] == "SampleID" else "7.5", "Unit" if row[0] == "SampleID" else "pg/mL"]
            for row in explore()]  # fmt: skip
    assert refused(text(rows)).code == "E-DLV-001"
    table = reading(text(rows), {"column": "Quantified_value", "meaning": "value"})
    assert set(table.frame["value"]) == {7.5} and set(table.frame["unit"]) == {"pg/mL"}
    table = reading(text(rows), {"column": "NPX", "meaning": "value"})
    assert set(table.frame["unit"]) == {"NPX"}
    assert refused(text(rows), {"column": "NPXX", "meaning": "value"}).code == "E-DLV-003"


def test_further_columns_are_named():
    rows = [[*row, "Patient name" if row[0] == "SampleID" else "x"] for row in explore()]
    assert reading(text(rows)).ignored == ["Patient name"]


def test_a_table_of_limits_is_named_as_such():
    rows = [["Panel", "PanelVersion", "Assay", "LLOQ", "ULOQ"], ["T48 Cytokine", "9001", "IL6", "0.5", "2000"],
            ["T48 Cytokine", "9002", "IL6", "0.75", "NA"]]  # fmt: skip
    problem = refused(text(rows, ","))
    assert (
        problem.code == "E-FILE-009"
        and "a table of limits of panel lots: LLOQ and ULOQ of 1 assays, 3" in problem.found
    )
    assert "lloq_validated" in problem.fix


def test_a_damaged_parquet_file_is_refused():
    whole = parquet_file(HT)
    for data in (whole[:-40], whole[: len(whole) // 2], b"PAR1" + bytes(200), whole[:60] + bytes(40) + whole[100:]):
        problem = refused(data)
        assert problem.code in ("E-FILE-003", "E-FILE-009"), problem
    assert reading(b"PAR1 study\n" + text(explore())).family == "olink_long"  # a text that begins like one
    nested = io.BytesIO()
    parquet.write_table(pyarrow.table({"a": [[1, 2], [3]]}), nested)
    assert "lists or records" in refused(nested.getvalue()).found
    empty = io.BytesIO()
    parquet.write_table(pyarrow.table({name: [] for name in HT_HEAD}), empty)
    assert refused(empty.getvalue()).code == "E-FILE-002"


# --- wide tables --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [lambda rows: book({"NPX Wide": rows}), text], ids=["workbook", "csv"])
def test_a_wide_table_by_hand(form):
    table = reading(form(wide()))
    assert table.family == "olink_wide" and codes(table) == ["W-DLV-061"] and table.ignored == []
    frame = table.frame
    assert list(dict.fromkeys(frame["analyte"])) == ["REN", "IL6 (OID00002)", "IL6 (OID00003)", "TNF"]
    assert len(frame) == 16 and set(frame["unit"]) == {"NPX"}
    row = one(table, "B2", "IL6 (OID00003)")
    assert (row["value"], row["lod"], row["run"]) == (3.625, 1.75, "I2.csv")
    assert row["comment"] == "QC Warning: Warning; Panel: Olink Inflam"
    row = one(table, "B2", "REN")
    assert (row["value"], row["lod"], row["run"], row["row"]) == (3.125, 0.5, "C2.csv", 11)
    assert row["comment"] == "QC Warning: Pass; Panel: Olink Cardio"
    assert one(table, "A1", "IL6 (OID00003)")["value"] == 0.625  # below its LOD, and printed


def test_limits_of_plates_and_concentrations():
    table = reading(book({"Q": quantified_wide()}))
    row = one(table, "A1", "REN")
    assert (row["value"], row["unit"], row["lod"], row["lloq"], row["uloq"]) == (0.125, "pg/mL", 0.25, 1, 100)
    row = one(table, "B2", "REN")
    assert (row["lod"], row["lloq"], row["uloq"]) == (0.75, 1.5, 100)
    row = one(table, "A2", "TNF")
    assert (row["lod"], row["lloq"], row["uloq"], row["run"]) == (0.5, 3, 400, "I1.csv")
    assert row["comment"] == (
        "QC Warning: Pass; Assay warning: Warn; Panel: Olink Inflam; Normalization: Plate control; "
        "LLOQ and lowest quantifiable level: 2.5 and 3"
    )
    assert one(table, "B2", "TNF")["lloq"] == 2.5


def test_parts_that_a_wide_table_lacks_are_told():
    table = reading(book({"a": wide(lod=False)}))
    assert table.frame["lod"].isna().all() and "E-READ-006" in codes(table)
    rows = wide()
    del rows[1]
    table = reading(book({"a": rows}))
    assert table.frame["unit"].isna().all() and "E-READ-009" in codes(table)
    assert set(reading(book({"a": rows}), {"column": "*", "meaning": "value", "unit": "NPX"}).frame["unit"]) == {"NPX"}
    rows = wide()
    for row in rows[2:13]:
        del row[6:7]  # the plate of the second panel
    table = reading(book({"a": rows}))
    assert "E-READ-006" in codes(table)
    assert table.frame.loc[table.frame["analyte"] == "TNF", "run"].isna().all()
    assert set(table.frame.loc[table.frame["analyte"] == "REN", "run"]) == {"C1.csv", "C2.csv"}
    rows = wide()
    rows[5][4] = "OID00003"
    assert "V-087" in codes(reading(book({"a": rows})))
    rows = wide()
    rows[5][4] = ""
    table = reading(book({"a": rows}))
    assert "V-087" in codes(table) and "TNF" not in set(table.frame["analyte"])
    rows = wide()
    rows[1] = ["Ct data"]
    assert "Ct" in refused(book({"a": rows})).found


def test_a_shifted_row_of_a_wide_csv_is_set_aside():
    rows = [[*row, *[""] * (9 - len(row))] for row in wide()]
    del rows[8][2]
    table = reading(text(rows))
    assert "E-FILE-013" in codes(table) and set(table.frame.loc[table.frame["aside"].notna(), "sample"]) == {"A2"}


def test_internal_controls_of_a_wide_table_are_no_samples():
    rows = wide()
    rows[3][4], rows[5][4] = "Det Ctrl", ""
    table = reading(book({"a": rows}))
    assert set(table.frame.loc[table.frame["analyte"] == "Det Ctrl", "role"]) == {"control"}


# --- linear tables ------------------------------------------------------------------------------------------------------


def test_a_linear_table_by_hand():
    table = reading(book({"LIN NPX LOD": LINEAR}))
    assert table.family == "olink_linear" and table.ignored == ["batch"] and codes(table) == []
    frame = table.frame
    assert set(frame["unit"]) == {"NPX linear"} and len(frame) == 15
    assert list(frame["role"][:5].fillna("")) == ["", "", "", "blank", "control"]
    row = one(table, "x-03", "101_IL-8")
    assert (row["value"], row["lod"], row["run"], row["flag"]) == (1.25, 1.45, "p2.csv", "none")
    assert one(table, "x-01", "102_VEGF-A")["lod"] == 1.25
    assert one(table, "x-02", "103_BDNF")["comment"] == "#Flagged: Flagged"


def test_a_chip_number_of_two_chips_has_the_highest_limit():
    rows = [list(row) for row in LINEAR]
    rows[2][8] = "p3.csv"
    table = reading(book({"a": rows}))
    assert one(table, "x-03", "101_IL-8")["lod"] == 1.5 and "E-READ-010" in codes(table)
    assert one(table, "x-01", "101_IL-8")["lod"] == 1.5


def test_a_table_cut_off_at_the_highest_limit_is_censored_there():
    rows = [list(row) for row in LINEAR]
    for row in rows[1:4]:
        row[1] = 1.5
    rows[3][3] = 0.95
    table = reading(book({"a": rows}))
    below = table.frame[table.frame["flag"] == "below_range"]
    assert len(below) == 4 and set(below["limit"]) == {1.5, 0.95} and "W-DLV-001" in codes(table)
    assert set(table.frame.loc[table.frame["analyte"] == "102_VEGF-A", "lod"]) == {1.5}


def test_what_is_no_power_of_two_is_not_linear():
    rows = [list(row) for row in LINEAR]
    rows[2][2] = -1.25
    table = reading(book({"a": rows}))
    assert set(table.frame.loc[table.frame["aside"].notna(), "sample"]) == {"x-02"} and "E-DLV-006" in codes(table)


def test_logarithms_and_cycles_in_the_same_form():
    rows = [["NPX", *LINEAR[0][1:]], *LINEAR[1:]]
    assert set(reading(book({"a": rows})).frame["unit"]) == {"NPX"}
    rows[0] = ["ddCq", *LINEAR[0][1:]]
    assert "ddCq" in refused(book({"a": rows})).found


def test_linear_npx_is_a_unit_of_its_own():
    assert UNITS.quantities("NPX linear") == {"relative"} and UNITS.factor("NPX linear", "NPX") is None
    assert UNITS.same("linear NPX", "NPX linear")


# --- real files ---------------------------------------------------------------------------------------------------------

REAL = {  # rows, samples, analytes, numbers, sum, least, largest, below the LOD, md5 of the numbers
    "npx_data1_2022_wide.xlsx": (29440, 158, 184, 29440, 173334.5828, -9.54596, 29.2882, 1551,
                                 "c816b9d88bda8bf095c0da4615840e7a"),
    "explore3072_long.csv": (11772, 4, 2943, 11772, -32555.5406, -9.6899, 8.4726, 1467,
                             "32b3a25771aad8ec6a22d06319211eec"),
    "flex_quantified_long.xlsx": (2, 1, 2, 2, 336.32072, 0.19169, 336.12903, 0, "9bc899fe6c8cf8746c27fa106baf6351"),
    "explore_ht_2026.parquet": (1, 1, 1, 1, 0, 0, 0, 0, "cfcd208495d565ef66e7dff9f98764da"),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_counts_of_real_files(shared, name):
    frame = recognition.read(shared / "real_deliveries/olink" / name).frame
    numbers = frame["value"].dropna()
    found = (len(frame), frame["sample"].nunique(), frame["analyte"].nunique(), len(numbers))
    assert (*found, int((frame["value"] < frame["lod"]).sum())) == (*REAL[name][:4], REAL[name][7])
    assert [numbers.sum(), numbers.min(), numbers.max()] == pytest.approx(REAL[name][4:7], rel=1e-5)
    assert md5(numbers) == REAL[name][8] and frame["aside"].isna().all()


def test_the_real_linear_table(shared):
    table = recognition.read(shared / "real_deliveries/olink/inflammation_linear_wide.xlsx")
    frame = table.frame[table.frame["role"].isna()]
    assert len(frame) == 127 * 92 and (table.frame["role"].notna()).sum() == 18 * 92
    numbers = frame["value_text"].astype(float)
    assert md5(numbers) == "0fecafe6044cc5265b415a3f5e830f3f" and numbers.sum() == pytest.approx(3042677.02)
    below = frame["flag"] == "below_range"
    assert below.sum() == 1383 + 572 + 325  # results that are #LOD-Max itself, counted plate by plate in the sheet
    assert (frame["value"][~below] > frame["lod"][~below]).all()


def test_the_real_table_of_limits(shared):
    with pytest.raises(NotReadable, match="a table of limits of panel lots: LLOQ and ULOQ of 130 assays, 1584 numbers"):
        recognition.read(shared / "real_deliveries/olink/target48_limits.csv")


def test_a_workbook_whose_drawing_is_missing_and_whose_extent_is_wrong_is_read_whole():
    """Sheets with a reference to a drawing that is not in the archive, and `A1` as their extent."""
    import zipfile

    data, file = book({"NPX Wide": wide()}), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                start, end = content.index(b"<dimension"), content.index(b"/>", content.index(b"<dimension")) + 2
                content = content[:start] + b'<dimension ref="A1"/>' + content[end:]
                content = content.replace(b"</worksheet>", b'<drawing xmlns:r="http://schemas.openxmlformats.org/'
                    b'officeDocument/2006/relationships" r:id="rId1"/></worksheet>')  # fmt: skip
            new.writestr(name, content)
        new.writestr("xl/worksheets/_rels/sheet1.xml.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/'
            '2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
            'relationships/drawing" Target="../drawings/drawing1.xml"/></Relationships>')  # fmt: skip
    with pytest.raises(KeyError):
        openpyxl.load_workbook(io.BytesIO(file.getvalue()))
    assert reading(file.getvalue()).frame.equals(reading(data).frame)


def test_a_long_table_is_read_in_a_second():
    rows = [HEAD]
    for at in range(12_000):
        identifier, protein, assay, panel = ASSAYS[at % 4]
        rows.append([f"S{at // 4}", "1", identifier, protein, assay, "0.25", panel, "B1", "P1", "PASS", "-1.25", f"{at / 64}",
                     "Plate control", "PASS"])  # fmt: skip
    data, start = text(rows), time.perf_counter()
    assert len(reading(data).frame) == 12_000
    assert time.perf_counter() - start < 3  # about 0.3 on one core; a busy machine may need more


@pytest.mark.parametrize("lost", ["Panel", "OlinkID"])
def test_a_wide_table_without_a_row_of_its_head_is_refused_by_name(lost):
    told = refused(text([row for row in wide() if row[:1] != [lost]]))
    assert told.code == "E-FILE-009" and told.found == f"a wide table of NPX data without a row {lost}"
