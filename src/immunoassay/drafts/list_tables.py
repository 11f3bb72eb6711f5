"""A list a laboratory keeps, opened: any tab of a workbook, or delimited text, with titles above its header and empty rows."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class ListTable:
    """A table of a list.

    `frame`: its columns by their headings as written (made unique), every cell a text, "" where it is empty; dates and numbers
    of a workbook are `2024-01-31` and `12` or `0.5`. Its index is the number of each row in the file, from 1.
    `refused`: headings of columns that hold personal data; they are not in the frame.
    """

    file: str  # name of the file, without its folder
    tab: str  # "" for delimited text
    frame: pd.DataFrame
    refused: tuple[str, ...] = ()


def read_list(path: str | Path) -> list[ListTable]:
    """The ListTables of a file, one for each visible tab that holds a table, in their order.

    Raises NotReadable (readers.export) where the file cannot be opened or holds no table.
    """
    raise NotImplementedError
