"""The logger of the project: one line a step, the log of a step that failed, nothing of the talk around it."""

import logging
from types import SimpleNamespace

import pytest
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

from snakemake_logger_plugin_immunoassay import LogHandler, about


@pytest.fixture
def handler():
    return LogHandler(SimpleNamespace(dryrun=False), None)


def record(message="", level=logging.INFO, **given):
    made = logging.LogRecord("snakemake", level, "", 0, message, None, None)
    vars(made).update(given)
    return made


def step(job, words, rule="read_batch"):
    given = {"rule_msg": words, "rule_name": rule, "wildcards": {"batch": "B2"}, "reason": "Missing output files: a"}
    return record(event=LogEvent.JOB_INFO, jobid=job, **given)


def failed(job, log, rule="read_batch"):
    return record(level=logging.ERROR, event=LogEvent.JOB_ERROR, jobid=job, rule_name=rule, log=[str(log)])


def test_snakemake_finds_it():
    assert LoggerPluginRegistry().get_plugin("immunoassay").log_handler is LogHandler


def test_a_step_is_one_line_when_it_ends(handler):
    assert handler.line(record(event=LogEvent.RUN_INFO, stats={"read_batch": 2, "total": 12})) == ""
    assert handler.line(step(4, "Batch B2: read")) == ""
    handler.start -= 100
    assert handler.line(record(event=LogEvent.JOB_FINISHED, job_id=4)) == " 1/12  Batch B2: read  (about 18 min left)"
    for talk in ("Building DAG of jobs...", "Select jobs to execute...", "Using shell: /usr/bin/bash"):
        assert handler.line(record(talk)) == ""
    assert handler.line(record("Nothing to be done (all requested files are present).")).startswith(
        "Nothing to be done"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, ""), (1, "  (about 1 s left)"), (89, "  (about 89 s left)"), (150, "  (about 2 min left)")],
)
def test_the_time_left_is_in_seconds_or_minutes(seconds, words):
    assert about(seconds) == words


def test_a_step_that_failed_shows_the_end_of_its_log_and_where_it_is(handler, tmp_path):
    log = tmp_path / "read.log"
    log.write_text("\n".join(f"line {n}" for n in range(100)))
    handler.line(step(4, "Batch B2: read"))
    head, *lines = handler.line(failed(4, log)).splitlines()
    assert head == "FAILED  Batch B2: read"
    assert lines == [*(f"line {n}" for n in range(60, 100)), f"its log: {log}"]
    assert handler.line(failed(5, tmp_path / "none")).splitlines()[1] == f"no log was written to {tmp_path / 'none'}"
    assert handler.line(failed(6, log, "gate")).splitlines() == [
        "FAILED  gate"
    ]  # the end of the run lists what it refuses


def test_of_errors_the_words_are_left_and_what_a_log_has_said_is_not_repeated(handler):
    def error(text, exception):
        return handler.line(record(text, logging.ERROR, event=LogEvent.ERROR, exception=exception))

    faults = '2 problems found; nothing was computed.\n  STOP E-FILE-001 config/plates.tsv: no such file "x"'
    place = '  File "/software/workflow/rules/common.smk", line 73, in <module>'
    assert (
        error(f'WorkflowError in file "/software/workflow/rules/common.smk", line 60:\n{faults}\n{place}', "W")
        == faults
    )
    assert error("CalledProcessError in file ...", "RuleException") == ""
    assert error("WorkflowError:\nAt least one job did not complete successfully.", "WorkflowError") == ""
    assert error("LockException:\nDirectory cannot be locked.", "LockException").endswith("cannot be locked.")
    assert handler.line(record("a disk is slow", logging.WARNING)) == "a disk is slow"


def test_after_an_interrupt_no_step_is_blamed(handler, tmp_path):
    handler.line(record("Terminating processes on user request, this might take some time."))
    assert handler.line(failed(4, tmp_path / "none")) == ""


def test_a_dry_run_lists_its_steps():
    handler = LogHandler(SimpleNamespace(dryrun=True), None)
    assert handler.line(step(4, "Batch B2: read")).splitlines() == [
        "rule read_batch:",
        "    message: Batch B2: read",
        "    reason: Missing output files: a",
        "    wildcards: batch=B2",
    ]
