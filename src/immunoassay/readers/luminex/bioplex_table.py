"""Bio-Plex Manager table of several analytes (.xlsx, .xls or text).

Blocks of a row with analyte names, then a header row `Type, Well, Description, FI, FI, ...` and one row per well;
further blocks, below or on sheets of their own, repeat the wells with another statistic. In the text form the analytes
head the columns themselves, and the statistic stands alone above them (FI when nothing does). The first block says
which analytes there are. A block of means (wells `A1,B1`) above one of single wells with the same columns is not read.
Sheets that begin with FI again are another plate. Where Conc in Range is there it is the concentration, and Obs Conc,
which may be extrapolated, stands in the comment.
"""

from immunoassay.readers import lists, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export, Plate, wells_frame
from immunoassay.readers.luminex import bioplex, standards
from immunoassay.readers.plates import Plates
from immunoassay.readers.written_cells import key

FAMILY = "bioplex_table"
DECLARED = (
    Declared(
        "Bio-Rad Bio-Plex Manager",
        "",
        "workbook, one table of all analytes with statistics side by side or below one another",
        "imitated",
        "FI, FI - Bkgd, bead counts, Obs Conc with its flags, Exp Conc, dilution",
        "a row that names several wells",
        "export the table of all analytes with single wells",
    ),
    Declared(
        "Bio-Rad Bio-Plex Manager",
        "",
        "workbook, all analytes in one table, a sheet per statistic, means above single wells",
        "real",
        "single wells: FI, FI - Bkgd, bead counts, Conc in Range with OOR <, OOR > and ***, Exp Conc, dilution",
        "sheets of means alone",
        "export the layout of all analytes with the single wells and Conc in Range",
    ),
    Declared(
        "Bio-Rad Bio-Plex Manager",
        "",
        "text, analytes with bead regions over the columns, a block per statistic",
        "imitated",
        "FI, bead counts, Obs Conc with its flags",
        "a row that names several wells",
        "export as Excel",
    ),
)

_LINES = 4  # above the headings, in which the statistic of a block may stand
_STATISTICS = bioplex.STATISTICS | {"concinrange": "in_range"}
_UNREAD = {"stddev", "cv", "obsexp100", "obsconcstddev", "obsconccv"}  # statistics of means and replicates
_NOT_STATISTICS = bioplex.PLACES | {"dilution", "outlier", "group", "ratio", ""}
_NOT_ANALYTES = bioplex.PLACES | {"samplingerrors", "dilution", "outlier", "group", "ratio", ""}


def recognise(source: sources.Source) -> bool:
    """A table headed Type, Well, Description with statistics, or analytes with bead regions, behind them."""
    return any(_heads(rows) for _, rows in sources.grids(source))


def read(source: sources.Source) -> Export:
    """Every plate of the sheets that have such tables.

    Raises NotReadable for no table, a bad or repeated well, and a block whose headings do not fit together.
    """
    plates, ignored = Plates(), []
    found: list[list[_Block]] = []  # the blocks of each plate
    for sheet, written in sources.grids(source):
        rows = _with_heads(written)
        if not _heads(rows):
            ignored += [f"sheet {sheet}"] if any(rows) else []
            continue
        blocks = _single_wells(source, sheet, _blocks(source, sheet, rows))
        if not found or any("fi" in block.statistics for block in blocks) and _has(found[-1], "fi"):
            found.append([])
        found[-1] += blocks
    if not found:
        raise source.refusal(
            "E-FILE-009", "no Bio-Plex table",
            "no row has Type, Well, Description and then FI, or analytes with bead regions",
            "export the results as Excel",
        )  # fmt: skip
    for blocks in found:
        name = blocks[0].header.get("Plate ID", "") or (blocks[0].sheet if len(found) > 1 else "")
        with plates.one(name):
            plates.read.append(_plate(source, name, blocks))
        ignored += [each for block in blocks for each in block.statistics if each not in _STATISTICS]
    return plates.export(FAMILY, source, ignored)


def _plate(source, name, blocks):
    """The Plate of all blocks of it."""
    first = blocks[0]
    names = dict(zip(first.analytes, written_cells.analytes_and_regions(first.analytes), strict=True))
    for block in blocks[1:]:
        _flag_disagreements(source, first, block)
    wells = _wells(blocks)
    pairs = [(line["type"], line["sample"]) for line in wells.values()]
    controls = bioplex.control_names(pairs)
    records = [
        _record(source, first.sheet, well, line, names[analyte], line["values"].get(analyte, {}), controls)
        for well, line in wells.items()
        for analyte in first.analytes
    ]
    bioplex.flag_names(source, pairs)
    standards.check(source, bioplex.stated(records), first.sheet)
    for block in blocks:
        if "" in block.statistics:
            why = "what its values are is not known, and they are not read"
            source.flag("V-087", "a column without a heading", why, row=block.row, sheet=block.sheet)
    return Plate(name, wells_frame(records), "median", first.header.get("Acquisition Date", ""), first.header)


def _blocks(source, sheet, rows):
    """Every block of a sheet. Raises NotReadable for a row of a well outside them."""
    blocks, read_to = [], 0
    for start in _heads(rows):
        _refuse_stray(source, sheet, rows, read_to, start)
        blocks.append(_Block(source, sheet, rows, read_to, start))
        read_to = blocks[-1].end
    _refuse_stray(source, sheet, rows, read_to, len(rows))
    return blocks


def _single_wells(source, sheet, blocks):
    """The blocks of a sheet without those of means, whose wells stand one by one in a later block of the same statistics.

    Raises NotReadable for means without single wells of a statistic that is read; FLAGs where the two disagree.
    """
    kept = []
    for at, block in enumerate(blocks):
        single = next((each for each in blocks[at + 1 :] if _has_same(block, each)), None)
        if block.means and single is None and _STATISTICS.keys() & set(block.statistics):
            number, _, row = block.means[0]
            raise source.refusal(
                "E-READ-013", f'well "{written_cells.text(row[block.shared["well"]])}"',
                "its values are of several wells at once", "export single wells", sheet=sheet, row=number,
            )  # fmt: skip
        if not block.means:
            kept.append(block)
        if not block.means or single is None:
            continue
        if block.analytes != single.analytes:
            _flag(source, sheet, "the tables of means and of single wells have not the same analytes", single.row)
        said = {well: (number, row[:1] + row[2:3]) for number, wells, row in block.means for well in wells}
        said |= {well: (number, row[:1] + row[2:3]) for well, (number, row) in block.lines.items()}
        for well in sorted(said.keys() ^ single.lines.keys()):
            row = said[well][0] if well in said else single.lines[well][0]
            _flag(source, sheet, f"well {well} only in one of the tables of means and of single wells", row)
        for well, (number, row) in single.lines.items():
            if well in said and said[well][1] != row[:1] + row[2:3]:
                _flag(source, sheet, f"another type or description of well {well} than in the means", number)
    return kept


def _has_same(block, other):
    return block.statistics == other.statistics and not other.means


def _has(blocks, statistic):
    return any(statistic in block.statistics for block in blocks)


def _with_heads(rows):
    """The rows, with Type, Well, Description in a row of statistics that lacks them, as in the block above it."""
    found: written_cells.Rows = []
    names: written_cells.Row = []
    for row in rows:
        if bioplex.is_header(row[:3], ("type", "well", "description")):
            names = row[:3]
        elif names and not any(row[:3]) and row[3:] and all(key(cell) in {*_STATISTICS, *_UNREAD} for cell in row[3:]):
            row = [*names, *row[3:]]
        found.append(row)
    return found


def _heads(rows):
    """Positions of header rows: Type, Well and Description first, and FI or analytes (region) behind them; the row of
    analytes above such a row of statistics is none."""
    heads = [at for at, row in enumerate(rows) if bioplex.is_header(row[:3], ("type", "well", "description"))]
    heads = [at for at in heads if _of_statistics(rows[at]) or _of_analytes(rows[at])]
    return [at for at in heads if not (at + 1 in heads and _of_statistics(rows[at + 1]))]


def _of_statistics(row):
    return any(key(cell) in _STATISTICS or key(cell) in _UNREAD for cell in row[3:])


def _of_analytes(row):
    return any(
        region for _, region in written_cells.analytes_and_regions([written_cells.text(cell) for cell in row[3:]])
    )


class _Block:
    """One block: its analytes, its columns as (analyte, statistic, column), its rows by well, rows of several wells."""

    def __init__(self, source, sheet, rows, begin, start):
        self.sheet, self.row = sheet, start + 1
        self.header = bioplex.header_lines(rows[:start])
        self.head = [written_cells.text(cell) for cell in rows[start]]
        self.shared = {key(name): at for at, name in reversed([*enumerate(self.head)]) if key(name) in _NOT_ANALYTES}
        self.columns = self._columns(source, sheet, rows, begin, start)
        self.analytes = list(dict.fromkeys(analyte for analyte, _, _ in self.columns))
        self.statistics = list(dict.fromkeys(statistic for _, statistic, _ in self.columns))
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
        self.lines, self.means = {}, []
        for number, row in lines:
            named = written_cells.wells(written_cells.text(row[well]))
            if len(named) > 1:
                self.means.append((number, named, row))
                continue
            if named[0] in self.lines:
                raise source.refusal(
                    "E-WELL-061", f'well "{written_cells.text(row[well])}"',
                    "the well has a row already, and one of the two is wrong", "export single wells",
                    sheet=sheet, row=str(number),
                )  # fmt: skip
            self.lines[named[0]] = (number, row)

    def _columns(self, source, sheet, rows, begin, start):
        above = [written_cells.text(cell) for cell in rows[start - 1]] if start else []
        statistics = [key(name) for name in self.head[3:] if key(name) not in _NOT_ANALYTES - {"dilution", "outlier"}]
        if not all(each in _STATISTICS or each in _UNREAD for each in statistics):  # the text form
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


def _flag_disagreements(source, first, block):
    """FLAGs where a block has not the analytes, wells, types and samples of the first one, or the same statistic."""
    there = f"the block of row {first.row}" + (f" of sheet {first.sheet}" if first.sheet != block.sheet else "")
    found = []
    for what, one, other in (("analyte", first.analytes, block.analytes), ("well", first.lines, block.lines)):
        found += [(f"{what} {name} only in {there}", block.row) for name in one if name not in other]
        found += [(f"{what} {name} not in {there}", block.row) for name in other if name not in one]
    for well, (number, row) in block.lines.items():
        if well in first.lines and [written_cells.text(cell) for cell in row[:3]] != [
            written_cells.text(cell) for cell in first.lines[well][1][:3]
        ]:
            found.append((f"another type or description of well {well}", number))
    if set(first.statistics) & set(block.statistics):
        found.append((f"the same statistic as in {there}", block.row))
    for words, row in found:
        _flag(source, block.sheet, words, row)


def _flag(source, sheet, words, row):
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
                if statistic in _STATISTICS:
                    values.setdefault(_STATISTICS[statistic], written_cells.at(row, at))
    return wells


def _record(source, sheet, well, line, name, values, controls):
    role, level = bioplex.role(line["type"], controls)
    observed = values.get("vendor_concentration", "")
    if "in_range" in values:
        values = values | {"vendor_concentration": values["in_range"]}
    found = {
        "well": well,
        "analyte": name[0],
        "region": name[1],
        "sample": line["sample"] or line["type"],
        "role": role,
        "level": level,
        "row": line["row"],
        **bioplex.record(values, role, source, well, sheet),
    }
    written = written_cells.text(observed)
    if "in_range" in values and written and written != written_cells.text(values["in_range"]):
        found["vendor_comment"] = "; ".join(filter(None, (found["vendor_comment"], f"Obs Conc: {written}")))
        if found["vendor_concentration"] is not None:
            _flag(
                source, sheet, f"well {well} of {name[0]}: Conc in Range {values['in_range']}, Obs Conc {written}", well
            )
            found |= {"vendor_concentration": None, "vendor_flag_text": written_cells.text(values["in_range"])}
            found["vendor_flag"] = "not_computed" if found["vendor_flag"] == "none" else found["vendor_flag"]
    return found
