"""What a person sees of a run: few lines, a true end, the log of what failed, a clean stop, and how to go on."""

import os
import re
import signal
import subprocess
import time

import pandas as pd
import pytest

from .study import small_study

EXPORT = "resources/demo/raw/2024-06-vaccine/VAC.csv"
TALK = ("Select jobs", "Execute ", "[")  # of Snakemake: a round of scheduling, and when a step began


def told(study, name, *arguments):
    """(exit code, lines) of the command."""
    done = subprocess.run(
        study.immunoassay(name, *arguments),
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=study.environment(),
    )  # fmt: skip
    return done.returncode, done.stdout.splitlines()


def table(study, name):
    return pd.read_csv(study.folder / "results/study" / name, sep="\t", keep_default_na=False)


@pytest.fixture(scope="module")
def printed(small):
    """The lines of a whole run by plain Snakemake."""
    return (small.folder / "told.txt").read_text(encoding="utf-8").splitlines()


def test_plain_snakemake_prints_two_lines_a_step_and_the_end(small, printed):
    steps = [line for line in printed if re.match(r"Job \d+: \w", line)]
    made = sorted(path.relative_to(small.folder / "logs") for path in (small.folder / "logs").rglob("*.log"))
    assert len(steps) == len(made) + 1  # the last one gathers
    assert sum(line.startswith("[") for line in printed) <= len(steps)
    end = next(at for at, line in enumerate(printed) if line.startswith("Study "))
    rest = [line for line in printed[:end] if line.strip() and line not in steps and not line.startswith(TALK)]
    assert len(rest) <= 10, rest
    assert len(printed[end:]) <= 25 + 3  # and where Snakemake's own log is


def test_every_number_at_the_end_is_that_of_the_tables(small, printed):
    end = printed[next(at for at, line in enumerate(printed) if line.startswith("Study ")) :]
    sheets = {name: len(pd.read_csv(small.folder / f"config/{name}.tsv", sep="\t")) for name in ("plates", "samples")}
    people = len(pd.read_csv(small.folder / "config/participants.tsv", sep="\t"))
    study = f"{sheets['plates']} plates in 3 batches, {people} participants, {sheets['samples']} samples"
    assert end[0].endswith(f": {study}")
    results = table(small, "results.tsv")
    words = {
        "quantified": "quantified",
        "below_lloq": "< LLOQ",
        "not_reportable": "not reportable",
        "missing": "missing",
    }
    counts = results["status"].value_counts()
    assert set(counts.index) <= set(words)
    parts = [f"{counts.get(code, 0)} {word}" for code, word in words.items()]
    assert end[1] == f"Results    {len(results)}: {', '.join(parts)}"
    good = results[results["status"].isin(["quantified", "below_lloq"])].groupby("panel")["analyte"].nunique()
    assert end[2] == f"Kits       all analytes reportable: {', '.join(f'{kit} {n}' for kit, n in sorted(good.items()))}"
    problems, visits = table(small, "problems.tsv"), table(small, "visit_problems.tsv")
    assert set(problems["level"]) == set(visits["level"]) == {"FLAG"}
    listed = f"{len(problems)} problems ({len(problems)} FLAG): results/study/problems.tsv"
    assert any(line.strip().startswith(listed) for line in end)
    assert any(f"{len(visits)} problems ({len(visits)} FLAG): results/study/visit_problems.tsv" in line for line in end)
    drawn = (small.folder / "results/figures").glob("*.svg")
    figures = sum("." not in path.stem for path in drawn)  # a further page is of a figure that counts already
    assert any(line.startswith("Open ") and f"results/figures/ ({figures} figures)" in line for line in end)


def test_the_gate_shows_its_problems_while_the_run_goes_on(small, printed):
    count = len(table(small, "read_problems.tsv"))
    head = printed.index(f"{count} problems ({count} FLAG): results/study/read_problems.tsv")
    assert all(line.startswith("  FLAG ") for line in printed[head + 1 : head + 4])
    assert [line for line in printed[head:] if "choose the reportable results" in line]  # a step after the gate


def test_a_run_with_nothing_to_do_ends_as_the_one_before(small, printed):
    code, lines = told(small, "run")
    end = next(at for at, line in enumerate(lines) if line.startswith("Study "))
    assert code == 0 and "Nothing to be done: everything is up to date." in lines[:end]
    assert lines[end:] == printed[printed.index(lines[end]) :][: len(lines[end:])]


def test_a_run_that_the_gate_stops_says_why_and_makes_no_figure(small_copy):
    path = small_copy.folder / EXPORT
    path.write_bytes(path.read_bytes().replace(b"Plate_VAC-01", b"Plate_VAC-00"))
    code, lines = told(small_copy, "run", "--cores", 2)
    assert code == 1 and not [line for line in lines if "Traceback" in line or "Figure" in line]
    assert "FAILED  Gate: decide whether the study may go on" in lines
    end = lines[next(at for at, line in enumerate(lines) if line.startswith("Stopped ")) :]
    stops = table(small_copy, "read_problems.tsv").query("level == 'STOP'")["message"]
    assert [line[2:] for line in end if line.startswith("  STOP ")] == [f"STOP {message}" for message in stops]
    assert end[0].endswith(f"{len(stops)} problems ({len(stops)} STOP): results/study/read_problems.tsv")
    assert any(line.startswith("Next ") for line in end) and len(end) <= 6


def test_a_step_that_failed_shows_its_log(small_copy):
    (small_copy.folder / "results/batches/2024-06-vaccine/wells.parquet").write_bytes(b"PAR1")
    code, lines = told(small_copy, "run", "--cores", 1, "--", "results/study/results.tsv")
    assert code == 1
    failed = next(at for at, line in enumerate(lines) if line.startswith("FAILED  "))
    assert any("STOP E-RUN-004" in line and "wells.parquet" in line for line in lines[failed:])
    assert any(line.startswith("Failed     ") and "its log is logs/" in line for line in lines[failed:])
    text = small_copy.run("results/study/results.tsv", check=False)
    assert small_copy.code_returned != 0 and "STOP E-RUN-004" in text and "Traceback" not in text


@pytest.mark.slow
@pytest.mark.parametrize("plain", [False, True])
def test_ctrl_c_stops_in_order_and_the_next_run_goes_on(code, tmp_path, plain, small):
    study = small_study(tmp_path / "study", code)
    target = "results/study/observations.parquet"
    run = study.immunoassay("run", "--cores", 2, "--", target)
    process = subprocess.Popen(
        study.command("--cores", 2, target) if plain else run,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=study.environment(), start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # what a shell runs behind itself ignores it
    )  # fmt: skip
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if "Gate: list" in line:  # every export is read
            break
    time.sleep(0.2)  # Python itself, while it starts, does not end without a word
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the run
    lines += process.communicate(timeout=60)[0].splitlines()
    assert process.returncode == 1
    assert "Stopped    run again to go on: what is done stays done" in lines
    assert not [line for line in lines if "Traceback" in line or "KeyboardInterrupt" in line or "Failed " in line]
    assert plain or not [line for line in lines if "FAILED" in line or "SIGINT" in line]
    returned, after = told(study, "run", "--cores", 2, "--", target)
    assert returned == 0 and "Study " in "\n".join(after)
    assert not [line for line in after if "read the exports" in line]  # what was done stayed done
    assert (study.folder / target).read_bytes() == (small.folder / target).read_bytes()
