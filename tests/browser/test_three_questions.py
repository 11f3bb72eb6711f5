"""docs/reading-the-report.md says with which clicks three questions are answered, and what is read there: walked as it says."""

import re
from pathlib import Path

import pytest

SECTION = "## Three questions, with the clicks"
COUNTS = {"No click": 0, "One click": 1, "Two clicks": 2}


def told():
    """{who asks: the answer} of the section."""
    text = (Path(__file__).parents[2] / "docs/reading-the-report.md").read_text(encoding="utf-8")
    section = re.sub(r"\s+", " ", text.split(SECTION)[1].split("\n## ")[0])
    parts = re.split(r"\*\*An? (\w+): [^*]+\*\* ", section)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def technician(click, page):
    yield
    click(".lights a.mark.FAIL")
    page.wait_for_selector("h2:text-is('BAFF-01')")
    yield


def reviewer(click, page):
    page.fill(".table:has(caption:text-is('Completeness: samples and kits')) input[type=search]", "P02-M3")
    click("main .table:last-of-type a:text-is('P02-M3')")
    click(".rows a:text-is('IL-6')")
    yield
    click("button:text-is('Verify all')")
    yield


def statistician(click, page):
    click("nav a:text-is('Biomarkers')")
    page.wait_for_selector("caption:has-text('Change from baseline')")
    yield
    click("nav a:text-is('Methods and downloads')")
    yield


@pytest.mark.parametrize("walk", [technician, reviewer, statistician], ids=lambda walk: walk.__name__)
def test_a_question_is_answered_with_the_clicks_that_are_told(opened, finished, walk):
    answer = told()[walk.__name__]
    page = opened(finished.folder / "results/report.html")
    clicks, seen, needed = [], page.text_content("main"), []

    def click(place):
        clicks.append(place)
        page.click(place)

    for _ in walk(click, page):
        needed.append(len(clicks))
        seen += page.text_content("main")
    first, *more = re.findall("|".join(COUNTS), answer)
    assert needed == [COUNTS[first], COUNTS[first] + 1] and "One click" in more
    seen = re.sub(r"\s+", " ", seen)
    for words in re.findall(r'"([^"]+)"', answer):
        assert all(part.strip() in seen for part in words.split("…")), words
