"""Thermo Multiskan Sky workbook: lists of raw absorbance per wavelength, a sheet of results, a plate layout.

The signals are those of the sheets `Raw data ... nm`, else of the matrices of the sheet of results; where both are there
and differ a FLAG says so. A layout that only marks the measured wells with X names no samples.
"""

from immunoassay.readers import headers, lists, matrices, matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export
from immunoassay.readers.plates import Plates

FAMILY = "multiskan_sky"
DECLARED = (
    Declared(
        "Thermo Multiskan Sky",
        "1.44 (kinetic reads only)",
        "workbook of Absorbance results, Raw data, General information, Plate layout",
        "imitated",
        "absorbance of every well and wavelength of an endpoint read, names of the layout",
        "kinetic reads and spectra",
        "export the photometric endpoint measurement with its raw data",
    ),
)

_RESULTS = "Measurement results "
_HEADINGS = ["well", "wavelengthsnm", "rawabsorbance"]
_KNOWN = ("General information", "Plate layout", "Run log")


def recognise(source: sources.Source) -> bool:
    """A workbook with a sheet General information and one whose first cell is `Measurement results ...`."""
    sheets = dict(sources.grids(source))
    return "General information" in sheets and any(_is_results(rows) for rows in sheets.values())


def read(source: sources.Source) -> Export:
    """The one Plate. Raises NotReadable for a kinetic read or a spectrum, and where no sheet holds signals."""
    sheets = dict(sources.grids(source))
    settings = _settings(sheets.get("General information", []))
    kind = settings.get("Measurement type", "")
    if kind and kind.lower() not in ("endpoint", "photometric", "single point"):
        raise matrix.not_endpoint(source, f'a Multiskan Sky read "{kind}"', "General information")
    raw: dict[str, written_cells.CellsByWell] = {}
    for sheet, rows in sheets.items():
        _add_raw(source, sheet, rows, raw)
    results: dict[str, written_cells.CellsByWell] = {}
    for sheet, rows in sheets.items():
        if _is_results(rows):
            results |= _results(source, sheet, rows, settings)
    sets = raw or results
    if not sets:
        raise matrix.no_signals(source, "a Multiskan Sky workbook", "raw absorbance or a matrix of results")
    _flag_differences(source, raw, results)
    layout = _layout(source, sheets.get("Plate layout", []), {well for found in sets.values() for well in found})
    read_time = settings.get("Execution time", "")
    metadata = {key: value for key, value in settings.items() if not headers.PERSONS.search(key)}
    plates = Plates()
    with plates.one(""):
        records = [entry for _, entry in matrix.entries(source, sets, layout)]
        plates.read.append(matrix.plate(source, "", records, "absorbance", read_time=read_time, metadata=metadata))
    unread = [name for name, rows in sheets.items() if name not in _KNOWN and any(rows) and not _is_read(rows)]
    return plates.export(FAMILY, source, [f"sheet {name}" for name in unread])


def _is_results(rows):
    return bool(rows) and matrix.first(rows[0]).startswith(_RESULTS)


def _is_read(rows):
    return _is_results(rows) or _header(rows) is not None


def _settings(rows):
    """Key -> value of the sheet General information: two cells behind empty ones."""
    pairs = [matrix.texts(row) for row in rows]
    return {pair[0].rstrip(":"): " ".join(pair[1:]) for pair in pairs if len(pair) > 1}


def _header(rows):
    """0-based row of the headings Well, Wavelength(s) [nm], Raw absorbance, or None."""
    return next(
        (at for at, row in enumerate(rows[:10]) if [written_cells.key(cell) for cell in row[:3]] == _HEADINGS), None
    )


def _well(cell):
    return written_cells.well(written_cells.text(cell).replace(" ", ""))


def _add_raw(source, sheet, rows, raw):
    """Add the list of a sheet Raw data to `raw`, wavelength -> A01 -> (cell, row). Raises NotReadable for several times."""
    at = _header(rows)
    if at is None:
        return
    found, _ = lists.table(
        source, sheet, rows, at, lambda row: len(row) > 1 and _well(row[0]) is not None, lambda row: row == rows[at]
    )
    for number, row in found:
        wave = written_cells.text_at(row, 1)
        if not matrix.wavelength_in(wave):
            raise source.refusal(
                "E-READ-008", f'"{wave}" in the place of a wavelength', "wells or wavelengths would be taken for others",
                sheet=sheet, row=number,
            )  # fmt: skip
        if _well(row[0]) in raw.setdefault(wave, {}):
            what = f"well {_well(row[0])} several times at {wave} nm: a kinetic read"
            raise matrix.not_endpoint(source, f"a Multiskan Sky workbook with {what}", sheet, number)
        raw[wave][_well(row[0])] = written_cells.at(row, 2), number


def _results(source, sheet, rows, settings):
    """Wavelength -> A01 -> (cell, row) of the matrices of a sheet of results."""
    parts = [part for part in matrices.whole(source, sheet, rows) if part.cells]
    found = {}
    for part in parts:
        texts = [*part.above, settings.get("Wavelength(s) [nm]", "") if len(parts) == 1 else ""]
        wave = next(filter(None, map(matrix.wavelength_in, texts)), None)
        if wave is None or wave in found:
            raise source.refusal(
                "E-READ-008", "a matrix of results without its wavelength", "wavelengths would be taken for others",
                sheet=sheet, row=part.start + 1,
            )  # fmt: skip
        found[wave] = part.cells
    return found


def _flag_differences(source, raw, results):
    """A FLAG for wells whose result is not their raw absorbance, or that stand in one of the two only."""
    for wave in sorted(raw.keys() & results.keys()):
        one, other = raw[wave], results[wave]
        odd = [
            well
            for well in sorted(one.keys() | other.keys())
            if written_cells.text(matrix.cell_of(one, well)) != written_cells.text(matrix.cell_of(other, well))
        ]
        if odd:
            well = odd[0]
            source.flag(
                "E-READ-010", f"{len(odd)} wells at {wave} nm, the first {well}: {matrix.cell_of(one, well)} in the raw "
                f"data, {matrix.cell_of(other, well)} in the results", "the raw data are read",
                "compare with the instrument; export again", row=well,
            )  # fmt: skip
    for wave in sorted(raw.keys() ^ results.keys()) if results and raw else []:
        where = "raw data" if wave in raw else "results"
        source.flag("E-READ-006", f"{wave} nm in the {where} alone", "a sheet or matrix of it is missing")


def _layout(source, rows, wells):
    """What the plate layout says of each of the wells; marks X in every one say nothing."""
    parts = matrices.whole(source, "Plate layout", rows)
    names = {well: written_cells.text(cell) for part in parts[:1] for well, (cell, _) in part.cells.items()}
    outside = [
        at + 1 for at, row in enumerate(rows) if row and not any(part.start <= at < part.end for part in parts[:1])
    ]
    outside = [at for at in outside if len(rows[at - 1]) > 1]
    if outside:
        source.flag(
            "E-READ-006", "cells of the plate layout without column numbers or row letters", "their names are not read",
            sheet="Plate layout", row=outside[0],
        )  # fmt: skip
    if set(names.values()) <= {"X", "x"}:
        return {}
    return {well: each for well, each in matrix.template(names, source.decimal).items() if well in wells}
