"""D, E and F of the suite: plate maps and wells, values and units, visits, scores and corrections."""

import csv
import io
import re

from .cases import ACHR, BAFF, CYT, ISO, LAYOUT, SBCMA, VAC, Case

MATERIALS, PLATES, ANALYTES, SAMPLES = (f"config/{name}.tsv" for name in ("materials", "plates", "analytes", "samples"))


def cell(sheet, row, column, value):
    return lambda s: s.cell(sheet, row, column, value)


def column(sheet, row, name, value):
    """Add a column to a sheet, with one cell filled."""

    def damage(s):
        header, *rows = s.rows(sheet)
        s.write(sheet, [[*header, name], *([*cells, value if at == row else ""] for at, cells in enumerate(rows, 2))])

    return damage


def edit(name, old, new, count=1):
    return lambda s: s.edit(name, old, new, count)


def several(*damages):
    return lambda s: [damage(s) for damage in damages]


def layout(change):
    """Alter the rows of the layout of SBCMA-03."""
    return lambda s: s.export_rows(LAYOUT, change, "\t")


def long_layout(change=None):
    """The layout of SBCMA-03 as a list of wells, altered."""

    def damage(s):
        header, *rows = list(csv.reader(io.StringIO((s / LAYOUT).read_text(encoding="utf-8")), delimiter="\t"))
        wells = [["well", "role", "sample_id", "level", "dilution"]]
        for letter, *cells in rows:
            for column, text in zip(header[1:], cells, strict=True):
                name, _, dilution = text.partition("@")
                role = {"S": "standard", "Q": "control", "b": "blank", "e": "empty"}.get(name[0], "sample")
                sample = name if role == "sample" else ""
                level = name if role in ("standard", "control") else ""
                wells.append([f"{letter}{column}", role, sample, level, dilution])
        change(wells)
        (s / LAYOUT).write_text("\n".join("\t".join(row) for row in wells) + "\n", encoding="utf-8")

    return damage


def turned(rows):
    body = [row[1:] for row in rows[1:]]
    for row, cells in zip(rows[1:], body[::-1], strict=True):
        row[1:] = cells[::-1]


def exchanged(rows):
    rows[4][3], rows[5][3] = rows[5][3], rows[4][3]


def set_cell(row, column, value):
    def change(rows):
        rows[row][column] = value

    return change


def conflicting(s):
    """An export that names its samples, two of them exchanged, and a layout of the same plate."""
    rows = s.rows("plates")
    rows[1][rows[0].index("layout")] = "config/layouts/CYT-03.tsv"
    s.write("plates", rows)
    wells = {}
    for row in csv.reader(io.StringIO((s / CYT).read_text(encoding="utf-8"))):
        if row[:1] and row[0].endswith(")") and "," in row[0]:
            wells.setdefault(row[0].split(",")[1].rstrip(")"), row[1])
    names = {"Background0": "blank"}
    lines = ["\t" + "\t".join(map(str, range(1, 13)))]
    for letter in "ABCDEFGH":
        cells = []
        for column in range(1, 13):
            name = wells.get(f"{letter}{column}", "empty")
            name = names.get(name, name.replace("Standard", "S").replace("Control", "QC"))
            cells.append(f"{name}@2" if name.startswith("P0") else name)
        lines.append("\t".join([letter, *cells]))
    text = "\n".join(lines).replace("P05-R-D1@2", "P05-R-M2@2", 1)
    (s / "config/layouts/CYT-03.tsv").write_text(text + "\n", encoding="utf-8")


def copied(s):
    """The BAFF export once more under another name, with one digit of its time changed."""
    text = (s / BAFF).read_text(encoding="utf-8").replace("Time\t", "Time\t1", 1)
    name = BAFF.replace("BAFF.txt", "BAFF_again.txt")
    (s / name).write_text(text, encoding="utf-8")
    (s / "config/layouts/BAFF-04.tsv").write_text((s / "config/layouts/BAFF-03.tsv").read_text(encoding="utf-8"))
    s.add("plates", plate="BAFF-04", batch="2025-06-bcma-axis", panel="baff", file=name, plate_in_file="Plate 1",
          layout="config/layouts/BAFF-04.tsv", run_date="2025-06-17", kit_lot="SIM-BAFF-25", include="yes")  # fmt: skip


def ambiguous(s):
    text = (s / SBCMA).read_text(encoding="utf-8")
    (s / SBCMA).write_text(re.sub(r"\d\.(\d{3})", r"1,\1", text), encoding="utf-8")


def signal(value, column=2):
    """Every signal of one analyte of the cytokine export, set to one value."""

    def change(rows):
        inside = False
        for row in rows:
            inside = row[:2] == ["DataType:", "Median"] or (inside and bool(row) and row[0] != "DataType:")
            if inside and row[0].endswith(")"):
                row[column] = value

    return lambda s: s.export_rows(CYT, change)


def twice_named(s):
    s.edit(ANALYTES, "\tIL6\t", "\tIL6;IL10\t")
    s.edit(ANALYTES, "\tIL10\t", "\tIL-10x\t")


def doubled(rows):
    at = next(index for index, row in enumerate(rows) if row[:1] == ["3(1,C1)"])
    rows.insert(at, list(rows[at]))


def scale_results(factor):
    """A second delivery of the laboratory, its values multiplied, in a batch of its own."""

    def damage(s):
        rows = list(csv.reader(io.StringIO((s / ACHR).read_text(encoding="utf-8"))))
        first = [rows[0], *([*row[:2], f"{1 + 0.1 * i:g}", *row[3:]] for i, row in enumerate(rows[1:]))]
        second = [
            rows[0],
            *(
                [*row[:2], f"{factor * (1 + 0.1 * i):g}", *row[3:5], "99999", *row[6:]]
                for i, row in enumerate(rows[1:])
            ),
        ]
        for name, content in ((ACHR, first), (ACHR.replace(".csv", "_2.csv"), second)):
            out = io.StringIO()
            csv.writer(out, lineterminator="\n").writerows(content)
            (s / name).write_text(out.getvalue(), encoding="utf-8")
        s.add("plates", plate="ACHR-03", batch="2025-07-achr", panel="achr", file=ACHR.replace(".csv", "_2.csv"),
              format="result_table", run_date="2025-07-25", include="yes")  # fmt: skip

    return damage


def validated(low, high):
    def damage(s):
        rows = s.rows("analytes")
        rows[0] += ["lloq_validated", "uloq_validated"]
        for row in rows[1:]:
            row += [low, high] if row[0] == "IL-6" else ["", ""]
        rows[1][rows[0].index("limit_rule")] = "validated"
        s.write("analytes", rows)

    return damage


def amendment(**values):
    given = {"amendment": "A90", "reason": "checked with the laboratory", "who": "KM", "when": "2025-07-01", **values}
    return lambda s: s.add("amendments", **given)


def score(row, column, value):
    def damage(s):
        def change(book):
            page = book.worksheets[0]
            names = [each.value for each in page[1]]
            page.cell(row, names.index(column) + 1).value = value

        s.change_workbook("config/scores.xlsx", change)

    return damage


SCORES = "config/scores.xlsx"

# fmt: off
CASES = [
    Case("45", "no such well", long_layout(lambda wells: wells[1].__setitem__(0, "A0")), "E-WELL-060", "QUARANTINE",
         LAYOUT, 'well "A0"', "2", "well"),
    Case("45", "no such row", layout(set_cell(1, 0, "Z")), "E-WELL-060", "QUARANTINE", LAYOUT, 'row letter "Z"', "2"),
    Case("45", "no well at all", long_layout(lambda wells: wells[1].__setitem__(0, "1A")), "E-ID-047", "QUARANTINE",
         LAYOUT, '"1A"', "2", "well"),
    Case("46", "well twice in the layout", long_layout(lambda wells: wells.append(list(wells[3]))), "E-WELL-061",
         "QUARANTINE", LAYOUT, "A03 appears already in row 4 (all cells are the same)", "98", "well"),
    Case("46", "well of two meanings", long_layout(lambda wells: wells.append([*wells[3][:-1], "999"])), "E-WELL-061",
         "STOP", LAYOUT, "A03 appears already in row 4 (with other cells)", "98", "well"),
    Case("46", "row twice in the layout", layout(set_cell(2, 0, "A")), "E-WELL-061", "STOP", LAYOUT,
         "row A appears already in row 2", "3"),
    Case("46", "well missing in the layout", long_layout(lambda wells: wells.pop(5)), "E-READ-014", "QUARANTINE",
         LAYOUT, "wells A05 are in the export but not in the layout"),
    Case("46", "well of another plate size",
         long_layout(lambda wells: wells.append(["I1", "sample", "P07-R-D1", "", "100"])), "E-READ-014", "QUARANTINE",
         LAYOUT, "wells I01 are in the layout only"),
    Case("46", "well twice in the export", lambda s: s.export_rows(CYT, doubled), "E-WELL-061", "QUARANTINE", CYT,
         "C01"),
    Case("47", "layout of eleven columns", layout(lambda rows: [row.pop() for row in rows] and None), "E-WELL-062",
         "QUARANTINE", LAYOUT, "the columns are not 1 to 12", "1"),
    Case("47", "sample without a name", long_layout(lambda wells: wells[5].__setitem__(2, "")), "E-WELL-062",
         "QUARANTINE", LAYOUT, "sample without sample_id: A05", "A05", "sample_id"),
    Case("48", "layout and export disagree", conflicting, "E-WELL-063", "QUARANTINE", "config/layouts/CYT-03.tsv",
         'the layout says "P05-R-M2", the export says "P05-R-D1"'),
    Case("49", "wells exchanged", layout(exchanged), "W-WELL-064", "FLAG", SBCMA,
         "each disagree with themselves and agree with one another"),
    Case("49", "well of another sample", layout(set_cell(4, 3, "P07-R-D1@100")), "W-WELL-066", "FLAG", SBCMA,
         "nearly all samples are in 2 wells, but P05-R-D1 at 1:100 in 1, P07-R-D1 at 1:100 in 3"),
    Case("50", "plate turned", layout(turned), "E-WELL-065", "QUARANTINE", SBCMA, "turned by 180 degrees"),
    Case("51", "no standards", edit(LAYOUT, "S", "P05-R-M9 S", 99), "E-WELL-066", "QUARANTINE", SBCMA,
         "no standard wells"),
    Case("52", "standard of zero", cell("materials", 2, "expected", "0"), "E-VAL-084", "STOP", MATERIALS,
         "0 is out of range", "2", "expected"),
    Case("52", "standard without value", cell("materials", 2, "expected", ""), "W-LOT-073", "FLAG", MATERIALS,
         "1 rows without an expected concentration: ", "2", "expected"),
    Case("52", "standards out of order", cell("materials", 14, "expected", "90000"), "E-WELL-067", "STOP", MATERIALS,
         "the standards of a series must fall from level to level", "", "expected"),
    Case("52", "level of no certificate", edit(LAYOUT, "\tS1\tS1", "\tS9\tS9"), "E-WELL-067", "QUARANTINE", SBCMA,
         "no expected concentration at level S9 for sBCMA"),
    Case("53", "dilution of zero", edit(LAYOUT, "P05-R-D1@100", "P05-R-D1@0"), "E-WELL-068", "QUARANTINE", LAYOUT,
         'dilution "0" in "P05-R-D1@0"', "D03"),
    Case("53", "dilution as a ratio", long_layout(lambda wells: wells[5].__setitem__(4, "1:100")), "E-VAL-082",
         "QUARANTINE", LAYOUT, "write 100", "6", "dilution"),
    Case("53", "dilution in words", edit(LAYOUT, "P05-R-D1@100", "P05-R-D1@neat"), "E-WELL-068", "QUARANTINE", LAYOUT,
         'dilution "neat"', "D03"),
    Case("54", "plate named twice", cell("plates", 2, "plate", "ISO-03"), "E-ID-040", "STOP", PLATES,
         "ISO-03 appears already", "3"),
    Case("54", "one export, two plates", cell("plates", 3, "file", CYT), "E-WELL-069", "STOP", PLATES,
         "is already plate CYT-03", "3", "file"),
    Case("54", "one run exported twice", copied, "E-WELL-069", "STOP", BAFF.replace("BAFF.txt", "BAFF_again.txt"),
         "signals of plate BAFF-04 are those of plate BAFF-03"),
    Case("55", "run in the future", cell("plates", 2, "run_date", "2099-01-01"), "E-WELL-070", "STOP", PLATES,
         "2099-01-01 has not come yet", "2", "run_date"),
    Case("55", "run before collection", cell("plates", 2, "run_date", "2024-06-10"), "E-WELL-070", "FLAG", CYT,
         "was run on 2024-06-10, sample P05-R-M2 was collected on 2024-06-28 (and 9 more of its samples)", "", "run_date"),
    Case("56", "unknown lot", cell("plates", 2, "kit_lot", "SIM-CYTOKINES-52"), "E-LOT-071", "FLAG", PLATES,
         "is not in the materials sheet – ", "2", "kit_lot"),
    Case("56", "no lot", cell("plates", 2, "kit_lot", ""), "E-LOT-071", "STOP", PLATES, "CYT-03 names no lot", "2",
         "kit_lot"),
    Case("57", "expired lot", cell("materials", 2, "expiry", "2025-01-31"), "W-LOT-072", "FLAG", PLATES,
         "expired on 2025-01-31", "2", "run_date"),

    Case("58", "unknown code for a value", edit(ACHR, "<0.02", "n.b."), "E-DLV-005", "QUARANTINE", ACHR, '"n.b."', "2",
         "Result"),
    Case("59", "decimal comma", cell("materials", 2, "expected", "1200,5"), "E-VAL-081", "STOP", MATERIALS,
         "decimal comma?", "2", "expected"),
    Case("59", "comma of two meanings", ambiguous, "V-081", "QUARANTINE", SBCMA, "numbers like 1,234"),
    Case("59", "comma in a delivery", edit(ACHR, "<0.02", '"1,234"', 99), "E-DLV-005", "QUARANTINE", ACHR, '"1,234"',
         "2", "Result"),
    Case("60", "grouped digits", cell("materials", 2, "expected", "1_200"), "E-VAL-082", "STOP", MATERIALS, '"1_200"',
         "2"),
    Case("60", "full-width digits", cell("materials", 2, "expected", "１２"), "E-VAL-082", "STOP", MATERIALS, "１２", "2"),
    Case("60", "infinite", cell("materials", 2, "expected", "inf"), "E-VAL-082", "STOP", MATERIALS, '"inf"', "2"),
    Case("60", "too large a number", cell("materials", 2, "expected", "1e999"), "E-VAL-082", "STOP", MATERIALS,
         "1e999", "2"),
    Case("60", "text for a signal", lambda s: s.export_rows(CYT, set_cell(40, 2, "abc")), "V-082", "FLAG", CYT,
         '"abc"'),
    Case("61", "signal below zero", edit(SBCMA, "\t1.019", "\t-1.019"), "V-083", "FLAG", SBCMA, "1 signal below zero",
         judged=True),
    Case("62", "analyte that reads zero", signal("0"), "V-084", "EXCLUDE", CYT, "wells of IL-6 read 0", "", "IL-6",
         True),
    Case("63", "few beads", lambda s: s.change_workbook(ISO, lambda book: book.worksheets[0].__setitem__("P40", 20)),
         "X-BEAD", "EXCLUDE", ISO, "below 35 beads", judged=True),
    Case("64", "analyte not in the panel", edit(CYT, '"IL6"', '"IL\u20136"', 99), "E-ID-086", "STOP", CYT,
         "is not in panel cytokines (did you mean IL6?)", "", "IL\u20136"),
    Case("64", "analyte not in the export",
         lambda s: s.add("analytes", analyte="IL-99", panel="cytokines", group="cytokine", unit="pg/mL"), "E-CMP-005",
         "QUARANTINE", CYT, "analyte IL-99 of panel cytokines has no well in the export", "", "IL-99", True),
    Case("65", "name of two analytes", edit(ANALYTES, "\tTNFa\t", "\tTNFa;IL6\t"), "E-ID-087", "STOP", ANALYTES,
         '"IL6" also names IL-6 (row 2)', "3", "names_in_export"),
    Case("65", "two columns of one analyte", twice_named, "E-ID-087", "STOP", CYT,
         '"IL6" and "IL10" of the export are both IL-6', "", "IL10"),
    Case("66", "unknown unit", cell("analytes", 2, "unit", "pg/dL"), "E-UNIT-001", "STOP", ANALYTES,
         'unit "pg/dL" is not known', "2", "unit"),
    Case("66", "unit of the standards", cell("materials", 2, "unit", "ng/mL"), "E-UNIT-088", "STOP", MATERIALS,
         "(1 ng/mL would be 1000 pg/mL)", "2", "unit"),
    Case("66", "unit of the export", edit(CYT, '"pg/mL"', '"ng/mL"', 99), "E-UNIT-088", "STOP", CYT,
         "the export states ng/mL for IL-6, the sheets pg/mL", "", "IL-6"),
    Case("66", "units of two kinds", cell("analytes", 2, "standard_unit", "nmol/L"), "E-UNIT-002", "STOP", ANALYTES,
         "nmol/L cannot be converted to pg/mL", "2", "standard_unit"),
    Case("66", "unit of a delivery", edit(ACHR, "nmol/L", "mg/dL"), "E-DLV-007", "QUARANTINE", ACHR,
         '"mg/dL" of 1 results cannot be converted', "2", "unit"),
    Case("67", "batch a thousand times higher", scale_results(1000), "W-UNIT-088", "FLAG",
         ACHR.replace(".csv", "_2.csv"), "in batch 2025-07-achr", "", "anti-AChR", True),
    Case("68", "limits in the wrong order", validated("50", "5"), "E-LIM-089", "STOP", ANALYTES,
         "LLOQ 50 is not below ULOQ 5", "2", "lloq_validated"),
    Case("68", "limit missing", validated("", "50"), "E-LIM-001", "STOP", ANALYTES, "lloq_validated is empty", "2", "limit_rule"),
    Case("68", "limit of zero", validated("0", "50"), "E-VAL-084", "STOP", ANALYTES, "it must be above 0", "2",
         "lloq_validated"),
    Case("68", "limits beyond the standards", validated("0.0001", "50000"), "E-LIM-002", "STOP", ANALYTES,
         "beyond its standards a curve is a guess", "2", "lloq_validated"),
    Case("68", "control beyond the limits", validated("2", "3"), "E-LIM-002", "STOP", MATERIALS, "outside 2 to 3", "",
         "expected"),
    Case("69", "control as a range only",
         lambda s: s.add("materials", panel="baff", kit_lot="SIM-BAFF-25", material="control", level="QC4",
         analyte="BAFF", low="1", high="2", unit="pg/mL"),
         "W-LOT-073", "FLAG", MATERIALS, "1 rows without an expected concentration: baff QC4", "", "expected"),
    Case("69", "control outside its range",
         lambda s: s.add("materials", panel="baff", kit_lot="SIM-BAFF-25", material="control", level="QC4",
         analyte="BAFF", expected="3", low="1", high="2", unit="pg/mL"),
         "E-LIM-089", "STOP", MATERIALS, "expected does not lie between low and high", "", "expected"),
    Case("70", "two limits for one analyte",
         lambda s: s.write("analytes", [*s.rows("analytes"), [*s.rows("analytes")[1][:-1], "precision_profile"]]),
         "E-ID-040", "STOP", ANALYTES, "with another limit_rule", "", "analyte"),

    Case("71", "day and month", cell("samples", 2, "collection_date", "03/04/2024"), "E-DATE-100", "STOP", SAMPLES,
         "day and month, or the century, could be confused", "2", "collection_date"),
    Case("71", "serial number of a day", cell("samples", 2, "collection_date", "46085"), "E-DATE-100", "STOP", SAMPLES,
         '"46085"', "2"),
    Case("72", "no such day", cell("samples", 2, "collection_date", "2024-02-31"), "E-DATE-100", "STOP", SAMPLES,
         "no such day", "2"),
    Case("72", "wrong century", cell("samples", 2, "collection_date", "1924-05-06"), "E-DATE-102", "STOP", SAMPLES,
         "no date of a study lies before 1990", "2", "collection_date"),
    Case("72", "collected tomorrow", cell("samples", 2, "collection_date", "2099-05-06"), "E-DATE-101", "STOP",
         SAMPLES, "has not come yet", "2", "collection_date"),
    Case("72", "collected after withdrawal",
         lambda s: s.add("events", participant="P05", course="retreatment", event="withdrawal", date="2024-07-01"),
         "W-DATE-101", "FLAG", SAMPLES, "after the withdrawal on 2024-07-01", "4", "collection_date"),
    Case("73", "outside its window", cell("samples", 3, "collection_date", "2024-08-20"), "W-VIS-102", "FLAG", SAMPLES,
         "P05 retreatment M2 was on day 107", "3", "collection_date", judged=True),
    Case("73", "windows overlap", cell("visits", 4, "window_before", "40"), "E-VIS-102", "STOP", "config/visits.tsv",
         "the windows of M2 (to day 64) and M3 (from day 45) overlap", "4", "window_before"),
    Case("74", "two samples of one visit",
         several(cell("samples", 3, "visit", "D1"), cell("samples", 3, "collection_date", "2024-05-05")), "W-VIS-103",
         "FLAG", SAMPLES, "visits 1, tubes 1: P05-R-M2 (row 3)", "3", "visit", judged=True),
    Case("75", "no baseline visit", cell("visits", 2, "baseline", "no"), "E-VIS-104", "STOP", "config/visits.tsv",
         "0 baseline visits", "", "baseline"),
    Case("75", "two baseline visits", cell("visits", 3, "baseline", "yes"), "E-VIS-104", "STOP", "config/visits.tsv",
         "2 baseline visits", "", "baseline"),
    Case("75", "no baseline sample", cell("samples", 2, "visit", "M9"), "W-VIS-104", "FLAG", "config/courses.tsv",
         "P05 retreatment has samples and none of the baseline visit D1", "", "course"),
    Case("76", "score out of range", score(2, "MGC", 51), "E-VAL-084", "STOP", SCORES, "51 is out of range", "2",
         "MGC"),
    Case("76", "half a point", score(2, "MGC", 12.5), "E-VAL-083", "STOP", SCORES, "12.5 is not a whole number", "2",
         "MGC"),
    Case("76", "score in words", score(2, "MGC", "mild"), "E-VAL-082", "STOP", SCORES, '"mild" is not a number', "2",
         "MGC"),
    Case("76", "score twice", score(3, "visit", "D1"), "E-ID-040", "STOP", SCORES, "P01, first, D1 appears already",
         "3", "visit"),
    Case("76", "visit of another name", score(2, "visit", "Day 1"), "E-REF-006", "STOP", SCORES,
         '"Day 1" is not in the visits sheet', "2", "visit"),
    Case("76", "scale misspelt", score(1, "QMG", "QMGS"), "E-XLS-030", "STOP", SCORES, "did you mean QMG?", "",
         "QMGS"),
    Case("77", "two schedules of one person",
         lambda s: s.add("participants", participant="P01", status="enrolled", schedule="weekly", sex="female",
         age="46", antibody="AChR"),
         "E-ID-040", "STOP", "config/participants.tsv", "with another schedule", "18", "participant"),
    Case("77", "schedule missing", cell("participants", 2, "schedule", ""), "E-PPT-001", "STOP",
         "config/participants.tsv", "P01 is enrolled without a schedule", "2", "schedule"),
    Case("78", "correction that matches nothing",
         amendment(what="sample_id", plate="CYT-03", **{"from": "P99", "to": "P05-R-D1"}), "E-AMD-120", "STOP",
         "config/amendments.tsv", "from P99, to P05-R-D1 matches nothing"),
    Case("78", "correction of no plate", amendment(what="exclude_well", plate="CYT-99", well="A01"), "E-AMD-120",
         "STOP", "config/amendments.tsv", '"CYT-99" is not in the plates sheet', "", "plate"),
    Case("78", "correction of no result", amendment(what="exclude_result", sample_id="P99-D1", analyte="IL-6"),
         "E-AMD-120", "STOP", "config/amendments.tsv",
         "exclude_result of analyte IL-6, sample_id P99-D1 matches nothing", judged=True),
    Case("78", "correction without a target", amendment(what="sample_id", plate="CYT-03", **{"from": "P99"}),
         "E-AMD-121", "STOP", "config/amendments.tsv", "sample_id without to", "", "to"),
    Case("78", "strength in words", amendment(what="standard_strength", plate="CYT-03", to="half"), "E-AMD-121",
         "STOP", "config/amendments.tsv", '"half" is not a positive number', "", "to"),
    Case("78", "two corrections of one thing",
         several(amendment(what="standard_strength", plate="CYT-03", to="0.5"), amendment(amendment="A91",
         what="standard_strength", plate="CYT-03", to="0.8")),
         "E-AMD-122", "STOP", "config/amendments.tsv", "it amends the same as A90"),
    Case("78", "correction without a reason", amendment(what="exclude_well", plate="CYT-03", well="A01", reason="bad"),
         "E-VAL-003", "STOP", "config/amendments.tsv", "too short to be understood later", "", "reason"),

    Case("", "plate set aside without a reason", cell("plates", 2, "include", "no"), "E-PLT-001", "STOP", PLATES,
         "set aside without a reason", "2", "reason"),
    Case("", "neither yes nor no", cell("plates", 2, "include", "maybe"), "E-VAL-001", "STOP", PLATES, '"maybe"', "2",
         "include"),
    Case("", "unknown word", cell("events", 2, "event", "infusoin"), "E-VAL-002", "STOP", "config/events.tsv",
         "(did you mean infusion?)", "2", "event"),
    Case("", "plate not in the file", cell("plates", 7, "plate_in_file", "Plate_VAC-30"), "E-PLT-003", "STOP", VAC,
         'no plate "Plate_VAC-30"'),
    Case("", "format for a laboratory", cell("plates", 8, "format", "gen5"), "E-PLT-002", "STOP", PLATES,
         'format "gen5"', "8", "format"),
    Case("", "unknown format", cell("plates", 2, "format", "xponnet"), "E-READ-004", "QUARANTINE", CYT,
         'format "xponnet"'),
    Case("", "panel of no sheet", cell("plates", 2, "panel", "cytokine"), "E-REF-001", "STOP", PLATES,
         "did you mean cytokines?", "2"),
    Case("", "analyte of no sheet", cell("materials", 2, "analyte", "IL-66"), "E-REF-002", "STOP", MATERIALS,
         '"IL-66" is not in the analytes sheet – ', "2"),
    Case("", "analyte of another panel", cell("materials", 2, "panel", "isotypes"), "E-REF-003", "STOP", MATERIALS,
         "IL-6 belongs to panel cytokines", "2", "panel"),
    Case("", "unknown criteria", cell("panels", 2, "criteria_set", "ich_m9"), "E-REF-004", "STOP", "config/panels.tsv",
         '"ich_m9" is no criteria set', "2", "criteria_set"),
    Case("", "criteria without curves", cell("panels", 2, "criteria_set", "reported_by_laboratory"), "E-REF-004", "STOP",
         "config/panels.tsv", '"reported_by_laboratory" has no rules for curves', "2", "criteria_set"),
    Case("", "course of no sheet", cell("samples", 2, "course", "third"), "E-REF-005", "STOP", SAMPLES,
         'P05 has no course "third"', "2"),
    Case("", "visit of no sheet", cell("samples", 2, "visit", "Wk 4"), "E-REF-006", "STOP", SAMPLES, '"Wk 4"', "2",
         "visit"),
    Case("", "dilutions in the wrong order", cell("panels", 2, "min_dilution", "200"), "E-VAL-085", "STOP",
         "config/panels.tsv", "min_dilution is above max_dilution", "2", "min_dilution"),
    Case("", "storage in words", column("panels", 2, "max_storage_days", "2 years"), "E-VAL-082", "STOP",
         "config/panels.tsv", '"2 years" is not a number', "2", "max_storage_days"),
    Case("", "storage below zero", column("panels", 2, "max_storage_days", "-30"), "E-VAL-084", "STOP",
         "config/panels.tsv", "at least 0", "2", "max_storage_days"),
    Case("", "half a freeze-thaw cycle", column("panels", 2, "max_freeze_thaw", "2.5"), "E-VAL-083", "STOP",
         "config/panels.tsv", "2.5 is not a whole number", "2", "max_freeze_thaw"),
    Case("", "freeze-thaw cycles below zero", cell("samples", 2, "freeze_thaw", "-1"), "E-VAL-084", "STOP", SAMPLES,
         "at least 0", "2", "freeze_thaw"),
    Case("", "specimen misspelt", cell("samples", 3, "specimen", "serun"), "W-REF-011", "FLAG", SAMPLES,
         "which no kit is validated for (did you mean serum?)", "3", "specimen"),
    Case("", "half a day", cell("visits", 3, "day", "57.5"), "E-VAL-083", "STOP", "config/visits.tsv",
         "not a whole number", "3", "day"),
    Case("", "two first courses", lambda s: s.edit("config/courses.tsv", "P05\tretreatment\t2", "P05\tretreatment\t1"),
         "E-ID-040", "STOP", "config/courses.tsv", "P05 has two courses of order 1", "", "order"),
]
