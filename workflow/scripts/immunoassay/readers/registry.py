"""The families of exports and which one wrote a file: content decides, a named format wins.

A family is a module with `FAMILY` (its name), `recognise(source) -> bool` and `read(source) -> Export` (ResultTable for
`result_table`), where `source` is what `files.open_file` gives. Add a family: write its module, name it in FAMILIES.
"""

from immunoassay.readers import (
    bioplex_table,
    bioplex_workbook,
    bioplex_xml,
    bmg_mars,
    bmg_smart_control,
    envision,
    files,
    gen5,
    grid,
    intelliflex,
    kaleido,
    luminex_is,
    magellan,
    msd_plate,
    msd_table,
    result_table,
    skanit,
    softmax,
    xponent,
)

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
    result_table,
)

_BY_NAME = {family.FAMILY: family for family in FAMILIES}


def recognise(path):
    """Names of the families whose layout the file has; NotReadable when it cannot be opened as text or workbook."""
    return _recognised(files.open_file(path))


def read(path, format=None):
    """Read one raw file as Export (or ResultTable), by its content or as the named format.

    Raises NotReadable when the file is damaged, no family or more than one recognises it, the format is unknown, or
    the family finds no plate in it.
    """
    source = files.open_file(path)
    if format is None:
        names = _recognised(source)
        if len(names) != 1:
            raise _undecided(source, names)
        format = names[0]
    if format not in _BY_NAME:
        known = ", ".join(sorted(_BY_NAME))
        raise files.refusal(source.name, "E-FILE-009", f'format "{format}"', "no such family", f"use one of {known}")
    export = _BY_NAME[format].read(source)
    export.problems = [*source.problems, *export.problems]
    return export


def _recognised(source):
    """Names of the families that recognise the source; a GENERIC layout counts only where no other one does."""
    found = [family for family in FAMILIES if family.recognise(source)]
    specific = [family for family in found if not getattr(family, "GENERIC", False)]
    return [family.FAMILY for family in specific or found]


def _undecided(source, names):
    line = f'first line is "{files.first_line(source)}"'
    if names:
        found = f"the layout of {' and of '.join(names)}; {line}"
        return files.refusal(source.name, "E-FILE-009", found, "two readings are possible", "name one as format")
    known = ", ".join(_BY_NAME)
    why = f"not an export we know ({known})"
    return files.refusal(source.name, "E-FILE-009", line, why, "export in one of these layouts, or name the format")
