"""The last lines of a run: what the study holds, what is missing from it, and what is not up to date."""

import re
from collections.abc import Iterable
from pathlib import Path

from immunoassay.jobs import fingerprint
from immunoassay import tables
from immunoassay.problems import Problem

SHOWN = 5
LEFT_OUT = "W-REF-012"  # people or analytes that no setting selects


def lines(base: str | Path = ".") -> list[str]:
    """The lines at the end of a run that went well, from the tables of the study `base`.

    Each part is left out where its table is not there, as after a run of some steps only.
    """
    folder, said = Path(base) / "results/study", []
    if (folder / "results.parquet").is_file():
        found = tables.read(folder / "results.parquet", ["sample_id", "analyte", "status"])
        counts = ", ".join(f"{status} {count}" for status, count in found["status"].value_counts().items())
        samples, analytes = found["sample_id"].nunique(), found["analyte"].nunique()
        said.append(f"{len(found)} results of {samples} samples and {analytes} analytes: {counts}")
    if (folder / "problems.tsv").is_file():
        problems = tables.read_tsv(folder / "problems.tsv", dtype="str")
        repeated = problems[(problems["level"] == "QUARANTINE") | (problems["code"] == LEFT_OUT)]
        said += [f"{level} {message}" for level, message in zip(repeated["level"], repeated["message"], strict=True)]
        others = " and ".join(f"{(problems['level'] == level).sum()} {level}" for level in ("EXCLUDE", "FLAG"))
        said.append(f"{others} lines are in {folder / 'problems.tsv'}")
    if (folder / "account_problems.tsv").is_file():
        codes = tables.read_tsv(folder / "account_problems.tsv", dtype="str")["code"].value_counts()
        if "W-CMP-002" in codes:
            said.append(f"{codes['W-CMP-002']} amendments changed results, see {folder / 'amendments.tsv'}")
    if (folder / "completeness.tsv").is_file():
        said += _completeness(tables.read_tsv(folder / "completeness.tsv", dtype="str"), folder / "completeness.tsv")
    return said + stale(base)


def failed(logs: Iterable[str], base: str | Path = ".") -> list[str]:
    """The lines at the end of a run that failed; `logs` are those Snakemake wrote."""
    text = "".join(Path(log).read_text(encoding="utf-8", errors="replace") for log in logs if Path(log).is_file())
    said = []
    for rule, rest in re.findall(r"^Error in rule (\w+):\n((?:    .*\n)*)", text, re.M):
        place = re.search(r"^    log: (\S+)", rest, re.M)
        said.append(f"failed: {rule.replace('_', ' ')}" + (f"; its log is {place[1]}" if place else ""))
    return list(dict.fromkeys(said)) + stale(base)


def stale(base: str | Path = ".") -> list[str]:
    """What is not up to date, whatever was asked for: changed inputs, and results that were changed by hand."""
    inputs, _ = fingerprint.changed_since(base)
    problems = fingerprint.changed_results(base)
    if inputs:
        named = ", ".join(inputs[:SHOWN]) + (f" and {len(inputs) - SHOWN} more" if len(inputs) > SHOWN else "")
        why, fix = "the results are those of before", "run the whole study: snakemake --cores 8"
        problems.insert(
            0, Problem("W-RUN-002", "FLAG", "results", f"changed since the last whole run: {named}", why, fix)
        )
    return [f"{problem.level} {problem.message}" for problem in problems]


def _completeness(frame, path):
    """One line per panel: samples that were collected, planned, and lack results."""
    planned = frame[frame["planned"] == "True"]
    none = planned[["n_results", "n_another_tube"]].eq("0").all(axis=1)
    return [
        f"{panel}: {len(own)} samples were collected and lack results ({int(own.sum())} lack all), see {path}"
        for panel, own in none.groupby(planned["panel"], sort=True)
    ]
