"""Observations as the join writes them, and the tables of the statistics as they are written, from frames of a test."""

import pandas as pd
from immunoassay import tables
from immunoassay.clinical.join import for_statistics, without_unusable
from immunoassay.statistics import (
    accounting,
    arm_courses,
    multivariate,
    sensitivity,
)
from immunoassay.statistics import associations as of_associations
from immunoassay.statistics import biomarker_changes as of_changes
from immunoassay.statistics import cell_kinetics as of_kinetics
from immunoassay.statistics import group_centres as of_centres
from immunoassay.statistics import group_comparisons as of_groups
from immunoassay.statistics import level_changes as of_levels
from immunoassay.statistics import longitudinal as of_models
from immunoassay.statistics import prediction as of_predictions
from immunoassay.statistics import score_changes as of_scores
from immunoassay.statistics import summary_measures as of_measures
from immunoassay.statistics import visit_summaries as of_summaries
from immunoassay.tables.statistic_tables import STATISTICS
from immunoassay.words import (
    arm_words,
    association_words,
    change_words,
    comparison_words,
    component_words,
    course_words,
    diagnostic_words,
    event_words,
    kinetics_words,
    longitudinal_words,
    plan_words,
    prediction_words,
    response_words,
    score_words,
    sensitivity_words,
    serology_words,
    summary_words,
)
from immunoassay.words.table_words import with_words

# table -> the function that gives the texts of its rows
WORDS = {
    "visit_summaries": summary_words.texts,
    "biomarker_changes": change_words.texts,
    "score_changes": score_words.texts,
    "associations": association_words.texts,
    "group_comparisons": comparison_words.texts,
    "sensitivity": sensitivity_words.texts,
    "longitudinal": longitudinal_words.texts,
    "summary_measures": course_words.texts,
    "arm_courses": arm_words.texts,
    "level_changes": arm_words.level_texts,
    "kinetics": kinetics_words.texts,
    "kinetics_summaries": kinetics_words.summary_texts,
    "prediction": prediction_words.texts,
    "pca_scores": component_words.scores,
    "pca_loadings": component_words.loadings,
    "pca_variance": component_words.variance,
    "analysis_plan": plan_words.texts,
    "responders": response_words.texts,
    "event_times": event_words.times,
    "time_to_event": event_words.events,
    "event_curves": event_words.times,
    "event_hazards": event_words.hazards,
    "serology": serology_words.texts,
    "titre_curves": diagnostic_words.points,
    "roc": diagnostic_words.texts,
    "roc_points": diagnostic_words.points,
}


def observed(frame, borrowing=None):
    """The frame with all that the join derives; `borrowing`: the courses that take another course's baseline.

    Without `borrowing` that stays what the frame says.
    """
    frame = without_unusable(tables.conform(frame, "observations"))
    kept = bool(((frame["status"] == "below_lod") & (frame["lower"] == frame["upper"])).any())
    if borrowing is not None:
        frame = for_statistics(frame.assign(borrowed=frame["course"].isin(borrowing)), kept)
        return tables.conform(frame, "observations")
    own = frame["own_baseline"].fillna(frame["baseline"]).fillna(False).astype(bool)
    other = frame["baseline"].fillna(False).astype(bool) & ~own
    borrowed = other.groupby([frame["participant"], frame["course"]]).transform("any")
    return tables.conform(for_statistics(frame.assign(borrowed=borrowed), kept), "observations")


def worded(name, found, settings):
    """The table `name` with its texts."""
    return with_words(found, name, WORDS[name], settings)


def visit_summaries(observations, settings, alike=False):
    return worded("visit_summaries", of_summaries.visit_summaries(observed(observations), settings, alike), settings)


def biomarker_changes(observations, settings, bridging=None):
    found = of_changes.biomarker_changes(observed(observations), settings, bridging)
    return worded("biomarker_changes", found, settings)


def score_changes(observations, settings):
    return worded("score_changes", of_scores.score_changes(observed(observations), settings), settings)


def associations(observations, settings):
    return worded("associations", of_associations.associations(observed(observations), settings), settings)


def group_comparisons(observations, people, settings):
    return worded("group_comparisons", of_groups.group_comparisons(observed(observations), people, settings), settings)


def group_centres(observations, people, settings, factor, visit):
    centres, levels = of_centres.group_centres(observed(observations), people, settings, factor, visit)
    return worded("visit_summaries", centres, settings).assign(level=centres["level"]), levels


def substitution(observations, settings):
    return worded("sensitivity", sensitivity.substitution(observed(observations), settings), settings)


def sample_accounting(observations):
    return accounting.sample_accounting(observed(observations))


def longitudinal(observations, settings):
    found = longitudinal_words.with_visits(of_models.longitudinal(observed(observations), settings))
    return worded("longitudinal", found, settings)


def summary_measures(observations, settings):
    return worded("summary_measures", of_measures.summary_measures(observed(observations), settings), settings)


def arm_longitudinal(observations, people, settings):
    found = arm_courses.arm_longitudinal(observed(observations), people, settings)
    return worded("arm_courses", found, settings)


def level_changes(observations, people, settings):
    found = of_levels.level_changes(observed(observations), people, settings)
    return worded("level_changes", found, settings)


def kinetics(observations, settings):
    return worded("kinetics", of_kinetics.kinetics(observed(observations), settings), settings)


def kinetics_summaries(observations, settings):
    return worded("kinetics_summaries", of_kinetics.kinetics_summaries(observed(observations), settings), settings)


def prediction(observations, settings):
    return worded("prediction", of_predictions.prediction(observed(observations), settings), settings)


def pca(observations, settings):
    found = multivariate.pca(observed(observations), settings)
    parts = (worded(f"pca_{name}", part, settings) for name, part in found._asdict().items())
    return multivariate.PcaTables(*parts)


def empty(name):
    """A table of the statistics without rows."""
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in STATISTICS[name].types.items()})
