"""Check a study without running it: `python -m immunoassay.acceptance.check [STUDY]`.

Loads config and sheets and reads every export; fits no curve and writes nothing. Exit code: 0 when the study can run,
2 when something stops it, 3 when something is in quarantine and the rest can run.
"""

import sys
from pathlib import Path

import pandas as pd
from immunoassay.acceptance import gate
from immunoassay.fingerprint import changed_results
from immunoassay.problems import StudyError, to_frame
from immunoassay.readers.batch import read_batch
from immunoassay.sheets import check, choices
from immunoassay.sheets.schema import load_schema


def problems_of(study):
    """The `problems` table of a loaded study: flags of its sheets, and everything its exports bring up."""
    layout, read = load_schema(check.LAYOUT), []
    for batch in choices.batches(study):
        read.append(
            read_batch(
                choices.plates(study, batch),
                choices.of_panels(study, batch, "analytes", choices.READING),
                choices.of_panels(study, batch, "panels", ("panel", "platform", "signal", "criteria_set")),
                choices.materials(study, batch),
                choices.amendments(study, batch),
                study.units,
                choices.criteria(study, batch),
                layout,
                study.base,
                columns=choices.columns(study, batch),
                state_words=study.state_words,
            )
        )
    wells, delivered, problems = zip(*read, strict=True)
    problems = pd.concat([to_frame(study.flags), *problems], ignore_index=True)
    pools = [{"sample_id": name} for name in study.config["bridging"]["pools"]]
    samples = [*study.rows("samples", ("sample_id", "collection_date", "_row")), *pools]
    file = study.config["sheets"]["samples"]
    return gate.of_reading(problems, wells, delivered, choices.gate_plates(study), samples, file)


def main(folder="."):
    """Print what was found and exit with the code that says whether the study can run."""
    try:
        study = check.check(Path(folder))
    except StudyError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    problems = problems_of(study)
    changed = to_frame(changed_results(study.base))
    problems = pd.concat([problems, changed], ignore_index=True) if len(changed) else problems
    for level, message in zip(problems["level"], problems["message"], strict=True):
        print(level, message)
    plates, levels = study.sheets["plates"], set(problems["level"])
    batches, samples = len({row["batch"] for row in plates}), len(study.sheets["samples"])
    print(f"plates {len(plates)}, batches {batches}, samples {samples}: ", end="")
    if "STOP" in levels:
        print("the study cannot run until every STOP is corrected.")
        raise SystemExit(2)
    if "QUARANTINE" in levels:
        print("the study can run without what is in quarantine; correct it, or set it aside (include: no, reason).")
        raise SystemExit(3)
    print("the study can run.")


if __name__ == "__main__":
    main(*check.arguments(sys.argv[1:] or ["."], "STUDY"))
