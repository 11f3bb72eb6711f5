"""Figure 3: the participants who relapsed, first treatment and retreatment on the same clock."""

import pandas as pd
from immunoassay.clinical import timeline
from immunoassay.figures import lettering, marks, pages, series, style
from immunoassay.figures.paging import Panels
from immunoassay.figures.tidy import tidy
from immunoassay.study.course_names import NO_COURSE
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes, terms
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

TABLE = declared(
    "figure_3",
    "one value or relapse of a participant who relapsed, the line of the change that matters, or the words",
    "layer participant course_order visit day",
    """
layer | str | | value, relapse, mcid (line of the change that matters) or words
participant | str | | participant
course | str | | treatment course
course_order | Int64 | number | order of the course; 1 is the first
visit | str | | visit
visit_label | str | | visit as it is labelled
day | float64 | day | day within the course (day 1 = first dose); the planned day of a value without a date
weeks | float64 | weeks | (day - 1) / 7
y | float64 | <unit> | change from baseline
y_status | str | | status of the value
score | str | | clinical score
unit | str | | points
baseline | str | | whose baseline the change is from: first (course) or own
words | str | | what is printed
""",
)


def table(
    observations: pd.DataFrame,
    visits: pd.DataFrame,
    courses: pd.DataFrame,
    events: pd.DataFrame,
    scales: dict[str, dict],
    score: str,
    members: list[str],
    individuals: bool = True,
) -> pd.DataFrame:
    """Every number of Figure 3, one row for each value, relapse and line; days count from the first dose of the row's own course.

    Layers: `value` (change of `score` from baseline of a participant of `members` who relapsed), `relapse` (no y),
    `mcid` (the change that matters, y), `words`. weeks = (day - 1) / 7. An undated value stands on its planned day.
    `baseline` says whose baseline a course is measured from. `individuals` false leaves out every row of a person.
    """
    relapses = timeline.event_days(courses, events)
    relapses = relapses[(relapses["event"] == "relapse") & relapses["participant"].isin(members)]
    own = courses[courses["participant"].isin(relapses["participant"])]
    own = own.rename(columns={"order": "course_order", "score_baseline": "rule"})
    values = observations[(observations["variable"] == score) & observations["change"].notna()]
    values = values.merge(own[["participant", "course", "rule"]], on=["participant", "course"])
    planned = visits[["visit", "day"]].rename(columns={"day": "planned"})
    values = values.merge(series.plan(visits), on="visit").merge(planned, on="visit")
    values = values.assign(layer="value", y=values["change"], y_status=values["status"], baseline=values["rule"])
    values["day"] = values["day"].fillna(values["planned"])
    values = values.sort_values(["participant", "course_order", "day", "x"], kind="stable")
    others = []
    if scales[score]["mcid"] is not None:
        others.append({"layer": "mcid", "y": series.mcid(scales[score]), "words": figure_notes.difference()})
    counts = (relapses["participant"].nunique(), len(members), values["participant"].nunique())
    others.append({"layer": "words", "words": figure_notes.relapsed(*counts, score)})
    people = [values, relapses.assign(layer="relapse")]
    people = people if individuals else [part.iloc[:0] for part in people]
    rows = pd.concat([*people, pd.DataFrame(others)], ignore_index=True)
    return tidy(TABLE, rows.assign(score=score, unit="points", weeks=(rows["day"] - 1) / 7))


@pages.drawing(TABLE, Panels("participant"))
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """Figure 3 from its table; one panel per participant, the first course and each later one a line."""
    words = table.loc[table["layer"] == "words", "words"].iloc[0]
    values = table[table["layer"] == "value"]
    people = list(dict.fromkeys(values["participant"]))
    if not people:
        return pages.notice(f"{figure_notes.nothing('figure_3')} {words} {remark}", simulated)
    columns = min(3, len(people))
    rows = -(-len(people) // columns)
    width = (style.SINGLE, style.DOUBLE * 2 / 3, style.DOUBLE)[columns - 1]
    figure = pages.page(width, 8 + 56 * rows, simulated, f"{words} {figure_notes.courses(table)} {remark}")
    axes = pages.grid(figure, len(people), columns)
    orders = sorted(set(values["course_order"]))
    looks = dict(zip(orders, style.looks(orders).values(), strict=True))
    relapses = table[table["layer"] == "relapse"]
    last = max(values["weeks"].max(), relapses["weeks"].max())
    low, high = min(values["y"].min(), 0), max(values["y"].max(), 0)
    for axis, person in zip(axes, people, strict=True):
        axis.set(xlim=(-0.03 * last, 1.04 * last), ylim=(low - 0.06 * (high - low), high + 0.16 * (high - low)))
        _person(axis, table, person, looks)
        marks.title(axis, person, width / columns - 12)
    for axis in axes[::columns]:
        axis.set_ylabel("\n".join(lettering.wrap(f"Change in {table['score'].iloc[0]}, points", 42)))
    names = {order: set(values.loc[values["course_order"] == order, "course"]) - {NO_COURSE} for order in orders}
    handles = [
        axes[0].plot([], [], label=" / ".join(sorted(map(terms.course, own))), ms=3.6, **looks[order])[0]
        for order, own in names.items()
        if own
    ]
    handles.append(axes[0].plot([], [], color=style.GREY, lw=0.9, ls="-.", label="relapse")[0])
    pages.legend(figure, handles)
    return figure


def _person(axes, table, person, looks):
    own = table[table["participant"] == person]
    axes.axhline(0, color=style.BLACK, lw=0.5, zorder=1)
    for y in table.loc[table["layer"] == "mcid", "y"]:
        axes.axhline(y, color=style.VERMILION, lw=0.8, ls="--", zorder=1)
        marks.edge_label(axes, y, "MCID", style.VERMILION)
    for order, course in own[own["layer"] == "value"].groupby("course_order"):
        axes.plot(course["weeks"], course["y"], ms=3.6, zorder=3, **looks[order])
    for row in own[own["layer"] == "relapse"].to_dict("records"):
        colour = looks.get(row["course_order"], {"color": style.GREY})["color"]
        axes.axvline(row["weeks"], color=colour, lw=0.9, ls="-.", zorder=2)
    span = axes.get_xlim()[1]
    step = next((weeks for weeks in (4, 12, 24, 52, 104) if span / weeks <= 8), 260)
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.set_xlabel(figure_notes.weeks(own))
    marks.linear_axis(axes)
