"""The study as one Excel workbook: what a lab hands to a colleague who does not run the workflow.

Every number in it stands in a table under results/ as well; the workbook adds no computation, only form.
"""

import pandas as pd
from immunoassay import tables
from immunoassay.deliver import columns, links, raw_records, reported
from immunoassay.deliver.counts import check_ledger
from immunoassay.deliver.reported import STATUS_TONES
from immunoassay.deliver.worksheet import Book, left_out
from immunoassay.deliver.xml_cells import Shown
from immunoassay.study.course_names import NO_COURSE
from immunoassay.tables.statistic_tables import STATISTICS as STATISTIC_TABLES
from immunoassay.words import assay_words, corrections, glossary, sentences
from immunoassay.words.language import said
from immunoassay.words.workbook_words import LEDGER, MARKS, MATRIX, RESULT_COLUMNS, SHEETS, SIMULATED, TOUCHED
from openpyxl import Workbook

CURVE_COLUMNS = (
    *("batch", "plate", "panel", "analyte", "kit_lot", "model", "orientation", "weights", "variance_exponent"),
    *("status", "status_reason", "n_levels", "lowest_standard", "highest_standard", "standard_unit"),
    *("lloq_recovery_cv", "lloq_precision_profile", "lloq_asymptote_interval", "lod_blank_ksd"),
    *("minimum_detectable", "reliable_detection", "lloq_validated", "uloq_recovery_cv", "uloq_precision_profile"),
    *("uloq_asymptote_interval", "uloq_validated", "limit_rule", "lloq", "uloq", "detection_rule", "lod"),
    *("limit_reason", "lower_asymptote", "upper_asymptote", "midpoint", "slope", "asymmetry"),
    *(
        "residual_variance",
        "degrees_of_freedom",
        "n_wells",
        "n_blanks",
        "blank_mean",
        "blank_sd",
        "dropped_standards",
        "amendments",
    ),
)
RULE_COLUMNS = {
    "recovery_cv": ("lloq_recovery_cv", "uloq_recovery_cv"),
    "precision_profile": ("lloq_precision_profile", "uloq_precision_profile"),
    "blank_ksd": ("lod_blank_ksd",),
    "minimum_detectable": ("minimum_detectable",),
    "reliable_detection": ("reliable_detection",),
    "asymptote_interval": ("lloq_asymptote_interval", "uloq_asymptote_interval"),
    "validated": ("lloq_recovery_cv", "uloq_recovery_cv", "lloq_validated", "uloq_validated"),
}


def build(frames: dict, meta: dict, attempts: int) -> Workbook:
    """The workbook (openpyxl) of a study; save it with `workbooks.save`, which gives equal bytes for equal content.

    A study of assays alone has no sheet of participants: of `frames`, observations, outside_analysis, problems of visits and
    the statistics may lack.

    `frames`: results, observations, outside_analysis, attempts (study_attempts), ledger (ledger_counts), records (see
    counts.study_counts), raw_records (raw_records.raw_records), curves, dropped_standards, checks (those not passed), verdicts
    ({(rule, verdict): evaluations}), controls, control_lots, lloq_proposals, bridging, repeats, shared_samples, those of
    PROBLEMS, amendments, approvals, completeness, plates (corrections.plates), and the statistics of STATISTICS that the
    study has.
    `meta`: study (title, simulated, note), lloq_across_plates, below_lod_log2, and rows of the sheets samples (sample_id,
    participant, course, visit), panels (panel, label), analytes (analyte, label, group, order), visits (visit, label, order).
    `attempts`: how many there are; the frame may hold only the first, as that of raw_records (raw_records.first_plates).

    Raises tables.ContractError when the ledger does not hold every raw record exactly once.
    """
    ledger = _ledger(frames["ledger"], frames["records"])
    study = meta["study"]
    banner = f"SIMULATED \N{EN DASH} {study['title']}" if study["simulated"] else study["title"]
    book = Book(study["title"], banner)
    held = {"attempts": attempts, "raw_records": int(frames["ledger"]["n_records"].sum())}
    book.page("Read me", _read_me(frames, meta, held), [24, 110], wrapped=True)
    outside = frames.get("outside_analysis", tables.empty("outside_analysis"))
    results = reported.ordered(frames["results"], outside, meta)
    led = links.links(results, frames)
    tones = {"used": frames["plates"]["used"].map({"no": "rejected"}).fillna("")}
    book.table("Plates", frames["plates"], corrections.PLATES, tones, first=["plate"], wrapped=True)
    _results(book, results, led["Results"])
    _matrices(book, results, meta)
    if "observations" in frames:
        _table(book, "Observations", "observations", frames["observations"], ["participant", "visit", "variable"])
    for title, name in STATISTICS.items():
        if name in frames:
            _table(book, title, name, frames[name], STATISTIC_FIRST, _beyond_limits(frames[name]))
    _table(book, "Completeness", "completeness", frames["completeness"])
    _curves(book, frames["curves"], frames["dropped_standards"], led["Curves and limits"])
    checks = _checks(frames["checks"])
    for title, rows in {"Checks": checks["required"], "Advisory checks": ~checks["required"]}.items():
        own = checks[rows.astype(bool)]
        _table(book, title, "checks", own, tones={"verdict": own["verdict"].map(VERDICT_TONES)})
    book.page("Check counts", _check_counts(frames["verdicts"]), [30, *[16] * 5], "B2")
    _attempts(book, frames["attempts"], attempts, led["Attempts"])
    _raw_records(book, frames["raw_records"], held["raw_records"], led["Wells"])
    for title, name in FOLLOWED.items():
        tones = {"verdict": frames[name]["verdict"].map(VERDICT_TONES)} if "verdict" in frames[name] else {}
        _table(book, title, name, frames[name], tones=tones)
    parts = [frames[name] for name in PROBLEMS if name in frames]
    problems = pd.concat(parts, ignore_index=True)
    tone = problems["level"].map({"STOP": "rejected", "QUARANTINE": "rejected", "EXCLUDE": "warned"}).fillna("")
    problems = problems.assign(row=[int(row) if str(row).isdigit() else row for row in problems["row"]])
    book.table("Problems", problems[PROBLEM_COLUMNS], columns.notes("problems"), {"level": tone}, wrapped=True,
               first=PROBLEM_COLUMNS[:2])  # fmt: skip
    amendments = frames["amendments"].assign(results_touched=_touched(frames["amendments"], results))
    notes = {**columns.notes("amendments"), "results_touched": TOUCHED}
    book.table("Amendments", amendments, notes, first=["amendment"], wrapped=True)
    tones = {"state": frames["approvals"]["state"].map(APPROVAL_TONES)}
    book.table("Approvals", frames["approvals"], columns.notes("approvals"), tones, first=["batch"], wrapped=True)
    book.page("Ledger counts", ledger, [30, *[14] * 30], "B4")
    book.table("Data dictionary", pd.DataFrame(columns.described()), first=["table", "column"])
    return book.workbook


STATISTICS = {
    "Summaries": "visit_summaries",
    "Pair summaries": "pair_summaries",
    "Changes": "biomarker_changes",
    "Score changes": "score_changes",
    "Analysis plan": "analysis_plan",
    "Groups compared": "group_comparisons",
    "Longitudinal models": "longitudinal",
    "Courses compared": "arm_courses",
    "Changes of groups": "level_changes",
    "Whole courses": "summary_measures",
    "Responders": "responders",
    "Times to events": "time_to_event",
    "Event times": "event_times",
    "Event curves": "event_curves",
    "Hazards": "event_hazards",
    "Antibodies": "serology",
    "Titre curves": "titre_curves",
    "ROC": "roc",
    "ROC points": "roc_points",
    "Cell kinetics": "kinetics",
    "Cell summaries": "kinetics_summaries",
    "Associations": "associations",
    "Component scores": "pca_scores",
    "Component loadings": "pca_loadings",
    "Components": "pca_variance",
    "Prediction": "prediction",
    "Sensitivity": "sensitivity",
    "Accounting": "accounting",
}
PLACES = ("participant", "course", "visit", "outside")  # columns of results that are left out where all are empty
NEEDS = {**STATISTICS, "Observations": "observations"}  # sheets that a study of assays alone has not
PROBLEMS = ("problems", "visit_problems", "spread_problems", "account_problems")
PROBLEM_COLUMNS = ["level", "code", "batch", "plate", "file", "sheet", "row", "column", "found", "why", "fix"]
FOLLOWED = {"Controls": "controls", "Control lots": "control_lots", "Proposed LLOQs": "lloq_proposals",
            "Lot bridging": "bridging", "Repeats": "repeats", "Shared samples": "shared_samples"}  # fmt: skip
TEXTS = (
    *(name for name in FOLLOWED.values() if name != "controls"),
    "amendments",
    "approvals",
    "completeness",
)  # written as TSV only
OTHERS = {"Results": "results", "Attempts": "attempts", "Checks": "checks", "Curves and limits": "curves",
          "Wells": "raw_records", "Observations": "observations", "Completeness": "completeness"}  # fmt: skip
# Where all rows of a table are when a worksheet cannot hold them.
WHOLE = {
    **{
        name: f"results/study/{name}.tsv"
        for name in ("results", "attempts", "completeness", "observations", *FOLLOWED.values())
    },
    **{name: f"results/statistics/{name}.tsv" for name in (*STATISTIC_TABLES, "pair_summaries")},
    "curves": "results/batches/*/curves.parquet",
    "checks": "results/batches/*/checks.parquet and results/study/sample_checks.parquet",
    "raw_records": "results/batches/*/wells.parquet and concentrations.parquet",
}
STATISTIC_FIRST = ["variable", "score", "visit", "course", "participant"]
APPROVAL_TONES = {"approved": "", "not_approved": "", "changed": "warned", "second_person_needed": "warned"}
VERDICT_TONES = {"PASS": "", "WARN": "warned", "NOT_EVALUABLE": "warned", "FAIL": "rejected"}


def _table(book, title, name, frame, first=(), tones=None):
    """The sheet of a table: what names its rows comes first, `first` before the others."""
    contract = columns.OF_STEPS[columns.CONTRACTS.get(name, name)]
    key = [
        *(column for column in first if column in contract.key),
        *(each for each in contract.key if each not in first),
    ]
    book.table(title, frame, columns.notes(contract.name), tones, whole=WHOLE[name], first=key)


def _read_me(frames, meta, held):
    study, results = meta["study"], frames["results"]
    rows = [[Shown(study["title"], "title")]]
    if study["simulated"]:
        rows.append([Shown(SIMULATED, "alarm")])
    if study["note"]:
        rows.append([study["note"]])
    rows += [[], [Shown("Values below LLOQ", "heading")]]
    rows += [["", said(line)] for line in sentences.below_lloq_treatment(meta["lloq_across_plates"], frames)]
    units = set(results.loc[tables.in_log2(results["unit"]), "unit"])
    if units:
        rows += [["", said(sentences.below_lod(units, meta["below_lod_log2"], "visit_summaries" in frames))]]
    rows += [["", said(sentences.share_below(results))]]
    sheets = [
        [Shown(name, "heading"), said(f"{words} {_lacking(name, frames, held)}".strip())]
        for name, words in SHEETS.items()
        if NEEDS.get(name, "results") in frames
    ]
    panels = {row["panel"]: row["label"] for row in meta["panels"]}
    matrices = [
        [Shown(f"Matrix {panel}"[:31], "heading"), said(f"{panels[panel]}: {MATRIX}")]
        for panel in sheets_of_panels(results, meta)
    ]
    sheets[2:2] = matrices
    rows += [[], [Shown("Sheets", "heading")], *sheets, [], [Shown("How cells are marked", "heading")]]
    rows += [[Shown(example, tone) if tone else example, said(words)] for example, tone, words in MARKS]
    for title, codes in (
        ("Status", glossary.STATUSES),
        ("Reason codes", glossary.REASONS),
        ("Flags", glossary.FLAGS),
        ("Verdicts", glossary.VERDICTS),
        ("Dispositions", glossary.DISPOSITIONS),
        ("Levels of problems", glossary.LEVELS),
    ):
        rows += [[], [Shown(title, "heading")], *([code, said(words)] for code, words in codes.items())]
    return rows


def _lacking(title, frames, rows):
    """What the sheet of that title cannot hold; `rows` of frames that hold only the first of theirs."""
    name = {**STATISTICS, **FOLLOWED, **OTHERS}.get(title)
    return left_out(frames[name], WHOLE[name], rows.get(name)) if name else ""


def _results(book, frame, led):
    tone = frame["status"].map(STATUS_TONES).fillna("")
    known = [name for name in RESULT_COLUMNS if name not in PLACES or name in _known(frame)]
    headings = {name: head for name, (head, _) in RESULT_COLUMNS.items()}
    notes = {name: note for name, (_, note) in RESULT_COLUMNS.items()}
    tones = dict.fromkeys(("result", "status", "reason"), tone)
    first = ["sample_id", "analyte"]
    book.table("Results", frame[known], notes, tones, whole=WHOLE["results"], first=first, headings=headings, links=led)


def _known(frame):
    """The PLACES of which anything is known."""
    return [name for name in PLACES if (~frame[name].isin(["", NO_COURSE]) & frame[name].notna()).any()]


def _matrices(book, results, meta):
    """One sheet per panel: samples down, analytes across."""
    known = [name for name in reported.SAMPLE if name == "sample_id" or name in _known(results)]
    for panel in sheets_of_panels(results, meta):
        own = results[results["panel"] == panel]
        frame, tones, headings = reported.matrix(own, known, meta["analytes"])
        notes = dict.fromkeys(headings, MATRIX)
        book.table(f"Matrix {panel}"[:31], frame, notes, tones, first=known, headings=headings, whole=WHOLE["results"])


def sheets_of_panels(results: pd.DataFrame, meta: dict) -> list[str]:
    """The panels that have results, in the order of their sheet."""
    return [row["panel"] for row in meta["panels"] if row["panel"] in set(results["panel"])]


def _touched(amendments, results):
    """The results that carry each amendment: samples, with the number of their analytes."""
    carried = results.dropna(subset=["amendments"])
    each = carried.assign(amendment=carried["amendments"].str.split(";")).explode("amendment")
    counts = each.groupby(["amendment", "sample_id"], sort=False).size()
    return [
        ", ".join(f"{sample} ({count})" for sample, count in counts[name].items())
        if name in counts.index.levels[0]
        else ""
        for name in amendments["amendment"]
    ]


def _raw_records(book, frame, rows, led):
    toned = {"disposition": frame["status"].map(STATUS_TONES).fillna("")}
    headings = {"well": "Well", "concentration_well": "Concentration in the well"}
    book.table("Wells", frame, raw_records.notes(), toned, whole=WHOLE["raw_records"], rows=rows, links=led, headings=headings,
               first=["plate", "analyte", "sample_id", "well"])  # fmt: skip


def _beyond_limits(frame):
    """Tones of statistics: what is a limit, not a value, in grey italics."""
    tones = {}
    for name in frame.columns:
        if name.endswith("_status") and name.removesuffix("_status") in frame.columns:
            beyond = frame[name].isin(tables.CENSORED)
            tones[name.removesuffix("_status")] = beyond.map({True: "below", False: ""})
    if "centre_text" in frame.columns:
        tones["centre_text"] = tones["centre"]
    return tones


def _curves(book, curves, dropped_standards, led):
    words = _dropped_in_words(dropped_standards)
    places = zip(curves["plate"], curves["analyte"], strict=True)
    frame = curves.assign(dropped_standards=[words.get(place, "") for place in places])[list(CURVE_COLUMNS)]
    tones = {name: pd.Series("", index=frame.index) for names in RULE_COLUMNS.values() for name in names}
    for rule, names in RULE_COLUMNS.items():
        for name in names:
            tones[name][(frame["limit_rule"] == rule) | (frame["detection_rule"] == rule)] = "chosen"
    tones["status"] = frame["status"].map({"not_converged": "rejected", "not_fitted": "rejected"}).fillna("")
    notes = {**columns.notes("curves"), "dropped_standards": "levels the editing rule dropped, in order"}
    book.table("Curves and limits", frame, notes, tones, whole=WHOLE["curves"], links=led, first=["plate", "analyte"])


def _dropped_in_words(dropped_standards):
    """{(plate, analyte): the levels its curve was fitted without, in order, or could not be}."""
    words = {}
    for row in dropped_standards.itertuples(index=False):
        said = "dropped" if row.dropped else "kept, the refit failed"
        recovery = "not on the curve" if pd.isna(row.recovery_percent) else f"recovery {row.recovery_percent:.0f} %"
        words.setdefault((row.plate, row.analyte), []).append(f"{row.level} {said} ({recovery})")
    return {place: "; ".join(each) for place, each in words.items()}


def _checks(checks):
    """The checks with the version of the criteria set beside its name."""
    sets = zip(checks["criteria_set"].tolist(), checks["criteria_version"].tolist(), strict=True)
    named = pd.Series([assay_words.versioned(*each) for each in sets], index=checks.index, dtype="str")
    return checks.assign(criteria_set=named).drop(columns="criteria_version")


def _check_counts(verdicts):
    """Rules down, verdicts across."""
    rows = [[Shown(name, "header") for name in ("rule", *VERDICT_TONES, "evaluations")]]
    for rule in sorted({rule for rule, _ in verdicts}):
        each = [verdicts.get((rule, verdict), 0) for verdict in VERDICT_TONES]
        rows.append([rule, *each, sum(each)])
    return rows


def _attempts(book, attempts, rows, led):
    names = list(attempts.columns)
    place, said = names.index("attempt") + 1, ["selected", "selection"]
    frame = attempts[[*names[:place], *said, *(name for name in names[place:] if name not in said)]]
    tones = {name: frame["status"].map(STATUS_TONES).fillna("") for name in ("status", "reason")}
    tones["verdict"] = frame["verdict"].map(VERDICT_TONES)
    book.table("Attempts", frame, columns.notes("study_attempts"), tones, whole=WHOLE["attempts"], rows=rows, links=led,
               first=["plate", "sample_id", "analyte"])  # fmt: skip


def _ledger(ledger, records):
    """Counts by disposition and panel; below them what was read, and the difference, which is 0."""
    read = check_ledger(ledger, records)
    panels = sorted(read)
    counts = ledger.groupby(["disposition", "panel"])["n_records"].sum()
    records = [read[panel] for panel in panels]
    sums = [int(counts.xs(panel, level="panel").sum()) for panel in panels]
    rows = [
        [said(LEDGER["record"])],
        [],
        [Shown(name, "header") for name in ("disposition", *panels, "total", "meaning")],
    ]
    for disposition in sorted(set(ledger["disposition"])):
        each = [int(counts.get((disposition, panel), 0)) for panel in panels]
        rows.append([disposition, *each, sum(each), said(glossary.DISPOSITIONS.get(disposition, ""))])
    difference = [a - b for a, b in zip(sums, records, strict=True)]
    rows.append([Shown(cell, "heading") for cell in ("sum", *sums, sum(sums))])
    rows.append(["raw records read", *records, sum(records), said(LEDGER["read"])])
    rows.append(["difference", *difference, sum(difference), said(LEDGER["difference"])])
    return rows
