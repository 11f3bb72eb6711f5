"""Heat map of the associations between biomarkers (rows) and scores (columns), one block per question."""

import numpy as np
import pandas as pd
from immunoassay.figures import lettering, pages, series, style
from immunoassay.figures.paging import LINES, Panels
from immunoassay.figures.tidy import tidy
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

TABLE = declared(
    "figure_associations",
    "one cell of the heat map: a biomarker and a score, for one question",
    "question variable score visit",
    """
question | str | | baseline, change_change or within_participant
variable | str | | analyte
label | str | | its name as it is printed
group | str | | group of analytes
score | str | | clinical score
visit | str | | visit
statistic | str | | what the estimate is: Kendall tau-b, a correlation r or the concordance of visits
estimate_method_code | str | | code of statistic
row | Int64 | number | row of the heat map, from 0
column | Int64 | number | column of its block, from 0
n_participants | Int64 | number | participants
n_observations | Int64 | number | participant visits with both
share_below | float64 | share | results below LLOQ or LOD / results
lower_limit_code | str | | the limit these lie below: lloq, lod, both or none
estimate | float64 | correlation | the estimate
low | float64 | correlation | lower end of the 95 % confidence interval (see interval_method)
high | float64 | correlation | upper end of the 95 % confidence interval
interval_method | str | | of what the interval is, and how it was computed
interval_method_code | str | | code of interval_method
p | float64 | probability | two-sided p value
p_floor | float64 | probability | smallest two-sided p attainable
adjusted | float64 | probability | p adjusted within its family, or q
adjustment | str | | max-T or false discovery rate
adjustment_code | str | | code of adjustment
family | str | | family of tests; empty: descriptive, not adjusted
family_code | str | | code of the family; with the visit and the group it names one
family_size | Int64 | number | tests in the family
reason | str | | why there is no estimate
reason_code | str | | code of reason
words | str | | the row in words
""",
)
# question: title of the block
QUESTIONS = {
    "baseline": "At {visit}",
    "change_change": "Change to {visit}",
    "within_participant": "Within participants",
}
LEVEL = 0.05


def table(associations: pd.DataFrame, analytes: pd.DataFrame, scores: list[str], visit: str) -> pd.DataFrame:
    """Every number of the heat map, one row per cell (row and column count from 0; rows by group and sheet order).

    `visit` is the visit whose changes are compared. `statistic` says what `estimate` is; `adjusted` is the p
    value adjusted within its family (max-T or min-p, else false discovery rate). A cell without an estimate keeps its reason.
    """
    biomarkers = series.variables_of(analytes, list(dict.fromkeys(analytes["group"])))
    biomarkers = biomarkers[biomarkers["variable"].isin(associations["variable"])]
    biomarkers["row"] = range(len(biomarkers))
    asked = associations["question"].isin(QUESTIONS) & associations["score"].isin(scores)
    asked &= (associations["question"] != "change_change") | (associations["visit"] == visit)
    rows = associations[asked].drop(columns="group").merge(biomarkers, on="variable")
    exact = rows["p_adjusted"].notna()
    rows["adjusted"] = rows["p_adjusted"].where(exact, rows["q_value"])
    adjusted = rows["q_value"].notna()
    rows["adjustment_code"] = (
        rows["adjusted_method_code"].where(exact, "false_discovery_rate").where(exact | adjusted, "")
    )
    rows["adjustment"] = rows["adjustment_code"].map(figure_notes.adjustments())
    rows["statistic"] = rows["estimate_method_code"].map(
        {code: name for code, (name, _) in figure_notes.STATISTICS.items()}
    )
    for column in ("reason", "reason_code"):
        rows[column] = rows[column].where(rows["estimate"].isna())
    rows["column"] = rows["score"].map({name: i for i, name in enumerate(scores)})
    rows["place"] = rows["question"].map({question: i for i, question in enumerate(QUESTIONS)})
    return tidy(TABLE, rows.sort_values(["place", "row", "column"], kind="stable"))


@pages.drawing(TABLE, Panels("variable", LINES["associations"]))
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """The heat map from its table: estimate and n in each cell, cells without an estimate hatched with their reason."""
    import seaborn  # takes longer to import than all else of figures, and source data needs the table alone

    questions = [question for question in QUESTIONS if (table["question"] == question).any()]
    table = table.assign(row=table["row"].rank(method="dense").astype(int) - 1)  # of the page
    labels = table.drop_duplicates("row").set_index("row")["label"].sort_index()
    scores = table.drop_duplicates("column").set_index("column")["score"].sort_index()
    codes = dict.fromkeys(table["reason_code"].dropna())
    if table["estimate"].isna().all():
        return pages.notice(f"{figure_notes.no_association(table)} {remark}", simulated)
    reasons = {code: chr(97 + i) if i < 26 else str(i) for i, code in enumerate(codes)}
    names = max(lettering.text_width(text, style.SMALL) for text in labels)
    wide = (style.DOUBLE - names - 40) / len(scores) / len(questions)  # of a cell, in mm
    counts = _counts(table, ", ")
    broken = max(lettering.text_width(text, style.TINY) for text in counts) > wide
    table = table.assign(count=_counts(table, "\n") if broken else counts)
    note = f"{figure_notes.associations(table, reasons)} {remark}"
    figure = pages.page(style.DOUBLE, 26 + (8.4 if broken else 6.4) * len(labels), simulated, note, wspace=0)
    axes = figure.subplots(1, len(questions), squeeze=False)[0]
    colours = seaborn.color_palette("vlag", as_cmap=True)
    for letter, axis, question in zip("ABC", axes, questions, strict=False):
        own = table[table["question"] == question]
        grid = own.pivot(index="row", columns="column", values="estimate").reindex(labels.index, columns=scores.index)
        axis.add_patch(
            Rectangle((0, 0), len(scores), len(labels), fc="#E4E4E4", ec="#A0A0A0", hatch="/////", lw=0, zorder=0)
        )
        seaborn.heatmap(
            grid,
            mask=grid.isna(),
            vmin=-1,
            vmax=1,
            cmap=colours,
            cbar=False,
            xticklabels=False,  # _frame names them; seaborn would keep a whole page in memory for every name
            yticklabels=False,
            linewidths=0.6,
            linecolor="white",
            ax=axis,
        )
        _cells(axis, own, reasons)
        _frame(axis, own, labels, scores, first=axis is axes[0])
        visit = own["visit"].dropna()
        title = QUESTIONS[question].format(visit=visit.iloc[0] if len(visit) else "")
        title = f"{letter}   {title}" if len(questions) > 1 else title
        axis.set_title(f"{title}\n{_statistics(own)}", loc="left", fontsize=style.SMALL, fontweight="bold")
    bar = figure.colorbar(
        axes[0].collections[0], ax=list(axes), aspect=40, pad=0.01, fraction=0.03, ticks=[-1, -0.5, 0, 0.5, 1]
    )
    bar.ax.set_yticklabels([style.number(tick) for tick in (-1, -0.5, 0, 0.5, 1)], fontsize=style.TINY)
    bar.set_label("tau-b, r or C", fontsize=style.TINY)
    bar.outline.set_linewidth(0)
    return figure


def _statistics(cells):
    """What the estimates of a block are, in few words."""
    short = [
        figure_notes.SHORT_STATISTICS[code]
        for code in figure_notes.STATISTICS
        if (cells["estimate_method_code"] == code).any()
    ]
    return " or ".join(dict.fromkeys(short))


def _counts(cells, between):
    """What stands below the estimate of every cell: n, and the share below the limit where there is any."""
    return [
        f"n {n}{between}{100 * below:.0f} %" if below > 0 else f"n {n}"
        for n, below in zip(cells["n_participants"], cells["share_below"].fillna(0), strict=True)
    ]


def _cells(axes, cells, reasons):
    several = cells["estimate_method_code"][cells["estimate"].notna()].nunique() > 1
    for cell in cells.to_dict("records"):
        x, y, count = cell["column"] + 0.5, cell["row"] + 0.5, cell["count"]
        if cell["adjusted"] < LEVEL:
            axes.add_patch(Rectangle((cell["column"], cell["row"]), 1, 1, fill=False, ec=style.BLACK, lw=1.4, zorder=5))
        if pd.isna(cell["estimate"]):
            code = reasons[cell["reason_code"]] if pd.notna(cell["reason_code"]) else "–"
            back = {"boxstyle": "round,pad=0.1", "fc": "#F2F2F2", "ec": "none"}
            words = f"NA ({code})\n{count}"
            axes.text(x, y, words, ha="center", va="center", fontsize=style.TINY, color="#333333", bbox=back)
            continue
        colour = "white" if abs(cell["estimate"]) > 0.7 else style.BLACK
        sign = figure_notes.STATISTICS[cell["estimate_method_code"]][1] if several else ""
        words = f"{sign}{style.signed(cell['estimate'])}\n{count}"
        axes.text(x, y, words, ha="center", va="center", fontsize=style.TINY, color=colour)


def _frame(axes, cells, labels, scores, first):
    axes.set(xlabel="", ylabel="")
    axes.xaxis.tick_top()
    axes.set_xticks(
        np.arange(len(scores)) + 0.5,
        list(scores),
        rotation=60,
        ha="left",
        rotation_mode="anchor",
        fontsize=style.TINY + 0.5,
    )
    axes.set_yticks(np.arange(len(labels)) + 0.5, list(labels) if first else [""] * len(labels), rotation=0)
    axes.tick_params(length=0)
    groups = cells.drop_duplicates("row").sort_values("row")
    for row in groups.loc[groups["group"] != groups["group"].shift(), "row"]:
        if row:
            axes.axhline(row, color=style.BLACK, lw=0.8, zorder=4)
