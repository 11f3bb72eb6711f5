"""The report page looked at with the rules of axe: every section, light, dark, and on a narrow screen."""

import pytest
from immunoassay.words import page_words

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

PLACES = (
    *page_words.SECTIONS,
    *("batches?plate=CYT-02", "batches?plate=BAFF-01", "batches?plate=SBCMA-01", "trace?sample=P02-M3"),
    *("trace?sample=P02-M3&analyte=IL-6", "trace?all=yes", "decide?plate=CYT-02&well=D05", "methods?table=results"),
)


@pytest.mark.parametrize(
    "look", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 800}}], ids=["light", "dark", "390"]
)
def test_no_section_has_a_serious_finding(opened, finished, look):
    page = opened(finished.folder / "results/report.html", **look)
    found = []
    for place in PLACES:
        page.evaluate("place => { location.hash = place; }", place)
        page.wait_for_function("document.querySelector('main .section')")
        if place.startswith("decide?"):
            page.click("text=Show what it would change")
        if page.locator(".drawing").count():
            page.locator(".drawing").first.scroll_into_view_if_needed()
            page.wait_for_selector(".drawing svg")
        for each in axe.Axe().run(page).response["violations"]:
            if each["impact"] in ("serious", "critical"):
                found.append((place, each["id"], [node["html"][:120] for node in each["nodes"]][:3]))
    assert found == []
