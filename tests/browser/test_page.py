"""The report page of the demonstration in a browser: opened from disk, traced, verified, decided, walked by keyboard."""

import json
import random
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmarks import page_block
from immunoassay import tables
from immunoassay.acceptance import assess, sample_history
from immunoassay.calibration import models, quantify
from immunoassay.deliver import page_data, report_page
from immunoassay.files.house import schema_file
from immunoassay.results import collection
from immunoassay.study import amendments, rule_rows
from immunoassay.study.load import study_in
from immunoassay.study.schema import load_schema
from immunoassay.words import page_words

SECTIONS = ("overview", "batches", "trace", "decide", "methods")
HOSTILE = "<img src=x onerror=alert(1)>"
ROW = dict.fromkeys(("amendment", "what", "plate", "well", "analyte", "sample_id", "level", "from", "to"), "")
SIGNED = {"amendment": "T1", "reason": "a test of the page", "who": "KM", "when": "2026-01-01"}


@pytest.fixture(scope="module")
def report(finished):
    return finished.folder / "results/report.html"


@pytest.fixture(scope="module")
def results(finished):
    return tables.read(finished.folder / "results/study/results.parquet")


def held(report):
    """(the data of a page, what builds it anew with other data)."""
    data = page_block.of_page(report.read_text(encoding="utf-8"))

    def build(path, title="Another"):
        scripts = [report_page.sha256(script) for script in data["scripts"].values()]
        page = report_page.html(title, page_data.packed(data), page_words.FRAME, scripts)
        path.write_text(page, encoding="utf-8")
        return path

    return data, build


@pytest.mark.parametrize(
    "look", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 800}}], ids=["light", "dark", "390"]
)
def test_every_section_opens_from_disk_in_silence_and_nothing_is_wider_than_the_screen(opened, report, look):
    page = opened(report, **look)
    for name in SECTIONS:
        page.click(f"nav a[data-section={name}]")
        page.wait_for_selector(f"h1:text-is('{page_words.SECTIONS[name][0]}')")
        assert page.text_content(".question") == page_words.SECTIONS[name][1]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.activeElement.tagName") == "H1"


def test_the_overview_names_the_plate_that_is_not_used_and_why(opened, report):
    page = opened(report)
    text = page.text_content("main")
    assert "BAFF-01 (baff, 2024-06-24): standards below S1 were not diluted (S1/S2 ratio 100 instead of 2)" in text
    marks = page.eval_on_selector_all(".lights a.mark.FAIL", "marks => marks.map((mark) => mark.title)")
    assert len(marks) == 1 and marks[0].startswith("BAFF-01, BAFF: fail. standards below S1 were not diluted")


def test_the_overview_says_what_changed_since_the_release_and_what_it_is_now(opened, report, results, tmp_path):
    data, build = held(report)
    rows = [
        ("result", "changed", "results", "P02-M3 · IL-6", "value", "2.5", "2.0", "other wells are used"),
        ("result", "changed", "results", "P02-M3 · IL-6", "lower", "2.5", "2.0", "other wells are used"),
        ("result", "new", "results", "P01-D1 · IgM", "value", "", "5", "new: raw files changed: a.csv"),
        ("verdict", "changed", "plates", "ISO-01 · IgM", "verdict", "PASS", "WARN", "bead counts"),
        ("statistic", "gone", "scores", "QMG", "n", "7", "", "no longer there: sheets changed"),
    ]
    frame = pd.DataFrame(rows, columns=list(tables.TABLES["what_changed"].columns))
    data["tables"]["what_changed"] = page_data.encode("what_changed", frame)
    data["facts"]["release"] = "2024-10"
    page = opened(build(tmp_path / "changed.html"))
    text = page.text_content("main")
    assert "Compared with the release 2024-10:" in text
    assert "Results: 1 changed, 1 new, 0 no longer there" in text
    assert "Verdicts of plates: 1 changed, 0 new, 0 no longer there" in text
    assert "Rows of statistics: 0 changed, 0 new, 1 no longer there" in text
    lines = page.eval_on_selector_all(
        ".rows:has(caption:text-is('Results')) tbody tr", "rows => rows.map((row) => row.innerText.split('\\t'))"
    )
    now = results.set_index(["sample_id", "analyte"]).loc[("P01-D1", "IgM")]
    assert lines[0] == ["P02-M3 · IL-6", "changed", "value: 2.5 → 2", "other wells are used"]
    assert lines[1][:2] == ["P01-D1 · IgM", "new"] and float(lines[1][2].split()[0]) == pytest.approx(
        now["value"], rel=5e-3
    )
    assert "verdict: pass → warning" in text
    page.click("a:text-is('ISO-01 · IgM')")
    assert page.text_content("h2") == "ISO-01"


def test_long_names_of_kits_and_plates_widen_no_section_of_a_narrow_screen(opened, report, tmp_path):
    data, build = held(report)
    longer = " of a kit whose maker has given it a very long name indeed, lot by lot"
    for table in data["tables"].values():
        for name in {"panel", "plate", "batch"} & set(table["columns"]):
            column = table["columns"][name]
            column["levels"] = [level + longer for level in column["levels"]]
    for row in (row for rows in data["facts"]["sheets"].values() for row in rows):
        row.update({name: row[name] + longer for name in ("panel", "label") if name in row})
    page = opened(build(tmp_path / "long.html"), viewport={"width": 390, "height": 800})
    traced = "trace?sample=P02-M3&analyte=IL-6"
    for place in (*SECTIONS, traced, f"batches?plate=CYT-02{longer}", f"decide?plate=CYT-02{longer}&well=C05"):
        page.evaluate("place => { location.hash = encodeURI(place); }", place)
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place


@pytest.mark.parametrize("place", ["overview", "batches?plate=CYT-02"])
def test_a_printed_page_cuts_no_plate_map_and_no_lights(opened, report, place):
    page = opened(report, place, viewport={"width": 718, "height": 1047})  # A4 less margins of 1 cm
    page.emulate_media(media="print")
    parts = page.locator(".plate, .lights")
    assert parts.count()
    widths = parts.evaluate_all("found => found.map((each) => [each.scrollWidth, each.clientWidth])")
    assert all(whole <= shown + 1 for whole, shown in widths), widths


def test_a_printed_section_names_the_others_and_a_long_table_says_where_it_is_cut_and_leaves_no_empty_sheets(
    opened, report
):
    page = opened(report, "methods?table=wells", viewport={"width": 718, "height": 1047})
    assert not page.is_visible(".printed")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    told = page.inner_text(".printed")
    assert all(page_words.SECTIONS[name][0] in told for name in SECTIONS if name != "methods")
    count = page.evaluate("page.count('wells')")
    assert page.locator(".rows tbody tr").count() == 1001 and page.locator(".rows tr.space").count() == 0
    assert page.inner_text(".rows tbody tr:last-child").startswith(f"The first 1,000 of {count:,} rows are printed")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")  # no column is cut
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".rows tr.space").count() == 1


def test_a_batch_page_names_rules_and_limits_in_words_and_sentences_have_minus_signs(opened, report):
    page = opened(report, "batches?plate=CYT-02&analyte=IL-6")
    page.locator(".drawing").scroll_into_view_if_needed()
    page.wait_for_selector(".drawing svg")
    words = page.eval_on_selector_all(".drawing text", "texts => texts.map((each) => each.textContent)")
    assert len([each for each in words if each.startswith(("LLOQ ", "ULOQ "))]) == 2
    text = page.text_content("main")
    assert "fit of the curve" in text and "recovery and CV" in text
    assert not re.search(r"\b(calibration_fit|bead_counts|recovery_cv|asymptote_interval)\b", text)
    told = page.evaluate("page.prose('CYT-02 of 2024-06-11 fell by -3.2 (-4 to -1), 2-fold, P01-D1')")
    assert told == "CYT-02 of 2024-06-11 fell by −3.2 (−4 to −1), 2-fold, P01-D1"


def test_ten_results_at_random_are_traced_to_their_raw_lines_in_two_clicks(opened, report, finished, results):
    wells = tables.read_all(sorted((finished.folder / "results/batches").glob("*/wells.parquet")), "wells")
    wells = wells[wells["role"] == "sample"]
    page = opened(report)
    for at in random.Random(5).sample(range(len(results)), 10):
        row = results.iloc[at]
        page.click("nav a[data-section=overview]")
        page.wait_for_selector("h1:text-is('Overview')")
        page.fill("main .table:last-of-type input[type=search]", row["sample_id"])
        page.click(f"main .table:last-of-type a:text-is('{row['sample_id']}')")
        page.click(f".rows a:text-is('{row['analyte']}')")
        text = page.text_content(".steps")
        own = wells[
            (wells["plate"] == row["plate"])
            & (wells["sample_id"] == row["sample_id"])
            & (wells["analyte"] == row["analyte"])
        ]
        assert row["file"] in text and row["file_sha256"] in text
        if len(own):
            rows = ", ".join(map(str, dict.fromkeys(own["file_row"])))
            assert f"{row['file']}, row {rows}." in text and "the same" in text and "DIFFER" not in text


def test_verify_all_agrees_for_every_quantified_well_and_value(opened, report, finished, results):
    concentrations = tables.read_all(
        sorted((finished.folder / "results/batches").glob("*/concentrations.parquet")), "concentrations"
    )
    page = opened(report, "trace")
    page.click("text=Verify all")
    found = page.evaluate("page.recompute.verify()")
    assert found["differing"] == [] and found["digits"] == 6
    assert found["wells"] >= (concentrations["status"] == "quantified").sum()
    assert found["wells"] == concentrations["concentration_well"].notna().sum()
    assert "All agree" in page.text_content("#verified")


@pytest.mark.parametrize(("column", "factor"), [("concentration_well", 1.00002), ("signal", 1.01)])
def test_a_well_whose_number_was_changed_by_hand_is_named(opened, report, tmp_path, column, factor):
    data, build = held(report)
    columns = data["tables"]["wells"]["columns"]
    roles, plates, statuses = (columns[name] for name in ("role", "plate", "status"))
    at = next(
        at for at in range(2000, data["tables"]["wells"]["rows"])
        if roles["levels"][roles["codes"][at]] == "sample" and statuses["levels"][statuses["codes"][at]] == "quantified"
    )  # fmt: skip
    columns[column]["values"][at] *= factor
    plate = plates["levels"][plates["codes"][at]]
    well = columns["well"]["levels"][columns["well"]["codes"][at]]
    page = opened(build(tmp_path / "changed.html"), "trace?all=yes")
    assert "differ from what signals and curves give" in page.text_content("#verified")
    found = [each for each in page.evaluate("page.recompute.verify()")["differing"] if each["kind"] == "well"]
    assert [(each["plate"], each["well"]) for each in found] == [(plate, well)]


def test_the_inverse_of_every_model_is_the_one_of_the_workflow(opened, report):
    page = opened(report)
    shared = {"status": "converged", "lod": None, "lloq": 0.0, "uloq": 1e9, "unit_factor": 1.0}
    names = ("model", "orientation", "lower_asymptote", "upper_asymptote", "slope", "midpoint", "asymmetry")
    none = np.nan
    rows = [
        ("4pl", "", 5.0, 900.0, 1.3, 40.0, 1.0),
        ("4pl", "", 900.0, 5.0, 0.8, 40.0, 1.0),
        ("5pl", "upper", 5.0, 900.0, 1.3, 40.0, 0.4),
        ("5pl", "lower", 5.0, 900.0, 1.3, 40.0, 2.2),
        ("linear", "", 5.0, none, 3.0, none, none),
        ("linear", "", 950.0, none, -3.0, none, none),
        ("log_log", "", none, none, 1.1, 0.5, none),
        ("log_log", "", none, none, -0.9, 200.0, none),
    ]
    rows = [dict(zip(names, row, strict=True)) for row in rows]
    signals = [-3.0, 0.0, 5.0, 5.001, 6.0, 50.0, 400.0, 899.9, 900.0, 2000.0]
    empty = tables.empty("curves")
    frame = pd.DataFrame([row | shared for row in rows]).reindex(columns=empty.columns).astype(empty.dtypes.to_dict())
    curves = models.from_frame(frame)
    u, outcome = curves.invert(np.tile(signals, (len(rows), 1)))
    plain = [{name: None if value != value else value for name, value in (row | shared).items()} for row in rows]
    found = page.evaluate(
        "([rows, signals]) => rows.map((row) => signals.map((signal) => {"
        "const curve = page.recompute.curve(row); const { u, outcome } = page.recompute.invert(curve, signal);"
        "return [outcome, outcome ? null : u, outcome ? null : page.recompute.signal(curve, Math.exp(u))]; }))",
        [plain, signals],
    )
    for curve, row in enumerate(rows):
        for at, signal in enumerate(signals):
            side, value, back = found[curve][at]
            assert side == outcome[curve, at], (row, signal)
            if side == 0:
                assert value == pytest.approx(u[curve, at], rel=1e-12, abs=1e-12)
                assert back == pytest.approx(signal, rel=1e-9)


def recomputed(folder, study, row):
    """The results of the study if a sample well was set aside, by the workflow's own functions."""
    batch = next(plate.batch for plate in study.plates if plate.plate == row["plate"])
    parts = []
    for name in study.batches:
        if name != batch:
            parts.append(tables.read(f"{folder}/results/batches/{name}/attempts.parquet"))
            continue
        read = ("wells", "delivered", "curves", "concentrations", "dropped_standards")
        frames = {each: tables.read(f"{folder}/results/batches/{name}/{each}.parquet") for each in read}
        frames["wells"], problems = amendments.apply_to_wells(frames["wells"], [row])
        assert problems == []
        frames["concentrations"] = quantify.concentrations(frames["wells"], frames["curves"])
        panels = rule_rows.of_panels(study, name, "panels")
        given = (rule_rows.plates(study, name), panels, rule_rows.criteria(study, name))
        parts.append(assess.assess_batch(*frames.values(), *given)[1])
    criteria = rule_rows.all_criteria(study)
    parts = [sample_history.judge(part, study.rows("samples"), study.rows("panels"), criteria)[0] for part in parts]
    analytes = [{**each, "unit_factor": 1.0} for each in study.rows("analytes")]
    found, problems = collection.collect(parts, study.rows("samples"), analytes, "plate", study.rows("amendments"))
    assert problems == []
    return found.set_index(["sample_id", "analyte"])


@pytest.mark.parametrize(
    ("plate", "well", "analyte"),
    [
        ("CYT-01", "D05", ""),
        ("CYT-02", "D05", ""),
        ("CYT-02", "C05", ""),
        ("ISO-02", "D06", "IgM"),
        ("SBCMA-01", "A05", ""),
        ("BAFF-01R", "D07", ""),
    ],
)
def test_a_sample_well_set_aside_gives_exactly_what_the_page_said(
    opened, report, finished, results, plate, well, analyte
):
    study = study_in(finished.folder)
    row = ROW | SIGNED | {"what": "exclude_well", "plate": plate, "well": well, "analyte": analyte}
    told = opened(report).evaluate("row => page.effects(row)", row)
    assert told["moving"] == []
    said = {(each["sample_id"], each["analyte"]): each["after"] for each in told["rows"]}
    before, after = results.set_index(["sample_id", "analyte"]), recomputed(finished.folder, study, row)
    for key, new in after.iterrows():
        old = before.loc[key]
        value = said[key]["point"] if key in said and said[key]["status"] == "quantified" else old["value"]
        status, reason = (said[key]["status"], said[key]["reason"]) if key in said else (old["status"], old["reason"])
        assert new["status"] == status and (new["reason"] == reason or (pd.isna(new["reason"]) and pd.isna(reason)))
        if status == "quantified":
            assert new["value"] == pytest.approx(value, rel=1e-12)


def test_a_standard_set_aside_needs_a_run_and_names_what_may_move_on_every_plate_of_the_batch(opened, report, results):
    row = ROW | {"what": "exclude_well", "plate": "APRIL-01", "well": "A01"}
    told = opened(report).evaluate("row => page.effects(row)", row)
    assert told["rows"] == [] and "fitted" in told["why"] or "made again" in told["why"]
    own = results[(results["analyte"] == "APRIL") & results["plate"].isin(["APRIL-01", "APRIL-02"])]
    assert {each["sample_id"] for each in told["moving"]} == set(own["sample_id"])


def test_a_row_for_the_amendments_sheet_has_its_columns_and_needs_reason_and_initials(opened, report, finished):
    header = (finished.folder / "config/amendments.tsv").read_text(encoding="utf-8").splitlines()[0]
    page = opened(report, "decide?plate=CYT-01&well=D05")
    page.click("text=Show what it would change")
    page.click("text=Take the row")
    assert not page.evaluate("page.collected.length")  # nobody signed
    page.fill(".sign input[minlength]", "splash\tseen while pipetting")
    page.fill(".sign input[maxlength]", "KM")
    page.fill(".sign input[type=date]", "2026-01-01")
    page.click("text=Take the row")
    with page.expect_download() as waiting:
        page.click("button.download")
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert text.splitlines()[0] == header
    assert text.splitlines()[1].split("\t") == [
        "A04",
        "exclude_well",
        "CYT-01",
        "D05",
        *[""] * 5,
        "splash seen while pipetting",
        "KM",
        "2026-01-01",
    ]


def with_approvals(data, **changed):
    """The page's data with other cells in the first row of its approvals."""
    table = data["tables"]["approvals"]
    frame = pd.DataFrame({name: page_block.values(data, "approvals", name) for name in table["columns"]})
    frame.loc[0, list(changed)] = list(changed.values())
    data["tables"]["approvals"] = page_data.encode("approvals", frame)


def test_a_batch_is_approved_by_a_row_with_the_checksum_it_has_now(opened, report, finished):
    known = tables.read_text(finished.folder / "results/study/approvals.tsv", "approvals")
    batch, sha256 = known.loc[1, ["batch", "sha256"]]
    page = opened(report, f"batches?batch={batch}")
    assert page_words.SAY["decide.approval_not_approved"] in page.text_content("main")
    page.click(f"text={page_words.SAY['batches.approve']}")
    assert page.input_value(".approve select") == batch
    page.click("text=Take the approval")
    assert not page.evaluate("page.approved.length")  # nobody signed
    page.fill(".approve input[maxlength]", " AB ")
    page.fill(".approve .wide input", "curves\tand controls")
    page.fill(".approve input[type=date]", "2026-01-01")
    page.click("text=Take the approval")
    with page.expect_download() as waiting:
        page.click("button.download")
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    schema = load_schema(schema_file("approvals"))
    columns, row = (line.split("\t") for line in text.splitlines())
    assert columns == list(schema["properties"])
    assert row == [batch, sha256, "AB", "2026-01-01", "curves and controls"]


def test_the_page_says_who_approved_a_batch_and_that_it_changed_since(opened, report, tmp_path):
    data, build = held(report)
    signed = {"who": "AB", "when": "2026-01-01", "approved_sha256": "a" * 64}
    with_approvals(data, state="changed", sha256="b" * 64, **signed)
    batch = page_block.values(data, "approvals", "batch")[0]
    page = opened(build(tmp_path / "changed.html"), f"batches?batch={batch}")
    words = "Approved by AB on 2026-01-01, changed since (aaaaaaaa… then, bbbbbbbb… now)"
    assert words in page.text_content("main .differs")
    page.click("nav a[data-section=decide]")
    assert words in page.text_content("main")
    with_approvals(data, state="approved", sha256="a" * 64)
    page = opened(build(tmp_path / "approved.html"), "decide")
    assert "Approved by AB on 2026-01-01 (checksum aaaaaaaa…)" in page.text_content("main")
    options = page.eval_on_selector_all(".approve option", "options => options.map((each) => each.value)")
    assert options and batch not in options


def test_a_filtered_table_downloads_as_it_is_filtered(opened, report, results):
    page = opened(report, "methods?table=results")
    page.fill("input[type=search]", "P01-D1 IL-6")
    with page.expect_download() as waiting:
        page.click("button:text-is('Download as TSV')")
    found = pd.read_csv(waiting.value.path(), sep="\t")
    own = results[(results["sample_id"] == "P01-D1") & (results["analyte"] == "IL-6")]
    assert found["value"].tolist() == pytest.approx(own["value"].tolist(), rel=1e-5) and len(found) == 1


def test_a_table_draws_only_what_is_seen_and_is_sorted_by_keyboard(opened, report):
    page = opened(report, "methods?table=wells")
    table = page.locator(".rows table")
    rows = page.evaluate("page.count('wells')")
    assert table.get_attribute("aria-rowcount") == str(rows + 1) and page.locator(".rows tbody tr").count() < 80
    page.evaluate("document.querySelector('.rows').scrollTop = 1e7")
    page.wait_for_selector(f".rows tr[aria-rowindex='{rows + 1}']")
    page.focus(".rows th button:text-is('signal')")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.get_attribute("th:has(button:text-is('signal'))", "aria-sort") == "descending"
    shown = page.eval_on_selector_all(
        ".rows tbody tr td:nth-child(10)", "cells => cells.map((cell) => cell.textContent)"
    )
    highest = page.evaluate("Math.max(...page.column('wells', 'signal').filter((each) => each !== null))")
    assert float(shown[0]) == pytest.approx(highest, rel=1e-4)


def test_the_keyboard_reaches_everything_and_sees_where_it_is(opened, report):
    page = opened(report)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "document.activeElement.tagName + ' ' + getComputedStyle(document.activeElement).outlineStyle"
            )
        )
    assert all(each.endswith("solid") for each in seen) and {"A solid"} <= set(seen)
    page.focus("nav a[data-section=trace]")
    page.keyboard.press("Enter")
    page.wait_for_selector("input[name=sample]")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "sample"
    page.keyboard.type("P02-M3")
    page.keyboard.press("Enter")
    page.wait_for_selector(".rows a:text-is('IL-6')")


def test_hostile_texts_in_every_name_execute_nothing_and_are_shown_as_they_are(opened, report, tmp_path):
    data, build = held(report)
    names = {
        *("batch", "plate", "panel", "analyte", "sample_id", "sample_written", "level", "words", "why", "unit", "file"),
        *("kit_lot", "disposition_reason", "control", "comment", "flags", "reason", "amendment", "limit", "record"),
    }

    def hostile(value):
        if isinstance(value, dict):
            return {name: hostile(each) for name, each in value.items()}
        if isinstance(value, list):
            return [hostile(each) for each in value]
        return f"{HOSTILE}{value}" if isinstance(value, str) else value

    for table in data["tables"].values():
        for name in names & set(table["columns"]):
            if "levels" in table["columns"][name]:
                table["columns"][name]["levels"] = hostile(table["columns"][name]["levels"])
    facts = data["facts"]
    for row in (row for rows in facts["sheets"].values() for row in rows):
        row.update({name: f"{HOSTILE}{row[name]}" for name in names & set(row) if isinstance(row[name], str)})
    facts["criteria"] = {f"{HOSTILE}{name}": each for name, each in facts["criteria"].items()}
    for name in ("title", "note", "methods"):
        facts[name] = HOSTILE + facts[name]
    for name in ("raw_files", "sheets", "layouts", "results"):
        facts["provenance"][name] = hostile(facts["provenance"][name])
    page = opened(build(tmp_path / "hostile.html", f"</title>{HOSTILE}"))
    places = [*SECTIONS, f"batches?plate={HOSTILE}CYT-02", f"trace?sample={HOSTILE}P02-M3&analyte={HOSTILE}IL-6&all=yes",
              f"trace?sample={HOSTILE}", f"decide?plate={HOSTILE}CYT-02&well=C05", "methods?table=checks"]  # fmt: skip
    for place in places:
        page.evaluate("place => { location.hash = place; }", place)
        page.wait_for_timeout(150)
        assert page.locator("img").count() == 0, place
        assert HOSTILE in page.text_content("body"), place
    page.emulate_media(media="print")
    assert page.locator("img").count() == 0


def test_a_study_that_reports_no_participants_has_no_code_of_one_in_its_page(finished_copy):
    finished_copy.edit("config/config.yaml", "report_participants: true", "report_participants: false")
    finished_copy.run("results/report.html")
    data, _ = held(finished_copy.folder / "results/report.html")
    study = study_in(finished_copy.folder)
    codes = {row["participant"] for row in study.rows("participants")} | {
        row["sample_id"] for row in study.rows("samples")
    }
    data["scripts"] = {}  # of other people, who may call a variable P10
    words = set(re.findall(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*", json.dumps(data, ensure_ascii=False)))
    parts = {part for word in words for part in (word, *word.split("-"))}
    assert not codes & parts
    assert "sample 1" in data["tables"]["results"]["columns"]["sample_id"]["levels"]
