"""Standard curves: what became of every plate, its lot and every recovery is seen in print, of any number of plates."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.figures import figure_curves, pages, style
from immunoassay.words import quality_notes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex

from .conftest import curve_table
from .judged_pages import returned
from .test_figures_response import said

LEVELS = 1000 / 4.0 ** np.arange(7)


def signal(x):
    return 20000 - 19970 / (1 + x / 200)


def frames(analytes, plates, lots=1, name="K-{:02d}", recovery=100.0, unfitted=()):
    """(curves, wells, dropped, analytes) of plates run in the order of their numbers; every well has the `recovery`."""
    names = [f"IL-{i}" for i in range(analytes)]
    wells = pd.DataFrame(
        [
            {"panel": "kit", "plate": name.format(p), "analyte": analyte, "well": f"{row}{k + 1:02d}", "role": role,
             "level": f"S{k}", "expected": x, "signal": float(signal(x)), "disposition": "usable",
             "recovery_percent": recovery}
            for p in range(plates) for analyte in names
            for k, (x, role) in enumerate([*((x, "standard") for x in LEVELS), (50.0, "control")]) for row in "AB"
        ]
    )  # fmt: skip
    fits = wells[["panel", "plate", "analyte"]].drop_duplicates(ignore_index=True)
    lot = {name.format(p): f"L{p * lots // plates}" for p in range(plates)}
    fits = fits.assign(kit_lot=fits["plate"].map(lot), model="4pl", standard_unit="pg/mL", status="converged")
    fits = fits.assign(lloq=1.0, uloq=900.0, lower_asymptote=30.0, upper_asymptote=20000.0, midpoint=200.0)
    fits = fits.assign(slope=1.0, asymmetry=1.0)
    fits.loc[fits["plate"].isin(unfitted), ["status", "status_reason"]] = ["not_fitted", "no_standards: none"]
    dropped = tables.empty("dropped_standards")
    labelled = pd.DataFrame({"analyte": names, "label": "", "group": "g", "order": range(analytes), "unit": "pg/mL"})
    return (*(conformed(frame, of) for frame, of in ((fits, "curves"), (wells, "concentrations"))), dropped, labelled)


def conformed(frame, name):
    return tables.conform(frame.reindex(columns=list(tables.TABLES[name].columns)), name)


def pairs(figure):
    """(axes of the curves, axes of the strip) of every panel."""
    shown = [axes for axes in figure.axes if axes.axison]
    strips = [axes for axes in shown if axes.get_xlabel()]
    return list(zip([axes for axes in shown if not axes.get_xlabel()], strips, strict=True))


def dashed(axes):
    """{colour of a curve: whether it is dashed}."""
    curves = next(
        each for each in axes.collections if isinstance(each, LineCollection) and len(each.get_segments()[0]) > 2
    )
    styles = zip(curves.get_colors(), curves.get_linestyles(), strict=True)
    return [(to_hex(colour).upper(), pattern[1] is not None) for colour, pattern in styles]


def dots(axes):
    return [each for each in axes.collections if isinstance(each, PathCollection)]


def test_every_plate_has_its_verdict_its_rules_its_lot_and_every_well_its_tolerance():
    checks = [
        ("K-01", "IL-0", "calibration_fit", "FAIL", True),
        ("K-01", "IL-0", "limits", "FAIL", True),
        ("K-01", "IL-0", "blanks", "FAIL", False),  # advisory: not why it was rejected
        ("K-02", "IL-0", "controls", "NOT_EVALUABLE", True),
        ("K-03", "IL-0", "bead_counts", "FAIL", False),
        ("K-03", "IL-0", "blanks", "NOT_EVALUABLE", False),
    ]
    table = curve_table(*frames(1, 4, lots=2), checks=checks)
    plates = table[table["layer"] == "plate"].set_index("plate")
    assert plates["verdict"].tolist() == ["PASS", "FAIL", "NOT_EVALUABLE", "WARN"]
    assert plates["rules"].fillna("").tolist() == ["", "calibration_fit;limits", "controls", "bead_counts"]
    assert plates["place"].tolist() == [1, 2, 3, 4] and plates["lot"].tolist() == [1, 1, 2, 2]
    wells = table[(table["layer"] == "well") & (table["plate"] == "K-00")].drop_duplicates("level").set_index("level")
    assert wells["tolerance_percent"].to_dict() == {
        **{"S0": 25.0, "S6": 25.0, "S7": 30.0},
        **dict.fromkeys(("S1", "S2", "S3", "S4", "S5"), 20.0),
    }


def test_what_was_not_accepted_is_dashed_and_named_with_its_rules_under_its_panel():
    checks = [
        ("K-01", "IL-0", "calibration_fit", "FAIL", True),
        ("K-01", "IL-0", "limits", "FAIL", True),
        ("K-02", "IL-0", "bead_counts", "FAIL", False),
    ]
    figure = figure_curves.draw(curve_table(*frames(2, 3), checks=checks))
    (first, below), (second, other) = pairs(figure)
    blue, orange, green = style.CYCLE[:3]
    assert dashed(first) == [(blue, False), (orange, True), (green, False)]
    assert not any(broken for _, broken in dashed(second))
    words = below.get_xlabel().replace("\n", " ")
    assert "Rejected: K-01 (fit of the curve, limits of quantification)" in words and "Warned: K-02" in words
    assert "Rejected" not in other.get_xlabel() and "Warned" not in other.get_xlabel()
    assert "Dashed: curve of a plate that was not accepted" in said(figure)
    assert "Dashed" not in said(figure_curves.draw(curve_table(*frames(2, 3))))


def test_verdicts_that_would_be_longer_than_their_room_are_counted():
    checks = [(f"K-{p:02d}", "IL-0", rule, "FAIL", True) for p in range(7) for rule in ("limits", "blanks")]
    checks = [*checks[:-1], ("K-06", "IL-0", "calibration_fit", "FAIL", True)]
    figure = figure_curves.draw(curve_table(*frames(3, 7), checks=checks))
    assert pairs(figure)[0][1].get_xlabel().endswith("Rejected: 7 plates")
    assert returned(figure) == []


def test_a_plate_that_was_set_aside_has_no_curve_for_that_reason():
    made = frames(1, 2, unfitted=["K-00", "K-01"])
    table = curve_table(*made, checks=[("K-01", "IL-0", "plate_set_aside", "FAIL", True)])
    why = table[table["layer"] == "no_curve"].set_index("plate")["words"]
    assert why["K-00"] == "no_standards: none" and why["K-01"].endswith("as it was found")


def test_the_newest_seven_plates_have_colours_and_the_others_are_grey_lines():
    made = frames(1, 9)
    table = curve_table(*made, plates=[f"K-{p:02d}" for p in (8, 0, 1, 2, 3, 4, 5, 6, 7)])  # the eighth ran first
    places = table[table["layer"] == "plate"].set_index("plate")["place"]
    assert places[places.isna()].index.tolist() == ["K-00", "K-08"] and places["K-07"] == 7
    figure = figure_curves.draw(table)
    (curves, strip) = pairs(figure)[0]
    assert [colour for colour, _ in dashed(curves)] == [style.PALE] * 2 + [each.upper() for each in style.CYCLE]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == [*(f"K-{p:02d}" for p in range(1, 8)), "2 earlier plates"]
    assert sum(len(each.get_offsets()) for each in dots(strip)) == 7 * 16
    assert len(table[table["layer"] == "well"]) == 9 * 16 and strip.get_xlabel().endswith("112 wells, 9 curves")
    earlier = figure_curves.draw(table[table["plate"].isin(["K-00", "K-08"])])
    assert not dots(pairs(earlier)[0][1]) and returned(earlier) == []


def test_lots_are_told_apart_by_the_marks_of_their_standards():
    one, two = (figure_curves.draw(curve_table(*frames(1, 4, lots=lots))) for lots in (1, 2))
    handles = [
        (text.get_text(), line.get_marker())
        for figure in (one, two)
        for text, line in zip(figure.legends[0].get_texts(), figure.legends[0].legend_handles, strict=True)
    ]
    assert handles[:4] == [(f"K-{p:02d}", "o") for p in range(4)]
    assert handles[4:] == [("K-00, lot L0", "o"), ("K-01, lot L0", "o"), ("K-02, lot L1", "s"), ("K-03, lot L1", "s")]
    assert len(dots(pairs(one)[0][0])) == 2 and len(dots(pairs(two)[0][0])) == 3  # standards by lot, and controls


@pytest.mark.parametrize(("recovery", "beyond"), [(131.0, 0), (133.0, 32), (60.0, 32), (np.nan, 0)])
def test_recoveries_beyond_the_strip_stand_at_its_edge_and_are_counted(recovery, beyond):
    figure = figure_curves.draw(curve_table(*frames(1, 2, recovery=recovery)))
    strip, words = pairs(figure)[0][1], said(figure)
    assert strip.get_ylim() == pytest.approx((68, 132)) and list(strip.get_yticks()) == [80, 100, 120]
    assert sum(len(each.get_offsets()) for each in dots(strip)) == (0 if np.isnan(recovery) else 32)
    inside = {round(float(y), 9) for each in dots(strip) for _, y in each.get_offsets()}
    assert inside == (set() if np.isnan(recovery) else {recovery} if not beyond else {0.94 if recovery > 100 else 0.06})
    assert (f"Triangle at its edge: beyond it ({beyond} wells)." in words) == bool(beyond)
    assert ("Without a recovery, not on a curve: 32 wells." in words) == np.isnan(recovery)
    assert "grey: within the tolerance (inner standards ±20 %; their ends ±25 %, controls ±30 %)" in words
    assert strip.get_xlim() == pairs(figure)[0][0].get_xlim()


def test_tolerances_that_differ_between_analytes_are_a_range():
    wells = pd.DataFrame(
        {"role": "standard", "analyte": ["a", "b"], "tolerance_percent": [20.0, 25.0], "recovery_percent": 100.0}
    )
    assert "inner standards ±20 to 25 %" in quality_notes.recoveries(wells, 0)


@pytest.mark.parametrize(("analytes", "plates"), [(1, 1), (1, 20), (2, 3), (12, 7), (60, 20)])
def test_curves_and_strips_stay_high_whatever_is_said_of_them(analytes, plates):
    checks = [
        (f"K-{p:02d}", f"IL-{a}", "limits", "FAIL", True) for p in range(0, plates, 2) for a in range(0, analytes, 3)
    ]
    table = curve_table(*frames(analytes, plates, lots=3 if plates > 3 else 1, recovery=140.0), checks=checks)
    figure = figure_curves.draw(table, simulated=True, older=0)
    assert returned(figure) == []
    high = [
        [axes.get_position().height * figure.get_figheight() * style.MM for axes in column]
        for column in zip(*pairs(figure), strict=True)
    ]
    assert min(high[0]) > 16 and min(high[1]) > 6  # mm
    assert figure.get_figheight() * style.MM <= pages.TALLEST + 0.01


@pytest.mark.parametrize("limits", [(700.0, 3100.0), (0.002, 400000.0)])
def test_plates_with_long_names_over_few_and_many_decades(limits):
    curves, wells, *others = frames(12, 3, lots=3, name="Cytokine 30-plex, run of 2024-05-{:02d}")
    wells["expected"] = np.exp(np.interp(np.log(wells["expected"]), np.log(LEVELS[[-1, 0]]), np.log(limits)))
    curves = curves.assign(lloq=limits[0] * 1.1, uloq=limits[1], midpoint=np.sqrt(limits[0] * limits[1]))
    assert returned(figure_curves.draw(curve_table(curves, wells, *others), simulated=True)) == []
