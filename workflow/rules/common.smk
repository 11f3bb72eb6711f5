# Shared by all rule files - the plan of the run, and the rows of sheets each of them depends on.
# Cells of sheets are params, never a sheet an input: a new row then reruns only what it concerns.
import atexit
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace

from snakemake.exceptions import WorkflowError

VERSION = Path(workflow.source_path("../VERSION")).read_text(encoding="utf-8").strip()
try:
    INSTALLED = version("immunoassay-workflow")
except PackageNotFoundError:
    INSTALLED = "not installed"
if INSTALLED != VERSION:
    raise WorkflowError(
        f"this workflow is version {VERSION}, its package immunoassay-workflow is {INSTALLED}: install the package "
        "that came with the workflow (make setup, or pip install --no-deps SOFTWARE)"
    )

from immunoassay import problems
from immunoassay.command import planning
from immunoassay.deliver import summary
from immunoassay.figures import planned
from immunoassay.files import house
from immunoassay.jobs import disk, fingerprint, fork_server, handover
from immunoassay.jobs.given import Given
from immunoassay.study import analysis_plan, comparisons, rule_rows, schema
from immunoassay.words import drawing_words

# A host of this workflow as a module has a config, targets and an environment of its own, which are none of our business.
HOSTED = not workflow.modifier.is_main_snakefile()
NAME = __name__ if HOSTED else "study"

# Ctrl-C reaches every process of the run: a job is deaf to it until it can end without a word (jobs/runtime).
if not HOSTED:
    shell.prefix("set -euo pipefail; trap '' INT; ")

# Snakemake itself ends in a traceback where its own folder cannot be written.
if workflow.is_main_process and not HOSTED:
    disk.check_writable(os.getcwd())

SCRIPTS = {
    name: workflow.source_path(f"../scripts/{name}.py")
    for name in (
        "account_for_plan",
        "account_for_results",
        "assess_batch",
        "associate",
        "calibrate_batch",
        "change_from_baseline",
        "check_spread",
        "collect_results",
        "compare_courses",
        "compare_groups",
        "count_responders",
        "describe",
        "describe_antibodies",
        "describe_matched",
        "draw_figures",
        "draw_groups",
        "draw_page",
        "draw_quality",
        "follow_cells",
        "follow_controls",
        "gate",
        "join_clinical",
        "list_problems",
        "list_read_problems",
        "predict_scores",
        "profile_biomarkers",
        "read_batch",
        "record_blinding",
        "summarise_courses",
        "tell_responders",
        "time_events",
        "what_changed",
        "write_batch_report",
        "write_ledger",
        "write_methods",
        "write_provenance",
        "write_report",
        "write_source_data",
        "write_workbook",
    )
}
try:
    PLAN = planning.plan(config, SCRIPTS, workflow.is_main_process, NAME, HOSTED)
except problems.StudyError as error:
    raise WorkflowError(f"{error}") from None
STUDY = PLAN.study

LAYOUT_SCHEMA = schema.load_schema(house.schema_file("layout"))
BATCHES = STUDY.batches
UNIT_FACTORS = rule_rows.unit_factors(STUDY)
CLINICAL = rule_rows.clinical(STUDY)
SETTINGS = rule_rows.statistics(STUDY)
COMPARING = rule_rows.comparing(STUDY)
ANALYSIS_PLAN = rule_rows.plan(STUDY)
PLAN_CHECKSUM = analysis_plan.checksum(ANALYSIS_PLAN)
MEMBERS = STUDY.members
CRITERIA = rule_rows.all_criteria(STUDY)
FACTORS = list(COMPARING["compare"])
CURVE_PANELS = rule_rows.curve_panels(STUDY)
CHOICES = STUDY.choices
NOT_DRAWN = {figure for figure, reason in planned.planned(STUDY).items() if reason}


wildcard_constraints:
    batch="[A-Za-z0-9][A-Za-z0-9_-]*",
    panel="[A-Za-z][A-Za-z0-9_-]*",
    factor="[A-Za-z][A-Za-z0-9_-]*",
    figure="[A-Za-z][A-Za-z0-9_-]*",
    page="[0-9]+",


def given(script, of_batch=None, **values):
    """All that a script is given, as one param: Snakemake compares the values of params without their names.

    A value that is a function is asked for what the wildcards need; `of_batch` gives several values of a batch at once.
    `code` is the digest of the script and of everything it imports: of reading with the readers of the batch only, of
    drawing with the modules of its figures only.
    """

    def of(wildcards):
        say_faults()
        found = {
            name: value(wildcards) if callable(value) else value
            for name, value in values.items()
        }
        found |= of_batch(wildcards.batch) if of_batch else {}
        batch = wildcards.batch if of_batch else None
        found["code"] = PLAN.code(script, batch, found.get("drawers", ()))
        return Given(sorted(found.items()))

    return of


def memory(megabytes, per_plate=0):
    """Memory of a job, with what every plate adds; a retried job gets more."""
    whole = round(megabytes + per_plate * len(STUDY.plates))
    return lambda wildcards, attempt: whole * attempt


def say_faults():
    """Tell a host that asks for one of our targets why there is none."""
    if PLAN.faults:
        raise WorkflowError(PLAN.faults)


def batch_files(wildcards):
    say_faults()
    return rule_rows.files(STUDY, wildcards.batch)


def batch_checksums(wildcards):
    return {path: PLAN.checksums[path] for path in batch_files(wildcards)}


def batch_plate_columns(*columns):
    return lambda wildcards: rule_rows.plates(STUDY, wildcards.batch, columns)


def batch_panels(*columns):
    return lambda wildcards: rule_rows.of_panels(
        STUDY, wildcards.batch, "panels", columns
    )


def panel_batches(*names):
    """Tables of the batches that have plates of the panel."""
    return lambda wildcards: [
        f"<results>/batches/{batch}/{name}.parquet"
        for name in names
        for batch in rule_rows.panel_batches(STUDY, wildcards.panel)
    ]


def panel_quality(wildcards):
    return rule_rows.quality(STUDY, wildcards.panel, CRITERIA)


def compared_at(wildcards):
    return planned.compared_at(STUDY, wildcards.factor)[0]


def compared_as(wildcards):
    return planned.compared_at(STUDY, wildcards.factor)[1]


def batch_criteria(wildcards):
    return rule_rows.criteria(STUDY, wildcards.batch)


def batch_calibration(wildcards):
    return rule_rows.calibration(STUDY, wildcards.batch)


SHEETS = {
    **{
        name: STUDY.rows(name)
        for name in ("participants", "visits", "courses", "events")
    },
    "analytes": STUDY.rows("analytes", ["analyte", "label", "group", "order", "unit"]),
    "people": rule_rows.people(STUDY),
}
CATEGORIES = (
    *("Study", "Clinical scores", "Biomarkers", "Groups", "Correlations"),
    *("Quality", "Tables"),
)


def category(name):
    """A category of Snakemake's report, which sorts them by name."""
    return f"{CATEGORIES.index(name) + 1} {name}"


PAGES = planned.pages(STUDY)
DRAWN = []  # every file of every figure that the study has something for
CATEGORY = {}  # of every such figure
FAMILIES = {}  # figures by category, in the order of their definition
# files of a figure beside its SVG and its numbers
OTHER_KINDS = (*STUDY.config["figures"]["formats"], "md")
TABLE_FILES = {
    name: f"<results>/study/{name}.parquet" for name in ("results", "observations")
}


def told(path, caption, group, label, shows):
    """A file of a figure, as Snakemake's report shows it."""
    kind = path.rpartition(".")[2]
    said = {"svg": "picture", "tsv": "numbers"}[kind]
    return report(
        path,
        caption=f"../report/{caption}.rst",
        category=category(group),
        labels={"figure": label, "shows": shows, "as": said},
    )


def drawn(name, group, label, shows):
    """The files of a figure, as outputs. A figure of parts has its numbers in their tables.

    Figures of a kit or a factor differ in how many pages they have: a rule of its own draws the further ones.
    """
    path, caption = f"<results>/figures/{name}", name.split("_{")[0]
    kinds = ("svg",) if name in planned.PARTS else ("svg", "tsv")
    files = [told(f"{path}.{kind}", caption, group, label, shows) for kind in kinds]
    files += [f"{path}.{kind}" for kind in OTHER_KINDS]
    several = {"{panel}": CURVE_PANELS, "{factor}": FACTORS}
    wildcard = next((each for each in several if each in name), "")
    for each in several.get(wildcard, [""]):
        own = name.replace(wildcard, each)
        if own not in NOT_DRAWN:
            CATEGORY[own] = category(group)
            DRAWN.extend(file.replace(name, own) for file in [*files, *further(own)])
    if wildcard:
        return files
    return files + [
        told(file, "page", group, label, file.split(".")[-2]) if "svg" in file else file
        for file in further(name)
    ]


def further(name):
    """The files of the pages of a figure after its first."""
    return [
        f"<results>/figures/{name}.page{page}.{kind}"
        for page in range(2, PAGES.get(name, 1) + 1)
        for kind in ("svg", *OTHER_KINDS)
    ]


def look(figure):
    """What a figure of that module says beside its own."""
    look = rule_rows.look(STUDY)
    if figure in planned.POOLED:
        together = drawing_words.together(STUDY.participant_groups)
        look["remark"] = f"{together} {look['remark']}".strip()
    if figure in planned.UNDIVIDED:
        factors = [
            name for name in STUDY.config["compare"] if name != comparisons.RESPONDER
        ]
        look["remark"] = f"{drawing_words.undivided(factors)} {look['remark']}".strip()
    return look


def figure(group, files, inputs, sheets="", **choices):
    """A figure of a family: `files` {name: (label, what it shows) in Snakemake's report}, of a figure of parts several; `inputs`
    {argument of its table: the table it gets}, the sheets it shows, and choices of the config.

    A file that the study has nothing for is left out, unless all are.
    """
    kept = [name for name in files if name not in NOT_DRAWN] or list(files)
    drawer = planned.module(kept[0])
    FAMILIES.setdefault(group, []).append(
        {
            "outputs": [
                file for name in kept for file in drawn(name, group, *files[name])
            ],
            "asked": {
                "drawer": drawer,
                "files": {name: PAGES.get(name, 1) for name in kept},
                "inputs": inputs,
                "sheets": sheets.split(),
                "choices": choices,
                "look": look(drawer),
            },
        }
    )


def family(group):
    """What draws the figures of a category in one job: its `inputs`, `outputs` and what it is `given`.

    A figure that the study has nothing for is left out, unless all are: then nobody asks for the rule.
    """
    figures = FAMILIES[group]
    figures = [
        each for each in figures if not NOT_DRAWN.issuperset(each["asked"]["files"])
    ] or figures
    asked = [each["asked"] for each in figures]
    shown = sorted({name for each in asked for name in each["sheets"]})
    return SimpleNamespace(
        inputs={
            name: TABLE_FILES.get(name, f"<results>/statistics/{name}.tsv")
            for each in asked
            for name in each["inputs"].values()
        },
        outputs=[file for each in figures for file in each["outputs"]],
        given=given(
            "draw_figures",
            drawers=[each["drawer"] for each in asked],
            figures=asked,
            sheets={name: SHEETS[name] for name in shown},
            formats=STUDY.config["figures"]["formats"],
        ),
    )


def drawn_by(wildcards):
    """The module that draws a further page of a figure of a kit or a factor, as a list of one."""
    return [planned.module(wildcards.figure)]


def page_look(wildcards):
    """What such a page says beside its own."""
    (drawer,) = drawn_by(wildcards)
    shown = look(drawer) | {"page": int(wildcards.page)}
    if drawer in planned.NEWEST:
        panel = wildcards.figure.partition("_")[2]
        shown["older"] = rule_rows.newest_plates(STUDY, panel)["older"]
    return shown


HERE = os.getcwd()  # at the end Snakemake is no longer in the folder of the study
TOLD = []  # a hook has told the end


# Snakemake calls no hook where it has nothing to do: the study is summed up all the same, and what is stale for another
# target is said.
@atexit.register
def tell_the_end():
    if TOLD or HOSTED or not workflow.is_main_process:
        return
    idle = workflow.scheduler and not workflow.dryrun and not len(workflow.dag)
    end = (
        summary.lines(STUDY, planned.not_drawn(STUDY), HERE)
        if idle
        else summary.stale(HERE)
    )
    print("".join(f"{line}\n" for line in end), end="", file=sys.stderr)
