"""What the codes mean that stand in tables, workbook and report; tests hold it against the code that writes them."""

STATUSES = {
    "quantified": "The concentration lies between the limits of quantification; lower = upper = value.",
    "below_lloq": "Below the lower limit of quantification (LLOQ): the truth is between 0 and LLOQ. Shown as <LLOQ.",
    "above_uloq": "Above the upper limit of quantification (ULOQ): the truth lies above it. Shown as >ULOQ.",
    "not_reportable": "Measured, but not usable; the reason says why. Nothing is known of the concentration.",
    "missing": "Not measured; the reason says why.",
}
VERDICTS = {
    "PASS": "Every required and every advisory rule is met.",
    "WARN": "Every required rule is met; an advisory rule is not.",
    "FAIL": "A required rule is not met; results of this plate and analyte are not reportable.",
    "NOT_EVALUABLE": "A required rule could not be evaluated; never counted as a pass.",
}
REASONS = {
    "below_limit": "on the curve, but below the LLOQ",
    "below_curve": "signal below the lower end of the curve",
    "above_limit": "on the curve, but above the ULOQ",
    "above_curve": "signal above the upper end of the curve",
    "below_study_limit": "above the LLOQ of its own plate, but below the LLOQ applied to the whole study",
    "no_curve": "no curve could be fitted",
    "no_limit": "the plate has no limit of quantification for this analyte",
    "no_signal": "no signal in the export, or beyond the detector",
    "excluded": "every well was set aside",
    "dilutions_disagree": "the dilutions of the sample contradict each other",
    "plate_rejected": "a required acceptance rule failed for this plate and analyte (see Checks)",
    "plate_not_evaluable": "a required acceptance rule could not be evaluated (see Checks)",
    "replicate_cv": "replicates differ more than the criteria set allows",
    "dilution_range": "the dilution lies outside the validated ones",
    "replicate_agreement": "replicates lie on both sides of a limit",
    "hook": "the concentration rises with dilution",
    "parallelism": "the dilutions of the sample disagree by more than the criteria set allows",
    "spike_recovery": "a known amount added to the sample is not recovered within the tolerance",
    "spike_recovery_not_evaluable": "the recovery of an added amount could not be judged, as the criteria set requires",
    "replicate_cv_not_evaluable": "one usable well: its replicates could not be compared as the criteria set requires",
    "hook_not_evaluable": "one dilution: a rise with dilution could not be ruled out as the criteria set requires",
    "not_tested": "the sample was not assayed for this analyte",
    "no_visit": "the visit was planned, but there is no sample or score",
    "not_done": "the score was not done at this visit",
    "empty": "the layout calls the well empty",
    "excluded_by_amendment": "set aside by an amendment (see Amendments)",
    "excluded_bead_count": "too few beads were counted",
    "excluded_by_vendor": "masked or excluded in the vendor's software",
    "plate_set_aside": "the plates sheet says include: no",
    "plate_quarantined": "the plate was set aside because of a problem (see Problems)",
}
DISPOSITIONS = {
    "result_quantified": "part of a reported, quantified result",
    "result_below_lloq": "part of a reported result below the LLOQ",
    "result_above_uloq": "part of a reported result above the ULOQ",
    "result_not_reportable": "part of a result that is not reportable",
    "attempt_not_selected": "part of an attempt that is not reported, because another one of the sample is",
    "bridging_pool": "part of a pool that is measured on every plate to compare them",
    "sample_not_in_sheet": "the sample is not in the samples sheet",
    "standard_used": "standard the curve was fitted on",
    "standard_dropped": "standard dropped by the editing rule",
    "standard_without_curve": "standard of a curve that could not be fitted",
    "control_used": "control",
    "spike_used": "sample with a known amount added",
    "blank_used": "blank",
    **{
        name: REASONS[name]
        for name in (
            "empty",
            "no_signal",
            "excluded_by_amendment",
            "excluded_bead_count",
            "excluded_by_vendor",
            "plate_set_aside",
            "plate_quarantined",
        )
    },
}
FLAGS = {
    "W-BEAD": "few beads were counted (used)",
    "W-REPLICATE-CV": "replicates differ more than advised (used)",
    "W-REPLICATE-AGREEMENT": "replicates lie on both sides of a limit (used)",
    "W-HOOK": "the concentration rises with dilution: hook or interference (used)",
    "W-PARALLELISM": "the dilutions of the sample disagree (used)",
    "W-SPIKE-RECOVERY": "a known amount added to the sample is not recovered: interference (used)",
    "W-DILUTION-RANGE": "dilution outside the validated ones (used)",
    "W-WINDOW": "the date lies outside the window of the visit (used)",
    "dilutions_combined": "mean of several dilutions, named after the colon",
    "dilutions_disagree": "dilutions that were combined differ by more than 30 % CV",
    "amended": "an amendment applies, named after the colon",
    "repeat": "a further row of the same sample in a laboratory's delivery",
}
LEVELS = {
    "STOP": "nothing is computed until it is solved",
    "QUARANTINE": "the plate is set aside; the run stops until the plates sheet says include: no with a reason",
    "EXCLUDE": "the value is set aside, kept and counted",
    "FLAG": "the value is used and marked",
}
