"""The one notation in which every table of the workflow is declared: a line for each column, `name | type | unit | meaning`.

Types: `str` (missing = NaN), `float64`, `Int64`, `boolean`. Where a unit stands in another column of the row, the unit is
that column's name in angle brackets, such as `<unit>`.
"""

from dataclasses import dataclass

TYPES = ("str", "float64", "Int64", "boolean")


@dataclass(frozen=True)
class Column:
    """A column: its name, type, unit ("" where it has none) and meaning."""

    name: str
    type: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """A table: what one row is, the columns that name a row, and all columns by name, in order."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: dict[str, Column]

    @property
    def types(self) -> dict[str, str]:
        """Type by column."""
        return {name: column.type for name, column in self.columns.items()}


def columns(text: str) -> dict[str, Column]:
    """Columns by name of lines `name | type | unit | meaning`. Raises ValueError for a line that is none, or a repeat."""
    found: dict[str, Column] = {}
    for line in filter(str.strip, text.splitlines()):
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 4 or parts[1] not in TYPES or not parts[3] or parts[0] in found:
            raise ValueError(f"no column, or one that is there already: {line}")
        found[parts[0]] = Column(*parts)
    return found


def table(name: str, row: str, key: str, text: str) -> Table:
    """A Table of lines of columns; `key` names columns with spaces between. Raises ValueError where one is unknown."""
    known = columns(text)
    if unknown := set(key.split()) - set(known):
        raise ValueError(f"{name} has no column {', '.join(sorted(unknown))}")
    return Table(name, row, tuple(key.split()), known)
