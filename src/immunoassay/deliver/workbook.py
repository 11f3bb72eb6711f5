"""The study as one Excel workbook: what a lab hands to a colleague who does not run the workflow.

Every number in it stands in a table under results/ as well; the workbook adds no computation, only form.
"""

import pandas as pd
from immunoassay import tables
from immunoassay.deliver import columns
from immunoassay.deliver.counts import check_ledger
from immunoassay.deliver.worksheet import Book, left_out
from immunoassay.deliver.xml_cells import Shown
from immunoassay.study.people import NO_COURSE
from immunoassay.tables.statistic_tables import STATISTICS as STATISTIC_TABLES
from immunoassay.words import assay_words, corrections, glossary, sentences
from immunoassay.words.language import said
from immunoassay.words.number_words import between, number
from immunoassay.words.workbook_words import LEDGER, MARKS, RESULT_COLUMNS, SHEETS, SIMULATED
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
    counts.study_counts), curves, dropped_standards, checks (those not passed), verdicts ({(rule, verdict): evaluations}),
    controls, control_lots, lloq_proposals, bridging, repeats, shared_samples, those of PROBLEMS, amendments, completeness, plates
    (corrections.plates), the statistics of STATISTICS that the study has, and longitudinal, prediction, pca_variance (only for
    what the first page says of them). `meta`: study (title, simulated, note), lloq_across_plates, below_lod_log2, and rows of
    the sheets samples (sample_id, participant, course, visit), analytes (analyte, group, label, order), visits (visit, label,
    order). `attempts`: how many there are; the frame may hold only the first.

    Raises tables.ContractError when the ledger does not hold every raw record exactly once.
    """
    ledger = _ledger(frames["ledger"], frames["records"])
    study = meta["study"]
    banner = f"SIMULATED \N{EN DASH} {study['title']}" if study["simulated"] else study["title"]
    book = Book(study["title"], banner)
    book.page("Read me", _read_me(frames, meta, attempts), [24, 110], wrapped=True)
    _results(book, frames["results"], frames.get("outside_analysis", tables.empty("outside_analysis")), meta)
    if "observations" in frames:
        book.page("Prism", _prism(frames["observations"], meta), [22, *[10] * 40], "B1")
    for title, name in STATISTICS.items():
        if name not in frames:
            continue
        book.table(title, frames[name], columns.notes(name), _beyond_limits(frames[name]), whole=WHOLE[name])
    tones = {"used": frames["plates"]["used"].map({"no": "rejected"}).fillna("")}
    book.table("Plates", frames["plates"], corrections.PLATES, tones)
    book.table("Completeness", frames["completeness"], columns.notes("completeness"), whole=WHOLE["completeness"])
    _curves(book, frames["curves"], frames["dropped_standards"])
    checks = _checks(frames["checks"])
    tones = {"verdict": checks["verdict"].map(VERDICT_TONES)}
    book.table("Checks", checks, columns.notes("checks"), tones, whole=WHOLE["checks"])
    book.page("Check counts", _check_counts(frames["verdicts"]), [30, *[16] * 5], "B2")
    _attempts(book, frames["attempts"], attempts)
    for title, name in FOLLOWED.items():
        tones = {"verdict": frames[name]["verdict"].map(VERDICT_TONES)} if "verdict" in frames[name] else {}
        book.table(title, frames[name], columns.notes(name), tones, whole=WHOLE[name])
    parts = [frames[name] for name in PROBLEMS if name in frames]
    problems = pd.concat(parts, ignore_index=True)
    tone = problems["level"].map({"STOP": "rejected", "QUARANTINE": "rejected", "EXCLUDE": "warned"}).fillna("")
    book.table("Problems", problems[PROBLEM_COLUMNS], columns.notes("problems"), {"level": tone}, wrapped=True)
    book.table("Amendments", frames["amendments"], columns.notes("amendments"))
    book.page("Ledger counts", ledger, [30, *[14] * 30], "B4")
    book.table("Data dictionary", pd.DataFrame(columns.described()))
    return book.workbook


STATISTICS = {
    "Summaries": "visit_summaries",
    "Changes": "biomarker_changes",
    "Score changes": "score_changes",
    "Analysis plan": "analysis_plan",
    "Groups compared": "group_comparisons",
    "Courses compared": "arm_courses",
    "Whole courses": "summary_measures",
    "Responders": "responders",
    "Times to events": "time_to_event",
    "Hazards": "event_hazards",
    "Antibodies": "serology",
    "ROC": "roc",
    "Cell kinetics": "kinetics",
    "Cell summaries": "kinetics_summaries",
    "Associations": "associations",
    "Sensitivity": "sensitivity",
    "Accounting": "accounting",
}
PLACES = ("participant", "course", "visit", "outside")  # columns of results that are left out where all are empty
NEEDS = {**STATISTICS, "Prism": "observations"}  # sheets that a study of assays alone has not
PROBLEMS = ("problems", "visit_problems", "spread_problems", "account_problems")
PROBLEM_COLUMNS = ["level", "code", "batch", "plate", "file", "sheet", "row", "column", "found", "why", "fix"]
FOLLOWED = {"Controls": "controls", "Control lots": "control_lots", "Proposed LLOQs": "lloq_proposals",
            "Lot bridging": "bridging", "Repeats": "repeats", "Shared samples": "shared_samples"}  # fmt: skip
OTHERS = {"Results": "results", "Attempts": "attempts", "Checks": "checks", "Curves and limits": "curves"}
# Where all rows of a table are when a worksheet cannot hold them.
WHOLE = {
    **{name: f"results/study/{name}.tsv" for name in ("results", "attempts", "completeness", *FOLLOWED.values())},
    **{name: f"results/statistics/{name}.tsv" for name in STATISTIC_TABLES},
    "curves": "results/batches/*/curves.parquet",
    "checks": "results/batches/*/checks.parquet and results/study/sample_checks.parquet",
}
VERDICT_TONES = {"PASS": "", "WARN": "warned", "NOT_EVALUABLE": "warned", "FAIL": "rejected"}
STATUS_TONES = {**dict.fromkeys(tables.CENSORED, "below"), "not_reportable": "rejected"}


def result_text(status: str, value: float, lower: float, upper: float) -> str | float:
    """What is reported: the number to three significant digits, "<LLOQ", ">ULOQ", or the status in words."""
    if status == "quantified":
        return float(number(value))
    if status in tables.BELOW:
        return f"<{number(upper)}"
    if status == "above_uloq":
        return f">{number(lower)}"
    return status.replace("_", " ")


def _read_me(frames, meta, attempts):
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
        [Shown(name, "heading"), said(f"{words} {_lacking(name, frames, attempts)}".strip())]
        for name, words in SHEETS.items()
        if NEEDS.get(name, "results") in frames
    ]
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


def _lacking(title, frames, attempts):
    """What the sheet of that title cannot hold."""
    name = {**STATISTICS, **FOLLOWED, **OTHERS}.get(title)
    return left_out(frames[name], WHOLE[name], attempts if name == "attempts" else None) if name else ""


def _results(book, results, outside, meta):
    samples = pd.DataFrame(meta["samples"], columns=["sample_id", "participant", "course", "visit"])
    frame = results.merge(samples, on="sample_id", how="left", validate="many_to_one")
    outside = outside[["sample_id", "analyte", "reason"]].rename(columns={"reason": "outside"})
    frame = frame.merge(outside, on=["sample_id", "analyte"], how="left", validate="one_to_one")
    frame["result"] = [
        result_text(*each)
        for each in zip(*(frame[name] for name in ("status", "value", "lower", "upper")), strict=True)
    ]
    analytes, visits = _places(meta["analytes"], "analyte"), _places(meta["visits"], "visit")
    order = [
        frame["participant"],
        frame["course"],
        frame["visit"].map(visits),
        frame["sample_id"],
        frame["analyte"].map(analytes),
    ]
    frame = frame.loc[pd.concat(order, axis=1, keys=range(5)).sort_values(list(range(5)), kind="stable").index]
    tone = frame["status"].map(STATUS_TONES).fillna("")
    toned = {RESULT_COLUMNS[name][0]: tone for name in ("result", "status", "reason")}
    known = [
        name
        for name in RESULT_COLUMNS
        if name not in PLACES or (~frame[name].isin(["", NO_COURSE]) & frame[name].notna()).any()
    ]
    frame = frame[known].rename(columns={name: head for name, (head, _) in RESULT_COLUMNS.items()})
    book.table("Results", frame, dict(RESULT_COLUMNS.values()), toned, whole=WHOLE["results"])


def _prism(observations, meta):
    """One block per variable and course: a title, the participants, one row per visit."""
    labels = {row["analyte"]: row["label"] for row in meta["analytes"]}
    visits = {row["visit"]: row["label"] for row in meta["visits"]}
    places = _places(meta["analytes"], "analyte")
    order = observations["variable"].map(places).fillna(len(places))
    frame = observations.assign(_place=order).sort_values(
        ["_place", "variable", "course", "visit_order"], kind="stable"
    )
    rows = []
    for (variable, course), block in frame.groupby(["variable", "course"], sort=False):
        people = sorted(block["participant"].unique())
        unit = block["unit"].dropna()
        title = f"{labels.get(variable, variable)}, {unit.iloc[0] if len(unit) else ''}"
        title += "" if course == NO_COURSE else f", course {course}"
        limits = block["lloq"].dropna()
        if len(limits):
            title += f", LLOQ {between(limits.min(), limits.max())}"
        rows += [[Shown(title, "heading")], [Shown("visit", "header"), *(Shown(name, "header") for name in people)]]
        for visit, cells in block.groupby("visit", sort=False):
            by_person = {row.participant: row for row in cells.itertuples(index=False)}
            rows.append([visits.get(visit, visit), *(_prism_cell(by_person.get(person)) for person in people)])
        rows.append([])
    return rows


def _prism_cell(row):
    if row is None or row.status == "missing":
        return None
    if row.status == "quantified":
        return row.value
    text = "NR" if row.status == "not_reportable" else result_text(row.status, row.value, row.lower, row.upper)
    return Shown(text, STATUS_TONES[row.status])


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


def _curves(book, curves, dropped_standards):
    words = _dropped_in_words(dropped_standards)
    places = zip(curves["plate"], curves["analyte"], strict=True)
    frame = curves.assign(dropped_standards=[words.get(place, "") for place in places])[list(CURVE_COLUMNS)]
    tones = {name: pd.Series("", index=frame.index) for names in RULE_COLUMNS.values() for name in names}
    for rule, names in RULE_COLUMNS.items():
        for name in names:
            tones[name][(frame["limit_rule"] == rule) | (frame["detection_rule"] == rule)] = "chosen"
    tones["status"] = frame["status"].map({"not_converged": "rejected", "not_fitted": "rejected"}).fillna("")
    notes = {**columns.notes("curves"), "dropped_standards": "levels the editing rule dropped, in order"}
    book.table("Curves and limits", frame, notes, tones, whole=WHOLE["curves"])


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
    sets = zip(checks["criteria_set"], checks["criteria_version"], strict=True)
    named = pd.Series([assay_words.versioned(*each) for each in sets], index=checks.index, dtype="str")
    return checks.assign(criteria_set=named).drop(columns="criteria_version")


def _check_counts(verdicts):
    """Rules down, verdicts across."""
    rows = [[Shown(name, "header") for name in ("rule", *VERDICT_TONES, "evaluations")]]
    for rule in sorted({rule for rule, _ in verdicts}):
        each = [verdicts.get((rule, verdict), 0) for verdict in VERDICT_TONES]
        rows.append([rule, *each, sum(each)])
    return rows


def _attempts(book, attempts, rows):
    names = list(attempts.columns)
    place, said = names.index("attempt") + 1, ["selected", "selection"]
    frame = attempts[[*names[:place], *said, *(name for name in names[place:] if name not in said)]]
    tones = {name: frame["status"].map(STATUS_TONES).fillna("") for name in ("status", "reason")}
    tones["verdict"] = frame["verdict"].map(VERDICT_TONES)
    book.table("Attempts", frame, columns.notes("study_attempts"), tones, whole=WHOLE["attempts"], rows=rows)


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


def _places(rows, name):
    """Place of every name: groups in the order of the sheet (visits have none), within them by `order`."""
    groups = list(dict.fromkeys(row.get("group") for row in rows))
    ordered = sorted(rows, key=lambda row: (groups.index(row.get("group")), row["order"]))
    return {row[name]: place for place, row in enumerate(ordered)}
