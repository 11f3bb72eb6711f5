"""Principal components of all biomarkers: the path of each participant, loadings, and what noise alone would explain."""

import numpy as np
import pandas as pd
from immunoassay.figures import marks, pages, series, style
from immunoassay.figures.tidy import tidy
from immunoassay.study.course_names import first_course
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes
from matplotlib.figure import Figure

TABLE = declared(
    "figure_profile",
    "the scores of a participant at a visit, the loadings of a biomarker, or the variance a component explains",
    "layer participant course visit variable component",
    f"""
layer | str | | score, loading, variance, left_out (a biomarker that is not part of it) or words
quantity | str | | value (log values) or change (of log values from baseline)
{series.VISIT}
x | Int64 | number | place of the visit among the visits, from 1
variable | str | | analyte
label | str | | its name as it is printed
group | str | | group of analytes
component | Int64 | number | principal component
pc1 | float64 | number | score or loading on the first component
pc2 | float64 | number | score or loading on the second component
explained | float64 | share | share of the variance the component explains
noise_median | float64 | share | median share explained when trajectories are permuted
noise_95 | float64 | share | 95th percentile of that share
share_below | float64 | share | results below LLOQ / results
reason_code | str | | codes of why a biomarker is left out
words | str | | what was done, or why not
""",
)
SQUARE = 110  # mm; in a higher figure only the loadings are as high as it is
NAMED = 14  # participants told apart by colour and marker; more are drawn grey, without names


def table(
    pca_scores: pd.DataFrame,
    pca_loadings: pd.DataFrame,
    pca_variance: pd.DataFrame,
    visits: pd.DataFrame,
    courses: pd.DataFrame,
    analytes: pd.DataFrame,
    individuals: bool = True,
    quantity: str = "value",
) -> pd.DataFrame:
    """Every number of the profile, one `quantity` of the principal components: log values or their changes from baseline.

    Layers: `score` (participant and visit of first courses: pc1, pc2; left out when `individuals` is false),
    `loading` (analyte: pc1, pc2), `variance` (component), `left_out` (analyte, why in words), `words` (what was done,
    or why not).
    """
    scores, loadings, variance = (
        part[part["quantity"] == quantity] for part in (pca_scores, pca_loadings, pca_variance)
    )
    biomarkers = series.variables_of(analytes, list(dict.fromkeys(analytes["group"])))
    scores = _wide(
        scores[scores["course"] == first_course(courses.to_dict("records"))],
        ["participant", "course", "visit"],
        "score",
    )
    scores = scores.merge(series.plan(visits), on="visit").sort_values(["participant", "x"], kind="stable")
    out = biomarkers.merge(
        loadings.loc[loadings["component"].isna(), ["variable", "reason", "reason_code", "share_below"]], on="variable"
    )
    loadings = biomarkers.merge(_wide(loadings, ["variable"], "loading"), on="variable")
    layers = [
        (scores if individuals else scores.iloc[:0]).assign(layer="score"),
        loadings.assign(layer="loading"),
        out.assign(layer="left_out", words=out["reason"]),
        variance[variance["component"].notna()].drop(columns="words").assign(layer="variance"),
        variance.head(1)[["words"]].assign(layer="words"),
    ]
    return tidy(TABLE, *(layer.assign(quantity=quantity) for layer in layers))


@pages.drawing(TABLE)
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """The profile from its table; three panels (scores only where the table holds them)."""
    scores, loadings, variance = (table[table["layer"] == layer] for layer in ("score", "loading", "variance"))
    words = " ".join(table.loc[table["layer"] == "words", "words"])
    if not len(variance) or not len(loadings):
        return pages.notice(f"{figure_notes.nothing('figure_profile')} {words} {remark}", simulated)
    height = max(64, 16 + 3.6 * len(loadings))
    figure = pages.page(style.DOUBLE, height, simulated, f"{figure_notes.profile(table, scores)} {words} {remark}")
    ratios = [1.35, 1, 0.8] if len(scores) else [1.2, 1]
    panels = list(figure.subplots(1, len(ratios), width_ratios=ratios))
    share = variance["explained"].tolist()
    names = [f"PC{k + 1} ({100 * share[k]:.0f} %)" for k in (0, 1)]
    if len(scores):
        _scores(panels[0], scores, names)
    _loadings(panels[-2], loadings)
    _variance(panels[-1], variance)
    for axes, text in zip(panels, "ABC", strict=False):
        marks.letter(axes, text)
        if axes is not panels[-2] and height > SQUARE:  # beside many loadings
            axes.set(box_aspect=1.2, anchor="N")
    return figure


def _scores(axes, scores, names):
    """The path of each participant from the open point (first visit) to the filled one (last visit); of many the points
    are small and the paths pale."""
    people = list(dict.fromkeys(scores["participant"]))
    single = len(people) <= NAMED
    looks = style.looks(people) if single else {None: {"color": style.GREY, "ls": "-", "marker": "o"}}
    size = 4.5 if single else 2
    for person, look in looks.items():
        own = scores[scores["participant"] == person] if single else scores
        way = own.assign(x=own["pc1"], y=own["pc2"])
        first, last = ~way["participant"].duplicated(), ~way["participant"].duplicated(keep="last")
        colour, between = look["color"], way[~first & ~last]
        pale = {} if single else {"alpha": 0.25}
        marks.ways(axes, way, color=colour, ls=look["ls"], lw=0.9 if single else 0.3, zorder=2, **pale)
        if single:
            axes.plot(between["x"], between["y"], ".", ms=3, color=colour, zorder=3)
        end = {"ls": "none", "marker": look["marker"], "ms": size, "mew": 1 if single else 0.4}
        axes.plot(way.loc[last, "x"], way.loc[last, "y"], color=colour, zorder=4, label=person, **end)
        marks.open_marker(axes, way.loc[first, "x"], way.loc[first, "y"], colour, size, look["marker"], zorder=4)
    for line in (axes.axhline, axes.axvline):
        line(0, color=style.PALE, lw=0.5, zorder=1)
    marks.linear_axis(axes, "x")
    marks.linear_axis(axes, "y")
    axes.set(xlabel=names[0], ylabel=names[1])
    if single:
        axes.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, 0),
            ncols=4,
            handletextpad=0.2,
            columnspacing=0.8,
            borderaxespad=4.2,
        )
    marks.title(axes, "Participants", 50)


def _loadings(axes, loadings):
    place = np.arange(len(loadings))[::-1]
    axes.axvline(0, color=style.BLACK, lw=0.5, zorder=1)
    for y in place:
        axes.axhline(y, color="#E8E8E8", lw=0.5, zorder=0)
    axes.plot(loadings["pc1"], place + 0.14, "o", ms=3.4, color=style.BLUE, label="PC1")
    axes.plot(loadings["pc2"], place - 0.14, "s", ms=3.2, color=style.ORANGE, label="PC2")
    axes.set_yticks(place, loadings["label"].tolist(), fontsize=style.SMALL if len(loadings) <= 40 else style.TINY)
    axes.set_ylim(-0.7, len(loadings) - 0.3)
    marks.linear_axis(axes, "x")
    axes.set_xlabel("Loading")
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, 0), ncols=2, handletextpad=0.2, columnspacing=0.8, borderaxespad=4.2
    )
    marks.title(axes, "Loadings", 40)


def _variance(axes, variance):
    x = np.arange(1, len(variance) + 1)
    axes.bar(x, 100 * variance["explained"], color=style.SKY, width=0.6, label="explained", zorder=2)
    axes.plot(
        x, 100 * variance["noise_median"], "_", ms=11, mew=1.4, color=style.BLACK, label="noise, median", zorder=3
    )
    axes.plot(x, 100 * variance["noise_95"], "_", ms=11, mew=1.4, color=style.VERMILION, label="noise, 95 %", zorder=3)
    axes.set_xticks(x, [f"PC{name}" for name in variance["component"]])
    axes.set_ylim(0)
    marks.linear_axis(axes)
    axes.set_ylabel("Variance explained, %")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=1, handletextpad=0.4, borderaxespad=2.6)
    marks.title(axes, "Against noise", 36)


def _wide(rows, keys, value):
    """One row per key with the first two components as pc1 and pc2."""
    rows = rows[rows["component"].isin([1, 2])].assign(
        component=lambda part: "pc" + part["component"].astype("Int64").astype("str")
    )
    wide = rows.pivot(index=keys, columns="component", values=value).reindex(columns=["pc1", "pc2"])
    return wide.reset_index().rename_axis(columns=None)
