"""Figures drawn one after the other in one process, which starts once: each its numbers and all its pages."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
from immunoassay import tables
from immunoassay.figures import pages
from immunoassay.statistics import groups


def draw(
    figure: Mapping[str, Any],
    read: Mapping[str, pd.DataFrame],
    sheets: Mapping[str, pd.DataFrame],
    folder: str | Path,
    formats: Sequence[str],
) -> None:
    """Draw a figure with the files it has: {"drawer": its module, "files": {name: number of pages}, "inputs": {argument of its
    table: name of a table}, "sheets": their names, "choices", "look"}; `read` and `sheets` hold the tables and sheets.

    Of a figure of parts the parts have their own numbers, and the whole has none. An error says which figure it is of.
    """
    drawer = import_module(f"immunoassay.figures.{figure['drawer']}")
    divided = ("observations", *getattr(drawer, "OF_GROUPS", ()))
    frames = {name: read[table] for name, table in figure["inputs"].items()}
    try:
        table = drawer.table(
            **{
                name: groups.whole(frame) if "participant_group" in frame and name not in divided else frame
                for name, frame in frames.items()
            },
            **{name: sheets[name] for name in figure["sheets"]},
            **figure["choices"],
        )
    except Exception as error:
        error.add_note(f"in the numbers of {', '.join(figure['files'])}")
        raise
    for name, count in figure["files"].items():
        part = name.removeprefix(figure["drawer"]).upper() if name.startswith(figure["drawer"]) else ""
        own = table[table["part"] == part].reset_index(drop=True) if part else table
        numbers = bool(part) or len(figure["files"]) == 1
        write(drawer, own, Path(folder) / name, figure["look"], formats, count, numbers)


def write(
    drawer: ModuleType,
    table: pd.DataFrame,
    stem: str | Path,
    look: Mapping[str, Any],
    formats: Sequence[str],
    count: int = 1,
    numbers: bool = True,
) -> None:
    """Write the numbers of a figure, `stem`.tsv, and draw its `count` pages, the further ones as `stem`.page2 and so on."""
    try:
        if numbers:
            tables.write_text(table, drawer.TABLE, f"{stem}.tsv")
        for page in range(1, count + 1):
            pages.save(drawer.draw(table, page=page, **look), f"{stem}.page{page}" if page > 1 else stem, formats)
    except Exception as error:
        error.add_note(f"in the figure {stem}")
        raise
