"""Bio-Plex Manager workbook (.xls, .xlsx) with one sheet per analyte.

A sheet may hold a summary table (wells `A1,A2`) and then a raw one (one well per row): raw rows win. Where only a mean
is given it is read at the first of its wells, and the others stay in the table without a signal.
"""

import re

import pandas as pd

from immunoassay.problems import Problem
from immunoassay.readers import bioplex, cells, files, standards
from immunoassay.readers.cells import key
from immunoassay.readers.export import Export, Plate, wells_frame

FAMILY = "bioplex_workbook"


def recognise(source):
    """A workbook with a table headed Analyte, Type, Well."""
    return isinstance(source, files.Workbook) and any(_header_rows(rows) for rows in source.sheets.values())


def read(source):
    """One Plate per Plate ID. Raises NotReadable for no table, an impossible well or one that stands twice."""
    sheets, ignored = {}, []
    for sheet, rows in files.grids(source):
        table = _Sheet(source, sheet, rows) if _header_rows(rows) else None
        if table is not None and table.records:
            sheets[sheet] = table
        else:
            ignored.append(f"sheet {sheet}")
    if not sheets:
        why = "no sheet has a row that starts Analyte, Type, Well and wells below it"
        raise files.refusal(source.name, "E-FILE-009", "no Bio-Plex table", why, "export the results as Excel")
    written = list(dict.fromkeys(name for sheet in sheets.values() for name in sheet.analytes))
    names = dict(zip(written, cells.analytes_and_regions(written), strict=True))
    problems = [problem for sheet in sheets.values() for problem in sheet.check_standards(names)]
    means = sum(sheet.means for sheet in sheets.values())
    if means:
        why = "replicates cannot be judged; the mean stands at the first of its wells"
        found, fix = f"{means} rows hold only the mean of several wells", "export the raw data table as well"
        problems.append(Problem("W-READ-002", "FLAG", source.name, found, why, fix))
    unknown = {name for sheet in sheets.values() for name in sheet.unknown}
    plates = {}
    for sheet in sheets.values():
        plates.setdefault(sheet.header.get("Plate ID", ""), []).append(sheet)
    export = [_plate(source, name, members, names) for name, members in plates.items()]
    return Export(FAMILY, export, source.encoding, "", source.decimal, ignored + sorted(unknown), problems)


def _plate(source, name, sheets, names):
    records = [record | dict(zip(("analyte", "region"), names[record["analyte"]], strict=True))
               for sheet in sheets for record in sheet.records]  # fmt: skip
    seen = set()
    for record in records:
        place = (record["well"], record["analyte"])
        if place in seen:
            found, why = f"well {place[0]} of {place[1]} stands in two sheets", "one of them is wrong"
            raise files.refusal(source.name, "E-WELL-061", found, why, "export each plate to its own file")
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
    """The tables of one sheet, merged: records (COLUMNS without the region), stated standards, printed curve."""

    def __init__(self, source, sheet, rows):
        self.source, self.sheet, self.decimal = source, sheet, source.decimal
        heads = _header_rows(rows)
        self.header = bioplex.header_lines(rows[: heads[0]])
        self.curve = bioplex.curve(rows[heads[-1] :])
        self.records, self.means, self.unknown, self.stated = [], 0, set(), {}
        tables = [self._table(rows, start, end) for start, end in zip(heads, [*heads[1:], len(rows)], strict=True)]
        lines = [line for table in tables for line in table]
        self.analytes = list(dict.fromkeys(cells.text(line["analyte"]) for line in lines))
        pairs = [(cells.text(line["type"]), cells.text(line["description"])) for line in lines]
        self.controls = bioplex.control_names(pairs)
        # raw tables first: a row of one well holds the measurement itself, and the raw table follows the summary
        order = sorted(range(len(tables)), key=lambda at: (any(len(line["wells"]) > 1 for line in tables[at]), -at))
        for at in order:
            self._add(tables[at])
        self.records.sort(key=lambda record: record["row"])

    def _table(self, rows, start, end):
        """Lines of one table as {column: cell}, with `wells` and `row`; single-cell lines below it are the footer."""
        columns = {key(name): at for at, name in enumerate(rows[start])}
        self.unknown |= {cells.text(name) for name in rows[start] if key(name) not in bioplex.KNOWN}
        lines = []
        for at in range(start + 1, end):
            row = rows[at]
            if len(row) < 3:
                continue
            line = {name: row[column] if column < len(row) else "" for name, column in columns.items()}
            line = {"description": "", **line, "analyte": cells.text(line["analyte"])}
            line |= {"wells": cells.wells(cells.text(line["well"])), "row": at + 1}
            if not line["wells"]:
                found, why = f'well "{cells.text(line["well"])}"', "no plate has such a well"
                raise self._refusal("E-WELL-060", found, why, "correct the plate definition and export again", at + 1)
            lines.append(line)
        return lines

    def _add(self, lines):
        """Add the lines of one table; wells that a table before it has measured stay as they are."""
        before, taken = {(record["analyte"], record["well"]) for record in self.records}, set()
        for line in lines:
            missing = [well for well in line["wells"] if (line["analyte"], well) not in before]
            if not missing:
                continue
            code, name = cells.text(line["type"]), cells.text(line["description"])
            role, level = bioplex.role(code, self.controls)
            values = {bioplex.STATISTICS[column]: line[column] for column in bioplex.STATISTICS if column in line}
            shared = {"analyte": line["analyte"], "sample": name or code, "role": role, "level": level}
            measured = bioplex.record(values, role, self.decimal)
            first = line["wells"][0]
            if len(line["wells"]) > 1:
                self.means += 1
                note = f"mean of {', '.join(line['wells'])}"
                measured["vendor_comment"] = "; ".join(part for part in (note, measured["vendor_comment"]) if part)
            absent = {"vendor_flag": "not_read", "dilution": measured["dilution"], "expected": measured["expected"]}
            for well in missing:
                if (line["analyte"], well) in taken:
                    found, why = f"well {well} stands twice", "one of them is wrong"
                    raise self._refusal("E-WELL-061", found, why, "export again", line["row"])
                taken.add((line["analyte"], well))
                rest = measured if well == first else absent | {"vendor_comment": f"in the mean at {first}"}
                self.records.append({**shared, "well": well, "row": line["row"], **rest})
            if role == "standard" and measured["expected"]:
                levels = self.stated.setdefault((re.sub("[0-9]", "", code), line["analyte"]), {})
                levels.setdefault(code, (code, int(re.sub("[^0-9]", "", code) or 0), measured["expected"], line["row"]))

    def check_standards(self, names):
        """FLAGs for stated concentrations that break their series; each standard (S, ES) is its own series."""
        return [
            problem
            for (_, analyte), levels in self.stated.items()
            for problem in standards.check(self.source.name, {names[analyte][0]: list(levels.values())}, self.sheet)
        ]

    def _refusal(self, code, found, why, fix, row):
        return files.refusal(self.source.name, code, found, why, fix, sheet=self.sheet, row=str(row))


def _header_rows(rows):
    return [at for at, row in enumerate(rows) if bioplex.is_header(row[:3], ("analyte", "type", "well"))]
