"""The charts of the report page: Vega-Lite specifications, their two themes, and the script that draws them.

Every chart draws the rows that a section of the page hands it: the data set `rows`, whose columns COLUMNS names. Colours are
styles, not values, so that one specification serves both themes. Expressions are written here alone, and the page
evaluates them as parsed trees: its content security policy needs no `unsafe-eval`.
"""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert
from immunoassay.jobs import handover
from immunoassay.deliver.page_chart_columns import COLUMNS
from immunoassay.figures import style

Spec = dict[str, Any]
VERSION = "6.4"  # of Vega-Lite

ROW = 18  # height of a line of a forest or map, in pixels


def bundle(folder: str | Path) -> str:
    """The script of Vega, Vega-Lite and Vega-Embed, in a scope of its own: it sets `vegaEmbed`.

    It is kept in `folder`, for putting it together takes longer than a page.
    """
    kept = Path(folder) / f"charts-{version('vl-convert-python')}-{VERSION}.js"
    if not kept.is_file():
        script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", VERSION)
        handover.keep(kept, f"(()=>{{{script}}})();\n".encode())
    return kept.read_text(encoding="utf-8")


def theme(dark: bool) -> Spec:
    """The configuration of Vega-Lite for light or dark: colours by style."""
    ink, pale, line = ("#E6E6E6", "#8A8A8A", "#4A4A4A") if dark else ("#1A1A1A", "#8A8A8A", "#D0D0D0")
    accent = style.SKY if dark else style.BLUE
    cycle = [accent, style.ORANGE, style.GREEN, style.VERMILION, style.PURPLE, "#F0E442" if dark else style.SKY, ink]
    text = {"labelColor": ink, "titleColor": ink, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
    return {
        "background": None,
        "font": "system-ui, sans-serif",
        "aria": False,  # the page describes the whole chart, and its numbers stand in a table
        "view": {"stroke": None},
        "axis": {
            **text,
            "domainColor": pale,
            "tickColor": pale,
            "gridColor": line,
            "gridOpacity": 0.6,
            "labelOverlap": True,
            "labelLimit": 160,
        },
        "legend": {**text, "orient": "top", "labelLimit": 220},
        "range": {"category": cycle},
        "point": {"opacity": 1},
        "scale": {"bandPaddingInner": 0.04, "rectBandPaddingInner": 0.04},
        "style": {
            "centre": {"color": accent},
            "people": {"color": pale},
            "allowed": {"color": style.GREEN},
            "limit": {"color": style.VERMILION},
            "below": {"color": style.BLUE},
            "above": {"color": style.VERMILION},
            "ink": {"color": ink},
            "white": {"color": "#FFFFFF"},
        },
    }


def _axis(field: str, title: str, kind: str = "quantitative", logarithmic: bool = False, **more: Any) -> Spec:
    scale: Spec = {"type": "log"} if logarithmic else {"type": "linear", "zero": False}
    scale |= {"nice": False, "padding": 10}
    number = {"scale": scale} if kind == "quantitative" else {}
    axis = {"format": ",.4~r", "tickCount": 5, **({"gridOpacity": 0.25} if logarithmic else {})} if number else {}
    return {"field": field, "type": kind, "title": title, **number, "axis": axis | more.pop("axis", {}), **more}


def _of(layer: str) -> list[Spec]:
    return [{"filter": f"datum.layer === '{layer}'"}]


def _layer(
    mark: str, look: str, transform: list[Spec] | None = None, encoding: Spec | None = None, **more: Any
) -> Spec:
    drawn = {"mark": {"type": mark, **({"style": look} if look else {}), **more}, "encoding": encoding or {}}
    return drawn | ({"transform": transform} if transform else {})


def _chart(height: int | Spec, encoding: Spec, *layers: Spec, **more: Any) -> Spec:
    return {
        "data": {"name": "rows"},
        "width": "container",
        "height": height,
        "encoding": encoding,
        "layer": list(layers),
        **more,
    }


TOLD: Spec = {"tooltip": {"field": "words", "type": "nominal"}}
KNOWN, UNKNOWN = {"filter": "datum.known"}, {"filter": "!datum.known"}


def curve() -> Spec:
    """A standard curve with the band of single wells, earlier plates in grey, the wells and the limits."""
    kind = {"field": "kind", "type": "nominal", "title": None}
    ends = {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
    positive = {"filter": "datum.x > 0 && datum.y > 0"}
    return _chart(
        300,
        {
            "x": _axis("x", "Concentration in the well", logarithmic=True),
            "y": _axis("y", "Signal", logarithmic=True),
        },
        _layer("area", "band", _of("fit"), ends, opacity=0.18),
        _layer("line", "people", _of("earlier"), {"detail": {"field": "plate"}}, strokeWidth=0.8, opacity=0.7),
        _layer("rule", "limit", _of("limit"), {"y": None, **TOLD}, strokeDash=[4, 3]),
        _layer("line", "centre", _of("fit"), {"detail": {"field": "plate"}}, strokeWidth=1.6),
        _layer("point", "", [*_of("well"), positive], {"color": kind, "shape": kind, **TOLD}, size=38, strokeWidth=1.4),
        *_limit_words("lloq", align="left", dx=4),
        *_limit_words("uloq", align="right", dx=-4),
    )


def _limit_words(name: str, **place: Any) -> list[Spec]:
    """A limit in words at the top of its line, on the side where the curve is measured."""
    encoding = {"y": {"value": 8}, "text": {"field": "words"}}
    return [_layer("text", "limit", [{"filter": f"datum.kind === '{name}'"}], encoding, fontSize=11, **place)]


def _runs() -> Spec:
    axis = {"labelAngle": 0, "labelExpr": "split(datum.label, ' ')", "labelOverlap": "greedy", "labelSeparation": 6}
    return {"field": "run", "type": "nominal", "title": None, "sort": {"op": "min", "field": "place"}, "axis": axis}


def controls() -> Spec:
    """Recovery of every control over the runs: what is allowed, the guide set, and rings around broken rules."""
    control = {"field": "control", "type": "nominal", "title": None}
    allowed = [
        {
            "aggregate": [
                {"op": "min", "field": "tolerance_low", "as": "from"},
                {"op": "max", "field": "tolerance_high", "as": "to"},
            ]
        }
    ]
    between = {"x": None, "xOffset": None, "y": {"field": "from", "type": "quantitative"}, "y2": {"field": "to"}}
    guide = {"y": {"field": "guide_low", "type": "quantitative"}, "y2": {"field": "guide_high"}}
    broken = [{"filter": "datum.rules"}]
    return _chart(
        220,
        {
            "x": _runs(),
            "xOffset": {"field": "control", "type": "nominal"},
            "y": _axis("recovery_percent", "Recovery, %"),
        },
        _layer("rect", "allowed", allowed, between, opacity=0.12),
        _layer("rule", "people", None, guide, strokeWidth=6, opacity=0.4),
        _layer("point", "limit", broken, size=190, strokeWidth=2),
        _layer("text", "ink", broken, {"text": {"field": "rules"}}, dy=-15, fontSize=11),
        _layer("point", "", None, {"color": control, "shape": control, **TOLD}, size=48, filled=True),
    )


def limits_over_time() -> Spec:
    """The LLOQ of every plate over the runs, by kit lot, and the validated one."""
    lot = {"field": "kit_lot", "type": "nominal", "title": None}
    validated = {"y": {"field": "lloq_validated", "type": "quantitative"}, **TOLD}
    frame: list[Spec] = [
        {"aggregate": [{"op": "min", "field": "lloq", "as": "from"}, {"op": "max", "field": "lloq", "as": "to"}]},
        {"calculate": "datum.from / 2", "as": "from"},
        {"calculate": "datum.to * 2", "as": "to"},
    ]
    between = {"x": None, "y": {"field": "from", "type": "quantitative"}, "y2": {"field": "to"}}
    return _chart(
        180,
        {"x": _runs(), "y": _axis("lloq", "LLOQ in the well", logarithmic=True)},
        _layer("rule", "people", frame, between, opacity=0),  # an axis of less would make much of small differences
        _layer("tick", "limit", [{"filter": "isValid(datum.lloq_validated)"}], validated, thickness=2),
        _layer("point", "", None, {"color": lot, "shape": lot, **TOLD}, size=48, filled=True),
    )


def trajectories() -> Spec:
    """Participants in grey, the centre of each visit with its interval; a dashed line joins centres of other participants."""
    visit = {
        "field": "visit",
        "type": "ordinal",
        "title": None,
        "sort": {"op": "min", "field": "order"},
        "scale": {"type": "point", "padding": 0.4},
        "axis": {"labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 6},
    }
    person = {"detail": {"field": "participant"}}
    between = {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
    dashes = {
        "field": "same",
        "type": "nominal",
        "scale": {"domain": [True, False], "range": [[1, 0], [4, 4]]},
        "legend": None,
    }
    return _chart(
        240,
        {"x": visit, "y": _axis("y", "")},
        _layer("rule", "limit", _of("limit"), {"x": None, **TOLD}, strokeDash=[4, 3]),
        _layer("line", "people", _of("participant"), person, strokeWidth=0.8, opacity=0.7),
        _layer("rule", "centre", _of("centre"), between, strokeWidth=1.6),
        _layer("line", "centre", _of("link"), {"detail": {"field": "link"}, "strokeDash": dashes}, strokeWidth=2),
        _layer("point", "centre", [*_of("centre"), KNOWN], TOLD, size=60, filled=True, opacity=1),
        _layer("point", "centre", [*_of("centre"), UNKNOWN], TOLD, size=60, strokeWidth=1.6),
        _layer("point", "people", [*_of("participant"), KNOWN], TOLD, size=22, filled=True),
        _layer("point", "people", [*_of("participant"), UNKNOWN], TOLD, size=26),
    )


def _lines(field: str = "label") -> Spec:
    sort = {"op": "min", "field": "place"}
    axis = {"grid": False, "ticks": False, "domain": False, "labelOverlap": False}
    return {"field": field, "type": "nominal", "title": None, "sort": sort, "axis": axis}


def forest() -> Spec:
    """Changes with their intervals, one line each; an arrow where an interval has no end."""
    side = {"field": "side", "type": "nominal", "legend": None}
    arrows = {"domain": ["low", "high"], "range": ["triangle-left", "triangle-right"]}
    between = {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}}
    x = _axis("x", "", axis={"orient": "top"})
    return _chart(
        {"step": ROW},
        {"y": _lines(), "x": x},
        _layer("point", "ink", _of("frame"), {"y": None}, opacity=0),
        _layer("rule", "ink", _of("unchanged"), {"y": None}, opacity=0.6, strokeDash=[3, 3]),
        _layer("rule", "centre", _of("interval"), {**between, **TOLD}, strokeWidth=1.8),
        _layer("point", "centre", _of("open"), {"shape": {**side, "scale": arrows}, **TOLD}, size=40, filled=True),
        _layer(
            "point", "centre", [*_of("interval"), {"filter": "isValid(datum.x)"}], TOLD, size=60, filled=True, opacity=1
        ),
    )


def below_map() -> Spec:
    """The share of results below the LLOQ: analytes by visits."""
    visit = {
        "field": "visit",
        "type": "ordinal",
        "title": None,
        "sort": {"op": "min", "field": "order"},
        "axis": {"orient": "top", "labelAngle": 0, "grid": False, "domain": False, "ticks": False},
    }
    share = {"field": "share", "type": "quantitative", "legend": None, "scale": {"domain": [0, 1], "range": [0.04, 1]}}
    return _chart(
        {"step": ROW},
        {"x": visit, "y": _lines()},
        _layer("rect", "below", None, {"opacity": share, **TOLD}),
        *_printed("datum.share", "text"),
    )


def _printed(size, field):
    """The number of a cell, in white where the cell is deep."""
    text = {"text": {"field": field}}
    return (
        _layer("text", "white", [{"filter": f"abs({size}) > 0.65"}], text, fontSize=11),
        _layer("text", "ink", [{"filter": f"isValid({size}) && abs({size}) <= 0.65"}], text, fontSize=11),
    )


def matrix() -> Spec:
    """Associations: biomarkers by scores, blue below and vermilion above zero, deeper the stronger."""
    score = {
        "field": "score",
        "type": "nominal",
        "title": None,
        "sort": "ascending",
        "axis": {"orient": "top", "labelAngle": 0, "grid": False, "domain": False, "ticks": False},
    }
    size = [{"calculate": "abs(datum.estimate)", "as": "size"}]
    deep = {"field": "size", "type": "quantitative", "legend": None, "scale": {"domain": [0, 1], "range": [0.06, 1]}}
    return _chart(
        {"step": ROW + 2},
        {"x": score, "y": _lines()},
        _layer("rect", "below", [{"filter": "datum.estimate < 0"}, *size], {"opacity": deep, **TOLD}),
        _layer(
            "rect",
            "above",
            [{"filter": "isValid(datum.estimate) && datum.estimate >= 0"}, *size],
            {"opacity": deep, **TOLD},
        ),
        _layer(
            "text", "ink", [{"filter": "!isValid(datum.estimate)"}], {"text": {"field": "text"}, **TOLD}, fontSize=11
        ),
        *_printed("datum.estimate", "text"),
    )


def scatter() -> Spec:
    """What stands behind one association; visits of one participant are joined."""
    visit = {"field": "visit", "type": "nominal", "title": None, "sort": {"op": "min", "field": "order"}}
    path = {"detail": {"field": "participant"}, "order": {"field": "order", "type": "quantitative"}}
    return _chart(
        280,
        {"x": _axis("x", "", logarithmic=True), "y": _axis("y", "")},
        _layer("line", "people", None, path, strokeWidth=0.8, opacity=0.6),
        _layer("point", "", [KNOWN], {"color": visit, **TOLD}, size=54, filled=True),
        _layer("point", "", [UNKNOWN], {"color": visit, **TOLD}, size=54, strokeWidth=1.6),
    )


def timeline() -> Spec:
    """What happened to one participant, in real days: lines of values, doses as triangles, relapses and others as uprights."""
    label = {"field": "label", "type": "nominal", "title": None}
    told = {"text": {"field": "event"}, **TOLD}
    return _chart(
        170,
        {"x": _axis("day", "Day (1: first dose of the first course)"), "y": _axis("y", "")},
        _layer("rule", "people", _of("course"), {"y": None, "x2": {"field": "end"}}, opacity=0),
        _layer("rule", "people", _of("event"), {"y": None, **TOLD}, strokeDash=[4, 3]),
        _layer("rule", "limit", _of("relapse"), {"y": None, **TOLD}, strokeWidth=1.6),
        _layer("point", "ink", _of("dose"), {"y": {"value": 164}, **TOLD}, shape="triangle-up", size=44, filled=True),
        _layer("line", "", _of("value"), {"stroke": label | {"legend": None}}, strokeWidth=1.4),
        _layer("point", "", [*_of("value"), KNOWN], {"color": label, "shape": label, **TOLD}, size=50, filled=True),
        _layer(
            "point", "", [*_of("value"), UNKNOWN], {"color": label, "shape": label, **TOLD}, size=50, strokeWidth=1.4
        ),
        _layer(
            "text",
            "ink",
            _of("event"),
            {"y": {"value": {"expr": "datum.height"}}, **told},
            align="left",
            dx=3,
            fontSize=11,
        ),
        _layer(
            "text",
            "limit",
            _of("relapse"),
            {"y": {"value": {"expr": "datum.height"}}, **told},
            align="right",
            dx=-3,
            fontSize=11,
        ),
    )


CHARTS: dict[str, Spec] = {
    drawing.__name__: drawing()
    for drawing in (curve, controls, limits_over_time, trajectories, forest, below_map, matrix, scatter, timeline)
}
THEMES: dict[str, Spec] = {"light": theme(dark=False), "dark": theme(dark=True)}


def given() -> dict[str, Any]:
    """What the page is given of the charts: specs, themes, and columns with what they are."""
    return {"specs": CHARTS, "themes": THEMES, "columns": COLUMNS}
