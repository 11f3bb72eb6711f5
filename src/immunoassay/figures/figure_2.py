"""Figure 2: clinical scores over the visits, mean with its interval, participants in grey, the smallest change that
matters as a line.
"""

import pandas as pd
from immunoassay.figures import lettering, marks, pages, series, style
from immunoassay.figures.paging import Panels
from immunoassay.figures.tidy import tidy
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes
from matplotlib.figure import Figure

OF_GROUPS = ("summaries",)  # frames of which the rows of every group of participants are drawn
TABLE = declared(
    "figure_2",
    "the summary, or the value of one participant, of a score at a visit, or the line of the change that matters",
    "part variable layer participant_group participant visit",
    series.SERIES,
)


def table(
    summaries: pd.DataFrame,
    observations: pd.DataFrame,
    visits: pd.DataFrame,
    courses: pd.DataFrame,
    events: pd.DataFrame,
    scales: dict[str, dict],
    scores: list[str],
    quantity: str = "change",
    individuals: bool = True,
    matched: bool = False,
) -> pd.DataFrame:
    """Every number of Figure 2 (TABLE); `scores` in order, `quantity` change or value.

    `scales` maps a score to its rule (vocabulary.scales). Rows of layer `mcid` hold the smallest change that matters
    to patients, as change for the better (y); a score without a settled one has none.
    """
    variables = pd.DataFrame(
        [(name, series.score_label(name, scales[name]), name, "points", place) for place, name in enumerate(scores)],
        columns=["variable", "label", "group", "unit", "place"],
    )
    frames = summaries, observations, visits, courses, events, variables
    rows = series.table(*frames, quantity, "", individuals, individuals, matched)
    there = set(rows.loc[rows["layer"] != "left_out", "variable"])
    drawn = [name for name in scores if name in there and quantity == "change"]
    lines = [_mcid(name, scales[name]) for name in drawn if scales[name]["mcid"] is not None]
    return tidy(TABLE, rows, lines)


@pages.drawing(TABLE, Panels("variable"))
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """Figure 2 from its table; one panel per score."""
    table, without = series.with_values(table)
    lacking = figure_notes.without_values(without)
    scores = list(dict.fromkeys(table["variable"]))
    if not scores:
        return pages.notice(f"{figure_notes.nothing('figure_2')} {lacking} {remark}", simulated)
    most = 2 if len(scores) in (2, 4) else 3
    columns, width, ticks = lettering.shape(series.labels(table), len(scores), most, series.edge(table, 20))
    rows = -(-len(scores) // columns)
    change = (table["quantity"] == "change").any()
    figure = pages.page(width, 58 * rows, simulated, f"{figure_notes.scores(table)} {lacking} {remark}")
    for axes, score in zip(pages.grid(figure, len(scores), columns), scores, strict=True):
        own = table[table["variable"] == score]
        mcid = own[own["layer"] == "mcid"]
        series.panel(axes, own[own["layer"] != "mcid"], ticks, band=True, zero=change)
        for y in mcid["y"]:
            axes.axhline(y, color=style.VERMILION, lw=0.8, ls="--", zorder=2)
            marks.edge_label(axes, y, "MCID", style.VERMILION)
        marks.title(axes, own["label"].iloc[0], width / columns - 20)
        axes.set_ylabel(series.axis_label(own.iloc[0], 44))
    series.legend(figure, table)
    return figure


def _mcid(score, scale):
    label = series.score_label(score, scale)
    row = {"variable": score, "label": label, "group": score, "unit": "points", "quantity": "change", "layer": "mcid"}
    return {**row, "part": "", "y": series.mcid(scale), "words": figure_notes.difference()}
