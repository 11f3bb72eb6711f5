"""What each step depends on: the rows and columns of the sheets a batch or a study step gets as params.

Labels, order and display units never reach a batch, so that changing them reruns no batch.
"""

from immunoassay.problems import to_frame
from immunoassay.study import vocabulary
from immunoassay.study.courses import first_course

CALIBRATION = (
    "panel",
    "analyte",
    "curve_model",
    "orientation",
    "asymmetry_prior",
    "weights",
    "variance_exponent",
    "limit_rule",
    "lloq_validated",
    "uloq_validated",
)
READING = (
    *("analyte", "panel", "names_in_export", "unit", "standard_unit", "quantity"),
    *("lloq_validated", "uloq_validated"),
)
STUDY_KINDS = ("exclude_result", "replace_by_rerun")  # amendments that reach no well
NEWEST = 24  # plates whose curves one figure can show
MATERIAL = ("panel", "kit_lot", "material", "level", "analyte", "expected")


def batches(study):
    """Names of the batches, in the order of the sheet."""
    return list(study.by_batch)


def plates(study, batch, columns=None):
    """Rows of the plates sheet of one batch."""
    rows = study.by_batch[batch]
    return [{key: row[key] for key in (columns or row) if key != "_row"} for row in rows]


def reading(study, batch):
    """All that readers.batch.read_batch takes from the sheets of one batch, for a run and for `check`."""
    return {
        "plates": plates(study, batch),
        "analytes": of_panels(study, batch, "analytes", READING),
        "panels": of_panels(study, batch, "panels", ("panel", "platform", "signal", "criteria_set")),
        "materials": materials(study, batch),
        "amendments": amendments(study, batch),
        "columns": columns(study, batch),
        "criteria": criteria(study, batch),
        "units": study.units.rows,
        "state_words": study.state_words,
    }


def gate(study):
    """All that acceptance.gate.of_reading takes from the sheets, for a run and for `check`."""
    pools = [{"sample_id": name} for name in study.config["bridging"]["pools"]]
    return {
        "flags": to_frame(study.flags).to_dict("records"),
        "plates": gate_plates(study),
        "samples": [*study.rows("samples", ("sample_id", "collection_date", "_row")), *pools],
        "file": study.config["sheets"]["samples"],
    }


def files(study, batch):
    """Raw files and layouts of one batch, each once."""
    rows = study.by_batch[batch]
    return list(dict.fromkeys(row[column] for row in rows for column in ("file", "layout") if row[column]))


def of_panels(study, batch, sheet, columns):
    """Rows of a sheet that belong to the panels of one batch."""
    panels = {row["panel"] for row in study.by_batch[batch]}
    return [row for row in study.rows(sheet, columns) if row["panel"] in panels]


def materials(study, batch):
    """Standards and controls of the kit lots of one batch."""
    lots = {(row["panel"], row["kit_lot"]) for row in study.by_batch[batch]}
    return [row for row in study.rows("materials", MATERIAL) if (row["panel"], row["kit_lot"]) in lots]


def columns(study, batch):
    """Rows of the columns sheet that concern the deliveries of one batch, each with its `row` in the sheet."""
    names = {row[column] for row in study.by_batch[batch] for column in ("plate", "panel")}
    rows = [row for row in study.sheets["columns"] if row["scope"] in names]
    return [{"row": row["_row"], **{key: row[key] for key in row if key != "_row"}} for row in rows]


def amendments(study, batch):
    """Well-scope amendments of the plates of one batch."""
    names = {row["plate"] for row in study.by_batch[batch]}
    return [row for row in study.rows("amendments") if row["plate"] in names and row["what"] not in STUDY_KINDS]


def criteria(study, batch):
    """The criteria sets of the panels of one batch, by name."""
    panels = of_panels(study, batch, "panels", ("panel", "criteria_set"))
    names = {row["criteria_set"] for row in panels}
    sets = {name: study.criteria_sets[name] for name in sorted(names)}
    for name, analyte, override in _overrides(study, batch):
        own = vocabulary.amended_criteria(sets[name], analyte, override)
        sets[own["id"]] = own
    return sets


def calibration(study, batch):
    """Settings of the curves of one batch: the columns `calibrate` reads, and each panel's criteria set."""
    panels = {
        row["panel"]: row
        for row in of_panels(study, batch, "panels", ("panel", "criteria_set", "blanks_in_fit", "platform"))
    }
    own = {analyte: vocabulary.amended_name(name, analyte) for name, analyte, _ in _overrides(study, batch)}
    return [
        {
            **row,
            "include_blank": panels[row["panel"]]["blanks_in_fit"],
            "criteria_set": own.get(row["analyte"], panels[row["panel"]]["criteria_set"]),
        }
        for row in of_panels(study, batch, "analytes", CALIBRATION)
        if panels[row["panel"]]["platform"] != "laboratory"
    ]


def control_tolerances(study, panel, criteria):
    """Tolerance of the controls in percent by analyte of one panel; `criteria` the sets by name."""
    name = study.rows("panels", ["criteria_set"], panel=panel)[0]["criteria_set"]
    return {
        row["analyte"]: vocabulary.criteria_for(criteria, name, row["analyte"])["controls"]["tolerance_percent"]
        for row in study.rows("analytes", ["analyte"], panel=panel)
    }


def gate_plates(study):
    """Rows of the plates sheet as the gate wants them, with the plate each is a re-run of, if an amendment says so."""
    reruns = {row["to"]: row["plate"] for row in study.sheets["amendments"] if row["what"] == "replace_by_rerun"}
    columns = ("plate", "batch", "panel", "file", "plate_in_file", "run_date", "kit_lot", "include")
    rows = study.rows("plates", columns)
    return [{**row, "rerun_of": reruns.get(row["plate"], "")} for row in rows]


def unit_factors(study):
    """Factor from the unit of the standards to the unit of the results, by analyte."""
    return {row["analyte"]: study.units.factor(row["standard_unit"], row["unit"]) for row in study.sheets["analytes"]}


def clinical(study):
    """What the join with visits and scores needs."""
    sheets = ("participants", "courses", "visits", "events")
    tube = ("sample_id", "participant", "course", "visit", "collection_date", "specimen", "_row")
    return {
        **{name: study.rows(name) for name in sheets},
        "samples": study.rows("samples", tube),
        "scores": [dict(row) for row in study.sheets["scores"]],
        "files": {name: study.config["sheets"][name] for name in ("samples", "scores")},
        "analytes": study.rows("analytes", ["analyte", "group"]),
        "scales": list(study.scales),
        "members": members(study),
        "analysed_schedules": study.config["analysed_schedules"],
    }


def statistics(study):
    """Settings of every statistic; the keys are documented in statistics/settings.py."""
    config, scales = study.config, study.scales
    return {
        "centre": config["centre"],
        "min_n_interval": config["min_n_interval"],
        "primary_visit": config["primary_visit"],
        "primary_course": first_course(study.sheets["courses"]),
        "association_question": config["association_question"],
        "mcid": _settled(scales, "mcid"),
        "minimal_symptom_expression": _settled(scales, "minimal_symptom_max"),
        "worse": _settled(scales, "worse"),
        "permutations": config["permutations"],
        "seed": config["seed"],
    }


def members(study):
    """Participants of the analysed set, in the order of the sheet."""
    return analysed_participants(study.sheets["participants"], study.config["analysed_schedules"])


def analysed_participants(participants, schedules):
    """The enrolled of the given schedules (of all schedules when none is given), in the order of the rows."""
    enrolled = [row for row in participants if row["status"] == "enrolled"]
    return [row["participant"] for row in enrolled if not schedules or row["schedule"] in schedules]


def look(study):
    """What every figure says beside its own: that data are simulated, and results used although unproven."""
    unproven = [
        f"{row['label']}: used although required checks could not be evaluated ({row['accept_unproven']})."
        for row in study.sheets["panels"]
        if row["accept_unproven"]
    ]
    return {"simulated": study.config["study"]["simulated"], "remark": " ".join(unproven)}


def curve_panels(study):
    """Panels of the plates sheet that have standard curves."""
    measured = {row["panel"] for row in study.sheets["plates"]}
    return [
        row["panel"] for row in study.sheets["panels"] if row["panel"] in measured and row["platform"] != "laboratory"
    ]


def newest_plates(study, panel):
    """{"shown": the NEWEST last plates of a panel by run date, "older": how many there are before them}."""
    rows = [row for row in study.sheets["plates"] if row["panel"] == panel]
    rows = sorted(rows, key=lambda row: row["run_date"] or "9999")
    return {"shown": [row["plate"] for row in rows[-NEWEST:]], "older": max(0, len(rows) - NEWEST)}


def newest_batches(study):
    """Batches that hold the newest plates of any panel, in the order of the sheet."""
    shown = {plate for panel in curve_panels(study) for plate in newest_plates(study, panel)["shown"]}
    return [batch for batch, rows in study.by_batch.items() if shown & {row["plate"] for row in rows}]


def _settled(scales, key):
    """The scales for which a value is settled."""
    return {name: row[key] for name, row in scales.items() if row[key] is not None}


def _overrides(study, batch):
    """(criteria set, analyte, override) of the analytes of one batch for which the study changes numbers."""
    sets = {row["panel"]: row["criteria_set"] for row in of_panels(study, batch, "panels", ("panel", "criteria_set"))}
    return [
        (sets[row["panel"]], row["analyte"], study.config["criteria_overrides"][row["analyte"]])
        for row in of_panels(study, batch, "analytes", ("panel", "analyte"))
        if row["analyte"] in study.config["criteria_overrides"]
    ]
