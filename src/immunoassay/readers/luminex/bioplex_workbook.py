"""Bio-Plex Manager workbook (.xls, .xlsx) with one sheet per analyte.

A sheet may hold a summary table (wells `A1,A2`) and then a raw one (one well per row): raw rows win. Where only a mean
is given it is read at the first of its wells that no row before it has, and the others stay in the table without a
signal. A well that no plate has (`A0`) stays as it is written; a well that appears again in a row of its own is kept
apart as `A01 (2)`, `A01 (3)` ...; both are FLAGs.
"""

import re

import pandas as pd
from immunoassay.problems import Problem
from immunoassay.readers import lists, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export, NotReadable, Plate, wells_frame
from immunoassay.readers.luminex import bioplex, standards
from immunoassay.readers.plates import Plates
from immunoassay.readers.written_cells import key

FAMILY = "bioplex_workbook"
DECLARED = (
    Declared(
        "Bio-Rad Bio-Plex Manager",
        "4.1",
        "workbook, one sheet per analyte, .xls or .xlsx",
        "real",
        "FI, FI - Bkgd, bead counts, Obs Conc with its flags, Exp Conc, dilution, sampling errors, printed curves",
        "sheets without a table of wells",
        "export to Excel, one sheet per analyte, with the raw data",
    ),
)

_LIKE_A_WELL = re.compile(r"[A-Za-z]{1,2}[0-9]{1,3}")


def recognise(source: sources.Source) -> bool:
    """A workbook with a table headed Analyte, Type, Well."""
    return isinstance(source, sources.Workbook) and any(_header_rows(rows) for rows in source.sheets.values())


def read(source: sources.Source) -> Export:
    """One Plate per Plate ID. Raises NotReadable for no table, a row that names no well, one analyte in two sheets."""
    sheets, ignored = {}, []
    refused: dict[str, Problem] = {}  # Plate ID -> why a sheet of it cannot be read
    for sheet, rows in sources.grids(source):
        heads = _header_rows(rows)
        name = bioplex.header_lines(rows[: heads[0]]).get("Plate ID", "") if heads else ""
        try:
            table = _Sheet(source, sheet, rows) if heads else None
        except NotReadable as error:
            refused.setdefault(name, error.problem)
            table = None
        if table is not None and table.records:
            sheets[sheet] = table
        elif name not in refused:
            ignored.append(f"sheet {sheet}")
    if not sheets and refused:
        raise NotReadable(next(iter(refused.values())))
    if not sheets:
        raise source.refusal(
            "E-FILE-009", "no Bio-Plex table", "no sheet has a row that starts Analyte, Type, Well and wells below it",
            "export the results as Excel",
        )  # fmt: skip
    written = list(dict.fromkeys(name for sheet in sheets.values() for name in sheet.analytes))
    names = dict(zip(written, written_cells.analytes_and_regions(written), strict=True))
    for each in sheets.values():
        each.check_standards(names)
    means = sum(sheet.means for sheet in sheets.values())
    if means:
        source.flag(
            "W-READ-002", f"{means} rows hold only the mean of several wells",
            "replicates cannot be judged; the mean stands at the first of its wells", "export the raw data table as well",
        )  # fmt: skip
    for each in sheets.values():
        each.check_wells()
    pairs = dict.fromkeys(pair for sheet in sheets.values() for pair in sheet.pairs)
    bioplex.flag_names(source, pairs)
    unknown = {name for sheet in sheets.values() for name in sheet.unknown}
    plates: dict[str, list[_Sheet]] = {}
    for each in sheets.values():
        plates.setdefault(each.header.get("Plate ID", ""), []).append(each)
    done = Plates()
    for name in [*plates, *(name for name in refused if name not in plates)]:
        with done.one(name):
            if name in refused:
                raise NotReadable(refused[name])
            done.read.append(_plate(source, name, plates[name], names))
    analytes = {name: {analyte for sheet in members for analyte in sheet.analytes} for name, members in plates.items()}
    if any(each != next(iter(analytes.values())) for each in analytes.values()):
        found = f"plates {', '.join(map(repr, plates))} with different analytes"
        why, fix = "a Plate ID may be missing or mistyped in one of the sheets", "name every plate in plate_in_file"
        odd = min(plates, key=lambda name: (name != "", len(plates[name])))
        source.flag("E-READ-010", found, why, fix, sheet=plates[odd][0].sheet)
    return done.export(FAMILY, source, ignored + sorted(unknown))


def _plate(source, name, sheets, names):
    records = [record | dict(zip(("analyte", "region"), names[record["analyte"]], strict=True))
               for sheet in sheets for record in sheet.records]  # fmt: skip
    seen = set()
    for record in records:
        place = (record["well"], record["analyte"])
        if place in seen:
            raise source.refusal(
                "E-WELL-061", f"well {place[0]} of {place[1]} appears in two sheets", "it is not clear which one counts",
                "export each plate to its own file",
            )  # fmt: skip
        seen.add(place)
    header = {name: value for name, value in sheets[0].header.items() if name != "Analyte"}
    curves = [
        dict(zip(("analyte", "region"), names[sheet.analytes[0]], strict=True)) | sheet.curve
        for sheet in sheets
        if sheet.curve
    ]
    return Plate(
        name,
        wells_frame(records),
        "median",
        header.get("Acquisition Date", ""),
        header,
        pd.DataFrame(curves) if curves else None,
    )


class _Sheet:
    """The tables of one sheet, merged: records (of export.WELLS, without the region), stated standards, printed curve."""

    def __init__(self, source, sheet, rows):
        self.source, self.sheet = source, sheet
        heads = _header_rows(rows)
        self.first = heads[0]
        self.header = bioplex.header_lines(rows[: heads[0]])
        self.curve = bioplex.curve(rows[heads[-1] :])
        self.records, self.means, self.unknown, self.stated = [], 0, set(), {}
        self.impossible, self.repeated = {}, {}  # well as written -> row; well -> rows in which it appears again
        tables = [self._table(rows, start) for start in heads]
        lines = [line for table in tables for line in table]
        self.names = [(written_cells.text(line["analyte"]), line["row"]) for line in lines]
        self.analytes = list(dict.fromkeys(name for name, _ in self.names))
        self.pairs = [(written_cells.text(line["type"]), written_cells.text(line["description"])) for line in lines]
        self.controls = bioplex.control_names(self.pairs)
        # raw tables first: a row of one well holds the measurement itself, and the raw table follows the summary
        order = sorted(range(len(tables)), key=lambda at: (any(len(line["wells"]) > 1 for line in tables[at]), -at))
        for at in order:
            self._add(tables[at])
        self.records.sort(key=lambda record: record["row"])

    def _table(self, rows, start):
        """Lines of one table as {column: cell}, with `wells` and `row`; single-cell lines below it are the footer."""
        names = rows[start]
        columns = {key(name): at for at, name in reversed(list(enumerate(names)))}
        self.unknown |= {written_cells.text(name) for name in names if key(name) not in bioplex.KNOWN}

        def is_record(row):
            return len(row) > 2 and bool(_wells(row[columns["well"]]))

        def is_end(row):
            return bioplex.is_header(row[:3], ("analyte", "type", "well"))

        found, _ = lists.table(self.source, self.sheet, rows, start, is_record, is_end, first=start == self.first)
        lines = []
        for number, row in found:
            line = {name: written_cells.at(row, column) for name, column in columns.items()}
            line = {"description": "", **line, "analyte": written_cells.text(line["analyte"])}
            lines.append(line | {"wells": _wells(line["well"]), "row": number})
            for well in lines[-1]["wells"]:
                if written_cells.well(well) is None:
                    self.impossible.setdefault(well, number)
        return lines

    def _add(self, lines):
        """Add the lines of one table; wells that a table before it has measured stay as they are."""
        before, taken = {(record["analyte"], record["well"]) for record in self.records}, set()
        for line in lines:
            missing = [well for well in line["wells"] if (line["analyte"], well) not in before]
            if not missing:
                continue
            free = [well for well in missing if (line["analyte"], well) not in taken]
            for well in dict.fromkeys(each for each in missing if each not in free):
                self.repeated.setdefault(well, []).append(line["row"])
            code, name = written_cells.text(line["type"]), written_cells.text(line["description"])
            role, level = bioplex.role(code, self.controls)
            values = {bioplex.STATISTICS[column]: line[column] for column in bioplex.STATISTICS if column in line}
            shared = {"analyte": line["analyte"], "sample": name or code, "role": role, "level": level}
            measured = bioplex.record(values, role, self.source, line["row"], self.sheet)
            place = line["wells"][0] if line["wells"][0] not in missing else (free or [self._apart(missing[0])])[0]
            if len(line["wells"]) > 1:
                self.means += 1
                note = f"mean of {', '.join(line['wells'])}"
                measured["vendor_comment"] = "; ".join(part for part in (note, measured["vendor_comment"]) if part)
            absent = {"vendor_flag": "not_read", "dilution": measured["dilution"], "expected": measured["expected"]}
            for well in free or [place]:
                taken.add((line["analyte"], well))
                rest = measured if well == place else absent | {"vendor_comment": f"in the mean at {place}"}
                self.records.append({**shared, "well": well, "row": line["row"], **rest})
            if role == "standard" and measured["expected"]:
                levels = self.stated.setdefault((re.sub("[0-9]", "", code), line["analyte"]), {})
                levels.setdefault(code, (code, int(re.sub("[^0-9]", "", code) or 0), measured["expected"], line["row"]))

    def _apart(self, well):
        return f"{well} ({len(self.repeated[well]) + 1})"

    def check_wells(self):
        """FLAGs for wells that no plate has, for wells that appear again, for a name that one row alone has."""
        rows = {}
        for name, row in self.names:
            rows.setdefault(name, []).append(row)
        for name, (row, *more) in rows.items():
            if len(rows) > 1 and not more:
                self._flag(
                    "E-READ-010", f'analyte "{name}" in one row only',
                    "the sheet has rows of another; it may be mistyped", "export again; do not edit the export", row,
                )  # fmt: skip
        if self.impossible:
            self._flag(
                "E-WELL-060", f"wells {', '.join(self.impossible)}", "no plate has such wells; they stay as written",
                "correct the plate definition and export again", next(iter(self.impossible.values())),
            )  # fmt: skip
        for well, rows in self.repeated.items():
            self._flag(
                "E-WELL-061", f"well {well} again in row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows))}",
                "one of them is mistyped; the later ones are kept apart, at their other wells or as a well of their own",
                "correct the plate definition", rows[0],
            )  # fmt: skip

    def check_standards(self, names):
        """FLAGs for stated concentrations that break their series; each standard (S, ES) is its own series."""
        for (_, analyte), levels in self.stated.items():
            standards.check(self.source, {names[analyte][0]: list(levels.values())}, self.sheet)

    def _flag(self, code, found, why, fix, row):
        self.source.flag(code, found, why, fix, row, self.sheet)


def _wells(cell):
    """Wells named by a cell as A01, those that no plate has as written; [] when it names none."""
    text = written_cells.text(cell)
    parts = [part for part in re.split(r"\s*[,;]\s*|\s+", text) if part]
    like = all(_LIKE_A_WELL.fullmatch(part) for part in parts)
    return written_cells.wells(text) or ([written_cells.well(part) or part for part in parts] if like else [])


def _header_rows(rows):
    return [at for at, row in enumerate(rows) if bioplex.is_header(row[:3], ("analyte", "type", "well"))]
