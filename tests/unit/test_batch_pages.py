"""Pages of batches: who has one, what the report page keeps beside them, and what they need to hide."""

from types import SimpleNamespace

import pandas as pd
import pytest
from immunoassay.deliver import page_batches, page_facts, report_page
from immunoassay.words import file_words

CONFIG = {
    "study": {"title": "T", "note": "", "simulated": False},
    "report_participants": True,
    "lloq_across_plates": "plate",
    "compare_with": "",
}


def study(*plates):
    """A study of plates (batch, run date)."""
    by_batch = {}
    for batch, run_date in plates:
        by_batch.setdefault(batch, []).append(SimpleNamespace(run_date=run_date))
    return SimpleNamespace(plates=plates, batches=list(by_batch), by_batch=by_batch)


def test_no_batch_has_a_page_of_its_own_up_to_the_number_and_all_but_the_newest_beyond_it():
    plates = [(f"B{number // 20}", f"2024-01-{number // 20 + 1:02d}") for number in range(report_page.PLATES)]
    assert report_page.apart(study(*plates)) == []
    assert report_page.apart(study(*plates, ("B2", "2024-01-03"))) == ["B0", "B1"]
    assert report_page.apart(study(("A", "2024-01-01"), ("B", "2024-01-02")), most=1) == ["A"]


@pytest.mark.parametrize(
    ("plates", "newest"),
    [
        ([("A", "2024-02-01"), ("A", "2024-03-01"), ("B", "2024-02-15")], "A"),
        ([("A", "2024-02-01"), ("B", "2024-02-01"), ("C", "2023-01-01")], "B"),
        ([("A", None), ("B", "2024-02-01"), ("B", None)], "B"),
        ([("A", None), ("B", None)], "B"),
    ],
)
def test_the_newest_batch_has_the_last_run_date_and_of_several_it_is_the_last_of_the_sheet(plates, newest):
    assert report_page.newest(study(*plates)) == newest
    assert report_page.apart(study(*plates), most=1) == [name for name in study(*plates).batches if name != newest]


def frames():
    """Sample s1 was measured in both batches, s2 in the old one, s3 in the new one, QC is no sample of the study."""
    attempts = pd.DataFrame(
        [("s2", "kit", "old", "P1"), ("s1", "kit", "old", "P1"), ("s1", "kit", "new", "P3"), ("s3", "kit", "new", "P3"),
         ("s1", "kit", "new", "P4"), ("QC", "kit", "old", "P1")],
        columns=["sample_id", "panel", "batch", "plate"],
    )  # fmt: skip
    places = pd.DataFrame({"batch": ["old", "old", "new"], "plate": ["P1", "P2", "P3"]})
    return {
        "attempts": attempts,
        "results": pd.DataFrame({"sample_id": ["s1", "s2", "s3"]}),
        "observations": pd.DataFrame({"sample_id": ["s1", "s2", "s3", "s1"]}),
        **dict.fromkeys(("curves", "controls", "checks"), places),
        "wells": pd.DataFrame({"plate": ["P3"]}),
        "repeats": pd.DataFrame({"n": [1]}),
    }


def test_the_report_page_keeps_the_newest_batch_the_newest_curves_and_where_every_sample_lies():
    found = page_batches.held(frames(), "new", ["P2", "P3"])
    assert list(found["curves"]["plate"]) == list(found["controls"]["plate"]) == ["P2", "P3"]
    assert list(found["checks"]["plate"]) == ["P3"]
    assert found["attempts"][["sample_id", "plate"]].to_numpy().tolist() == [
        ["s1", "P1"], ["s1", "P3"], ["s3", "P3"], ["s1", "P4"],
    ]  # fmt: skip
    assert found["measured_in"].to_numpy().tolist() == [
        ["s1", "kit", "new"], ["s1", "kit", "old"], ["s2", "kit", "old"], ["s3", "kit", "new"],
    ]  # fmt: skip
    for name in ("results", "observations", "wells", "repeats"):
        assert found[name].equals(frames()[name])


def test_what_makes_the_page_too_large_is_cut_to_the_newest_batch():
    found = page_batches.held(frames(), "new", [], rows=2)
    assert list(found["attempts"]["plate"]) == ["P3", "P3", "P4"]
    assert list(found["results"]["sample_id"]) == ["s1", "s3"] and "observations" not in found
    assert "observations" in page_batches.held(frames(), "new", [], rows=4)


def test_the_page_of_a_batch_is_given_no_sample_unless_all_must_be_hidden():
    samples = [{"sample_id": "P01-D1", "visit": "D1"}, {"sample_id": "Anna Muster", "visit": "D1"}]
    people = [{"participant": "P01", "group": "a"}]
    cleared = ["Anna Muster", "Otto Normal"]
    given = page_batches.of_people(samples, people, ["Otto Normal", "tube 7"], True)
    assert given == {"sheets": {"samples": [], "participants": []}, "cleared": cleared}
    given = page_batches.of_people(samples, people, ["Otto Normal"], False)
    assert given == {
        "sheets": {
            "samples": [{"sample_id": "P01-D1"}, {"sample_id": "Anna Muster"}],
            "participants": [{"participant": "P01"}],
        },
        "cleared": cleared,
    }


def test_the_facts_of_the_page_name_the_folder_of_every_batch_apart_and_a_batch_names_the_report():
    sheets = {"panels": [], "analytes": []}
    provenance = dict.fromkeys(page_facts.PROVENANCE, [])
    whole = page_facts.facts(CONFIG, sheets, {}, "text", provenance, [], ["A", "B"])
    assert whole["files"] == {"A": "report_batches", "B": "report_batches"} and "report" not in whole
    assert page_facts.facts(CONFIG, sheets, {}, "text", provenance, [])["files"] == {}
    own = page_facts.of_batch(CONFIG, sheets, {}, [], "A")
    assert own["title"] == file_words.of_batch("T", "A") == "T: batch A"
    assert own["report"] == "../report.html" and not {"methods", "provenance"} & set(own)


def test_the_page_of_a_batch_has_the_scripts_of_its_sections_alone():
    page = report_page.html(
        "T", "", dict.fromkeys(("skip", "sections", "loading", "noscript"), ""), (), report_page.OF_BATCH
    )
    assert 'page.section("trace"' in page and 'page.section("batches"' in page
    assert 'page.section("decide"' not in page and 'page.section("overview"' not in page
