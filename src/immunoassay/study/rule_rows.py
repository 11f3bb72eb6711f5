"""What each step depends on: the rows and columns of the sheets a batch or a study step gets as params.

Labels, order and display units never reach a batch, so that changing them reruns no batch.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from immunoassay.files.house import RESOURCES, schema_file
from immunoassay.problems import to_frame
from immunoassay.study import analysis_plan, comparisons, name_rows, vocabulary
from immunoassay.study.days import UNDATED
from immunoassay.study.load import Study
from immunoassay.study.members import Cells
from immunoassay.study.schema import load_schema

CALIBRATION = (
    *("panel", "analyte", "curve_model", "orientation", "asymmetry_prior", "weights", "variance_exponent"),
    *("limit_rule", "detection_rule", "lloq_validated", "uloq_validated"),
)
READING = (
    *("analyte", "panel", "names_in_export", "unit", "standard_unit", "quantity"),
    *("lloq_validated", "uloq_validated"),
)
STUDY_KINDS = ("exclude_result", "replace_by_rerun", "bridge_shift")  # amendments that reach no well
NEWEST = 24  # plates whose curves one figure can show
NAMED = ("scope", "name", "role", "sample_id", "level", "dilution")
MATERIAL = ("panel", "kit_lot", "material", "level", "analyte", "expected")


def plates(study: Study, batch: str, columns: Iterable[str] = ()) -> list[Cells]:
    """Rows of the plates sheet of one batch."""
    return [plate.cells(columns) for plate in study.by_batch[batch]]


def reading(study: Study, batch: str) -> Cells:
    """All that readers.batch_reader.read_batch takes from the sheets of one batch, for a run and for `check`."""
    return {
        "plates": plates(study, batch),
        "analytes": of_panels(study, batch, "analytes", READING),
        "panels": of_panels(study, batch, "panels", ("panel", "platform", "signal", "criteria_set")),
        "materials": materials(study, batch),
        "names": names(study, batch),
        "unwanted": of_panels(study, batch, "unwanted", ("panel", "names_in_export")),
        "amendments": amendments(study, batch),
        "columns": columns(study, batch),
        "criteria": criteria(study, batch),
        "units": study.units.rows,
        "state_words": study.state_words,
        "known_tables": known_tables(study, batch),
    }


def known_tables(study: Study, batch: str) -> list[Cells]:
    """The rows of resources/delivered_tables.tsv for a batch that has delivered tables, else none."""
    delivered = any(row["platform"] == "laboratory" for row in of_panels(study, batch, "panels", ("platform",)))
    return list(vocabulary.delivered_tables(RESOURCES["delivered_tables"])) if delivered else []


def gate(study: Study) -> Cells:
    """All that acceptance.gate.of_reading takes from the sheets, for a run and for `check`."""
    samples = study.rows("samples", ("sample_id", "collection_date", "_row"))
    pools = [{"sample_id": name} for name in study.config["bridging"]["pools"]]
    return {
        "flags": to_frame(each for each in study.flags if each.code not in comparisons.FLAGS).to_dict("records"),
        "plates": gate_plates(study),
        "samples": [*samples, *pools] if samples else None,
        "names": study.rows("names", ("scope", "name", "_row")),
        "files": {name: study.places[name] for name in ("samples", "names")},
        "sheets": study.places,
    }


def files(study: Study, batch: str) -> list[str]:
    """Raw files and layouts of one batch, each once."""
    named = [path for plate in study.by_batch[batch] for path in (plate.file, plate.layout) if path]
    return list(dict.fromkeys(named))


def of_panels(study: Study, batch: str, sheet: str, columns: Iterable[str] = ()) -> list[Cells]:
    """Rows of a sheet that belong to the panels of one batch."""
    panels = {plate.panel for plate in study.by_batch[batch]}
    return [each.cells(columns) for each in getattr(study, sheet) if each.panel in panels]


def materials(study: Study, batch: str) -> list[Cells]:
    """Standards and controls of the kit lots of one batch."""
    lots = {(plate.panel, plate.kit_lot) for plate in study.by_batch[batch]}
    return [each.cells(MATERIAL) for each in study.materials if (each.panel, each.kit_lot) in lots]


def names(study: Study, batch: str) -> list[Cells]:
    """Rows of the names sheet that concern the plates of one batch."""
    scopes = {name_rows.EVERYWHERE, batch, *(plate.plate for plate in study.by_batch[batch])}
    return [each.cells(NAMED) for each in study.names if each.scope in scopes]


def columns(study: Study, batch: str) -> list[Cells]:
    """Rows of the columns sheet that concern the deliveries of one batch, each with its `row` in the sheet."""
    names = {name for plate in study.by_batch[batch] for name in (plate.plate, plate.panel)}
    return [{"row": each.row, **each.cells()} for each in study.columns if each.scope in names]


def amendments(study: Study, batch: str) -> list[Cells]:
    """Well-scope amendments of the plates of one batch."""
    names = {plate.plate for plate in study.by_batch[batch]}
    return [each.cells() for each in study.amendments if each.plate in names and each.what not in STUDY_KINDS]


def criteria(study: Study, batch: str) -> dict[str, Any]:
    """The criteria sets of the panels of one batch, by name."""
    names = set(_criteria_sets(study, batch).values())
    sets = {name: study.criteria_sets[name] for name in sorted(names)}
    for name, analyte, override in _overrides(study, batch):
        own = vocabulary.amended_criteria(sets[name], analyte, override)
        sets[own["id"]] = own
    return sets


def all_criteria(study: Study) -> dict[str, Any]:
    """The criteria sets of all batches, by name."""
    return {name: each for batch in study.batches for name, each in criteria(study, batch).items()}


def calibration(study: Study, batch: str) -> list[Cells]:
    """Settings of the curves of one batch: the columns `calibrate` reads, and each panel's criteria set."""
    panels = {panel.panel: panel for panel in study.panels}
    own = {analyte: vocabulary.amended_name(name, analyte) for name, analyte, _ in _overrides(study, batch)}
    return [
        {
            **row,
            "include_blank": panels[row["panel"]].blanks_in_fit,
            "criteria_set": own.get(row["analyte"], panels[row["panel"]].criteria_set),
        }
        for row in of_panels(study, batch, "analytes", CALIBRATION)
        if panels[row["panel"]].platform != "laboratory"
    ]


def gate_plates(study: Study) -> list[Cells]:
    """Rows of the plates sheet as the gate wants them, with the plate each is a re-run of, if an amendment says so."""
    reruns = {each.to: each.plate for each in study.amendments if each.what == "replace_by_rerun"}
    columns = ("plate", "batch", "panel", "file", "plate_in_file", "run_date", "kit_lot", "include")
    return [{**plate.cells(columns), "rerun_of": reruns.get(plate.plate, "")} for plate in study.plates]


def approving(study: Study, checksums: Mapping[str, str]) -> list[Cells]:
    """{batch, plates, operators, files} of every batch: names, and the sha256 of its raw files; `checksums` by path."""
    return [
        {
            "batch": batch,
            "plates": sorted(plate.plate for plate in plates),
            "operators": sorted({plate.operator for plate in plates if plate.operator}),
            "files": sorted({checksums[plate.file] for plate in plates}),
        }
        for batch, plates in study.by_batch.items()
    ]


def unit_factors(study: Study) -> dict[str, float | None]:
    """Factor from the unit of the standards to the unit of the results, by analyte."""
    return {each.analyte: study.units.factor(each.standard_unit, each.unit) for each in study.analytes}


def clinical(study: Study) -> Cells:
    """What the join with visits and scores needs."""
    sheets = ("courses", "visits", "events")
    tube = ("sample_id", "participant", "course", "visit", "collection_date", "specimen", "_row")
    return {
        **{name: study.rows(name) for name in sheets},
        "participants": study.rows("participants", ("participant", "status", "group")),
        "populations": study.populations,
        "samples": study.rows("samples", tube),
        "scores": [{"_row": each.row, **each.cells()} for each in study.scores],
        "files": {name: study.places[name] for name in ("samples", "scores", "plates")},
        "analytes": study.rows("analytes", ("analyte", "group")),
        "scales": study.scored,
        "members": study.members,
        "analysed_schedules": study.config["analysed_schedules"],
        "below_lod_log2": study.config["below_lod_log2"],
        "detected_below_lloq": study.config["detected_below_lloq"],
    }


def statistics(study: Study) -> Cells:
    """Settings of every statistic; the keys are documented in statistics/settings.py."""
    config, scales = study.config, study.scales
    return {
        "centre": config["centre"],
        "min_n_interval": config["min_n_interval"],
        "primary_visit": study.choices.primary_visit,
        "primary_course": study.first_course,
        "association_question": config["association_question"],
        "mcid": _settled(scales, "mcid"),
        "minimal_symptom_expression": _settled(scales, "minimal_symptom_max"),
        "worse": _settled(scales, "worse"),
        "permutations": config["permutations"],
        "seed": config["seed"],
    }


def comparing(study: Study) -> Cells:
    """Settings of the statistics that compare participants: those of every statistic, and by what."""
    return {
        **statistics(study),
        "compare": study.compared,
        "covariates": study.covariates,
        "responder_score": study.choices.responder_score,
    }


def people(study: Study) -> list[Cells]:
    """The analysed set with its factors and covariates: only steps that compare get it, as a new arm concerns no other."""
    return study.people


def of_events(study: Study) -> dict[str, Cells]:
    """{sheet: its columns and rows} of what says when something happened: visits, courses, events."""
    return {
        name: {"columns": list(load_schema(schema_file(name))["properties"]), "rows": study.rows(name)}
        for name in ("visits", "courses", "events")
    }


def antibodies(study: Study) -> list[str]:
    """Analytes that are antibodies against an antigen: those of the groups of Figures 5A and 5B."""
    groups = {group for figure in ("figure_5a", "figure_5b") for group in study.choices.groups[figure]}
    return [each.analyte for each in study.analytes if each.group in groups]


def populations(study: Study) -> list[Cells]:
    """{analyte (its label), wanted {column: values}, n participants} of every analyte that is not analysed in all."""
    labels = {each.analyte: each.label for each in study.analytes}
    return [
        {"analyte": labels[name], "wanted": study.config["include"][name], "n": len(people)}
        for name, people in study.populations.items()
        if name in labels
    ]


def compared_flags(study: Study) -> list[Cells]:
    """Flags of who is compared. They do not pass the gate, behind which everything would be made anew for a new arm."""
    return to_frame(each for each in study.flags if each.code in comparisons.FLAGS).to_dict("records")


def factor_files(study: Study) -> dict[str, str]:
    """{factor that is compared: the sheet that holds it}; responders are in none."""
    found = {name: study.config["compare"][name]["from"] for name in study.compared}
    return {name: study.places[sheet] for name, sheet in found.items() if name != comparisons.RESPONDER}


def plan(study: Study) -> Cells:
    """The analysis plan and the settings that define its analyses (study/analysis_plan)."""
    return analysis_plan.plan(study.config, study.choices.primary_visit)


def questions(study: Study) -> list[Cells]:
    """The questions of the plan, every variable named."""
    baseline = next((visit.visit for visit in study.visits if visit.baseline), None)
    return analysis_plan.questions(study.config["plan"], study.analytes, study.choices.primary_visit, baseline)


def look(study: Study) -> Cells:
    """What every figure says beside its own: that data are simulated, and results used although unproven; footer and font."""
    unproven = [
        f"{panel.label}: used although required checks could not be evaluated ({panel.accept_unproven})."
        for panel in study.panels
        if panel.accept_unproven
    ]
    shown = {name: study.config["figures"][name] for name in ("footer", "font")}
    return {"simulated": study.config["study"]["simulated"], "remark": " ".join(unproven), **shown}


def curve_panels(study: Study) -> list[str]:
    """Panels of the plates sheet that have standard curves."""
    measured = {plate.panel for plate in study.plates}
    return [each.panel for each in study.panels if each.panel in measured and each.platform != "laboratory"]


def newest_plates(study: Study, panel: str) -> Cells:
    """{"shown": the NEWEST last plates of a panel by run date, "older": how many there are before them}."""
    own = [plate for plate in study.plates if plate.panel == panel]
    own = sorted(own, key=lambda plate: plate.run_date or UNDATED)
    return {"shown": [plate.plate for plate in own[-NEWEST:]], "older": max(0, len(own) - NEWEST)}


def panel_batches(study: Study, panel: str) -> list[str]:
    """Batches that have plates of a panel, in the order of the sheet."""
    return [batch for batch, own in study.by_batch.items() if any(plate.panel == panel for plate in own)]


def quality(study: Study, panel: str, criteria: dict[str, Any]) -> Cells:
    """What the figures of the curves, controls and limits of a panel take from the sheets; `criteria` the sets by name."""
    name = next(each.criteria_set for each in study.panels if each.panel == panel)
    columns = ["analyte", "label", "group", "order", "unit", "standard_unit", "lloq_validated"]
    groups = list(dict.fromkeys(each.group for each in study.analytes))
    analytes = sorted(study.rows("analytes", columns, panel=panel), key=lambda row: groups.index(row["group"]))
    return {
        "analytes": analytes,
        "plates": study.rows("plates", ["plate", "run_date", "kit_lot"], panel=panel),
        "materials": study.rows(
            "materials",
            ["panel", "kit_lot", "material", "level", "analyte", "low", "high"],
            panel=panel,
            material="control",
        ),
        "criteria": {row["analyte"]: vocabulary.criteria_for(criteria, name, row["analyte"]) for row in analytes},
        "newest": newest_plates(study, panel),
    }


def _settled(scales, key):
    """The scales for which a value is settled."""
    return {name: row[key] for name, row in scales.items() if row[key] is not None}


def _criteria_sets(study, batch):
    """Names of the criteria sets by panel of one batch."""
    panels = {plate.panel for plate in study.by_batch[batch]}
    return {each.panel: each.criteria_set for each in study.panels if each.panel in panels}


def _overrides(study, batch):
    """(criteria set, analyte, override) of the analytes of one batch for which the study changes numbers."""
    sets, overrides = _criteria_sets(study, batch), study.config["criteria_overrides"]
    return [
        (sets[each.panel], each.analyte, overrides[each.analyte])
        for each in study.analytes
        if each.panel in sets and each.analyte in overrides
    ]
