"""What a person sees of a run, as `snakemake --logger immunoassay`: one line a step, and what is needed of an error.

A dry run lists its jobs: each with rule, message, reason and wildcards.
"""

import logging
import re
import sys
import time
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

OF_A_JOB = ("RuleException", "CalledProcessError", "SpawnedJobError", "MissingOutputException")  # said by its log
SAID = ("At least one job did not complete successfully", "Exiting because a job execution failed")
INTERRUPTED = ("Terminating processes on user request", "Cancelling snakemake on user request")
GATE = "gate"  # the end of the run lists what it refuses
PLACES = re.compile(r'^WorkflowError(?: in .*, line \d+)?:\n|^  File ".*", line \d+, in .*$', re.M)  # in our own rules
LONGEST = 40  # lines of the log of a job that failed


class LogHandler(LogHandlerBase):
    """Writes to stderr; nothing is ever redrawn, so that a file or a scrolled terminal keeps all of it."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        self.words: dict[int, str] = {}
        self.failed: dict[int, str] = {}
        self.done, self.total, self.interrupted = 0, 0, False
        self.start = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        line = self.line(record)
        if line:
            print(line, file=sys.stderr, flush=True)

    def line(self, record: logging.LogRecord) -> str:
        """What is said of a record; "" for nothing."""
        event, given = getattr(record, "event", None), vars(record)
        if event == LogEvent.RUN_INFO:
            self.total = given["stats"].get("total", 0)
        elif event == LogEvent.JOB_INFO:
            self.words[given["jobid"]] = given["rule_msg"] or given["rule_name"]
            return planned(given) if self.common_settings.dryrun else ""
        elif event == LogEvent.JOB_FINISHED:
            return self._finished(given["job_id"])
        elif event == LogEvent.JOB_ERROR:
            logs = given["log"] if given["rule_name"] != GATE else []
            return self._failed(self.words.get(given["jobid"], given["rule_name"]), logs)
        elif event == LogEvent.GROUP_ERROR:
            logs = [log for job in given["job_error_info"] for log in job["log"]]
            return self._failed(", ".join(job["rule_name"] for job in given["job_error_info"]), logs)
        elif event == LogEvent.ERROR or (event is None and record.levelno >= logging.WARNING):
            return self._error(record.getMessage(), given.get("exception", ""))
        elif event is None:
            return self._told(record.getMessage())
        return ""

    def _finished(self, job: int) -> str:
        self.done += 1
        left = (time.monotonic() - self.start) / self.done * (self.total - self.done)
        return f"{self.done:>{len(str(self.total))}}/{self.total}  {self.words.get(job, job)}" + about(left)

    def _failed(self, words: str, logs: list[str]) -> str:
        if self.interrupted:
            return ""
        return "\n".join([coloured(f"FAILED  {words}"), *(line for log in logs for line in shown(log))])

    def _error(self, text: str, exception: str) -> str:
        if self.interrupted or exception in OF_A_JOB or any(said in text for said in SAID):
            return self._told(text)
        return PLACES.sub("", text).strip("\n")

    def _told(self, text: str) -> str:
        self.interrupted = self.interrupted or text.startswith(INTERRUPTED)
        return "Nothing to be done: everything is up to date." if text.startswith("Nothing to be done") else ""


def planned(job: dict) -> str:
    """A job of a dry run, in lines that `immunoassay why` reads."""
    about = ", ".join(f"{name}={value}" for name, value in job["wildcards"].items())
    parts = {"message": job["rule_msg"], "reason": job["reason"], "wildcards": about}
    return "\n".join(
        [f"rule {job['rule_name']}:", *(f"    {name}: {text}" for name, text in parts.items() if text), ""]
    )


def about(seconds: float) -> str:
    """The time left in words; "" for less than a second."""
    if seconds < 1:
        return ""
    return f"  (about {seconds:.0f} s left)" if seconds < 90 else f"  (about {seconds / 60:.0f} min left)"


def shown(log: str) -> list[str]:
    """The end of the log of a job, and where all of it is."""
    path = Path(log)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    return [*lines[-LONGEST:], f"its log: {log}" if lines else f"no log was written to {log}"]


def coloured(text: str) -> str:
    """The text in red where a terminal shows it."""
    return f"\033[31m{text}\033[0m" if sys.stderr.isatty() else text
