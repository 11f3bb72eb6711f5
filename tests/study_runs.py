"""A study run through the library as the workflow runs it, without Snakemake: each batch once per content of its inputs.

`run(folder)` loads the sheets, reads, calibrates and judges every batch, opens the gate, collects and joins. What a
batch step gets is what its rule gets; a batch whose params and files are known already is taken from `CACHE`, and so is
a sheet of the same bytes.
"""

import csv
import hashlib
import io
import pickle
import shutil
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cache

import pandas as pd
from immunoassay import tables
from immunoassay.acceptance import assess, control_charts, gate, same_names, sample_history
from immunoassay.acceptance.assess import assess_batch
from immunoassay.calibration.batch_curves import calibrate_batch
from immunoassay.clinical.join import observations, outside_analysis
from immunoassay.files.house import HOUSE, schema_file
from immunoassay.problems import StudyError
from immunoassay.readers.batch_reader import read_batch
from immunoassay.results import collection, completeness
from immunoassay.results import ledger as accounts
from immunoassay.study import amendments as amend
from immunoassay.study import load as studies
from immunoassay.study import rule_rows, sheet_places
from immunoassay.study.load import SHEETS
from immunoassay.study.schema import load_schema

ROOT = HOUSE
SMALL = ("2025-06-cytokines", "2025-06-isotypes", "2025-06-bcma-axis", "2025-06-vaccine", "2025-06-achr")
SMALL_SHEETS = tuple(f"config/{name}.tsv" for name in SHEETS if (ROOT / f"config/{name}.tsv").is_file())
LAYOUT = load_schema(schema_file("layout"))
JUDGED = ("panel", "platform", "criteria_set", "replicate_rule", "min_dilution", "max_dilution", "accept_unproven")
READ = ("wells", "delivered", "problems")
JUDGED_TABLES = ("curves", "concentrations", "dropped_standards", "checks", "attempts", "judged_problems")
PER_BATCH = ("wells", "delivered", *JUDGED_TABLES[:-1])
CACHE = OrderedDict()
KEEP = 500  # batches, panels and sheets


@dataclass
class Run:
    """What a run left: tables by name, the problems found, and whether it stopped (a StudyError)."""

    tables: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)  # of Problem
    stopped: bool = False

    def messages(self, code=None):
        return [problem.message for problem in self.problems if code in (None, problem.code)]


def small_study(folder):
    """The demonstration with one batch of every family of exports, in `folder`."""
    (folder / "config").mkdir(parents=True)
    for name in ("config.yaml", "scores.xlsx"):
        shutil.copy(ROOT / "config" / name, folder / "config" / name)
    sheets = {sheet: cells((ROOT / sheet).read_text(encoding="utf-8"), "\t") for sheet in SMALL_SHEETS}
    header, *rows = sheets["config/plates.tsv"]
    plates = [dict(zip(header, row, strict=True)) for row in rows]
    plates = [row for row in plates if row["batch"] in SMALL]
    files = {row[name] for row in plates for name in ("file", "layout")} - {""}
    header, *rows = sheets["config/amendments.tsv"]
    sheets["config/amendments.tsv"] = [header, *([cell.replace("-02", "-03") for cell in row] for row in rows)]
    for sheet, (header, *rows) in sheets.items():
        for name in {"plate", "kit_lot"}.intersection(header):
            kept = {row[name] for row in plates}
            rows = [row for row in rows if row[header.index(name)] in kept]
        (folder / sheet).write_text(text_of([header, *rows], "\t"), encoding="utf-8")
    for file in sorted(files):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, folder / file)
    assayed = set(run(folder).tables["attempts"]["sample_id"])
    header, *rows = cells((folder / "config/samples.tsv").read_text(encoding="utf-8"), "\t")
    rows = [row for row in rows if row[0] in assayed]
    (folder / "config/samples.tsv").write_text(text_of([header, *rows], "\t"), encoding="utf-8")
    return folder


def run(folder, judge=True):
    """Run the study in `folder` as far as it goes; without `judge` only what `make check` does.

    One of assays alone ends where its attempts are judged: there is nobody to join.
    """
    try:
        study = studies.study_in(folder)
    except StudyError as error:
        return Run(problems=error.problems, stopped=True)
    batches = study.batches
    reading = [_reading(study, batch) for batch in batches]
    problems = pd.concat([read["problems"] for read in reading], ignore_index=True)
    wells, delivered = ([read[f"gate_{name}"] for read in reading] for name in ("wells", "delivered"))
    problems = gate.of_reading(problems, wells, delivered, **rule_rows.gate(study))
    out = Run({"problems": problems}, gate.as_problems(problems), "STOP" in set(problems["level"]))
    if out.stopped or not judge:
        return out
    parts = [{**read, **_judged(study, batch, read)} for batch, read in zip(batches, reading, strict=True)]
    stacked = {name: [part[name] for part in parts] for name in PER_BATCH}
    made = {name: _stacked(frames, name) for name, frames in stacked.items()}
    made["problems"] = gate.of_judging(problems, [part["judged_problems"] for part in parts], stacked["attempts"])
    out = Run(made, gate.as_problems(made["problems"]))
    if not study.clinical:
        return out
    given = {name: study.rows(name) for name in SHEETS if name != "plates"}
    key = [part for read, judged in zip(reading, parts, strict=True) for part in (read["content"], judged["key"])]
    rows, bad, ledger, joined, flags, attempts, judged = _known(
        lambda: _collected(study, made), repr((given, study.config)).encode(), *key
    )
    if bad:
        return Run(made, out.problems + bad, True)
    made |= {"results": rows, "ledger": ledger, "observations": joined, **shown(study)}
    outside = outside_analysis(rows, joined, rule_rows.clinical(study))
    made |= {"attempts": attempts, "checks": judged, "outside_analysis": tables.conform(outside, "outside_analysis")}
    made["controls"] = followed(study, made)
    made["completeness"], lacking = completeness.completeness(
        rows, *(study.rows(name) for name in ("samples", "panels", "analytes", "plates"))
    )
    out.problems += lacking + amend.listed(_applied(study, made))
    out.problems += flags
    return out


def _collected(study, made):
    """Results, problems of collecting, ledger, observations and their problems, attempts and checks of the study."""
    pools, samples, amendments = study.config["bridging"], study.rows("samples"), study.rows("amendments")
    criteria = rule_rows.all_criteria(study)
    attempts, checks = sample_history.judge(made["attempts"], samples, study.rows("panels"), criteria)
    rows, bad = collection.collect(
        [attempts],
        study.rows("samples"),
        [{**row, "unit_factor": factor} for row, factor in _with_factors(study)],
        study.config["lloq_across_plates"],
        amendments,
        pools,
        unread=collection.unread(made["wells"]),
    )
    if bad:
        return rows, bad, None, None, [], None, None
    frames = [made[name] for name in ("wells", "delivered", "curves", "dropped_standards")]
    ledger = accounts.ledger(*frames, accounts.used_records(rows), study.rows("samples"), pools["pools"])
    joined, flags = observations(rows, rule_rows.clinical(study))
    rows, ledger = tables.conform(rows, "results"), tables.conform(ledger, "ledger")
    attempts = tables.conform(
        collection.mark_selected(attempts, rows, samples, pools["pools"], amendments), "study_attempts"
    )
    checks = pd.concat([made["checks"], tables.conform(checks, "checks")], ignore_index=True)
    return rows, bad, ledger, tables.conform(joined, "observations"), flags, attempts, checks


def _applied(study, made):
    """The `amendments` table."""
    amendments, records = study.rows("amendments"), [made["wells"], made["delivered"]]
    return collection.amendments_applied(
        amendments, [made["attempts"]], study.rows("samples"), records, made["results"]
    )


def followed(study, made):
    """The controls over time."""
    curves = made["curves"][["plate", "analyte", "amendments"]]
    verdicts = assess.verdicts(made["checks"], curves).merge(curves, on=["plate", "analyte"], how="left")
    units = {row["analyte"]: row["standard_unit"] for row in study.rows("analytes")}
    plates, materials = study.rows("plates"), study.rows("materials")
    wells = made["concentrations"][made["concentrations"]["role"] == "control"]

    def of_panel(panel):
        own = wells[wells["panel"] == panel].reset_index(drop=True)
        judged = verdicts[verdicts["plate"].isin(own["plate"])].reset_index(drop=True)
        key = (own.to_csv(), judged.to_csv(), repr((plates, materials, units)))
        return _known(lambda: control_charts.follow([own], judged, plates, materials, units), *map(str.encode, key))

    return _stacked([of_panel(panel) for panel in sorted(wells["panel"].unique())], "controls")


def shown(study):
    """Rows of sheets that figures, statistics and workbook show as they stand, as tables."""
    made = {f"shown_{name}": study.rows(name) for name in ("participants", "visits", "courses", "events", "amendments")}
    made["shown_analytes"] = study.rows("analytes", ["analyte", "label", "group", "order", "unit", "panel"])
    made["shown_panels"] = study.rows("panels", ["panel", "label", "platform", "specimen", "accept_unproven"])
    made["shown_panels"] = [
        {**row, **other}
        for row, other in zip(
            made["shown_panels"], study.rows("panels", ["criteria_set", "replicate_rule", "signal"]), strict=True
        )
    ]
    made["shown_samples"] = study.rows("samples", ["sample_id", "participant", "course", "visit", "collection_date"])
    return {name: pd.DataFrame([{k: str(v) for k, v in row.items()} for row in rows]) for name, rows in made.items()}


def cells(text, delimiter):
    """A delimited text as rows of cells."""
    return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]


def text_of(rows, delimiter):
    """Rows of cells as a delimited text."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _reading(study, batch):
    """Wells, delivered rows and problems of one batch, and what the gate looks at of the first two."""
    given = rule_rows.reading(study, batch)
    files = [(study.base / file).read_bytes() for file in rule_rows.files(study, batch)]

    def read():
        made = read_batch(**given, layout_schema=LAYOUT, base=study.base)
        made = {name: tables.conform(frame, name) for name, frame in zip(READ, made, strict=True)}
        made |= {"gate_wells": made["wells"][gate.WELLS], "gate_delivered": made["delivered"][gate.DELIVERED]}
        return made | {"content": _bytes(made["wells"]) + _bytes(made["delivered"])}

    return _known(read, repr(given).encode(), *files)


def _judged(study, batch, read):
    """Curves, concentrations, checks and attempts of one batch."""
    calibration, criteria = rule_rows.calibration(study, batch), rule_rows.criteria(study, batch)
    panels = rule_rows.of_panels(study, batch, "panels", JUDGED)
    plates = rule_rows.plates(study, batch, ("plate", "run_date", "kit_lot", "file"))

    def judge():
        curved = calibrate_batch(read["wells"], calibration, plates, criteria)
        curved = [tables.conform(frame, name) for frame, name in zip(curved, JUDGED_TABLES, strict=False)]
        checks, attempts, problems = assess_batch(read["wells"], read["delivered"], *curved, plates, panels, criteria)
        checks, attempts = tables.conform(checks, "checks"), tables.conform(attempts, "attempts")
        made = (*curved, checks, attempts, tables.conform(problems, "problems"))
        return dict(zip(JUDGED_TABLES, made, strict=True)) | {"key": settings}

    settings = repr((calibration, criteria, panels, plates)).encode()
    return _known(judge, settings, read["content"])


def _known(make, *inputs):
    """What `make` gives, from the cache when the same inputs were seen."""
    key = (make.__qualname__, *(hashlib.sha256(part).digest() for part in inputs))
    if key not in CACHE:
        CACHE[key] = make()
    CACHE.move_to_end(key)
    if len(CACHE) > KEEP:
        CACHE.popitem(last=False)
    return CACHE[key]


def _sheet_once(load):
    """load_sheet, which reads a sheet of the same bytes once; rows are the reader's own, as they may be completed."""

    def read(path, name, schema, extra_columns=None):
        said = repr((name, schema["title"], extra_columns)).encode()
        content = path.read_bytes() if path.is_file() else b""
        return pickle.loads(_known(lambda: pickle.dumps(load(path, name, schema, extra_columns)), said, content))

    return read


def _frame_once(function):
    """A function of the frame of a batch, asked once for the same frame: those of CACHE come again and are not changed."""
    known = {}

    def asked(frame):
        seen, found = known.get(id(frame), (lambda: None, None))
        if seen() is not frame:
            found = function(frame)
            known[id(frame)] = weakref.ref(frame), found
        return found

    return asked


def _bytes(frame):
    return hashlib.sha256(frame.drop(columns=["file_sha256", "file_row"]).to_csv().encode()).digest()


def _stacked(frames, name):
    frames = [frame for frame in frames if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else tables.empty(name)


def _with_factors(study):
    factors = rule_rows.unit_factors(study)
    return [(row, factors[row["analyte"]]) for row in study.rows("analytes")]


# thousands of runs read the same schemas, and most sheets and batches of a run are those of the one before
studies.load_schema = cache(studies.load_schema)
sheet_places.load_sheet = _sheet_once(sheet_places.load_sheet)
same_names.contents = _frame_once(same_names.contents)
gate._medians = _frame_once(gate._medians)
