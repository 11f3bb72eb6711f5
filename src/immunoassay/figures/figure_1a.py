"""Figure 1A: the study as it was planned and as it went, drawn from visits, courses and events alone."""

import numpy as np
import pandas as pd
from immunoassay.clinical import timeline
from immunoassay.figures import lettering, pages, style
from immunoassay.figures.tidy import tidy
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes, terms
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

TABLE = declared(
    "figure_1a",
    "one visit, infusion, relapse or start of a later course on the time line of a course",
    "",
    """
course_order | Int64 | number | order of the course; 1 is the first
course | str | | treatment course; empty where nobody is treated
kind | str | | visit (planned), infusion (the k-th of all), relapse (of one participant) or start (of a later course)
label | str | | what is printed
day | float64 | day | planned or median day within the course (start: within the first course)
day_low | float64 | day | begin of the window of a visit, or earliest day
day_high | float64 | day | end of the window of a visit, or latest day
n | Int64 | number | participants
""",
)
WIDTH, LEFT, RIGHT, LANE = 178, 8, 8, 29  # mm
ROW = 3.6  # from one row of marks to the next
FAR = 2.5  # mm a mark may stand beside its day; of marks that would stand farther there are strokes at their days
ASIDE = 7  # mm a label may stand beside its visit before labels have two rows
BLANK = {"fc": "white", "ec": "none", "pad": 0.6}  # lines pass behind text


def table(members: list[str], visits: pd.DataFrame, courses: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Every number of Figure 1A (clinical.timeline.timeline of the analysed participants `members`)."""
    return tidy(TABLE, timeline.timeline(members, visits, courses, events))


@pages.drawing(TABLE)
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """Figure 1A from its table: a line per course on its own clock, the branch to retreatment between them."""
    orders = sorted(set(table["course_order"]))
    low, high = table["day_low"].min(), table["day_high"].max()
    scale = (WIDTH - LEFT - RIGHT) / max(high - low, 1)

    def place(day):
        return LEFT + (day - low) * scale

    visits = table[(table["course_order"] == orders[0]) & (table["kind"] == "visit")]
    _, widths, deep = _labels(visits)
    rows = max(1, int(np.ceil((sum(widths) + 1.2 * len(widths)) / (WIDTH - 4))))  # so that labels do not touch
    rows += _aside(place(visits["day"].to_numpy(float)), widths, rows) > ASIDE
    lane = LANE + 3.2 * (deep - 1) + (3.2 * deep + 3.4) * (rows - 1)
    marked = table[table["kind"].isin(["infusion", "relapse"])].groupby(["course_order", "kind"])["day"]
    strokes = any(_crowded(place(days.to_numpy(float))) for _, days in marked)
    note = f"{figure_notes.schema(table, strokes)} {remark}"
    figure, axes = pages.canvas(WIDTH, lane * len(orders) + 1, simulated, note)
    for i, order in enumerate(orders):
        own = table[table["course_order"] == order]
        _lane(axes, own, lane * i + 17, place, rows)
        for row in own[own["kind"] == "start"].to_dict("records"):
            _branch(axes, row, lane * i + 17, lane, place)
    return figure


def _lane(axes, own, y, place, rows):
    visits, doses, relapses = (own[own["kind"] == kind] for kind in ("visit", "infusion", "relapse"))
    last = max(own.loc[own["kind"] != "start", "day_high"].max(), 1)
    axes.plot([place(own["day_low"].min()), place(last)], [y, y], color=style.BLACK, lw=1, zorder=2)
    for row in visits.to_dict("records"):
        left, right = place(row["day_low"]), place(row["day_high"])
        axes.add_patch(Rectangle((left, y - 0.9), right - left, 1.8, fc="#D5D5D5", ec="none", zorder=1))
    days = visits["day"].to_numpy(float)
    axes.plot(place(days), np.full(len(days), y), "o", ms=4.5, color=style.BLUE, zorder=4)
    texts, widths, deep = _labels(visits)
    step = 3.2 * deep + 3.4
    for row in range(rows):
        some = slice(row, None, rows)
        middles = _middles(place(days[some]), widths[some])
        depth = y + 4.4 + step * row
        for day, x, (name, when) in zip(place(days[some]), middles, texts[some], strict=True):
            axes.plot([day, x], [y + 1.6, depth - 0.4], color=style.GREY, lw=0.5, zorder=1)
            axes.text(x, depth, name, ha="center", va="top", fontsize=style.SMALL, fontweight="bold", bbox=BLANK)
            axes.text(
                x, depth + 3.2 * deep, when, ha="center", va="top", fontsize=style.TINY, color="#333333", bbox=BLANK
            )
    axes.text(2, y - 15.5, _head(own), ha="left", va="top", fontsize=style.BASE, fontweight="bold", bbox=BLANK)
    edge, above = _marks(axes, doses, y - 3.4, place, "v", style.GREEN, _dose_words(doses))
    crowded = len(relapses) and place(relapses["day"].min()) < edge
    words = f"{len(relapses)} relapse{'s' * (len(relapses) != 1)}"
    _marks(axes, relapses, above if crowded else y - 3.4, place, "X", style.VERMILION, words)


def _middles(places, widths):
    """Where the labels of a row of visits stand."""
    return lettering.spread(places, widths, 1.2, 1, WIDTH - 1)


def _aside(places, widths, rows):
    """mm that the label farthest from its visit stands beside it, in that many rows."""
    own = [slice(row, None, rows) for row in range(rows)]
    return max((np.abs(_middles(places[some], widths[some]) - places[some]).max(initial=0) for some in own), default=0)


def _crowded(places):
    """(whether marks at these places cover each other, or stand far from their days where they are moved apart)."""
    return bool(np.abs(_apart(places) - places).max(initial=0) > FAR)


def _apart(places):
    """Where marks stand so that each is seen."""
    return lettering.spread(places, 1.7, 0.1, 1, WIDTH - 1)


def _labels(visits):
    """(name in lines, day) of each visit, the width in mm of each, and the lines of the longest name."""
    names = [lettering.wrap(label, 18, style.SMALL, "bold") for label in visits["label"]]
    deep = max((len(lines) for lines in names), default=1)
    days = [f"day {day:.0f}" for day in visits["day"]]
    widths = [
        max(lettering.text_width(day, style.TINY), *(lettering.text_width(line, style.SMALL, "bold") for line in lines))
        for lines, day in zip(names, days, strict=True)
    ]
    return list(zip(("\n".join(lines) for lines in names), days, strict=True)), widths, deep


def _marks(axes, rows, y, place, marker, colour, words):
    """Marks above the line, their words beside them, or above where the page ends; returns where they end, and the height of
    the next row.
    """
    if not len(rows):
        return -np.inf, y
    x, wide = place(rows["day"].to_numpy(float)), lettering.text_width(words, style.SMALL)
    if _crowded(x):
        axes.plot(x, np.full(len(x), y), "|", ms=6, color=colour, mew=0.7, ls="none", zorder=4)
    else:
        x = _apart(x)
        axes.plot(x, np.full(len(x), y), marker, ms=4.6, color=colour, mec="white", mew=0.3, ls="none", zorder=4)
    look = {"s": words, "va": "center", "fontsize": style.SMALL, "color": colour}
    if (right := x.max() + 2 + wide) < WIDTH - 1:
        axes.text(x.max() + 2, y, ha="left", **look)
        return right + 2, y - ROW
    if x.min() - 2 - wide > 1:
        axes.text(x.min() - 2, y, ha="right", **look)
        return x.max() + 4, y - ROW
    axes.text(min(x.max(), WIDTH - 2), y - ROW, ha="right", **look)
    return x.max() + 4, y - 2 * ROW


def _dose_words(doses):
    if not len(doses):
        return ""
    low, high = doses["n"].min(), doses["n"].max()
    count = f"n = {low}" if low == high else f"n = {low} to {high}"
    days = ", ".join(f"{day:.0f}" for day in doses["day"])
    if len(doses) > 8:
        days = f"{doses['day'].min():.0f} to {doses['day'].max():.0f}"
    return f"{len(doses)} infusions ({count}): day {days}" if len(doses) > 1 else f"1 infusion ({count}): day {days}"


def _branch(axes, row, y, lane, place):
    """From the day in the first course when retreatment began down to the first day of the new clock."""
    x, start, turn = place(row["day"]), place(1), y - 10.3
    span = [place(row["day_low"]), place(row["day_high"])]
    axes.plot(span, [y - lane, y - lane], color=style.ORANGE, lw=2.4, zorder=3, solid_capstyle="projecting")
    axes.plot([x, x, start], [y - lane, turn, turn], color=style.ORANGE, lw=1, zorder=0.5)
    look = {"arrowstyle": "-|>", "lw": 1, "color": style.ORANGE, "mutation_scale": 8, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (start, y - 5), (start, turn), arrowprops=look, zorder=0.5)


def _courses(names):
    """The courses of a lane, which its table joins by a slash."""
    return " / ".join(terms.course(name) for name in names.split(" / "))


def _head(own):
    """Name of the course, its n and, of a later one, when it began."""
    course = own["course"].iloc[0]
    name = "Planned visits" if pd.isna(course) else terms.capital(_courses(course))
    text = f"{name} (n = {own.loc[own['kind'] == 'visit', 'n'].max()})"
    for row in own[own["kind"] == "start"].to_dict("records"):
        low, high = f"{row['day_low']:.0f}", f"{row['day_high']:.0f}"
        text += f", begun on day {low}" + f" to {high}" * (low != high) + " of the first course"
    return text
