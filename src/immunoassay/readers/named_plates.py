"""Which plate of a file a row of the plates sheet means, which problems of the file concern it, which plates no row means.

Plates go by their names, or by their numbers in the file, those that cannot be read counted among them.
"""

from collections.abc import Collection

from immunoassay.problems import Problem
from immunoassay.readers.export import Export, Plate, UnreadPlate
from immunoassay.study.similar_names import suggestion


def position(export: Export, wanted: str) -> int | None:
    """The 0-based position in `export.in_file()` of the plate that `plate_in_file` names, None when it is not clear.

    Without a name it is the only plate of the file, or the only one that can be read.
    """
    plates = export.in_file()
    names = [each.name for each in plates]
    if names.count(wanted) == 1 and (wanted or len(names) == 1):
        return names.index(wanted)
    if not wanted and len(export.plates) == 1:
        return plates.index(export.plates[0])
    return int(wanted) - 1 if wanted.isdigit() and 1 <= int(wanted) <= len(names) else None


def unclear(export: Export, wanted: str) -> str:
    """What the file holds, in words, where `position` is None."""
    names = [each.name for each in export.in_file()]
    what = f'no plate "{wanted}"{suggestion(wanted, names)}' if wanted else f"{len(names)} plates"
    what = f'{names.count(wanted)} plates called "{wanted}"' if wanted and wanted in names else what
    return f"the file holds {what}; it holds {', '.join(names)}"


def concerns(problem: Problem, plate: Plate, export: Export) -> bool:
    """Whether a problem of the file is one of this Plate: a QUARANTINE that names another by row or name is not."""
    if problem.level != "QUARANTINE" or len(export.plates) == 1:
        return True
    others = [each for each in export.plates if each is not plate]
    if problem.column and problem.column in {each.name for each in others} - {plate.name}:
        return False
    rows = [set(each.wells["row"].dropna().astype(str)) for each in (plate, *others)]
    return problem.row in rows[0] or not any(problem.row in each for each in rows[1:])


def left_out(export: Export, named: Collection[int]) -> tuple[list[str], list[UnreadPlate]]:
    """(names of plates, UnreadPlates) of the file at none of the positions `named`."""
    left = [(at, each) for at, each in enumerate(export.in_file()) if at not in named]
    names = [each.name or str(at + 1) for at, each in left if isinstance(each, Plate)]
    return names, [each for _, each in left if not isinstance(each, Plate)]
