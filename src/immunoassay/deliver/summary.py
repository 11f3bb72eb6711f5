"""The last lines of a run: what the study holds, what wants a look, and what is not up to date, from the tables of results."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from immunoassay.jobs import fingerprint
from immunoassay import tables
from immunoassay.acceptance.consequences import OF_PLATES
from immunoassay.deliver import last_run
from immunoassay.problems import Problem
from immunoassay.study.load import Study
from immunoassay.words import drawing_words, ending_words

FOLDER = "results/study"
SHOWN = 5
LEFT_OUT = "W-REF-012"  # people or analytes that no setting selects
ANOTHER_TUBE = "another_tube_reported"
UNKNOWN = "sample_not_in_sheet"
UNDRAWN = ("left_out", "plate")  # layers of a figure's table that stand in words alone
PROBLEMS = ("problems.tsv", "visit_problems.tsv", "spread_problems.tsv", "account_problems.tsv")
OPENED = ("results/report.html", "results/deliverables/study.xlsx", "results/deliverables/source_data.xlsx",
          "results/deliverables/methods.md")  # fmt: skip
GRAVE = ("PASS", "WARN", "NOT_EVALUABLE", "FAIL")
# Snakemake's words of a Ctrl-C, which it hears itself or by the end of a job, whichever comes first.
INTERRUPTED = ("Terminating processes on user request", "Cancelling snakemake on user request", "Signals.SIGINT")


def lines(
    study: Study, not_drawn: Sequence[str] = (), base: str | Path = ".", changes: pd.DataFrame | None = None
) -> list[str]:
    """The lines at the end of a run that went well, at most ending_words.LONGEST, from the tables in the folder `base`.

    `not_drawn` names figures that have nothing to draw, with the reason; `changes` is what the run changed (last_run.note).
    A part is left out where its table is not there, as after a run of some steps only.
    """
    base = Path(base)
    counts = {name: len(getattr(study, name)) for name in ("plates", "batches", "participants", "samples")}
    said = [ending_words.study(study.config["study"]["title"], counts)]
    if (base / FOLDER / "results.parquet").is_file():
        results = tables.read(base / FOLDER / "results.parquet", ["panel", "analyte", "status", "reason"])
        said += ending_words.results(results["status"].value_counts().to_dict())
        found = kits(results, study.batches, base)
        without = without_samples(study, results)
        said += ending_words.kits(found, without)
        said += ending_words.plates(plates(study, base))
    said += [] if changes is None else ending_words.changed(changes, last_run.CHANGED)
    said += ending_words.look_at(look_at(study, base), FOLDER)
    drawn = {
        path.stem: _has_rows(path.with_suffix(".tsv"))
        for path in sorted((base / "results/figures").glob("*.svg"))
        if ".page" not in path.name  # of a figure that is counted already
    }
    left = [*not_drawn, *drawing_words.without_data([name for name, filled in drawn.items() if not filled])]
    said += ending_words.section("Not drawn", [" · ".join(left)] if left else [])
    said += ending_words.opened(sum(drawn.values()), [path for path in OPENED if (base / path).is_file()])
    return [*said[: ending_words.LONGEST - SHOWN], *stale(base)[:SHOWN]]


def _has_rows(path):
    """Whether the table of a figure holds anything but what it leaves out: only results can tell whether a figure has something
    to show."""
    if not path.is_file():
        return True
    with path.open(encoding="utf-8", newline="") as lines:
        return any(_shown(row) for row in csv.DictReader(lines, delimiter="\t"))


def _shown(row):
    of_control = "z" in row  # drawn by its recovery, or by how far it is from earlier runs
    return bool(row["recovery_percent"] or row["z"]) if of_control else row.get("layer") not in UNDRAWN


def kits(results: pd.DataFrame, batches: Iterable[str], base: Path) -> list[dict[str, Any]]:
    """Per kit: panel, reportable and analytes (numbers of analytes), lacking {(reason, rule): number of analytes}.

    An analyte is reportable when one of its results is. The reason of the others is the commonest of what was measured;
    `rule` is the required acceptance rule that most of its plates do not pass, where the plates are the reason.
    """
    reported = results["status"].isin(tables.REPORTED).groupby([results["panel"], results["analyte"]], sort=False).any()
    rest = results[results["analyte"].isin(reported.index[~reported].get_level_values("analyte"))]
    reasons = {analyte: _commonest(rows) for analyte, rows in rest.groupby("analyte")}
    rules = _rules(batches, base) if set(reasons.values()) & set(OF_PLATES.values()) else {}
    found = []
    for panel, good in reported.groupby(level="panel", sort=False):
        lacking = Counter(
            (reasons[analyte], rules.get((analyte, reasons[analyte]), ""))
            for analyte in good.index[~good].get_level_values("analyte")
        )
        numbers = {"reportable": int(good.sum()), "analytes": len(good)}
        found.append({"panel": panel, **numbers, "lacking": dict(lacking.most_common())})
    return found


def plates(study: Study, base: Path) -> dict[str, int]:
    """Plates by the gravest verdict of their analytes, and how many a person set aside (`aside`)."""
    aside = {row["plate"] for row in study.rows("plates", ["plate"], include=False)}
    path = base / FOLDER / "attempts.parquet"
    attempts = tables.read(path, ["plate", "verdict"]) if path.is_file() else tables.empty("attempts")
    judged = attempts[~attempts["plate"].isin(aside)]
    gravest = judged["verdict"].map(GRAVE.index).groupby(judged["plate"]).max()
    return {**{name: int((gravest == place).sum()) for place, name in enumerate(GRAVE)}, "aside": len(aside)}


def without_samples(study: Study, results: pd.DataFrame) -> list[str]:
    """Panels of plates that count of which no result is expected: no sample of the study is on them."""
    panels = dict.fromkeys(row["panel"] for row in study.rows("plates", ["panel"], include=True))
    return [panel for panel in panels if panel not in set(results["panel"])]


def look_at(study: Study, base: Path) -> dict[str, Any]:
    """What wants a look, as ending_words.look_at takes it: numbers, and names of plates."""
    frames = {name: _table(base, name) for name in (*PROBLEMS, "outside_analysis.tsv", "completeness.tsv")}
    problems = frames["problems.tsv"]
    planned = frames["completeness.tsv"].query("planned == 'True' and n_results == '0' and n_another_tube == '0'")
    planned = planned.drop_duplicates(["panel", "participant", "course", "visit"])
    tubes = frames["outside_analysis.tsv"].query("reason == @ANOTHER_TUBE")["sample_id"]
    amended = pd.to_numeric(_table(base, "amendments.tsv")["n_results"]) > 0
    aside = {row["plate"]: row["reason"] for row in study.rows("plates", ["plate", "reason"], include=False)}
    return {
        "aside": list(aside.items()),
        "quarantined": [f"QUARANTINE {message}" for message in problems.query("level == 'QUARANTINE'")["message"]],
        "rejected": [plate for plate in _rejected(base) if plate not in aside],
        "tubes": tubes.nunique(),
        "unknown": _unknown(base),
        "left_out": [message.split(" – ")[0] for message in problems.query("code == @LEFT_OUT")["message"]],
        "lacking": planned["panel"].value_counts().sort_index().to_dict(),
        "amended": int(amended.sum()),
        "changed": list(_table(base, "approvals.tsv").query("state == 'changed'")["batch"]),
        "problems": {name: frames[name]["level"].value_counts().to_dict() for name in PROBLEMS if len(frames[name])},
    }


def failed(logs: Iterable[str], base: str | Path = ".") -> list[str]:
    """The lines at the end of a run that failed or was interrupted; `logs` are those Snakemake wrote."""
    text = "".join(Path(log).read_text(encoding="utf-8", errors="replace") for log in logs if Path(log).is_file())
    if any(words in text for words in INTERRUPTED):
        return ending_words.interrupted()
    steps = []
    for rule, rest in re.findall(r"^(?:Error in | +)rule (\w+):\n((?:    .*\n)*)", text, re.M):
        place = re.search(r"^ +log: (\S+)", rest, re.M)
        steps.append((rule, place[1] if place else ""))
    listed = Path(base) / FOLDER / "read_problems.tsv"
    if any(rule == "gate" for rule, _ in steps) and listed.is_file():
        problems = tables.read_tsv(listed, dtype="str")
        return ending_words.stopped(problems[problems["level"] == "STOP"], f"{FOLDER}/read_problems.tsv") + stale(base)
    return ending_words.failed(list(dict.fromkeys(steps))) + stale(base)


def stale(base: str | Path = ".") -> list[str]:
    """What is not up to date, whatever was asked for: changed inputs, and results that were changed by hand."""
    inputs, _ = fingerprint.changed_since(base)
    problems = fingerprint.changed_results(base)
    if inputs:
        named = ", ".join(inputs[:SHOWN]) + (f" and {len(inputs) - SHOWN} more" if len(inputs) > SHOWN else "")
        why, fix = "the results are those of before", "run the whole study"
        problems.insert(
            0, Problem("W-RUN-002", "FLAG", "results", f"changed since the last whole run: {named}", why, fix)
        )
    return [f"{problem.level} {problem.message}" for problem in problems]


def _commonest(rows):
    """The commonest reason of the results of one analyte: of those measured, if there are any."""
    measured = rows[rows["status"] != "missing"]
    return str((measured if len(measured) else rows)["reason"].fillna("not_recorded").mode().iat[0])


def _rules(batches, base):
    """{(analyte, reason of its plates): the required rule that most of its plates do not pass}."""
    paths = [base / "results/batches" / batch / "checks.parquet" for batch in batches]
    filters = [("verdict", "in", list(OF_PLATES)), ("required", "==", True)]
    columns = ["analyte", "rule", "verdict"]
    checks = tables.read_all([path for path in paths if path.is_file()], "checks", columns, filters)
    groups = checks.groupby(["analyte", "verdict"])["rule"]
    return {(analyte, OF_PLATES[verdict]): rules.mode().iat[0] for (analyte, verdict), rules in groups}


def _rejected(base):
    """Plates with attempts of which none was accepted."""
    path = base / FOLDER / "attempts.parquet"
    if not path.is_file():
        return []
    attempts = tables.read(path, ["plate", "verdict"])
    accepted = attempts["verdict"].isin(tables.ACCEPTED).groupby(attempts["plate"]).any()
    return list(accepted.index[~accepted])


def _unknown(base):
    """The number of names on plates and in deliveries that are no sample of the study."""
    path = base / FOLDER / "ledger.parquet"
    if not path.is_file():
        return 0
    return tables.read(path, ["sample_id"], [("disposition", "==", UNKNOWN)])["sample_id"].nunique()


def _table(base, name):
    """A table of results as text; empty where it is not there."""
    path = base / FOLDER / name
    if path.is_file():
        return tables.read_tsv(path, dtype="str")
    contract = "problems" if name in PROBLEMS else name.removesuffix(".tsv")
    return tables.empty(contract)
