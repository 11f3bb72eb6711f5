"""Delimited text: the character that separates its cells, and its records with the numbers of their lines."""

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

LONGEST_CELL = 16 * 1024**2  # audit trails of instruments fill one cell
csv.field_size_limit(LONGEST_CELL)


def delimiter_of(text: str) -> str:
    """The tab, semicolon or comma that is in most lines; of equals the most frequent. Quoted text does not count."""
    bare = re.sub(r'"[^"\n]*"', "", text)
    lines, there = bare.split("\n"), [each for each in "\t;," if each in bare]
    if len(there) < 2:
        return (*there, ",")[0]
    return max(there, key=lambda each: (sum(each in line for line in lines), bare.count(each)))


def lines_of(text: str) -> list[str]:
    """The lines of a text, without the empty one behind the last line end."""
    return text.removesuffix("\n").split("\n")


def records(lines: Iterable[str], delimiter: str, strict: bool = False) -> Iterator[tuple[int, int, list[str]]]:
    """(number of the first line, number of the last, cells) of every record; a quoted cell may run over lines.

    Blank lines are records without cells. Raises csv.Error where a cell is too long and, if `strict`, at a stray quote.
    """
    reader, first = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, strict=strict), 1
    for cells in reader:
        yield first, reader.line_num, cells
        first = reader.line_num + 1


def named_rows(path: str | Path) -> tuple[list[str], list[dict[str, str]]]:
    """(names of the columns, rows as dicts) of a tab-separated table of the workflow, which is trusted to be well made."""
    with open(path, newline="", encoding="utf-8") as handle:
        reader = csv.DictReader(handle, delimiter="\t")
        rows = list(reader)
        return list(reader.fieldnames or []), rows
