"""What the workbook of source data says of figures and panels."""

from immunoassay.words.language import said

PANELS = {
    "score": "scores",
    "loading": "loadings",
    "variance": "variance",
    "words": "notes",
    "left_out": "not drawn",
    "baseline": "at baseline",
    "change_change": "changes",
    "within_participant": "within participants",
}
NOTES = {
    "figure": "figure, as its files are called",
    "panel": "panel; empty where the figure is one",
    "sheet": "sheet of this workbook that holds its numbers",
    "n": "participants, or the smallest and largest number of them at a visit",
    "rows": "rows of the sheet",
    "one row is": "what one row of the sheet is",
    "file": "the same numbers as text, of all panels of the figure",
}


def figure(name: str) -> str:
    """figure_5a as "Figure 5A", curves_cytokines as "Curves cytokines"."""
    if name.startswith("figure_"):
        return said(f"Figure {name.removeprefix('figure_').upper()}")
    return said(name[0].upper() + name[1:].replace("_", " "))


def panel(code: str) -> str:
    """The panel in words; labels of variables are themselves."""
    return said(PANELS.get(code, code))


def span(low: int, high: int) -> int | str:
    """A number, or the smallest and the largest."""
    return int(low) if low == high else f"{low}\N{EN DASH}{high}"
