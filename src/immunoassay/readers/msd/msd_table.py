"""MSD DISCOVERY WORKBENCH / Methodical Mind results table: one row per well x spot; csv, txt or xlsx.

A title may stand above the header, the header may run over up to three rows, tables may follow one another (one per
assay in older versions), and a file may hold several plates.
"""

import re
from dataclasses import dataclass

import pandas as pd
from immunoassay.readers import lists, matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export
from immunoassay.readers.plates import Plates

FAMILY = "msd_table"
DECLARED = (
    Declared(
        "Meso Scale Discovery DISCOVERY WORKBENCH and Methodical Mind",
        "",
        "csv, text or workbook, one row per well and assay",
        "real",
        "signals, calculated concentrations, detection ranges, stated concentrations, dilutions",
        "means alone; a table without Sample and Signal",
        "export the experiment data table with Well, Signal and Calc. Concentration",
    ),
)

_NEEDED = {"sample", "signal", "well"}
_MARKS = {"spot", "assay", "adjustedsignal", "adjsigmean", "calcconcentration", "detectionrange"}
_COLUMNS = {
    "platename": "plate",
    "plate": "plate",
    "platebarcode": "plate",
    "barcode": "plate",
    "samplegroup": "group",
    "sample": "sample",
    "assay": "assay",
    "well": "well",
    "spot": "spot",
    "dilution": "dilution",
    "dilutionfactor": "dilution",
    "concentration": "expected",
    "standardconcentration": "expected",
    "standardconc": "expected",
    "signal": "signal",
    "adjustedsignal": "net_signal",
    "calcconcentration": "vendor",
    "calcconc": "vendor",
    "detectionrange": "range",
    "excluded": "excluded",
    "units": "unit",
    "unit": "unit",
}
_MEANS = {"mean", "adjsigmean", "stddeviation", "cv", "recovery", "recoverymean", "calcconcmean", "calcconccv"}
_MEANS |= {"calcconcstddeviation"}
_CURVE = re.compile(r"^(algorithm|fitstatistic|detectionlimits|curve)")
_STANDARD = re.compile(r"(?:std|cal|standard|calibrator)[-_ ]?0*([0-9]+)", re.I)
_S_NUMBER = re.compile(r"S0*([0-9]+)")
_TITLE = re.compile(r"(unknown|sample|standard|calibrator|control|blank)s?:\s*(.+)", re.I)
_CLASSES = (
    ("standard", "standard"),
    ("calibrator", "standard"),
    ("control", "control"),
    ("blank", "blank"),
    ("unknown", "sample"),
    ("sample", "sample"),
)
_EXCLUDED = {"yes", "true", "1", "x", "excluded"}


def recognise(source: sources.Source) -> bool:
    """A header with Sample, Well and Signal and a column of this software (Spot, Assay, Calc. Concentration ...)."""
    return any(_header(rows, at) for _, rows in sources.grids(source) for at in range(min(60, len(rows))))


def read(source: sources.Source) -> Export:
    """Read every plate of every table. Raises NotReadable when no table has data."""
    entries, ignored, curves, title = [], [], [], ""
    for sheet, rows in sources.grids(source):
        for table in _tables(source, sheet, rows):
            title = title or table["title"]
            entries += _entries(table, source, sheet)
            curves += _curve_rows(table)
            ignored += _unused(table)
    if not entries:
        raise matrix.no_signals(source, "an MSD results table", "a row of a well")
    _add_roles(entries)
    plates = Plates()
    for name in dict.fromkeys(entry["plate"] for entry in entries):
        records = [{**entry} for entry in entries if entry["plate"] == name]
        more = {"metadata": {"title": title} if title else {}, "curves": _curve_frame(curves, name)}
        with plates.one(name):
            plates.read.append(matrix.plate(source, name, records, "ecl", **more))
    return plates.export(FAMILY, source, ignored)


# --- tables ----------------------------------------------------------------------------------------------------------


def _tables(source, sheet, rows):
    """Every table: title, header names, columns (name -> position), data rows with their 1-based numbers."""
    index, first = 0, True
    while index < len(rows):
        header = _header(rows, index)
        index += 1
        if header is None:
            continue
        start, names, columns, clash = header
        if clash:
            raise source.refusal(
                "E-READ-030", clash, "it is not certain which column of values is which",
                "delete the lines between the title and the headings, or export again", sheet=sheet, row=index,
            )  # fmt: skip
        well = columns["well"]

        def is_record(row, well=well):
            return len(row) > well and bool(written_cells.wells(row[well]))

        def is_end(row):
            return len(row) > 2 and set(map(_key, row)) >= _NEEDED

        data, index = lists.records(source, sheet, rows, index, len(names), is_record, is_end)
        data = [(number, [*row, *[""] * (len(names) - len(row))]) for number, row in data]
        title = _title(rows[max(0, start - 4) : start])
        above = is_record if first else None
        lists.check_headings(source, sheet, rows, start, data, names, above)
        first = False
        yield {"title": title, "names": names, "columns": columns, "data": data}


def _title(above):
    """The title of a table in the rows above it: the nearest that names a plate or a class of wells, else the nearest."""
    firsts = [first for row in reversed(above) if (first := matrix.first(row))]
    return next((first for first in firsts if _name_of(first) or _TITLE.fullmatch(first)), next(iter(firsts), ""))


def _header(rows, last):
    """(first row, names, role -> position, clash) of the header whose last row is `last`, or None.

    The words of up to two rows above may belong to the headings (`Standard` over `Conc`), or be a title or the name of a
    group of columns (`Preparation` over `Dilution`): they count only where they make a heading that is known of one
    that is not, or another known one. `clash` says, in words, what such a line would take away.
    """
    if len(rows[last]) < 3 or "well" not in map(written_cells.key, rows[last]):
        return None
    if any(written_cells.wells(cell) for cell in rows[last] if isinstance(cell, str)):
        return None
    first = last
    while first > max(0, last - 2) and _is_upper(rows[first - 1]):
        first -= 1
    width = max(map(len, rows[first : last + 1]))
    stacks = zip(
        *([*map(written_cells.text, row), *[""] * (width - len(row))] for row in rows[first : last + 1]), strict=True
    )
    headings = [_heading(stack) for stack in stacks]
    keys = {_key(words) for each in headings for words in (each.name, each.last)}
    if not keys >= _NEEDED or not keys & _MARKS:
        return None
    columns, clash = _roles(headings)
    return last + 1 - max(each.lines for each in headings), [each.name for each in headings], columns, clash


@dataclass(frozen=True)
class _Heading:
    """A column: its name, the lines it takes, its last line, and all words above one another."""

    name: str
    lines: int
    last: str
    whole: str

    @property
    def role(self):
        return _COLUMNS.get(_key(self.name))


def _heading(stack):
    joined = [" ".join(filter(None, stack[at:])) for at in range(len(stack) - 1, -1, -1)]
    known = [lines for lines, name in enumerate(joined, 1) if _key(name) in _COLUMNS]
    if not known and written_cells.key(joined[0]) not in _MEANS:
        known = [lines for lines, name in enumerate(joined, 1) if _CURVE.match(written_cells.key(name))]
    lines = joined.index(joined[known[-1] - 1]) + 1 if known else 1
    return _Heading(joined[lines - 1], lines, stack[-1], joined[-1])


def _roles(headings):
    """(role -> position, clash): of columns of one role the one that has no words above it, where another has some."""
    columns, clash = {}, ""
    for role in dict.fromkeys(each.role for each in headings if each.role):
        places = [at for at, each in enumerate(headings) if each.role == role]
        bare = [at for at in places if headings[at].name == headings[at].whole]
        if len(bare) != 1 and len(bare) < len(places) > 1:
            clash = "columns " + " and ".join(f'"{headings[at].whole}"' for at in places) + f": each may be the {role}"
        columns[role] = (bare or places)[0]
    for each in headings:
        if each.lines > 1 and (alone := _COLUMNS.get(_key(each.last))) and alone not in columns:
            clash = f'"{each.name}" over two lines, and no other column "{each.last}"'
    return columns, clash


def _is_upper(row):
    """Whether a row may hold words of headings above their last line: no data, no header of its own."""
    words = matrix.texts(row)
    return bool(words) and not any(written_cells.wells(word) for word in words) and not set(map(_key, words)) >= _NEEDED


def _key(name):
    """A heading without its unit in brackets, case and signs."""
    return written_cells.key(re.sub(r"\([^)]*\)", "", written_cells.text(name)))


def _entries(table, source, sheet):
    columns, found, sample, decimal = table["columns"], [], "", source.decimal
    class_, assay = "", ""
    match = _TITLE.fullmatch(table["title"])
    if match:
        class_, assay = match[1].lower(), match[2].strip()
    header_unit = matrix.first_unit(table["names"])
    for number, row in table["data"]:

        def cell(name, row=row):
            return row[columns[name]] if name in columns else ""

        sample = written_cells.text(cell("sample")) or (
            sample if match else ""
        )  # per-assay tables name the first replicate
        spot = written_cells.text(cell("spot"))
        analyte = written_cells.text(cell("assay")) or assay or (f"Spot {spot}" if spot else sheet or "signal")
        for well in written_cells.wells(cell("well")):
            entry = matrix.record(
                well,
                analyte,
                cell("signal"),
                decimal,
                number,
                region=spot or None,
                sample=sample or None,
                dilution=source.dilution(cell("dilution"), number, sheet),
                expected=source.value(cell("expected"), "expected concentration", number, sheet),
                net_signal=source.value(cell("net_signal"), "adjusted signal", number, sheet),
                unit=written_cells.text(cell("unit")) or header_unit,
                plate=written_cells.text(cell("plate")) or _name_of(table["title"]),
                role=_role(sample, class_, written_cells.text(cell("group"))),
            )
            if "vendor" in columns:
                matrix.add_vendor(entry, cell("vendor"), decimal)
            if "range" in columns:
                _add_range(entry, written_cells.text(cell("range")))
            if written_cells.text(cell("excluded")).lower() in _EXCLUDED:
                entry["vendor_flag"], entry["vendor_comment"] = "masked", f"Excluded: {cell('excluded')}"
            found.append(entry)
    return found


def _add_range(entry, written):
    """The Detection Range column: a number below the range is extrapolated_low, no number is below_range."""
    low, high = "below" in written.lower(), "above" in written.lower()
    if low == high or entry["vendor_flag"] not in ("none", "not_computed"):
        if low and entry["vendor_flag_text"] is None:
            entry["vendor_flag"], entry["vendor_flag_text"] = "not_computed", written
        return
    number = entry.get("vendor_concentration") is not None
    if low:
        entry["vendor_flag"] = "extrapolated_low" if number else "below_range"
    else:
        entry["vendor_flag"] = "extrapolated_high" if number else "above_range"
    entry["vendor_flag_text"] = "; ".join(filter(None, (entry["vendor_flag_text"], written)))


def _role(sample, class_, group):
    words = group.lower() or class_
    for sign, role in _CLASSES:
        if sign in words:
            return role
    if _STANDARD.fullmatch(sample):
        return "standard"
    if re.match(r"blank\b", sample, re.I):
        return "blank"
    if re.fullmatch(r"U[0-9]{1,4}", sample):
        return "sample"
    return "control" if re.match(r"(control|ctrl|ctl|qc)(?![a-z])", sample, re.I) else None


def _add_roles(entries):
    """S001 is a standard only where the table gives it a concentration; levels of standards, names of controls."""
    given = {entry["sample"] for entry in entries if entry["expected"] is not None}
    for entry in entries:
        sample = entry["sample"] or ""
        if entry["role"] is None and sample in given and _S_NUMBER.fullmatch(sample):
            entry["role"] = "standard"
        match = _STANDARD.fullmatch(sample) or _S_NUMBER.fullmatch(sample)
        if entry["role"] == "standard" and match:
            entry["level"] = f"S{int(match[1])}"
        elif entry["role"] == "control":
            entry["level"] = sample


def _curve_rows(table):
    """Per row of the table: plate, assay and the columns of the fit, as printed."""
    columns = table["columns"]
    fit = [i for i, name in enumerate(table["names"]) if _CURVE.match(written_cells.key(name))]
    assay_of = _TITLE.fullmatch(table["title"])
    rows = []
    for _, row in table["data"] if fit else ():
        printed = {table["names"][i]: written_cells.text(row[i]) for i in fit}
        if any(printed.values()):
            assay = written_cells.text(row[columns["assay"]]) if "assay" in columns else assay_of[2] if assay_of else ""
            plate = (written_cells.text(row[columns["plate"]]) if "plate" in columns else "") or _name_of(
                table["title"]
            )
            rows.append({"plate": plate, "analyte": assay, **printed})
    return rows


def _curve_frame(curves, name):
    """One row per analyte of the plate; per column the first printed value."""
    own = [row for row in curves if row["plate"] == name]
    if not own:
        return None
    frame = pd.DataFrame(own, dtype="str").drop(columns="plate").replace("", pd.NA)
    return frame.groupby("analyte", sort=False).first().reset_index()


def _unused(table):
    used = set(table["columns"].values())
    return [
        name
        for position, name in enumerate(table["names"])
        if name
        and position not in used
        and not _CURVE.match(written_cells.key(name))
        and written_cells.key(name) not in _MEANS
    ]


def _name_of(title):
    """The plate named by a title such as `Plate_1LK05A1071`; titles that name the table name no plate."""
    return title if re.match(r"plate[_ ]", title, re.I) else ""
