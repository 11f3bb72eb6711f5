"""The legend of a figure as a journal prints it: what is shown, of whom, how many, and what of it is below the limits."""

import pandas as pd
from immunoassay.words import drawing_words
from immunoassay.words.language import said
from immunoassay.words.series_notes import NAMED
from immunoassay.words.terms import capital

TITLES = {
    "figure_1a": "Study schema",
    "figure_1b": "Participant flow",
    "figure_2": "Clinical scores over the visits",
    "figure_3": "Relapse and retreatment",
    "figure_4": "Biomarkers at two visits",
    "figure_5": "Antibodies over the visits",
    "figure_5a": "Autoantibodies relative to baseline",
    "figure_5b": "Antibodies against vaccine antigens",
    "figure_5c": "Antibody classes",
    "figure_6": "Biomarkers over the visits",
}
TESTED = ("p", "p_adjusted", "adjusted")  # columns of a figure that shows a test
COUNTED = ("summary", "box")  # layers whose n are of results


def titled(figure: str, body: str) -> str:
    """The legend of the figure of this name (of its files), in Markdown."""
    name = capital(drawing_words.name_of(figure))
    title = TITLES.get(figure.partition(".")[0])
    title = f"{name}. {title}." if title else f"{name}."
    return said(f"**{title}** {body}\n")


def legend(table: pd.DataFrame, note: str, simulated: bool) -> str:
    """What the legend says behind the title: the `note` of the figure, panels, counts and tests of its table."""
    text = ["All data are simulated." if simulated else "", " ".join(note.split())]
    counts = (
        table[table["layer"].isin(COUNTED)] if {"layer", "label", "visit_label", "n"} <= set(table) else table.iloc[:0]
    )
    if len(counts):
        text.append(_counts(counts))
        text.append(_shares(counts))
        if not table[[name for name in TESTED if name in table]].notna().any().any():
            text.append("No test is shown.")
    return said(" ".join(filter(None, text)))


def _counts(rows):
    """n at every visit, once where it is that of all panels."""
    panels: dict = {}
    rows = rows.assign(name=rows["label"])
    if "participant_group" in rows and rows["participant_group"].notna().any():
        rows["name"] = rows["label"] + ", " + rows["participant_group"].fillna("all")
    for name, own in rows.dropna(subset=["x"]).sort_values("x", kind="stable").groupby("name", sort=False):
        text = ", ".join(f"{visit} {int(n)}" for visit, n in zip(own["visit_label"], own["n"], strict=True))
        panels.setdefault(text, []).append(name)
    if len(panels) == 1:
        return f"Number of results: {next(iter(panels))}."
    return f"Number of results: {'; '.join(f'{_listed(names)}: {text}' for text, names in panels.items())}."


def _shares(rows):
    """Share of results below the lower limit, of every panel that has any."""
    sums = rows.groupby("label", sort=False)[["n", "n_below"]].sum()
    sums = sums[sums["n_below"] > 0]
    shares = [f"{label} {int(low)} of {int(n)} ({100 * low / n:.0f} %)" for label, n, low in sums.itertuples()]
    return f"Below the lower limit: {', '.join(shares)}." if shares else ""


def _listed(names):
    return ", ".join(names) if len(names) <= NAMED else f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
