"""Luminex xPONENT CSV (MAGPIX, LX100/200, FLEXMAP 3D, and as Intelliflex software writes it).

Signal is Median, net signal Net MFI (median minus mean background), concentrations Result. Roles come only from names
the software gives: Background0, Blank, Standard<n>, Control<n>, and the reagents of the expected-concentration blocks;
`Unknown<n>` is also what a plate without any layout says, so it gives no role. Numbers outside the standards are
marked only in Comments. The stated concentration of a control is of the vial, and Result is multiplied by the dilution
factor; `expected` is in the well, so it is the stated concentration divided by the dilution factor.
"""

import re
from collections.abc import Callable
from operator import itemgetter

import numpy as np
import pandas as pd
from immunoassay.readers import sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import WELLS, Export, Plate, crossed
from immunoassay.readers.luminex import block_agreement, luminex_blocks, standards
from immunoassay.readers.plates import Plates
from immunoassay.readers.written_cells import Cell, key

FAMILY = "xponent"
DECLARED = (
    Declared(
        "Luminex xPONENT (MAGPIX, LX100/200, FLEXMAP 3D, INTELLIFLEX)",
        "3.1 to 4.3; written by the INTELLIFLEX software 2.1",
        "csv, blocks DataType",
        "real",
        "Median or Net MFI, bead counts, results with < and >, extrapolated values, stated concentrations, dilutions, curves",
        "a file without block Median or Net MFI",
        "batch results as csv with Median, Net MFI, Count, Result and Dilution Factor",
    ),
)

_KNOWN = """range avgnetmfi avgresult avgrange cvreplicates recovery mean cv peak stddev trimmedcount trimmedmean
trimmedcvofmicrospheres trimmedcv trimmedpeak trimmedstandarddeviation trimmedstddev peakcount trimmedpeakcount avgmfi
testresult controlrangelow controlrangehigh acquisitiontime auditlogs"""
KNOWN = block_agreement.USED | set(_KNOWN.split())
NEED_HEADS = block_agreement.USED - {"warningserrors"}


def recognise(source: sources.Source) -> bool:
    """DataType blocks under a header that names xPONENT."""
    found = luminex_blocks.program(source)
    return found is not None and "xponent" in key(found[2])


def read(source: sources.Source) -> Export:
    """One Plate per plate number of the locations. Raises NotReadable for no signal block or a bad location."""
    found = luminex_blocks.program(source)
    sheet, rows = found[:2] if found else next(iter(sources.grids(source)), ("", []))
    document = luminex_blocks.split(source, sheet, rows, NEED_HEADS)
    return assemble(document, FAMILY, written_cells.vendor_value, plate_name="Batch")


def assemble(
    document: luminex_blocks.Document,
    family: str,
    vendor_value: Callable[[Cell, str], written_cells.VendorValue],
    plate_name: str,
) -> Export:
    """Export of a document of blocks; `vendor_value` reads a cell of the Result block."""
    blocks, source = document.blocks, document.source
    base = blocks.get("median") or blocks.get("netmfi")
    if base is None or not base.header:
        held = [block.name for block in blocks.values() if block.name]
        nameless = len(blocks) - len(held)
        held += [f"{nameless} DataType lines without a name"] if nameless else []
        raise document.refusal(
            "E-READ-006", f"a Luminex export ({family}) without block Median or Net MFI",
            f"there is no signal to read; the file holds {', '.join(held) or 'no DataType block'}",
            "export with Median and Count",
        )  # fmt: skip
    names = _analytes(document, base)
    wells = document.by_well(base)
    if not wells and not document.refused:
        raise document.refusal(
            "E-FILE-002", f"no well in block {base.name}", "nothing was read", "export again", base.row
        )
    block_agreement.check_blocks(document, base, names, wells)
    numbers = sorted({*(plate for plate, _ in wells), *document.refused}, key=lambda number: int(number or 0))
    series = _stated(document, "standardexpectedconcentration", names)
    controls = _stated(document, "controlexpectedconcentration", names)
    block_agreement.check_stated(document, series, "standard", wells)
    block_agreement.check_stated(document, controls, "control", wells)
    standards.check(source, _by_level(series, names), document.sheet)
    reader = _Wells(document, names, vendor_value, series, controls)
    plates = Plates()
    for number in numbers:
        name = document.header.get(plate_name, "") if len(numbers) == 1 else number
        own = {place: line for place, line in wells.items() if place[0] == number}
        if number in document.refused:
            plates.refuse(name, document.refused[number])
        else:
            printed = _curves(document, names)
            more = ("median", document.header.get("BatchStartTime", ""), dict(document.header), printed)
            plates.read.append(Plate(name, reader.frame(own, base), *more))
    reader.flag_unknown()
    ignored = [block.name for name, block in blocks.items() if name not in KNOWN]
    return plates.export(family, source, ignored)


class _Wells:
    """Wells of the signal block joined with the same wells of every other block."""

    def __init__(self, document, names, vendor_value, series, controls):
        self.document, self.names, self.vendor_value = document, names, vendor_value
        self.decimal, self.series, self.controls = document.source.decimal, series, controls
        blocks = document.blocks
        self.blocks = {
            name: (blocks[name].columns, document.by_well(blocks[name]))
            for name in block_agreement.OF_WELLS
            if name in blocks
        }
        self.warnings = _warnings(document)
        self.units = _labels(blocks.get("units"), "units")
        self.unknown = {}

    def frame(self, wells, base):
        """Columns of export.WELLS for these wells, in the order of the file, analytes in the order of the header."""
        document = self.document
        notes = next((at for at, cell in enumerate(base.header) if key(cell) == "notes"), None)
        known = [self._of_well(place, *found, notes) for place, found in wells.items()]
        of_wells = {name: [one[name] for one in known] for name in known[0]}
        contents = list(zip(*(of_wells[name] for name in ("role", "sample", "dilution")), strict=True))
        stated = {place: self._expected(*place) for place in set(contents)}
        rows, places, notes, warnings = (
            [value for value in of_wells[name] for _ in self.names] for name in ("row", "well", "note", "warning")
        )
        cells = {block: self._cells(block, wells) for block in ("median", "netmfi", "count", "result", "comments")}
        number, flag, text, limit = self._results(cells["result"], rows)
        comment = written_cells.each(written_cells.text, cells["comments"])
        marked = written_cells.each(lambda each: "extrapolated" in each.lower(), comment)
        flag[(flag == "none") & marked] = "extrapolated"
        signal, signal_flag, signal_text = document.source.signals(cells["median"], "median", places)
        net = document.source.values(cells["netmfi"], "Net MFI", places, document.sheet)
        unread = (signal_flag != "none") & (("median" in self.blocks) | np.isnan(net))
        flag[unread], text[unread] = signal_flag[unread], signal_text[unread]
        remarks = zip(comment, notes, warnings, strict=True)
        analytes, regions = zip(*self.names.values(), strict=True)
        of_analytes = {"analyte": analytes, "region": regions, "unit": [self.units.get(name) for name in self.names]}
        return crossed({name: values for name, values in of_wells.items() if name in WELLS.columns}, of_analytes, {
            "signal": signal,
            "net_signal": net,
            "expected": [value for place in contents for value in stated[place]],
            "bead_count": document.source.values(cells["count"], "bead count", places, document.sheet),
            "vendor_concentration": number,
            "vendor_flag": flag,
            "vendor_flag_text": text,
            "vendor_limit": limit,
            "vendor_comment": written_cells.each(lambda parts: "; ".join(filter(None, parts)) or None, remarks),
        })  # fmt: skip

    def _of_well(self, place, row, line, notes):
        sample = written_cells.text_at(line, 1)
        role, level = _role(sample, self.series, self.controls)
        well = {"well": place[1], "sample": sample, "role": role, "level": level, "dilution": self._dilution(place)}
        remarks = {"note": written_cells.text_at(line, notes), "warning": self.warnings.get(place, "")}
        return well | remarks | {"row": row}

    def flag_unknown(self):
        """One FLAG per text in Result that is no known code."""
        for text, (count, row, analyte) in sorted(self.unknown.items()):
            self.document.flag(
                "V-080", f'{count} concentrations read "{text}"',
                "it is no code we know; it is kept verbatim and counted as not computed",
                "nothing, if our own curve is used", row, analyte,
            )  # fmt: skip

    def _cells(self, name, wells):
        """Cells of a block, well after well, analytes in their order; None where the export has no such block."""
        if name not in self.blocks:
            return [None] * len(wells) * len(self.names)
        columns, there = self.blocks[name]
        lines = [there.get(place, (None, []))[1] for place in wells]
        width = max(map(len, lines), default=0)
        columns = [columns.get(written, width) for written in self.names]
        pick = itemgetter(*columns, width)  # behind the widest line is an empty cell
        return [cell for line in lines for cell in pick(line + [""] * (width + 1 - len(line)))[:-1]]

    def _results(self, cells, rows):
        """(numbers, flags, verbatim texts, limits) of the cells of the block Result; unknown texts are counted."""
        number, names = written_cells.numbers(cells, self.decimal), list(self.names)
        flag, text, limit = (np.full(len(cells), fill, object) for fill in ("none", None, None))
        others = np.flatnonzero(np.isnan(number))
        found = written_cells.each(self._result, (cells[at] for at in others))
        for at, (value, *words) in zip(others, found, strict=True):
            number[at] = np.nan if value is None else value
            flag[at], text[at], limit[at] = words
            if flag[at] is None:
                count, *where = self.unknown.get(text[at], (0, rows[at], names[at % len(names)]))
                self.unknown[text[at]] = (count + 1, *where)
                flag[at] = "not_computed"
        return number, flag, text, limit

    def _result(self, cell):
        return (None, "none", None, None) if cell is None else self.vendor_value(cell, self.decimal)

    def _dilution(self, place):
        if "dilutionfactor" not in self.blocks:
            return None
        row, line = self.blocks["dilutionfactor"][1].get(place, (None, []))
        return self.document.source.dilution(written_cells.at(line, 2), row, self.document.sheet)

    def _expected(self, role, sample, dilution):
        """The expected concentration of each analyte in a well of that role, sample and dilution."""
        stated = {"standard": self.series, "control": self.controls}.get(role, {}).get(key(sample), {})
        values = [stated.get(written, (None, None))[0] for written in self.names]
        if role == "control":  # zero means that none was entered
            return [value / (dilution or 1.0) if value else None for value in values]
        return values


def _analytes(document, base):
    """{name as the blocks write it: (analyte, bead region)}; the region from BeadID, else from the name."""
    written = [written_cells.text(cell) for cell in base.header]
    written = [name for at, name in enumerate(written) if at and key(name) not in luminex_blocks.NOT_ANALYTES]
    twice = sorted({name for name in written if written.count(name) > 1})
    if twice:
        raise document.refusal(
            "V-087", f"analyte {twice[0]} appears twice", "its columns cannot be told apart",
            "rename it in the protocol and export again", base.row,
        )  # fmt: skip
    if not written:
        raise document.refusal("E-READ-006", "no analyte columns", "nothing was read", "export again", base.row)
    regions = {}
    for name in ("perbeadcount", "units"):
        regions |= _labels(document.blocks.get(name), "beadid")
    for name in [name for name, region in regions.items() if not region.isdigit()]:
        document.flag(
            "V-082", f'bead ID "{regions.pop(name)}" of {name}', "a bead region is a number; it is not read", column=name,
        )  # fmt: skip
    named = dict(zip(written, written_cells.analytes_and_regions(written), strict=True))
    for name, (_, region) in named.items():
        if region and regions.get(name, region) != region:
            document.flag(
                "E-READ-010", f"bead ID {regions[name]} of {name}", "its name states another one and is kept whole",
                column=name,
            )  # fmt: skip
    return {
        name: (short, regions.get(name, region)) if regions.get(name, region) == region else (name, regions[name])
        for name, (short, region) in named.items()
    }


def _labels(block, label):
    """{analyte: text} of a labelled row such as BeadID or Units, without empty cells and the placeholder `Bead`."""
    if block is None or label not in block.labelled:
        return {}
    _, line = block.labelled[label]
    values = {name: written_cells.text_at(line, at) for name, at in block.columns.items()}
    return {name: value for name, value in values.items() if value and value != "Bead"}


def _stated(document, name, names):
    """{reagent: {analyte: (stated concentration, row)}} of an expected-concentration block; text cells are left out."""
    block = document.blocks.get(name)
    if block is None:
        return {}
    columns, stated = block.columns, {}
    for row, line in block.rows:
        if key(line[0]) in stated:
            document.flag(
                "E-READ-010", f'"{written_cells.text(line[0])}" twice in block {block.name}',
                "one of the two rows is of another reagent", row=row,
            )  # fmt: skip
        numbers = {each: document.value(written_cells.at(line, columns.get(each)), block.name, row) for each in names}
        stated[key(line[0])] = {each: (value, row) for each, value in numbers.items() if value is not None}
    return stated


def _by_level(series, names):
    """The stated concentrations per analyte, as standards.check wants them."""
    levels = [(reagent, re.search(r"[0-9]+$", reagent)) for reagent in series]
    levels = [(reagent, int(match[0])) for reagent, match in levels if match]
    return {
        names[analyte][0]: [
            (f"S{number}", number, *series[reagent][analyte])
            for reagent, number in levels
            if analyte in series[reagent]
        ]
        for analyte in names
    }


def _role(sample, series, controls):
    """(role, level) from the software's own names; (None, None) for everything else."""
    low = key(sample)
    number = re.search(r"[0-9]+$", low)
    if re.fullmatch(r"(background|blank)[0-9]*", low):
        return "blank", None
    if number and (low == f"standard{number[0]}" or low in series):
        return "standard", f"S{int(number[0])}"
    if number and (low == f"control{number[0]}" or low in controls):
        return "control", sample
    return None, None


def _warnings(document):
    """{(plate number, well): messages} of the Warnings/Errors block."""
    block = document.blocks.get("warningserrors")
    found = {}
    for row, line in block.rows if block else []:
        place = written_cells.plate_and_well(line[0])
        message = " ".join(filter(None, map(written_cells.text, line[2:] if len(line) > 2 else line[1:])))
        if place[1] is None and len(line) > 1:
            words = " ".join(map(written_cells.text, line))[:80]
            document.flag("W-READ-003", f'"{words}" in {block.name}', "it names no well", "read it", row)
        if place[1] and message and message not in found.get(place, ""):
            found[place] = "; ".join(part for part in (found.get(place), message) if part)
    return found


def _curves(document, names):
    """The printed parameters, one row per analyte: model, A, B, C, D, F, R^2; None when no model was fitted.

    A five-parameter curve reads y = A + (B - A) / (1 + (x / C)^D)^F, of Net MFI, with D below zero.
    """
    rows = {}
    for name, label in (("analysistypes", "analysistype"), ("r2", "value")):
        rows[label] = _labels(document.blocks.get(name), label)
    block = document.blocks.get("analysiscoefficients")
    labels = [written_cells.text(line[0]) for _, line in block.rows] if block else []
    printed = {label.split()[-1]: _labels(block, key(label)) for label in labels if label}
    if not any(printed.values()):
        return None
    decimal = document.source.decimal
    return pd.DataFrame(
        [
            {
                "analyte": analyte,
                "region": region,
                "model": rows["analysistype"].get(written),
                **{letter: written_cells.number(values.get(written), decimal) for letter, values in printed.items()},
                "R^2": written_cells.number(rows["value"].get(written), decimal),
            }
            for written, (analyte, region) in names.items()
        ]
    )
