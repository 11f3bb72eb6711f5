"""Reading one export by the family that wrote it.

A family is a module of the folders luminex, msd, plate_readers or deliveries with `FAMILY` (the module's own name),
`recognise(source) -> bool` and `read(source) -> Export`, where `source` is what `open_export.open_file` gives; in
deliveries `read(source, answers) -> ResultTable`. Add a family: write its module, nothing else. Families are loaded by
name, so that a batch depends on the readers of its own exports only.
"""

from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from immunoassay.problems import Problem
from immunoassay.readers import kinetics, matrix, sources
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import Export, NotReadable, Plate, ResultTable

FOLDERS = ("luminex", "msd", "plate_readers", "deliveries")
TABLE = "result_table"  # of the deliveries the one without a layout of its own


@cache
def module_of(name: str) -> str | None:
    """Full name of the module of a family, None for a name that is none."""
    places = (f"immunoassay.readers.{folder}.{name}" for folder in FOLDERS)
    return next((place for place in places if name.isidentifier() and find_spec(place)), None)


def family(name: str) -> ModuleType:
    """The module of a family. Raises KeyError for a name that is none."""
    place = module_of(name)
    found = import_module(place) if place else None
    if found is None or not hasattr(found, "FAMILY"):
        raise KeyError(name)
    return found


def is_delivery(name: str) -> bool:
    """Whether a family delivers results instead of wells."""
    return (module_of(name) or "").startswith("immunoassay.readers.deliveries.")


def read_as(source: sources.Source, name: str, answers: Answers | None = None) -> Export | ResultTable:
    """The Export (or ResultTable) of an open file read as the family `name`.

    Raises NotReadable, and nothing else, when the family finds no plate in it or fails; KeyError for an unknown family.
    """
    chosen = family(name)
    if getattr(chosen, "GENERIC", False):
        refuse_kinetic(source)
    with sources.guarded(source.name, name):
        export = chosen.read(source, answers) if is_delivery(name) else chosen.read(source)
        return _with_problems(source, export)


def refuse_kinetic(source: sources.Source) -> None:
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
    if all(problem.code != "E-FILE-013" for problem in problems):
        return problems
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
