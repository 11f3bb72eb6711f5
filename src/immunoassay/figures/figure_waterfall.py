"""Waterfall: the change of a score of every participant at one visit, sorted; colours are the levels of a factor."""

import pandas as pd
from immunoassay.figures import lettering, marks, pages, series, style
from immunoassay.figures.tidy import tidy
from immunoassay.study.course_names import first_course
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes, response_notes
from immunoassay.words.code_words import plain
from matplotlib.figure import Figure

TABLE = declared(
    "figure_waterfall",
    "the change of one participant, the count of a level, or the line of the change that matters",
    "layer score level x",
    """
layer | str | | bar (one participant), level (count), mcid (the change that matters) or left_out (nobody has a change)
score | str | | clinical score
label | str | | its name as it is printed
factor | str | | factor whose levels have colours
level | str | | level of the participant
participant | str | | participant, where participants are shown
course | str | | treatment course
visit | str | | visit
visit_label | str | | visit as it is labelled
x | Int64 | number | place of the bar, from 1; of a level its place in the legend
y | float64 | points | change from baseline
better | boolean | | the change is one for the better by the change that matters or more
n | Int64 | number | participants of the level with a change
responders | Int64 | number | of these, better by the change that matters or more
""",
)
NAMED = 30  # bars under which participants are named


def table(
    observations: pd.DataFrame,
    people: pd.DataFrame,
    visits: pd.DataFrame,
    courses: pd.DataFrame,
    scales: dict[str, dict],
    scores: list[str],
    visit: str,
    factor: str | None = None,
    individuals: bool = True,
) -> pd.DataFrame:
    """Every number of the waterfall at `visit` of the first course (TABLE), worst change first.

    `factor`: a column of `people` (participant and factors) whose levels have colours, else the groups of participants. A
    participant without a level has the level missing. `individuals` false leaves out the names of participants, not the bars.
    """
    rows = observations[observations["variable"].isin(scores) & observations["change"].notna()]
    rows = rows[(rows["course"] == first_course(courses.to_dict("records"))) & (rows["visit"] == visit)]
    factor = factor if factor in people else None  # the arm of a study that is blinded still
    levels = people.set_index("participant")[factor] if factor else rows.set_index("participant")["participant_group"]
    levels = levels[~levels.index.duplicated()]
    name = factor or ("participant_group" if levels.notna().any() else None)
    label = series.plan(visits).set_index("visit")["visit_label"].get(visit)
    layers = []
    for score in scores:
        shared = {"score": score, "label": series.score_label(score, scales[score]), "factor": name, "visit": visit}
        shared |= {"visit_label": label, "course": rows["course"].iloc[0] if len(rows) else None}
        own = rows[rows["variable"] == score]
        if own.empty:
            layers.append(pd.DataFrame([{**dict.fromkeys(TABLE.columns), **shared, "layer": "left_out"}]))
            continue
        worse = -1 if scales[score]["worse"] == "higher" else 1
        own = own.assign(
            y=own["change"], gain=worse * own["change"], level=own["participant"].map(levels).astype("str")
        )
        own = own.sort_values(["gain", "level", "participant"], kind="stable")
        settled = scales[score]["mcid"] is not None
        own = own.assign(x=range(1, len(own) + 1), better=own["gain"] >= scales[score]["mcid"] if settled else pd.NA)
        bars = own[["participant", "level", "x", "y", "better"]]
        layers.append((bars if individuals else bars.assign(participant=None)).assign(layer="bar", **shared))
        layers.append(pd.DataFrame(_levels(own, settled)).assign(layer="level", **shared))
        if settled:
            layers.append(pd.DataFrame([{**shared, "layer": "mcid", "y": series.mcid(scales[score])}]))
    return tidy(TABLE, *layers)


def _levels(own, settled):
    """Counts of each level, of everybody where there are none."""
    for place, (level, part) in enumerate(own.groupby(own["level"].fillna(""), sort=True), 1):
        hits = int(part["better"].astype(bool).sum()) if settled else None
        yield {"level": level or None, "x": place, "n": len(part), "responders": hits}


@pages.drawing(TABLE)
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """The waterfall from its table; one panel per score."""
    bars = table[table["layer"] == "bar"]
    scores = list(dict.fromkeys(bars["score"]))
    if not scores:
        lacking = ", ".join(dict.fromkeys(table["label"].dropna()))
        return pages.notice(f"{figure_notes.nothing('figure_waterfall')} {lacking} {remark}", simulated)
    columns = 1 if bars["x"].max() > 40 else min(2, len(scores))
    width = style.SINGLE if columns == len(scores) == 1 and bars["x"].max() <= NAMED else style.DOUBLE
    levels = sorted(bars["level"].dropna().unique())
    colours = {level: look["color"] for level, look in style.looks(levels).items()} or {None: style.BLUE}
    figure = pages.page(
        width, 62 * -(-len(scores) // columns), simulated, f"{response_notes.waterfall(table)} {remark}"
    )
    for axes, score in zip(pages.grid(figure, len(scores), columns), scores, strict=True):
        _panel(axes, table[table["score"] == score], colours, width / columns - 16)
    return figure


def _panel(axes, own, colours, width):
    bars = own[own["layer"] == "bar"]
    shades = [colours.get(level if pd.notna(level) else None, style.PALE) for level in bars["level"]]
    axes.bar(bars["x"], bars["y"], width=0.8, color=shades, lw=0, zorder=2)
    flat = bars[bars["y"] == 0]
    axes.plot(flat["x"], flat["y"], ls="none", marker="_", ms=4, color=style.BLACK, zorder=3)
    axes.axhline(0, color=style.BLACK, lw=0.5, zorder=3)
    for y in own.loc[own["layer"] == "mcid", "y"]:
        axes.axhline(y, color=style.VERMILION, lw=0.9, ls="--", zorder=4)
        marks.edge_label(axes, y, "MCID", style.VERMILION)
    named = bars["participant"].notna().all() and len(bars) <= NAMED
    axes.set_xticks(
        bars["x"].tolist() if named else [],
        bars["participant"].tolist() if named else [],
        rotation=90,
        fontsize=style.TINY,
    )
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(0.3, len(bars) + 0.7)
    counts = own[own["layer"] == "level"]
    handles = [
        axes.bar(
            [0],
            [0],
            width=0,
            color=colours.get(row["level"] if pd.notna(row["level"]) else None, style.PALE),
            label=_named(row, len(counts)),
        )
        for row in counts.to_dict("records")
    ]
    marks.legend_above(axes, handles, bars["label"].iloc[0], width)
    axes.set_ylabel("\n".join(lettering.wrap("Change from baseline, points", 42)))
    marks.linear_axis(axes)
    axes.spines["bottom"].set_visible(False)


def _named(row, levels):
    counts = response_notes.improved(
        row["responders"] if pd.notna(row["responders"]) else 0, row["n"], pd.notna(row["responders"])
    )
    if pd.isna(row["level"]):
        return counts if levels == 1 else f"no level: {counts}"
    return f"{plain(row['level'])}: {counts}"
