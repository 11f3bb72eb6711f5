"""The demonstration as a study of many plates: the report page holds its newest batch, two others have pages of their own."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from benchmarks import page_block
from immunoassay import tables

from ..workflow.study import Study, copied, copy_code

OLD, OLDER, NEWEST = "2025-06-cytokines", "2024-06-cytokines", "2025-06-achr"
PERSON = "Anna Muster"
PAGES = {batch: f"results/report_batches/{batch}.html" for batch in (OLD, OLDER)}


@pytest.fixture(scope="module")
def apart(finished, tmp_path_factory):
    """The folder of the demonstration with the pages of a study in which three plates are many."""
    folder = tmp_path_factory.mktemp("apart")
    code = copy_code(folder / "code")
    path = code / "src/immunoassay/deliver/report_page.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^PLATES = \d+$", "PLATES = 3", text, flags=re.M), encoding="utf-8")
    study = copied(finished, folder / "study")
    study.code = code
    made_again(study)
    return study.folder


def made_again(study):
    """The pages of a finished study made anew, and nothing else."""
    for page in ("results/report.html", *PAGES.values()):
        (study.folder / page).unlink(missing_ok=True)
    study.run("--rerun-triggers", "input", "--", "results/report.html", *PAGES.values())


@pytest.fixture(scope="module")
def reserved(apart, tmp_path_factory):
    """The same, cut to its newest batch; it reports no participants, and names the tube of P02-M3 on CYT-01 by a person."""
    folder = tmp_path_factory.mktemp("reserved")
    code = copy_code(folder / "code")
    for name, size in (("report_page.py", "PLATES = 3"), ("page_batches.py", "ROWS = 300")):
        path = code / "src/immunoassay/deliver" / name
        text, times = re.subn(rf"^{size.split()[0]} = [\d_]+$", size, path.read_text(encoding="utf-8"), flags=re.M)
        assert times == 1
        path.write_text(text, encoding="utf-8")
    study = copied(Study(apart, code), folder / "study")
    study.edit("config/config.yaml", "report_participants: true", "report_participants: false")
    path = study.folder / f"results/batches/{OLDER}/wells.parquet"
    wells = tables.read(path)
    wells.loc[wells["sample_id"] == "P02-M3", "sample_written"] = PERSON
    tables.write(wells, "wells", path)
    made_again(study)
    return study.folder


@pytest.fixture(scope="module")
def batches(apart):
    """{batch: its plates}."""
    rows = (apart / "config/plates.tsv").read_text(encoding="utf-8").splitlines()
    columns = rows[0].split("\t")
    found = {}
    for cells in (row.split("\t") for row in rows[1:]):
        found.setdefault(cells[columns.index("batch")], []).append(cells[columns.index("plate")])
    return found


def test_the_index_names_every_batch_and_leads_to_its_page_and_plates(opened, apart, batches):
    page = opened(apart / "results/report.html", "batches")
    links = page.eval_on_selector_all(
        "main a", "links => links.map((link) => [link.textContent, link.getAttribute('href')])"
    )
    assert {words for words, _ in links} == {*batches, *(plate for own in batches.values() for plate in own)}
    for words, address in links:
        batch = next(name for name, own in batches.items() if words == name or words in own)
        file, place = urlsplit(address).path, urlsplit(address).fragment
        assert file == ("" if batch == NEWEST else f"report_batches/{batch}.html")
        assert place == f"batches?batch={batch}" if words == batch else place == f"batches?plate={words}"
    page.click(f"text={batches[OLD][0]}")
    page.wait_for_selector(f"h2:text-is('{batches[OLD][0]}')")
    assert urlsplit(page.url).path.endswith(PAGES[OLD])
    assert page.eval_on_selector_all("nav a", "links => links.map((link) => link.textContent)") == [
        "Report page",
        "Batches",
        "Trace",
    ]
    page.click("text=Every batch")
    page.wait_for_selector("h1:text-is('Batches')")
    assert urlsplit(page.url).path.endswith("results/report.html")


def test_a_page_of_a_batch_opens_with_its_own_plates_and_nothing_else(opened, apart, batches):
    page = opened(apart / PAGES[OLDER])
    headings = page.eval_on_selector_all("main h2", "all => all.map((each) => each.textContent)")
    assert headings == batches[OLDER]
    assert f"This page holds batch {OLDER} alone" in page.text_content("main")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.wait_for_selector("table:has(caption:text-is('Controls'))")  # wells: judged controls are a table of the study


def test_the_report_page_holds_the_wells_of_the_newest_batch_alone_and_says_so(opened, apart, batches):
    data = page_block.of_page((apart / "results/report.html").read_text(encoding="utf-8"))
    held = {*page_block.values(data, "wells", "plate"), *page_block.values(data, "delivered", "plate")}
    assert held == set(batches[NEWEST])
    assert set(page_block.values(data, "plates", "plate")) == {plate for own in batches.values() for plate in own}
    page = opened(apart / "results/report.html")
    text = page.text_content("main")
    assert f"the newest batch, {NEWEST}, whole" in text and f"The newest batch: {NEWEST}" in text
    plates = page.eval_on_selector_all(".lights th[scope=row]", "all => all.map((each) => each.textContent)")
    assert plates == batches[NEWEST]


def test_a_result_of_another_batch_leads_to_its_wells_and_back_to_what_is_reported(opened, apart):
    results = tables.read(apart / "results/study/results.parquet").set_index(["sample_id", "analyte"])
    row = results.loc[("P02-M3", "IL-6")]
    page = opened(apart / "results/report.html", "trace?sample=P02-M3&analyte=IL-6")
    assert f"From plate {row['plate']}, wells {row['wells']}" in page.text_content(".steps")
    page.click(f"a:text-is('{OLDER}')")
    page.wait_for_selector(f"h2:text-is('Wells of {row['plate']}')")
    text = page.text_content(".steps")
    assert "the same to 6 digits" in text and "row 76, 84" in text and "SHA-256" in text
    page.locator(".drawing").scroll_into_view_if_needed()
    page.wait_for_selector(".drawing svg")
    page.click("a:text-is('P02-M3, IL-6')")
    page.wait_for_selector(".steps >> text=All digits")
    parts = urlsplit(page.url)
    assert parts.path.endswith("results/report.html")
    assert parse_qs(parts.fragment.partition("?")[2]) == {"sample": ["P02-M3"], "analyte": ["IL-6"]}


def test_verify_all_says_which_batch_it_covers_and_agrees(opened, apart):
    wells = tables.read(apart / f"results/batches/{OLD}/concentrations.parquet")
    page = opened(apart / PAGES[OLD], "trace?all=yes")
    text = page.text_content("#verified")
    stated = ((wells["status"] == "quantified") | wells["concentration_well"].notna()).sum()
    assert f"All agree: {stated:,} concentrations of wells" in text
    assert f"batch {OLD}." in text
    page = opened(apart / "results/report.html", "trace?all=yes")
    assert f"batch {NEWEST}." in page.text_content("#verified")


def test_a_plate_of_another_batch_is_not_looked_for_here(opened, apart):
    page = opened(apart / "results/report.html", "batches?plate=CYT-03&analyte=IL-6")
    link = page.locator("main a").first
    assert link.get_attribute("href") == f"{PAGES[OLD].removeprefix('results/')}#batches?plate=CYT-03&analyte=IL-6"
    link.click()
    page.wait_for_selector("h2:text-is('CYT-03')")
    assert page.input_value("main form.asked select") == "IL-6"


def test_a_correction_of_a_plate_of_another_batch_says_that_a_run_is_needed(opened, apart):
    results = tables.read(apart / "results/study/results.parquet")
    page = opened(apart / "results/report.html", "decide?plate=CYT-03")
    page.click("text=Show what it would change")
    text = page.text_content("main [role=status]")
    count = (results["plate"] == "CYT-03").sum()
    assert f"results that may move: {count}." in text and "does not hold" in text


def test_no_page_of_a_study_of_many_plates_has_a_serious_finding(opened, apart):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    pages = [
        ("results/report.html", "overview"),
        ("results/report.html", "trace?sample=P02-M3&analyte=IL-6"),
        (PAGES[OLD], ""),
    ]
    for look in ({}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 800}}):
        for file, place in pages:
            page = opened(apart / file, place, **look)
            found = axe.Axe().run(page).response["violations"]
            assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == [], (
                file,
                place,
                look,
            )
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_no_page_holds_a_code_or_a_name_where_participants_are_not_reported(reserved):
    codes = [
        row.split("\t")[:2] for row in (reserved / "config/samples.tsv").read_text(encoding="utf-8").splitlines()[1:]
    ]
    codes = {code for row in codes for code in row}
    assert {"P02", "P02-M3"} < codes
    for name in ("results/report.html", *PAGES.values()):
        page = (reserved / name).read_text(encoding="utf-8")
        data = page_block.of_page(page)
        held = json.dumps([data["facts"], data["tables"]], ensure_ascii=False) + re.sub(
            r"<script.*?</script>", "", page, flags=re.S
        )
        words = set(re.findall(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*", held))
        assert not codes & {part for word in words for part in (word, *word.split("-"))}, name
        assert PERSON not in held and "Muster" not in held, name
    written = page_block.values(
        page_block.of_page((reserved / PAGES[OLDER]).read_text(encoding="utf-8")), "wells", "sample_written"
    )
    assert "masked name CYT-01 D05" in written


def test_a_page_that_is_cut_says_so_and_its_samples_are_the_same_on_the_pages_of_batches(opened, reserved, batches):
    data = page_block.of_page((reserved / "results/report.html").read_text(encoding="utf-8"))
    samples = [
        row.split("\t")[0] for row in (reserved / "config/samples.tsv").read_text(encoding="utf-8").splitlines()[1:]
    ]
    number = samples.index("P02-M3") + 1
    results = tables.read(reserved / "results/study/results.parquet")
    assert 0 < data["tables"]["results"]["rows"] < len(results) and "observations" not in data["tables"]
    assert set(page_block.values(data, "attempts", "plate")) == set(batches[NEWEST])
    page = opened(reserved / "results/report.html")
    assert f"all {len(results):,} are in results/study/results.tsv" in page.text_content("main")
    page = opened(reserved / "results/report.html", f"trace?sample=sample {number}&analyte=IL-6")
    page.click(f"a:text-is('{OLDER}')")
    page.wait_for_selector("h2:text-is('Wells of CYT-01')")
    assert "The sample is written there as masked name CYT-01 D05" in page.text_content(".steps")
    assert "the same to 6 digits" in page.text_content(".steps")
