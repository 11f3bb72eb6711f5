"""The families of exports and which one wrote a file: content decides, a named format wins.

A family is a module with `FAMILY` (its name), `recognise(source) -> bool` and `read(source) -> Export` (ResultTable for
`result_table`), where `source` is what `files.open_file` gives. Add a family: write its module, name it in FAMILIES.
"""

from dataclasses import replace

from immunoassay.problems import Problem
from immunoassay.readers import (
    bioplex_table,
    bioplex_workbook,
    bioplex_xml,
    bmg_mars,
    bmg_smart_control,
    cells,
    envision,
    files,
    gen5,
    grid,
    intelliflex,
    kaleido,
    kinetics,
    luminex_is,
    magellan,
    matrices,
    matrix,
    msd_plate,
    msd_table,
    result_table,
    skanit,
    softmax,
    sources,
    well_list,
    xponent,
)
from immunoassay.readers.export import NotReadable, Plate
from immunoassay.sheets.schema import suggestion

FAMILIES = (
    xponent,
    luminex_is,
    intelliflex,
    bioplex_workbook,
    bioplex_table,
    bioplex_xml,
    msd_table,
    msd_plate,
    softmax,
    gen5,
    skanit,
    bmg_mars,
    bmg_smart_control,
    magellan,
    envision,
    kaleido,
    grid,
    well_list,
    result_table,
)

_BY_NAME = {family.FAMILY: family for family in FAMILIES}


def recognise(path):
    """Names of the families whose layout the file has; NotReadable when it cannot be opened as text or workbook."""
    return _recognised(files.open_file(path))


def read(path, format=None, answers=None):
    """Read one raw file as Export (or ResultTable), by its content or as the named format; `answers` (result_columns.Answers) is
    what the sheets say of a table of results.

    Raises NotReadable, and nothing else, when the file is damaged, no family or more than one recognises it, the format
    is unknown, the family finds no plate in it, or a reader fails.
    """
    return read_source(files.open_file(path), format, answers)


def read_source(source, format=None, answers=None):
    """As `read`, of a file that is open already (files.open_file, files.open_bytes, files.workbook)."""
    if format is None:
        names = _recognised(source)
        if len(names) != 1:
            with sources.guarded(source.name):
                raise _undecided(source, names, answers)
        format = names[0]
    if format not in _BY_NAME:
        known = ", ".join(sorted(_BY_NAME))
        found = f'format "{format}"{suggestion(format, _BY_NAME)}'
        raise sources.refusal(source.name, "E-READ-004", found, "no such family", f"use one of {known}")
    if getattr(_BY_NAME[format], "GENERIC", False):
        _refuse_kinetic(source)
    with sources.guarded(source.name, format):
        family = _BY_NAME[format]
        export = family.read(source, answers) if family is result_table else family.read(source)
        return _with_problems(source, export)


def _refuse_kinetic(source):
    """Raises NotReadable for a table of wells by time, of whatever instrument."""
    with sources.guarded(source.name):
        timed = kinetics.found(source)
    if timed:
        sheet, row, words = timed
        raise matrix.not_endpoint(source, f"a kinetic read: {words}", sheet, row)


def _with_problems(source, export):
    """The export with the problems of its source. Raises NotReadable where none of its plates is read."""
    unread = getattr(export, "unread", [])
    if unread and not export.plates:
        raise NotReadable(unread[0].problem)
    found = [*source.problems, *source.unread(), *export.problems, *_unnamed_plates(source, export)]
    export.problems = _judged(found, export)
    return export


def _judged(problems, export):
    """The problems; a row whose cells may be shifted (E-FILE-013) and that holds signals quarantines the plate."""
    frames = [plate.wells for plate in getattr(export, "plates", [])]
    rows = {str(row) for frame in frames for row in frame.loc[frame["signal"].notna(), "row"].dropna().unique()}
    return [
        replace(problem, level="QUARANTINE") if problem.code == "E-FILE-013" and problem.row in rows else problem
        for problem in problems
    ]


def _unnamed_plates(source, export):
    """A FLAG for plates of one file that have no name, or the same; its row is the first of such a plate."""
    plates = export.in_file() if hasattr(export, "plates") else []
    names = [plate.name for plate in plates]
    odd = [plate for at, plate in enumerate(plates) if not plate.name or plate.name in names[:at]]
    if len(names) < 2 or not odd:
        return []
    found = f"{len(names)} plates called {', '.join(map(repr, names))}"
    why = "not every one has a name of its own"
    fix = "name them by their number in the file (1, 2 ...) in plate_in_file"
    first = next((plate for plate in odd if isinstance(plate, Plate)), export.plates[0])
    row = "".join(map(str, first.wells["row"].dropna().head(1)))
    return [Problem("W-READ-007", "FLAG", source.name, found, why, fix, row=row)]


def _recognised(source):
    """Names of the families that recognise the source; a GENERIC layout counts only where no other one does."""
    generic = [family for family in FAMILIES if getattr(family, "GENERIC", False)]
    found = [family.FAMILY for family in FAMILIES if family not in generic and _is_of(family, source)]
    return found or [family.FAMILY for family in generic if _is_of(family, source)]


def _is_of(family, source):
    with sources.guarded(source.name, family.FAMILY):
        return family.recognise(source)


def _wells_seen(rows):
    """(wells, their 0-based column, 0-based row above the first) of the column that names most wells, six or more."""
    places = {}
    for at, row in enumerate(rows):
        for column, cell in enumerate(row[:12]):
            if isinstance(cell, str) and cells.well(cell):
                places.setdefault(column, []).append(at)
    places = {each: found for each, found in places.items() if _is_of_wells(rows, each, found[0] - 1)}
    column = max(places, key=lambda each: len(places[each]), default=None)
    if column is None or len(places[column]) < 6:
        return None
    return len(places[column]), column, max(places[column][0] - 1, 0)


def _is_of_wells(rows, column, at):
    """Whether the heading in row `at` says wells: names such as P01 look like them."""
    heading = cells.key(rows[at][column]) if at >= 0 and column < len(rows[at]) else ""
    return any(word in heading for word in ("well", "position", "location"))


def _undecided(source, names, answers):
    line = f'first line is "{sources.first_line(source)}"'
    if names:
        found = f"the layout of {' and of '.join(names)}; {line}"
        return sources.refusal(source.name, "E-READ-003", found, "two readings are possible", "name one as format")
    _refuse_kinetic(source)
    if bare := grid.uncalled(source):
        sheet, part = bare
        found = f'a grid of {len(part.cells)} numbers by well, titled "{part.title or part.corner}"'
        why = "nothing says whether they are signals, volumes or names"
        fix = (
            "if they are signals, write grid into the column format of its row; a layout is named in the column layout"
        )
        return sources.refusal(source.name, "E-READ-012", found, why, fix, sheet=sheet, row=str(part.start + 1))
    parts = [part for _, rows in sources.grids(source) for part in matrices.find(rows) if part.lines]
    if parts:
        wells = sum(cell != "" for part in parts for line in part.lines for cell in line.cells.values())
        found, why = f"a plate layout: {wells} wells with names and no signals", "it is no export of a reader"
        fix = "name it in the layout column of the plates sheet, or give the export with the signals"
        return sources.refusal(source.name, "E-READ-005", found, why, fix)
    if refusal := result_table.about(source, answers):
        return refusal
    for sheet, rows in sources.grids(source):
        if seen := _wells_seen(rows):
            wells, column, at = seen
            heads = ", ".join(filter(None, map(cells.text, rows[at][:8])))
            found = f"{wells} wells in column {column + 1}, below the headings {heads or 'none'}"
            why = "it is no export we know: no column of numbers beside them could be taken for signals of an endpoint"
            fix = "export the plate with one signal per well, or name the format"
            return sources.refusal(source.name, "E-FILE-009", found, why, fix, sheet=sheet, row=str(at + 1))
    why = "it is no export we know: wells with signals, or columns of sample, analyte and value, are missing"
    fix = "nothing if it goes with another file; otherwise export again, or name the format"
    return sources.refusal(source.name, "E-FILE-009", f"no plate and no results; {line}", why, fix)
