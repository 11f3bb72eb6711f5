"""A layout to be filled in: what an export says of each well of a plate, as a grid."""

import re

import pandas as pd
from immunoassay.study.layouts import CONTROL, STANDARD

_GRIDS = ((8, 12), (16, 24))  # rows and columns of the plates a grid can show


def layout_grid(wells: pd.DataFrame) -> list[str]:
    """Lines of a grid of a plate: what the export says of each well (a row each), `?` for one with a signal and no name."""
    places = {well: (ord(well[0]) - 64, int(well[1:])) for well in wells["well"] if re.fullmatch("[A-Z][0-9]+", well)}
    size = next((size for size in _GRIDS if all(r <= size[0] and c <= size[1] for r, c in places.values())), None)
    if size is None or len(places) < len(wells):
        return ["well\trole\tsample_id", *(f"{row.well}\tsample\t{_layout_cell(row)}" for row in wells.itertuples())]
    cells = {row.well: _layout_cell(row) for row in wells.itertuples()}
    columns = range(1, size[1] + 1)
    grid = [[letter, *(cells.get(f"{letter}{n:02d}", "empty") for n in columns)] for letter in "ABCDEFGHIJKLMNOP"]
    return ["\t".join(map(str, row)) for row in [["", *columns], *grid[: size[0]]]]


def _layout_cell(row):
    sample = row.sample if isinstance(row.sample, str) else ""
    level = row.level if isinstance(row.level, str) else ""
    dilution = f"@{row.dilution:g}" if row.dilution == row.dilution and row.dilution != 1 else ""
    if row.role == "empty" or row.signal != row.signal:
        return "empty"
    if row.role == "blank":
        return "blank"
    if row.role in ("standard", "control"):
        pattern = {"standard": STANDARD, "control": CONTROL}[row.role]
        return level if pattern.fullmatch(level) else "?"
    return f"{sample}{dilution}" if sample else "?"
