"""Check a study without running it.

Loads config and sheets and reads every export; fits no curve and writes nothing. At the end it says which results can be
expected: what no curve can change, and of batches that are as in the last whole run their verdicts. Exit code: 0 when the
study can run, 2 when something stops it, 3 when something is in quarantine and the rest can run.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
from immunoassay import tables
from immunoassay.acceptance import expected_results, gate
from immunoassay.files.house import schema_file
from immunoassay.jobs.fingerprint import changed_results, changed_since, last_run
from immunoassay.problems import StudyError, to_frame
from immunoassay.readers.batch_reader import read_batch
from immunoassay.study import own, rule_rows
from immunoassay.study.load import Study, study_in
from immunoassay.study.schema import load_schema

READ = ("wells", "delivered")


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
    """Lines: the results that can be expected of every panel, and why the rest will not be reportable."""
    given = {name: study.rows(name) for name in ("plates", "panels", "analytes", "samples", "amendments")}
    earlier = last_verdicts(study, wells, delivered)
    criteria = rule_rows.all_criteria(study)
    results = expected_results.predict(wells, delivered, **given, criteria=criteria, earlier=earlier)
    told = f" ({len(earlier)} batches have not changed: as in the last run)" if earlier else ""
    return [
        f"reportable, as far as is known before any curve{told}:",
        *map("  {}".format, expected_results.lines(results)),
    ]


def main(folder: str | Path = ".") -> None:
    """Print what was found and exit with the code that says whether the study can run."""
    try:
        study = study_in(folder)
    except StudyError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    wells, delivered, problems = read(study)
    changed = to_frame(changed_results(study.base))
    problems = pd.concat([problems, changed], ignore_index=True) if len(changed) else problems
    for level, message in zip(problems["level"], problems["message"], strict=True):
        print(level, message)
    if "STOP" not in set(problems["level"]):
        print("\n".join(expected(study, wells, delivered)))
    levels = set(problems["level"])
    print(f"plates {len(study.plates)}, batches {len(study.batches)}, samples {len(study.samples)}: ", end="")
    if "STOP" in levels:
        print("the study cannot run until every STOP is corrected.")
        raise SystemExit(2)
    if "QUARANTINE" in levels:
        print("the study can run without what is in quarantine; correct it, or set it aside (include: no, reason).")
        raise SystemExit(3)
    print("the study can run.")
