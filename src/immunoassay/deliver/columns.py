"""Every table and column of the workflow, as a person reads of it. What the contracts do not say is here: the statistics."""

from functools import cache

from immunoassay import tables
from immunoassay.statistics import (
    accounting,
    associations,
    biomarker_changes,
    longitudinal,
    multivariate,
    prediction,
    score_changes,
    sensitivity,
    visit_summaries,
)
from immunoassay.tables import figure_tables
from immunoassay.tables.notation import Column, Table

STATISTICS = {
    "visit_summaries": visit_summaries.COLUMNS,
    "biomarker_changes": biomarker_changes.COLUMNS,
    "score_changes": score_changes.COLUMNS,
    "associations": associations.COLUMNS,
    "sensitivity": sensitivity.COLUMNS,
    "accounting": accounting.COLUMNS,
    "longitudinal": longitudinal.COLUMNS,
    "prediction": prediction.COLUMNS,
    "pca_scores": multivariate.SCORES,
    "pca_loadings": multivariate.LOADINGS,
    "pca_variance": multivariate.VARIANCE,
}
STATISTICS_SAY = {
    "visit_summaries": "variable x course x visit x quantity: centre with interval, quantiles, how much was censored",
    "biomarker_changes": "biomarker x course x visit after baseline: ratio to baseline, its limits, exact test",
    "score_changes": "score x course x visit after baseline: change in points, responders, minimal symptom expression",
    "sensitivity": "biomarker x course x visit: geometric means under substitution, beside the censored estimate",
    "associations": "question x visit x biomarker x score: estimate, interval, permutation p",
    "accounting": "biomarker x course x visit: where every expected result went",
    "longitudinal": "variable x visit after baseline: change in a mixed model of all visits, or why there is none",
    "prediction": "score x model: can all biomarkers together predict its change, or why that is not asked",
    "pca_scores": "quantity x participant x visit x component: principal component scores",
    "pca_loadings": "quantity x biomarker x component: loadings; biomarkers left out, with the reason",
    "pca_variance": "quantity x component: variance explained, beside what permuted data explain",
}


def _by_name(text):
    return {
        name: unit.strip()
        for unit, names in (line.split(":") for line in text.strip().splitlines())
        for name in names.split()
    }


UNITS = _by_name("""
    number: visit_order n_expected n n_quantified n_below n_below_lod n_above n_missing n_not_reportable n_pairs
    number: informative_pairs quantified_baseline quantified_visit below_baseline below_visit gained lost
    number: family_size informative responders responders_of lost_response lost_response_of minimal_symptom
    number: minimal_symptom_of n_participants n_observations n_received degrees_of_freedom n_analytes
    number: n_substituted component pca_scores.score loading rows_left_out
    share: share_below share_censored responder_share responder_low responder_high lost_response_share
    share: lost_response_low lost_response_high minimal_symptom_share minimal_symptom_low minimal_symptom_high
    share: q2 q2_lowest q2_highest null_median null_95 explained cumulative noise_median noise_95
    <unit>: centre low high median q1 q3 minimum maximum lloq_min lloq_max sensitivity.lloq half_lloq sqrt2_lloq
    <unit>: ros censored censored_low censored_high
    ratio: ratio biomarker_changes.low biomarker_changes.high sensitivity_lloq sensitivity_half_lloq
    ratio: sensitivity_sqrt2 longitudinal.sensitivity
    %: percent_change percent_low percent_high
    probability: p p_floor p_adjusted family_p q_value
    points: mean_change score_changes.low score_changes.high hodges_lehmann hodges_lehmann_low
    points: hodges_lehmann_high mcid minimal_symptom_max
    correlation: tau_b rho rho_low rho_high associations.estimate associations.low associations.high
    ratio, or points: longitudinal.estimate longitudinal.low longitudinal.high
    ln ratio, or points: standard_error
""")

MEANINGS = {
    "variable": "analyte or score",
    "kind": "biomarker or score",
    "panel": "kit (biomarkers)",
    "group": "group of analytes, or score",
    "unit": "unit",
    "course": "treatment course",
    "visit": "visit",
    "visit_order": "order of the visit",
    "quantity": "value, change, relative_change_percent or over_lloq (value / LLOQ applied)",
    "n_expected": "participants expected at this visit",
    "n_received": "participants with a sample",
    "n": "results, pairs or participants the row rests on",
    "n_quantified": "quantified results",
    "n_below": "results below LLOQ or LOD",
    "n_below_lod": "of these, below the limit of detection",
    "n_above": "results above ULOQ",
    "n_missing": "missing results",
    "n_not_reportable": "results that are not reportable",
    "share_below": "results below LLOQ / results",
    "share_censored": "censored results / results of both visits",
    "centre_method": "what the centre is",
    "centre": "the centre, or the limit it lies beyond (see centre_status)",
    "centre_status": "value, below_lloq (below the limits), above_uloq or not_estimable",
    "low": "lower end of the 95 % confidence interval, or the lower bound",
    "high": "upper end of the 95 % confidence interval, or the upper bound",
    "interval_method": "how the interval was computed; none if there is none",
    "centre_text": "the centre as it is printed",
    "median": "median, or the limit it lies beyond",
    "q1": "lower quartile, or the limit it lies beyond",
    "q3": "upper quartile, or the limit it lies beyond",
    "minimum": "minimum, or the limit it lies beyond",
    "maximum": "maximum, or the limit it lies beyond",
    **{
        f"{name}_status": f"value, or on which side of a limit the {word} lies"
        for name, word in (
            ("median", "median"),
            ("q1", "lower quartile"),
            ("q3", "upper quartile"),
            ("minimum", "minimum"),
            ("maximum", "maximum"),
        )
    },
    "quantile_method": "how quantiles were computed",
    "lloq_min": "lowest LLOQ among the results",
    "lloq_max": "highest LLOQ among the results",
    "words": "the row in words",
    "reason": "why something is missing",
    "n_pairs": "participants with a result at both visits",
    "informative_pairs": "pairs whose order the limits leave open to the test",
    "informative": "changes that are not zero",
    "quantified_baseline": "of the pairs, quantified at baseline",
    "quantified_visit": "of the pairs, quantified at the visit",
    "below_baseline": "of the pairs, below LLOQ at baseline",
    "below_visit": "of the pairs, below LLOQ at the visit",
    "gained": "pairs above the higher LLOQ of the pair at the visit only",
    "lost": "pairs above the higher LLOQ of the pair at baseline only",
    "tier": "the estimate the data support: A nothing censored, B likelihood, C bounds of an exact test, D shares only",
    "ratio": "geometric mean ratio to baseline",
    "percent_change": "100 x (ratio - 1)",
    "percent_low": "100 x (low - 1)",
    "percent_high": "100 x (high - 1)",
    "bound_text": "the ratio or its bound as it is printed",
    "p": "two-sided p value",
    "p_method": "the test",
    "p_floor": "smallest two-sided p attainable with these pairs",
    "p_adjusted": "p adjusted within its family, or q",
    "adjusted_method": "method of the adjustment",
    "family": "family of tests; empty: descriptive, not adjusted",
    "family_size": "tests in the family",
    "family_p": "p of no change in any variable of the family (sum of squared t, shared sign changes)",
    "sensitivity_lloq": "ratio when values below LLOQ are replaced by the LLOQ (comparison only)",
    "sensitivity_half_lloq": "ratio when values below LLOQ are replaced by LLOQ/2 (comparison only)",
    "sensitivity_sqrt2": "ratio when values below LLOQ are replaced by LLOQ/\N{SQUARE ROOT}2 (comparison only)",
    "sensitivity_flips": "under some substitution the direction or the conclusion differs",
    "mean_change": "mean change from baseline",
    "hodges_lehmann": "Hodges-Lehmann estimate of the change",
    "hodges_lehmann_low": "lower end of its exact interval",
    "hodges_lehmann_high": "upper end of its exact interval",
    "hodges_lehmann_method": "how that interval was computed",
    "mcid": "minimal clinically important difference (empty: not settled)",
    "responders": "participants who improved by the MCID or more",
    "responders_of": "participants with both scores",
    "responder_share": "responders / responders_of",
    "responder_low": "lower Clopper-Pearson limit of the share",
    "responder_high": "upper Clopper-Pearson limit of the share",
    "lost_response": "participants who had responded at an earlier visit of the course and no longer do (relapse by score)",
    "lost_response_of": "earlier responders with a score at this visit",
    "lost_response_share": "lost_response / lost_response_of",
    "lost_response_low": "lower Clopper-Pearson limit of the share",
    "lost_response_high": "upper Clopper-Pearson limit of the share",
    "minimal_symptom_max": "largest score that is minimal symptom expression (empty: not defined)",
    "minimal_symptom": "participants in minimal symptom expression",
    "minimal_symptom_of": "participants with a score",
    "minimal_symptom_share": "minimal_symptom / minimal_symptom_of",
    "minimal_symptom_low": "lower Clopper-Pearson limit of the share",
    "minimal_symptom_high": "upper Clopper-Pearson limit of the share",
    "lloq": "geometric mean with values below LLOQ replaced by the LLOQ",
    "half_lloq": "geometric mean with values below LLOQ replaced by LLOQ/2",
    "sqrt2_lloq": "geometric mean with values below LLOQ replaced by LLOQ/\N{SQUARE ROOT}2",
    "ros": "geometric mean by regression on order statistics",
    "censored": "geometric mean by censored log-normal maximum likelihood",
    "censored_low": "lower end of its 95 % interval",
    "censored_high": "upper end of its 95 % interval",
    "method": "what the numbers are",
    "question": "baseline, change_change, baseline_change, between_participants, within_participant, "
    "within_participant_unadjusted (never tested)",
    "n_participants": "participants",
    "n_observations": "participant visits with both",
    "tau_b": "Kendall's tau-b on pairs whose order is certain",
    "rho": "Spearman's rho, results below LLOQ tied",
    "rho_low": "lower end of its 95 % interval",
    "rho_high": "upper end of its 95 % interval",
    "estimate": "the estimate of this question (estimate_method says which)",
    "estimate_method": "what the estimate is",
    "q_value": "Benjamini-Hochberg q within the family",
    "score": "clinical score",
    "pca_scores.score": "score of the participant visit on the component",
    "participant": "participant",
    "component": "principal component",
    "explained": "share of the variance the component explains",
    "cumulative": "share explained by this and earlier components",
    "noise_median": "median share explained when trajectories are permuted",
    "noise_95": "95th percentile of that share",
    "n_analytes": "biomarkers in the analysis",
    "n_substituted": "values outside the limits that entered as LLOQ/2 or ULOQ",
    "rows_left_out": "participant visits left out because a biomarker is missing",
    "longitudinal.quantity": "ratio (biomarkers) or change in points (scores)",
    "longitudinal.n_participants": "participants in the model: with a result at baseline and later",
    "longitudinal.n": "participants with a result at baseline and at this visit",
    "standard_error": "standard error of the model",
    "degrees_of_freedom": "degrees of freedom",
    "sensitivity": "ratio by censored random intercept, where too much is censored for the model (comparison only)",
    "sensitivity_method": "how that ratio was computed; none if there is none",
    "q2": "share of the variation explained in participants the model has not seen, mean of the repeats",
    "q2_lowest": "lowest of the repeats",
    "q2_highest": "highest of the repeats",
    "null_median": "median of q2 when the score is permuted",
    "null_95": "95th percentile of q2 when the score is permuted",
    "prediction.visit": "primary visit",
    "prediction.model": "partial least squares or elastic net",
    "prediction.p_floor": "smallest p attainable with these permutations",
    "included": "this biomarker is part of the analysis",
    "loading": "loading of the biomarker on the component",
    "reasons": "why results are missing or not reportable, with counts",
}


@cache
def statistic_tables() -> dict[str, Table]:
    """The tables of the statistics by name, of the columns their modules declare, UNITS and MEANINGS."""
    return {
        name: Table(
            name,
            STATISTICS_SAY[name],
            (),
            {
                column: Column(
                    column,
                    kind,
                    _of(UNITS, name, column, "") if kind in ("float64", "Int64") else "",
                    _of(MEANINGS, name, column),
                )
                for column, kind in kinds.items()
            },
        )
        for name, kinds in STATISTICS.items()
    }


def _of(texts, table, column, *default):
    """The text of a column of this table, or else of every column of that name. Raises KeyError without a default."""
    return texts.get(f"{table}.{column}") or (texts.get(column, *default) if default else texts[column])


def contracts() -> dict[str, Table]:
    """Every table of the workflow by name: of batches, of the study, of the statistics, of the figures."""
    return {**tables.TABLES, **statistic_tables(), **figure_tables.TABLES}


def described() -> list[dict]:
    """One row per column of every table: table, one row is, column, key (yes or ""), type, unit, meaning."""
    return [
        {
            "table": table.name,
            "one row is": table.row,
            "column": column.name,
            "key": "yes" if column.name in table.key else "",
            "type": column.type,
            "unit": column.unit,
            "meaning": column.meaning,
        }
        for table in contracts().values()
        for column in table.columns.values()
    ]


def notes(name: str) -> dict[str, str]:
    """Meaning and unit of every column of one table, as a note beside its header. Raises KeyError for an unknown table."""
    columns = contracts()[name].columns.values()
    return {column.name: column.meaning + (f" [{column.unit}]" if column.unit else "") for column in columns}


def read_statistics(name, path):
    """A statistics table as written; text columns stay text (a visit may be called 1)."""
    kinds = statistic_tables()[name].types
    return tables.read_tsv(path, dtype={column: "str" for column, kind in kinds.items() if kind == "str"})
