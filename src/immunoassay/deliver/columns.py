"""Every column of every table: type, unit and meaning. The contracts of batches and of the study give all but units."""

from immunoassay import tables
from immunoassay.tables.statistic_tables import STATISTICS


def _by_name(text):
    return {
        name: unit.strip()
        for unit, names in (line.split(":") for line in text.strip().splitlines())
        for name in names.split()
    }


# Unit of every column that holds a number; `unit` and `standard_unit` stand for those columns of the row.
UNITS = _by_name("""
    unit: lod delivered.lloq_validated delivered.uloq_validated
    unit: value value_raw lower upper low high delivered.limit lloq uloq lloq_plate uloq_plate lloq_applied uloq_applied point
    unit: lower_limit baseline_lower_limit baseline_uloq
    unit: concentration vendor_concentration baseline_lower baseline_upper change change_lower change_upper
    unit: centre median q1 q3 minimum maximum lloq_min lloq_max half_lloq sqrt2_lloq ros censored
    unit: censored_low censored_high sensitivity.lloq
    standard_unit: expected concentration_well curves.midpoint lowest_standard highest_standard curves.lloq curves.uloq
    standard_unit: lloq_recovery_cv uloq_recovery_cv lloq_precision_profile uloq_precision_profile lod_blank_ksd
    standard_unit: minimum_detectable reliable_detection curves.lloq_validated curves.uloq_validated lob_ep17 lod_ep17
    standard_unit: lloq_asymptote_interval uloq_asymptote_interval
    signal: signal lower_asymptote upper_asymptote variance_floor blank_mean blank_sd
    signal, weighted: residual_variance objective variance_constant
    unit: controls.expected control_lots.expected stated_low stated_high guide_mean mean
    unit: deming_intercept deming_intercept_low deming_intercept_high
    unit: passing_bablok_intercept passing_bablok_intercept_low passing_bablok_intercept_high
    %: bias_percent total_error_percent
    %: cv_percent recovery_percent relative_change_percent percent_change percent_low percent_high
    factor: dilution unit_factor vendor_factor pool_factor
    ratio: over_lloq_lower over_lloq_upper fold_lower fold_upper ratio biomarker_changes.low biomarker_changes.high
    ratio: sensitivity_lloq sensitivity_half_lloq sensitivity_sqrt2
    day: day
    points: mean_change score_changes.low score_changes.high hodges_lehmann hodges_lehmann_low hodges_lehmann_high mcid
    points: minimal_symptom_max
    ratio: ratio_low ratio_high error_ratio deming_slope deming_slope_low deming_slope_high
    ratio: passing_bablok_slope passing_bablok_slope_low passing_bablok_slope_high
    share: share_within span
    %: median_difference_percent
    number: n_results n_another_tube
    number: n_needed n_within n_records run guide_runs guide_sd_log z n_runs n_accepted n_warned n_failed n_samples n_censored
    share: share_below share_censored responder_share responder_low responder_high minimal_symptom_share
    share: minimal_symptom_low minimal_symptom_high
    share: explained cumulative noise_median noise_95
    probability: p p_floor p_adjusted q_value family_p
    correlation: tau_b rho rho_low rho_high associations.estimate associations.low associations.high
    beads: bead_count
    number: file_row n_wells n_levels n_blanks n_attempts iterations degrees_of_freedom visit_order course_order slope
    number: asymmetry variance_exponent relative_se n n_expected n_received n_quantified n_below n_below_lod n_above n_missing
    number: n_not_reportable n_pairs informative_pairs informative quantified_baseline quantified_visit
    number: below_baseline below_visit gained lost
    number: n_participants n_observations n_analytes n_substituted rows_left_out component
    number: pca_scores.score loading
    number: lost_response lost_response_of
    share: lost_response_share lost_response_low lost_response_high
    number: family_size responders responders_of minimal_symptom minimal_symptom_of
    as the rule says: observed
    ratio, or points: longitudinal.estimate longitudinal.low longitudinal.high
    ln ratio, or points: standard_error
    ratio: longitudinal.sensitivity
    share: q2 q2_lowest q2_highest null_median null_95
""")


def of_table(name):
    """Rows (table, column, type, unit, meaning) of one table, in its order. Raises KeyError for an unknown table."""
    if name in STATISTICS:
        columns = STATISTICS[name].columns.values()
        described = [(each.name, each.type, each.unit.strip("<>"), each.meaning) for each in columns]
    else:
        contract = tables.TABLES[name].columns
        described = [(column, kind, unit(name, column), meaning) for column, (kind, meaning) in contract.items()]
    return [dict(zip(("table", "column", "type", "unit", "meaning"), (name, *each), strict=True)) for each in described]


def unit(table, column):
    """The unit of a column of a contract: a unit, the name of the column that holds it, or "" for text."""
    return UNITS.get(f"{table}.{column}", UNITS.get(column, ""))


def notes(name):
    """Meaning and unit of every column of one table, as a note beside its header."""
    return {row["column"]: row["meaning"] + (f" [{row['unit']}]" if row["unit"] else "") for row in of_table(name)}


def read_statistics(name, path):
    """A statistics table as written; text columns stay text (a visit may be called 1)."""
    types = STATISTICS[name].types
    return tables.read_tsv(path, dtype={column: "str" for column, kind in types.items() if kind == "str"})


def every():
    """Names of all tables, contracts first."""
    return [*tables.TABLES, *STATISTICS]
