"""Luminex xPONENT CSV (MAGPIX, LX100/200, FLEXMAP 3D, and as Intelliflex software writes it).

Signal is Median, net signal Net MFI (median minus mean background), concentrations Result. Roles come only from names
the software gives: Background0, Blank, Standard<n>, Control<n>, and the reagents of the expected-concentration blocks;
`Unknown<n>` is also what a plate without any layout says, so it gives no role. Numbers outside the standards are
marked only in Comments. The stated concentration of a control is of the vial, and Result is multiplied by the dilution
factor; `expected` is in the well, so it is the stated concentration divided by the dilution factor.
"""

import re

import pandas as pd

from immunoassay.readers import cells, files, luminex_blocks, standards
from immunoassay.readers.cells import key
from immunoassay.readers.export import Export, Plate, wells_frame

FAMILY = "xponent"

USED = {"median", "netmfi", "count", "result", "comments", "units", "perbeadcount", "dilutionfactor"}
USED |= {"standardexpectedconcentration", "controlexpectedconcentration", "analysistypes", "analysiscoefficients", "r2"}
USED |= {"warningserrors"}
_KNOWN = """range avgnetmfi avgresult avgrange cvreplicates recovery mean cv peak stddev trimmedcount trimmedmean
trimmedcvofmicrospheres trimmedcv trimmedpeak trimmedstandarddeviation trimmedstddev peakcount trimmedpeakcount avgmfi
testresult controlrangelow controlrangehigh acquisitiontime auditlogs"""
KNOWN = USED | set(_KNOWN.split())


def recognise(source):
    """DataType blocks under a header that names xPONENT."""
    found = luminex_blocks.program(source)
    return found is not None and "xponent" in key(found[2])


def read(source):
    """One Plate per plate number of the locations. Raises NotReadable for no signal block or a bad location."""
    found = luminex_blocks.program(source)
    sheet, rows = found[:2] if found else next(iter(files.grids(source)), ("", []))
    document = luminex_blocks.split(source, sheet, rows)
    return assemble(document, FAMILY, cells.vendor_value, plate_name="Batch")


def assemble(document, family, vendor_value, plate_name):
    """Export of a document of blocks; `vendor_value` reads a cell of the Result block."""
    blocks, source = document.blocks, document.source
    base = blocks.get("median") or blocks.get("netmfi")
    if base is None or not base.header:
        held = ", ".join(block.name or "(unnamed)" for block in blocks.values()) or "no DataType block"
        why = f"there is no signal to read; the file holds {held}"
        raise document.refusal("E-FILE-009", "no block Median or Net MFI", why, "export with Median and Count")
    names = _analytes(document, base)
    wells = document.by_well(base)
    if not wells:
        raise document.refusal(
            "E-FILE-002", f"no well in block {base.name}", "nothing was read", "export again", base.row
        )
    plates = sorted({plate for plate, _ in wells}, key=lambda plate: int(plate or 0))
    series = _stated(document, "standardexpectedconcentration", names)
    controls = _stated(document, "controlexpectedconcentration", names)
    document.problems += standards.check(source.name, _by_level(series, names), document.sheet)
    reader = _Wells(document, names, vendor_value, series, controls)
    read = [
        Plate(
            name=document.header.get(plate_name, "") if len(plates) == 1 else plate,
            wells=reader.frame({place: line for place, line in wells.items() if place[0] == plate}, base),
            signal_kind="median",
            read_time=document.header.get("BatchStartTime", ""),
            metadata=dict(document.header),
            curves=_curves(document, names),
        )
        for plate in plates
    ]
    reader.flag_unknown()
    ignored = [block.name for name, block in blocks.items() if name not in KNOWN]
    return Export(family, read, source.encoding, source.delimiter, source.decimal, ignored, document.problems)


class _Wells:
    """Wells of the signal block joined with the same wells of every other block."""

    def __init__(self, document, names, vendor_value, series, controls):
        self.document, self.names, self.vendor_value = document, names, vendor_value
        self.decimal, self.series, self.controls = document.source.decimal, series, controls
        blocks = document.blocks
        self.blocks = {
            name: (blocks[name], blocks[name].columns(), document.by_well(blocks[name]))
            for name in ("median", "netmfi", "count", "result", "comments", "dilutionfactor")
            if name in blocks
        }
        self.warnings = _warnings(document)
        self.units = _labels(blocks.get("units"), "units")
        self.unknown = {}

    def frame(self, wells, base):
        """COLUMNS for these wells, in the order of the file, analytes in the order of the header."""
        records = []
        notes = next((at for at, cell in enumerate(base.header) if key(cell) == "notes"), None)
        blocks = ("median", "netmfi", "count", "result", "comments")
        for place, (row, line) in wells.items():
            sample = cells.text(_at(line, 1))
            role, level = _role(sample, self.series, self.controls)
            dilution = self._dilution(place)
            shared = {
                "well": place[1],
                "sample": sample,
                "role": role,
                "level": level,
                "dilution": dilution,
                "row": row,
            }
            remarks = (cells.text(_at(line, notes)), self.warnings.get(place, ""))
            columns = zip(self.names.items(), *(self._cells(block, place) for block in blocks), strict=True)
            for (written, (analyte, region)), median, net, beads, result, comment in columns:
                number, flag, text, limit = self._result(result, row, written)
                if flag == "none" and "extrapolated" in cells.text(comment).lower():
                    flag = "extrapolated"
                signal, signal_flag, signal_text = cells.signal_value(median, self.decimal)
                net = cells.number(net, self.decimal)
                if signal_flag != "none" and (median is not None or net is None):
                    flag, text = signal_flag, signal_text
                record = {
                    "analyte": analyte,
                    "region": region,
                    "signal": signal,
                    "net_signal": net,
                    "bead_count": cells.number(beads, self.decimal),
                    "expected": self._expected(role, sample, written, dilution),
                    "unit": self.units.get(written),
                    "vendor_concentration": number,
                    "vendor_flag": flag,
                    "vendor_flag_text": text,
                    "vendor_limit": limit,
                    "vendor_comment": "; ".join(part for part in (cells.text(comment), *remarks) if part) or None,
                }
                records.append(shared | record)
        return wells_frame(records)

    def flag_unknown(self):
        """One FLAG per text in Result that is no known code."""
        for text, (count, row, analyte) in sorted(self.unknown.items()):
            found, fix = f'{count} concentrations read "{text}"', "nothing, if our own curve is used"
            why = "it is no code we know; it is kept verbatim and counted as not computed"
            self.document.flag("V-080", found, why, fix, row, analyte)

    def _cells(self, name, place):
        """Cells of one well in a block, in the order of the analytes; None where the export has no such block."""
        if name not in self.blocks:
            return [None] * len(self.names)
        _, columns, wells = self.blocks[name]
        _, line = wells.get(place, (None, []))
        return [_at(line, columns.get(written)) for written in self.names]

    def _result(self, cell, row, analyte):
        if cell is None:
            return None, "none", None, None
        number, flag, text, limit = self.vendor_value(cell, self.decimal)
        if flag is None:
            count, *where = self.unknown.get(text, (0, row, analyte))
            self.unknown[text] = (count + 1, *where)
            flag = "not_computed"
        return number, flag, text, limit

    def _dilution(self, place):
        if "dilutionfactor" not in self.blocks:
            return None
        _, _, wells = self.blocks["dilutionfactor"]
        row, line = wells.get(place, (None, []))
        cell = _at(line, 2)
        factor = cells.dilution(cell, self.decimal)
        if factor is None and cell != "":
            why, fix = "it is no positive factor, and no dilution is used", "state the dilution in the layout"
            self.document.flag("E-WELL-068", f'dilution factor "{cell}" of {place[1]}', why, fix, row)
        return factor

    def _expected(self, role, sample, analyte, dilution):
        if role == "standard":
            return self.series.get(key(sample), {}).get(analyte, (None, None))[0]
        if role == "control":
            stated, _ = self.controls.get(key(sample), {}).get(analyte, (None, None))
            return stated / (dilution or 1.0) if stated else None  # zero means that none was entered
        return None


def _analytes(document, base):
    """{name as the blocks write it: (analyte, bead region)}; the region from BeadID, else from the name."""
    written = [cells.text(cell) for cell in base.header]
    written = [name for at, name in enumerate(written) if at and key(name) not in luminex_blocks.NOT_ANALYTES]
    twice = sorted({name for name in written if written.count(name) > 1})
    if twice:
        found, why = f"analyte {twice[0]} stands twice", "its columns cannot be told apart"
        raise document.refusal("V-087", found, why, "rename it in the protocol and export again", base.row)
    if not written:
        raise document.refusal("E-FILE-002", "no analyte columns", "nothing was read", "export again", base.row)
    regions = {}
    for name in ("perbeadcount", "units"):
        regions |= _labels(document.blocks.get(name), "beadid")
    named = dict(zip(written, cells.analytes_and_regions(written), strict=True))
    return {
        name: (short, regions.get(name, region)) if regions.get(name, region) == region else (name, regions[name])
        for name, (short, region) in named.items()
    }


def _labels(block, label):
    """{analyte: text} of a labelled row such as BeadID or Units, without empty cells and the placeholder `Bead`."""
    if block is None or label not in block.labelled():
        return {}
    _, line = block.labelled()[label]
    values = {name: cells.text(_at(line, at)) for name, at in block.columns().items()}
    return {name: value for name, value in values.items() if value and value != "Bead"}


def _stated(document, name, names):
    """{reagent: {analyte: (stated concentration, row)}} of an expected-concentration block; text cells are left out."""
    block = document.blocks.get(name)
    if block is None:
        return {}
    columns, decimal = block.columns(), document.source.decimal
    stated = {}
    for row, line in block.rows:
        numbers = {each: cells.number(_at(line, columns.get(each)), decimal) for each in names}
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
    for _, line in block.rows if block else []:
        place = cells.plate_and_well(line[0])
        message = cells.text(_at(line, 2))
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
    labels = [cells.text(line[0]) for _, line in block.rows] if block else []
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
                **{letter: cells.number(values.get(written), decimal) for letter, values in printed.items()},
                "R^2": cells.number(rows["value"].get(written), decimal),
            }
            for written, (analyte, region) in names.items()
        ]
    )


def _at(line, column):
    return line[column] if column is not None and column < len(line) else ""
