"""What a study remembers outside its results: raw checksums, the chained run log, releases and what moved since."""

import json
import shutil

import pandas as pd
import pytest
from immunoassay.deliver import release, runlog, what_changed
from immunoassay.problems import StudyError
from immunoassay.study import raw_files

PLATES = [
    {"plate": "P1", "file": "raw/a.csv"},
    {"plate": "P2", "file": "raw/b.csv"},
    {"plate": "P3", "file": "raw/b.csv"},
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "config").mkdir()
    (tmp_path / "raw/a.csv").write_text("one\n")
    (tmp_path / "raw/b.csv").write_text("two\n")
    return tmp_path


def codes(folder, plates=PLATES, amendments=()):
    return [(each.code, each.level, each.file) for each in raw_files.check(plates, list(amendments), folder)]


def test_accepting_lists_every_raw_file_once_and_only_adds(folder):
    assert raw_files.accept(PLATES[:1], [], folder) == (["raw/a.csv"], [])
    first = (folder / raw_files.LIST).read_text()
    assert raw_files.accept(PLATES, [], folder) == (["raw/b.csv"], [])
    lines = (folder / raw_files.LIST).read_text().splitlines()
    assert lines[0] == "path\tsha256\tbytes" and len(lines) == 3 and first.splitlines()[1] in lines
    assert raw_files.accept(PLATES, [], folder) == ([], []) and codes(folder) == []


def test_a_changed_file_stops_by_name_and_cannot_be_accepted_over(folder):
    raw_files.accept(PLATES, [], folder)
    (folder / "raw/a.csv").write_text("One\n")  # the same size
    assert codes(folder) == [("E-FILE-007", "STOP", "raw/a.csv")]
    before = (folder / raw_files.LIST).read_text()
    added, problems = raw_files.accept(PLATES, [], folder)
    assert added == [] and problems[0].code == "E-FILE-007"
    assert (folder / raw_files.LIST).read_text() == before


def test_a_file_that_is_gone_stops_although_no_row_names_it_any_more(folder):
    raw_files.accept(PLATES, [], folder)
    (folder / "raw/b.csv").unlink()
    assert codes(folder, PLATES[:1]) == [("E-FILE-008", "STOP", "raw/b.csv")]


def test_the_same_content_under_two_names_stops(folder):
    (folder / "raw/b.csv").write_text("one\n")
    assert codes(folder) == [("E-FILE-006", "STOP", "raw/b.csv")]


def test_a_re_export_keeps_the_old_file_on_the_list(folder):
    renewed = {"what": "re_export", "from": "raw/a.csv", "to": "raw/a2.csv"}
    (folder / "raw/a2.csv").write_text("one again\n")
    added, problems = raw_files.accept([{"file": "raw/a2.csv"}], [renewed], folder)
    assert added == ["raw/a.csv", "raw/a2.csv"] and problems == []


def test_a_damaged_list_stops(folder):
    (folder / raw_files.LIST).write_text("path\tsha256\tbytes\nraw/a.csv\tabc\n")
    with pytest.raises(StudyError, match="raw_files.tsv › row 2"):
        raw_files.check(PLATES, [], folder)


def run(folder, outcome="success"):
    return runlog.append(folder, outcome, runlog.facts({"seed": 1}, [folder / "raw/a.csv"], "lib", "1.0"))


def test_the_log_chains_its_lines(folder):
    last = [run(folder) for _ in range(3)][-1]
    assert runlog.verify(folder) == (3, last, [])
    lines = (folder / runlog.LOG).read_text().splitlines()
    assert json.loads(lines[1])["previous"] == json.loads(lines[0])["checksum"]
    assert json.loads(lines[0])["files"][str(folder / "raw/a.csv")]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda lines: [lines[0].replace("success", "error"), *lines[1:]], "line 1"),
        (lambda lines: [lines[0], lines[2]], "line 2"),
        (lambda lines: [lines[1], lines[0], lines[2]], "line 1"),
        (lambda lines: [*lines[:2], lines[2][:40]], "line 3 is not a whole entry"),
        (lambda lines: [lines[0], lines[0], *lines[1:]], "line 2"),
    ],
)
def test_a_changed_removed_moved_cut_or_doubled_line_is_found(folder, damage, words):
    for _ in range(3):
        run(folder)
    path = folder / runlog.LOG
    path.write_text("\n".join(damage(path.read_text().splitlines())) + "\n")
    assert any(words in each for each in runlog.verify(folder)[2])


def test_a_line_cut_off_by_a_crash_stays_and_the_chain_goes_on(folder):
    run(folder)
    path = folder / runlog.LOG
    path.write_text(path.read_text() + '{"previous": "ab')
    run(folder)
    count, _, wrong = runlog.verify(folder)
    assert count == 2 and len(wrong) == 1 and "line 2 is not a whole entry" in wrong[0]


def test_a_log_that_cannot_be_written_is_said_and_stops_nothing(folder, capsys):
    (folder / "records").write_text("a file where the folder should be")
    runlog.record(folder, "success", {})
    assert "the run is not in records/runs.jsonl" in capsys.readouterr().err


def results_row(**cells):
    base = {"sample_id": "s1", "analyte": "X", "value": "10.0", "status": "quantified", "lower": "10.0", "upper": "10.0",
            "reason": "", "verdict": "PASS", "lloq_applied": "1.0", "uloq_applied": "100.0", "plate": "P1", "flags": "",
            "file_sha256": "aa", "selection": "only attempt", "wells": "A01", "dilution": "2.0", "pool_factor": ""}  # fmt: skip
    return {**base, **cells}


def study(folder, rows, verdict="PASS", centre="5.0", config=None, library="L1"):
    """A folder with the results that a release holds, as small as can be."""
    results = folder / "results"
    shutil.rmtree(results, ignore_errors=True)
    for path in (*release.TABLES, *release.OTHER, "statistics/visit_summaries.tsv", "figures/figure_5a.tsv"):
        (results / path).parent.mkdir(parents=True, exist_ok=True)
        (results / path).write_text("x\n")

    def write(path, frame):
        pd.DataFrame(frame).to_csv(results / path, sep="\t", index=False)

    write("study/results.tsv", rows)
    write(
        "study/attempts.tsv",
        [{"plate": "P1", "analyte": "X", "verdict": verdict, "verdict_reason": "controls: 3 of 6"}],
    )
    write("statistics/visit_summaries.tsv", [{"variable": "X", "visit": "D1", "centre": centre}])
    write("figures/figure_5a.tsv", [{"variable": "Y", "layer": "line", "x": i, "y": i} for i in range(3)])
    document = {"config": config or {"seed": 1}, "sheets": [], "layouts": [], "raw_files": [],
                "software": {"library_digest": library, "versions": {}}}  # fmt: skip
    (results / "provenance/run.json").write_text(json.dumps(document))
    return results


def test_a_release_is_complete_never_overwritten_and_its_damage_is_seen(tmp_path):
    study(tmp_path, [results_row()])
    target = release.freeze(tmp_path, "2025-10")
    release.verify(target)
    with pytest.raises(SystemExit, match="never overwritten"):
        release.freeze(tmp_path, "2025-10")
    (target / "study/results.tsv").write_text("changed")
    with pytest.raises(StudyError, match=r"E-REL-001 .*not what was frozen: study/results\.tsv – "):
        release.verify(target)
    with pytest.raises(SystemExit, match="no name of a release"):
        release.freeze(tmp_path, "../x")
    (tmp_path / "results/study/ledger.tsv").unlink()
    with pytest.raises(SystemExit, match="not complete, study/ledger.tsv is missing"):
        release.freeze(tmp_path, "next")
    assert not (tmp_path / "releases/next").exists()


def compared(tmp_path, before, after, **later):
    study(tmp_path, before)
    target = release.freeze(tmp_path, "r1")
    return what_changed.compare(target, study(tmp_path, after, **later))


def test_nothing_moved_is_said(tmp_path):
    found = compared(tmp_path, [results_row()], [results_row()])
    assert found.empty and "Nothing: every reported value" in what_changed.as_text(found, "r1")


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"value": "11.0", "file_sha256": "bb"}, "the raw file was exported again or replaced"),
        ({"value": "11.0", "plate": "P2"}, "another attempt is reported"),
        ({"value": "", "status": "below_lloq", "lloq_applied": "20.0"}, "another limit of quantification applies"),
        ({"value": "11.0", "flags": "amended:A1"}, "an amendment or a flag"),
        ({"value": "11.0", "pool_factor": "1.1"}, "the normalisation to the bridging pool"),
        ({"value": "11.0"}, "another version of the software"),
    ],
)
def test_a_moved_value_is_listed_old_new_and_why(tmp_path, cells, why):
    found = compared(tmp_path, [results_row()], [results_row(**cells)], library="L2")
    row = found[(found["kind"] == "result") & (found["column"] == "value")].iloc[0]
    assert (row["row"], row["old"], row["new"], row["why"]) == ("s1 · X", "10.0", cells["value"], why)
    assert row["change"] == "changed"


def test_verdicts_new_results_and_the_statistics_on_them(tmp_path):
    found = compared(
        tmp_path, [results_row()], [results_row(value="12.0", plate="P2"), results_row(sample_id="s2")],
        verdict="FAIL", centre="6.0",
    )  # fmt: skip
    verdict = found[found["kind"] == "verdict"].iloc[0]
    assert (verdict["old"], verdict["new"], verdict["why"]) == ("PASS", "FAIL", "controls: 3 of 6")
    new = found[(found["row"] == "s2 · X")].iloc[0]
    assert (new["old"], new["new"], new["change"]) == ("", "10.0", "new") and new["why"].startswith("new: ")
    statistic = found[found["kind"] == "statistic"].iloc[0]
    assert (statistic["table"], statistic["row"], statistic["old"], statistic["new"]) == (
        "visit_summaries", "X · D1", "5.0", "6.0",
    )  # fmt: skip
    assert statistic["why"] == "a result it rests on moved"
    assert found[found["kind"] == "figure"].empty
    assert "| reported results | 2 |" in what_changed.as_text(found, "r1")


def test_settings_explain_what_no_result_explains(tmp_path):
    found = compared(
        tmp_path, [results_row()], [results_row()], centre="6.0", config={"seed": 1, "centre": "geometric_mean"}
    )
    assert found["why"].tolist() == ["settings changed: centre"]
