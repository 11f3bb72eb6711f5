"""ROC curves: how well biomarkers at baseline tell who will respond."""

import pandas as pd
from immunoassay.figures import lettering, marks, pages, series, style
from immunoassay.figures.paging import Panels
from immunoassay.figures.tidy import tidy
from immunoassay.statistics.groups import whole
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes, response_notes
from matplotlib.figure import Figure

TABLE = declared(
    "figure_roc",
    "a point of one curve, its area, or a biomarker that has none",
    "layer score variable point",
    """
layer | str | | point (of the curve), area or left_out (no curve)
score | str | | clinical score
variable | str | | analyte
label | str | | its name as it is printed
unit | str | | unit
point | Int64 | number | number of the point, from the highest threshold
threshold | float64 | <unit> | at or above it a participant is taken for a responder
sensitivity | float64 | share | share of the responders at or above it
specificity | float64 | share | share of the others below it
false_positive | float64 | share | share of the others at or above it
n | Int64 | number | participants
n_below | Int64 | number | of these, below the LLOQ at baseline
responders | Int64 | number | of these, responders
area | float64 | probability | area under the curve
low | float64 | probability | lower end of its interval
high | float64 | probability | upper end of its interval
p | float64 | probability | two-sided p of the rank-sum test
confidence | float64 | share | confidence of the interval
reason_code | str | | codes of why there is no curve or no interval
words | str | | the row in words
""",
)
EDGE = 12  # what a panel needs beside its axis, in mm


def table(
    roc: pd.DataFrame, roc_points: pd.DataFrame, analytes: pd.DataFrame, scores: list[str], confidence: float = 0.95
) -> pd.DataFrame:
    """Every number of the curves (TABLE), a panel for each of the `scores` and each biomarker, in the order of the sheet."""
    variables = series.variables_of(analytes, list(dict.fromkeys(analytes["group"])))
    rows = whole(roc).assign(layer="area", confidence=confidence)
    rows["layer"] = rows["layer"].where(rows["area"].notna(), "left_out")
    points = whole(roc_points).assign(layer="point")
    points["false_positive"] = 1 - points["specificity"]
    both = pd.concat([rows, points], ignore_index=True).drop(columns=["group", "unit"])
    both = both[both["score"].isin(scores)].merge(variables, on="variable")
    both["turn"] = both["score"].map({name: i for i, name in enumerate(scores)})
    return tidy(TABLE, both.sort_values(["turn", "place", "layer", "point"], kind="stable"))


@pages.drawing(TABLE, Panels("variable"))
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """The curves from their table, with the area, its interval and p in each panel."""
    areas = table[table["layer"] == "area"]
    note = f"{response_notes.roc(table)} {remark}"
    if areas.empty:
        return pages.notice(f"{figure_notes.nothing('figure_roc')} {note}", simulated)
    columns = min(4, len(areas))
    width = style.SINGLE if columns == 1 else style.DOUBLE if columns > 2 else style.DOUBLE * 2 / 3
    tall = width / columns + 12
    figure = pages.page(width, tall * -(-len(areas) // columns), simulated, note)
    several = areas["score"].nunique() > 1
    for axes, row in zip(pages.grid(figure, len(areas), columns), areas.to_dict("records"), strict=True):
        own = table[
            (table["layer"] == "point") & (table["score"] == row["score"]) & (table["variable"] == row["variable"])
        ]
        said = lettering.wrap(response_notes.area(row, row["confidence"]), width / columns - EDGE, style.TINY)
        _panel(axes, own.sort_values("point"), said)
        name = f"{row['label']}, {row['score']}" if several else row["label"]
        marks.title(axes, name, width / columns - EDGE, 5 + 1.3 * style.TINY * len(said))
    return figure


def _panel(axes, points, said):
    axes.plot([0, 1], [0, 1], color=style.PALE, lw=0.8, ls="--", zorder=1)
    axes.plot(points["false_positive"], points["sensitivity"], color=style.BLUE, zorder=3, clip_on=False)
    marks.say(
        axes,
        "\n".join(said),
        (0.5, 1),
        offset=(0, 3),
        va="bottom",
        color=style.BLACK,
        linespacing=1.2,
    )
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    ticks = [0, 0.25, 0.5, 0.75, 1]
    axes.set_xticks(ticks, ["0", "25", "50", "75", "100"])
    axes.set_yticks(ticks, ["0", "25", "50", "75", "100"])
    axes.set_xlabel("Others at or above, %")
    axes.set_ylabel("Responders, %")
