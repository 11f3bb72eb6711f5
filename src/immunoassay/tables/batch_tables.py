"""The tables of one batch, from its raw exports to the attempts of its samples.

Concentrations are in the unit of the row's `unit` column (sample units) or, where a curve is fitted, in the row's
`standard_unit` (units of the standards).
"""

from immunoassay.tables.notation import table

PLATE = """
batch | str | | assay delivery
plate | str | | one plate read
panel | str | | kit
"""
MEASUREMENT = """
value | float64 | <unit> | the value when quantified
point | float64 | <unit> | back-calculated or delivered value even outside the limits (for re-censoring and review)
lower | float64 | <unit> | lower bound (below LOD or LLOQ 0; in log2 units -inf)
upper | float64 | <unit> | upper bound (the LOD below LOD, the LLOQ below LLOQ; inf above ULOQ)
low | float64 | <unit> | lower end of the 95 % interval of analytical uncertainty
high | float64 | <unit> | upper end of the 95 % interval of analytical uncertainty
status | str | | quantified, below_lod, below_lloq, above_uloq, not_reportable, missing
reason | str | | reason code when not quantified
unit | str | | unit
lod | float64 | <unit> | limit of detection, by the detection rule of the analyte or as the laboratory states it
lloq_plate | float64 | <unit> | LLOQ of the plate in sample units
"""
RUN = """
run_date | str | | run date
kit_lot | str | | kit lot
run | str | | plate or run of the delivery, where it holds several
file | str | | raw file
file_sha256 | str | | its checksum
"""
ATTEMPT = f"""
{PLATE}
sample_id | str | | sample
analyte | str | | analyte
attempt | str | | name of the attempt: plate, dilution
dilution | float64 | factor | dilution factor
wells | str | | wells used, comma-separated (rows of a result table)
n_wells | Int64 | number | wells used
{MEASUREMENT}
uloq_plate | float64 | <unit> | ULOQ of the plate in sample units
lloq_rule | str | | rule of the plate limit (of a delivery: laboratory, validated or smallest_positive)
cv_percent | float64 | % | CV of the replicate concentrations (n - 1; of values in log2 units that of 2**value)
verdict | str | | verdict of plate x analyte
verdict_reason | str | | in words
flags | str | | codes of flags
amendments | str | | amendments of its wells and of its curve, semicolon-separated
{RUN}
"""
FITTED = {"a": "a", "b": "ln b", "c": "ln c", "d": "d", "g": "ln g"}  # a line has a and b, a log_log line ln a and b
_COVARIANCE = "\n".join(
    f"cov_{one}_{other} | float64 | units of both | covariance of {first} and {second}; missing where one was not fitted"
    for one, first in FITTED.items()
    for other, second in FITTED.items()
)

_WELLS = table(
    "wells",
    "one analyte in one well of a plate, as the raw export has it",
    "plate well analyte",
    f"""
{PLATE}
well | str | | row letter and two-digit column (A01)
analyte | str | | analyte of the panel
analyte_written | str | | analyte as the export spells it
role | str | | sample, standard, control, spike (a sample with a known amount added), blank, empty, ignore (by names)
sample_written | str | | sample name as the export or layout spells it
sample_id | str | | sample after names and amendments (samples and spikes only)
names_scope | str | | scope of the row of the names sheet that says what sample_written means; missing where none does
level | str | | level of a standard (S1) or name of a control (QC1) or spike (SP1)
dilution | float64 | factor | dilution factor (100 means 1:100)
signal | float64 | signal | instrument signal the curve is fitted on
signal_kind | str | | median, net_median, fluorescence, luminescence, absorbance, net_absorbance, ecl
bead_count | float64 | beads | beads counted for this analyte
expected | float64 | <standard_unit> | expected concentration in the well of a standard or control, or what a spike adds
standard_unit | str | | unit of the standards, in which the curve is fitted
unit | str | | unit results are reported in
unit_factor | float64 | factor | standard_unit times this is unit
vendor_concentration | float64 | of the export | the vendor's concentration, only where the export holds a plain number
vendor_factor | float64 | factor | the vendor's concentration times this is in standard_unit (1 where the export states no unit)
vendor_flag | str | | controlled code of the vendor's flag (none, below_range, above_range, ...)
vendor_flag_text | str | | the vendor's cell, verbatim
vendor_comment | str | | the vendor's comment, verbatim
disposition | str | | usable, or why this well is set aside
disposition_reason | str | | the reason in words
flags | str | | codes of flags, semicolon-separated
amendments | str | | amendments that changed this record, semicolon-separated
header | str | | the header of the export as written, in one row of each plate; without lines that name persons
file | str | | raw file, relative to the study
file_sha256 | str | | its checksum
file_row | Int64 | number | row of the raw file that holds the signal
""",
)
_DELIVERED = table(
    "delivered",
    "one value of a laboratory's table of results, as it was delivered",
    "plate record",
    f"""
{PLATE}
record | str | | row of the result table, and the column in a wide one
analyte | str | | analyte
analyte_written | str | | analyte as the laboratory spells it
sample_written | str | | sample as the laboratory spells it
sample_id | str | | sample after names and amendments
names_scope | str | | scope of the row of the names sheet that says what sample_written means; missing where none does
role | str | | sample, standard, control or blank
run | str | | plate or run of the delivery, where it holds several
replicate | str | | what tells repeats of one sample and analyte in one run apart
value | float64 | <unit> | the laboratory's value where it is a plain number
value_text | str | | the laboratory's cell, verbatim
flag | str | | controlled code of the flag (none, below_range, above_range, ...)
limit | float64 | <unit> | number beside < or >
lod | float64 | <unit> | the laboratory's limit of detection
lloq | float64 | <unit> | the laboratory's lower limit of quantification
uloq | float64 | <unit> | the laboratory's upper limit of quantification
lloq_validated | float64 | <unit> | the sheet's validated LLOQ
uloq_validated | float64 | <unit> | the sheet's validated ULOQ
unit | str | | unit results are reported in
unit_written | str | | unit of the laboratory
date | str | | date of the result as written
comment | str | | the laboratory's comment, and the words of its columns of states
disposition | str | | usable, or why this row is set aside
disposition_reason | str | | the reason in words
amendments | str | | amendments that changed this record, semicolon-separated
file | str | | raw file, relative to the study
file_sha256 | str | | its checksum
file_row | Int64 | number | row of the raw file
""",
)
_PROBLEMS = table(
    "problems",
    "one thing found wrong or odd in a file, a sheet or a value",
    "code file sheet row column plate analyte found",
    """
code | str | | code of the problem
level | str | | STOP, QUARANTINE, EXCLUDE or FLAG
file | str | | file
found | str | | what was found
why | str | | why it is a problem
fix | str | | how to fix it
sheet | str | | sheet
row | str | | row as the user sees it, or well
column | str | | column
batch | str | | assay delivery
plate | str | | plate
analyte | str | | analyte, where the problem is of that analyte only
message | str | | the whole line
""",
)
_CURVES = table(
    "curves",
    "the standard curve of one analyte on one plate, with its limits by every rule",
    "plate analyte",
    f"""
{PLATE}
analyte | str | | analyte
kit_lot | str | | kit lot
standard_unit | str | | unit of the standards
unit | str | | unit of results
unit_factor | float64 | factor | standard_unit times this is unit
model | str | | 4pl, 5pl, linear or log_log
orientation | str | | of a 5PL: lower (power on the lower end) or upper
weights | str | | variance function, or observed weights, of the fit
variance_exponent | float64 | number | p of variance = residual_variance * (variance_constant + max(fitted, variance_floor)^p)
variance_constant | float64 | signal, weighted | additive part of the variance function (0 unless two_component or observed)
variance_floor | float64 | signal | fitted signals below this one are weighted as this one
status | str | | converged, not_converged or not_fitted
status_reason | str | | why, if not converged
lower_asymptote | float64 | signal | parameter a, signal at zero concentration
upper_asymptote | float64 | signal | parameter d, signal at infinite concentration
midpoint | float64 | <standard_unit> | parameter c (log_log: the concentration whose signal is 1)
slope | float64 | number | parameter b (positive when the signal rises; a 4PL or 5PL is evaluated with its size)
asymmetry | float64 | number | parameter g (1 in a 4PL)
{_COVARIANCE}
residual_variance | float64 | signal, weighted | weighted residual sum of squares at the fitted signals / degrees_of_freedom
degrees_of_freedom | Int64 | number | wells used minus parameters fitted (a plate alone: and its variance)
objective | float64 | signal, weighted | weighted residual sum of squares
iterations | Int64 | number | iterations of the last fit
at_bound | str | | parameters that ended on a bound
model_refused | str | | model of the sheet, where the standards were too few for it and `model` was fitted instead
n_wells_offered | Int64 | number | standard wells there were to fit, before the editing rule
n_levels_offered | Int64 | number | distinct levels of these wells
n_wells | Int64 | number | standard wells fitted
n_levels | Int64 | number | distinct non-zero standard levels fitted
lowest_standard | float64 | <standard_unit> | lowest non-zero standard level fitted
highest_standard | float64 | <standard_unit> | highest standard level fitted
blank_mean | float64 | signal | mean signal of the blanks
blank_sd | float64 | signal | standard deviation of the blanks (n - 1)
n_blanks | Int64 | number | blanks used
lloq_recovery_cv | float64 | <standard_unit> | lower limit by recovery + CV
uloq_recovery_cv | float64 | <standard_unit> | upper limit by recovery + CV
lloq_precision_profile | float64 | <standard_unit> | lower limit by the precision profile
uloq_precision_profile | float64 | <standard_unit> | upper limit by the precision profile
lloq_asymptote_interval | float64 | <standard_unit> | lower limit by the intervals of the asymptotes
uloq_asymptote_interval | float64 | <standard_unit> | upper limit by the intervals of the asymptotes
lod_blank_ksd | float64 | <standard_unit> | concentration at the mean + k SD of this plate's blanks
minimum_detectable | float64 | <standard_unit> | minimum detectable concentration (O'Connell 1993)
reliable_detection | float64 | <standard_unit> | reliable detection limit (O'Connell 1993)
lloq_validated | float64 | <standard_unit> | validated lower limit of the sheet
uloq_validated | float64 | <standard_unit> | validated upper limit of the sheet
limit_rule | str | | rule chosen for this analyte
lloq | float64 | <standard_unit> | the plate's lower limit of quantification in the well
uloq | float64 | <standard_unit> | the plate's upper limit of quantification in the well
limit_reason | str | | why there is no limit, if there is none
detection_rule | str | | rule of the limit of detection chosen for this analyte, or none
lod | float64 | <standard_unit> | limit of detection in the well; what reads below is not detected, and no LLOQ is below it
lod_reason | str | | why there is no limit of detection, if one was asked for
amendments | str | | amendments of its standards, controls and blanks, semicolon-separated
""",
)
_DROPPED_STANDARDS = table(
    "dropped_standards",
    "one level of a standard that the editing rule dropped from a curve, or could not drop",
    "plate analyte order",
    f"""
{PLATE}
analyte | str | | analyte
order | Int64 | number | the levels of a curve are dropped one after the other, the curve is fitted again each time
level | str | | level of the standard
expected | float64 | <standard_unit> | its expected concentration in the well
standard_unit | str | | unit of the standards
recovery_percent | float64 | % | 100 x its mean back-calculated concentration / expected, before; missing when off the curve
cv_percent | float64 | % | CV of its back-calculated concentrations, before
reason | str | | what was out of tolerance: off_curve, recovery, cv or recovery_and_cv
dropped | boolean | | the level is left out; false: the curve without it did not converge and the level went back in
""",
)
_CONCENTRATIONS = table(
    "concentrations",
    "one analyte in one well, back-calculated on the curve of its plate",
    "plate well analyte",
    f"""
{PLATE}
well | str | | well
analyte | str | | analyte
role | str | | role of the well
sample_id | str | | sample
level | str | | level of a standard or control
dilution | float64 | factor | dilution factor
signal | float64 | signal | signal
expected | float64 | of the standards | expected concentration in the well
concentration_well | float64 | of the standards | back-calculated concentration in the well
concentration | float64 | <unit> | concentration_well x dilution x unit_factor
low | float64 | <unit> | lower end of the 95 % interval of uncertainty
high | float64 | <unit> | upper end of the 95 % interval of uncertainty (inf = open)
relative_se | float64 | number | standard error of ln concentration
recovery_percent | float64 | % | 100 x concentration_well / expected (standards and controls)
status | str | | quantified, below_lod, below_lloq, above_uloq, not_reportable
reason | str | | reason code when not quantified (below_curve, below_limit, above_limit, no_curve, excluded ...)
unit | str | | unit
disposition | str | | disposition of the well
""",
)
_CHECKS = table(
    "checks",
    "one evaluation of one acceptance rule, passes too",
    "plate analyte rule subject",
    f"""
{PLATE}
analyte | str | | analyte
rule | str | | acceptance rule
scope | str | | plate, level, control or sample
subject | str | | what was judged: level, control or sample
observed | float64 | as the rule says | observed statistic
limit | str | | limit in words
verdict | str | | PASS, WARN, FAIL or NOT_EVALUABLE
required | boolean | | whether the criteria set requires the rule
criteria_set | str | | criteria set
criteria_version | str | | version of the criteria set
words | str | | the judgement in words
""",
)
_ATTEMPTS = table(
    "attempts",
    "one measured value of a sample and analyte, on one plate or in one delivery",
    "plate sample_id analyte attempt",
    ATTEMPT,
)

TABLES = {
    each.name: each
    for each in (
        _WELLS, _DELIVERED, _PROBLEMS, _CURVES, _DROPPED_STANDARDS, _CONCENTRATIONS, _CHECKS, _ATTEMPTS,
    )
}  # fmt: skip
