"""The last lines of a run, what was changed after it, and damaged tables."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest
from immunoassay.jobs import fingerprint
from immunoassay import tables
from immunoassay.deliver import release, summary
from immunoassay.problems import Problem, StudyError, to_frame
from immunoassay.words import ending_words


class Sheets(SimpleNamespace):
    """As much of a Study as the end of a run looks at: two batches, one plate set aside."""

    def rows(self, sheet, columns, **where):
        assert sheet == "plates" and where.keys() == {"include"}
        if where["include"]:
            return [{"panel": panel} for panel in ("kit", "other", "foreign")]
        return [{"plate": "P9", "reason": "leak in row C"}]


SHEETS = Sheets(
    config={"study": {"title": "T"}}, plates=[1, 2, 3], batches=["B1", "B2"], participants=[], samples=[1, 2]
)


def of(table, rows):
    """A table of its contract whose other columns are empty."""
    return pd.concat([tables.empty(table), pd.DataFrame(rows)], ignore_index=True)


def written(rows, **same):
    return [dict(zip(same["columns"].split(), row.split(), strict=True)) for row in rows]


@pytest.fixture
def study(tmp_path):
    """A finished study of one export: its tables and the provenance of three of its files."""
    for name, text in (("raw/a.csv", "one"), ("config/samples.tsv", "sample_id\n")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    folder = tmp_path / "results/study"
    for name in (
        folder,
        tmp_path / "results/provenance",
        tmp_path / "results/batches/B1",
        tmp_path / "results/figures",
    ):
        name.mkdir(parents=True)
    results = [
        "A kit X quantified -", "B kit X below_lod -", "C kit X missing not_tested",
        "A kit Y not_reportable plate_rejected", "B kit Y missing not_tested", "C kit Y missing not_tested",
        "A kit Z not_reportable plate_not_evaluable", "B other W above_uloq -", "C other W quantified -",
    ]  # fmt: skip
    rows = written(results, columns="sample_id panel analyte status reason")
    pd.DataFrame(rows).replace("-", None).to_parquet(folder / "results.parquet")
    checks = [
        "Y calibration_recovery FAIL 1", "Y calibration_fit FAIL 1", "Y calibration_recovery FAIL 1", "Y hook FAIL ",
        "Y hook FAIL ", "Y hook FAIL ", "Z controls NOT_EVALUABLE 1", "X controls NOT_EVALUABLE ",
    ]  # fmt: skip
    checks = [dict(zip(("analyte", "rule", "verdict", "required"), row.split(" "), strict=True)) for row in checks]
    pd.DataFrame(checks).assign(required=lambda rows: rows["required"] == "1").to_parquet(
        tmp_path / "results/batches/B1/checks.parquet"
    )
    attempts = written(["P1 PASS", "P1 FAIL", "P2 FAIL", "P2 FAIL", "P9 FAIL"], columns="plate verdict")
    pd.DataFrame(attempts).to_parquet(folder / "attempts.parquet")
    ledger = written(
        ["Q sample_not_in_sheet"] * 3 + ["R sample_not_in_sheet", "A empty"], columns="sample_id disposition"
    )
    pd.DataFrame(ledger).to_parquet(folder / "ledger.parquet")
    outside = ["A X another_tube_reported", "A Y another_tube_reported", "B X schedule_not_analysed"]
    for name, lines in {
        "outside_analysis": written(outside, columns="sample_id analyte reason"),
        "completeness": written(
            [
                "A kit True P1 V1 0 0",
                "B kit True P1 V1 0 0",
                "C kit True P1 V2 0 0",
                "D kit True P1 V3 2 0",
                "E kit False P2 V1 0 0",
            ],
            columns="sample_id panel planned participant visit n_results n_another_tube",
        ),
        "amendments": written(["A1 0", "A2 4"], columns="amendment n_results"),
        "approvals": written(["B1 changed", "B2 approved", "B3 not_approved"], columns="batch state"),
    }.items():
        of(name, lines).to_csv(folder / f"{name}.tsv", sep="\t", index=False)
    found = [
        Problem("E-FILE-002", "QUARANTINE", "raw/a.csv", "the file is empty", "y", "z", plate="P"),
        Problem("V-083", "FLAG", "raw/a.csv", "x", "y", "z"),
        Problem("W-REF-012", "FLAG", "config/participants.tsv", "7 participants are in no statistic", "y", "z"),
    ]
    tables.write_tsv(to_frame(found), folder / "problems.tsv")
    tables.write_tsv(to_frame(found[1:2]), folder / "visit_problems.tsv")
    for name, text in (
        ("figure_2", "panel\nx\n"),
        ("controls_kit", "analyte\trecovery_percent\tz\nX\t\t\n"),
        ("profile", "variable\tlayer\nX\tleft_out\n"),
    ):
        (tmp_path / f"results/figures/{name}.svg").write_text("<svg/>")
        (tmp_path / f"results/figures/{name}.tsv").write_text(text)
    (tmp_path / "results/figures/figure_2.page2.svg").write_text("<svg/>")  # of a figure that is counted
    known = fingerprint.checksums(
        ["raw/a.csv", "config/samples.tsv", "results/study/results.parquet", "results/study/problems.tsv"], tmp_path
    )
    listed = [{"path": path, "sha256": checksum} for path, checksum in known.items()]
    run = {"raw_files": [row for row in listed if row["path"].startswith("raw")], "layouts": []}
    run |= {"sheets": [row for row in listed if row["path"].startswith("config")]}
    run |= {"results": [row for row in listed if row["path"].startswith("results")]}
    (tmp_path / "results/provenance/run.json").write_text(json.dumps(run))
    return tmp_path


def test_the_end_of_a_run_says_what_its_tables_hold(study):
    assert summary.lines(SHEETS, ["Figure 3 (no relapse)"], study) == [
        'Study "T": 3 plates in 2 batches, 2 samples',
        "Results    9: 2 quantified, 1 < LOD, 1 > ULOQ, 2 not reportable, 3 missing",
        "Kits       all analytes reportable: other 1",
        "           kit 1 of 3 analytes: 1 rejected (calibration recovery), 1 unproven (controls)",
        "           foreign: no sample of the study is on its plates",
        "Plates     2 with an analyte that failed, 1 set aside",
        "Look at    P9 set aside by you: leak in row C",
        "           QUARANTINE E-FILE-002 raw/a.csv: the file is empty – y – z.",
        "           1 plate without an accepted analyte: P2",
        "           1 tube not analysed: another tube of the visit is",
        "           2 names on plates without a row of the samples sheet: results/study/ledger.tsv",
        "           W-REF-012 config/participants.tsv: 7 participants are in no statistic",
        "           visits with a tube and no result of a planned kit: kit 2: results/study/completeness.tsv",
        "           1 amendment changed results: results/study/amendments.tsv",
        "           1 approved batch changed since: B1: results/study/approvals.tsv",
        "           3 problems (1 QUARANTINE, 2 FLAG): results/study/problems.tsv"
        " · 1 problem (1 FLAG): results/study/visit_problems.tsv",
        "Not drawn  Figure 3 (no relapse) · no data: profile, controls of kit",
        "Open       results/figures/ (1 figure)",
    ]


def test_a_run_of_some_steps_says_what_there_is(study):
    assert summary.lines(SHEETS, base=study / "config") == [
        'Study "T": 3 plates in 2 batches, 2 samples',
        "Look at    P9 set aside by you: leak in row C",
    ]


def test_the_end_is_never_longer_than_a_screen(study):
    rows = [{"sample_id": "A", "panel": f"kit{n}", "analyte": f"X{n}", "status": "missing"} for n in range(40)]
    pd.DataFrame(rows).assign(reason="not_tested").to_parquet(study / "results/study/results.parquet")
    many = [Problem("E-FILE-002", "QUARANTINE", f"raw/{n}.csv", "empty", "y", "z", plate=f"P{n}") for n in range(40)]
    tables.write_tsv(to_frame(many), study / "results/study/problems.tsv")
    found = summary.lines(SHEETS, base=study)
    assert len(found) <= ending_words.LONGEST
    assert "           34 more kits have analytes without a reportable result" in found
    assert "           37 more problems of level QUARANTINE" in found
    assert sum("E-RUN-005" in line for line in found) == 2  # the tables were changed by hand


def test_what_is_stale_is_said_whatever_was_asked_for(study):
    (study / "raw/a.csv").write_text("two")
    (study / "config/samples.tsv").unlink()
    assert summary.stale(study) == summary.lines(SHEETS, base=study)[-1:]
    assert "changed since the last whole run: config/samples.tsv, raw/a.csv" in summary.stale(study)[0]


def test_a_result_changed_by_hand_is_named_and_never_frozen(study, monkeypatch):
    path = study / "results/study/problems.tsv"
    path.write_text(path.read_text().replace("empty", "fine"))
    assert [(each.code, each.file) for each in fingerprint.changed_results(study)] == [
        ("E-RUN-005", "results/study/problems.tsv")
    ]
    monkeypatch.setattr(release, "files", lambda results: ["study/problems.tsv"])
    with pytest.raises(SystemExit, match="STOP E-RUN-005 results/study/problems.tsv"):
        release.freeze(study, "r1")
    assert not (study / "releases").exists()


@pytest.mark.parametrize("text", [None, "", "{}", "[]", '{"sheets": 3}'])
def test_without_a_provenance_file_nothing_is_compared(study, text):
    path = study / "results/provenance/run.json"
    path.unlink() if text is None else path.write_text(text)
    assert fingerprint.changed_since(study) == ([], [])


FAILED = "x\nError in rule {rule}:\n    jobid: 3\n    log: logs/{rule}/B1.log (check log)\n    output: a\nx\n"
GROUP = (
    "Error in group read:\n    jobs:\n        rule read_batch:\n            jobid: 3\n            output: a\n"
    "            log: logs/read_batch/B7.log (check log)\n"
)


def test_a_failed_step_is_named_with_its_log(study):
    log = study / "snakemake.log"
    log.write_text(FAILED.format(rule="read_batch") * 2)
    head, after = summary.failed([log], study)
    assert head == "Failed     read batch; its log is logs/read_batch/B1.log"
    assert after.startswith("Next       correct what the log says, then run again")
    log.write_text(GROUP)
    assert summary.failed([log], study)[0] == "Failed     read batch; its log is logs/read_batch/B7.log"


def test_an_interrupted_run_says_how_to_go_on_and_blames_no_step(study):
    log = study / "snakemake.log"
    log.write_text(
        "Terminating processes on user request, this might take some time.\n" + FAILED.format(rule="associate")
    )
    assert summary.failed([log], study) == ["Stopped    run again to go on: what is done stays done"]


def test_a_run_that_the_gate_refused_ends_with_the_lines_that_stop_it(study):
    stops = [Problem("E-PLT-003", "STOP", f"raw/{n:02d}.csv", "no plate", "why", "name one") for n in range(30)]
    flags = [Problem("V-083", "FLAG", "raw/a.csv", "x", "y", "z")]
    tables.write_tsv(to_frame(flags + stops), study / "results/study/read_problems.tsv")
    log = study / "snakemake.log"
    log.write_text(FAILED.format(rule="gate"))
    head, *shown, more, after = summary.failed([log], study)
    assert head == "Stopped    no result was computed: 30 problems (30 STOP): results/study/read_problems.tsv"
    assert shown == [f"  STOP {problem.message}" for problem in stops[:11]]
    assert more == "  … and 19 more" and "immunoassay check" in after


def test_what_the_gate_shows_is_short_and_says_the_gravest_whole():
    found = [Problem("W-READ-010", "FLAG", f"raw/{n}.csv", "not read: Method", "why", "fix") for n in range(7)]
    found += [Problem("E-FILE-002", "QUARANTINE", "raw/x.csv", "the file is empty", "why", "fix", plate="P")]
    frame = to_frame(found).iloc[::-1]  # as the gate lists them: the gravest first
    assert ending_words.digest(frame.sort_values("level", ascending=False, kind="stable"), "listed.tsv") == [
        "8 problems (1 QUARANTINE, 7 FLAG): listed.tsv",
        "  QUARANTINE E-FILE-002 raw/x.csv: the file is empty – why – fix.",
        "  FLAG W-READ-010 raw/6.csv: not read: Method (and 6 more of W-READ-010)",
    ]
    assert ending_words.digest(to_frame([]), "listed.tsv") == ["No problem was found in sheets and exports."]


@pytest.mark.parametrize(
    "damage", [lambda whole: whole[: len(whole) // 2], lambda whole: b"", lambda whole: b"x" * 999]
)
def test_a_damaged_table_is_one_line_that_names_it(tmp_path, damage):
    path = tmp_path / "wells.parquet"
    tables.write(tables.empty("wells"), "wells", path)
    path.write_bytes(damage(path.read_bytes()))
    reads = (
        lambda: tables.read(path), lambda: tables.read(path, filters=[("well", "==", "A01")]),
        lambda: tables.head(path, 3), lambda: list(tables.Parts([path], "wells")),
        lambda: tables.copy_as_tsv(path, tmp_path / "x.tsv"),
    )  # fmt: skip
    for read in reads:
        with pytest.raises(
            StudyError, match="STOP E-RUN-004 .*wells.parquet: the table is damaged .* delete it and run again"
        ):
            read()
