"""Damages of a study, chosen by hand: one entry says what is done to the small study and which words must name the place.

Each is something that happens in a laboratory: a cell retyped, a column sorted alone, an export cut short. `judge` says how
the study took it:

- stopped: nothing was computed, and a new problem names the place;
- set aside: a new QUARANTINE or EXCLUDE names it;
- flagged: a new FLAG names it;
- shown: no new problem, but every result that differs carries a reason, a flag or an amendment, or every value stays with
  its participant and visit and only its tube is another;
- identical: every table of the study is the same;
- silent: anything else.
"""

import re
from dataclasses import dataclass

import pandas as pd

from ..bad_inputs.cases import ACHR, BAFF, CYT, ISO, LAYOUT, SBCMA, VAC

APRIL = BAFF.replace("BAFF", "APRIL")
TABLES = ("results", "observations", "ledger")


@dataclass(frozen=True)
class Damage:
    """`kind` as in the list of kinds, `does` what is done, `damage` a function of a Folder, `names` words of the place."""

    kind: str
    does: str
    damage: object
    names: tuple

    def __str__(self):
        return f"{self.kind}: {self.does}".replace(" ", "-")


def judge(before, after, names):
    """(verdict, the new problems); `names` are words one of which must stand in a problem that names the place."""
    known = set(before.messages())
    new = [problem for problem in after.problems if problem.message not in known]
    naming = [problem for problem in new if any(name in problem.message for name in names)]
    levels = {problem.level for problem in naming}
    if after.stopped:
        return ("stopped" if "STOP" in levels else "silent"), new
    if levels & {"QUARANTINE", "EXCLUDE"}:
        return "set aside", new
    if levels:
        return "flagged", new
    changed = [name for name in TABLES if not _same(before.tables[name], after.tables[name])]
    if not changed:
        return "identical", new
    stays = [run.tables["observations"].drop(columns="sample_id") for run in (before, after)]
    shown = _says_why(before.tables["results"], after.tables["results"]) or _same(*stays)
    return ("shown" if shown else "silent"), new


def _plain(frame):
    dropped = [name for name in ("file_sha256", "file_row", "record", "wells") if name in frame.columns]
    frame = frame.drop(columns=dropped)
    return frame.sort_values(list(frame.columns), ignore_index=True, key=lambda column: column.astype("str"))


def _same(one, other):
    one, other = _plain(one), _plain(other)
    return one.shape == other.shape and one.equals(other)


def _says_why(before, after):
    """Whether every result that differs says so itself: it has a reason, a flag or an amendment that it had not."""
    key = ["sample_id", "analyte"]
    both = before.merge(after, on=key, how="outer", suffixes=("", "_after"), indicator=True)
    if (both["_merge"] != "both").any():
        return False
    moved = (
        both[["value", "lower", "upper"]].fillna(-1).to_numpy()
        != both[["value_after", "lower_after", "upper_after"]].fillna(-1).to_numpy()
    )
    rows = both[moved.any(axis=1) | (both["status"] != both["status_after"])]
    said = [name for name in ("reason", "flags", "amendments") if name in before.columns]
    told = pd.concat(
        [rows[f"{name}_after"].notna() & (rows[f"{name}_after"] != rows[name].fillna("")) for name in said], axis=1
    )
    return len(rows) > 0 and bool(told.any(axis=1).all())


# --- ways of damaging -------------------------------------------------------------------------------------------------


def edit(file, old, new, count=1):
    return lambda folder: folder.edit(file, old, new, count)


def cell(sheet, row, column, value):
    return lambda folder: folder.cell(sheet, row, column, value)


def both(*damages):
    def damage(folder):
        for each in damages:
            each(folder)

    return damage


def table(file, change, delimiter=","):
    """`change` gets the rows of a delimited file, header first, and alters them in place."""
    return lambda folder: folder.export_rows(file, change, delimiter)


def results(change):
    """Alter the laboratory's table."""
    return table(ACHR, change)


def set_result(sample, column, value):
    def change(rows):
        at = rows[0].index(column)
        row = next(row for row in rows[1:] if row[0] == sample)
        row[at] = value

    return results(change)


def new_column(name, values, after=None):
    """A further column of the laboratory's table; `values` by sample, "" elsewhere."""

    def change(rows):
        at = rows[0].index(after) + 1 if after else len(rows[0])
        rows[0].insert(at, name)
        for row in rows[1:]:
            row.insert(at, values(row) if callable(values) else values.get(row[0], ""))

    return results(change)


def sort_alone(sheet, column):
    """Sort one column of a sheet, as a spreadsheet does that was told not to expand the selection."""

    def damage(folder):
        rows = folder.rows(sheet)
        at = rows[0].index(column)
        values = sorted((row[at] for row in rows[1:]), key=lambda text: text[::-1])
        for row, value in zip(rows[1:], values, strict=True):
            row[at] = value
        folder.write(sheet, rows)

    return damage


def shift_down(sheet, column):
    """Move one column down by a row, the last value to the top."""

    def damage(folder):
        rows = folder.rows(sheet)
        at = rows[0].index(column)
        values = [row[at] for row in rows[1:]]
        for row, value in zip(rows[1:], [values[-1], *values[:-1]], strict=True):
            row[at] = value
        folder.write(sheet, rows)

    return damage


def exchange(sheet, column, one, other):
    """Exchange the cells of two rows (as the user sees them)."""

    def damage(folder):
        rows = folder.rows(sheet)
        at = rows[0].index(column)
        rows[one - 1][at], rows[other - 1][at] = rows[other - 1][at], rows[one - 1][at]
        folder.write(sheet, rows)

    return damage


def without(file, pattern, count=1):
    """Take away the lines that match; exactly `count` of them must be there."""

    def damage(folder):
        lines = (folder / file).read_text(encoding="utf-8").split("\n")
        kept = [line for line in lines if not re.search(pattern, line)]
        assert len(lines) - len(kept) == count, len(lines) - len(kept)
        (folder / file).write_text("\n".join(kept), encoding="utf-8")

    return damage


def cut(file, share):
    """Keep only the first part of a text file."""

    def damage(folder):
        content = (folder / file).read_bytes()
        (folder / file).write_bytes(content[: int(len(content) * share)])

    return damage


def workbook(change):
    """Alter every sheet of the workbook of isotypes."""

    def damage(folder):
        folder.change_workbook(ISO, lambda book: [change(page) for page in book])

    return damage


def find_row(page, text):
    return next(row for row in page.iter_rows() if any(each.value == text for each in row))


def hide_row(page):
    page.row_dimensions[find_row(page, "P05-R-M3")[0].row].hidden = True


def hide_format(page):
    for each in find_row(page, "P06-R-D1"):
        each.number_format = ";;;"


def height_zero(page):
    page.row_dimensions[find_row(page, "P06-R-M2")[0].row].height = 0


def other_lot(page):
    for row in page.iter_rows(max_row=10):
        if str(row[0].value).startswith("Standard Lot"):
            row[0].value = "Standard Lot: SIM-ISOTYPES-24"


def drop_block_column(name):
    """Take an analyte out of every block of the xPONENT export."""

    def change(rows):
        at = None
        for row in rows:
            if name in row:
                at = row.index(name)
            if at is not None and len(row) > at:
                del row[at]

    return table(CYT, change)


def drop_well(location):
    """Take one well out of every block of the xPONENT export."""
    return table(
        CYT, lambda rows: rows.__setitem__(slice(None), [row for row in rows if not row or row[0] != location])
    )


def second_tube(folder):
    """The cytokines of one visit were measured in another tube, which the samples sheet names too."""
    folder.edit(CYT, "P05-R-M2", "P05-R-M2B", 100)
    folder.add("samples", sample_id="P05-R-M2B", participant="P05", course="retreatment", visit="M2",
               collection_date="2024-06-28", specimen="serum", freeze_thaw="1")  # fmt: skip


def second_tube_of_all(folder):
    """Two tubes of one visit, both measured for everything the cytokine plate holds."""
    folder.edit(CYT, "P05-R-M3", "P05-R-M2B", 100)
    folder.edit(CYT, "P05-R-M6", "P05-R-M2", 1)
    folder.add("samples", sample_id="P05-R-M2B", participant="P05", course="retreatment", visit="M2",
               collection_date="2024-06-29", specimen="serum", freeze_thaw="1")  # fmt: skip


def replaced(file, other):
    """One export saved under the name of another."""
    return lambda folder: (folder / file).write_bytes((folder / other).read_bytes() + b"\n")


def exchanged(one, other):
    """The contents of two files exchanged."""

    def damage(folder):
        first, second = (folder / one).read_bytes(), (folder / other).read_bytes()
        (folder / one).write_bytes(second)
        (folder / other).write_bytes(first)

    return damage


def excluded_with_course(folder):
    folder.cell("participants", 6, "status", "excluded")
    folder.cell("participants", 6, "reason", "withdrew consent")


def times_in_rows(folder):
    """The reader's grid three times, one per minute."""
    text = (folder / SBCMA).read_text(encoding="utf-8")
    start = text.index("Results\n")
    grid = text[start:]
    (folder / SBCMA).write_text(
        text[:start].replace("Absorbance Endpoint", "Absorbance Kinetic")
        + "".join(grid.replace("Results", f"Results\nTime {minute}:00", 1) for minute in (0, 1, 2)),
        encoding="utf-8",
    )


def map_of_volumes(folder):
    """A map of pipetting volumes instead of the reader's export."""
    rows = ["\t" + "\t".join(map(str, range(1, 13)))]
    rows += ["\t".join([letter, *(f"{50 + number}" for number in range(12))]) for letter in "ABCDEFGH"]
    (folder / SBCMA).write_text("\n".join(rows) + "\n", encoding="utf-8")


def concentrations_by_well(folder):
    """The cytokine export as a table of concentrations by well."""
    head = "Well,Sample," + ",".join(f"{name} (pg/mL)" for name in ("IL6", "TNFa", "IFNg", "IL10", "IL8", "IL2"))
    samples = ["P05-R-D1", "P05-R-M2", "P05-R-M3", "P05-R-M6", "P06-R-D1", "P06-R-M2"]
    rows = [f"A{at + 1},{name}," + ",".join(f"{5 + at * 3 + k}.5" for k in range(6)) for at, name in enumerate(samples)]
    (folder / CYT).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def od(well, value):
    """Set one well of the soluble BCMA grid (letter and column, H3)."""

    def damage(folder):
        lines = (folder / SBCMA).read_text(encoding="utf-8").split("\n")
        at = next(i for i, line in enumerate(lines) if line.startswith(well[0] + "\t") and line.endswith("450"))
        parts = lines[at].split("\t")
        parts[int(well[1:])] = value
        lines[at] = "\t".join(parts)
        (folder / SBCMA).write_text("\n".join(lines), encoding="utf-8")

    return damage


def broken_workbook(folder):
    (folder / ISO).write_bytes((folder / ISO).read_bytes()[:4000])


def no_dates(folder):
    for row in (2, 5, 8):
        folder.cell("samples", row, "collection_date", "")


def limit_column(value, row=2):
    """A validated LLOQ in the analytes sheet, which has no such column yet."""

    def damage(folder):
        rows = folder.rows("analytes")
        rows[0].append("lloq_fixed")
        for number, each in enumerate(rows[1:], 2):
            each.append(value if number == row else "")
        folder.write("analytes", rows)

    return damage


def wide(rows):
    """The laboratory's table with one column per analyte."""
    found = [["Sample ID", "anti-AChR", "Remark"]]
    found += [[row[0], row[2], ""] for row in rows[1:]]
    rows[:] = found


def wells_relabelled(old, new, count=1):
    return edit(LAYOUT, old, new, count)


def generic_names(folder):
    """A second plate whose names of positions are those of the first."""
    for name in ("P05-R-D1", "P05-R-M2", "P05-R-M3", "P05-R-M6", "P06-R-D1", "P06-R-M2", "P06-R-M3", "P06-R-M6",
                 "P07-R-D1", "P07-R-M2", "P07-R-M3", "P07-R-M6"):  # fmt: skip
        folder.edit(CYT, name, "Sample " + str(hash(name) % 7), 100)


DAMAGES = (
    # one file hides the rest, damaged files
    Damage("one file", "a workbook cut in half", broken_workbook, ("ISO-03.xlsx",)),
    Damage(
        "one file",
        "a binary under the name of a text export",
        lambda f: (f / BAFF).write_bytes(bytes(range(256)) * 20),
        ("BAFF.txt",),
    ),
    # headings
    Damage(
        "headings",
        "a line of group words above the headings",
        edit(VAC, "Plate Name,Sample", "Sample information,,Position,,,,Measured,,Computed\nPlate Name,Sample"),
        ("VAC",),
    ),
    Damage(
        "headings",
        "a title of three texts above the headings",
        edit(VAC, "Plate Name,Sample", "Vaccine antigens,run 3,by TR\nPlate Name,Sample"),
        ("VAC",),
    ),
    Damage(
        "headings", "the heading Dilution is another word", edit(VAC, ",Dilution,", ",Dil. used,"), ("VAC", "Dil. used")
    ),
    Damage("headings", "the heading Well is empty", edit(VAC, ",Well,", ",,"), ("VAC",)),
    # columns that could change a value
    Damage(
        "columns",
        "a second concentration ten times as high",
        new_column("Adjusted result", lambda row: "x" + row[2] if "<" in row[2] else str(float(row[2]) * 10), "Result"),
        ("anti-AChR", "Adjusted result"),
    ),
    Damage(
        "columns", "a column of flags L and H", new_column("Flags", {"P06-R-D1": "H", "P06-R-M2": "L"}), ("anti-AChR",)
    ),
    Damage(
        "columns",
        "a column Below LOD of yes and no",
        new_column("Below LOD", lambda row: "yes" if row[0] == "P06-R-M3" else "no"),
        ("anti-AChR",),
    ),
    Damage(
        "columns",
        "a dilution factor beside the result",
        new_column("Dilution Factor", lambda row: "10", "Result"),
        ("anti-AChR", "Dilution Factor"),
    ),
    Damage(
        "columns", "the result in a column of another name", edit(ACHR, ",Result,", ",Final titre,"), ("anti-AChR",)
    ),
    Damage("columns", "a wide table", results(wide), ("anti-AChR",)),
    # words that decide
    Damage(
        "words",
        "a comment forbids the result",
        set_result("P06-R-D1", "Comment", "haemolysed, do not report"),
        ("P06-R-D1", "do not report"),
    ),
    Damage(
        "words",
        "a comment says provisional",
        set_result("P06-R-M2", "Comment", "result pending confirmation"),
        ("P06-R-M2", "pending"),
    ),
    Damage(
        "words",
        "a status nobody knows",
        new_column("Status", lambda row: "Q7" if row[0] == "P06-R-D1" else "reported"),
        ("Q7",),
    ),
    Damage(
        "words",
        "a status cancelled",
        new_column("Status", lambda row: "Cancelled" if row[0] == "P06-R-D1" else "Final"),
        ("P06-R-D1", "Cancelled"),
    ),
    # censored spellings, limits as text, zeros
    Damage("spellings", "<0.02 with its unit", set_result("P05-R-D1", "Result", "< 0.02 nmol/L"), ("anti-AChR",)),
    Damage("spellings", "another sign for below or equal", set_result("P05-R-D1", "Result", "≤0.02"), ("anti-AChR",)),
    Damage(
        "spellings",
        "below another number than the limit",
        set_result("P05-R-D1", "Result", "<0.5"),
        ("P05-R-D1", "0.5"),
    ),
    Damage("spellings", "not detected", set_result("P06-R-D1", "Result", "n.d."), ("n.d.",)),
    Damage("spellings", "a limit with a sign", edit(ACHR, "nmol/L,0.02,80", "nmol/L,<0.02,80", 30), ("anti-AChR",)),
    Damage(
        "spellings", "a limit with a unit", edit(ACHR, "nmol/L,0.02,80", "nmol/L,0.02 nmol/L,80", 30), ("anti-AChR",)
    ),
    Damage(
        "spellings",
        "the limit of one row a hundred times the others'",
        set_result("P06-R-D1", "LLOQ", "2"),
        ("anti-AChR",),
    ),
    Damage("spellings", "a validated limit with a sign", limit_column("<0.2"), ("lloq_fixed",)),
    Damage("spellings", "a validated limit with a unit", limit_column("0.2 pg/mL"), ("lloq_fixed",)),
    Damage("zero", "a result of zero", set_result("P06-R-D1", "Result", "0"), ("P06-R-D1", "anti-AChR")),
    Damage(
        "zero",
        "a negative result, no limits",
        both(edit(ACHR, ",LLOQ,", ",LLOQ,"), set_result("P06-R-D1", "Result", "-3")),
        ("P06-R-D1", "anti-AChR"),
    ),
    Damage("units", "one row in another unit", set_result("P06-R-D1", "Unit", "pmol/L"), ("pmol/L",)),
    # signals and concentrations
    Damage("signals", "concentrations by well for signals", concentrations_by_well, ("CYT-03",)),
    Damage("signals", "a kinetic read of three minutes", times_in_rows, ("SBCMA",)),
    Damage("signals", "a map of volumes", map_of_volumes, ("SBCMA",)),
    Damage("signals", "one of two wells beyond the detector", od("H3", "OVRFLW"), ("SBCMA-03", "P06-R-D1")),
    Damage(
        "signals",
        "both wells beyond the detector",
        both(od("H3", "OVRFLW"), od("H4", "OVRFLW")),
        ("SBCMA-03", "P06-R-D1"),
    ),
    Damage(
        "signals",
        "the highest standard beyond the detector",
        both(od("A1", "OVRFLW"), od("A2", "OVRFLW")),
        ("SBCMA-03", "S1"),
    ),
    # incompleteness
    Damage("incomplete", "an export cut at a row", cut(VAC, 0.7), ("VAC",)),
    Damage(
        "incomplete",
        "a delivery cut in its last line",
        lambda f: (f / ACHR).write_bytes((f / ACHR).read_bytes()[:-70]),
        ("anti-AChR",),
    ),
    Damage(
        "incomplete", "two samples missing from a delivery", without(ACHR, r"^P07-R-M[36]", 2), ("anti-AChR", "achr")
    ),
    Damage("incomplete", "an analyte gone from a plate", drop_block_column("IL18"), ("IL-18",)),
    Damage("incomplete", "one replicate of a sample gone", drop_well("28(1,D4)"), ("P05-R-D1", "D04")),
    Damage(
        "incomplete",
        "an assay gone from a table of wells",
        table(VAC, lambda rows: rows.__setitem__(slice(None), [row for row in rows if "Measles IgG" not in row])),
        ("measles-IgG",),
    ),
    Damage(
        "incomplete",
        "a replicate of one analyte gone",
        table(
            VAC, lambda rows: rows.__setitem__(slice(None), [row for row in rows if row[2:4] != ["Measles IgG", "D03"]])
        ),
        ("measles-IgG", "D03"),
    ),
    Damage("incomplete", "the last row of a grid gone", without(SBCMA, r"^H\t0"), ("SBCMA",)),
    # what a spreadsheet hides
    Damage("hidden", "a hidden row of an export", workbook(hide_row), ("ISO-03",)),
    Damage("hidden", "a row in the format of nothing", workbook(hide_format), ("ISO-03",)),
    Damage("hidden", "a row of no height", workbook(height_zero), ("ISO-03",)),
    # the export contradicts its row
    Damage(
        "contradiction",
        "the export was read in another year",
        edit(CYT, '"Date","06/10/2025"', '"Date","06/10/2019"'),
        ("CYT-03",),
    ),
    Damage(
        "contradiction",
        "the export is of another plate",
        edit(CYT, '"Batch","CYT-03"', '"Batch","ISO-03"'),
        ("CYT-03",),
    ),
    Damage(
        "contradiction",
        "the export names another lot",
        edit(CYT, '"SIM-CYTOKINES-25",""', '"SIM-CYTOKINES-24",""'),
        ("CYT-03",),
    ),
    Damage("contradiction", "the standards are of another lot", workbook(other_lot), ("ISO-03",)),
    Damage(
        "contradiction",
        "a result dated before the sample was drawn",
        set_result("P07-R-M6", "Result date", "2024-01-02"),
        ("P07-R-M6", "anti-AChR"),
    ),
    Damage(
        "contradiction",
        "the vendor's concentrations are ten times as high",
        table(
            VAC,
            lambda rows: (
                [row.__setitem__(14, str(float(row[14]) * 10)) for row in rows[2:] if row[14] not in ("", "NaN")]
                and None
            ),
        ),
        ("VAC",),
    ),
    Damage("contradiction", "two kits exchanged", exchanged(BAFF, APRIL), ("BAFF-03", "APRIL-03", "BAFF", "APRIL")),
    Damage("contradiction", "two layouts exchanged", exchange("plates", "layout", 4, 5), ("SBCMA-03", "BAFF-03")),
    Damage(
        "contradiction",
        "a plate set aside",
        both(cell("plates", 5, "include", "no"), cell("plates", 5, "reason", "washer failed")),
        ("washer failed",),
    ),
    Damage(
        "contradiction",
        "an amendment excludes a result",
        lambda f: f.add(
            "amendments",
            amendment="A90",
            what="exclude_result",
            sample_id="P06-R-D1",
            analyte="anti-AChR",
            reason="tube thawed overnight",
            who="KM",
            when="2025-07-01",
        ),
        ("A90",),
    ),
    Damage("contradiction", "a standard strength", cell("amendments", 2, "to", "7.5"), ("A02", "ISO-03")),
    # identity
    Damage("identity", "sample_id sorted alone", sort_alone("samples", "sample_id"), ("samples.tsv",)),
    Damage("identity", "participant one row down", shift_down("samples", "participant"), ("samples.tsv",)),
    Damage("identity", "visits of two samples exchanged", exchange("samples", "visit", 2, 4), ("samples.tsv",)),
    Damage("identity", "dates sorted alone", sort_alone("samples", "collection_date"), ("samples.tsv",)),
    Damage("identity", "a second tube for one panel", second_tube, ("P05-R-M2B", "M2")),
    Damage("identity", "a second tube for all", second_tube_of_all, ("P05-R-M2B", "M2")),
    Damage(
        "identity",
        "one well of another participant",
        wells_relabelled("P05-R-D1@100", "P06-R-D1@100"),
        ("P05-R-D1", "P06-R-D1", "SBCMA-03"),
    ),
    # text that selects
    Damage("selection", "a schedule one letter off", cell("participants", 6, "schedule", "six_weeky"), ("six_weeky",)),
    Damage(
        "selection", "a schedule in another case", cell("participants", 6, "schedule", "Six_weekly"), ("Six_weekly",)
    ),
    Damage(
        "selection",
        "a schedule with a space in the config",
        lambda f: f.config(analysed_schedules=["six weekly"]),
        ("six weekly",),
    ),
    Damage("selection", "a group one letter off", cell("analytes", 2, "group", "cytokin"), ("cytokin",)),
    Damage("selection", "a group in another case", cell("analytes", 3, "group", "Cytokine"), ("Cytokine",)),
    # sheets contradict themselves
    Damage("sheets", "excluded with a course", excluded_with_course, ("P05",)),
    Damage("sheets", "order of visits against their days", exchange("visits", "order", 3, 4), ("visits.tsv",)),
    Damage(
        "sheets",
        "a relapse before the first dose",
        edit("config/events.tsv", "P05\tfirst\trelapse\t2024-03-15", "P05\tfirst\trelapse\t2023-03-15"),
        ("P05",),
    ),
    Damage(
        "sheets",
        "the first infusion a year off",
        edit("config/events.tsv", "P06\tfirst\tinfusion\t2023-05-08", "P06\tfirst\tinfusion\t2022-05-08"),
        ("P06",),
    ),
    Damage("sheets", "dates of collection missing", no_dates, ("collection_date",)),
    Damage("sheets", "courses in the other order", exchange("courses", "order", 6, 16), ("P05", "courses")),
    Damage(
        "sheets",
        "a control the materials do not know",
        edit("config/materials.tsv", "\tcontrol\tQC3\t", "\tcontrol\tQC4\t", 100),
        ("QC3", "QC4"),
    ),
    Damage(
        "sheets",
        "a specimen the kit was not validated for",
        cell("samples", 2, "specimen", "plasma"),
        ("plasma", "P05-R-D1"),
    ),
)
