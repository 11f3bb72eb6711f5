"""A laboratory's long table of results (csv, tsv, xlsx, xls; ImmPort result templates): one row per sample x analyte.

Columns are found by name. A value that is no plain number stays verbatim beside a controlled flag; a qualifier in its
own column (`<`, `BLQ`) counts as much as one in the value cell, and a value so qualified is no longer a number.
"""

import re
from collections import Counter

import pandas as pd
from immunoassay.problems import Problem
from immunoassay.readers import cells, lists, sources
from immunoassay.readers.cells import key
from immunoassay.readers.export import RESULT_COLUMNS, ResultTable

FAMILY = "result_table"

# Names of columns without signs and case, best first; a unit in brackets behind the name is read apart.
_NAMES = {
    "sample": """sampleid samplename sample specimenid specimen labsampleid aliquotid aliquot tubeid barcode
        accessionnumber accession expsampleid sourceid""",
    "analyte": """analyte analytename analytereported biomarker marker parameter testname test assayname assay component
        antigen protein""",
    "value": """finalresult reportedresult finalconcentration result results resultvalue value concentration conc
        concentrationvaluereported concentrationvalue concentrationreported valuereported reportedvalue
        calculatedconcentration calcconcentration calcconc""",
    "unit": """unit units resultunit resultunits uom unitofmeasure concentrationunit concentrationunits
        concentrationunitreported unitreported""",
    "lod": """lod limitofdetection lowerlimitofdetection detectionlimit lowerdetectionlimit limitofdetectionlod llod
        mindc minimumdetectableconcentration minimumdetectabledose""",
    "lloq": """lloq loq lowerlimitofquantification lowerlimitofquantitation limitofquantification limitofquantitation
        reportinglimit lowerreportinglimit rl lowerlimit""",
    "uloq": """uloq upperlimitofquantification upperlimitofquantitation upperreportinglimit upperlimit""",
    "date": """resultdate rundate testdate analysisdate assaydate datetested dateanalysed dateanalyzed dateofanalysis
        reporteddate date""",
    "comment": "comment comments remark remarks note notes",
    "qualifier": "qualifier resultqualifier resultflag flag operator modifier prefix",
    "source_type": "sourcetype sourceidtype",
}
_NAMES = {role: names.split() for role, names in _NAMES.items()}
_NEEDED = ("sample", "analyte", "value")
_PLATE_COLUMNS = {"well", "wells", "wellid", "welllocation", "location", "signal"}
_TEMPLATE_COLUMNS = {"columnname", "assayid", "assaygroupid", "mfi", "mficoordinate", ""}
_NO_RESULT = {"qns", "quantity not sufficient", "insufficient sample", "insufficient volume", "no result", "not done"}
_NO_RESULT |= {"not tested", "not reported", "nr", "failed", "cancelled", "missing", "no sample", "sample missing"}
_HEADER_ROWS = 30


def recognise(source):
    """A header with sample, analyte and value among the first rows, and no wells or signals."""
    return any(_header(rows) is not None for _, rows in sources.grids(source))


def read(source):
    """ResultTable of the one sheet that has such a header. Raises NotReadable for none, several, or no rows."""
    tables = [(sheet, rows, _header(rows)) for sheet, rows in sources.grids(source)]
    tables = [table for table in tables if table[2] is not None]
    if len(tables) != 1:
        found = f"{len(tables)} tables of results" if tables else "no header with sample, analyte and value columns"
        why = f"sheets {', '.join(table[0] for table in tables)}" if tables else "the columns cannot be told apart"
        fix = "keep one table in a file" if tables else "name the columns Sample ID, Analyte, Result, Unit, LLOQ, ULOQ"
        code = "E-READ-003" if tables else "E-FILE-009"
        raise sources.refusal(source.name, code, found, why, fix)
    sheet, rows, (at, columns, unit) = tables[0]
    reader = _Reader(source, sheet, columns, unit)
    lines = list(enumerate(rows[at + 1 :], at + 2))
    for row, line in lines:
        reader.add(row, line)
    lists.check_headings(source, sheet, rows, at, lines, is_record=reader.is_result)
    lists.check_widths(source, sheet, at + 1, lines)
    lists.check_beyond(source, sheet, lines, len(rows[at]))
    if not reader.records:
        raise sources.refusal(
            source.name, "E-FILE-002", "a header without rows", "nothing was delivered", "ask for the rows"
        )
    frame = pd.DataFrame(reader.records)[list(RESULT_COLUMNS)].astype(RESULT_COLUMNS)
    taken = set(columns.values())
    ignored = [cells.text(name) for column, name in enumerate(rows[at]) if column not in taken]
    ignored = [name for name in ignored if key(name) not in _TEMPLATE_COLUMNS]
    return ResultTable(FAMILY, frame, source.encoding, source.delimiter, source.decimal, ignored, reader.problems())


def _header(rows):
    """(position, {role: column}, unit named behind the value) of the header, or None."""
    for at, row in enumerate(rows[:_HEADER_ROWS]):
        split = [_bracketed(cells.text(cell)) for cell in row]
        names = [key(name) for name, _ in split]
        if _PLATE_COLUMNS & set(names):
            continue
        columns = {}
        for role, known in _NAMES.items():
            name = next((name for name in known if name in names), None)
            if name is not None:
                columns[role] = names.index(name)
        if all(role in columns for role in _NEEDED):
            return at, columns, split[columns["value"]][1]
    return None


def is_wide(rows):
    """Whether a header has a sample column and two or more columns of values whose headings state units."""
    for row in rows[:_HEADER_ROWS]:
        names = [_bracketed(cells.text(cell)) for cell in row]
        samples = any(key(name) in _NAMES["sample"] for name, _ in names)
        if samples and sum("/" in unit for _, unit in names) > 1:
            return True
    return False


def _bracketed(name):
    match = re.fullmatch(r"(.*?)\s*[(\[]([^()\[\]]*)[)\]]", name)
    return (match[1], match[2].strip()) if match else (name, "")


class _Reader:
    """Rows as records of RESULT_COLUMNS, with what could not be understood counted."""

    def __init__(self, source, sheet, columns, unit):
        self.source, self.sheet, self.columns, self.unit, self.records = source, sheet, columns, unit, []
        self.unknown, self.first, self.notes, self.others, self.places = Counter(), {}, [], Counter(), {}

    def is_result(self, line):
        """Whether a row names a sample and an analyte and has a number or a known code as value."""
        get = {role: line[at] if at < len(line) else "" for role, at in self.columns.items()}
        return all(get[role] != "" for role in _NEEDED) and cells.vendor_value(get["value"])[1] is not None

    def add(self, row, line):
        """Read one row; a row with a single cell is a footnote, a row of a standard or control no result."""
        get = {role: line[at] if at < len(line) else "" for role, at in self.columns.items()}
        if sum(cell != "" for cell in line) < 2:
            self.notes += [(row, cells.text(cell)) for cell in line if cell != ""]
            return
        source_type = cells.text(get.get("source_type", ""))
        if source_type and "sample" not in source_type.lower().replace("control sample", ""):
            self.others[source_type] += 1
            return
        value, flag, limit, comment = self._value(row, get)
        limits = {
            role: self.source.value(get.get(role), role.upper(), row, self.sheet) for role in ("lod", "lloq", "uloq")
        }
        self.places.setdefault((cells.text(get["sample"]), cells.text(get["analyte"])), []).append(row)
        self.records.append(
            {
                "sample": cells.text(get["sample"]) or None,
                "analyte": cells.text(get["analyte"]) or None,
                "value": value,
                "value_text": cells.text(get["value"]) or None,
                "flag": flag,
                "limit": limit,
                **limits,
                "unit": cells.text(get.get("unit", "")) or self.unit or None,
                "date": cells.text(get.get("date", "")) or None,
                "comment": comment or None,
                "row": row,
            }
        )

    def _value(self, row, get):
        decimal = self.source.decimal
        value, flag, text, limit = cells.vendor_value(get["value"], decimal)
        if flag is None and text.lower() in _NO_RESULT:
            flag = "not_computed"
        if flag is None:
            self.unknown[text] += 1
            self.first.setdefault(text, row)
            flag = "not_computed"
        comment, qualifier = cells.text(get.get("comment", "")), cells.text(get.get("qualifier", ""))
        if qualifier:
            _, stated, _, _ = cells.vendor_value(qualifier, decimal)
            if stated in ("below_range", "above_range"):
                limit = value if qualifier.strip("=") in ("<", ">") and value is not None else limit
                value, flag = None, stated
            elif qualifier != "=":
                comment = "; ".join(part for part in (comment, qualifier) if part)
        return value, flag, limit, comment

    def problems(self):
        """EXCLUDE per unknown text, FLAGs for footnotes, for rows of standards and controls, for missing names."""
        problems = []
        for text, count in sorted(self.unknown.items()):
            why = (
                "it is neither a number nor a code we know (<x, >x, BLQ, OOR <, NaN, QNS ...); the values are set aside"
            )
            fix = "ask the laboratory what it means"
            problems.append(
                self._problem("V-080", "EXCLUDE", f'{count} results read "{text}"', why, fix, self.first[text])
            )
        for row, text in self.notes:
            why, fix = "a row with one cell is read as a footnote", "check that it is none of the results"
            problems.append(self._problem("W-READ-003", "FLAG", f'"{text[:60]}"', why, fix, row))
        for (sample, analyte), rows in self.places.items():
            if len(rows) > 1:
                found = f'{analyte} of sample "{sample}" in rows {", ".join(map(str, rows[:6]))}'
                why, fix = "each row counts as a result of its own", "ask the laboratory which one is valid"
                problems.append(self._problem("W-READ-008", "FLAG", found, why, fix, rows[1]))
        for kind, count in sorted(self.others.items()):
            found, why = f"{count} rows of source type {kind}", "they are no results of samples and are left out"
            problems.append(self._problem("W-READ-004", "FLAG", found, why, "nothing", ""))
        return problems

    def _problem(self, code, level, found, why, fix, row):
        return Problem(code, level, self.source.name, found, why, fix, sheet=self.sheet, row=str(row))
