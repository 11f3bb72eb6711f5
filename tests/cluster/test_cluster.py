"""The small study on a real Slurm: the same bytes, few submissions, failures contained, a lost node survived."""

import re
import subprocess
import time

import pytest

from ..workflow.study import Study, copy_code, small_study

RUN = ("--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "3")
LONGEST = 1200


class ClusterStudy(Study):
    """A study that is submitted instead of run here."""

    def __init__(self, folder, code, cluster):
        super().__init__(folder, code)
        self.cluster = cluster

    def start(self, *arguments):
        """The running submission, its text in a file."""
        command = self.command("--profile", self.code / "profiles/slurm", *RUN, *arguments)
        with (self.folder / "submission.log").open("w") as log:
            return subprocess.Popen(command, env=self.environment(), stdout=log, stderr=subprocess.STDOUT)

    def environment(self):
        return super().environment() | self.cluster.environment

    def submit(self, *arguments):
        """(exit code, text) of a run through Slurm."""
        returned = self.ended(self.start(*arguments))
        return returned, self.said()

    def ended(self, run):
        """Exit code of a submission at its end; what Slurm says when it does not end."""
        end = time.monotonic() + LONGEST
        while run.poll() is None:
            if time.monotonic() > end:
                run.kill()
                pytest.fail(f"not ended after {LONGEST} s\n{self.cluster.state()}\n{self.said()[-5000:]}")
            self.cluster.restart_controller()
            time.sleep(1)
        return run.returncode

    def said(self):
        return (self.folder / "submission.log").read_text(encoding="utf-8")


def submissions(text):
    return len(re.findall(r"has been submitted with SLURM jobid", text))


def test_a_study_gives_the_bytes_of_a_local_run_in_few_submissions(cluster, small, tmp_path):
    """Of every kind of step; tests/workflow/test_profiles.py counts the submissions of the demonstration."""
    study = ClusterStudy(small_study(tmp_path / "study", small.code).folder, small.code, cluster)
    returned, text = study.submit()
    assert returned == 0, text[-5000:]
    assert submissions(text) <= 7  # reading, the gate, batches, the study, statistics, figures, what is delivered
    here, there = small.results(), study.results()
    assert set(here) == set(there)
    assert [name for name in here if here[name] != there[name]] == []


def test_a_failing_job_shows_its_log_and_the_rest_goes_on(cluster, tmp_path):
    code = copy_code(tmp_path / "code")
    script = code / "workflow/scripts/assess_batch.py"
    script.write_text(
        "if snakemake.wildcards.batch == '2024-06-achr':\n    raise RuntimeError('the pen broke')\n"
        + script.read_text(encoding="utf-8"),
        encoding="utf-8",
    )
    study = ClusterStudy(small_study(tmp_path / "study", code).folder, code, cluster)
    targets = [f"results/batches/{batch}/attempts.parquet" for batch in ("2024-06-achr", "2024-06-vaccine")]
    # each batch a submission of its own: members of a group fail together
    returned, text = study.submit("--retries", "0", "--group-components", "read=20", "batch=1", "--", *targets)
    assert returned != 0
    assert "the pen broke" in text
    assert (study.folder / targets[1]).is_file() and not (study.folder / targets[0]).exists()


def test_a_node_lost_in_the_middle_of_a_run_loses_nothing(cluster, small, tmp_path):
    study = ClusterStudy(small_study(tmp_path / "study", small.code).folder, small.code, cluster)
    target = "results/study/results.parquet"
    run = study.start(target)
    node = wait_for_running(cluster)
    cluster.kill_node(node)
    cluster.wait([node], "down", 90)
    cluster.hurry()  # the job goes to another node; the lost one comes back when the run has ended
    returned = study.ended(run)
    cluster.start_node(node)
    if returned:  # a run that stopped is resumed by starting it again, nothing else
        returned, _ = study.submit(target)
    assert returned == 0, study.said()[-5000:]
    assert (study.folder / target).read_bytes() == (small.folder / target).read_bytes()


def wait_for_running(cluster, seconds=120):
    """The node on which a job has been running for some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for line in cluster.client("squeue", "-h", "-t", "RUNNING", "-o", "%N").splitlines():
            time.sleep(4)
            return line.strip()
        time.sleep(0.5)
    pytest.fail("no job has started")
