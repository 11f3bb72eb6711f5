"""Charts of the report page in a browser: drawn without a request or an error, linked, told in words, executing no text."""

import functools
import tempfile

import pandas as pd
import pytest
from immunoassay.deliver import page_charts, page_data, report_page
from immunoassay.words import page_words

HOSTILE = "</script><img src=x onerror=\"document.title='executed'\">${document.title='executed'}"
VISITS = {"D1": "Baseline", "M12": "Month 12", "M15": "Month 15"}
# MGC of seven people: the mean of all falls from Month 12 to Month 15, that of the five who have both rises
MGC = {
    **{"P1": (20, 2, 3), "P2": (22, 4, 5), "P3": (15, 4, 5), "P4": (19, 3, 3), "P5": (11, 2, 4)},
    **{"P6": (25, 17, None), "P7": (18, 23, None)},
}


@functools.cache
def bundle():
    """The script of the charts."""
    with tempfile.TemporaryDirectory() as folder:
        return page_charts.bundle(folder)


def observations(people):
    """Observations of MGC and of IL-6 (a fifth of the score; below the LLOQ of 1 where that is less)."""
    rows = []
    for person, scores in people.items():
        for order, (visit, score) in enumerate(zip(VISITS, scores, strict=True), 1):
            if score is None:
                continue
            common = {
                "participant": person,
                "participant_group": None,
                "course": "first",
                "visit": visit,
                "visit_order": order,
            }
            common |= {"day": {"D1": 1, "M12": 337, "M15": 421}[visit], "baseline": order == 1, "reported": True}
            change = {"change": score - scores[0], "fold_lower": score / scores[0], "fold_upper": score / scores[0]}
            rows.append(
                common
                | change
                | {"variable": "MGC", "kind": "score", "unit": "points", "value": score, "status": "quantified"}
            )
            value = score / 5
            known = (
                {"value": value, "status": "quantified"}
                if value >= 1
                else {"value": None, "upper": 1.0, "status": "below_lloq"}
            )
            place = {
                "variable": "IL-6",
                "kind": "biomarker",
                "group": "cytokine",
                "unit": "ug/mL",
                "sample_id": f"{person}-{visit}",
            }
            rows.append(
                common | change | place | known | {"lloq": 1.0, "over_lloq_lower": value, "over_lloq_upper": 1.0}
            )
    return pd.DataFrame(rows)


def summaries(observed):
    """Centres of all results of a visit: the mean."""
    rows = []
    for (variable, kind, visit, order), own in observed.groupby(["variable", "kind", "visit", "visit_order"]):
        values = own["value"].fillna(own["upper"])
        rows.append({
            **{"participant_group": None, "variable": variable, "kind": kind, "course": "first", "quantity": "value"},
            **{"group": "score" if kind == "score" else "cytokine", "unit": own["unit"].iloc[0], "n": len(own)},
            **{"visit": visit, "visit_order": order},
            **{"centre": values.mean(), "centre_status": "value", "low": values.min(), "high": values.max(), "lloq_max": 1.0},
            "words": f"mean {values.mean():.3g}",
        })  # fmt: skip
    return pd.DataFrame(rows)


def page_of(folder, name=lambda text: text, reported=True):
    """The file of a page of this study alone; `name` makes every name of a person, visit or analyte another text."""
    people = {name(person): scores for person, scores in MGC.items()}
    observed = observations(people)
    change = {
        "participant_group": None,
        "variable": "IL-6",
        "group": "cytokine",
        "course": "first",
        "visit": "M12",
        "quantity": "ratio",
    }
    change |= {
        "n_pairs": 7,
        "ratio": 0.4,
        "low": 0.2,
        "high": 30.0,
        "p": 0.03,
        "p_adjusted": 0.06,
        "share_below": 0.5,
        "words": name("IL-6: 0.4"),
    }
    cell = {
        "participant_group": None,
        "variable": "IL-6",
        "score": "MGC",
        "course": "first",
        "visit": "M12",
        "question": "change_change",
    }
    cell |= {
        "n_participants": 7,
        "n_observations": 7,
        "estimate": 0.9,
        "low": 0.5,
        "high": 1.0,
        "p": 0.01,
        "p_adjusted": 0.02,
    }
    cell |= {"family_code": "f", "family_size": 1, "share_below": 0.5, "words": name("r = 0.9"), "reason": None}
    counted = {
        "participant_group": None,
        "variable": "IL-6",
        "group": "cytokine",
        "course": "first",
        "visit_order": 1,
        "visit": "D1",
    }
    counted |= {"n_quantified": 7, "n_below": 0, "n_above": 0, "share_below": 0.0}
    tables = {
        "observations": observed,
        "visit_summaries": summaries(observed),
        "biomarker_changes": pd.DataFrame([change]),
        "accounting": pd.DataFrame([counted]),
        "associations": pd.DataFrame([cell]),
        "curves": pd.DataFrame({"plate": [], "analyte": []}),
    }
    label = {
        "analyte": "IL-6",
        "label": name("Interleukin 6"),
        "panel": "kit",
        "group": "cytokine",
        "order": 1,
        "unit": "ug/mL",
        "quantity": "concentration",
    }
    first = [{"participant": person, "course": "first", "order": 1, "day1_date": "2024-01-01"} for person in people]
    again = [{"participant": name("P6"), "course": "again", "order": 2, "day1_date": "2025-01-01"}]
    events = [
        ("infusion", "2024-01-01"),
        ("infusion", "2024-01-08"),
        ("relapse", "2024-12-02"),
        (name("walk"), "2024-12-12"),
    ]
    facts = {
        **page_words.of_page(),
        **{"title": name("A study"), "note": "", "simulated": True, "report_participants": reported},
        **{"tables": {}, "columns": {}, "files": {}},
        "sheets": {
            "analytes": [label],
            "visits": [{"visit": v, "label": name(text), "order": order} for order, (v, text) in enumerate(VISITS.items())],
            "courses": [*first, *again],
            "events": [{"participant": name("P6"), "course": "first", "event": event, "date": date} for event, date in events],
            "panels": [],
        },
    }  # fmt: skip
    script = bundle()
    block = page_data.block(facts, tables, page_charts.given(), {"vega": script}, {}, {}, {}, {})
    file = folder / "page.html"
    file.write_text(
        report_page.html("A study", block, page_words.FRAME, [report_page.sha256(script)]), encoding="utf-8"
    )
    return file


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return page_of(tmp_path_factory.mktemp("page"))


@pytest.fixture
def drawn(opened):
    """drawn(file, section): the page with every chart of the section drawn."""

    def draw(file, section, **context):
        page = opened(file, section, **({"viewport": {"width": 1200, "height": 1500}} | context))
        for area in page.locator(".drawing").all():
            area.scroll_into_view_if_needed()
            area.locator("svg").wait_for()
        return page

    return draw


def of_layer(page, chart, layer):
    return chart.locator(f"[class*='layer_{layer}_marks'] > path")


def numbers_of(chart):
    """The cells of the table of a chart, which is made when it is opened."""
    chart.locator("summary").click()
    chart.locator("td").first.wait_for()
    return chart.locator("td").all_inner_texts()


def chart_of(page, title):
    return page.locator("figure", has_text=title).last


@pytest.mark.parametrize("section", ["biomarkers", "associations", "participants"])
def test_every_chart_of_a_section_is_drawn(drawn, file, section):
    page = drawn(file, section)
    assert page.locator(".drawing svg").count() == page.locator(".drawing").count() >= 2


def test_the_line_is_dashed_where_people_left_and_full_for_who_stayed(drawn, file):
    page = drawn(file, "biomarkers?group=score")
    lines = of_layer(page, chart_of(page, "MGC, points"), 3)
    assert [line.get_attribute("stroke-dasharray") for line in lines.all()] == ["1,0", "4,4"]
    assert "Month 15: P6 (treated again), P7" in page.locator("figure .note").last.inner_text()
    page = drawn(file, "biomarkers?group=score&set=matched")
    lines = of_layer(page, chart_of(page, "MGC, points"), 3)
    assert [line.get_attribute("stroke-dasharray") for line in lines.all()] == ["1,0", "1,0"]


def test_centres_of_all_fall_and_of_those_who_stayed_rise(drawn, file):
    page = drawn(file, "biomarkers?group=score&set=matched")
    numbers_of(page.locator("figure").last)
    told = page.locator("figure details td").all_inner_texts()
    means = [text for text in told if text.startswith("Mean of the same 5")]
    assert means == [f"Mean of the same 5 participants: {value} points" for value in ("17.4", "3", "4")]
    page = drawn(file, "biomarkers?group=score")
    numbers_of(page.locator("figure").last)
    assert [text for text in page.locator("figure details td").all_inner_texts() if text.startswith("mean")] == [
        "mean 18.6",
        "mean 7.86",
        "mean 4",
    ]


def test_results_below_the_limit_leave_no_centre_of_a_matched_set(drawn, file):
    page = drawn(file, "biomarkers?set=matched")
    assert "No centre where one of the results lies beyond a limit." in page.locator("figure .note").last.inner_text()
    assert (
        of_layer(page, chart_of(page, "Interleukin 6, µg/mL"), 4).count() == 1
    )  # the baseline, where all are quantified


def test_a_click_on_a_result_leads_to_its_trace(drawn, file):
    page = drawn(file, "biomarkers")
    page.evaluate("page.section('trace', { title: 'Trace', question: '', draw() {} })")  # there are no wells here
    of_layer(page, chart_of(page, "Interleukin 6, µg/mL"), 6).first.click()
    assert page.evaluate("location.hash") == "#trace?sample=P1-D1&analyte=IL-6"


def test_the_pointer_tells_the_row_and_a_table_tells_it_to_others(drawn, file):
    page = drawn(file, "biomarkers")
    of_layer(page, chart_of(page, "Interleukin 6, µg/mL"), 7).last.hover()
    told = page.locator(".pointed").inner_text()
    assert told.endswith("< 1 µg/mL")
    assert told in numbers_of(chart_of(page, "Interleukin 6, µg/mL"))


def test_an_interval_that_goes_on_is_cut_with_an_arrow(drawn, file):
    page = drawn(file, "biomarkers")
    forest = chart_of(page, "Changes with 95 %")
    assert [of_layer(page, forest, layer).count() for layer in (3, 4)] == [1, 1]


def test_a_cell_shows_the_pairs_behind_it(drawn, file):
    page = drawn(file, "associations")
    assert "r = 0.9" in page.locator(".behind").inner_text()
    assert of_layer(page, page.locator(".behind figure"), 1).count() == 7
    page.locator("button.plain").click()
    assert page.locator(".behind figure").count() == 1


def test_one_participant_in_real_days(drawn, file):
    page = drawn(file, "participants?participant=P6")
    assert "2 doses; relapses: day 337" in page.locator("main").inner_text()
    scores = chart_of(page, "Scores")
    assert [of_layer(page, scores, layer).count() for layer in (3, 5)] == [2, 2]
    assert {"relapse", "walk", "start of again"} <= set(scores.locator("text").all_text_contents())


def test_dark_and_light_have_their_own_colours_and_a_page_in_hand_fits(drawn, file):
    fills = {}
    for scheme in ("light", "dark"):
        page = drawn(file, "biomarkers", color_scheme=scheme, viewport={"width": 390, "height": 1500})
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        fills[scheme] = page.locator(".drawing text").first.get_attribute("fill")
    assert fills["light"] != fills["dark"]


def test_participants_who_are_not_reported_are_not_drawn(drawn, tmp_path):
    page = drawn(page_of(tmp_path, reported=False), "biomarkers?group=score")
    assert of_layer(page, chart_of(page, "MGC, points"), 6).count() == 0
    assert "P6" not in page.locator("main").inner_text()
    assert page.locator("nav a", has_text="Participants").count() == 0


@pytest.mark.parametrize("section", ["biomarkers", "biomarkers?group=score", "associations", "participants"])
def test_hostile_texts_are_shown_and_execute_nothing(drawn, tmp_path, section):
    page = drawn(page_of(tmp_path, name=lambda text: f"{HOSTILE}{text}"), section)
    for summary in page.locator("figure summary").all():
        summary.click()
    page.locator(".drawing [class*='mark-symbol'] > path").last.hover(force=True)
    assert page.locator("img").count() == 0
    assert "executed" not in page.title().split("–")[0]
    assert HOSTILE.split("$")[0] in page.locator("main").inner_text()


def test_no_expression_is_compiled_from_a_text(file):
    policy = file.read_text(encoding="utf-8").split('Content-Security-Policy" content="')[1].split('"')[0]
    assert "unsafe" not in policy
