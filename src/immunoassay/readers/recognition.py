"""Which family wrote a file: content decides, a named format wins."""

from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from immunoassay.readers import matrices, open_export, registry, sources, written_cells
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import Export, ResultTable
from immunoassay.readers.registry import refuse_kinetic
from immunoassay.study.similar_names import suggestion


@cache
def families() -> dict[str, ModuleType]:
    """The modules of all families by name, in the order of their folders."""
    found = {}
    for folder in registry.FOLDERS:
        package = import_module(f"immunoassay.readers.{folder}")
        for each in sorted(each.name for each in iter_modules(package.__path__)):
            module = import_module(f"{package.__name__}.{each}")
            if hasattr(module, "FAMILY"):
                found[module.FAMILY] = module
    return found


def recognise(path: str | Path) -> list[str]:
    """Names of the families whose layout the file has; NotReadable when it cannot be opened as text or workbook."""
    return recognised(open_export.open_file(path))


def read(path: str | Path, format: str | None = None, answers: Answers | None = None) -> Export | ResultTable:
    """Read one raw file as Export (or ResultTable), by its content or as the named format; `answers`
    (result_columns.Answers) is what the sheets say of a delivery.

    Raises NotReadable, and nothing else, when the file is damaged, no family or more than one recognises it, the format
    is unknown, the family finds no plate in it, or a reader fails.
    """
    return read_source(open_export.open_file(path), format, answers)


def read_source(
    source: sources.Source, format: str | None = None, answers: Answers | None = None
) -> Export | ResultTable:
    """As `read`, of a file that is open already (open_export.open_file, open_export.open_bytes, sources.workbook)."""
    if format is None:
        names = recognised(source)
        if len(names) != 1:
            with sources.guarded(source.name):
                raise _undecided(source, names, answers)
        format = names[0]
    try:
        return registry.read_as(source, format, answers)
    except KeyError:
        known = families()
        raise source.refusal(
            "E-READ-004",
            f'format "{format}"{suggestion(format, known)}',
            "no such family",
            f"use one of {', '.join(sorted(known))}",
        ) from None


def recognised(source: sources.Source) -> list[str]:
    """Names of the families that recognise an open file; a GENERIC layout counts only where no other one does, a plain table
    of results only where no delivery has a layout of its own, and one that only its software tells where no other is."""
    generic = {name: each for name, each in families().items() if getattr(each, "GENERIC", False)}
    found = [name for name, each in families().items() if name not in generic and _is_of(each, source)]
    others = [name for name in found if name != registry.TABLE]
    of_delivery = any(registry.is_delivery(name) for name in others)
    if registry.TABLE in found and (of_delivery or others and families()[registry.TABLE].of_software(source)):
        found.remove(registry.TABLE)
    return found or [name for name, each in generic.items() if _is_of(each, source)]


def delivery_of(source: sources.Source) -> str:
    """The family as which a laboratory's delivery is read: that of its layout, else the plain table of results."""
    own = [name for name in recognised(source) if registry.is_delivery(name)]
    return own[0] if len(own) == 1 else registry.TABLE


def _is_of(family, source):
    with sources.guarded(source.name, family.FAMILY):
        return family.recognise(source)


def _wells_seen(rows):
    """(wells, their 0-based column, 0-based row above the first) of the column that names most wells, six or more."""
    places = {}
    for at, row in enumerate(rows):
        for column, cell in enumerate(row[:12]):
            if isinstance(cell, str) and written_cells.well(cell):
                places.setdefault(column, []).append(at)
    places = {each: found for each, found in places.items() if _is_of_wells(rows, each, found[0] - 1)}
    column = max(places, key=lambda each: len(places[each]), default=None)
    if column is None or len(places[column]) < 6:
        return None
    return len(places[column]), column, max(places[column][0] - 1, 0)


def _is_of_wells(rows, column, at):
    """Whether the heading in row `at` says wells: names such as P01 look like them."""
    heading = written_cells.key(rows[at][column]) if at >= 0 and column < len(rows[at]) else ""
    return any(word in heading for word in ("well", "position", "location"))


def _undecided(source, names, answers):
    line = f'first line is "{sources.first_line(source)}"'
    if names:
        return source.refusal(
            "E-READ-003", f"the layout of {' and of '.join(names)}; {line}", "two readings are possible",
            "name one as format",
        )  # fmt: skip
    refuse_kinetic(source)
    if bare := families()["grid"].uncalled(source):
        sheet, part = bare
        return source.refusal(
            "E-READ-012", f'a grid of {len(part.cells)} numbers by well, titled "{part.title or part.corner}"',
            "nothing says whether they are signals, volumes or names",
            "if they are signals, write grid into the column format of its row; a layout is named in the column layout",
            sheet=sheet, row=part.start + 1,
        )  # fmt: skip
    parts = [part for _, rows in sources.grids(source) for part in matrices.find(rows) if part.lines]
    if parts:
        wells = sum(cell != "" for part in parts for line in part.lines for cell in line.cells.values())
        return source.refusal(
            "E-READ-005", f"a plate layout: {wells} wells with names and no signals", "it is no export of a reader",
            "name it in the layout column of the plates sheet, or give the export with the signals",
        )  # fmt: skip
    if refusal := families()["result_table"].about(source, answers):
        return refusal
    for sheet, rows in sources.grids(source):
        if seen := _wells_seen(rows):
            wells, column, at = seen
            heads = ", ".join(filter(None, map(written_cells.text, rows[at][:8])))
            return source.refusal(
                "E-FILE-009", f"{wells} wells in column {column + 1}, below the headings {heads or 'none'}",
                "it is no export we know: no column of numbers beside them could be taken for signals of an endpoint",
                "export the plate with one signal per well, or name the format", sheet=sheet, row=at + 1,
            )  # fmt: skip
    return source.refusal(
        "E-FILE-009", f"no plate and no results; {line}",
        "it is no export we know: wells with signals, or columns of sample, analyte and value, are missing",
        "nothing if it goes with another file; otherwise export again, or name the format",
    )  # fmt: skip
