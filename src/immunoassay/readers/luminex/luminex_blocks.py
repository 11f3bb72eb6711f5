"""The frame of a Luminex text export: header lines, then blocks headed `DataType:,<name>`, then a checksum.

Blocks may come in any order, with or without blank rows between and inside them, and padded to equal width.
"""

import re
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from immunoassay.readers import sources, written_cells
from immunoassay.readers.export import NotReadable
from immunoassay.readers.sources import Place, Source
from immunoassay.readers.written_cells import Cell, Row, Rows, key

NOT_ANALYTES = {"totalevents", "notes", "location", "sample", "plate", ""}

_HEADS = {"location", "sample", "analyte", "reagent"}  # first cells of the heading rows of blocks with analytes


@dataclass
class Block:
    """One block: its name as written, its header row and its data rows as (row of the file, cells)."""

    name: str
    row: int
    header: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    header_row: int = 0
    above: list = field(default_factory=list)  # rows between the name and the header
    wells: dict | None = None  # what Document.by_well found

    @cached_property
    def columns(self) -> dict[str, int]:
        """Analyte -> column, by the header as written."""
        names = [written_cells.text(cell) for cell in self.header]
        return {name: at for at, name in enumerate(names) if at and key(name) not in NOT_ANALYTES}

    @cached_property
    def labelled(self) -> dict[str, tuple[int, Row]]:
        """First cell of a row, normalised -> (row, cells): for blocks whose rows have names (Units, Reagent ...)."""
        return {key(line[0]): (row, line) for row, line in self.rows}


@dataclass
class Document:
    """A whole export: header lines by name, blocks by normalised name."""

    source: sources.Source
    sheet: str
    header: dict
    blocks: dict
    refused: dict = field(default_factory=dict)  # plate number -> the Problem why its wells cannot be read

    def refusal(self, code: str, found: str, why: str, fix: str, row: int | str = "") -> NotReadable:
        """NotReadable for a place in this document."""
        return self.source.refusal(code, found, why, fix, row, self.sheet)

    def flag(
        self, code: str, found: str, why: str, fix: str = sources.UNEDITED, row: int | str = "", column: str = ""
    ) -> None:
        """Note a FLAG for a place in this document."""
        self.source.flag(code, found, why, fix, row, self.sheet, column)

    def value(self, cell: Cell | None, what: str, row: Place) -> float | None:
        """The cell of a `what` as a number; text is remembered, see sources.Source.value."""
        return self.source.value(cell, what, row, self.sheet)

    def by_well(self, block: Block | None) -> dict[tuple[str, str], tuple[int, Row]]:
        """{(plate number, well): (row, cells)} of a block with a Location column; {} when it has none."""
        if block is None or not block.header or key(block.header[0]) != "location":
            return {}
        if block.wells is not None:
            return block.wells
        found = block.wells = {}
        for row, line in block.rows:
            plate, well = written_cells.plate_and_well(line[0])
            if well is None:
                if key(line[0]) == "location":  # some builds repeat the header
                    continue
                if len(line) == 1:
                    self.flag(
                        "W-READ-003", f'"{written_cells.text(line[0])[:60]}" in {block.name}',
                        "a row of one cell is read as a note", "check that it is none", row,
                    )  # fmt: skip
                    continue
                self._refuse(
                    plate, "E-READ-013", f'location "{written_cells.text(line[0])}" in {block.name}',
                    "its values belong to no well", "export again", row,
                )  # fmt: skip
            elif (plate, well) in found:
                self._refuse(
                    plate, "E-WELL-061", f"well {well} appears twice in {block.name}", "it is not clear which one counts",
                    "export each plate once", row,
                )  # fmt: skip
            else:
                found[plate, well] = (row, line)
        return found

    def _refuse(self, plate, *problem):
        """Refuse the plate of that number; the whole document, raising NotReadable, where no number is written."""
        refusal = self.refusal(*problem)
        if not plate:
            raise refusal
        self.refused.setdefault(plate, refusal.problem)

    def check_widths(self, block: Block) -> None:
        """A FLAG for every row of a block that has not the cells of its header (workbooks have no such count)."""
        widths = getattr(self.source, "widths", None)
        if not widths or not block.header:
            return
        wanted = widths[block.header_row - 1]
        odd = [row for row, line in block.rows if len(line) > 1 and widths[row - 1] != wanted]
        if key(block.name) == "dilutionfactor":  # often without the last cell
            odd = [row for row in odd if widths[row - 1] > wanted]
        if len(odd) > 1 and 2 * len(odd) > len(block.rows):
            odd = [block.header_row]
        for row in odd:
            self.flag(
                "E-FILE-013", f"{widths[row - 1]} cells in a row of block {block.name}, not as many as in its other rows",
                "its values may stand in the wrong columns", row=row,
            )  # fmt: skip


def program(source: Source) -> tuple[str, Rows, str] | None:
    """(sheet, rows, top lines as text) of the first sheet with a Program line and DataType blocks, or None."""
    for sheet, rows in sources.grids(source):
        top = [cell for row in rows[:6] for cell in row]
        line = next((row for row in rows[:6] if row and key(row[0]) == "program"), None)
        if line is not None and any(row and key(row[0]) == "datatype" for row in rows):
            return sheet, rows, " ".join(written_cells.text(cell) for cell in top)
    return None


def split(source: Source, sheet: str, rows: Rows, need_heads: Collection[str] = ()) -> Document:
    """Document of one sheet's rows. Raises NotReadable when two blocks have one name.

    need_heads: blocks (normalised names) whose header row begins with Location, Sample, Analyte or Reagent.
    """
    document = Document(source, sheet, {}, {})
    block, trailer = None, False
    for number, line in enumerate(rows, 1):
        if not line:
            continue
        first = key(line[0])
        if first == "datatype":
            block = Block(written_cells.text(line[1]) if len(line) > 1 else "", number)
            name = key(block.name) or f"unnamed {number}"
            if not block.name:
                document.flag("E-READ-009", "a DataType line without a name", "its block is not read", row=number)
            if name in document.blocks:
                raise document.refusal(
                    "E-READ-003", f"two blocks named {block.name}", "the file seems to hold two exports",
                    "export each plate to its own file", number,
                )  # fmt: skip
            document.blocks[name] = block
        elif first == "crc":
            trailer = True
            block = Block("CRC", number)
        elif block is None:
            if first in _HEADS and len(line) > 2:
                document.flag(
                    "E-READ-009", "headings of wells above the first DataType line",
                    "they and the rows below are not read", row=number,
                )  # fmt: skip
            _header_line(document, line, number)
        elif not block.header and (first in _HEADS or key(block.name) not in need_heads):
            block.header, block.header_row = line, number
        elif not block.header:
            block.above.append((number, line))
        else:
            if first in _HEADS - {"location"}:  # of two blocks of wells as one, every well would appear twice
                document.flag(
                    "E-READ-009", f"headings inside block {block.name}",
                    "a DataType line was lost, and two blocks are one", row=number,
                )  # fmt: skip
            block.rows.append((number, line))
    document.header.pop("", None)
    for name, each in document.blocks.items():
        if name in need_heads and not each.header:
            document.flag(
                "V-087", f"block {each.name} without its row of headings", "its values are not read", row=each.row
            )
        elif each.above:
            number, line = each.above[0]
            document.flag(
                "W-READ-003", f'"{written_cells.text(line[0])[:60]}" above the headings of {each.name}', "it is not read",
                "check that it is none of the values", number,
            )  # fmt: skip
    _check_trailer(document, trailer)
    return document


def _header_line(document, line, number):
    """Header lines are metadata. A failed or overdue maintenance check is worth a flag and never stops a read."""
    name = written_cells.text(line[0]).rstrip(":")
    values = [written_cells.text(cell) for cell in line[1:]]
    value = ", ".join(value for value in values if value)
    document.header.setdefault(name, value)
    if key(name).startswith("last") and re.search(r"fail|expired|not verified", value, re.IGNORECASE):
        document.flag(
            "W-RUN-001", f"{name}: {value}", "the instrument was not shown to be in order",
            "ask the operator whether the run may be used", number,
        )  # fmt: skip


def _check_trailer(document, trailer):
    """xPONENT ends with the CRC-32 of all bytes before `-- CRC --`: absent from a cut file, wrong in a changed one."""
    if not trailer:
        if "xponent" in key(" ".join(document.header.values())):
            document.flag(
                "E-FILE-010", "the checksum at the end of the file is absent",
                "a copy that was cut short, or edited, ends like this", "compare with the instrument",
            )  # fmt: skip
        return
    raw = getattr(document.source, "raw", b"")
    before, mark, after = raw.partition(b"-- CRC --")
    written = re.match(rb"\s*CRC32: ([0-9A-Fa-f]{8})", after.lstrip(b'",;\t\r\n')) if mark else None
    if written and int(written[1], 16) != zlib.crc32(before):
        document.flag(
            "E-FILE-010", "the checksum at the end does not fit the content",
            "the file was edited, or saved again by another program, after the export",
            "use the file as the instrument wrote it; else compare the values",
        )  # fmt: skip
