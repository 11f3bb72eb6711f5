"""The tables of the statistics, column by column.

A method, a family or a reason is a code (statistics/known_codes.py) in the column `NAME_code`; the text of it is in the
column NAME beside, which the room `words` fills when the table is written, as it fills `words` and `*_text`.
"""

from immunoassay.tables import comparison_tables, course_tables, plan_table, response_tables
from immunoassay.tables.notation import Table
from immunoassay.tables.statistic_columns import (
    ACROSS,
    ADJUSTED,
    BIOMARKER,
    CODE,
    COURSE,
    ESTIMATE_METHOD,
    EXPECTED,
    FAMILY_P,
    INTERVAL_METHOD,
    LLOQ,
    LOST,
    LOST_RESPONSE,
    METHOD,
    MINIMAL_SYMPTOM,
    NEVER,
    P_BESIDE,
    P_METHOD,
    QUANTITY,
    QUARTILES,
    REASON,
    RESPONDERS,
    RESULTS,
    SHARE,
    SUBSTITUTED,
    TEST,
    TEXT,
    TOLD,
    UNDETECTED,
    WORDS,
    N,
    P,
    coded,
    ends,
    quantile,
    statistic,
)

_TABLES = (
    statistic(
        "visit_summaries",
        "variable x course x visit x quantity: centre with interval, quantiles, how much was censored",
        "variable course visit quantity",
        f"""
{BIOMARKER}
quantity | str | | value, change, relative_change_percent or over_lloq (value / one LLOQ per analyte; in log2 units less it)
{EXPECTED}
{N}
{RESULTS}
{UNDETECTED}
{LOST}
{SHARE}
{coded("centre_method", "what the centre is")}
centre | float64 | <unit> | the centre, or the limit it lies beyond (see centre_status)
centre_status | str | | value, below_lloq (below the limits), above_uloq or not_estimable
{ends("<unit>")}
{INTERVAL_METHOD}
centre_text | str | | the centre as it is printed
{QUARTILES}
{quantile("minimum", "minimum")}
{quantile("maximum", "maximum")}
{coded("quantile_method", "how quantiles were computed")}
{LLOQ}
{TOLD}
""",
    ),
    statistic(
        "biomarker_changes",
        "biomarker x course x visit after baseline: ratio to baseline (in log2 units the difference), its limits, exact test",
        "variable course visit",
        f"""
{BIOMARKER}
quantity | str | | ratio, or difference (in log2 units: from baseline, in the unit of the row)
n_pairs | Int64 | number | participants with a result at both visits
informative_pairs | Int64 | number | pairs whose order the limits leave open to the test
quantified_baseline | Int64 | number | of the pairs, quantified at baseline
quantified_visit | Int64 | number | of the pairs, quantified at the visit
below_baseline | Int64 | number | of the pairs, below LLOQ at baseline
below_visit | Int64 | number | of the pairs, below LLOQ at the visit
gained | Int64 | number | pairs above the higher LLOQ of the pair at the visit only
lost | Int64 | number | pairs above the higher LLOQ of the pair at baseline only
{ACROSS}
share_censored | float64 | share | censored results / results of both visits
{SHARE}
tier | str | | the estimate the data support: A nothing censored, B likelihood, C bounds of an exact test, D shares only
ratio | float64 | ratio, or <unit> | geometric mean ratio to baseline, or the mean difference
{ends("ratio, or <unit>")}
{INTERVAL_METHOD}
percent_change | float64 | % | 100 x (ratio - 1); none in log2 units
percent_low | float64 | % | 100 x (low - 1)
percent_high | float64 | % | 100 x (high - 1)
bound_text | str | | the ratio or its bound as it is printed
{TEST}
{P_BESIDE}
{ADJUSTED}
{FAMILY_P}
sensitivity_lloq | float64 | ratio, or <unit> | the same with the LLOQ for values below LLOQ (comparison only)
sensitivity_half_lloq | float64 | ratio, or <unit> | the same with LLOQ/2 for values below LLOQ (comparison only)
sensitivity_sqrt2 | float64 | ratio, or <unit> | the same with LLOQ/\N{SQUARE ROOT}2 for values below LLOQ (comparison only)
sensitivity_flips | boolean | | under some substitution the direction or the conclusion differs
{TOLD}
""",
    ),
    statistic(
        "score_changes",
        "score x course x visit after baseline: change in points, responders, minimal symptom expression",
        "variable course visit",
        f"""
variable | str | | analyte or score
kind | str | | biomarker or score
unit | str | | unit
{COURSE}
{EXPECTED}
{N}
informative | Int64 | number | changes that are not zero
{SHARE}
mean_change | float64 | points | mean change from baseline
{ends("points")}
{INTERVAL_METHOD}
hodges_lehmann | float64 | points | Hodges-Lehmann estimate of the change
hodges_lehmann_low | float64 | points | lower end of its exact interval
hodges_lehmann_high | float64 | points | upper end of its exact interval
{coded("hodges_lehmann_method", "how that interval was computed")}
{TEST}
{P_BESIDE}
{ADJUSTED}
{FAMILY_P}
mcid | float64 | points | minimal clinically important difference (empty: not settled)
{RESPONDERS}
{LOST_RESPONSE}
minimal_symptom_max | float64 | points | largest score that is minimal symptom expression (empty: not defined)
{MINIMAL_SYMPTOM}
{TOLD}
""",
    ),
    statistic(
        "associations",
        "question x visit x biomarker x score: estimate, interval, permutation p",
        "question visit variable score",
        f"""
question | str | | baseline, change_change, baseline_change, between_participants, {NEVER}
variable | str | | analyte or score
score | str | | clinical score
group | str | | group of analytes, or score
{COURSE}
n_participants | Int64 | number | participants
n_observations | Int64 | number | participant visits with both
n_quantified | Int64 | number | quantified results
{SHARE}
lower_limit_code | str | | the limit these lie below: lloq, lod (no LLOQ is stated), both or none
tau_b | float64 | correlation | Kendall's tau-b on pairs whose order is certain
rho | float64 | correlation | Spearman's rho, results below LLOQ tied
rho_low | float64 | correlation | lower end of its 95 % interval
rho_high | float64 | correlation | upper end of its 95 % interval
estimate | float64 | correlation | the estimate of this question (estimate_method says which)
{ends("correlation")}
{ESTIMATE_METHOD}
{INTERVAL_METHOD}
{SUBSTITUTED}
{TEST}
q_value | float64 | probability | Benjamini-Hochberg q within the family
{ADJUSTED}
{TOLD}
""",
    ),
    statistic(
        "sensitivity",
        "biomarker x course x visit: geometric means (in log2 units means) under substitution, beside the censored estimate",
        "variable course visit",
        f"""
{BIOMARKER}
{EXPECTED}
{N}
{RESULTS}
{LOST}
{SHARE}
{LLOQ}
lloq | float64 | <unit> | geometric mean with values below LLOQ replaced by the LLOQ
half_lloq | float64 | <unit> | geometric mean with values below LLOQ replaced by LLOQ/2
sqrt2_lloq | float64 | <unit> | geometric mean with values below LLOQ replaced by LLOQ/\N{SQUARE ROOT}2
ros | float64 | <unit> | geometric mean by regression on order statistics
censored | float64 | <unit> | geometric mean by censored log-normal maximum likelihood (in log2 units all are means)
censored_low | float64 | <unit> | lower end of its 95 % interval
censored_high | float64 | <unit> | upper end of its 95 % interval
detected | float64 | <unit> | the same with values between LOD and LLOQ as they were measured; missing where no LOD is known
as_delivered | float64 | <unit> | in log2 units: mean with values below LOD as they were delivered, beside `censored`
{METHOD}
{REASON}
""",
    ),
    statistic(
        "accounting",
        "biomarker x course x visit: where every expected result went",
        "variable course visit",
        f"""
{BIOMARKER}
{EXPECTED}
n_received | Int64 | number | participants with a sample
{RESULTS}
{UNDETECTED}
{LOST}
{SHARE}
{LLOQ}
reasons | str | | why results are missing or not reportable: codes with counts
""",
    ),
    statistic(
        "longitudinal",
        "variable x visit after baseline: change in a mixed model of all visits, or why there is none",
        "variable course visit",
        f"""
{BIOMARKER}
quantity | str | | ratio (biomarkers), difference (biomarkers in log2 units) or change (scores)
n_participants | Int64 | number | participants in the model: with a result at baseline and later
n | Int64 | number | participants with a result at baseline and at this visit
n_missing | Int64 | number | missing results
share_censored | float64 | share | censored results / results of both visits
{SHARE}
estimate | float64 | ratio, or points | the estimate of this question (estimate_method says which)
{ends("ratio, or points")}
standard_error | float64 | ln ratio, or points | standard error of the model
degrees_of_freedom | float64 | number | degrees of freedom
{P}
{ESTIMATE_METHOD}
{INTERVAL_METHOD}
{P_METHOD}
{SUBSTITUTED}
{course_tables.f_test("any_visit", "no change at any visit (the same in all rows of the variable)")}
any_visit_p_beside | float64 | probability | p of the other test of that, which does not carry the claim
{coded("any_visit_beside_method", "that test")}
sensitivity | float64 | ratio, or <unit> | the same by censored random intercept, where too much is censored (comparison only)
{coded("sensitivity_method", "how that was computed; none if there is none")}
{TOLD}
""",
    ),
    statistic(
        "prediction",
        "score x model: can all biomarkers together predict its change, or why that is not asked",
        "score model_code",
        f"""
score | str | | clinical score
course | str | | treatment course
visit | str | | primary visit
{coded("model", "partial least squares or elastic net")}
{N}
n_analytes | Int64 | number | biomarkers in the analysis
n_substituted | Int64 | number | values outside the limits that entered as LLOQ/2 or ULOQ
{SUBSTITUTED}
q2 | float64 | share | share of the variation explained in participants the model has not seen, mean of the repeats
q2_lowest | float64 | share | lowest of the repeats
q2_highest | float64 | share | highest of the repeats
null_median | float64 | share | median of q2 when the score is permuted
null_95 | float64 | share | 95th percentile of q2 when the score is permuted
{P}
p_floor | float64 | probability | smallest p attainable with these permutations
{METHOD}
{TOLD}
""",
    ),
    statistic(
        "pca_scores",
        "quantity x participant x visit x component: principal component scores",
        "quantity participant visit component",
        f"""
{QUANTITY}
participant | str | | participant
{COURSE}
component | Int64 | number | principal component
score | float64 | number | score of the participant visit on the component
explained | float64 | share | share of the variance the component explains
n_analytes | Int64 | number | biomarkers in the analysis
n_substituted | Int64 | number | values outside the limits that entered as LLOQ/2 or ULOQ
{METHOD}
""",
    ),
    statistic(
        "pca_loadings",
        "quantity x biomarker x component: loadings; biomarkers left out, with the reason",
        "quantity variable component",
        f"""
{QUANTITY}
variable | str | | analyte or score
group | str | | group of analytes, or score
included | boolean | | this biomarker is part of the analysis
{REASON}
{N}
{SHARE}
component | Int64 | number | principal component
loading | float64 | number | loading of the biomarker on the component
{METHOD}
""",
    ),
    statistic(
        "pca_variance",
        "quantity x component: variance explained, beside what permuted data explain",
        "quantity component",
        f"""
{QUANTITY}
component | Int64 | number | principal component
explained | float64 | share | share of the variance the component explains
cumulative | float64 | share | share explained by this and earlier components
noise_median | float64 | share | median share explained when trajectories are permuted
noise_95 | float64 | share | 95th percentile of that share
{N}
n_participants | Int64 | number | participants
n_analytes | Int64 | number | biomarkers in the analysis
rows_left_out | Int64 | number | participant visits left out because a biomarker is missing
{SHARE}
{SUBSTITUTED}
{METHOD}
{TOLD}
""",
    ),
)
_MORE = (*course_tables.TABLES, *comparison_tables.TABLES, *response_tables.TABLES, *plan_table.TABLES)
STATISTICS: dict[str, Table] = {each.name: each for each in (*_TABLES, *_MORE)}


def texts(name: str) -> tuple[str, ...]:
    """Columns of a table that only the room `words` fills: what has its code beside, printed estimates, the row in words."""
    columns = STATISTICS[name].columns
    return tuple(
        column for column in columns if f"{column}{CODE}" in columns or column.endswith(TEXT) or column == WORDS
    )


def codes(name: str) -> tuple[str, ...]:
    """Columns of a table that hold codes of statistics/known_codes.py."""
    return tuple(column for column in STATISTICS[name].columns if column.endswith(CODE))
