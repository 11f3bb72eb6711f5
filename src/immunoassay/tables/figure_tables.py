"""The tables behind the figures: every number drawn, one row for each thing drawn.

A layer says what a row is; columns that a layer does not need are missing in its rows.
"""

from immunoassay.tables.notation import table

VISIT = """
participant | str | | participant, of what is drawn for one
course | str | | treatment course
visit | str | | visit
visit_label | str | | visit as it is labelled
"""
SERIES = f"""
part | str | | part of Figure 5: A, B or C
variable | str | | analyte or score
label | str | | its name as it is printed
group | str | | group of analytes, or score
unit | str | | unit of the analyte or score
quantity | str | | what is drawn: value, change (from baseline) or relative_change_percent
layer | str | | summary (centre of a visit), participant (one value), mcid (line of the change that matters), ticks or words
{VISIT}
x | Int64 | number | place of the visit on the axis, from 1
n | Int64 | number | results of the visit
n_below | Int64 | number | of these, below the LLOQ
n_above | Int64 | number | of these, above the ULOQ
n_missing | Int64 | number | missing results
share_below | float64 | share | n_below / n
y | float64 | <unit>, or % | height; of what lies beyond a limit that limit
low | float64 | <unit>, or % | lower end of the 95 % confidence interval
high | float64 | <unit>, or % | upper end of the 95 % confidence interval
lloq_min | float64 | <unit> | lowest LLOQ among the results
lloq_max | float64 | <unit> | highest LLOQ among the results
y_status | str | | what y is: value, quantified, or the limit it lies beyond; not_estimable
centre_method | str | | what the centre is
centre_method_code | str | | code of centre_method
interval_method | str | | how the interval was computed; none if there is none
interval_method_code | str | | code of interval_method
words | str | | the row in words
"""

_FIGURE_1A = table(
    "figure_1a",
    "one visit, infusion, relapse or start of a later course on the time line of a course",
    "",
    """
course_order | Int64 | number | order of the course; 1 is the first
course | str | | treatment course
kind | str | | visit (planned), infusion (the k-th of all), relapse (of one participant) or start (of a later course)
label | str | | what is printed
day | float64 | day | planned or median day within the course (start: within the first course)
day_low | float64 | day | begin of the window of a visit, or earliest day
day_high | float64 | day | end of the window of a visit, or latest day
n | Int64 | number | participants
""",
)
_FIGURE_1B = table(
    "figure_1b",
    "one box of the flow of participants",
    "box",
    """
box | str | | box; excluded, schedule, completed and group have one for each, after a colon
label | str | | what is printed
parent | str | | box it hangs on
n | Int64 | number | participants
detail | str | | words below
analysed | boolean | | of a schedule: whether it is part of the analysed set
order | Int64 | number | order from top to bottom
""",
)
_FIGURE_2 = table(
    "figure_2",
    "the summary, or the value of one participant, of a score at a visit, or the line of the change that matters",
    "part variable layer participant visit",
    SERIES,
)
_FIGURE_3 = table(
    "figure_3",
    "one value or relapse of a participant who relapsed, the line of the change that matters, or the words",
    "layer participant course_order visit day",
    """
layer | str | | value, relapse, mcid (line of the change that matters) or words
participant | str | | participant
course | str | | treatment course
course_order | Int64 | number | order of the course; 1 is the first
visit | str | | visit
visit_label | str | | visit as it is labelled
day | float64 | day | day within the course (day 1 = first dose); the planned day of a value without a date
weeks | float64 | weeks | (day - 1) / 7
y | float64 | <unit> | change from baseline
y_status | str | | status of the value
score | str | | clinical score
unit | str | | points
baseline | str | | whose baseline the change is from: first (course) or own
words | str | | what is printed
""",
)
_FIGURE_4 = table(
    "figure_4",
    "the quantiles, or the value of one participant, of a cytokine at one of two visits",
    "layer variable participant visit",
    f"""
layer | str | | box (quantiles) or point (a participant)
variable | str | | analyte
label | str | | its name as it is printed
unit | str | | unit
{VISIT}
n | Int64 | number | results of the visit
n_below | Int64 | number | of these, below the LLOQ
n_above | Int64 | number | of these, above the ULOQ
x | float64 | number | place on the axis: 1 and 2 are the visits
share_below | float64 | share | n_below / n
minimum | float64 | <unit> | minimum; as every quantile the limit it lies beyond, if it does
q1 | float64 | <unit> | lower quartile
median | float64 | <unit> | median
q3 | float64 | <unit> | upper quartile
maximum | float64 | <unit> | maximum
minimum_status | str | | value, or the limit the minimum lies beyond
q1_status | str | | value, or the limit the lower quartile lies beyond
median_status | str | | value, or the limit the median lies beyond
q3_status | str | | value, or the limit the upper quartile lies beyond
maximum_status | str | | value, or the limit the maximum lies beyond
y | float64 | <unit> | value of the participant, or the limit it lies beyond
lloq_min | float64 | <unit> | lowest LLOQ among the results
lloq_max | float64 | <unit> | highest LLOQ among the results
y_status | str | | status of the value of the participant
quantile_method | str | | how quantiles were computed
quantile_method_code | str | | code of quantile_method
words | str | | the row in words
""",
)
_FIGURE_5 = table(
    "figure_5",
    "the summary, or the value of one participant, of an antibody at a visit, or what is printed below",
    "part variable layer participant visit",
    SERIES,
)
_FIGURE_6 = table(
    "figure_6",
    "the summary, or the value of one participant, of an analyte at a visit",
    "part variable layer participant visit",
    SERIES,
)
_ASSOCIATIONS = table(
    "figure_associations",
    "one cell of the heat map: a biomarker and a score, for one question",
    "question variable score visit",
    """
question | str | | baseline, change_change or within_participant
variable | str | | analyte
label | str | | its name as it is printed
group | str | | group of analytes
score | str | | clinical score
visit | str | | visit
statistic | str | | what the estimate is: Kendall tau-b or correlation r
row | Int64 | number | row of the heat map, from 0
column | Int64 | number | column of its block, from 0
n_participants | Int64 | number | participants
n_observations | Int64 | number | participant visits with both
share_below | float64 | share | results below LLOQ / results
estimate | float64 | correlation | the estimate
low | float64 | correlation | lower end of the 95 % confidence interval (see interval_method)
high | float64 | correlation | upper end of the 95 % confidence interval
interval_method | str | | of what the interval is, and how it was computed
interval_method_code | str | | code of interval_method
p | float64 | probability | two-sided p value
p_floor | float64 | probability | smallest two-sided p attainable
adjusted | float64 | probability | p adjusted within its family, or q
adjustment | str | | max-T or false discovery rate
adjustment_code | str | | code of adjustment
family | str | | family of tests; empty: descriptive, not adjusted
family_code | str | | code of the family; with the visit and the group it names one
family_size | Int64 | number | tests in the family
reason | str | | why there is no estimate
reason_code | str | | code of reason
words | str | | the row in words
""",
)
_CONTROLS = table(
    "figure_controls",
    "one control on one plate, for one analyte",
    "analyte control plate",
    """
analyte | str | | analyte
label | str | | its name as it is printed
control | str | | control
kit_lot | str | | kit lot
plate | str | | plate
run_date | str | | run date
x | Int64 | number | number of the run over all lots, from 1
lot_run | Int64 | number | number of the run in its lot
guide_runs | Int64 | number | accepted runs of the lot before this one that make its guide set
accepted | boolean | | the plate x analyte passed its acceptance
provisional | boolean | | too few guide runs to fail the run
recovery_percent | float64 | % | 100 x concentration / expected
guide_mean | float64 | % | geometric mean of the guide set, of the expected concentration
guide_low | float64 | % | guide mean - 3 SD (of logarithms)
guide_high | float64 | % | guide mean + 3 SD (of logarithms)
tolerance_percent | float64 | % | deviation from the expected concentration that the acceptance allows
z | float64 | number | deviation from the guide mean, in SD
rules | str | | Westgard rules the run breaks, semicolon-separated
verdict | str | | PASS, WARN, FAIL or NOT_EVALUABLE
words | str | | the judgement in words
""",
)
_CURVES = table(
    "figure_curves",
    "one standard well, one point of a drawn curve, one limit, or why a plate has no curve",
    "layer analyte plate well x",
    """
layer | str | | well, fit (a point of the curve), lloq, uloq or no_curve
panel | str | | kit
analyte | str | | analyte
label | str | | its name as it is printed
plate | str | | plate
well | str | | well
role | str | | standard or control
level | str | | level of a standard or control
x | float64 | <unit> | concentration in the well
y | float64 | signal | signal
use | str | | of a well: used, dropped (by the editing rule), set_aside or control
unit | str | | unit of the standards
model | str | | model of the curve
status | str | | status of the curve, or of the concentration of a well
words | str | | why there is no curve
""",
)
_PROFILE = table(
    "figure_profile",
    "the scores of a participant at a visit, the loadings of a biomarker, or the variance a component explains",
    "layer participant course visit variable component",
    f"""
layer | str | | score, loading, variance, left_out (a biomarker that is not part of it) or words
quantity | str | | value (ln values) or ratio (ln ratios to baseline)
{VISIT}
x | Int64 | number | place of the visit among the visits, from 1
variable | str | | analyte
label | str | | its name as it is printed
group | str | | group of analytes
component | Int64 | number | principal component
pc1 | float64 | number | score or loading on the first component
pc2 | float64 | number | score or loading on the second component
explained | float64 | share | share of the variance the component explains
noise_median | float64 | share | median share explained when trajectories are permuted
noise_95 | float64 | share | 95th percentile of that share
share_below | float64 | share | results below LLOQ / results
words | str | | what was done, or why not
""",
)

TABLES = {
    each.name: each
    for each in (
        _FIGURE_1A, _FIGURE_1B, _FIGURE_2, _FIGURE_3, _FIGURE_4, _FIGURE_5, _FIGURE_6, _ASSOCIATIONS, _CONTROLS,
        _CURVES, _PROFILE,
    )
}  # fmt: skip
