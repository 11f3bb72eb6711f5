"""Figure 1B: the flow of participants, laid out from the counted boxes."""

import numpy as np
import pandas as pd
from immunoassay.clinical.flow import flow
from immunoassay.figures import lettering, pages, style
from immunoassay.figures.tidy import tidy
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes, terms
from immunoassay.words.code_words import plain
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

TABLE = declared(
    "figure_1b",
    "one box of the flow of participants",
    "box",
    """
box | str | | box; excluded, schedule, completed (attended) and group (measured) have one for each, after a colon
label | str | | what is printed
parent | str | | box it hangs on
n | Int64 | number | participants
detail | str | | words below
analysed | boolean | | of a schedule: whether it is part of the analysed set
order | Int64 | number | order from top to bottom
""",
)
WIDTH, SIDE, GAP = 178, 64, 7  # page, width of a single box, height of an arrow, in mm
SHORTEST = 2  # height of an arrow where the page would be too high
BESIDE = WIDTH / 2 - SIDE / 2 - 6  # width of a box beside a single one
LINE = {style.BASE: 3.9, style.SMALL: 3.4, style.TINY: 3.0}  # height of a line of text in mm
HEADS = {
    "schedule": "Allocated to schedule",
    "completed": "With data at the visit, first course",
    "group": "Analysed by group of biomarkers, first course",
    "attended": "With data at the visit",
    "measured": "Analysed by group of biomarkers",
}
NAMES = {**dict.fromkeys(HEADS, plain), "schedule": terms.schedule, "group": terms.group, "measured": terms.group}
FILLS = {"chosen": "#DCEBF5", "other": "#F2F2F2", "plain": "white"}


def table(
    participants: pd.DataFrame,
    courses: pd.DataFrame,
    events: pd.DataFrame,
    visits: pd.DataFrame,
    observations: pd.DataFrame,
    results: pd.DataFrame,
    schedules: list[str],
) -> pd.DataFrame:
    """The boxes as counted by clinical.flow.flow: box, label, parent, n, detail, analysed, order."""
    boxes = flow(participants, courses, events, visits, observations, results, schedules)
    return tidy(TABLE, boxes.sort_values("order", kind="stable"))


@pages.drawing(TABLE)
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """Figure 1B from its table, boxes from top to bottom, reasons for exclusion at the side; where the sheets exclude nobody
    they say nothing of who was assessed, and the flow begins with the enrolled."""
    rows = {row["box"]: row for row in table.assign(detail=table["detail"].fillna("")).to_dict("records")}
    families = {name: [row for box, row in rows.items() if box.startswith(f"{name}:")] for name in ("excluded", *HEADS)}
    screened = [_single(rows["assessed"]), _side(rows["excluded"], families["excluded"])]
    blocks = [*(screened if rows["excluded"]["n"] else []), _single(rows["enrolled"])]
    blocks += [_wide("schedule", families["schedule"])] if families["schedule"] else []
    blocks.append(_single(rows["analysed"]))
    followed = ("completed", "attended", "group", "measured")
    blocks += [_wide(name, families[name]) for name in followed if families[name]]
    blocks += [_single(rows[name]) for name in ("relapsed", "retreated") if name in rows]
    if again := rows.get("retreated_without_relapse"):
        blocks += [] if "retreated" in rows else [_single(again)]
        blocks[-1] |= {"beside": _single(again, BESIDE)} if "retreated" in rows else {}
    note = f"{figure_notes.flow()} {remark}"
    height, arrows = sum(_tall(block) for block in blocks) + 6, len(blocks) - 1
    gap = np.clip((pages.room(WIDTH, simulated, note) - height) / max(arrows, 1), SHORTEST, GAP)
    figure, axes = pages.canvas(WIDTH, height + gap * arrows, simulated, note)
    y = 2
    middle = WIDTH / 2
    for i, block in enumerate(blocks):
        if i:
            last = blocks[i - 1]
            if block["kind"] == "side":
                axes.plot([middle, middle], [y, y + gap + block["height"] + gap], color=style.BLACK, lw=0.8)
            elif last["kind"] != "side":
                _arrow(axes, (middle, y), (middle, y + gap))
            else:
                _arrow(axes, (middle, y + gap - 1), (middle, y + gap))
            y += gap
        {"single": _draw_single, "side": _draw_side, "wide": _draw_wide}[block["kind"]](axes, block, y)
        y += _tall(block)
    return figure


def _tall(block):
    """Height of a block in mm, with the box beside it."""
    return max(block["height"], block["beside"]["height"] if "beside" in block else 0)


def _counted(label, n):
    """A label with its n, which no line ends within."""
    return f"{label} (n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{n})"


def _single(row, width=SIDE):
    lines = [
        (line, style.BASE, "bold")
        for line in lettering.wrap(_counted(row["label"], row["n"]), width - 5, style.BASE, "bold")
    ]
    lines += [(line, style.SMALL, "normal") for line in lettering.wrap(_detail(row), width - 5, style.SMALL)]
    return {
        "kind": "single",
        "lines": lines,
        "height": _height(lines),
        "fill": "chosen" if row["box"] == "analysed" else "plain",
    }


def _detail(row):
    """The words below a box; of the analysed set its schedules."""
    if row["box"] != "analysed":
        return plain(row["detail"])
    return "; ".join(terms.schedule(name) for name in row["detail"].split("; "))


def _side(row, reasons):
    lines = [(f"{row['label']} (n = {row['n']})", style.BASE, "bold")]
    for reason in reasons:
        text = _counted(plain(reason["label"]), reason["n"])
        lines += [(line, style.SMALL, "normal") for line in lettering.wrap(text, SIDE - 5, style.SMALL)]
    return {"kind": "side", "lines": lines, "height": _height(lines), "fill": "plain"}


def _wide(family, rows):
    """Cells in rows under one heading."""
    per_row = min(len(rows), 6)
    per_row = -(-len(rows) // -(-len(rows) // per_row))  # rows of equal length
    inner = (WIDTH - 8) / per_row - 3
    width = min(inner, 46)
    cells = []
    for row in rows:
        lines = [
            (line, style.SMALL, "normal")
            for line in lettering.wrap(NAMES[family](row["label"]), width - 3, style.SMALL)
        ]
        lines.append((f"n = {row['n']}", style.BASE, "bold"))
        detail = "" if family == "schedule" else plain(row["detail"])
        lines += [(line, style.TINY, "normal") for line in lettering.wrap(detail, width - 3, style.TINY)]
        fill = "plain" if pd.isna(row["analysed"]) else "chosen" if row["analysed"] else "other"
        cells.append({"lines": lines, "height": _height(lines), "fill": fill})
    grid = [cells[i : i + per_row] for i in range(0, len(cells), per_row)]
    heights = [max(cell["height"] for cell in line) for line in grid]
    total = 7 + sum(heights) + 2 * len(heights)
    return {
        "kind": "wide",
        "head": HEADS[family],
        "grid": grid,
        "heights": heights,
        "height": total,
        "width": width,
        "fill": "plain",
    }


def _height(lines):
    return sum(LINE[size] for _, size, _ in lines) + 2.6


def _draw_single(axes, block, y):
    _box(axes, (WIDTH - SIDE) / 2, y, SIDE, block["height"], block["lines"], block["fill"])
    if "beside" in block:
        other = block["beside"]
        _box(
            axes,
            (WIDTH + SIDE) / 2 + 4,
            y,
            BESIDE,
            other["height"],
            other["lines"],
            other["fill"],
        )


def _draw_side(axes, block, y):
    x = WIDTH - SIDE - 4
    _box(axes, x, y, SIDE, block["height"], block["lines"], block["fill"], align="left")
    _arrow(axes, (WIDTH / 2, y + block["height"] / 2), (x, y + block["height"] / 2))


def _draw_wide(axes, block, y):
    longest = max(len(line) for line in block["grid"])
    wide = max(longest * (block["width"] + 3) + 3, lettering.text_width(block["head"], style.BASE, "bold") + 8, SIDE)
    left = (WIDTH - wide) / 2
    _box(axes, left, y, wide, block["height"], [], "plain")
    axes.text(WIDTH / 2, y + 3.6, block["head"], ha="center", va="center", fontsize=style.BASE, fontweight="bold")
    top = y + 6.4
    for line, height in zip(block["grid"], block["heights"], strict=True):
        start = WIDTH / 2 - (len(line) * (block["width"] + 3) - 3) / 2
        for i, cell in enumerate(line):
            _box(
                axes,
                start + i * (block["width"] + 3),
                top,
                block["width"],
                height,
                cell["lines"],
                cell["fill"],
                thin=True,
            )
        top += height + 2


def _box(axes, x, y, width, height, lines, fill, align="center", thin=False):
    style_of_box = "round,pad=0,rounding_size=0.9"
    edge = style.PALE if thin else style.BLACK
    box = FancyBboxPatch(
        (x, y), width, height, boxstyle=style_of_box, fc=FILLS[fill], ec=edge, lw=0.6 if thin else 0.8, zorder=2
    )
    axes.add_patch(box)
    top = y + (height - sum(LINE[size] for _, size, _ in lines)) / 2
    for text, size, weight in lines:
        place = x + width / 2 if align == "center" else x + 2.5
        axes.text(place, top + LINE[size] / 2, text, ha=align, va="center", fontsize=size, fontweight=weight, zorder=3)
        top += LINE[size]


def _arrow(axes, start, end):
    look = {"arrowstyle": "-|>", "lw": 0.8, "color": style.BLACK, "mutation_scale": 7, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=look, zorder=1)
