"""NULISAseq in a table of samples by targets: which way it lies, where its numbers begin, and what stands beside them.

The table is taken for one of NULISAseq only where it says NPQ, or its samples bear the plate position that the instrument's
software puts before their names (`B_04_...`), or its targets are spelled as nobody else does. Data of the samples (age, sex,
genotype ...) stand between the names of the samples and the first target; they are named as not read.
"""

from dataclasses import dataclass

from immunoassay.readers import lists, sources, written_cells
from immunoassay.readers.deliveries import maker_names, relative_results, result_roles
from immunoassay.readers.deliveries.relative_results import Results
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import ResultTable
from immunoassay.readers.written_cells import Rows, key

_SAMPLES = {"samplename", "sampleid", "sample", "samples", "target", "targets", "npq"}
_SPELLED = {"ptau181", "ptau217", "ptau231", "ptdp43409", "psnca129", "oligosnca"}  # targets of the CNS panels
_OF_TARGETS = {"uniprot", "uniprotid", "alamartargetid", "detectability", "panel", "proteinname", "missingfreq"}
_RUN = 5  # rows of numbers one below the other that begin the targets
_LEAST = 10  # targets
_HEAD = 20  # cells of the first row and column where NPQ may be said


@dataclass
class Matrix:
    """A table of samples by targets; `lines` are its rows, or its columns where the samples stand in rows."""

    sheet: str
    above: int  # empty rows
    in_columns: bool  # the samples
    lines: Rows
    start: int  # first of the lines that is a target
    says_npq: bool


def find(source: sources.Source) -> Matrix | None:
    """The first table of the source that is certainly one of NULISAseq."""
    for sheet, grid in sources.grids(source):
        filled = [at for at, row in enumerate(grid) if row] or [0]
        above, rows = filled[0], grid[filled[0] : filled[-1] + 1]
        if len(rows) < 3 or len(rows[0]) < 3:
            continue
        if not isinstance(rows[0][0], str) or key(rows[0][0]) not in _SAMPLES:
            continue
        across, down = rows[0][1:], [written_cells.at(row, 0) for row in rows[1:]]
        says = "npq" in map(key, [rows[0][0], *across[:_HEAD], *down[:_HEAD]])
        for in_columns, names, targets in ((True, across, down), (False, down, across)):
            mine = _is_certain(names, targets)
            if not mine and not says:
                continue
            lines = rows if in_columns else _turned(rows)
            start = _first_target(source, lines)
            if start is not None and (mine or start > 1):
                return Matrix(sheet, above, in_columns, lines, start, says)
    return None


def _is_certain(names, targets):
    """Whether names of samples, or of targets, are written as only NULISAseq does."""
    names = [written_cells.text(name) for name in names if name != ""]
    placed = sum(bool(maker_names.POSITION.match(name)) for name in names)
    return bool(names) and placed >= len(names) / 2 or len(_SPELLED & set(map(key, targets))) > 1


def _turned(rows):
    width = max(map(len, rows))
    return [[written_cells.at(row, at) for row in rows] for at in range(width)]


def _first_target(source, lines):
    """The position of the first line of numbers behind which nearly all are lines of numbers; None where there is none.

    In a table that lies the other way the lines of names, words and numbers would mix.
    """
    numeric = [_is_numbers(source, line) and written_cells.text_at(line, 0) != "" for line in lines]
    start = next((at for at in range(1, len(lines)) if all(numeric[at : at + _RUN])), None)
    while start is not None and start < len(lines) and _is_whole(source, lines[start]):
        start += 1  # ages or visits; NPQ is no whole number, but where no read was found it is 0
    rest = numeric[start:] if start is not None else []
    return start if len(rest) >= _LEAST and sum(rest) >= 0.9 * len(rest) else None


def _is_numbers(source, line):
    """Whether a line holds numbers behind its name; a word or two among them is damage."""
    cells = [cell for cell in line[1:] if cell != ""]
    numbers = sum(source.number(cell) is not None for cell in cells)
    texts = sum(written_cells.text(cell).lower() not in written_cells.NO_VALUE for cell in cells) - numbers
    return bool(cells) and numbers >= len(cells) / 2 and texts <= max(1, len(cells) / 5)


def _is_whole(source, line):
    """Whether a line has whole numbers only, and not only zeros."""
    numbers = [number for cell in line[1:] if (number := source.number(cell)) is not None]
    return all(number.is_integer() for number in numbers) and any(numbers)


def read(source: sources.Source, family: str, answers: Answers) -> ResultTable:
    """The ResultTable of such a table. Raises NotReadable."""
    matrix = find(source)
    if matrix is None:
        raise source.refusal(
            "E-FILE-009", "no table of samples by targets, and no columns Target and NPQ",
            "nothing says which of its rows or columns are samples",
            "export the long table NPQ Values, or name result_table as format and say the columns in the columns sheet",
        )  # fmt: skip
    unit = relative_results.stated_unit(source, answers) or ("NPQ" if matrix.says_npq else "")
    lines, sheet = matrix.lines, matrix.sheet
    names = [written_cells.text(cell) for cell in lines[0][1:]]
    _check(source, matrix, names)
    found = Results(sheet, "")
    first, after = (matrix.start, len(lines)) if matrix.in_columns else (1, len(lines[0]))
    rows, above = dict(sources.grids(source))[sheet], matrix.above
    numbers = [number for number in range(above + first + 1, above + after + 1) if any(rows[number - 1])]
    found.aside = relative_results.shifted(source, sheet, numbers)
    limits = {limit: place for place, name in enumerate(names, 1) if (limit := result_roles.limit_named(name))}
    told = {place for place, name in enumerate(names, 1) if key(name) in result_roles.STATISTICS | _OF_TARGETS}
    roles, controls = maker_names.roles_of_names(names)
    maker_names.flag_controls(source, sheet, controls, above + 1)
    for at, line in enumerate(lines[matrix.start :], matrix.start):
        if not any(cell != "" for cell in line):
            continue
        target = written_cells.text_at(line, 0)
        for place, (name, role) in enumerate(zip(names, roles, strict=True), 1):
            if not name or place in told or place in limits.values():
                continue
            found.row.append(above + 1 + (at if matrix.in_columns else place))
            found.sample.append(name)
            found.role.append(role)
            found.analyte.append(target)
            found.value.append(written_cells.at(line, place))
            for limit, where in limits.items():
                found.limits.setdefault(limit, []).append(written_cells.at(line, where))
            found.column.append(name if matrix.in_columns else target)
    found.unit = [unit] * len(found.row)
    ignored = [text for line in lines[1 : matrix.start] if (text := written_cells.text_at(line, 0))]
    ignored += [names[place - 1] for place in sorted(told)]
    ignored += [f"sheet {other}" for other, grid in sources.grids(source) if other != sheet and any(grid)]
    return relative_results.table(source, family, found, answers, ignored)


def _check(source, matrix, names):
    """FLAGs for samples without a name, and names or targets that stand in the table twice."""
    lines, sheet, head = matrix.lines, matrix.sheet, matrix.above + 1
    for place, name in enumerate(names, 1):
        if not name and any(written_cells.at(line, place) != "" for line in lines[matrix.start :]):
            at = f"column {place + 1}" if matrix.in_columns else f"row {head + place}"
            source.flag(
                "V-087", f"{at} has values and no name of a sample", "whose they are is not known; they are not read",
                sheet=sheet, row=head if matrix.in_columns else head + place,
            )  # fmt: skip
    above = [at for at in range(1, matrix.start) if _is_numbers(source, lines[at]) and not _is_whole(source, lines[at])]
    if above:
        shown = ", ".join(f'"{written_cells.text_at(lines[at], 0)}"' for at in above[:6])
        source.flag(
            "E-READ-010", f"{len(above)} lines of numbers between the names of the samples and the first target: {shown}",
            "they are taken for data of the samples and not read", "nothing if they are; otherwise export again",
            sheet=sheet, row=head + above[-1] if matrix.in_columns else head,
        )  # fmt: skip
    targets = [written_cells.text_at(line, 0) for line in lines[matrix.start :]]
    for at, target in enumerate(targets):
        row = head + matrix.start + at if matrix.in_columns else head
        if not target and not any(cell != "" for cell in lines[matrix.start + at]):
            continue
        if not target:
            source.flag(
                "V-087", "numbers without the name of a target", "what they are is not known", sheet=sheet, row=row
            )
        elif target in targets[:at]:
            source.flag("V-087", f'two targets called "{target}"', "one of them may be another", sheet=sheet, row=row)
    if matrix.in_columns:
        numbered = [(head + at, line) for at, line in enumerate(lines[1:], 1)]
        lists.check_beyond(source, sheet, numbered, len(lines[0]))
