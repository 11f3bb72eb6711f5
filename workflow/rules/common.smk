# Shared by all rule files - the library, the study as its sheets tell it, and the rows each batch depends on.
# Cells of sheets are params, never a sheet an input - a new row then reruns only what it concerns.
import atexit
import os
import sys
from functools import partial
from pathlib import Path


include: "library.smk"


# One thread each: sums in another order would give other last digits.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
# Every job is a Python of its own: compiled anew in each, the library would cost it a third of a second.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

sys.path.insert(0, str(Path(LIBRARY[""]).parents[1]))

from immunoassay import digest, fingerprint, problems, runtime
from immunoassay.deliver import summary
from immunoassay.sheets import choices, own, schema, study

# Snakemake itself ends in a traceback where its own folder cannot be written.
if workflow.is_main_process:
    runtime.check_writable(os.getcwd())

SCHEMAS = {
    name: workflow.source_path(f"../schemas/{name}.schema.yaml")
    for name in ("config", "layout", *study.SHEETS)
}
RESOURCES = {
    "units": workflow.source_path("../../resources/units.tsv"),
    "scales": workflow.source_path("../../resources/scales.tsv"),
    "state_words": workflow.source_path("../../resources/state_words.tsv"),
    **{
        f"criteria/{name}": workflow.source_path(
            f"../../resources/criteria/{name}.yaml"
        )
        for name in (
            "as_reported_by_vendor",
            "ich_m10_lba",
            "multiplex_exploratory",
            "reported_by_laboratory",
        )
    },
}

try:
    STUDY = study.load_study(config, ".", SCHEMAS, RESOURCES)
except problems.StudyError as error:
    print(error, file=sys.stderr)
    sys.exit(1)

for flag in STUDY.flags:
    print(f"{flag.level} {flag.message}", file=sys.stderr)

LAYOUT_SCHEMA = schema.load_schema(SCHEMAS["layout"])
BATCHES = choices.batches(STUDY)
UNIT_FACTORS = choices.unit_factors(STUDY)
CLINICAL = choices.clinical(STUDY)
SETTINGS = choices.statistics(STUDY)
MEMBERS = choices.members(STUDY)
LOOK = choices.look(STUDY)
CRITERIA = {
    name: criteria
    for batch in BATCHES
    for name, criteria in choices.criteria(STUDY, batch).items()
}
CURVE_PANELS = choices.curve_panels(STUDY)
NEWEST_BATCHES = choices.newest_batches(STUDY)
FIGURE_COLUMNS = ["analyte", "label", "group", "order", "unit"]
SHEET_FILES = {
    name: path
    for name, path in STUDY.config["sheets"].items()
    if (STUDY.base / path).is_file()
}
SHEET_FILES |= {path: path for path in own.files(STUDY.base)}
RAW_FILES = sorted({row["file"] for row in STUDY.sheets["plates"]})
LAYOUT_FILES = sorted(
    {row["layout"] for row in STUDY.sheets["plates"] if row["layout"]}
)
CHECKSUMS = fingerprint.checksums([*SHEET_FILES.values(), *LAYOUT_FILES, *RAW_FILES])


wildcard_constraints:
    batch="[A-Za-z0-9][A-Za-z0-9_-]*",
    panel="[A-Za-z][A-Za-z0-9_-]*",


def given(script, of_batch=None, **values):
    """All that a script is given, as one param: Snakemake compares the values of params without their names.

    A value that is a function is asked for what the wildcards need; `of_batch` gives several values of a batch at once.
    `code` is the digest of the script and of everything it imports from the library.
    """
    source = workflow.source_path(f"../scripts/{script}.py")
    values["code"] = digest.digest_of_script(LIBRARY, source)

    def of(wildcards):
        found = {
            name: value(wildcards) if callable(value) else value
            for name, value in values.items()
        }
        found |= of_batch(STUDY, wildcards.batch) if of_batch else {}
        return dict(sorted(found.items()))

    return of


def memory(megabytes, per_plate=0):
    """Memory of a job, with what every plate adds; a retried job gets more."""
    whole = round(megabytes + per_plate * len(STUDY.sheets["plates"]))
    return lambda wildcards, attempt: whole * attempt


def batch_files(wildcards):
    return choices.files(STUDY, wildcards.batch)


def batch_checksums(wildcards):
    return {path: CHECKSUMS[path] for path in batch_files(wildcards)}


def batch_plate_columns(*columns):
    return lambda wildcards: choices.plates(STUDY, wildcards.batch, columns)


def batch_panels(*columns):
    return lambda wildcards: choices.of_panels(
        STUDY, wildcards.batch, "panels", columns
    )


def control_tolerances(wildcards):
    return choices.control_tolerances(STUDY, wildcards.panel, CRITERIA)


def newest_plates(wildcards):
    return choices.newest_plates(STUDY, wildcards.panel)


def batch_criteria(wildcards):
    return choices.criteria(STUDY, wildcards.batch)


def batch_calibration(wildcards):
    return choices.calibration(STUDY, wildcards.batch)


# Snakemake calls no hook where it has nothing to do, though results may be stale for another target; at the end it is no
# longer in the folder of the study.
END = [partial(summary.stale, os.getcwd())]


@atexit.register
def say_what_is_stale():
    if workflow.is_main_process and workflow.modifier.is_main_snakefile():
        for line in (line for part in END for line in part()):
            print(line, file=sys.stderr)
