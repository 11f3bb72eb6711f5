"""The tables between the steps: columns, types, units and keys, declared once and checked on every write.

Types: `str` (missing = NaN), `float64`, `Int64`, `boolean`. Concentrations are in the unit of the row's `unit` column
(sample units) or, inside the calibration tables, in the row's `standard_unit` (units of the standards).
"""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from immunoassay.problems import Problem, StudyError
from pyarrow import compute

BELOW = ("below_lod", "below_lloq")  # the truth lies between 0 and the upper bound
CENSORED = (*BELOW, "above_uloq")
REPORTED = ("quantified", *CENSORED)
STATUSES = (*REPORTED, "not_reportable", "missing")
VERDICTS = ("PASS", "WARN", "FAIL", "NOT_EVALUABLE")
FORMULA = re.compile(r"[=@]|[+-].*(?:[A-Za-z]\(|[|!])")  # what a spreadsheet computes; `-0.5 (n = 3)` is not
COPIED = 20_000  # rows at a time
ROLES = ("sample", "standard", "control", "spike", "blank", "empty")


MARK, TAB, NOTHING = (pa.scalar(sign, pa.large_string()) for sign in ('"', "\t", ""))


@dataclass(frozen=True)
class Table:
    """A table contract. `columns` maps name to (type, meaning); `key` names the columns that identify a row."""

    key: tuple
    columns: dict


def _columns(text):
    columns = {}
    for line in filter(None, text.splitlines()):
        name, kind, meaning = (part.strip() for part in line.split("|"))
        columns[name] = (kind, meaning)
    return columns


_PLATE = """
batch | str | assay delivery
plate | str | one plate read
panel | str | kit
"""

TABLES = {
    "wells": Table(
        ("plate", "well", "analyte"),
        _columns(
            _PLATE
            + """
well | str | row letter and two-digit column (A01)
analyte | str | analyte of the panel
analyte_written | str | analyte as the export spells it
role | str | sample, standard, control, spike (a sample with a known amount added), blank or empty
sample_written | str | sample name as the export or layout spells it
sample_id | str | sample after amendments (samples and spikes only)
level | str | level of a standard (S1) or name of a control (QC1) or spike (SP1)
dilution | float64 | dilution factor (100 means 1:100)
signal | float64 | instrument signal the curve is fitted on
signal_kind | str | median, net_median, fluorescence, luminescence, absorbance, net_absorbance, ecl
bead_count | float64 | beads counted for this analyte
expected | float64 | expected concentration in the well of a standard or control, or what a spike adds, in standard_unit
standard_unit | str | unit of the standards, in which the curve is fitted
unit | str | unit results are reported in
unit_factor | float64 | standard_unit times this is unit
vendor_concentration | float64 | the vendor's concentration, only where the export holds a plain number
vendor_factor | float64 | the vendor's concentration times this is in standard_unit (1 where the export states no unit)
vendor_flag | str | controlled code of the vendor's flag (none, below_range, above_range, ...)
vendor_flag_text | str | the vendor's cell, verbatim
vendor_comment | str | the vendor's comment, verbatim
disposition | str | usable, or why this well is set aside (see wells.DISPOSITIONS)
disposition_reason | str | the reason in words
flags | str | codes of flags, semicolon-separated
amendments | str | amendments that changed this record, semicolon-separated
header | str | the header of the export as written, in one row of each plate; without lines that name persons
file | str | raw file, relative to the study
file_sha256 | str | its checksum
file_row | Int64 | row of the raw file that holds the signal
"""
        ),
    ),
    "delivered": Table(
        ("plate", "record"),
        _columns(
            _PLATE
            + """
record | str | row of the result table, and the column in a wide one
analyte | str | analyte
analyte_written | str | analyte as the laboratory spells it
sample_written | str | sample as the laboratory spells it
sample_id | str | sample after amendments
value | float64 | the laboratory's value where it is a plain number, in unit
value_text | str | the laboratory's cell, verbatim
flag | str | controlled code of the flag (none, below_range, above_range, ...)
limit | float64 | number beside < or >, in unit
lod | float64 | the laboratory's limit of detection, in unit
lloq | float64 | the laboratory's lower limit of quantification, in unit
uloq | float64 | the laboratory's upper limit of quantification, in unit
lloq_validated | float64 | the sheet's validated LLOQ, in unit
uloq_validated | float64 | the sheet's validated ULOQ, in unit
unit | str | unit results are reported in
unit_written | str | unit of the laboratory
date | str | date of the result as written
comment | str | the laboratory's comment, and the words of its columns of states
disposition | str | usable, or why this row is set aside
disposition_reason | str | the reason in words
amendments | str | amendments that changed this record, semicolon-separated
file | str | raw file, relative to the study
file_sha256 | str | its checksum
file_row | Int64 | row of the raw file
"""
        ),
    ),
    "problems": Table(
        ("code", "file", "sheet", "row", "column", "plate", "analyte", "found"),
        _columns(
            """
code | str | code of the problem
level | str | STOP, QUARANTINE, EXCLUDE or FLAG
file | str | file
found | str | what was found
why | str | why it is a problem
fix | str | how to fix it
sheet | str | sheet
row | str | row as the user sees it, or well
column | str | column
batch | str | assay delivery
plate | str | plate
analyte | str | analyte, where the problem is of that analyte only
message | str | the whole line
"""
        ),
    ),
    "curves": Table(
        ("plate", "analyte"),
        _columns(
            _PLATE
            + """
analyte | str | analyte
kit_lot | str | kit lot
standard_unit | str | unit of the standards
unit | str | unit of results
unit_factor | float64 | standard_unit times this is unit
model | str | 4pl, 5pl, linear or log_log
orientation | str | of a 5PL: lower (power on the lower end) or upper
weights | str | variance function, or observed weights, of the fit
variance_exponent | float64 | p of variance = residual_variance * (variance_constant + max(fitted, variance_floor)^p)
variance_constant | float64 | additive part of the variance function (0 unless two_component or observed weights)
variance_floor | float64 | fitted signals below this one are weighted as this one
status | str | converged, not_converged or not_fitted
status_reason | str | why, if not converged
lower_asymptote | float64 | signal at zero concentration
upper_asymptote | float64 | signal at infinite concentration
midpoint | float64 | parameter c, in standard_unit (log_log: the concentration whose signal is 1)
slope | float64 | parameter b (positive when the signal rises with concentration; a 4PL or 5PL is evaluated with the size of b)
asymmetry | float64 | parameter g (1 in a 4PL)
covariance | str | JSON, covariance of the fitted parameters (order in parameter_names)
parameter_names | str | JSON, order of the covariance
residual_variance | float64 | residual sum of squares over the variance function at fitted signals / degrees_of_freedom
degrees_of_freedom | Int64 | wells used minus parameters fitted
objective | float64 | weighted residual sum of squares
iterations | Int64 | iterations of the last fit
at_bound | str | parameters that ended on a bound
model_refused | str | model of the sheet, where the standards were too few for it and `model` was fitted instead
n_wells_offered | Int64 | standard wells there were to fit, before the editing rule
n_levels_offered | Int64 | distinct levels of these wells
n_wells | Int64 | standard wells fitted
n_levels | Int64 | distinct non-zero standard levels fitted
lowest_standard | float64 | lowest non-zero standard level fitted, in standard_unit
highest_standard | float64 | highest standard level fitted, in standard_unit
refits | str | JSON, every standard dropped by the editing rule, in order, with its recovery
blank_mean | float64 | mean signal of the blanks
blank_sd | float64 | standard deviation of the blanks (n - 1)
n_blanks | Int64 | blanks used
lloq_recovery_cv | float64 | lower limit by recovery + CV, in standard_unit
uloq_recovery_cv | float64 | upper limit by recovery + CV
lloq_precision_profile | float64 | lower limit by the precision profile
uloq_precision_profile | float64 | upper limit by the precision profile
lloq_asymptote_interval | float64 | lower limit by the intervals of the asymptotes
uloq_asymptote_interval | float64 | upper limit by the intervals of the asymptotes
lod_blank_ksd | float64 | concentration at blank mean + k SD
lob_ep17 | float64 | limit of blank (CLSI EP17)
lod_ep17 | float64 | limit of detection (CLSI EP17)
minimum_detectable | float64 | minimum detectable concentration (O'Connell 1993)
reliable_detection | float64 | reliable detection limit (O'Connell 1993)
lloq_validated | float64 | validated lower limit of the sheet
uloq_validated | float64 | validated upper limit of the sheet
limit_rule | str | rule chosen for this analyte
lloq | float64 | the plate's lower limit of quantification in the well, standard_unit
uloq | float64 | the plate's upper limit of quantification in the well, standard_unit
limit_reason | str | why there is no limit, if there is none
amendments | str | amendments of its standards, controls and blanks, semicolon-separated
"""
        ),
    ),
    "concentrations": Table(
        ("plate", "well", "analyte"),
        _columns(
            _PLATE
            + """
well | str | well
analyte | str | analyte
role | str | role of the well
sample_id | str | sample
level | str | level of a standard or control
dilution | float64 | dilution factor
signal | float64 | signal
expected | float64 | expected concentration in the well, standard_unit
concentration_well | float64 | back-calculated concentration in the well, standard_unit
concentration | float64 | concentration_well x dilution x unit_factor, in unit
low | float64 | lower end of the 95 % interval of uncertainty, in unit
high | float64 | upper end of the 95 % interval of uncertainty, in unit (inf = open)
relative_se | float64 | standard error of ln concentration
recovery_percent | float64 | 100 x concentration_well / expected (standards and controls)
status | str | quantified, below_lloq, above_uloq, not_reportable
reason | str | reason code when not quantified (below_curve, below_limit, above_limit, no_curve, excluded ...)
unit | str | unit
disposition | str | disposition of the well
"""
        ),
    ),
    "checks": Table(
        ("plate", "analyte", "rule", "subject"),
        _columns(
            _PLATE
            + """
analyte | str | analyte
rule | str | acceptance rule
scope | str | plate, level, control or sample
subject | str | what was judged: level, control or sample
observed | float64 | observed statistic
limit | str | limit in words
verdict | str | PASS, WARN, FAIL or NOT_EVALUABLE
required | boolean | whether the criteria set requires the rule
criteria_set | str | criteria set
criteria_version | str | version of the criteria set
words | str | the judgement in words
"""
        ),
    ),
    "attempts": Table(
        ("plate", "sample_id", "analyte", "attempt"),
        _columns(
            _PLATE
            + """
sample_id | str | sample
analyte | str | analyte
attempt | str | name of the attempt: plate, dilution
dilution | float64 | dilution factor
wells | str | wells used, comma-separated (rows of a result table)
n_wells | Int64 | wells used
value | float64 | the value when quantified, in unit
lower | float64 | lower bound of the measurement
upper | float64 | upper bound of the measurement
low | float64 | lower end of the 95 % interval of analytical uncertainty
high | float64 | upper end of the 95 % interval of analytical uncertainty
status | str | quantified, below_lod, below_lloq, above_uloq, not_reportable
reason | str | reason code when not quantified
unit | str | unit
lod | float64 | limit of detection the laboratory states, in unit
lloq_plate | float64 | LLOQ of the plate in sample units
uloq_plate | float64 | ULOQ of the plate in sample units
lloq_rule | str | rule of the plate limit (of a delivery: laboratory, validated or smallest_positive)
point | float64 | back-calculated value even outside the limits (never reported; for re-censoring and review)
cv_percent | float64 | CV of the replicate concentrations (n - 1)
verdict | str | verdict of plate x analyte
verdict_reason | str | in words
flags | str | codes of flags
amendments | str | amendments of its wells and of its curve, semicolon-separated
run_date | str | run date
kit_lot | str | kit lot
file | str | raw file
file_sha256 | str | its checksum
"""
        ),
    ),
    "results": Table(
        ("sample_id", "analyte"),
        _columns(
            """
sample_id | str | sample
analyte | str | analyte
panel | str | kit
value | float64 | the value when quantified
lower | float64 | lower bound (0 below LOD or LLOQ)
upper | float64 | upper bound (the LOD below LOD, the LLOQ below LLOQ; inf above ULOQ)
low | float64 | lower end of the 95 % interval of analytical uncertainty
high | float64 | upper end of the 95 % interval of analytical uncertainty
status | str | quantified, below_lod, below_lloq, above_uloq, not_reportable, missing
reason | str | reason code when not quantified
unit | str | unit
lod | float64 | limit of detection the laboratory states
lloq_plate | float64 | LLOQ of the selected plate in sample units
lloq_applied | float64 | LLOQ applied
uloq_applied | float64 | ULOQ applied
lloq_rule | str | plate, max or validated, and the plate's own rule
value_raw | float64 | concentration before it was divided by the factor of the bridging pool
pool_factor | float64 | what the plate's bridging pool reads relative to the reference; missing when not normalised
batch | str | batch of the selected attempt
plate | str | plate of the selected attempt
wells | str | wells
dilution | float64 | dilution factor
cv_percent | float64 | CV of replicates
verdict | str | verdict of plate x analyte
n_attempts | Int64 | attempts of this sample and analyte
selection | str | why this attempt was selected
flags | str | codes of flags
amendments | str | amendments that touched it or another attempt of the same sample and analyte, semicolon-separated
run_date | str | run date
kit_lot | str | kit lot
file | str | raw file
file_sha256 | str | its checksum
"""
        ),
    ),
    "ledger": Table(
        ("plate", "record", "analyte"),
        _columns(
            _PLATE
            + """
record | str | well, or row of a result table
analyte | str | analyte
role | str | role
sample_id | str | sample
disposition | str | the one final disposition of this raw record
reason | str | in words
file | str | raw file
file_row | Int64 | row of the raw file
"""
        ),
    ),
    "ledger_counts": Table(
        ("plate", "panel", "disposition"),
        _columns(
            _PLATE
            + """
disposition | str | the one final disposition of a raw record
n_records | Int64 | raw records of the plate that have it
"""
        ),
    ),
    "amendments": Table(
        ("amendment",),
        _columns(
            """
amendment | str | name of the amendment
what | str | what it does
plate | str | plate
well | str | well
analyte | str | analyte
sample_id | str | sample
level | str | level of a standard
from | str | what the export says
to | str | what is right
reason | str | why
who | str | who decided
when | str | date of the decision
n_records | Int64 | raw records, attempts or results it changed
n_results | Int64 | results that carry its name
"""
        ),
    ),
    "completeness": Table(
        ("sample_id", "panel"),
        _columns(
            """
sample_id | str | a sample of the sheet that lacks reportable results of a panel
panel | str | kit
participant | str | participant
course | str | treatment course
visit | str | visit
planned | boolean | the panel is planned at this visit (visits of the panels sheet, or 80 % of the participants have a result)
n_analytes | Int64 | analytes of the panel
n_results | Int64 | of these, with a reportable result of this sample
n_another_tube | Int64 | of these, reported from another tube of the same visit
reasons | str | why the others have none: reason and count, semicolon-separated
"""
        ),
    ),
    "controls": Table(
        ("plate", "analyte", "control"),
        _columns(
            _PLATE
            + """
analyte | str | analyte
control | str | control
kit_lot | str | kit lot
run_date | str | run date
run | Int64 | number of the run in its lot, by date and plate
accepted | boolean | the plate x analyte passed its acceptance; only accepted runs enter a guide set
n_wells | Int64 | usable wells
value | float64 | mean concentration of the wells, in the well, in unit; missing when one is off the curve
expected | float64 | expected concentration in the well
unit | str | unit of the standards
recovery_percent | float64 | 100 x value / expected
stated_low | float64 | lower end of the range the certificate states
stated_high | float64 | upper end of the range the certificate states
guide_runs | Int64 | accepted runs of the lot before this one that make its guide set, at most 20
guide_mean | float64 | geometric mean of the guide set
guide_sd_log | float64 | standard deviation (n - 1) of ln concentration in the guide set
z | float64 | (ln value - mean of ln) / SD of ln of the guide set; missing below 3 guide runs
provisional | boolean | fewer than 20 guide runs: the run can warn, not fail
amendments | str | amendments of the standards, controls and blanks of this plate and analyte, semicolon-separated
rules | str | Westgard rules the run breaks, semicolon-separated
verdict | str | PASS, WARN, FAIL or NOT_EVALUABLE
words | str | the judgement in words
"""
        ),
    ),
    "control_lots": Table(
        ("panel", "analyte", "kit_lot", "control"),
        _columns(
            """
panel | str | kit
analyte | str | analyte
kit_lot | str | kit lot
control | str | control
n_runs | Int64 | runs
n_accepted | Int64 | accepted runs with a value, which the following rest on
expected | float64 | expected concentration in the well
unit | str | unit of the standards
mean | float64 | mean concentration
bias_percent | float64 | mean deviation from the expected concentration
cv_percent | float64 | CV between runs (n - 1)
total_error_percent | float64 | size of the bias + CV
n_warned | Int64 | runs with a warning
n_failed | Int64 | runs that break a rejecting rule
verdict | str | total error within the criteria set: PASS, FAIL or NOT_EVALUABLE
words | str | the judgement in words
"""
        ),
    ),
    "repeats": Table(
        ("panel", "analyte"),
        _columns(
            """
panel | str | kit
analyte | str | analyte
n_samples | Int64 | samples with an accepted, quantified attempt
n_needed | Int64 | samples to measure again: 10 % of the first 1000, 5 % of the rest
n_pairs | Int64 | samples quantified again on another plate and day
n_within | Int64 | of these, within 30 % of the mean of both
median_difference_percent | float64 | median size of the difference, in % of the mean of both
verdict | str | at least 2 of 3 within 30 %: PASS, FAIL or NOT_EVALUABLE (too few)
words | str | the judgement in words
"""
        ),
    ),
    "bridging": Table(
        ("panel", "analyte", "lot_old", "lot_new"),
        _columns(
            """
panel | str | kit
analyte | str | analyte
lot_old | str | earlier lot
lot_new | str | later lot
n_samples | Int64 | samples measured with both lots
n_pairs | Int64 | of these, quantified with both
n_censored | Int64 | of these, outside the limits with one or both
ratio | float64 | ratio of geometric means, later / earlier lot
ratio_low | float64 | lower end of its 90 % confidence interval
ratio_high | float64 | upper end of its 90 % confidence interval
share_within | float64 | share of pairs within 30 % of their mean
span | float64 | logarithmic range of the pairs over that of all quantified attempts
error_ratio | float64 | variance of the replicates of the earlier lot over that of the later, for Deming
deming_slope | float64 | slope of later on earlier lot
deming_slope_low | float64 | lower end of the 95 % jackknife interval
deming_slope_high | float64 | upper end of the 95 % jackknife interval
deming_intercept | float64 | intercept
deming_intercept_low | float64 | lower end of the 95 % jackknife interval
deming_intercept_high | float64 | upper end of the 95 % jackknife interval
passing_bablok_slope | float64 | slope of later on earlier lot
passing_bablok_slope_low | float64 | lower end of the 95 % interval
passing_bablok_slope_high | float64 | upper end of the 95 % interval
passing_bablok_intercept | float64 | intercept
passing_bablok_intercept_low | float64 | lower end of the 95 % interval
passing_bablok_intercept_high | float64 | upper end of the 95 % interval
verdict | str | PASS (equivalent), WARN (indeterminate), FAIL (not poolable as they are) or NOT_EVALUABLE
words | str | the judgement in words
"""
        ),
    ),
    "outside_analysis": Table(
        ("sample_id", "analyte"),
        _columns(
            """
sample_id | str | sample
analyte | str | analyte
participant | str | participant
course | str | treatment course
visit | str | visit
panel | str | kit
unit | str | unit of the concentration
value | float64 | value when quantified
lower | float64 | lower bound
upper | float64 | upper bound
status | str | quantified, below_lloq, above_uloq, not_reportable
reason | str | why it is in no analysis: another_tube_reported, participant_excluded, schedule_not_analysed
reported_sample | str | the sample of the same visit that is analysed instead
"""
        ),
    ),
    "observations": Table(
        ("participant", "course", "visit", "variable"),
        _columns(
            """
participant | str | participant
course | str | treatment course
course_order | Int64 | order of the course; 1 is the first
visit | str | visit
visit_order | Int64 | order of the visit
day | float64 | study day in the course (day 1 = first dose), missing when undated
variable | str | analyte or score
kind | str | biomarker or score
panel | str | kit (biomarkers)
group | str | group of analytes, or score
unit | str | unit (points for scores)
value | float64 | value when quantified
lower | float64 | lower bound
upper | float64 | upper bound
status | str | quantified, below_lod, below_lloq, above_uloq, not_reportable, missing
reason | str | reason code when not quantified
lod | float64 | limit of detection, where one is stated
lloq | float64 | LLOQ applied
uloq | float64 | ULOQ applied
over_lloq_lower | float64 | lower bound / LLOQ applied
over_lloq_upper | float64 | upper bound / LLOQ applied (1 when below LLOQ: "< 1")
sample_id | str | sample (biomarkers)
baseline | boolean | this is the baseline visit
baseline_lower | float64 | lower bound at baseline
baseline_upper | float64 | upper bound at baseline
baseline_status | str | status at baseline
change | float64 | value - baseline, both quantified
change_lower | float64 | lower bound of the change
change_upper | float64 | upper bound of the change
fold_lower | float64 | lower bound of value / baseline (biomarkers)
fold_upper | float64 | upper bound of value / baseline (biomarkers)
relative_change_percent | float64 | 100 x change / baseline, both quantified
in_window | boolean | the date lies in the window of the visit
flags | str | codes of flags
amendments | str | amendments that touched the result, semicolon-separated
"""
        ),
    ),
}

# The attempts of all batches, judged by the history of the sample as well, and which of them is reported.
TABLES["study_attempts"] = Table(
    TABLES["attempts"].key,
    {
        **TABLES["attempts"].columns,
        "selected": ("boolean", "this attempt is the reported one"),
        "selection": ("str", "why it is, or why not"),
    },
)


class ContractError(ValueError):
    """A table does not keep its contract; this is a fault of the software, not of the user."""


def conform(frame, name):
    """The frame with exactly the columns of table `name`, in order, typed and sorted by key.

    Raises ContractError for an unknown or missing column, a value that does not fit its type, or a repeated key.
    """
    table = TABLES[name]
    unknown = [column for column in frame.columns if column not in table.columns]
    absent = [column for column in table.columns if column not in frame.columns]
    if unknown or absent:
        raise ContractError(f"{name}: unknown columns {unknown}, missing columns {absent}")
    try:
        frame = plain(frame[list(table.columns)]).astype({column: kind for column, (kind, _) in table.columns.items()})
    except (TypeError, ValueError) as error:
        raise ContractError(f"{name}: {error}") from error
    order, repeated = _order(frame, table.key)
    if repeated is not None:
        raise ContractError(f"{name}: repeated key {frame[list(table.key)].iloc[repeated].to_dict()}")
    return (frame if order is None else frame.iloc[order]).reset_index(drop=True)


def plain(frame):
    """The frame with texts that were read as categories (read, `coded`) as plain texts again."""
    coded = frame.select_dtypes("category")
    return frame.assign(
        **{
            name: column.cat.categories.astype("str").array.take(column.cat.codes.to_numpy(), allow_fill=True)
            for name, column in coded.items()
        }
    )


def _order(frame, key):
    """(positions of the rows sorted by key, or None if they are; position of a row whose key stands before, or None)."""
    codes = [frame[name].factorize(sort=True, use_na_sentinel=False)[0] for name in key]
    order = np.lexsort(codes[::-1])
    same = np.ones(max(len(frame) - 1, 0), dtype=bool)
    for each in codes:
        same &= np.diff(each[order]) == 0
    repeated = order[1:][same]
    return (
        None if (order == np.arange(len(frame))).all() else order,
        repeated.min() if len(repeated) else None,
    )


def empty(name):
    """An empty frame that keeps the contract of table `name`."""
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, (kind, _) in TABLES[name].columns.items()})


def write(frame, name, path):
    """Check the frame against its contract and write it as Parquet."""
    conform(frame, name).to_parquet(path, index=False, compression="zstd")


def count(paths, *columns):
    """{values of the columns: rows} over the tables of several batches; the key is a tuple, or one value of one column."""
    counts = Counter()
    for path in paths:
        found = read(path, list(columns)).value_counts(sort=False)
        counts.update(found.to_dict())
    return {key[0] if len(columns) == 1 else key: number for key, number in sorted(counts.items())}


def head(path, rows):
    """(the first `rows` rows of a table, how many it has); memory holds little more than those."""
    with _whole(path):
        source, parts = pq.ParquetFile(path), []
        for part in range(source.num_row_groups):
            if sum(map(len, parts)) < rows:
                parts.append(source.read_row_group(part).to_pandas())
    frame = pd.concat(parts, ignore_index=True) if parts else read(path)
    return frame.iloc[:rows], source.metadata.num_rows


@contextmanager
def writer(name, path):
    """A function that writes a frame as the next part of a table, checked against its contract.

    A part is written while the next one is made; memory holds both.
    """
    schema, writing = pa.Schema.from_pandas(empty(name), preserve_index=False), []
    with pq.ParquetWriter(path, schema, compression="zstd") as table, ThreadPoolExecutor(1) as pen:

        def add(frame):
            frame = conform(frame, name)
            if len(frame):
                part = pa.Table.from_pandas(frame, schema, preserve_index=False)
                finish()
                writing.append(pen.submit(table.write_table, part))

        def finish():
            while writing:
                writing.pop().result()

        yield add
        finish()


def copy_as_tsv(parquet, tsv):
    """Write a Parquet table as TSV, as `write_tsv` does but part by part and column by column: many times as fast."""
    with _whole(parquet):
        source = pq.ParquetFile(parquet)
    with _whole(parquet), open(tsv, "w", encoding="utf-8", newline="") as text:
        text.write("\t".join(source.schema_arrow.names) + "\n")
        for part in source.iter_batches(COPIED):
            text.writelines(_lines(part.to_pandas()))


@contextmanager
def _whole(path):
    """Raise StudyError where a table that an earlier step made cannot be read."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # of the disk, not of the content
            raise
        found, why = "the table is damaged", "an earlier step wrote it whole; something changed it since"
        raise StudyError([Problem("E-RUN-004", "STOP", str(path), found, why, "delete it and run again")]) from error


def read(path, columns=None, filters=None, coded=()):
    """Read a Parquet table: all columns or some, all rows or those that meet `filters` (of pyarrow).

    Texts named in `coded` become categories (not with `filters`): many times as quick where few different ones fill a
    column; `plain` makes texts of them.
    """
    if filters is not None:
        with _whole(path):
            return pd.read_parquet(path, columns=columns, filters=filters)
    with (
        _whole(path),
        pq.ParquetFile(path, read_dictionary=list(coded)) as file,
    ):  # a third of the time where no rows are sought
        return file.read(columns).to_pandas()


def read_all(paths, name, columns=None, filters=None):
    """Read and stack the tables of several batches; an empty list gives an empty table."""
    frames = [read(path, columns, filters) for path in paths]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return empty(name) if columns is None else empty(name)[columns]
    return pd.concat(frames, ignore_index=True)


class Parts:
    """The tables of several batches, one after the other and read anew every time.

    `change` is applied to each; `coded` as for `read`. A table is read while the one before is worked on; memory holds
    both. Without batches there is one empty table.
    """

    def __init__(self, paths, name, columns=None, change=None, coded=()):
        self.paths, self.name, self.columns, self.coded = paths, name, columns, coded
        self.change = change or (lambda frame: frame)

    def __iter__(self):
        with ThreadPoolExecutor(1) as reader:
            coming = None
            for path in self.paths:
                after = reader.submit(read, path, self.columns, coded=self.coded)
                if coming:
                    yield self.change(coming.result())
                coming = after
            yield self.change(coming.result() if coming else empty(self.name))


def read_text(path, name):
    """Read the table `name` from the TSV it was written as."""
    columns = TABLES[name].columns
    texts = {column: "str" for column, (kind, _) in columns.items() if kind == "str"}
    return conform(read_tsv(path, dtype=texts), name)


def write_tsv(frame, path):
    """Write a tidy table as TSV: UTF-8, line feeds, floats that read back to the same number, empty = missing.

    A text that a spreadsheet would compute (`=HYPERLINK(...)`) gets an apostrophe before it, so that it stays a text.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    texts = {name: _inert(frame[name]) for name in frame.columns if frame[name].dtype in ("str", "object")}
    frame.assign(**texts).to_csv(path, sep="\t", index=False, lineterminator="\n", encoding="utf-8")


def _inert(series):
    if series.dtype == "str":
        hit = series.str.match(FORMULA.pattern).fillna(False).to_numpy(bool)
    else:
        hit = np.array([isinstance(text, str) and bool(FORMULA.match(text)) for text in series], dtype=bool)
    return series.where(~hit, "'" + series.astype("str")) if hit.any() else series


def _lines(frame):
    """The lines of a TSV of the frame."""
    columns = []
    for name in frame.columns:
        series = frame[name]
        if series.dtype == "boolean":
            series = series.map({True: "True", False: "False"}).astype("str")
        cells = pa.array(series.array, from_pandas=True)
        if series.dtype == "str":
            cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
            texts = cells.dictionary_encode()  # most texts stand in many rows
            columns.append(_cells(texts.dictionary.cast(pa.large_string())).take(texts.indices))
        else:
            columns.append(cells.cast(pa.large_string()))
    lines = compute.binary_join_element_wise(*columns, TAB, null_handling="replace", null_replacement="")
    return [f"{line}\n" for line in lines.to_pylist()]


def _cells(texts):
    """Texts as cells of a TSV: inert, and in quotation marks where a sign would end the cell."""
    texts = pa.array(_inert(pd.Series(texts, dtype="str")), pa.large_string(), from_pandas=True)
    quoted = compute.replace_substring(texts, '"', '""')
    quoted = compute.binary_join_element_wise(MARK, quoted, MARK, NOTHING)
    return compute.if_else(compute.match_substring_regex(texts, r'["\t\r\n]'), quoted, texts)


def read_tsv(path, **kwargs):
    """Read a table written by `write_tsv`; only the empty cell is missing (a participant may be called NA)."""
    return pd.read_csv(path, sep="\t", keep_default_na=False, na_values=[""], **kwargs)
