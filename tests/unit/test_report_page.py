"""The report page without a browser: its data, its policy, what it masks and what it says of plates."""

import base64
import hashlib
import html
import re

import numpy as np
import pandas as pd
import pytest
from benchmarks import page_block
from immunoassay import tables
from immunoassay.deliver import page_data, page_facts, page_privacy, page_tables, report_page
from immunoassay.words import page_words

HOSTILE = "</script><img src=x onerror=alert(1)><!--"
INF = float("inf")


def of_table(name, table):
    """The columns of an encoded table as the page decodes them."""
    return {column: page_block.values({"tables": {name: table}}, name, column) for column in table["columns"]}


def frame():
    return pd.DataFrame(
        {
            "text": ["a", None, HOSTILE, "a"],
            "number": pd.array([1, None, 3, -4], dtype="Int64"),
            "truth": pd.array([True, None, False, True], dtype="boolean"),
            "point": [1 / 3, 2.0, np.nan, 1e-12],
            "upper": [1 / 3, INF, np.nan, 1e-12],
            "lower": [1 / 3, 0.0, -INF, 1e-12],
        }
    ).astype({"text": "str"})


def test_every_kind_of_column_comes_back_missing_and_infinite_included():
    block = page_data.block({}, {"t": frame()}, {}, {"s": "run()"}, {"t": ("point",)}, {"t": ("lower",)}, {}, {})
    document = page_block.unpacked(block)
    encoded = document["tables"]["t"]
    assert encoded["rows"] == 4 and document["scripts"] == {"s": "run()"}
    assert encoded["columns"]["number"] == {"steps": [1, None, 2, -7]}
    found = of_table("t", encoded)
    assert found["text"] == ["a", None, HOSTILE, "a"]
    assert found["number"] == [1, None, 3, -4] and found["truth"] == [True, None, False, True]
    assert found["point"] == [1 / 3, 2, None, 1e-12]  # with all its digits
    assert found["upper"] == [0.333333, INF, None, 1e-12]  # with six
    assert found["lower"] == [0.333, 0, -INF, 1e-12]  # with three


def test_a_column_that_mostly_equals_another_is_written_as_the_difference():
    encoded = page_data.encode("t", frame())
    assert encoded["columns"]["upper"] == {"same": [{"column": "point"}], "at": [1], "values": ["Infinity"]}
    assert of_table("t", encoded)["upper"] == [0.333333, INF, None, 1e-12]


def test_a_column_of_another_table_is_named_and_a_product_is_not_written():
    attempts = pd.DataFrame({"low": [1.5, 2.5, 3.5], "high": [2.0, 3.0, 4.0]})
    results = pd.DataFrame({"low": [2.5, 1.5, np.nan, 9.0], "row": pd.array([1, 0, None, 2], dtype="Int64")})
    joins, formulas = {"results": ("attempts", "row")}, {"results": {"both": ("product", "low", "row")}}
    shown = {"attempts": attempts, "results": results}
    document = page_block.unpacked(page_data.block({}, shown, {}, {}, {}, {}, joins, formulas))
    table = document["tables"]["results"]
    place = {"column": "low", "by": "row", "table": "attempts"}
    assert table["columns"]["low"] == {"same": [place], "at": [3], "values": [9]}
    assert table["hidden"] == ["row"]
    assert page_block.values(document, "results", "low") == [2.5, 1.5, None, 9]
    assert page_block.values(document, "results", "both") == [2.5, 0, None, 18]


def test_what_follows_from_other_columns_is_written_as_the_formula_with_its_exceptions():
    values = pd.DataFrame(
        {
            "value": [10.0, 12.0, 15.0, 20.0, np.nan],
            "lower": [10.0, 12.0, 15.0, 20.0, 0.0],
            "start": pd.array([0, 0, 0, 3, 3], dtype="Int64"),
            "change": [0.0, 2.0, 5.0, 0.5, np.nan],  # the fourth is no difference
            "fold_lower": [1.0, 1.2, 1.5, 1.0, 0.0],
            "over_lloq_lower": [9.0, 9.1, 9.2, 1.0, 0.0],  # mostly no ratio: written
        }
    )
    formulas = {
        "change": ("difference", "value", "value of start"),
        "fold_lower": ("ratio", "lower", "lower of start"),
        "over_lloq_lower": ("ratio", "lower", "value"),
    }
    table = page_data.encode("t", values, formulas=formulas)
    columns = table["columns"]
    places = [{"column": "value"}, {"column": "value", "by": "start"}]
    assert columns["change"] == {"difference": places, "at": [3], "values": [0.5]}
    assert columns["fold_lower"]["at"] == [] and columns["over_lloq_lower"] == {"values": [9, 9.1, 9.2, 1, 0]}
    assert table["hidden"] == ["start"]
    found = of_table("t", table)
    for name in ("change", "fold_lower"):
        assert found[name] == pytest.approx([None if value != value else value for value in values[name].tolist()])


def test_the_row_of_the_baseline_is_that_of_the_own_course_or_else_of_the_first():
    rows = [("P1", "first", 1, True), ("P1", "first", 1, False), ("P1", "again", 2, False), ("P2", "first", 1, False),
            ("P3", "again", 2, True), ("P3", "first", 1, True), ("P3", "again", 2, False)]  # fmt: skip
    observed = pd.DataFrame(rows, columns=["participant", "course", "course_order", "baseline"]).assign(variable="A")
    found = page_tables.with_baselines(observed)["baseline_row"]
    assert [None if row is pd.NA else row for row in found] == [0, 0, 0, None, 4, 5, 4]


def test_the_same_data_give_the_same_bytes_and_an_empty_table_is_a_table():
    pages = [
        report_page.html("T", page_data.block({"b": 1}, {"t": frame()}, {}, {}, {}, {}, {}, {}), page_words.FRAME)
        for _ in "12"
    ]
    assert pages[0] == pages[1]
    assert of_table("t", page_data.encode("t", frame().iloc[:0])) == {name: [] for name in frame().columns}


def test_only_the_scripts_and_the_style_of_the_page_are_allowed_and_nothing_is_fetched():
    page = report_page.html(
        "A study", page_data.block({}, {}, {}, {}, {}, {}, {}, {}), page_words.FRAME, ["sha256-of-the-charts"]
    )
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1])
    rules = dict(part.split(" ", 1) for part in policy.split("; "))
    assert rules["default-src"] == rules["connect-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in policy and "http" not in policy

    def named(text):
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    assert rules["script-src"].split() == [*map(named, scripts), "'sha256-of-the-charts'"]
    assert rules["style-src"] == named(re.search(r"<style>(.*?)</style>", page, re.S)[1])
    assert not re.search(r"https?://(?!www\.w3\.org)", page) and "<link" not in page and " src=" not in page


def test_hostile_texts_reach_neither_the_markup_nor_a_sink_of_markup():
    block = page_data.block({"title": HOSTILE}, {"t": frame()}, {}, {}, {}, {}, {}, {})
    page = report_page.html(HOSTILE, block, page_words.FRAME)
    assert "<img" not in page and html.escape(HOSTILE) in page
    for path in report_page.FOLDER.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), (
            path
        )


def test_every_word_that_the_scripts_ask_for_exists_and_every_section_has_its_question():
    words = page_words.of_page()
    for path in report_page.FOLDER.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        asked = set(re.findall(r"\b(?:say|line|heading|note)\(\"([a-z_]+\.[a-z_0-9]+)\"", text))
        asked |= set(re.findall(r"step\(\"([a-z_.]+)\"", text))
        assert not asked - set(words["say"]), path.name
    assert set(words["sections"]) == set(report_page.SECTIONS)


def wells(*rows):
    """Wells (plate, well, name as written, sample) of samples."""
    frame = pd.DataFrame(rows, columns=["plate", "well", "sample_written", "sample_id"])
    return {"wells": frame.assign(role="sample"), "delivered": NAMELESS}


NAMELESS = pd.DataFrame(columns=["role", "plate", "record", "sample_written", "sample_id"])
NOBODY = {"samples": [], "participants": []}


def test_names_of_people_and_dates_of_birth_are_masked_wherever_they_stand_unless_they_are_cleared():
    written = [
        "Anna Muster",
        "P01-D1",
        "Kontrolle 1",
        "1980-02-03-A",
        "Low Control",
        "17",
        "Anna Muster-Meier",
        "O'Neil, Una",
    ]
    found = page_privacy.look_personal(written, {"P01-D1", "Low Control"})
    assert found == {"Anna Muster", "Anna Muster-Meier", "O'Neil, Una", "1980-02-03-A"}
    frames = wells(*(("X", f"A{at:02d}", name, name) for at, name in enumerate(written, 1)))
    mask = page_privacy.of_study(NOBODY, ["P01-D1", "Low Control"], frames, True, page_words.MASK)
    assert mask.text("Anna Muster") == "masked name X A01" and mask.text("17") == "17"
    told = 'a name on plate X: "Anna Muster" and "Anna Muster-Meier", born on 3.2.1980'
    assert mask.text(told) == 'a name on plate X: "masked name X A01" and "masked name X A07", masked name'
    masked = mask.frame(pd.DataFrame({"sample_id": ["Anna Muster", None], "plate": ["Anna Muster", "B"], "n": [1, 2]}))
    assert masked["sample_id"].tolist()[0] == "masked name X A01"
    assert masked["plate"].tolist() == ["Anna Muster", "B"]


def test_a_masked_name_is_the_same_person_on_the_page_of_the_study_and_of_a_batch():
    batches = [[("P1", "A01", "Ben Adam", "Ben Adam"), ("P1", "A02", "Zoe Zimmer", "Zoe Zimmer")],
               [("P2", "C03", "Cara Berg", "Cara Berg"), ("P2", "A02", "Zoe Zimmer", "Zoe Zimmer")]]  # fmt: skip
    study, *own = (
        page_privacy.of_study(NOBODY, [], wells(*rows), True, page_words.MASK)
        for rows in ([*batches[0], *batches[1]], *batches)
    )
    people = ["Ben Adam", "Cara Berg", "Zoe Zimmer"]
    shown = {name: study.text(name) for name in people}
    assert len(set(shown.values())) == 3
    for mask, rows in zip(own, batches, strict=True):
        for *_, name in rows:
            assert mask.text(name) not in {shown[other] for other in people if other != name}
    assert own[0].text("Zoe Zimmer") == shown["Zoe Zimmer"] and own[1].text("Cara Berg") == shown["Cara Berg"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("P01", "participant 1"),
        ("P01-D1", "sample 1"),
        ("P01-D1: CV 3 %", "sample 1: CV 3 %"),
        ("P01-D9 is not known", "participant 1-D9 is not known"),
        ("name P01_x.", "name participant 1_x."),
        ("CYT-P01.csv", "CYT-participant 1.csv"),
        ("SP010 and P012", "SP010 and P012"),
        ("P01, P02-D1; P02-D1", "participant 1, sample 2; sample 2"),
        ("AB-7-M3", "participant 2-M3"),
    ],
)
def test_no_code_of_a_participant_is_left_where_participants_are_not_reported(text, shown):
    sheets = {
        "participants": [{"participant": "P01"}, {"participant": "AB-7"}],
        "samples": [{"sample_id": "P01-D1"}, {"sample_id": "P02-D1"}],
    }
    frames = wells()
    mask = page_privacy.of_study(sheets, [], frames, False, page_words.MASK)
    assert mask.text(text) == shown
    assert mask.document({"a": [text, 1, None]}) == {"a": [shown, 1, None]}
    assert page_privacy.of_study(sheets, [], frames, True, page_words.MASK).text(text) == text


def filled(table, **columns):
    """Rows of a table; what is not given is missing."""
    frame = tables.empty(table)
    return pd.DataFrame(columns).reindex(columns=frame.columns).astype(frame.dtypes.to_dict())


PLATES = pd.DataFrame(
    {
        "batch": ["b"] * 3, "plate": ["P1", "P2", "P3"], "panel": ["kit"] * 3, "used": ["yes", "no", "yes"],
        "reason": ["", "standards pipetted twice", "controls: 1 of 6"],
    }
)  # fmt: skip


def attempts():
    rows = [("P1", "s1", "IL-6", "quantified", "PASS", True), ("P2", "s1", "IL-6", "not_reportable", "FAIL", False),
            ("P2", "s2", "IL-6", "not_reportable", "FAIL", True), ("P3", "s3", "IL-6", "not_reportable", "FAIL", True),
            ("L", "s4", "AB", "below_lloq", "PASS", True)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["plate", "sample_id", "analyte", "status", "verdict", "selected"])
    return frame.assign(verdict_reason="accepted by the laboratory")


def test_a_light_carries_the_reason_of_a_person_before_that_of_a_rule():
    verdicts = pd.DataFrame(
        [
            ("P1", "IL-6", "WARN", "blanks: high"),
            ("P2", "IL-6", "FAIL", "no_standards"),
            ("P3", "IL-6", "FAIL", "controls: 1 of 6"),
        ],
        columns=["plate", "analyte", "verdict", "verdict_reason"],
    )
    plates = pd.concat([PLATES, pd.DataFrame([{"plate": "L", "used": "yes", "reason": ""}])], ignore_index=True)
    found = page_tables.lights(attempts(), verdicts, plates).set_index("plate")
    assert found["verdict"].to_dict() == {"P1": "WARN", "P2": "FAIL", "P3": "FAIL", "L": "PASS"}
    assert found["why"].to_dict() == {
        "P1": "blanks: high", "P2": "standards pipetted twice", "P3": "controls: 1 of 6", "L": "accepted by the laboratory",
    }  # fmt: skip
    assert found.loc["P2", ["n_attempts", "n_reported", "n_selected"]].tolist() == [2, 0, 1]


def test_decisions_stand_in_the_order_of_what_they_concern():
    lights = pd.DataFrame(
        [
            ("P1", "IL-6", "PASS", "", 5, 5, 5),
            ("P2", "IL-6", "FAIL", "set aside", 2, 0, 1),
            ("P3", "IL-6", "FAIL", "controls: 1 of 6", 7, 0, 7),
        ],
        columns=["plate", "analyte", "verdict", "why", "n_attempts", "n_reported", "n_selected"],
    )
    results = filled(
        "results", sample_id=["s1"], analyte=["IL-6"], plate=["P1"], status=["quantified"], flags=["W-REPLICATE-CV"]
    )
    problems = filled("problems", code=["X"], level=["EXCLUDE"], plate=["P1"], found=["a"], why=["b"], fix=["c"])
    lacking = filled("completeness", sample_id=["s9"], panel=["kit"], planned=[True], n_analytes=[3], n_results=[0])
    found = page_tables.decisions(lights, PLATES, results, problems, lacking)
    assert list(found["kind"]) == [
        "plate_rejected",
        "planned_without_result",
        "plate_set_aside",
        "replicates_differ",
        "problem",
    ]
    assert found["n_results"].tolist()[:4] == [7, 3, 2, 1]
    assert found["words"][2] == "IL-6: standards pipetted twice" and found["words"][0] == "IL-6: controls: 1 of 6"


def test_coverage_counts_what_lacks_and_says_why():
    results = filled(
        "results",
        sample_id=["s1"] * 3 + ["s2"],
        analyte=["A", "B", "C", "A"],
        panel=["kit"] * 4,
        status=["quantified", "below_lloq", "not_reportable", "missing"],
        reason=[None, "below_limit", "plate_rejected", "not_tested"],
    )
    found = page_tables.coverage(results).set_index("sample_id")
    assert found.loc["s1", ["n_analytes", "n_quantified", "n_censored", "n_lacking"]].tolist() == [3, 1, 1, 1]
    assert found.loc["s1", "why"].startswith("1 analyte: a required acceptance rule failed")
    assert found.loc["s2", "why"] == "1 analyte: the sample was not assayed for this analyte"


def test_the_written_name_stands_in_the_wells_only_where_it_is_another_one():
    keys = {
        "plate": ["P"] * 3,
        "well": ["A01", "A02", "A03"],
        "analyte": ["X"] * 3,
        "role": ["sample", "sample", "control"],
    }
    wells = filled("wells", **keys, sample_written=["s1", "tube 7", "QC"], sample_id=["s1", "s2", None])
    found = page_tables.wells(wells, filled("concentrations", **keys))
    assert found["sample_written"].isna().tolist() == [True, False, True]
    assert not {"header", "file", "batch"} & set(found.columns)


def test_the_facts_hold_no_operator_and_no_path_of_a_machine():
    sheets = {"panels": [{"panel": "kit", "criteria_set": "own"}], "analytes": [{"analyte": "X", "panel": "kit"}]}
    criteria = {"own": {"id": "own", "version": 1, "required": ["limits"], "replicates": {}, "secret": 1}}
    config = {
        "study": {"title": "T", "note": "", "simulated": False}, "report_participants": True,
        "lloq_across_plates": "plate", "compare_with": "",
    }  # fmt: skip
    names = ("raw_files", "sheets", "layouts", "software", "counts", "results")
    found = page_facts.facts(
        config, sheets, criteria, "text", dict.fromkeys((*names, "config"), []), ["results", "decisions"]
    )
    assert set(found["provenance"]) == set(names)
    assert found["criteria"] == {"X": {"id": "own", "version": 1, "required": ["limits"], "replicates": {}}}
    assert found["columns"].keys() == {"results"} and "decisions" in found["tables"]
    assert not any("operator" in columns for columns in report_page.SHEETS.values())
