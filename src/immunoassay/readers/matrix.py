"""What exports of plate readers share: records of wells, codes of layouts, signal cells, units in headings.

A record is one well x analyte, a dict of the columns of `export.WELLS`.
"""

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from immunoassay.problems import Problem
from immunoassay.readers import kinetics, sources, written_cells
from immunoassay.readers.export import NotReadable, Plate, Record, wells_frame

UNKNOWN = "unknown"  # a flag no table knows; `plate` turns it into not_computed and a Problem

_NOT_READ = {"", "-", "missed", "nan", "n/a", "na", "#n/a", "invalid", "none", "null", "not read"}
_UNIT = re.compile(r"(?<![A-Za-z])([A-Za-zµμ]+/[mµμund]?[lL])(?![A-Za-z])|[\[(]([pnumµμ]?M)[\])]")
_SIGNAL_KINDS = (
    ("luminescence", re.compile(r"\b(luminesc|lum\b|rlu\b|us lum)", re.I)),
    ("fluorescence", re.compile(r"\b(fluor|rfu\b|htrf\b|tr-?fret\b)", re.I)),
    ("absorbance", re.compile(r"\b(absorb|abs\b|abs[ _]|photometric|optical density|od\b)", re.I)),
)
SIGNAL_WORD = re.compile(
    r"(?<![A-Za-z0-9.,-])(a|od|abs)?[2-9][0-9]{2}(nm)?(?![A-Za-z0-9.])"  # a wavelength, not CD200
    r"|\b(od|abs|absorbance|mfi|fi|rfu|rlu|lum|luminescence|fluorescence|ecl|intensity|signal|raw|data|reads?|delta)\b",
    re.I,
)
NO_SIGNAL_WORD = re.compile(  # what plate maps and lists of tubes hold
    r"(?<![A-Za-z])(volumes?|vol|[uµμ]l|transfer(red)?|dispens\w*|ids?|tubes?|barcodes?|rack|freezer|position)(?![A-Za-z])",
    re.I,
)
_WAVELENGTH = re.compile(r"(?<![0-9])[2-9][0-9]{2}(?![0-9])")
_CONCENTRATION = re.compile(r"(?<![A-Za-z])(conc|concn|concentrations?)(?![A-Za-z])", re.I)
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")


def own_sheet(
    source: sources.Source, is_own: Callable[[written_cells.Rows], bool], layout: str
) -> tuple[str, written_cells.Rows]:
    """(sheet name, rows) of the first sheet that is_own; a text file is one sheet. Raises NotReadable for none."""
    for sheet, rows in sources.grids(source):
        if is_own(rows):
            return sheet, rows
    raise no_signals(source, layout, "its header")


def texts(row: written_cells.Row) -> list[str]:
    """The cells of a row that are not empty, as text."""
    return [str(cell) for cell in row if cell != ""]


def first(row: written_cells.Row) -> str:
    """The first cell of a row as text, "" when there is none."""
    return written_cells.text(row[0]) if row else ""


def unit_in(heading: written_cells.Cell) -> str | None:
    """The unit written in a heading such as `Concentration ng/mL` or `Conc. [microg/ml]`, or None."""
    match = _UNIT.search(str(heading))
    return match and (match[1] or match[2])


def first_unit(headings: Iterable[written_cells.Cell]) -> str | None:
    """The first unit that is written in any of some headings, or None."""
    return next((unit for heading in headings if (unit := unit_in(heading))), None)


def wavelength_in(heading: str) -> str | None:
    """The wavelength written in a heading (`OD 450 nm`), or None."""
    match = _WAVELENGTH.search(heading)
    return match and match[0]


def is_map(heading: str) -> bool:
    """Whether a heading says volumes, tubes or the like, and nothing of signals."""
    return bool(NO_SIGNAL_WORD.search(heading)) and not SIGNAL_WORD.search(heading)


def kind_of(words: str) -> str:
    """The kind of signal named in some words (absorbance, fluorescence, luminescence), or "" when none is."""
    return next((kind for kind, pattern in _SIGNAL_KINDS if pattern.search(words)), "")


def signal(cell: written_cells.Cell | None, decimal: str) -> tuple[float | None, str, str | None]:
    """A signal cell as (number, flag, verbatim text), as `cells.signal_value`; `*0.356*` is masked, text that no table
    knows is UNKNOWN."""
    value, flag, written = written_cells.signal_value(cell, decimal)
    if value is None and _starred(written or "", decimal):
        return None, "masked", written
    if flag == "not_read" and (written or "").lower() not in _NOT_READ:
        return None, UNKNOWN, written
    return value, flag, written


def vendor(cell: written_cells.Cell | None, decimal: str) -> tuple[float | None, str, str | None, float | None]:
    """A vendor's concentration cell as (number, flag, verbatim text, limit), as `cells.vendor_value`, with the codes of
    plate readers: `Masked` and `*0.356*` are masked, `OVRFLW` is overflow."""
    value, flag, written, limit = written_cells.vendor_value(cell, decimal)
    if value is None and (_starred(written or "", decimal) or (written or "").lower() == "masked"):
        return None, "masked", written, None
    if flag is None:
        flag = "overflow" if written_cells.signal_value(cell, decimal)[1] == "overflow" else UNKNOWN
    return value, flag, written, limit


def record(
    well: str, analyte: str, cell: written_cells.Cell | None, decimal: str, row: int | None, **more: Any
) -> Record:
    """A record from a signal cell; `more` are further columns."""
    value, flag, written = signal(cell, decimal)
    return {
        "well": well,
        "analyte": analyte,
        "signal": value,
        "vendor_flag": flag,
        "vendor_flag_text": written,
        "row": row,
        **more,
    }


def entries(
    source: sources.Source,
    sets: Mapping[str, written_cells.CellsByWell],
    layout: Mapping[str, Record],
    unit: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Iterator[tuple[str, Record]]:
    """(name, record) of the data sets of a plate, by name: each in every well of them all, with what `layout` says of it.

    Analyte and region of a record are the label of its set, where it has one, else the name of the set.
    """
    wells = sorted(
        {well for found in sets.values() for well in found} | set(layout), key=lambda well: (len(well), well)
    )
    for name, found in sets.items():
        label = labels[name] if labels else name
        for well in wells:
            cell, row = found.get(well, ("", None))
            entry = record(well, label, cell, source.decimal, row, region=label, unit=unit)
            yield name, entry | layout.get(well, {})


def cell_of(cells: written_cells.CellsByWell, well: str) -> written_cells.Cell:
    """The cell of a well, "" where it has none."""
    return cells[well][0] if well in cells else ""


def net(
    source: sources.Source,
    cell: written_cells.Cell | None,
    entry: Record,
    what: str = "blanked signal",
    sheet: str = "",
) -> float | None:
    """The number of a cell with a corrected signal; text is remembered where the signal itself is a number."""
    if entry["signal"] is None:
        return source.number(cell)
    return source.value(cell, what, entry["well"], sheet)


def differences(sets: Mapping[str, written_cells.CellsByWell], raw: Collection[str], decimal: str) -> dict[str, str]:
    """{set: read} of the data sets whose numbers are those of one read less those of another, as printed.

    `sets` maps a name to A01 -> (cell, row), `raw` names the reads among them. The first set of a read counts.
    """
    numbers = {
        name: {
            well: value
            for well, (cell, _) in found.items()
            if (value := written_cells.number(cell, decimal)) is not None
        }
        for name, found in sets.items()
    }
    units = {name: 10.0 ** -_decimals(found, decimal) for name, found in sets.items()}
    owner: dict[str, str] = {}
    for name in [name for name in sets if name not in raw]:
        for first_, second in itertools.permutations(raw, 2):
            common = numbers[name].keys() & numbers[first_].keys() & numbers[second].keys()
            close = 1.51 * max(units[each] for each in (name, first_, second))
            off = [abs(numbers[first_][well] - numbers[second][well] - numbers[name][well]) for well in common]
            moved = any(abs(numbers[second][well]) > 2 * close for well in common)
            if len(common) > 2 and max(off) <= close and moved and first_ not in owner.values():
                owner[name] = first_
    return owner


def add_vendor(entry: Record, cell: written_cells.Cell | None, decimal: str) -> None:
    """Put a vendor's concentration cell into a record. A flag of the signal stays; both texts are then kept."""
    value, flag, written, limit = vendor(cell, decimal)
    entry["vendor_concentration"], entry["vendor_limit"] = value, limit
    if entry["vendor_flag"] == "none":
        entry["vendor_flag"], entry["vendor_flag_text"] = flag, written
    elif written and written != entry["vendor_flag_text"]:
        entry["vendor_flag_text"] = "; ".join(filter(None, (entry["vendor_flag_text"], written)))


def plate(source: sources.Source, name: str, records: list[Record], kind: str, sheet: str = "", **more: Any) -> Plate:
    """A Plate of the records; the source notes texts in their cells that no table knows, and decimal commas in a point file.

    Raises NotReadable when a well x analyte is there twice, or the analytes are one read at several times.
    """
    timed = kinetics.timed(list(dict.fromkeys(entry["analyte"] for entry in records)))
    if timed:
        raise not_endpoint(
            source, f"signals headed {', '.join(map(str, timed[:4]))}: a kinetic read or a spectrum", sheet
        )
    unknown: dict[str, list[tuple[str, str]]] = {}
    seen = set()
    for entry in records:
        if (entry["well"], entry["analyte"]) in seen:
            raise source.refusal(
                "E-WELL-061", f"well {entry['well']} of {entry['analyte']} appears in it twice",
                "one of the two values would be lost, or two plates be taken for one",
                "export every plate under its name, or one plate per file", sheet=sheet, row=entry["row"] or "",
            )  # fmt: skip
        seen.add((entry["well"], entry["analyte"]))
        if entry["vendor_flag"] == UNKNOWN:
            entry["vendor_flag"] = "not_computed"
            what = _what(entry, source.decimal)
            unknown.setdefault(what, []).append((entry["well"], entry["vendor_flag_text"]))
    source.problems += [_unknown(source, sheet, name, what, where) for what, where in unknown.items()]
    return Plate(name, wells_frame(records), kind, **more)


def are_concentrations(heading: written_cells.Cell, written: Iterable[written_cells.Cell], decimal: str) -> bool:
    """Whether values are concentrations, no signals: their heading has a unit or says so, and no word for a signal, or
    one of them is below a limit (`<1.2`, `OOR <`), which no detector writes."""
    heading = str(heading)
    if SIGNAL_WORD.search(heading):
        return False
    if unit_in(heading) or _CONCENTRATION.search(heading):
        return True
    return any(isinstance(cell, str) and vendor(cell, decimal)[1] == "below_range" for cell in written)


def only_concentrations(source: sources.Source, what: str, row: int, sheet: str = "") -> NotReadable:
    """The refusal of an export that has concentrations where signals belong."""
    return source.refusal(
        "E-READ-011", f"{what}: these are concentrations, not signals", "they would be fitted and diluted a second time",
        "export the signals of the wells; or deliver them as results, one row per sample and analyte (result_table)",
        row, sheet,
    )  # fmt: skip


def not_endpoint(source: sources.Source, what: str, sheet: str = "", row: int | str = "") -> NotReadable:
    """The refusal of a read that is no endpoint read."""
    return source.refusal(
        "E-READ-007", f"{what}, no endpoint read",
        "a well has many values in it and none of them is the signal of the assay",
        "export the endpoint read, or the one value per well the assay uses, as a plate matrix", sheet=sheet, row=row,
    )  # fmt: skip


def no_signals(source: sources.Source, layout: str, missing: str) -> NotReadable:
    """The refusal of an export that has the family's header but not its data."""
    return source.refusal(
        "E-READ-006", f"{layout} without {missing}", "no plate was found in it",
        "export again with the raw data of every well",
    )  # fmt: skip


# --- layouts ---------------------------------------------------------------------------------------------------------

_CODES = (
    ("standard", re.compile(r"(?:standard|std|cal)\s*[-_ ]?(s?[0-9]*)", re.I)),
    ("blank", re.compile(r"(?:blank|blk|bl)\s*[-_ ]?([0-9]*)", re.I)),
    ("control", re.compile(r"(?:control|ctrl|ctl|qc)\s*[-_ ]?(.*)", re.I)),
    ("sample", re.compile(r"(?:sample|spl|smp|unknown|unk|un)\s*[-_ ]?(x?[0-9]+(?::[0-9]+)?)", re.I)),
    ("empty", re.compile(r"(?:empty|undefined)", re.I)),
)


def coded(written: written_cells.Cell) -> Record:
    """Role, level and sample of a layout code (STD1, Std0001, BLK, SPL3, Un0001, CTL1, Empty) as record columns.

    Only codes that say a role give one; any other text is a sample name without a role.
    """
    written = str(written).strip()
    for role, pattern in _CODES:
        match = pattern.fullmatch(written)
        if match:
            digits = re.sub(r"\D", "", match[1]) if role == "standard" else ""
            level = f"S{int(digits)}" if digits else written if role == "control" else None
            return {"role": role, "level": level, "sample": None if role == "empty" else written}
    return {"role": None, "level": None, "sample": written}


def template(layout: Mapping[str, written_cells.Cell], decimal: str) -> dict[str, Record]:
    """Record columns per well from a template: A01 -> `STD1:100.00`, `STD62.5`, `SPL3`, `BLANK`, or any name.

    A number after a colon is the expected concentration. Without colons the numbers of the STD cells are levels when
    they are 1, 2, 3 ... (one may be missing), else concentrations, and the levels are S1 for the highest, S2 ...
    """
    standards = {}
    for well, written in layout.items():
        match = re.fullmatch(r"(?:standard|std)\s*[-_ ]?([^:]*)(?::(.+))?", str(written).strip(), re.I)
        if match:
            standards[well] = _code_number(match[1], decimal), _code_number(match[2], decimal)
    numbers = {number for number, _ in standards.values() if number is not None}
    are_levels = _are_levels(sorted(numbers))
    ranks = {value: rank for rank, value in enumerate(sorted(numbers, reverse=True), 1)}
    found = {well: coded(name) for well, name in layout.items()}
    for well, (number, expected) in standards.items():
        level = number
        if expected is None and number is not None and not are_levels:
            level, expected = ranks[number], number
        code = None if level is None else f"S{int(level)}"
        found[well] = {"role": "standard", "sample": str(layout[well]).strip(), "expected": expected, "level": code}
    return found


# --- details ---------------------------------------------------------------------------------------------------------


def _are_levels(numbers):
    """Whether the numbers of standards count them: 1, 2, 3 ..., or with one left out, but not 1, 2, 4 ..., a series."""
    count = len(numbers)
    if numbers == list(range(1, count + 1)) or not numbers:
        return True
    steps = [after / one for one, after in itertools.pairwise(numbers) if one > 0]
    return set(numbers) < set(range(1, count + 2)) and min(steps, default=2) <= 1.5


def _code_number(written, decimal):
    """The number of a code such as STD62.5, which may have a point where the values have commas."""
    found = written_cells.number(written, decimal)
    return written_cells.number(written) if found is None else found


def _decimals(found, decimal):
    return max((len(written_cells.text(cell).partition(decimal)[2]) for cell, _ in found.values()), default=0)


def _starred(low, decimal):
    return low[:1] == "*" == low[-1:] and written_cells.number(low.strip("* "), decimal) is not None


def _what(entry, decimal):
    if entry["signal"] is not None:
        return "concentration"
    return "comma" if decimal == "." and _COMMA.fullmatch(entry["vendor_flag_text"]) else "signal"


def _unknown(source, sheet, name, what, where):
    texts_ = list(dict.fromkeys(f'"{written}"' for _, written in where))
    wells = [well for well, _ in where]
    found = f"{', '.join(texts_[:4])}{' ...' if len(texts_) > 4 else ''} in {', '.join(wells[:4])}"
    found += f" and {len(wells) - 4} more wells" if len(wells) > 4 else ""
    code, level, why, fix = {
        "comma": (
            "V-081",
            "QUARANTINE",
            "numbers with a decimal comma in a file of decimal points may have lost or gained factors of ten",
            "export again in one number format",
        ),
        "signal": (
            "V-080",
            "EXCLUDE",
            "it is neither a number nor a code we know, so these wells have no signal",
            "nothing if that is right; otherwise export again",
        ),
        "concentration": (
            "V-080",
            "FLAG",
            "it is neither a number nor a code we know, so it counts as not computed",
            "nothing if that is right; otherwise export again",
        ),
    }[what]
    return Problem(code, level, source.name, found, why, fix, sheet=sheet, row=wells[0], plate="", column=name)
