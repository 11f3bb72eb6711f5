"""The numbers behind every figure as one workbook, a sheet for each panel, as journals ask for it.

It holds the tables of the figures as they were drawn: where figures show no single participants, neither does it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd
from immunoassay.deliver.worksheet import Book, Link
from immunoassay.figures import contracts
from immunoassay.tables.notation import Table
from immunoassay.words import source_words
from immunoassay.words.number_words import printed
from openpyxl import Workbook

# What tells the panels of a figure apart; any other figure is one sheet.
PANELS = {
    "figure_5c": "unit",
    **dict.fromkeys(
        ("figure_2", "figure_4", "figure_5", "figure_6", "figure_groups", "figure_titres", "figure_roc"), "label"
    ),
    "figure_associations": "question",
    "figure_profile": "layer",
    "figure_waterfall": "score",
    "figure_courses": "label",
    "figure_survival": "panel",
}
LEFT_OUT, WORDS = "left_out", "words"  # what a figure names and does not draw, and what belongs to no panel
COUNTED = ("figure_1a", "figure_1b")  # their n is of boxes and events
FIRST = ("layer", "analyte", "variable", "label", "level", "visit", "participant")
INDEX = "Figures"


def contract(name: str) -> Table:
    """The table of the figure whose files have that name (figure_5a, curves_cytokines)."""
    known = contracts.tables()
    numbered = name.startswith("figure_")
    return known[name if name in known else name[: len("figure_5")] if numbered else f"figure_{name.split('_')[0]}"]


def build(figures: Mapping[str, pd.DataFrame], study: Mapping[str, Any]) -> Workbook:
    """The workbook (openpyxl) of the tables of `figures` {name of its files: table}; `study`: title, simulated."""
    banner = f"SIMULATED \N{EN DASH} {study['title']}" if study["simulated"] else study["title"]
    book = Book(study["title"], banner)
    panels = [panel for name, frame in figures.items() for panel in _panels(name, frame)]
    titles = _titles(panels)
    index = pd.DataFrame(
        {
            "figure": [source_words.figure(name) for name, _, _ in panels],
            "panel": [source_words.panel(which) for _, which, _ in panels],
            "sheet": titles,
            "n": ["" if name in COUNTED else participants(frame) for name, _, frame in panels],
            "rows": [len(frame) for _, _, frame in panels],
            "one row is": [contract(name).row for name, _, _ in panels],
            "file": [f"results/figures/{name}.tsv" for name, _, _ in panels],
        }
    )
    links = [Link("sheet", place, place, f"'{title}'!A1") for place, title in enumerate(titles)]
    book.table(INDEX, index, source_words.NOTES, first=["figure", "panel"], links=links)
    for (name, _, frame), title in zip(panels, titles, strict=True):
        declared = contract(name).columns
        notes = {column: each.meaning + (f" [{each.unit}]" if each.unit else "") for column, each in declared.items()}
        filled = frame[[column for column in frame.columns if frame[column].notna().any()]]
        book.table(title, filled, notes, first=FIRST, whole=f"results/figures/{name}.tsv")
    return book.workbook


def _panels(name: str, frame: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """(name of the figure, its panel or "", rows) in the order in which they are drawn; none of a figure without a row."""
    column = PANELS.get(name, PANELS.get(contract(name).name, ""))
    if not column:
        if len(frame):
            yield name, "", frame
        return
    which = frame[column].map(printed if column == "unit" else str, na_action="ignore").astype(object).fillna(WORDS)
    if "layer" in frame:
        which = which.where(frame["layer"] != LEFT_OUT, LEFT_OUT)
    for panel in which.unique():
        yield name, panel, frame[which == panel].reset_index(drop=True)


def participants(frame: pd.DataFrame) -> int | str:
    """How many participants a panel shows, as 7 or "5\N{EN DASH}7"; "" where the table does not say."""
    for column in ("n", "n_participants"):
        if column in frame and frame[column].notna().any():
            known = frame[column].dropna().astype(int)
            return source_words.span(known.min(), known.max())
    if "participant" in frame and frame["participant"].notna().any():
        count = frame["participant"].nunique()
        return source_words.span(count, count)
    return ""


def _titles(panels: Iterable[tuple[str, str, pd.DataFrame]]) -> list[str]:
    """Names of the sheets, no two alike: at most 31 characters, none that Excel refuses."""
    found: list[str] = []
    for name, panel, _ in panels:
        text = f"{source_words.figure(name)} {source_words.panel(panel)}".strip()
        text = "".join(" " if sign in "[]:*?/\\'" else sign for sign in text)
        title, number = text[:31], 1
        while title.casefold() in {each.casefold() for each in (INDEX, *found)}:
            number += 1
            title = f"{text[: 31 - len(str(number)) - 1]} {number}"
        found.append(title)
    return found
