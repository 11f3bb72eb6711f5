"""Every claim of the methods text follows what ran: change the data so that it would be untrue, and it is gone."""

import copy
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.study.vocabulary import criteria
from immunoassay.words import (
    assay_words,
    code_words,
    corrections,
    methods,
    methods_short,
    prediction_words,
    sentences,
    statistics_words,
)
from tests.methods_texts import frame, sections_once

ROOT = Path(__file__).parents[2]
NOTHING = np.nan


def panel(name, label, platform, **changed):
    row = {"panel": name, "label": label, "platform": platform, "specimen": "serum; plasma", "signal": "background_subtracted",
           "blanks_in_fit": True, "criteria_set": "ich_m10_lba", "replicate_rule": "mean_of_concentrations",
           "accept_unproven": "", **changed}  # fmt: skip
    return row


def analyte(below):
    return {"results": 10, "below": below, "above": 1, "unit": "pg/mL", "lod_min": 0.1, "lod_max": 0.2, "lloq_min": 0.5,
            "lloq_max": 1.5}  # fmt: skip


def counted(**changed):
    return {
        "batches": 2, "plates": 3, "kit_lots": ["L7"], "samples": 5, "models": {"4pl": 2}, "weights": {"1/y2": 2},
        "exponents": [1.8], "limit_rules": {"recovery_cv": 9}, "detection_rules": {},
        "standards_dropped": 1, "criteria_sets": [("ich_m10_lba", "1")],
        "verdicts": {"PASS": 3}, "dilutions": [2.0, 4.0], "repeated": 2, "analytes": {}, "unproven": 0, **changed,
    }  # fmt: skip


def everything():
    """A run in which everything was used that the methods text can name."""
    panels = [
        panel("kit", "Two-plex kit", "luminex", accept_unproven="controls do not exist"),
        panel("plate", "Own assay", "elisa", signal="raw", blanks_in_fit=False, replicate_rule="mean_of_responses"),
        panel("ecl", "Third assay", "msd", criteria_set="multiplex_exploratory"),
        panel("lab", "Reference laboratory", "laboratory", criteria_set="reported_by_laboratory"),
    ]
    counts = {
        "kit": counted(
            weights=dict.fromkeys(assay_words.WEIGHTS, 1) | {"power": 1, "estimated": 1},
            models=dict.fromkeys(assay_words.MODELS, 4),
            limit_rules=dict.fromkeys(assay_words.LIMITS, 1),
            detection_rules=dict.fromkeys(assay_words.DETECTION, 1),
            verdicts=dict.fromkeys(assay_words.VERDICTS, 2),
            analytes={"IL-6": analyte(3), "IL-4": analyte(0)},
            unproven=1,
        ),
        "plate": counted(
            models={}, kit_lots=["A", "B"], samples=1, plates=1, batches=1, repeated=0, standards_dropped=0
        ),
        "ecl": counted(criteria_sets=[("multiplex_exploratory", "1")]),
        "lab": counted(
            criteria_sets=[("reported_by_laboratory", "1")],
            limit_rules={"laboratory": 1, "smallest_positive": 1},
            models={},
        ),
    }
    results = {"quantified": 90, "below_lod": 2, "below_lloq": 4, "above_uloq": 1, "not_reportable": 7, "missing": 8}
    sets = {path.stem: criteria(path) for path in (ROOT / "resources/criteria").glob("*.yaml")}
    sets["multiplex_exploratory"]["calibration"]["edit"] = "robust"
    return {
        "config": {
            "study": {"title": "Three people", "simulated": True}, "lloq_across_plates": "plate",
            "below_lod_log2": "censored", "detected_below_lloq": "censored", "min_n_interval": 4,
            "association_question": "within_participant", "primary_visit": "M3", "primary_course": "first",
            "permutations": 1000, "seed": 3, "plan": "5e1f" * 16, "covariates": [], "visits": {"M3": "Month 3"},
            "report_participants": True,
        },
        "panels": panels,
        "analytes": [{"analyte": name, "label": name} for name in ("IL-6", "IL-4")],
        "criteria": sets,
        "counts": {"study": {"samples": 11, "plates": 22, "batches": 13, "results": results}, "panels": counts,
                   "participants": 14,
                   "populations": [{"analyte": "IL-6", "wanted": {"antibody": ["AChR", "MuSK"]}, "n": 9}],
                   "blinding": {"factors": ["arm"], "blinded": [], "opened": "2026-02-03", "plan_state": "another_plan"}},
        "corrections": {
            "amended": [{"amendment": "A1", "what": "exclude_well", "plate": "P1", "well": "B02", "reason": "splash",
                         "n_results": 3}],
            "touched": 3, "results": 112, "aside": [{"plate": "P9", "reason": "dropped"}], "quarantined": ["P8"],
            "lacking": [{"panel": "kit", "planned": True}],
            "dispositions": {"excluded_bead_count": 2, "sample_not_in_sheet": 12},
        },
        "approvals": ["approved", "changed", "approved", "not_approved"],
        "statistics": computed(),
        "versions": {"immunoassay-workflow": "0.1.0", "numpy": "2.4.6"},
    }  # fmt: skip


def computed():
    """Rows of the statistics with one of every code."""
    summary = {"variable": "IL-6", "kind": "biomarker", "quantity": "value"}
    change = {"variable": "IL-6", "kind": "biomarker", "course": "first", "visit": "M3", "group": "cytokine", "n_pairs": 7,
              "informative_pairs": 6, "p_floor": 0.03125, "low": 0.4, "high": 0.9}  # fmt: skip
    score = {"variable": "MGC", "kind": "score", "visit": "M3", "n": 7, "mcid": 3.0, "interval_method_code": "t",
             "hodges_lehmann_method_code": "walsh_averages", "family_code": "scores", "family_size": 4,
             "adjusted_method_code": "false_discovery_rate"}  # fmt: skip
    tested = {"variable": "IL-6", "group": "cytokine", "visit": "M3", "estimate": 0.3, "p": 0.2,
              "p_method_code": "participants_all", "n_participants": 7, "substituted_code": "both"}  # fmt: skip
    model = {"variable": "IL-6", "visit": "M3", "n_participants": 20, "n": 20, "share_censored": 0.05, "estimate": 0.7,
             "substituted_code": "half_lloq", "sensitivity": NOTHING}  # fmt: skip
    predicted = {"score": "MGC", "n": 24, "n_analytes": 5, "q2": 0.1, "method_code": "nested_cross_validation",
                 "substituted_code": "uloq"}  # fmt: skip
    component = {"component": 1, "explained": 0.5, "noise_median": 0.4, "substituted_code": "half_lloq"}
    return {
        "visit_summaries": [
            *({**summary, "centre_method_code": code} for code in statistics_words.CENTRES),
            *({**summary, "interval_method_code": code} for code in statistics_words.INTERVALS),
            *({**summary, "quantile_method_code": code} for code in code_words.QUANTILES),
            *({**summary, "reason_code": code} for code in statistics_words.OR_ELSE),
        ],
        "biomarker_changes": [
            {**change, "tier": "A", "interval_method_code": "log_ratio_t", "p_method_code": "signed_rank_recensored",
             "family_code": "change", "family_size": 5, "adjusted_method_code": "max_t"},
            {**change, "tier": "B", "interval_method_code": "bivariate_profile_t"},
            {**change, "tier": "C", "interval_method_code": "inverted_signed_rank", "low": 0.0, "variable": "IL-4"},
            {**change, "tier": "C", "high": np.inf, "variable": "IL-2", "reason_code": "pairs_not_converged"},
            {**change, "tier": "D", "p_method_code": "mcnemar"},
            {**change, "tier": "A", "interval_method_code": "log_ratio_t", "p_method_code": "log_ratio_t",
             "family_code": "change", "group": "antibody", "family_size": 6, "adjusted_method_code": "holm",
             "p_beside_method_code": "signed_rank_recensored"},
            {**change, "tier": "B", "interval_method_code": "bivariate_profile_t", "p_beside_method_code": "likelihood_ratio_t",
             "variable": "IL-8", "n_across_lots": 6, "change_is_also_a_lot_change": True, "lot_shift": 1.2},
        ],
        "score_changes": [score, {**score, "p_method_code": "t"}],
        "associations": [
            {**tested, "question": "baseline", "estimate_method_code": "tau_b"},
            {**tested, "question": "change_change", "estimate_method_code": "tau_b"},
            {**tested, "question": "baseline_change", "estimate_method_code": "tau_b"},
            {**tested, "question": "between_participants", "estimate_method_code": "tau_b"},
            {**tested, "question": "within_participant", "estimate_method_code": "repeated_measures_adjusted",
             "p_method_code": "trajectories_all", "family_code": "within_participant", "family_size": 6,
             "adjusted_method_code": "max_t_permuted"},
            {**tested, "question": "within_participant", "estimate_method_code": "concordance_adjusted",
             "p_method_code": "trajectories_within_drawn", "substituted_code": "none"},
            {**tested, "question": "baseline", "estimate_method_code": "correlation_of_logarithms"},
            {"variable": "IL-4", "question": "within_participant", "reason_code": "lloq_follows_people"},
        ],
        "longitudinal": [
            {**model, "estimate_method_code": "reml_unstructured"},
            {**model, "estimate_method_code": "reml_toeplitz", "variable": "IL-4"},
            {**model, "estimate": NOTHING, "variable": "IL-2", "sensitivity": 0.8, "substituted_code": "none"},
        ],
        "analysis_plan": [
            {"item": 1, "role": "primary", "asked": "change", "variable": "IL-6", "visit": "M3", "table": "biomarker_changes",
             "ran": True, "n_rows": 1, "n_tests": 1, "n": 7},
            {"item": 2, "role": "secondary", "asked": "group_comparison", "factor": "arm", "variable": "IL-4", "visit": "M3",
             "ran": False, "n_rows": 0, "n_tests": 0, "reason": "the factor is blinded", "reason_code": "plan_blinded"},
            {"table": "associations", "n_rows": 40, "n_tests": 30},
        ],
        "arm_courses": [{"factor": "arm", "variable": "IL-6", "estimate": 0.7, "estimate_method_code": "reml_unstructured",
                         "substituted_code": "half_lloq"}],
        "event_hazards": [{"variable": "IL-6", "hazard_ratio": 1.5, "substituted_code": "half_lloq"}],
        "roc": [{"variable": "IL-6", "odds_ratio": 1.5, "substituted_code": "half_lloq"}],
        "prediction": [{**predicted, "model_code": code} for code in code_words.MODELS],
        "pca_variance": [{**component, "quantity": "value", "method_code": "log_values"},
                         {**component, "quantity": "change", "method_code": "log_changes"}],
    }  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def known():
    with sections_once():
        yield


def text(run):
    own = run["corrections"]
    amended, lacking = (
        pd.DataFrame(own[key]).reindex(columns=list(tables.TABLES[name].columns)).astype(object)
        for key, name in (("amended", "amendments"), ("lacking", "completeness"))
    )
    said = corrections.paragraph(
        amended, own["touched"], own["results"], own["aside"], set(own["quarantined"]), lacking, own["dispositions"]
    )
    frames = {name: frame(name, rows) for name, rows in run["statistics"].items()}
    approved = corrections.approval(pd.Series(run["approvals"]))
    counts = {**run["counts"], "corrections": said, "approval": approved}
    given = (run["config"], run["panels"], run["analytes"], run["criteria"], counts, frames, run["versions"])
    return methods.methods(*given)


GONE = object()  # in place of a value: the entry is taken out
COUNTS, KIT, PLATE = ("counts", "panels"), ("counts", "panels", "kit"), ("counts", "panels", "plate")
STUDY, OWN = ("counts", "study"), ("corrections",)


def rows_of(table, column, value, then, alone=False):
    """Changes of the rows of a statistic whose column holds a value: that column holds `then`."""
    rows = computed()[table]
    return [(("statistics", table, i, column), then) for i, row in enumerate(rows) if alone or row.get(column) == value]


def each(table, column, values, then=NOTHING):
    """For every code with its words: (words, what makes them untrue)."""
    return [(words, rows_of(table, column, code, then)) for code, words in values.items()]


QUESTIONS = {**statistics_words.QUESTIONS, **statistics_words.DESCRIBED}
TESTED = {code: statistics_words.CHANGE_TESTS[code] for code in ("signed_rank_recensored", "mcnemar", "log_ratio_t")}
ESTIMATED = {code: code_words.ESTIMATES[code] for code in ("reml_unstructured", "reml_toeplitz")}
# words of the text, and the changes [(where, what)] after which they would be untrue
CLAIMS = [
    ("# Methods: Three people", [(("config", "study", "title"), "Four")]),
    (methods.SIMULATED, [(("config", "study", "simulated"), False)]),
    # in short
    ("11 samples of 14 participants were analysed by", [((*STUDY, "samples"), 10)]),
    ("by bead-based multiplex,", [(("panels", 0, "platform"), "msd")]),
    ("electrochemiluminescence and", [(("panels", 2, "platform"), "elisa")]),
    ("and enzyme-linked immunosorbent assays", [(("panels", 1, "platform"), "msd")]),
    ("Standard curves were four-parameter logistic, five-parameter logistic, straight-line and log-log",
     [((*KIT, "models", "log_log"), GONE)]),
    ("accepted by the criteria of ich_m10_lba v1, multiplex_exploratory v1 and reported_by_laboratory v1",
     [((*COUNTS, "ecl", "criteria_sets"), [])]),
    *((words, [change for code in methods_short.CENTRES[name]
               for change in rows_of("visit_summaries", "centre_method_code", code, NOTHING)])
      for name, words in (("geometric means", "summarised as geometric means, means"), ("means", ", means and medians with"),
                          ("medians", " and medians with 95 %"))),
    *((f"{words}{more}", [change for code in methods_short.TESTS[words]
                          for change in rows_of("biomarker_changes", "p_method_code", code, NOTHING)])
      for words, more in (("exact signed-rank tests", ","), ("exact McNemar tests", " and t"), ("t tests", "."))),
    ("Associations with clinical scores were tested by permutation of participants.",
     [(("statistics", "associations", i, "p_method_code"), NOTHING) for i in range(7)]),
    ("P values were adjusted for multiplicity within families.",
     [change for table in ("biomarker_changes", "score_changes", "associations")
      for change in rows_of(table, "family_code", "", NOTHING, True)]),
    ("Software: immunoassay-workflow 0.1.0.", [(("versions", "immunoassay-workflow"), None)]),
    # samples
    ("11 serum and plasma samples were analysed", [((*STUDY, "samples"), 10)]),
    ("on 19 plates", [((*STUDY, "plates"), 10)]),
    ("in three reference-laboratory reports", [(("panels", 3, "platform"), "elisa")]),
    ("in 13 batches", [((*STUDY, "batches"), 10)]),
    ("The analysis set comprised 14 participants", [(("counts", "participants"), 10)]),
    ("IL-6 was analysed in participants whose antibody is AChR or MuSK (9 of 14)", [(("counts", "populations"), [])]),
    # the plan
    ("The analysis plan (checksum 5e1f5e1f5e1f) stated 2 questions (1 primary and 1 secondary)",
     [(("config", "plan"), "77" * 32)]),
    ("1 of its 2 analyses ran", [(("statistics", "analysis_plan", 1, "ran"), True)]),
    ("not comparison of IL-4 by arm at M3 (the factor is blinded)", [(("statistics", "analysis_plan", 1, "ran"), True)]),
    ("Looked at afterwards, without a plan, with the number of p values: associations (30)",
     rows_of("analysis_plan", "table", "associations", "sensitivity")),
    ("The blinding (arm) ended on 2026-02-03; the plan was changed after unblinding: it is not the one",
     [(("counts", "blinding", "plan_state"), "same_plan")]),
    # assays
    ("The assays and their standard curves are listed below.", [(("panels",), [])]),
    ("| Two-plex kit | IL-6, IL-4 |", [((*KIT, "analytes", "IL-4"), GONE)]),
    *((f"| {words} |", [(("panels", i, "platform"), other)]) for i, (words, other) in enumerate(
        [(assay_words.PLATFORMS["luminex"], "msd"), (assay_words.PLATFORMS["elisa"], "msd"),
         (assay_words.PLATFORMS["msd"], "elisa")])),
    ("| serum and plasma |", [(("panels", i, "specimen"), "") for i in range(4)]),
    ("| 5 | 3 (2) |", [((*COUNTS, name, "samples"), 6) for name in ("kit", "ecl", "lab")]),
    ("| 1 | 1 (1) |", [((*PLATE, "samples"), 6)]),
    ("| L7 |", [((*COUNTS, name, "kit_lots"), []) for name in ("kit", "ecl")]),
    ("| A, B |", [((*PLATE, "kit_lots"), ["A"])]),
    ("| 1:2, 1:4 |", [((*COUNTS, name, "dilutions"), []) for name in ("kit", "plate", "ecl")]),
    ("| none could be fitted |", [((*PLATE, "models"), {"4pl": 1})]),
    *((f"{words} (4)", [((*KIT, "models", code), GONE)]) for code, words in assay_words.MODELS.items()),
    ("| background-subtracted", [(("panels", i, "signal"), "raw") for i in (0, 2)]),
    ("| as read |", [(("panels", 1, "signal"), "background_subtracted")]),
    ("; blanks as zero standard", [(("panels", i, "blanks_in_fit"), False) for i in (0, 2)]),
    *((words, [((*COUNTS, name, "weights", code), GONE) for name in ("kit", "plate", "ecl")])
      for code, words in assay_words.WEIGHTS.items() if code not in ("none", "1/y", "1/y2")),
    ("| none, 1/y, 1/y\N{SUPERSCRIPT TWO}, 1/y of", [((*KIT, "weights", "none"), GONE)]),
    ("none, 1/y, 1/y\N{SUPERSCRIPT TWO}, 1/y of", [((*KIT, "weights", "1/y"), GONE)]),
    ("| 1/y\N{SUPERSCRIPT TWO} |", [((*COUNTS, "ecl", "weights"), {"none": 1})]),
    ("1/y^1.8,", [((*KIT, "exponents"), [1.7])]),
    ("1/y^1.8, estimated", [((*KIT, "weights", "estimated"), GONE)]),
    *((words, [((*COUNTS, name, "weights", code), GONE) for name in ("kit", "plate", "ecl")])
      for code, words in assay_words.WEIGHT_NOTES.items()),
    ("| results, limits and flags of a reference laboratory |", [(("panels", 3, "platform"), "elisa")]),
    # limits
    *((words, [((*COUNTS, name, "limit_rules", code), GONE) for name in ("kit", "plate", "ecl")])
      for code, words in assay_words.LIMITS.items()),
    *((words, [((*KIT, "detection_rules", code), GONE)]) for code, words in assay_words.DETECTION.items()),
    ("no LLOQ was below it", [((*KIT, "detection_rules"), {})]),
    ("ich_m10_lba: 20 % of nominal and 20 % CV, at the ends 25 % and 25 %",
     [(("criteria", "ich_m10_lba", "calibration", "tolerance_percent"), 30)]),
    ("Limits of results reported by a laboratory were its own.", [((*COUNTS, "lab", "limit_rules", "laboratory"), GONE)]),
    ("below the smallest positive result", [((*COUNTS, "lab", "limit_rules", "smallest_positive"), GONE)]),
    ("Three standard levels that exceeded the tolerance were removed",
     [((*COUNTS, name, "standards_dropped"), 0) for name in ("kit", "ecl", "lab")]),
    ("Under multiplex_exploratory no standard was removed",
     [(("criteria", "multiplex_exploratory", "calibration", "edit"), "most_deviant_first")]),
    (sentences.LIMIT_RULES["plate"], [(("config", "lloq_across_plates"), "max")]),
    # acceptance
    ("Acceptance of Two-plex kit and Own assay followed the criteria set ich_m10_lba v1",
     [((*PLATE, "criteria_sets"), [])]),
    ("Acceptance of Third assay followed", [((*COUNTS, "ecl", "criteria_sets"), [])]),
    ("Acceptance of Reference laboratory followed", [((*COUNTS, "lab", "criteria_sets"), [])]),
    ("(ICH M10 (2022)", [(("criteria", "ich_m10_lba", "basis"), "own")]),
    ("required criteria were the number of standard levels", [(("criteria", "ich_m10_lba", "required"), []),
                                     (("criteria", "multiplex_exploratory", "required"), [])]),
    ("wells with fewer than 35 beads were excluded", [(("panels", 0, "platform"), "elisa")]),
    ("Results were used although required criteria could not be evaluated for Two-plex kit (controls do not exist)",
     [((*KIT, "unproven"), 0)]),
    ("Results were used although", [(("panels", 0, "accept_unproven"), "")]),
    ("Of 17 plate-analyte combinations 11 passed", [((*PLATE, "verdicts"), {})]),
    *((f"2 {words}", [((*KIT, "verdicts", code), GONE)]) for code, words in assay_words.VERDICTS.items()
      if code != "PASS"),
    # corrections
    ("One documented correction of what the raw exports say", [((*OWN, "amended"), [])]),
    ("affected 3 of 112 results", [((*OWN, "touched"), 2)]),
    ("A1: well excluded, P1, B02 (splash), three results", [((*OWN, "amended", 0, "reason"), "other")]),
    ("Plate P9 was set aside before analysis (dropped).", [((*OWN, "aside"), [])]),
    ("Records of P8 were set aside", [((*OWN, "quarantined"), [])]),
    ("Two well results with too few beads were excluded.", [((*OWN, "dispositions", "excluded_bead_count"), GONE)]),
    ("12 raw records of names that are not in the list of samples were excluded.",
     [((*OWN, "dispositions", "sample_not_in_sheet"), GONE)]),
    ("had no reportable result of every analyte in kit (1)", [((*OWN, "lacking", 0, "planned"), False)]),
    # approval
    ("A second person approved 2 of 4 batches", [(("approvals", 0), "second_person_needed")]),
    ("signing a checksum of the values", [(("approvals",), ["not_approved"] * 4)]),
    # replicates and repeats
    *((words, [(("panels", i, "replicate_rule"), other) for i in places]) for words, other, places in (
        (assay_words.REPLICATES["mean_of_concentrations"], "mean_of_responses", (0, 2)),
        (assay_words.REPLICATES["mean_of_responses"], "mean_of_concentrations", (1,)))),
    ("When a sample had been assayed more than once (6 results)", [((*KIT, "repeated"), 0)]),
    # values outside the limits
    ("6 of 97 (6.2 %) results were below the LLOQ", [((*STUDY, "results", "below_lloq"), 0)]),
    ("2 of them below the limit of detection", [((*STUDY, "results", "below_lod"), 0)]),
    ("the others detected and not quantified", [((*KIT, "detection_rules"), {})]),
    ("In the statistics both are censored at the LLOQ", [(("config", "detected_below_lloq"), "kept")]),
    ("analysed as left-censored", [((*STUDY, "results", name), 0) for name in tables.BELOW]),
    ("1 of 97 (1 %) was above the ULOQ (right-censored)", [((*STUDY, "results", "above_uloq"), 0)]),
    ("no value was substituted in summaries, changes and their tests.",
     [change for table in sentences.ESTIMATES for change in rows_of(table, "substituted_code", "", "none", True)]),
    ("Values below the LLOQ were replaced by LLOQ/2 only in associations within participants (only",
     rows_of("associations", "substituted_code", "both", "uloq")),
    ("Values above the ULOQ were replaced by the ULOQ in associations within participants",
     rows_of("associations", "substituted_code", "both", "half_lloq")),
    ("in mixed models (which admit", rows_of("longitudinal", "substituted_code", "half_lloq", "none")),
    ("hazard ratios per doubling of the baseline (computed only",
     rows_of("event_hazards", "substituted_code", "half_lloq", "none")),
    ("and in odds ratios per doubling of the baseline (computed", rows_of("roc", "substituted_code", "half_lloq", "none")),
    ("in mixed models of groups (which admit", rows_of("arm_courses", "substituted_code", "half_lloq", "none")),
    ("in principal components", rows_of("pca_variance", "substituted_code", "half_lloq", "none")),
    ("and in predictions", rows_of("prediction", "substituted_code", "uloq", "none")),
    ("7 further results were not reportable", [((*STUDY, "results", "not_reportable"), 0)]),
    ("8 combinations of sample and analyte were not measured", [((*STUDY, "results", "missing"), 0)]),
    ("| IL-6 | pg/mL | 10 | 3 (30 %) | 1 |", [((*KIT, "analytes", "IL-6", "below"), 2)]),
    ("| IL-4 | pg/mL | 10 | 0 (0 %) | 1 | 0.500\N{EN DASH}1.50 |", [((*KIT, "analytes", "IL-4", "lloq_max"), 2.0)]),
    # summaries
    *((words.split("{")[0], rows_of("visit_summaries", "centre_method_code", code, NOTHING))
      for code, words in statistics_words.CENTRES.items() if code != "geometric_mean"),
    ("by maximum likelihood, geometric means,", rows_of("visit_summaries", "centre_method_code", "geometric_mean", NOTHING)),
    ("or too few different quantified ones", rows_of("visit_summaries", "reason_code", "censored_few_quantified", NOTHING)),
    ("ones or a likelihood without a maximum", rows_of("visit_summaries", "reason_code", "censored_not_converged", NOTHING)),
    ("(Student's t,", rows_of("visit_summaries", "interval_method_code", "t", NOTHING)),
    ("Student's t on the log scale", rows_of("visit_summaries", "interval_method_code", "log_t", NOTHING)),
    (statistics_words.INTERVALS["profile_t"], rows_of("visit_summaries", "interval_method_code", "profile_t", NOTHING)),
    ("with 95 % confidence intervals", [change for code in statistics_words.INTERVALS
                                        for change in rows_of("visit_summaries", "interval_method_code", code, NOTHING)]),
    ("no interval is given for fewer than 4 results", [(("config", "min_n_interval"), 5)]),
    ("Quantiles were linear between order statistics, linear",
     rows_of("visit_summaries", "quantile_method_code", "linear", "none")),
    ("where the bounds agree", rows_of("visit_summaries", "quantile_method_code", "bounds", NOTHING)),
    ("and reverse Kaplan", rows_of("visit_summaries", "quantile_method_code", "kaplan_meier", NOTHING)),
    # changes
    *((estimate.split("{")[0], rows_of("biomarker_changes", "tier", tier, "B" if tier == "A" else "A"))
      for tier, (estimate, _, _) in statistics_words.TIERS.items()),
    *((how, rows_of("biomarker_changes", "interval_method_code", code, NOTHING))
      for _, code, how in statistics_words.TIERS.values() if code),
    (", or a likelihood without a maximum,", rows_of("biomarker_changes", "reason_code", "pairs_not_converged", NOTHING)),
    ("(1 of 7)", rows_of("biomarker_changes", "tier", "D", "A")),
    *((said, changes + rows_of("biomarker_changes", "p_beside_method_code", "signed_rank_recensored", "none"))
      for said, changes in each("biomarker_changes", "p_method_code", TESTED)),
    ("In the exact tests both members of a pair were censored at the higher LLOQ",
     [change for code in ("signed_rank_recensored", "mcnemar")
      for change in rows_of("biomarker_changes", "p_method_code", code, "none")]),
    (statistics_words.BY_A_MODEL, rows_of("biomarker_changes", "p_method_code", "log_ratio_t", "none")),
    ("The P value of another test is given beside it where available (the exact signed-rank test of re-censored pairs and the "
     "likelihood-ratio test calibrated by t)",
     [change for code in ("signed_rank_recensored", "likelihood_ratio_t")
      for change in rows_of("biomarker_changes", "p_beside_method_code", code, "none")]),
    ("Some changes compared results of two kit lots; the tables give the number of such pairs",
     rows_of("biomarker_changes", "n_across_lots", 6, 0)),
    ("where samples were measured with both lots, the shift between the lots",
     rows_of("biomarker_changes", "lot_shift", 1.2, NOTHING)),
    ("For IL-8 this concerned more than half of the pairs: the change is also a change of lot",
     rows_of("biomarker_changes", "change_is_also_a_lot_change", True, False)),
    ("At Month 3, with 6 informative pairs, the smallest attainable exact two-sided P value was 0.0312",
     rows_of("biomarker_changes", "informative_pairs", 6, 5)),
    ("At Month 3, the data supported only an upper bound for IL-4", rows_of("biomarker_changes", "variable", "IL-4", "IL-9")),
    ("the data supported only a lower bound for IL-2", rows_of("biomarker_changes", "high", np.inf, 2.0)),
    ("mean change in points with Student's t interval", rows_of("score_changes", "interval_method_code", "t", "none")),
    ("the Hodges-Lehmann estimate", rows_of("score_changes", "hodges_lehmann_method_code", "walsh_averages", "none")),
    ("With five participants or fewer, for whom no exact P value can reach 0.05, inference was based on the t test",
     rows_of("score_changes", "p_method_code", "t", "signed_rank")),
    ("and tested by the exact signed-rank test and Student's t test", rows_of("score_changes", "n", 7, 0)),
    ("Response was defined as an improvement by the minimal clinically important difference or more (MGC 3 points)",
     rows_of("score_changes", "mcid", 3.0, NOTHING)),
    ("Participants were compared with their own baseline",
     [*rows_of("score_changes", "n", 7, 0), *rows_of("biomarker_changes", "n_pairs", 7, 0)]),
    # models
    ("For 2 of 3 variables", rows_of("longitudinal", "estimate_method_code", "reml_toeplitz", NOTHING)
     + [(("statistics", "longitudinal", 1, "estimate"), NOTHING)]),
    *((words, [*rows_of("longitudinal", "estimate_method_code", code, "none"),
               *(rows_of("arm_courses", "estimate_method_code", code, "none") if code == "reml_unstructured" else [])])
      for code, words in ESTIMATED.items()),
    ("Groups (arm) were compared at every visit, and at all visits at once", rows_of("arm_courses", "factor", "arm", "dose")),
    ("in which every group had its own factor of the standard deviation", rows_of("arm_courses", "estimate", 0.7, NOTHING)),
    ("These P values are descriptive and were not adjusted.", rows_of("arm_courses", "estimate", 0.7, NOTHING)),
    ("were replaced by LLOQ/2 there", rows_of("arm_courses", "substituted_code", "half_lloq", "none")),
    ("The hazard of relapse per doubling of a biomarker", rows_of("event_hazards", "hazard_ratio", 1.5, NOTHING)),
    ("which assumes that missing visits are missing at random", rows_of("longitudinal", "estimate", 0.7, NOTHING)),
    ("values below the LLOQ, at most 10 % of them, were replaced by LLOQ/2",
     rows_of("longitudinal", "substituted_code", "half_lloq", "none")),
    ("Where more than 10 % of results lay outside the limits, a random-intercept model",
     rows_of("longitudinal", "sensitivity", 0.8, NOTHING)),
    # associations
    *((f"{words} (", rows_of("associations", "question", code, "none")) for code, words in QUESTIONS.items()),
    (code_words.ESTIMATES["tau_b"], rows_of("associations", "estimate_method_code", "tau_b", "none")),
    (code_words.ESTIMATES["repeated_measures_adjusted"],
     rows_of("associations", "estimate_method_code", "repeated_measures_adjusted", "none")),
    ("participants permuted, all 5040", rows_of("associations", "p_method_code", "participants_all", "participants_drawn")),
    ("whole trajectories permuted, all 5040",
     rows_of("associations", "p_method_code", "trajectories_all", "trajectories_drawn")),
    ("all 5040", rows_of("associations", "n_participants", 7, 6)),
    ("the unit of the analysis was the participant, not the sample",
     rows_of("associations", "question", "within_participant", "baseline")),
    ("the others are descriptive", rows_of("associations", "family_code", "within_participant", NOTHING)),
    ("adjusted for the time course common to all", rows_of("associations", "question", "within_participant", "baseline")),
    ("Only associations within participants over the visits were adjusted for multiplicity",
     rows_of("associations", "family_code", "within_participant", NOTHING)),
    ("Associations of IL-4 were not tested", rows_of("associations", "reason_code", "lloq_follows_people", "mostly_below")),
    *((words[:60], rows_of("associations", "estimate_method_code", code, "none"))
      for code, words in statistics_words.HOW.items()),
    (statistics_words.SAME_LIMITS[:60],
     rows_of("associations", "p_method_code", "trajectories_within_drawn", "trajectories_drawn")),
    # components, prediction
    ("log values, standardised", rows_of("pca_variance", "explained", 0.5, NOTHING)),
    ("changes of log values from baseline, standardised", rows_of("pca_variance", "method_code", "log_changes", "log_values")),
    ("beside the variance explained when participants", rows_of("pca_variance", "noise_median", 0.4, NOTHING)),
    *((f"{code_words.MODELS[code]} ({words})", rows_of("prediction", "model_code", code, other))
      for (code, words), other in zip(prediction_words.TUNED.items(), reversed(prediction_words.TUNED), strict=True)),
    ("Imputation, scaling and the number of components or the penalty were learnt", rows_of("prediction", "q2", 0.1, NOTHING)
     + rows_of("prediction", "reason_code", None, "predicts_constant", True)),
    # families
    (f"by {code_words.ADJUSTMENTS['max_t']} in the families “change to Month 3, cytokine” (5)",
     rows_of("biomarker_changes", "family_code", "change", NOTHING)),
    ("by Holm in the families “change to Month 3, antibody” (6)", rows_of("biomarker_changes", "family_size", 6, 7)),
    (f"by {code_words.ADJUSTMENTS['false_discovery_rate']} in the families “change to Month 3, scores” (4)",
     rows_of("score_changes", "family_size", 4, 3)),
    ("by max-T over shared permutations, with Benjamini\N{EN DASH}Hochberg q values beside, in the families “within part",
     rows_of("associations", "family_code", "within_participant", NOTHING)),
    ("q values beside, in the families “within participant, cytokine” (6)",
     rows_of("associations", "family_code", "within_participant", NOTHING)),
    ("(number of tests in brackets); all others are descriptive",
     [change for table in ("biomarker_changes", "score_changes", "associations")
      for change in rows_of(table, "family_code", "", NOTHING, True)]),
    (methods.AVAILABLE[True], [(("config", "report_participants"), False)]),
    ("numpy 2.4.6", [(("versions", "numpy"), GONE)]),
]  # fmt: skip


def changed(run, changes):
    run = copy.deepcopy(run)
    for where, what in changes:
        place = run
        for key in where[:-1]:
            place = place[key]
        if what is GONE:
            place.pop(where[-1], None)
        else:
            place[where[-1]] = what
    return run


@pytest.fixture(scope="module")
def run():
    return everything()


@pytest.fixture(scope="module")
def whole(run):
    """The text of the run in which everything was used."""
    return text(run)


@pytest.mark.parametrize(("words", "changes"), CLAIMS, ids=[words[:60] for words, _ in CLAIMS])
def test_a_claim_that_would_be_untrue_is_gone(run, whole, words, changes):
    assert changes
    found = words if words in whole else words[0].upper() + words[1:]
    assert found in whole
    assert found not in text(changed(run, changes))


def test_every_sentence_of_the_text_has_a_claim_that_is_tried(run):
    """A new sentence needs an entry in CLAIMS: what would make it untrue."""
    words = [each for claim, _ in CLAIMS for each in (claim, claim[0].upper() + claim[1:])]
    heads = ("| Analyte |", "| Assay |", "|---")
    lines = [line for line in text(run).split("\n") if line and not line.startswith(heads)]
    pieces = [piece for line in lines for piece in re.split(r"(?<=[a-z0-9)])[.;] (?=[A-Z0-9])", line)]
    assert len(pieces) > 45
    assert [piece for piece in pieces if not any(each in piece or piece in each for each in words)] == []


def test_what_did_not_run_is_said_with_its_reason(run):
    """Alternatives of the text: no model, no prediction, no adjustment, no repeat."""
    none = copy.deepcopy(run)
    none["statistics"]["longitudinal"] = [
        {"variable": "IL-6", "visit": "M3", "n_participants": 7, "n": 7, "share_censored": 0.0,
         "reason_code": "model_few_participants"}
    ]  # fmt: skip
    none["statistics"]["prediction"] = [{"n": 7, "n_analytes": 5, "model_code": "elastic_net",
                                         "reason_code": "predicts_few_participants"}]  # fmt: skip
    for name in ("biomarker_changes", "score_changes", "associations"):
        for row in none["statistics"][name]:
            row.pop("family_code", None)
    none["statistics"]["analysis_plan"] = none["statistics"]["analysis_plan"][2:]
    none["counts"]["blinding"] = {"factors": ["arm"], "blinded": ["arm"], "opened": None, "plan_state": None}
    for each_panel in none["counts"]["panels"].values():
        each_panel["repeated"] = 0
    said = text(none)
    for words in ("No mixed model was fitted (7 participants, 15 are needed for 1 visits",
                  "Scores were not predicted from all biomarkers together (7 participants, 20 are needed",
                  "No analysis plan was stated: all analyses are exploratory.",
                  "The allocation (arm) is blinded, and nothing was compared by it.",
                  "Participants were compared with their own baseline only: the analysis is exploratory",
                  "No P value was adjusted for multiplicity", "All of them are descriptive.",
                  "No sample was assayed more than once."):  # fmt: skip
        assert words in said and words not in text(run)


def test_the_short_text_is_short_whatever_was_used(run):
    (short,) = (line for line in text(run).split("\n") if line.startswith("**In short.**"))
    assert 60 < len(short.split()) <= 150


def test_results_of_participants_are_not_offered_where_the_report_shows_none(run):
    hidden = text(changed(run, [(("config", "report_participants"), False)]))
    assert methods.AVAILABLE[False] in hidden
