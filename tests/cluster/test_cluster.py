"""The demonstration on a real Slurm: the same bytes, few submissions, failures contained, a lost node survived."""

import os
import re
import subprocess
import time

import pytest

from ..workflow.conftest import Study, copy_code, new_study

RUN = ("--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "3")
LONGEST = 2400  # seconds until a run is given up


class ClusterStudy(Study):
    """A study that is submitted instead of run here."""

    def __init__(self, folder, code, cluster):
        super().__init__(folder, code)
        self.cluster = cluster

    def start(self, *arguments):
        """The running submission, its text in a file."""
        command = self.command("--profile", self.code / "profiles/slurm", *RUN, *arguments)
        with (self.folder / "submission.log").open("w") as log:
            return subprocess.Popen(
                command, env=os.environ | self.cluster.environment, stdout=log, stderr=subprocess.STDOUT
            )

    def submit(self, *arguments):
        """(exit code, text) of a run through Slurm."""
        returned = self.start(*arguments).wait(LONGEST)
        return returned, self.said()

    def said(self):
        return (self.folder / "submission.log").read_text(encoding="utf-8")


def submissions(text):
    return len(re.findall(r"has been submitted with SLURM jobid", text))


def small(study):
    """The study with two of its batches: enough for what can go wrong."""
    with (study.folder / "config/config.yaml").open("a", encoding="utf-8") as file:
        file.write("batches: [2024-06-achr, 2024-06-vaccine]\n")
    return study


def results(study):
    return {
        path.relative_to(study.folder).as_posix(): path.read_bytes()
        for path in sorted((study.folder / "results").rglob("*"))
        if path.is_file()
    }


def test_the_demonstration_gives_the_bytes_of_a_local_run_in_few_submissions(cluster, finished, tmp_path):
    study = ClusterStudy(new_study(tmp_path / "study", finished.code).folder, finished.code, cluster)
    returned, text = study.submit()
    assert returned == 0, text[-5000:]
    assert submissions(text) <= 7  # reading, the gate, batches, the study, statistics, figures, what is delivered
    here, there = results(finished), results(study)
    assert set(here) == set(there)
    assert [name for name in here if here[name] != there[name]] == []


def test_a_failing_job_shows_its_log_and_the_rest_goes_on(cluster, tmp_path):
    folder = copy_code(tmp_path / "study")
    script = folder / "workflow/scripts/draw_figure_1a.py"
    script.write_text("raise RuntimeError('the pen broke')\n" + script.read_text(encoding="utf-8"), encoding="utf-8")
    study = small(ClusterStudy(folder, folder, cluster))
    targets = ("results/figures/figure_1a.svg", "results/statistics/visit_summaries.tsv")
    returned, text = study.submit("--retries", "0", *targets)
    assert returned != 0
    assert "the pen broke" in text
    assert (folder / targets[1]).is_file() and not (folder / targets[0]).exists()


def test_a_node_lost_in_the_middle_of_a_run_loses_nothing(cluster, code, tmp_path):
    study = small(ClusterStudy(new_study(tmp_path / "study", code).folder, code, cluster))
    here = small(new_study(tmp_path / "here", code))
    target = "results/study/observations.parquet"
    here.run(target)
    run = study.start(target)
    node = wait_for_running(cluster)
    cluster.kill_node(node)
    cluster.wait([node], "down", 90)
    cluster.start_node(node)
    returned = run.wait(LONGEST)
    if returned:  # a run that stopped is resumed by starting it again, nothing else
        returned, _ = study.submit(target)
    assert returned == 0, study.said()[-5000:]
    assert (study.folder / target).read_bytes() == (here.folder / target).read_bytes()


def wait_for_running(cluster, seconds=120):
    """The node on which a job has been running for some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for line in cluster.client("squeue", "-h", "-t", "RUNNING", "-o", "%N").splitlines():
            time.sleep(4)
            return line.strip()
        time.sleep(0.5)
    pytest.fail("no job has started")
