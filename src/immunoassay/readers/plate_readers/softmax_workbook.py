"""SoftMax Pro text pasted into a workbook: what people wrote to the right of its plates is cut off."""

from immunoassay.readers import matrix, sources, written_cells

_HEAD = 9  # cells of the line of a plate up to its contents and the number of reads
_COUNT = 14  # cell of that line that counts the wavelengths; one further for fluorescence
_WELLS = 4  # cells from there to the number of wells
_WHOLE = 22


def own_rows(source: sources.Source, rows: written_cells.Rows) -> written_cells.Rows:
    """The rows of a sheet, each as wide as the plate it belongs to; those of a text as they are.

    A line of the plate over whose end somebody wrote keeps its beginning. Where a cell follows a plate row without an
    empty one between, nothing is cut: it may be a value.
    """
    if not isinstance(source, sources.Workbook):
        return rows
    found, width, in_group = [], 0, False
    for at, row in enumerate(rows):
        head = matrix.first(row)
        in_group = head.startswith("Group:") or (in_group and head != "~End")
        if head == "Plate:":
            end = next((i for i in range(at, len(rows)) if matrix.first(rows[i]) == "~End"), len(rows))
            width = _width(rows[at + 1 : end])
            row = _line_of_plate(row)
        elif width and not in_group:
            row = sources.trimmed(row[:width])
        found.append(row)
    return found


def _width(rows):
    """The columns of a plate whose rows below its line are these, 0 where it cannot be told."""
    header = next((row for row in rows[:3] if len(row) > 2 and row[2] != ""), [])
    numbers = [written_cells.number(cell) for cell in header]
    if numbers[2:3] == [1]:
        columns = next(n for n in range(1, len(numbers)) if numbers[2 + n : 3 + n] != [n + 1])
        width = 2 + columns
        while numbers[width : width + 1 + columns] == [None, *range(1, columns + 1)]:
            width += 1 + columns
    else:
        wells = [written_cells.well(written_cells.text(cell)) for cell in header[2:]]
        width = 2 + next((at for at, well in enumerate(wells) if well is None), len(wells))
    return 0 if any(written_cells.at(row, width) != "" for row in rows) else width


def _line_of_plate(row):
    """The line of a plate without notes behind or over its end."""
    numbers = [written_cells.number(written_cells.at(row, at)) is not None for at in range(_WHOLE)]
    whole = any(numbers[at] and numbers[at + _WELLS] for at in (_COUNT, _COUNT + 1))
    return sources.trimmed(row[: _WHOLE if whole else _HEAD])
