"""Check a study without running it.

Loads config and sheets and reads every export; fits no curve and writes nothing. At the end it says which results can be
expected: what no curve can change, and of batches that are as in the last whole run their verdicts. Exit code: 0 when the
study can run as it is, 1 when something stops it or is in quarantine.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from immunoassay import tables
from immunoassay.acceptance import expected_results, gate
from immunoassay.deliver.summary import without_samples
from immunoassay.figures import planned
from immunoassay.files.house import schema_file
from immunoassay.jobs.fingerprint import changed_results, changed_since, last_run
from immunoassay.problems import StudyError, to_frame
from immunoassay.readers.batch_reader import read_batch
from immunoassay.study import comparisons, own, rule_rows
from immunoassay.study.load import Study, study_in
from immunoassay.study.schema import load_schema
from immunoassay.words import check_words
from immunoassay.words.ending_words import many, no_sample

READ = ("wells", "delivered")
SERIOUS = {"STOP", "QUARANTINE"}
GIVEN = ("plates", "panels", "analytes", "samples", "amendments")


def read(study: Study) -> tuple[tuple[pd.DataFrame, ...], tuple[pd.DataFrame, ...], pd.DataFrame]:
    """(wells, delivered, problems) of a loaded study: tables of each batch, and the `problems` of all as the gate lists them."""
    layout = load_schema(schema_file("layout"))
    batches = [rule_rows.reading(study, batch) for batch in study.batches]
    found = [read_batch(**batch, layout_schema=layout, base=study.base) for batch in batches]
    wells, delivered, problems = zip(*found, strict=True)
    problems = pd.concat(problems, ignore_index=True)
    return wells, delivered, gate.of_reading(problems, wells, delivered, **rule_rows.gate(study))


def last_verdicts(
    study: Study, wells: Iterable[pd.DataFrame], delivered: Iterable[pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """{batch: attempts} of the batches whose wells, delivered rows and settings are those of the last whole run."""
    inputs, _ = changed_since(study.base)
    sheets = {study.sheet_files[name] for name in ("panels", "analytes")} | set(own.files(study.base))
    if last_run(study.base).get("config") != study.config or sheets.intersection(inputs):
        return {}
    found = {}
    for batch, *now in zip(study.batches, wells, delivered, strict=True):
        folder = study.base / "results/batches" / batch
        try:
            kept = [tables.read(folder / f"{name}.parquet") for name in READ]
            if all(tables.conform(one, name).equals(other) for name, one, other in zip(READ, now, kept, strict=True)):
                found[batch] = tables.read(folder / "attempts.parquet")
        except (OSError, StudyError):
            continue
    return found


def expected(study: Study, wells: Sequence[pd.DataFrame], delivered: Sequence[pd.DataFrame]) -> list[str]:
    """Lines: the results that can be expected of every panel, why the rest will not be reportable, and what would."""
    results, earlier = _predicted(study, wells, delivered)
    told = f" ({many(len(earlier), 'batch', 'batches')} unchanged: as in the last run)" if earlier else ""
    others = other_sets(study, wells, delivered, results)
    return [
        f"reportable, as far as is known before any curve{told}:",
        *map("  {}".format, expected_results.lines(results)),
        *([f"  {no_sample(without)}"] if (without := without_samples(study, results)) else []),
        *(f"  {check_words.other_sets(panel, found)}" for panel, found in others.items()),
    ]


def compared(study: Study) -> list[str]:
    """Lines: the groups that will be compared, with their participants, and what is blinded."""
    groups, without = {}, {}
    for factor, reference in study.compared.items():
        if factor != comparisons.RESPONDER:
            known = study.levels[factor].values()
            counts, without[factor] = Counter(filter(None, known)), sum(level is None for level in known)
            groups[factor] = dict(sorted(counts.items(), key=lambda each: (each[0] != reference, each[0])))
    derived = study.choices.responder_score if comparisons.RESPONDER in study.compared else ""
    return check_words.compared(groups, without, derived, study.blinded)


def other_sets(
    study: Study, wells: Iterable[pd.DataFrame], delivered: Iterable[pd.DataFrame], results: pd.DataFrame
) -> dict[str, dict[str, Any]]:
    """Of every panel that loses results because a rule cannot be evaluated: what each other criteria set would leave.

    {panel: criteria_set, lost, results (numbers), others {criteria set: number reportable, where that is more}}.
    """
    lost = results.loc[results["reason"] == expected_results.UNPROVEN, "panel"].value_counts(sort=False)
    if lost.empty:
        return {}
    given = {name: study.rows(name) for name in GIVEN}
    kits = {row["panel"]: row for row in given["panels"]}
    given["analytes"] = [row for row in given["analytes"] if row["panel"] in lost.index]
    numbers: dict[str, dict[str, int]] = {}
    for name in sorted(set(study.criteria_sets) - {"reported_by_laboratory"}):
        panels = [row | {"criteria_set": name} for row in given["panels"]]
        parts = [part[part["panel"].isin(lost.index)] for part in wells]
        found = expected_results.predict(
            parts, delivered, **given | {"panels": panels}, criteria=study.criteria_sets, earlier={}
        )
        numbers[name] = found["reason"].isna().groupby(found["panel"]).sum().to_dict()
    return {
        panel: {
            "criteria_set": kits[panel]["criteria_set"],
            "lost": int(count),
            "results": int((results["panel"] == panel).sum()),
            "others": {
                name: int(found.get(panel, 0))
                for name, found in numbers.items()
                if found.get(panel, 0) > numbers[kits[panel]["criteria_set"]].get(panel, 0)
            },
        }
        for panel, count in lost.items()
    }


def main(folder: str | Path = ".", as_json: bool = False) -> None:
    """Print what was found, for people or as JSON, and exit with 1 unless the study can run as it is."""
    try:
        study = study_in(folder)
    except StudyError as error:
        if as_json:
            _print_json(to_frame(error.problems))
        else:
            print(error, file=sys.stderr)
        raise SystemExit(1) from None
    wells, delivered, problems = read(study)
    flags = pd.DataFrame(rule_rows.compared_flags(study))
    more = [frame for frame in (flags, to_frame(changed_results(study.base))) if len(frame)]
    problems = pd.concat([problems, *more], ignore_index=True)
    levels = set(problems["level"])
    if as_json:
        expecting = "STOP" not in levels
        _print_json(problems, _numbers(_predicted(study, wells, delivered)[0]) if expecting else {})
    else:
        for level, message in zip(problems["level"], problems["message"], strict=True):
            print(level, message)
        if "STOP" not in levels:
            print("\n".join(expected(study, wells, delivered)))
            print("".join(f"{line}\n" for line in compared(study)), end="")
            if left := planned.not_drawn(study):
                print(f"not drawn: {', '.join(left)}")
        counts = {name: len(getattr(study, name)) for name in ("plates", "batches", "samples")}
        print(check_words.end(counts, levels, str(folder)))
    if levels & SERIOUS:
        raise SystemExit(1)


def _predicted(study, wells, delivered):
    """(results as expected_results.predict gives them, the last verdicts they rest on)."""
    earlier = last_verdicts(study, wells, delivered)
    given = {name: study.rows(name) for name in GIVEN}
    criteria = rule_rows.all_criteria(study)
    return expected_results.predict(wells, delivered, **given, criteria=criteria, earlier=earlier), earlier


def _numbers(results):
    """{panel: results, reportable, lacking {reason: number}}."""
    return {
        panel: {
            "results": len(rows),
            "reportable": int(rows["reason"].isna().sum()),
            "lacking": rows["reason"].value_counts().to_dict(),
        }
        for panel, rows in results.groupby("panel", sort=False)
    }


def _print_json(problems, panels=()):
    """One JSON object: can_run, problems (the columns of that table) and, where there is no STOP, panels."""
    rows = problems.astype(object).where(problems.notna(), "").to_dict("records")
    found = {"can_run": "STOP" not in set(problems["level"]), "problems": rows, "panels": dict(panels)}
    print(json.dumps(found, ensure_ascii=False, indent=1))
