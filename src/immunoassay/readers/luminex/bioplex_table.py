"""Bio-Plex Manager table of several analytes (.xlsx, .xls or text).

Blocks of a row with analyte names, then a header row `Type, Well, Description, FI, FI, ...` and one row per well;
further blocks repeat the wells with another statistic. In the text form the analytes head the columns themselves, and
the statistic stands alone above them (FI when nothing does). The first block says which analytes there are.
"""

from immunoassay.readers import lists, sources, written_cells
from immunoassay.readers.export import Export, Plate, wells_frame
from immunoassay.readers.luminex import bioplex, standards
from immunoassay.readers.plates import Plates
from immunoassay.readers.written_cells import key

FAMILY = "bioplex_table"

_LINES = 4  # above the headings, in which the statistic of a block may stand
_NOT_STATISTICS = bioplex.PLACES | {"dilution", "outlier", "group", "ratio", ""}
_NOT_ANALYTES = bioplex.PLACES | {"samplingerrors", "dilution", "outlier", "group", "ratio", ""}


def recognise(source: sources.Source) -> bool:
    """A table headed Type, Well, Description with statistics, or analytes with bead regions, behind them."""
    return any(_heads(rows) for _, rows in sources.grids(source))


def read(source: sources.Source) -> Export:
    """One Plate of the first sheet that has such tables.

    Raises NotReadable for no table, a bad or repeated well, and a block whose headings do not fit together.
    """
    sheet, rows = next(((sheet, rows) for sheet, rows in sources.grids(source) if _heads(rows)), ("", []))
    heads = _heads(rows)
    if not heads:
        raise source.refusal(
            "E-FILE-009", "no Bio-Plex table",
            "no row has Type, Well, Description and then FI, or analytes with bead regions",
            "export the results as Excel",
        )  # fmt: skip
    blocks, read_to = [], 0
    for start in heads:
        _refuse_stray(source, sheet, rows, read_to, start)
        block = _Block(source, sheet, rows, read_to, start)
        blocks.append(block)
        read_to = block.end
    _refuse_stray(source, sheet, rows, read_to, len(rows))
    analytes = blocks[0].analytes
    names = dict(zip(analytes, written_cells.analytes_and_regions(analytes), strict=True))
    for block in blocks[1:]:
        _flag_disagreements(source, sheet, blocks[0], block)
    wells = _wells(blocks)
    controls = bioplex.control_names((line["type"], line["sample"]) for line in wells.values())
    records = [
        _record(source, sheet, well, line, names[analyte], line["values"].get(analyte, {}), controls)
        for well, line in wells.items()
        for analyte in analytes
    ]
    header = bioplex.header_lines(rows[: heads[0]])
    plate = Plate(
        header.get("Plate ID", ""), wells_frame(records), "median", header.get("Acquisition Date", ""), header
    )
    bioplex.flag_names(source, ((line["type"], line["sample"]) for line in wells.values()))
    standards.check(source, bioplex.stated(records), sheet)
    statistics = dict.fromkeys(each for block in blocks for _, each, _ in block.columns)
    known = bioplex.KNOWN - bioplex.PLACES - {""}
    unknown = [each for each in statistics if each and each not in known]
    for block in blocks:
        if any(each == "" for _, each, _ in block.columns):
            why = "what its values are is not known, and they are not read"
            source.flag("V-087", "a column without a heading", why, row=block.row, sheet=sheet)
    return Plates([plate]).export(FAMILY, source, unknown)


def _heads(rows):
    """Positions of header rows: Type, Well and Description first, and FI or analytes (region) behind them."""
    return [
        at for at, row in enumerate(rows) if bioplex.is_header(row[:3], ("type", "well", "description")) and _rest(row)
    ]


def _rest(row):
    statistics = any(key(cell) in bioplex.STATISTICS for cell in row[3:])
    return statistics or any(
        region for _, region in written_cells.analytes_and_regions([written_cells.text(cell) for cell in row[3:]])
    )


class _Block:
    """One block: its analytes, its columns as (analyte, statistic, column), its rows by well."""

    def __init__(self, source, sheet, rows, begin, start):
        self.row = start + 1
        self.head = [written_cells.text(cell) for cell in rows[start]]
        self.shared = {key(name): at for at, name in reversed([*enumerate(self.head)]) if key(name) in _NOT_ANALYTES}
        self.columns = self._columns(source, sheet, rows, begin, start)
        self.analytes = list(dict.fromkeys(analyte for analyte, _, _ in self.columns))
        well = self.shared["well"]
        lines, self.end = lists.records(
            source,
            sheet,
            rows,
            start + 1,
            len(self.head),
            lambda row: len(row) > 2 and bool(written_cells.wells(written_cells.text(row[well]))),
            lambda row: bioplex.is_header(row[:3], ("type", "well", "description")),
        )
        self.lines = {}
        for number, row in lines:
            named = written_cells.wells(written_cells.text(row[well]))
            place, found = {"sheet": sheet, "row": str(number)}, f'well "{written_cells.text(row[well])}"'
            if len(named) > 1:
                raise source.refusal(
                    "E-READ-013", found, "its values are of several wells at once", "export single wells", **place
                )
            if named[0] in self.lines:
                raise source.refusal(
                    "E-WELL-061", found, "the well has a row already, and one of the two is wrong", "export single wells",
                    **place,
                )  # fmt: skip
            self.lines[named[0]] = (number, row)

    def _columns(self, source, sheet, rows, begin, start):
        above = [written_cells.text(cell) for cell in rows[start - 1]] if start else []
        statistics = [key(name) for name in self.head[3:] if key(name) not in _NOT_ANALYTES - {"dilution", "outlier"}]
        if not all(each in bioplex.STATISTICS for each in statistics):  # the text form
            # the nearest line that names one: a note or words over the columns may stand between
            firsts = [key(row[0]) for row in reversed(rows[max(begin, start - _LINES) : start]) if row]
            statistic = next((each for each in firsts if each in bioplex.KNOWN - _NOT_STATISTICS), "fi")
            columns = [(name, statistic, at) for at, name in enumerate(self.head) if key(name) not in _NOT_ANALYTES]
        else:
            columns, analyte = [], ""
            for at, name in enumerate(self.head):
                analyte = above[at] if at < len(above) and above[at] else analyte
                if analyte and at > 2:
                    columns.append((analyte, key(name), at))
                    self.shared = {each: column for each, column in self.shared.items() if column != at}
        pairs = [(analyte, statistic) for analyte, statistic, _ in columns]
        if not columns or len(set(pairs)) < len(pairs) or any(key(analyte) in bioplex.KNOWN for analyte, _ in pairs):
            raise source.refusal(
                "V-087", "headings without the analytes above them", "the values belong to no analyte, or to several",
                sheet=sheet, row=start + 1,
            )  # fmt: skip
        return columns


def _refuse_stray(source, sheet, rows, start, end):
    """Raise for a row of a well outside the blocks: the headings above it were lost."""
    for at in range(start, end):
        if len(rows[at]) > 3 and any(written_cells.wells(written_cells.text(cell)) for cell in rows[at][:2]):
            raise source.refusal(
                "E-READ-013", f'a row of a well without headings: "{" ".join(map(written_cells.text, rows[at][:4]))}"',
                "it is lost", sheet=sheet, row=at + 1,
            )  # fmt: skip


def _flag_disagreements(source, sheet, first, block):
    """FLAGs where a block has not the analytes, wells, types and samples of the first one, or the same statistic."""
    found = []
    for what, one, other in (("analyte", first.analytes, block.analytes), ("well", first.lines, block.lines)):
        found += [
            (f"{what} {name} only in the block of row {first.row}", block.row) for name in one if name not in other
        ]
        found += [
            (f"{what} {name} not in the block of row {first.row}", block.row) for name in other if name not in one
        ]
    for well, (number, row) in block.lines.items():
        if well in first.lines and [written_cells.text(cell) for cell in row[:3]] != [
            written_cells.text(cell) for cell in first.lines[well][1][:3]
        ]:
            found.append((f"another type or description of well {well}", number))
    if {each for _, each, _ in first.columns} & {each for _, each, _ in block.columns}:
        found.append((f"the same statistic as in the block of row {first.row}", block.row))
    for words, row in found:
        why = "a row or heading was lost or changed; what the first block says is used"
        source.flag("E-READ-010", words, why, "export again", row, sheet)


def _wells(blocks):
    """A01 -> type, sample, row, values {analyte: {column: cell}} of the wells of the first block."""
    wells = {}
    for block in blocks:
        for well, (number, row) in block.lines.items():
            if block is not blocks[0] and well not in wells:
                continue
            code, name = (written_cells.text(row[block.shared[each]]) for each in ("type", "description"))
            line = wells.setdefault(well, {"type": code, "sample": name, "row": number, "values": {}})
            general = {
                bioplex.STATISTICS[each]: row[at]
                for each, at in block.shared.items()
                if each in bioplex.STATISTICS and at < len(row)
            }
            for analyte, statistic, at in block.columns:
                values = line["values"].setdefault(analyte, dict(general))
                if statistic in bioplex.STATISTICS:
                    values.setdefault(bioplex.STATISTICS[statistic], written_cells.at(row, at))
    return wells


def _record(source, sheet, well, line, name, values, controls):
    role, level = bioplex.role(line["type"], controls)
    return {
        "well": well,
        "analyte": name[0],
        "region": name[1],
        "sample": line["sample"] or line["type"],
        "role": role,
        "level": level,
        "row": line["row"],
        **bioplex.record(values, role, source, well, sheet),
    }
