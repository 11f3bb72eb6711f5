"""Bio-Plex Manager table of several analytes (.xlsx, .xls or text).

Blocks of a row with analyte names, then a header row `Type, Well, Description, FI, FI, ...` and one row per well;
further blocks repeat the wells with another statistic. In the text form the analytes head the columns themselves, and
the statistic stands alone above them (FI when nothing does).
"""

from immunoassay.readers import bioplex, cells, files, standards
from immunoassay.readers.cells import key
from immunoassay.readers.export import Export, Plate, wells_frame

FAMILY = "bioplex_table"

_NOT_ANALYTES = bioplex.PLACES | {"samplingerrors", "dilution", "outlier", "group", "ratio", ""}


def recognise(source):
    """A table headed Type, Well, Description with statistics, or analytes with bead regions, behind them."""
    return any(_heads(rows) for _, rows in files.grids(source))


def read(source):
    """One Plate of the first sheet that has such tables. Raises NotReadable for no table, a bad or repeated well."""
    sheet, rows = next(((sheet, rows) for sheet, rows in files.grids(source) if _heads(rows)), ("", []))
    heads = _heads(rows)
    if not heads:
        why = "no row has Type, Well, Description and then FI, or analytes with bead regions"
        raise files.refusal(source.name, "E-FILE-009", "no Bio-Plex table", why, "export the results as Excel")
    wells, analytes, unknown = {}, {}, {}
    for start, end in zip(heads, [*heads[1:], len(rows)], strict=True):
        columns, shared = _columns(rows, start)
        for analyte, statistic, _ in columns:
            analytes.setdefault(analyte, None)
            if statistic not in bioplex.KNOWN:
                unknown.setdefault(statistic)
        _read_block(source, sheet, rows[start + 1 : end], start + 2, columns, shared, wells)
    names = dict(zip(analytes, cells.analytes_and_regions(list(analytes)), strict=True))
    controls = bioplex.control_names((each["type"], each["sample"]) for each in wells.values())
    records = [
        _record(well, line, names[analyte], line["values"].get(analyte, {}), controls, source.decimal)
        for well, line in wells.items()
        for analyte in analytes
    ]
    header = bioplex.header_lines(rows[: heads[0]])
    plate = Plate(
        header.get("Plate ID", ""), wells_frame(records), "median", header.get("Acquisition Date", ""), header
    )
    problems = standards.check(source.name, _stated(records), sheet)
    return Export(FAMILY, [plate], source.encoding, source.delimiter, source.decimal, list(unknown), problems)


def _heads(rows):
    """Positions of header rows: Type, Well and Description first, and FI or analytes (region) behind them."""
    return [
        at for at, row in enumerate(rows) if bioplex.is_header(row[:3], ("type", "well", "description")) and _rest(row)
    ]


def _rest(row):
    statistics = any(key(cell) in bioplex.STATISTICS for cell in row[3:])
    return statistics or any(region for _, region in cells.analytes_and_regions([cells.text(cell) for cell in row[3:]]))


def _columns(rows, start):
    """([(analyte, statistic, column)], {type, well, description, dilution ...: column}) of one block."""
    head = [cells.text(cell) for cell in rows[start]]
    shared = {key(name): at for at, name in enumerate(head) if key(name) in _NOT_ANALYTES}
    above = [cells.text(cell) for cell in rows[start - 1]] if start else []
    if len(above) < 4:  # the text form
        statistic = key(above[0]) if len(above) == 1 and key(above[0]) in bioplex.STATISTICS else "fi"
        return [(name, statistic, at) for at, name in enumerate(head) if key(name) not in _NOT_ANALYTES], shared
    columns, analyte = [], ""
    for at, name in enumerate(head):
        analyte = above[at] if at < len(above) and above[at] else analyte
        if analyte and at > 2:
            columns.append((analyte, key(name), at))
            shared = {each: column for each, column in shared.items() if column != at}
    return columns, shared


def _read_block(source, sheet, rows, first_row, columns, shared, wells):
    """Add the cells of one block to `wells`: {well: type, sample, row, values: {analyte: {column: cell}}}."""
    in_block = set()
    for number, row in enumerate(rows, first_row):
        if len(row) < 3 or key(row[shared["type"]]) == "":
            continue
        place = cells.text(row[shared["well"]])
        named = cells.wells(place)
        if len(named) != 1 or named[0] in in_block:
            code = "E-WELL-061" if len(named) == 1 else "E-WELL-060"
            found, why = f'well "{place}"', "it names no well, several, or one that stands twice"
            raise files.refusal(source.name, code, found, why, "export single wells", sheet=sheet, row=str(number))
        in_block.add(named[0])
        code, name = (cells.text(row[shared[each]]) for each in ("type", "description"))
        line = wells.setdefault(named[0], {"type": code, "sample": name, "row": number, "values": {}})
        general = {
            bioplex.STATISTICS[each]: row[at]
            for each, at in shared.items()
            if each in bioplex.STATISTICS and at < len(row)
        }
        for analyte, statistic, at in columns:
            values = line["values"].setdefault(analyte, dict(general))
            if statistic in bioplex.STATISTICS:
                values[bioplex.STATISTICS[statistic]] = row[at] if at < len(row) else ""


def _record(well, line, name, values, controls, decimal):
    role, level = bioplex.role(line["type"], controls)
    return {
        "well": well,
        "analyte": name[0],
        "region": name[1],
        "sample": line["sample"] or line["type"],
        "role": role,
        "level": level,
        "row": line["row"],
        **bioplex.record(values, role, decimal),
    }


def _stated(records):
    series = {}
    for record in records:
        if record["role"] == "standard" and record["expected"] and record["level"].startswith("S"):
            levels = series.setdefault(record["analyte"], {})
            number = int(record["level"][1:] or 0)
            levels.setdefault(number, (record["level"], number, record["expected"], record["row"]))
    return {analyte: list(levels.values()) for analyte, levels in series.items()}
