"""Charts of the report page: every specification draws rows of known answers, without a browser, and says nothing else."""

import json
import re
from xml.etree import ElementTree

import pytest
import vl_convert
from immunoassay.deliver import page_charts, report_page
from immunoassay.deliver.page_charts import CHARTS, COLUMNS, THEMES
from immunoassay.words import chart_words, page_words

HOSTILE = "</script><img src=x onerror=alert(1)>${alert(2)}\"'&{{x}}"
VISITS = [("Baseline", 1), ("Month 2", 2), ("Month 12", 3)]
ROWS = {
    "curve": [
        *(
            {"layer": "fit", "plate": "P2", "x": x, "y": 10 * x, "low": 8 * x, "high": 12 * x}
            for x in (1.0, 10.0, 100.0)
        ),
        *({"layer": "earlier", "plate": "P1", "x": x, "y": 9 * x, "words": "P1"} for x in (1.0, 100.0)),
        {"layer": "well", "plate": "P2", "x": 10.0, "y": 101.0, "kind": "standard", "words": "A01"},
        {"layer": "well", "plate": "P2", "x": 20.0, "y": 190.0, "kind": "sample", "words": "B01"},
        {
            "layer": "well",
            "plate": "P2",
            "x": 0.0,
            "y": -2.0,
            "kind": "blank",
            "words": "C01: below every place of the axes",
        },
        {"layer": "limit", "plate": "P2", "x": 2.0, "words": "LLOQ 2"},
    ],
    "controls": [
        {
            **{
                "run": f"2025-0{place}-01 P{place}",
                "place": place,
                "control": control,
                "recovery_percent": 90.0 + place,
            },
            **{"tolerance_low": 70.0, "tolerance_high": 130.0, "guide_low": 80.0, "guide_high": 120.0},
            **{"rules": "1-3s" if place == 2 and control == "QC1" else "", "words": f"{control} on P{place}"},
        }
        for place in (1, 2, 3)
        for control in ("QC1", "QC2")
    ],
    "limits_over_time": [
        {"run": "2025-01-01 P1", "place": 1, "kit_lot": "A", "lloq": 1.0, "lloq_validated": 2.0, "words": "P1: 1"},
        {"run": "2025-02-01 P2", "place": 2, "kit_lot": "B", "lloq": 1.5, "lloq_validated": None, "words": "P2: 1.5"},
    ],
    "trajectories": [
        {"layer": "limit", "y": 1.0, "words": "LLOQ 1"},
        *(
            {
                "layer": "participant",
                "participant": person,
                "visit": visit,
                "order": order,
                "y": y,
                "known": y > 1,
                "words": person,
            }
            for person, values in {"A": (4.0, 1.0, 3.0), "B": (6.0, 5.0, 2.0)}.items()
            for (visit, order), y in zip(VISITS, values, strict=True)
        ),
        *(
            {"layer": "centre", "visit": v, "order": o, "y": 3.0, "low": 2.0, "high": 4.0, "known": o < 3, "words": v}
            for v, o in VISITS
        ),
        *(
            {"layer": "link", "visit": v, "order": o, "y": 3.0, "link": link, "same": link == 0}
            for link in (0, 1)
            for v, o in VISITS[link : link + 2]
        ),
    ],
    "forest": [
        {"layer": "frame", "x": 0.5},
        {"layer": "frame", "x": 2.0},
        {"layer": "unchanged", "x": 1.0},
        {
            "layer": "interval",
            "label": "IL-6",
            "place": 0,
            "group": "g",
            "x": 1.2,
            "low": 0.9,
            "high": 1.5,
            "words": "IL-6 1.2",
        },
        {
            "layer": "interval",
            "label": "TNF",
            "place": 1,
            "group": "g",
            "x": None,
            "low": 0.5,
            "high": 0.8,
            "words": "TNF < 0.8",
        },
        {"layer": "open", "label": "TNF", "place": 1, "group": "g", "x": 0.5, "side": "low", "words": ""},
    ],
    "below_map": [
        {
            "label": label,
            "place": place,
            "visit": visit,
            "order": order,
            "share": share,
            "text": f"{100 * share:.0f}",
            "words": "w",
        }
        for place, (label, share) in enumerate([("IL-6", 0.0), ("IL-4", 0.71)])
        for visit, order in VISITS
    ],
    "matrix": [
        {"label": "IL-6", "place": 0, "score": "MGC", "estimate": -0.84, "text": "−0.84", "words": "r = −0.84"},
        {"label": "IL-6", "place": 0, "score": "QMG", "estimate": 0.2, "text": "0.20", "words": "r = 0.2"},
        {"label": "IL-4", "place": 1, "score": "MGC", "estimate": None, "text": "–", "words": "none: too few"},
    ],
    "scatter": [
        {"participant": p, "x": x, "y": y, "order": order, "visit": visit, "known": x > 1, "words": p}
        for p, values in {"A": ((4.0, 9), (1.0, 5), (2.0, 3)), "B": ((6.0, 12), (3.0, 11), (2.5, 8))}.items()
        for (visit, order), (x, y) in zip(VISITS, values, strict=True)
    ],
    "timeline": [
        {"layer": "course", "day": 1, "end": 400},
        {"layer": "dose", "day": 1, "event": "infusion", "words": "infusion, day 1"},
        {"layer": "dose", "day": 8, "event": "infusion", "words": "infusion, day 8"},
        {"layer": "relapse", "day": 200, "event": "relapse", "height": 6, "words": "relapse, day 200"},
        {"layer": "event", "day": 250, "event": "start of retreatment", "height": 18, "words": "day 250"},
        {"layer": "value", "day": 1, "y": 10, "label": "MGC", "known": True, "words": "MGC 10"},
        {"layer": "value", "day": 90, "y": 2, "label": "MGC", "known": False, "words": "MGC 2"},
    ],
}


def drawn(name, rows=None, theme="light", width=700):
    """The chart as SVG: its tree."""
    spec = CHARTS[name] | {"datasets": {"rows": ROWS[name] if rows is None else rows}, "width": width}
    text = vl_convert.vegalite_to_svg(spec, vl_version=page_charts.VERSION, config=THEMES[theme], show_warnings=True)
    return ElementTree.fromstring(text)


def marks(tree, layer, mark="symbol"):
    """Paths of the marks of one layer, counted from 0."""
    groups = [
        each
        for each in tree.iter()
        if f"mark-{mark} " in each.get("class", "") and f"layer_{layer}_" in each.get("class", "")
    ]
    return [path for group in groups for path in group if path.get("d") or path.text]


def texts(tree):
    return [each.text for each in tree.iter("{http://www.w3.org/2000/svg}text")]


def test_rows_of_every_chart_have_its_columns_and_no_other():
    assert set(ROWS) == set(CHARTS) == set(COLUMNS)
    for name, rows in ROWS.items():
        assert {column for row in rows for column in row} == set(COLUMNS[name]), name


def parts(value):
    """Every dictionary in a specification."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from parts(each)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_reads_only_the_columns_it_states(name):
    spec = CHARTS[name]
    read = {part["field"] for part in parts(spec) if isinstance(part.get("field"), str)}
    texts = [text for part in parts(spec) for key, text in part.items() if isinstance(text, str) and key != "labelExpr"]
    read |= set(re.findall(r"datum\.(\w+)", " ".join(texts)))  # the datum of a labelExpr is a tick
    made = {part["as"] for part in parts(spec) if isinstance(part.get("as"), str)}
    assert read - made <= set(COLUMNS[name])
    assert "words" in read, "the pointer says nothing"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_drawn_without_a_warning(name, theme, capfd):
    tree = drawn(name, theme=theme)
    assert len(list(tree.iter())) > 30
    assert capfd.readouterr() == ("", "")
    assert "NaN" not in ElementTree.tostring(tree, encoding="unicode")


def test_no_chart_names_an_address_and_all_is_the_same_twice():
    text = json.dumps(page_charts.given())
    assert "://" not in text and "url" not in text.lower()
    assert [ElementTree.tostring(drawn("forest")) for _ in range(2)] == [ElementTree.tostring(drawn("forest"))] * 2


def test_wells_of_a_curve_that_a_logarithmic_axis_has_no_place_for_are_left_out():
    tree = drawn("curve")
    assert len(marks(tree, 4)) == 2
    assert [len(each) for each in tree.iter() if "layer_2_marks" in each.get("class", "")] == [1]
    assert {"1", "10", "100", "1,000"} <= set(texts(tree))


def test_a_ring_and_the_rule_mark_the_run_that_breaks_one():
    tree = drawn("controls")
    assert len(marks(tree, 2)) == 1 and texts(tree).count("1-3s") == 1
    assert len(marks(tree, 4)) == 6


def test_a_line_joins_centres_of_the_same_participants_and_dashes_join_others():
    tree = drawn("trajectories")
    lines = [path for each in tree.iter() if "layer_3_marks" in each.get("class", "") for path in each]
    assert [path.get("stroke-dasharray") for path in lines] == ["1,0", "4,4"]
    filled = [len(marks(tree, layer)) for layer in (6, 7, 4, 5)]
    assert filled == [5, 1, 2, 1]  # results known and not, centres known and not
    assert [text for text in texts(tree) if text in dict(VISITS)] == ["Baseline", "Month 2", "Month 12"]


def test_a_bound_of_a_forest_has_an_arrow_and_no_point():
    tree = drawn("forest")
    assert [len(marks(tree, layer)) for layer in (3, 4)] == [1, 1]
    assert [text for text in texts(tree) if text in ("IL-6", "TNF")] == ["IL-6", "TNF"]


def test_cells_say_their_number_in_white_where_they_are_deep():
    tree = drawn("matrix")
    white = [path.text for layer in range(6) for path in marks(tree, layer, "text") if path.get("fill") == "#FFFFFF"]
    assert white == ["−0.84"]
    assert sorted(text for text in texts(tree) if text in ("−0.84", "0.20", "–")) == ["0.20", "–", "−0.84"]
    assert [text for text in texts(drawn("below_map")) if text in ("0", "71")] == ["71"] * 3 + ["0"] * 3


def test_the_visits_of_a_participant_are_joined_in_their_order():
    tree = drawn("scatter", rows=list(reversed(ROWS["scatter"])))
    first, _ = [path for each in tree.iter() if "layer_0_marks" in each.get("class", "") for path in each]
    places = [float(x) for x, _ in re.findall(r"([\d.]+),([\d.]+)", first.get("d"))]
    assert places[0] == max(places) and len(places) == 3  # the baseline of either lies farthest right


def test_a_time_line_names_relapse_and_retreatment_and_marks_doses():
    tree = drawn("timeline")
    assert {"relapse", "start of retreatment"} <= set(texts(tree))
    assert [len(marks(tree, layer)) for layer in (3, 5, 6)] == [2, 1, 1]


@pytest.mark.parametrize("name", CHARTS)
def test_hostile_texts_are_drawn_as_texts(name):
    free = {
        "words",
        "label",
        "visit",
        "run",
        "control",
        "kit_lot",
        "participant",
        "plate",
        "score",
        "text",
        "event",
        "rules",
        "kind",
    }
    rows = [{k: f"{HOSTILE}{v}" if k in free and v else v for k, v in row.items()} for row in ROWS[name]]
    tree = drawn(name, rows)
    assert {each.tag.split("}")[1] for each in tree.iter()} <= {
        "svg",
        "g",
        "path",
        "text",
        "rect",
        "line",
        "style",
        "defs",
        "clipPath",
        "title",
        "tspan",
    }
    assert not [key for each in tree.iter() for key in each.attrib if key.startswith("on")]


@pytest.mark.slow
def test_the_script_is_the_same_twice_sets_one_name_and_is_put_together_once(tmp_path, monkeypatch):
    script = page_charts.bundle(tmp_path / "here")
    assert script == page_charts.bundle(tmp_path / "there")
    monkeypatch.setattr(page_charts.vl_convert, "javascript_bundle", lambda *_: "another")
    assert script == page_charts.bundle(tmp_path / "here")
    monkeypatch.setattr(page_charts, "VERSION", "6.5")  # of another version nothing is kept
    assert "another" in page_charts.bundle(tmp_path / "here")
    assert set(re.findall(r"window\.(vega\w*)\s*=", script)) == {"vegaEmbed"}
    assert "expressionInterpreter" in script


def test_every_sentence_of_a_section_and_every_question_has_words():
    said = {**page_words.SAY, **chart_words.SAY}
    for section in (
        "charts.js",
        *(f"section_{name}.js" for name in ("quality", "biomarkers", "associations", "participants")),
    ):
        text = (report_page.FOLDER / section).read_text(encoding="utf-8")
        codes = set(re.findall(r'"((?:charts|quality|biomarkers|associations|participants)\.\w+)"', text))
        assert codes and codes <= set(said), section
    questions = ("baseline", "change_change", "baseline_change", "between_participants", "within_participant")
    for question in (*questions, "within_participant_unadjusted"):
        assert f"associations.{question}" in said and f"associations.how_{question}" in said
    assert not set(page_words.SAY) & set(chart_words.SAY)
