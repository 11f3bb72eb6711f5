"""The methods section of a manuscript, generated from the configuration and from what the run used of it."""

import pandas as pd
from immunoassay.statistics.groups import whole
from immunoassay.study.course_names import NO_COURSE
from immunoassay.tables import is_log2
from immunoassay.words import (
    assay_words,
    comparison_words,
    course_methods,
    methods_short,
    plan_words,
    response_words,
    sentences,
    statistics_words,
)
from immunoassay.words.language import said
from immunoassay.words.number_words import spelled, were
from immunoassay.words.sentences import several

SIMULATED = "**All data are SIMULATED: no person, sample or value is real.**"
CAUSE = ", and without a control group changes cannot be attributed to treatment"
AVAILABLE = {
    True: "The result of every sample, the source data of every figure, the calibration curves and checksums of all raw exports "
    "were written with this text [state the repository and its accession number].",
    False: "The source data of every figure, the calibration curves and checksums of all raw exports were written with this text "
    "[state the repository and its accession number]; results of single participants are not part of the report.",
}
ADJUSTED = ("biomarker_changes", "score_changes", "associations")  # tables with p values of families


def methods(
    config: dict,
    panels: list[dict],
    analytes: list[dict],
    criteria: dict,
    counts: dict,
    statistics: dict[str, pd.DataFrame],
    versions: dict[str, str | None],
) -> str:
    """Markdown text: assays, limits and acceptance, values below LLOQ, statistics, software.

    `config`: study, lloq_across_plates, below_lod_log2, detected_below_lloq, min_n_interval, association_question,
    primary_visit, primary_course, permutations, seed, plan (checksum), covariates, visits (label by visit),
    report_participants.
    `panels`, `analytes`: rows of the sheets; `criteria`: the criteria sets by name. `counts`: {"study":
    counts.study_counts, "panels": counts.panel_counts, "participants": n, "corrections": corrections.paragraph,
    "approval": corrections.approval, "populations": rule_rows.populations, "blinding": the record of deliver.blinding, or
    None}. `statistics`: the frames of the statistics as they were written: visit_summaries, biomarker_changes,
    score_changes, longitudinal, pca_variance, analysis_plan, and of the others those that the study has; a study of assays
    alone has none. `versions`: provenance.versions.
    """
    study, panel_counts = config["study"], counts["panels"]
    paragraphs = [
        f"# Methods: {study['title']}",
        SIMULATED if study["simulated"] else "",
        _paragraph("In short", methods_short.text(panels, counts, statistics, versions)),
        _paragraph("Participants and samples", _samples(panels, counts)),
        _paragraph("Assays", assay_words.assays(panels, analytes, panel_counts)),
        _paragraph("Limits of quantification", assay_words.limits(panel_counts, criteria, config)),
        _paragraph("Acceptance", assay_words.acceptance(panels, panel_counts, criteria)),
        _paragraph("Corrections and exclusions", counts["corrections"]),
        _paragraph("Approval", counts["approval"]),
        _paragraph("Replicates and repeats", assay_words.selection(panels, panel_counts)),
        _paragraph("Values below the limit of quantification", _censoring(counts, statistics, config)),
        assay_words.censoring_table(panels, analytes, panel_counts),
        *(_paragraph(heading, text) for heading, text in _statistics(statistics, config, counts)),
        _paragraph("Data availability", AVAILABLE[bool(config["report_participants"])]),
        _paragraph("Software", _software(versions)),
    ]
    return said("\n\n".join(filter(None, paragraphs)) + "\n")


def _statistics(statistics, config, counts):
    """(heading, text) of every statistic the study has."""
    if "visit_summaries" not in statistics:
        return
    yield "Analysis plan", _plan(statistics["analysis_plan"], config, counts["blinding"])
    yield "Groups", statistics_words.groups(statistics["visit_summaries"])
    families = [statistics[name] for name in ADJUSTED if name in statistics]
    statistics = {name: whole(frame) for name, frame in statistics.items()}
    yield "Summaries", statistics_words.summaries(statistics["visit_summaries"], config)
    yield "Change from baseline", _changes(statistics, config)
    yield "Longitudinal models", statistics_words.longitudinal(statistics["longitudinal"])
    if "group_comparisons" in statistics:
        yield "Comparisons of groups", comparison_words.methods(statistics["group_comparisons"], config)
    yield from course_methods.paragraphs(statistics, config).items()
    yield "Responders, events and antibodies", response_words.methods(statistics, config)
    if "associations" in statistics:
        yield "Associations", statistics_words.associations(statistics["associations"], config)
    yield "Multivariate description", statistics_words.components(statistics["pca_variance"])
    if "prediction" in statistics:
        yield "Prediction", statistics_words.prediction(statistics["prediction"])
    yield "Multiplicity", statistics_words.multiplicity(families, config["visits"])


def _paragraph(heading, text):
    return f"**{heading}.** {text}" if text else ""


def _plan(rows, config, blinding):
    broken = plan_words.blinding(blinding) if blinding else ""
    return f"{plan_words.plan(rows, config['plan'])} {broken}".strip()


def _samples(panels, counts):
    study, used = counts["study"], [row for row in panels if row["panel"] in counts["panels"]]
    specimens = {row["specimen"] for row in used}
    specimen = f"{specimens.pop()} " if len(specimens) == 1 else ""
    reports = sum(counts["panels"][row["panel"]]["plates"] for row in used if row["platform"] == "laboratory")
    plates = study["plates"] - reports
    where = [f"on {spelled(plates, 'plate')}"] if plates else []
    where += [f"in {spelled(reports, 'reference-laboratory report')}"] if reports else []
    text = f"{study['samples']} {specimen.replace(';', ' and')}{'sample was' if study['samples'] == 1 else 'samples were'} "
    text += f"analysed {several(where)}, in {spelled(study['batches'], 'batch', 'batches')}."
    people = counts["participants"]
    text += f" The analysis set comprised {spelled(people, 'participant')}." if people else ""
    return " ".join([text, *(plan_words.population(each, people) for each in counts["populations"])])


def _censoring(counts, statistics, config):
    units = {each["unit"] for panel in counts["panels"].values() for each in panel["analytes"].values()}
    units = {unit for unit in units if is_log2(unit)}
    kept = f" (those in {several(sorted(units))} were kept)" if units and config["below_lod_log2"] == "kept" else ""
    undetected, below, above, reportable, lost = sentences.shares(counts["study"]["results"])
    stands = sentences.standing(statistics)
    text = f"{sentences.of(below, reportable)} results {were(below)} below the LLOQ{sentences.detected(undetected)}"
    text += f" and {were(below)} analysed as left-censored{kept}" if below and "visit_summaries" in statistics else ""
    text += f"; {sentences.of(above, reportable)} {were(above)} above the ULOQ" + (
        " (right-censored)" if above and "visit_summaries" in statistics else ""
    )
    text += "; no value was substituted"
    if "visit_summaries" in statistics:
        text += f" in {'summaries, changes and their tests' if stands else 'any statistic'}"
    text = f"{text}. {stands}".strip()
    logarithms = sentences.below_lod(units, config["below_lod_log2"], "visit_summaries" in statistics) if units else ""
    between = (
        sentences.between_limits(config["detected_below_lloq"], "visit_summaries" in statistics)
        if any(panel["detection_rules"] for panel in counts["panels"].values())
        else ""
    )
    return " ".join(filter(None, (text, between, sentences.lost(*lost), logarithms)))


def _changes(statistics, config):
    parts = [
        statistics_words.changes(statistics["biomarker_changes"], config),
        statistics_words.scores(statistics["score_changes"]),
    ]
    text = " ".join(filter(None, parts))
    grouped = statistics["visit_summaries"]["participant_group"].notna().any()
    cause = "" if config["primary_course"] == NO_COURSE or grouped else CAUSE
    planned = statistics["analysis_plan"]["item"].notna().any()
    own = f"Participants were compared with their own baseline{'' if planned else ' only: the analysis is exploratory'}{cause}"
    return text and f"{text} {own}."


def _software(versions):
    names = [f"{name} {version}" for name, version in versions.items() if version]
    return f"Analyses were performed with {several(names)}; the same inputs give the same results, byte for byte."
