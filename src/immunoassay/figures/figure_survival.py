"""Kaplan-Meier curves with the numbers at risk: relapse, response or its loss, by the levels of factors."""

import numpy as np
import pandas as pd
from immunoassay.figures import lettering, marks, pages, style
from immunoassay.figures.tidy import tidy
from immunoassay.statistics.groups import whole
from immunoassay.study.course_names import first_course
from immunoassay.tables.notation import table as declared
from immunoassay.words import response_notes
from immunoassay.words.code_words import plain
from matplotlib.figure import Figure

TABLE = declared(
    "figure_survival",
    "a step of one curve, the number at risk at a tick, or what is said of the curve",
    "panel layer level step",
    """
panel | Int64 | number | panel, from 1
layer | str | | step (of the curve), risk (number at risk at a tick) or curve (counts and p)
endpoint_code | str | | code of the endpoint: relapse, response or loss_of_response
score | str | | score of a response
course | str | | treatment course
factor | str | | factor whose levels have curves
biomarker | str | | analyte whose values at baseline make the halves
label | str | | title of the panel
level | str | | level; empty: everybody
name | str | | what the level is called
step | Int64 | number | number of the step or tick
time | float64 | day | time of an event, a censoring or a tick
weeks | float64 | weeks | time / 7
share | float64 | share | Kaplan-Meier share without the event from the time on
low | float64 | share | lower 95 % limit
high | float64 | share | upper 95 % limit
at_risk | Int64 | number | participants without the event just before the time
events | Int64 | number | events at the time
censored | Int64 | number | participants censored at the time
n | Int64 | number | participants
n_events | Int64 | number | participants with the event
p | float64 | probability | two-sided p of the log-rank test against the first level
shaded | boolean | | the limits are drawn
words | str | | the curve in words
""",
)
SHADED = 2  # curves of a panel whose limits are drawn; of more they would cover each other
PANEL = ("endpoint_code", "score", "factor", "biomarker")  # what makes a panel
EDGE = 8  # what a panel needs beside its axis and the names of the numbers at risk, in mm
TICKS = (1, 2, 4, 8, 12, 26, 52, 104, 260)  # weeks between ticks


def table(
    event_curves: pd.DataFrame,
    time_to_event: pd.DataFrame,
    courses: pd.DataFrame,
    analytes: pd.DataFrame,
    endpoints: tuple[str, ...] = ("relapse",),
    biomarkers: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Every number of the curves of the first course (TABLE): a panel for each endpoint and factor, or for everybody where
    there is no factor, and one for each of the `biomarkers` (halves at baseline; relapse only). Nobody is named in it.
    """
    first = first_course(courses.to_dict("records"))
    rows, steps = (_asked(frame, first, endpoints, biomarkers) for frame in (time_to_event, event_curves))
    titles = analytes.set_index("analyte")["label"] if len(analytes) else pd.Series(dtype="str")
    by_level = rows.loc[rows["factor"].notna(), ["endpoint_code", "score"]].fillna("")
    split = set(by_level.itertuples(index=False, name=None))
    layers, panel = [], 0
    for key, own in rows.groupby(list(PANEL), sort=False, dropna=False):
        endpoint, score, factor, biomarker = (None if pd.isna(part) else part for part in key)
        if not factor and not biomarker and (endpoint, score or "") in split:
            continue  # everybody is shown by the levels
        panel += 1
        label = plain(factor) if factor else titles.get(biomarker, biomarker)
        shared = {"panel": panel, "label": label, "course": first, "shaded": len(own) <= SHADED}
        shared |= dict(zip(PANEL, (endpoint, score, factor, biomarker), strict=True))
        ticks = _ticks(own["longest"].max())
        for row in own.to_dict("records"):
            curve = steps[np.all([_equal(steps[name], row[name]) for name in (*PANEL, "level")], axis=0)]
            layers += _curve({**shared, "level": row["level"], "name": _called(row)}, row, curve, ticks)
    return tidy(TABLE, *(layers or [pd.DataFrame(columns=list(TABLE.columns))]))


def _asked(frame, course, endpoints, biomarkers):
    """Rows of the course in the order of the endpoints, without halves of other biomarkers and those of whom no time is known."""
    rows = whole(frame).rename(columns={"variable": "score"})
    rows = rows[(rows["course"] == course) & (rows["biomarker"].isna() | rows["biomarker"].isin(biomarkers))]
    rows = rows[(rows["n"] > 0) & rows["longest"].notna()] if "n" in rows else rows
    place = rows["endpoint_code"].map({name: i for i, name in enumerate(endpoints)})
    return rows[place.notna()].assign(place=place).sort_values("place", kind="stable")


def _called(row):
    """What a level is called; everybody has no name."""
    if pd.notna(row["biomarker"]):
        return response_notes.half(row["level"], row["cut"], row["unit"] if pd.notna(row["unit"]) else "")
    return plain(row["level"]) if pd.notna(row["level"]) else None


def _curve(shared, row, curve, ticks):
    """The layers of one curve; it begins at time 0 with everybody."""
    start = {
        "step": 0,
        "time": 0.0,
        "share": 1.0,
        "low": 1.0,
        "high": 1.0,
        "at_risk": row["n"],
        "events": 0,
        "censored": 0,
    }
    names = [*start]
    steps = pd.concat([pd.DataFrame([start]), curve[names]], ignore_index=True).assign(layer="step", **shared)
    time, at_risk = curve["time"].to_numpy(float), curve["at_risk"].to_numpy(int)
    places = np.searchsorted(time, 7 * np.array(ticks), side="left")
    left = [int(at_risk[place]) if place < len(time) else 0 for place in places]
    risk = pd.DataFrame({"step": range(len(ticks)), "time": 7.0 * np.array(ticks), "at_risk": left}).assign(
        layer="risk", **shared
    )
    facts = {name: row[name] for name in ("n", "n_events", "p", "words")}
    said = pd.DataFrame([{**facts, **shared, "layer": "curve"}])
    return [part.assign(weeks=part["time"] / 7) if "time" in part else part for part in (steps, risk, said)]


def _ticks(longest):
    """Weeks of the ticks up to the longest time, in days."""
    weeks = longest / 7
    step = next((each for each in TICKS if weeks / each <= 6), 520)
    return [float(each) for each in range(0, int(weeks // step) * step + 1, step)]


def _equal(values, wanted):
    return values.isna() if pd.isna(wanted) else values == wanted


@pages.drawing(TABLE)
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """The curves from their table; the numbers at risk stand under each panel, a line per level."""
    panels = sorted(table["panel"].unique())
    most = table[table["layer"] == "curve"].groupby("panel")["level"].size().max()
    longest = max(
        lettering.text_width(_named(row), style.SMALL) for row in table[table["layer"] == "curve"].to_dict("records")
    )
    edge = EDGE + max((lettering.text_width(name, style.SMALL) for name in table["name"].dropna()), default=10)
    columns = 2 if len(panels) > 1 and longest + marks.KEY + edge <= style.DOUBLE / 2 else 1
    narrow = len(panels) == 1 and longest + marks.KEY + edge <= style.SINGLE
    width = style.SINGLE if narrow else style.DOUBLE if columns == 2 else style.DOUBLE * 2 / 3
    height = (54 + 6.6 * most) * -(-len(panels) // columns)
    figure = pages.page(width, height, simulated, f"{response_notes.survival(table)} {remark}")
    for axes, panel in zip(pages.grid(figure, len(panels), columns), panels, strict=True):
        _panel(axes, table[table["panel"] == panel], width / columns - edge)
    return figure


def _panel(axes, own, width):
    curves = own[own["layer"] == "curve"]
    levels = curves["level"].astype(object).where(curves["level"].notna(), None).tolist()
    by_name = (
        levels if curves["biomarker"].notna().any() else sorted(levels, key=str)
    )  # a level has its colour in every figure
    looks = {level: style.looks(by_name)[level] for level in levels}
    for level, look in looks.items():
        steps = own[(own["layer"] == "step") & _equal(own["level"], level)]
        _draw(axes, steps, look["color"])
    risk = own[own["layer"] == "risk"]
    ticks = risk.drop_duplicates("weeks").sort_values("weeks")["weeks"].tolist()
    lines = [
        (
            named or "at risk",
            [str(int(each)) for each in risk[_equal(risk["level"], level)].sort_values("weeks")["at_risk"]],
        )
        for level, named in zip(levels, _names(curves), strict=True)
    ]
    marks.visit_axis(axes, ticks, [style.number(tick) for tick in ticks], lines, lettering.Ticks(style.SMALL, 99))
    last = own.loc[own["layer"] == "step", "weeks"].max()
    axes.set_xlim(-0.05 * last, 1.02 * max(last, ticks[-1]))
    axes.set_ylim(-0.03, 1.06)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    row = curves.iloc[0]
    score = None if pd.isna(row["score"]) else row["score"]
    axes.set_ylabel("\n".join(lettering.wrap(f"{response_notes.endpoint(row['endpoint_code'], score)}, %", 36)))
    marks.say(
        axes,
        response_notes.weeks(row["endpoint_code"], row["course"]),
        (0.5, 0),
        offset=(0, -10 - 1.2 * style.SMALL * (1 + len(lines))),
        va="top",
        color=style.BLACK,
        fontsize=style.SMALL,
    )
    _legend(axes, curves, looks, width)


def _draw(axes, steps, colour):
    steps = steps.sort_values("step")
    if steps["shaded"].all():
        axes.fill_between(
            steps["weeks"],
            steps["low"].astype(float),
            steps["high"].astype(float),
            step="post",
            color=colour,
            alpha=0.15,
            lw=0,
            zorder=1,
        )
    axes.plot(steps["weeks"], steps["share"], drawstyle="steps-post", color=colour, zorder=3)
    gone = steps[steps["censored"] > 0]
    axes.plot(gone["weeks"], gone["share"], ls="none", marker="|", ms=5, mew=0.9, color=colour, zorder=4)


def _names(curves):
    return [None if pd.isna(name) else name for name in curves["name"]]


def _legend(axes, curves, looks, width):
    """Level, events of how many participants, and the p against the first."""
    handles = [
        axes.plot([], [], color=look["color"], label=_named(row))[0]
        for row, look in zip(curves.to_dict("records"), looks.values(), strict=True)
    ]
    title = curves["label"].iloc[0]
    marks.legend_above(axes, handles, title if pd.notna(title) else "", width)


def _named(row):
    parts = [row["name"] if pd.notna(row["name"]) else "", f"{int(row['n_events'])} of {int(row['n'])}"]
    return ", ".join(filter(None, [*parts, response_notes.log_rank(row["p"])]))
