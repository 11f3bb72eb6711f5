"""The tables of the statistics, column by column.

A method, a family or a reason is a code (statistics/known_codes.py) in the column `NAME_code`; the text of it is in the
column NAME beside, which the room `words` fills when the table is written, as it fills `words` and `*_text`.
"""

from immunoassay.tables.notation import Table, table

CODE, TEXT, WORDS = "_code", "_text", "words"


def _coded(name, meaning):
    return f"""
{name} | str | | {meaning}
{name}{CODE} | str | | code of {name}
"""


_COURSE = """
course | str | | treatment course
visit | str | | visit
visit_order | Int64 | number | order of the visit
"""
_BIOMARKER = f"""
variable | str | | analyte or score
kind | str | | biomarker or score
panel | str | | kit (biomarkers)
group | str | | group of analytes, or score
unit | str | | unit
{_COURSE}
"""
_RESULTS = """
n_quantified | Int64 | number | quantified results
n_below | Int64 | number | results below LLOQ or LOD
"""
_UNDETECTED = "n_below_lod | Int64 | number | of these, below the limit of detection"
_LOST = """
n_above | Int64 | number | results above ULOQ
n_missing | Int64 | number | missing results
n_not_reportable | Int64 | number | results that are not reportable
"""
_EXPECTED = "n_expected | Int64 | number | participants expected at this visit"
_N = "n | Int64 | number | results, pairs or participants the row rests on"
_SHARE = "share_below | float64 | share | results below LLOQ / results"
_LLOQ = """
lloq_min | float64 | <unit> | lowest LLOQ among the results
lloq_max | float64 | <unit> | highest LLOQ among the results
"""
_INTERVAL_METHOD = _coded("interval_method", "how the interval was computed; none if there is none")
_ESTIMATE_METHOD = _coded("estimate_method", "what the estimate is")
_P = "p | float64 | probability | two-sided p value"
_P_METHOD = _coded("p_method", "the test")
_P_FLOOR = "p_floor | float64 | probability | smallest two-sided p attainable with these pairs"
_TEST = f"{_P}\n{_P_METHOD}\n{_P_FLOOR}"
_ADJUSTED = f"""
p_adjusted | float64 | probability | p adjusted within its family, or q
{_coded("adjusted_method", "method of the adjustment")}
family | str | | family of tests; empty: descriptive, not adjusted
family_code | str | | code of the family; with the visit and the group it names one
family_size | Int64 | number | tests in the family
"""
_FAMILY_P = """
family_p | float64 | probability | p of no change in any variable of the family (sum of squared t, shared sign changes)
"""
_METHOD = _coded("method", "what the numbers are")
_WORDS = "words | str | | the row in words"
_REASON = """
reason | str | | why something is missing
reason_code | str | | codes of reason, semicolon-separated
"""
_TOLD = f"{_WORDS}\n{_REASON}"
_SUBSTITUTED = "substituted_code | str | | what stands for values outside the limits: none, half_lloq, uloq or both"


def _ends(unit):
    return f"""
low | float64 | {unit} | lower end of the 95 % confidence interval, or the lower bound
high | float64 | {unit} | upper end of the 95 % confidence interval, or the upper bound
"""


def _quantile(name, said):
    return f"""
{name} | float64 | <unit> | {said}, or the limit it lies beyond
{name}_status | str | | value, or on which side of a limit the {said} lies
"""


def _share_of(count, stem, what, whole):
    return f"""
{count} | Int64 | number | {what}
{count}_of | Int64 | number | {whole}
{stem}_share | float64 | share | {count} / {count}_of
{stem}_low | float64 | share | lower Clopper-Pearson limit of the share
{stem}_high | float64 | share | upper Clopper-Pearson limit of the share
"""


_QUARTILES = _quantile("median", "median") + _quantile("q1", "lower quartile") + _quantile("q3", "upper quartile")
_RESPONDED = "participants who improved by the MCID or more"
_LOST_IT = "participants who had responded at an earlier visit of the course and no longer do (relapse by score)"
_RESPONDERS = _share_of("responders", "responder", _RESPONDED, "participants with both scores")
_LOST_RESPONSE = _share_of("lost_response", "lost_response", _LOST_IT, "earlier responders with a score at this visit")
_MINIMAL_SYMPTOM = _share_of(
    "minimal_symptom", "minimal_symptom", "participants in minimal symptom expression", "participants with a score"
)
_NEVER = "within_participant, within_participant_unadjusted (never tested)"
_QUANTITY = "quantity | str | | value (log values) or change (of log values from baseline)"


def _statistic(name, row, key, columns):
    group = "participant_group | str | | group of participants, all, or empty where there are no groups"
    return table(name, row, f"participant_group {key}", f"{group}\n{columns}")


_TABLES = (
    _statistic(
        "visit_summaries",
        "variable x course x visit x quantity: centre with interval, quantiles, how much was censored",
        "variable course visit quantity",
        f"""
{_BIOMARKER}
quantity | str | | value, change, relative_change_percent or over_lloq (value / LLOQ applied; in log2 units the difference)
{_EXPECTED}
{_N}
{_RESULTS}
{_UNDETECTED}
{_LOST}
{_SHARE}
{_coded("centre_method", "what the centre is")}
centre | float64 | <unit> | the centre, or the limit it lies beyond (see centre_status)
centre_status | str | | value, below_lloq (below the limits), above_uloq or not_estimable
{_ends("<unit>")}
{_INTERVAL_METHOD}
centre_text | str | | the centre as it is printed
{_QUARTILES}
{_quantile("minimum", "minimum")}
{_quantile("maximum", "maximum")}
{_coded("quantile_method", "how quantiles were computed")}
{_LLOQ}
{_TOLD}
""",
    ),
    _statistic(
        "biomarker_changes",
        "biomarker x course x visit after baseline: ratio to baseline (in log2 units the difference), its limits, exact test",
        "variable course visit",
        f"""
{_BIOMARKER}
quantity | str | | ratio, or difference (in log2 units: from baseline, in the unit of the row)
n_pairs | Int64 | number | participants with a result at both visits
informative_pairs | Int64 | number | pairs whose order the limits leave open to the test
quantified_baseline | Int64 | number | of the pairs, quantified at baseline
quantified_visit | Int64 | number | of the pairs, quantified at the visit
below_baseline | Int64 | number | of the pairs, below LLOQ at baseline
below_visit | Int64 | number | of the pairs, below LLOQ at the visit
gained | Int64 | number | pairs above the higher LLOQ of the pair at the visit only
lost | Int64 | number | pairs above the higher LLOQ of the pair at baseline only
share_censored | float64 | share | censored results / results of both visits
{_SHARE}
tier | str | | the estimate the data support: A nothing censored, B likelihood, C bounds of an exact test, D shares only
ratio | float64 | ratio, or <unit> | geometric mean ratio to baseline, or the mean difference
{_ends("ratio, or <unit>")}
{_INTERVAL_METHOD}
percent_change | float64 | % | 100 x (ratio - 1); none in log2 units
percent_low | float64 | % | 100 x (low - 1)
percent_high | float64 | % | 100 x (high - 1)
bound_text | str | | the ratio or its bound as it is printed
{_TEST}
{_ADJUSTED}
{_FAMILY_P}
sensitivity_lloq | float64 | ratio, or <unit> | the same with the LLOQ for values below LLOQ (comparison only)
sensitivity_half_lloq | float64 | ratio, or <unit> | the same with LLOQ/2 for values below LLOQ (comparison only)
sensitivity_sqrt2 | float64 | ratio, or <unit> | the same with LLOQ/\N{SQUARE ROOT}2 for values below LLOQ (comparison only)
sensitivity_flips | boolean | | under some substitution the direction or the conclusion differs
{_TOLD}
""",
    ),
    _statistic(
        "score_changes",
        "score x course x visit after baseline: change in points, responders, minimal symptom expression",
        "variable course visit",
        f"""
variable | str | | analyte or score
kind | str | | biomarker or score
unit | str | | unit
{_COURSE}
{_EXPECTED}
{_N}
informative | Int64 | number | changes that are not zero
{_SHARE}
mean_change | float64 | points | mean change from baseline
{_ends("points")}
{_INTERVAL_METHOD}
hodges_lehmann | float64 | points | Hodges-Lehmann estimate of the change
hodges_lehmann_low | float64 | points | lower end of its exact interval
hodges_lehmann_high | float64 | points | upper end of its exact interval
{_coded("hodges_lehmann_method", "how that interval was computed")}
{_TEST}
{_ADJUSTED}
{_FAMILY_P}
mcid | float64 | points | minimal clinically important difference (empty: not settled)
{_RESPONDERS}
{_LOST_RESPONSE}
minimal_symptom_max | float64 | points | largest score that is minimal symptom expression (empty: not defined)
{_MINIMAL_SYMPTOM}
{_TOLD}
""",
    ),
    _statistic(
        "associations",
        "question x visit x biomarker x score: estimate, interval, permutation p",
        "question visit variable score",
        f"""
question | str | | baseline, change_change, baseline_change, between_participants, {_NEVER}
variable | str | | analyte or score
score | str | | clinical score
group | str | | group of analytes, or score
{_COURSE}
n_participants | Int64 | number | participants
n_observations | Int64 | number | participant visits with both
n_quantified | Int64 | number | quantified results
{_SHARE}
tau_b | float64 | correlation | Kendall's tau-b on pairs whose order is certain
rho | float64 | correlation | Spearman's rho, results below LLOQ tied
rho_low | float64 | correlation | lower end of its 95 % interval
rho_high | float64 | correlation | upper end of its 95 % interval
estimate | float64 | correlation | the estimate of this question (estimate_method says which)
{_ends("correlation")}
{_ESTIMATE_METHOD}
{_INTERVAL_METHOD}
{_SUBSTITUTED}
{_TEST}
q_value | float64 | probability | Benjamini-Hochberg q within the family
{_ADJUSTED}
{_TOLD}
""",
    ),
    _statistic(
        "sensitivity",
        "biomarker x course x visit: geometric means (in log2 units means) under substitution, beside the censored estimate",
        "variable course visit",
        f"""
{_BIOMARKER}
{_EXPECTED}
{_N}
{_RESULTS}
{_LOST}
{_SHARE}
{_LLOQ}
lloq | float64 | <unit> | geometric mean with values below LLOQ replaced by the LLOQ
half_lloq | float64 | <unit> | geometric mean with values below LLOQ replaced by LLOQ/2
sqrt2_lloq | float64 | <unit> | geometric mean with values below LLOQ replaced by LLOQ/\N{SQUARE ROOT}2
ros | float64 | <unit> | geometric mean by regression on order statistics
censored | float64 | <unit> | geometric mean by censored log-normal maximum likelihood (in log2 units all are means)
censored_low | float64 | <unit> | lower end of its 95 % interval
censored_high | float64 | <unit> | upper end of its 95 % interval
as_delivered | float64 | <unit> | in log2 units: mean with values below LOD as they were delivered, beside `censored`
{_METHOD}
{_REASON}
""",
    ),
    _statistic(
        "accounting",
        "biomarker x course x visit: where every expected result went",
        "variable course visit",
        f"""
{_BIOMARKER}
{_EXPECTED}
n_received | Int64 | number | participants with a sample
{_RESULTS}
{_UNDETECTED}
{_LOST}
{_SHARE}
{_LLOQ}
reasons | str | | why results are missing or not reportable: codes with counts
""",
    ),
    _statistic(
        "longitudinal",
        "variable x visit after baseline: change in a mixed model of all visits, or why there is none",
        "variable course visit",
        f"""
{_BIOMARKER}
quantity | str | | ratio (biomarkers), difference (biomarkers in log2 units) or change (scores)
n_participants | Int64 | number | participants in the model: with a result at baseline and later
n | Int64 | number | participants with a result at baseline and at this visit
n_missing | Int64 | number | missing results
share_censored | float64 | share | censored results / results of both visits
{_SHARE}
estimate | float64 | ratio, or points | the estimate of this question (estimate_method says which)
{_ends("ratio, or points")}
standard_error | float64 | ln ratio, or points | standard error of the model
degrees_of_freedom | float64 | number | degrees of freedom
{_P}
{_ESTIMATE_METHOD}
{_INTERVAL_METHOD}
{_P_METHOD}
{_SUBSTITUTED}
sensitivity | float64 | ratio, or <unit> | the same by censored random intercept, where too much is censored (comparison only)
{_coded("sensitivity_method", "how that was computed; none if there is none")}
{_TOLD}
""",
    ),
    _statistic(
        "prediction",
        "score x model: can all biomarkers together predict its change, or why that is not asked",
        "score model_code",
        f"""
score | str | | clinical score
course | str | | treatment course
visit | str | | primary visit
{_coded("model", "partial least squares or elastic net")}
{_N}
n_analytes | Int64 | number | biomarkers in the analysis
n_substituted | Int64 | number | values outside the limits that entered as LLOQ/2 or ULOQ
{_SUBSTITUTED}
q2 | float64 | share | share of the variation explained in participants the model has not seen, mean of the repeats
q2_lowest | float64 | share | lowest of the repeats
q2_highest | float64 | share | highest of the repeats
null_median | float64 | share | median of q2 when the score is permuted
null_95 | float64 | share | 95th percentile of q2 when the score is permuted
{_P}
p_floor | float64 | probability | smallest p attainable with these permutations
{_METHOD}
{_TOLD}
""",
    ),
    _statistic(
        "pca_scores",
        "quantity x participant x visit x component: principal component scores",
        "quantity participant visit component",
        f"""
{_QUANTITY}
participant | str | | participant
{_COURSE}
component | Int64 | number | principal component
score | float64 | number | score of the participant visit on the component
explained | float64 | share | share of the variance the component explains
n_analytes | Int64 | number | biomarkers in the analysis
n_substituted | Int64 | number | values outside the limits that entered as LLOQ/2 or ULOQ
{_METHOD}
""",
    ),
    _statistic(
        "pca_loadings",
        "quantity x biomarker x component: loadings; biomarkers left out, with the reason",
        "quantity variable component",
        f"""
{_QUANTITY}
variable | str | | analyte or score
group | str | | group of analytes, or score
included | boolean | | this biomarker is part of the analysis
{_REASON}
{_N}
{_SHARE}
component | Int64 | number | principal component
loading | float64 | number | loading of the biomarker on the component
{_METHOD}
""",
    ),
    _statistic(
        "pca_variance",
        "quantity x component: variance explained, beside what permuted data explain",
        "quantity component",
        f"""
{_QUANTITY}
component | Int64 | number | principal component
explained | float64 | share | share of the variance the component explains
cumulative | float64 | share | share explained by this and earlier components
noise_median | float64 | share | median share explained when trajectories are permuted
noise_95 | float64 | share | 95th percentile of that share
{_N}
n_participants | Int64 | number | participants
n_analytes | Int64 | number | biomarkers in the analysis
rows_left_out | Int64 | number | participant visits left out because a biomarker is missing
{_SHARE}
{_SUBSTITUTED}
{_METHOD}
{_TOLD}
""",
    ),
)
STATISTICS: dict[str, Table] = {each.name: each for each in _TABLES}


def texts(name: str) -> tuple[str, ...]:
    """Columns of a table that only the room `words` fills: what has its code beside, printed estimates, the row in words."""
    columns = STATISTICS[name].columns
    return tuple(
        column for column in columns if f"{column}{CODE}" in columns or column.endswith(TEXT) or column == WORDS
    )


def codes(name: str) -> tuple[str, ...]:
    """Columns of a table that hold codes of statistics/known_codes.py."""
    return tuple(column for column in STATISTICS[name].columns if column.endswith(CODE))
