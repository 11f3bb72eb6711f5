"""Figure 6: soluble BCMA, BAFF, APRIL (any groups of analytes) over the visits, each in its own unit."""

import pandas as pd
from immunoassay.figures import lettering, marks, pages, series
from immunoassay.figures.paging import Panels
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes
from matplotlib.figure import Figure

OF_GROUPS = ("summaries",)  # frames of which the rows of every group of participants are drawn
TABLE = declared(
    "figure_6",
    "the summary, or the value of one participant, of an analyte at a visit",
    "part variable layer participant_group participant visit",
    series.SERIES,
)


def table(
    summaries: pd.DataFrame,
    observations: pd.DataFrame,
    visits: pd.DataFrame,
    courses: pd.DataFrame,
    events: pd.DataFrame,
    analytes: pd.DataFrame,
    groups: list[str],
    individuals: bool = True,
    matched: bool = False,
    log: bool = True,
) -> pd.DataFrame:
    """Every number of Figure 6 (TABLE): the level of the analytes of `groups`, in sheet order; the others as series.table."""
    variables = series.variables_of(analytes, groups)
    frames = summaries, observations, visits, courses, events, variables
    return series.table(*frames, "value", "", individuals, individuals, matched, log)


@pages.drawing(TABLE, Panels("variable"))
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """Figure 6 from its table; one panel per analyte, no shared y axis."""
    table, without = series.with_values(table)
    lacking = figure_notes.without_values(without)
    analytes = list(dict.fromkeys(table["variable"]))
    if not analytes:
        return pages.notice(f"{figure_notes.nothing('figure_6')} {lacking} {remark}", simulated)
    columns, width, ticks = lettering.shape(series.labels(table), len(analytes), edge=series.edge(table))
    note = f"{figure_notes.axis(table)} {lacking} {remark}"
    figure = pages.page(width, 58 * -(-len(analytes) // columns), simulated, note)
    for axes, analyte in zip(pages.grid(figure, len(analytes), columns), analytes, strict=True):
        own = table[table["variable"] == analyte]
        series.panel(axes, own, ticks)
        axes.set_ylabel(series.axis_label(own.iloc[0], 42))
        marks.title(axes, own["label"].iloc[0], width / columns - 16)
    series.legend(figure, table)
    return figure
