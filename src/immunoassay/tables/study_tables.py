"""The tables of the study: its results and how they came about, controls and lots over time, and what is analysed."""

from immunoassay.tables.approval_table import APPROVALS
from immunoassay.tables.batch_tables import ATTEMPT, MEASUREMENT, PLATE, RUN
from immunoassay.tables.notation import table

_STUDY_ATTEMPTS = table(
    "study_attempts",
    "one attempt of any batch, judged by the history of its sample as well",
    "plate sample_id analyte attempt",
    f"""
{ATTEMPT}
selected | boolean | | this attempt is the reported one
selection | str | | why it is, or why not
""",
)
_RESULTS = table(
    "results",
    "the reported result of one sample and analyte",
    "sample_id analyte",
    f"""
sample_id | str | | sample
analyte | str | | analyte
panel | str | | kit
{MEASUREMENT}
lloq_applied | float64 | <unit> | LLOQ applied
uloq_applied | float64 | <unit> | ULOQ applied
lloq_rule | str | | plate, max or validated, and the plate's own rule
value_raw | float64 | <unit> | value before the factor of the bridging pool, or an amendment, adjusted it
pool_factor | float64 | factor, or <unit> | what the bridging pool reads relative to the reference; missing when not normalised
batch | str | | batch of the selected attempt
plate | str | | plate of the selected attempt
wells | str | | wells
dilution | float64 | factor | dilution factor
cv_percent | float64 | % | CV of replicates
verdict | str | | verdict of plate x analyte
n_attempts | Int64 | number | attempts of this sample and analyte
selection | str | | why this attempt was selected
flags | str | | codes of flags
amendments | str | | amendments that touched it or another attempt of the same sample and analyte, semicolon-separated
{RUN}
""",
)
_LEDGER = table(
    "ledger",
    "one raw record (well x analyte, or row of a table of results) and what became of it",
    "plate record analyte",
    f"""
{PLATE}
record | str | | well, or row of a result table
analyte | str | | analyte
role | str | | role
sample_id | str | | sample
sample_written | str | | sample name as the export or layout spells it
names_scope | str | | scope of the row of the names sheet that says what sample_written means; missing where none does
disposition | str | | the one final disposition of this raw record
reason | str | | in words
file | str | | raw file
file_row | Int64 | number | row of the raw file
""",
)
_LEDGER_COUNTS = table(
    "ledger_counts",
    "the number of raw records of one plate that have one disposition",
    "plate panel disposition",
    f"""
{PLATE}
disposition | str | | the one final disposition of a raw record
n_records | Int64 | number | raw records of the plate that have it
""",
)
_AMENDMENTS = table(
    "amendments",
    "one correction made to what the exports say",
    "amendment",
    """
amendment | str | | name of the amendment
what | str | | what it does
plate | str | | plate
well | str | | well
analyte | str | | analyte
sample_id | str | | sample
level | str | | level of a standard
from | str | | what the export says
to | str | | what is right
reason | str | | why
who | str | | who decided
when | str | | date of the decision
n_records | Int64 | number | raw records, attempts or results it changed
n_results | Int64 | number | results that carry its name
""",
)
_COMPLETENESS = table(
    "completeness",
    "one sample of the sheet that lacks reportable results of one panel",
    "sample_id panel",
    """
sample_id | str | | sample
panel | str | | kit
participant | str | | participant
course | str | | treatment course
visit | str | | visit
planned | boolean | | the panel is planned at this visit (visits of the panels sheet, or 80 % of the participants have a result)
n_analytes | Int64 | number | analytes of the panel
n_results | Int64 | number | of these, with a reportable result of this sample
n_another_tube | Int64 | number | of these, reported from another tube of the same visit
reasons | str | | why the others have none: reason and count, semicolon-separated
""",
)
_CONTROLS = table(
    "controls",
    "one control on one plate, for one analyte",
    "plate analyte control",
    f"""
{PLATE}
analyte | str | | analyte
control | str | | control
kit_lot | str | | kit lot
run_date | str | | run date
run | Int64 | number | number of the run in its lot, by date and plate
accepted | boolean | | the plate x analyte passed its acceptance; only accepted runs enter a guide set
n_wells | Int64 | number | usable wells
value | float64 | <unit> | mean concentration of the wells, in the well; missing when one is off the curve
expected | float64 | <unit> | expected concentration in the well
unit | str | | unit of the standards
recovery_percent | float64 | % | 100 x value / expected
stated_low | float64 | <unit> | lower end of the range the certificate states
stated_high | float64 | <unit> | upper end of the range the certificate states
guide_runs | Int64 | number | accepted runs of the lot before this one that make its guide set, at most 20
guide_mean | float64 | <unit> | geometric mean of the guide set
guide_sd_log | float64 | number | standard deviation (n - 1) of ln concentration in the guide set
z | float64 | number | (ln value - mean of ln) / SD of ln of the guide set; missing below 3 guide runs
provisional | boolean | | fewer than 20 guide runs: the run can warn, not fail
amendments | str | | amendments of the standards, controls and blanks of this plate and analyte, semicolon-separated
rules | str | | Westgard rules the run breaks, semicolon-separated
verdict | str | | PASS, WARN, FAIL or NOT_EVALUABLE
words | str | | the judgement in words
""",
)
_CONTROL_LOTS = table(
    "control_lots",
    "one control over all runs of a kit lot, for one analyte",
    "panel analyte kit_lot control",
    """
panel | str | | kit
analyte | str | | analyte
kit_lot | str | | kit lot
control | str | | control
n_runs | Int64 | number | runs
n_accepted | Int64 | number | accepted runs with a value, which the following rest on
expected | float64 | <unit> | expected concentration in the well
unit | str | | unit of the standards
mean | float64 | <unit> | mean concentration
bias_percent | float64 | % | mean deviation from the expected concentration
cv_percent | float64 | % | CV between runs (n - 1)
total_error_percent | float64 | % | size of the bias + CV
n_warned | Int64 | number | runs with a warning
n_failed | Int64 | number | runs that break a rejecting rule
verdict | str | | total error within the criteria set: PASS, FAIL or NOT_EVALUABLE
words | str | | the judgement in words
""",
)
_LLOQ_LEVELS = table(
    "lloq_levels",
    "one level of a standard or control over the accepted runs of a kit lot, for one analyte",
    "panel analyte kit_lot kind level expected",
    """
panel | str | | kit
analyte | str | | analyte
kit_lot | str | | kit lot
kind | str | | standard or control
level | str | | level
expected | float64 | <standard_unit> | expected concentration in the well
standard_unit | str | | unit of the standards
n_runs | Int64 | number | accepted runs (plates) with a mean of its wells
n_days | Int64 | number | different run dates of these
n_off_curve | Int64 | number | of these, all wells below the curve
recovery_percent | float64 | % | mean recovery over the runs; a well below the curve counts as nothing
recovery_low | float64 | % | lower end of its 95 % interval
recovery_high | float64 | % | upper end of its 95 % interval
cv_percent | float64 | % | CV between runs of the mean of its wells (of standards enlarged to that of a new sample)
cv_low | float64 | % | lower end of its 95 % interval
cv_high | float64 | % | upper end of its 95 % interval
se_percent | float64 | % | standard error that the curve gives the mean of as many new wells, median over the runs
tolerance_percent | float64 | % | deviation of the recovery from 100 that the criteria set allows inside the range
largest_cv_percent | float64 | % | CV that the criteria set allows inside the range
within | boolean | | recovery, CV and standard error are within
surely_within | boolean | | all of both intervals is within, and so is the standard error
surely_outside | boolean | | all of one interval is outside
""",
)
_LLOQ_PROPOSALS = table(
    "lloq_proposals",
    "the validated LLOQ proposed for one analyte from the runs of a kit lot",
    "panel analyte kit_lot",
    """
panel | str | | kit
analyte | str | | analyte
kit_lot | str | | kit lot
standard_unit | str | | unit of the standards
n_runs | Int64 | number | accepted runs (plates) of the lot
n_days | Int64 | number | different run dates of these
lloq_proposed | float64 | <standard_unit> | lowest level within tolerance with all above it, in the well
lloq_low | float64 | <standard_unit> | lower end of its interval: down to it no level is surely outside
lloq_high | float64 | <standard_unit> | upper end of its interval: down to it all levels are surely within; missing where none is
kind | str | | standard or control that the proposal is read at
level | str | | its level
recovery_percent | float64 | % | its mean recovery over the runs
cv_percent | float64 | % | its CV between runs
cv_high | float64 | % | upper end of the 95 % interval of that CV
plate_median | float64 | <standard_unit> | median LLOQ of the lot's plates by their own rule
plate_min | float64 | <standard_unit> | lowest of these
plate_max | float64 | <standard_unit> | highest of these
lloq_validated | float64 | <standard_unit> | validated LLOQ of the sheet
verdict | str | | PASS (proposed), FAIL (no level is within tolerance) or NOT_EVALUABLE (too few runs)
words | str | | the judgement in words
to_write | str | | cells of the analytes sheet that adopt it: the highest proposal of the analyte's lots
""",
)
_REPEATS = table(
    "repeats",
    "all samples measured again on another day, for one analyte",
    "panel analyte",
    """
panel | str | | kit
analyte | str | | analyte
n_samples | Int64 | number | samples with an accepted, quantified attempt
n_needed | Int64 | number | samples to measure again: 10 % of the first 1000, 5 % of the rest
n_pairs | Int64 | number | samples quantified again on another plate and day
n_within | Int64 | number | of these, within 30 % of the mean of both
median_difference_percent | float64 | % | median size of the difference, in % of the mean of both
verdict | str | | at least 2 of 3 within 30 %: PASS, FAIL or NOT_EVALUABLE (too few)
words | str | | the judgement in words
""",
)
_BRIDGING = table(
    "bridging",
    "two kit lots that follow each other, compared on the samples measured with both, for one analyte",
    "panel analyte lot_old lot_new",
    """
panel | str | | kit
analyte | str | | analyte
lot_old | str | | earlier lot
lot_new | str | | later lot
unit | str | | unit of the analyte
n_samples | Int64 | number | samples measured with both lots
n_pairs | Int64 | number | of these, quantified with both
n_censored | Int64 | number | of these, outside the limits with one or both
ratio | float64 | ratio | ratio of geometric means, later / earlier lot (in log2 units 2**mean difference)
ratio_low | float64 | ratio | lower end of its 90 % confidence interval
ratio_high | float64 | ratio | upper end of its 90 % confidence interval
share_within | float64 | share | share of pairs within 30 % of their mean
span | float64 | share | logarithmic range of the pairs over that of all quantified attempts
error_ratio | float64 | ratio | variance of the replicates of the earlier lot over that of the later, for Deming
deming_slope | float64 | ratio | slope of later on earlier lot
deming_slope_low | float64 | ratio | lower end of the 95 % jackknife interval
deming_slope_high | float64 | ratio | upper end of the 95 % jackknife interval
deming_intercept | float64 | <unit> | intercept
deming_intercept_low | float64 | <unit> | lower end of the 95 % jackknife interval
deming_intercept_high | float64 | <unit> | upper end of the 95 % jackknife interval
passing_bablok_slope | float64 | ratio | slope of later on earlier lot
passing_bablok_slope_low | float64 | ratio | lower end of the 95 % interval
passing_bablok_slope_high | float64 | ratio | upper end of the 95 % interval
passing_bablok_intercept | float64 | <unit> | intercept
passing_bablok_intercept_low | float64 | <unit> | lower end of the 95 % interval
passing_bablok_intercept_high | float64 | <unit> | upper end of the 95 % interval
verdict | str | | PASS (equivalent), WARN (indeterminate), FAIL (not poolable as they are) or NOT_EVALUABLE
words | str | | the judgement in words
""",
)
_SHARED_SAMPLES = table(
    "shared_samples",
    "a plate or run and the earliest one that measured some of its samples too, for one analyte",
    "panel analyte plate_old run_old plate_new run_new",
    """
panel | str | | kit
analyte | str | | analyte
batch_old | str | | batch of the earlier
plate_old | str | | earlier plate or delivery
run_old | str | | its plate or run, of a delivery that holds several
batch_new | str | | batch of the later
plate_new | str | | later plate or delivery
run_new | str | | its plate or run, of a delivery that holds several
n_samples | Int64 | number | samples that both measured
n_pairs | Int64 | number | of these, quantified by both
unit | str | | unit of the analyte
quantity | str | | difference (in log2 units: later - earlier) or ratio (later / earlier)
median | float64 | ratio, or <unit> | median difference or ratio of the pairs
q1 | float64 | ratio, or <unit> | lower quartile
q3 | float64 | ratio, or <unit> | upper quartile
""",
)
OUTSIDE = "another_tube_reported, participant_excluded, schedule_not_analysed, not_included, visit_not_stated"
_OUTSIDE_ANALYSIS = table(
    "outside_analysis",
    "one measured result that no statistic and no figure uses",
    "sample_id analyte",
    f"""
sample_id | str | | sample
analyte | str | | analyte
participant | str | | participant
course | str | | treatment course
visit | str | | visit
panel | str | | kit
unit | str | | unit of the concentration
value | float64 | <unit> | value when quantified
lower | float64 | <unit> | lower bound
upper | float64 | <unit> | upper bound
status | str | | quantified, below_lloq, above_uloq, not_reportable
reason | str | | why it is in no analysis: {OUTSIDE}
reported_sample | str | | the sample of the same visit that is analysed instead
""",
)
_OBSERVATIONS = table(
    "observations",
    "one biomarker or score of a participant at a visit of a course",
    "participant course visit variable",
    """
participant | str | | participant
participant_group | str | | group of the participant, such as patients or controls
course | str | | treatment course
course_order | Int64 | number | order of the course; 1 is the first
visit | str | | visit
visit_order | Int64 | number | order of the visit
day | float64 | day | study day in the course (day 1 = first dose, or baseline visit without treatment), missing when undated
variable | str | | analyte or score
kind | str | | biomarker or score
panel | str | | kit (biomarkers)
group | str | | group of analytes, or score
unit | str | | unit (points for scores)
value | float64 | <unit> | value when quantified
point | float64 | <unit> | value even outside the limits; below LOD it is used in log2 units if the config says kept
lower | float64 | <unit> | lower bound
upper | float64 | <unit> | upper bound
status | str | | quantified, below_lod, below_lloq, above_uloq, not_reportable, missing
reason | str | | reason code when not quantified
lod | float64 | <unit> | limit of detection, where one is chosen or stated
lloq | float64 | <unit> | LLOQ applied
uloq | float64 | <unit> | ULOQ applied
lloq_study | float64 | <unit> | the one LLOQ of the analyte that values are divided by: the highest applied to a reported result
over_lloq_lower | float64 | ratio | lower bound / lloq_study (of log2 units 2**difference)
over_lloq_upper | float64 | ratio | upper bound / lloq_study (at most 1 when below LLOQ)
sample_id | str | | sample (biomarkers)
plate | str | | plate or delivery of the result, and its run, of a delivery that holds several
kit_lot | str | | kit lot it was measured with, where one is stated
baseline | boolean | | this is the baseline visit
baseline_lower | float64 | <unit> | lower bound at baseline
baseline_upper | float64 | <unit> | upper bound at baseline
baseline_status | str | | status at baseline
baseline_plate | str | | plate at baseline
baseline_kit_lot | str | | kit lot at baseline
change | float64 | <unit> | value - baseline, both quantified
change_lower | float64 | <unit> | lower bound of the change
change_upper | float64 | <unit> | upper bound of the change
fold_lower | float64 | ratio | lower bound of value / baseline (biomarkers; of log2 units 2**change)
fold_upper | float64 | ratio | upper bound of value / baseline (biomarkers; of log2 units 2**change)
relative_change_percent | float64 | % | 100 x change / baseline, both quantified (none in log2 units)
in_window | boolean | | the date lies in the window of the visit
flags | str | | codes of flags
amendments | str | | amendments that touched the result, semicolon-separated
reported | boolean | | the statistics use it: quantified, or known to lie beyond a limit
baseline_reported | boolean | | so is its baseline
own_baseline | boolean | | this is the baseline visit of a course that is compared with its own baseline
lower_limit | float64 | <unit> | LLOQ applied; the limit of detection where no LLOQ is stated or values between the two are kept
baseline_lower_limit | float64 | <unit> | lower limit at baseline
baseline_uloq | float64 | <unit> | ULOQ applied at baseline
""",
)
_WHAT_CHANGED = table(
    "what_changed",
    "one thing that moved since the release the study is compared with",
    "",
    """
kind | str | | result, verdict, statistic or figure
change | str | | new (the row was not there), gone (it no longer is) or changed
table | str | | table it stands in
row | str | | row
column | str | | column
old | str | | what the release says
new | str | | what is said now
why | str | | why it moved, where that is known
""",
)

TABLES = {
    each.name: each
    for each in (
        _STUDY_ATTEMPTS, _RESULTS, _LEDGER, _LEDGER_COUNTS, _AMENDMENTS, APPROVALS, _COMPLETENESS, _CONTROLS, _CONTROL_LOTS,
        _LLOQ_LEVELS, _LLOQ_PROPOSALS, _REPEATS, _BRIDGING, _SHARED_SAMPLES, _OUTSIDE_ANALYSIS, _OBSERVATIONS, _WHAT_CHANGED,
    )
}  # fmt: skip
