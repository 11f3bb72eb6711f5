"""The methods text: generated from what was used, never from what was not, with n and shares below LLOQ."""

import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml
from immunoassay import tables
from immunoassay.deliver import counts
from immunoassay.results.ledger import tallied
from immunoassay.statistics import longitudinal, paired
from immunoassay.study.vocabulary import criteria
from immunoassay.tables.statistic_tables import STATISTICS
from immunoassay.words import assay_words, methods, sentences, statistics_words
from tests import methods_texts

ROOT = Path(__file__).parents[2]
PANELS = [
    {"panel": "kit", "label": "Two-plex kit", "platform": "luminex", "specimen": "serum",
     "signal": "background_subtracted",
     "blanks_in_fit": False, "criteria_set": "ich_m10_lba", "replicate_rule": "mean_of_concentrations",
      "accept_unproven": ""},
    {"panel": "lab", "label": "Reference laboratory", "platform": "laboratory", "specimen": "serum", "signal": "raw",
     "blanks_in_fit": False, "criteria_set": "reported_by_laboratory", "replicate_rule": "mean_of_responses",
     "accept_unproven": ""},
    {"panel": "unused", "label": "Never run", "platform": "elisa", "specimen": "serum", "signal": "raw",
     "blanks_in_fit": True, "criteria_set": "ich_m10_lba", "replicate_rule": "mean_of_responses",
      "accept_unproven": ""},
]  # fmt: skip
ANALYTES = [{"analyte": name, "label": name} for name in ("IL-6", "IL-4", "AChR")]
CONFIG = {
    "study": {"title": "Three people", "simulated": False, "note": ""},
    "lloq_across_plates": "plate",
    "below_lod_log2": "censored",
    "detected_below_lloq": "censored",
    "min_n_interval": 4,
    "association_question": "within_participant",
    "primary_visit": "M3",
    "primary_course": "first",
    "permutations": 1000,
    "seed": 1,
    "plan": "0f" * 32,
    "covariates": [],
    "visits": {"M3": "Month 3"},
    "report_participants": True,
}
VERSIONS = {"immunoassay-workflow": "0.1.0", "Python": "3.11.0", "numpy": "2.4.6", "snakemake": None}


def frame(name, rows):
    wanted = pd.DataFrame(rows).reindex(columns=list(tables.TABLES[name].columns))
    return tables.conform(wanted, name)


@pytest.fixture(scope="module", autouse=True)
def known():
    with methods_texts.sections_once():
        yield


@pytest.fixture(scope="module")
def found():
    """Counts of two samples: IL-6 both quantified, IL-4 one of two below LLOQ, AChR from a laboratory."""
    results, attempts, ledger = [], [], []
    status = {
        "IL-6": ("quantified", "quantified"),
        "IL-4": ("below_lloq", "quantified"),
        "AChR": ("above_uloq", "missing"),
    }
    for analyte, both in status.items():
        panel, plate = ("lab", "L1") if analyte == "AChR" else ("kit", "P1")
        for number, each in enumerate(both):
            row = {"sample_id": f"S{number}", "analyte": analyte, "panel": panel, "status": each, "unit": "pg/mL"}
            measured = each != "missing"
            results.append(
                {**row, "plate": plate if measured else None, "lloq_applied": 0.5 + number, "n_attempts": 1 + number}
            )
            if measured:
                rule = "laboratory" if panel == "lab" else "recovery_cv"
                attempts.append({**row, "plate": plate, "attempt": "1", "dilution": 2.0, "lloq_rule": rule,
                    "verdict": "PASS",
                                 "kit_lot": "L7" if panel == "kit" else None})  # fmt: skip
                ledger.append({"batch": "B", "plate": plate, "panel": panel, "record": f"r{number}", "analyte": analyte,
                               "disposition": f"result_{each}"})  # fmt: skip
    curves = frame("curves", [
        {"plate": "P1", "analyte": name, "panel": "kit", "model": "4pl", "weights": "1/y2", "variance_exponent": 2.0,
         "status": "converged"}
        for name in ("IL-6", "IL-4")
    ])  # fmt: skip
    dropped = pd.DataFrame({"panel": ["kit", "kit"], "dropped": [True, False]})
    results, attempts = frame("results", results), frame("attempts", attempts)
    records = {"wells": dict(Counter(row["panel"] for row in ledger)), "delivered": {}}
    ledger = tallied(frame("ledger", ledger))
    return {
        "study": counts.study_counts(results, attempts, curves, ledger, records),
        "panels": counts.panel_counts(results, attempts, curves, dropped, {("kit", "ich_m10_lba", "1"): 1}, ledger, {}),
        "participants": 1,
        "populations": [],
        "blinding": None,
        "corrections": "",
        "approval": "",
    }


def statistics(**changed):
    """Small tables: one biomarker in tier A, no family, nothing else; `changed` rows lie over the ones here."""
    summary = {"variable": "IL-6", "kind": "biomarker", "quantity": "value", "centre_method_code": "geometric_mean",
               "interval_method_code": "log_t", "quantile_method_code": "linear"}  # fmt: skip
    change = {"variable": "IL-6", "course": "first", "visit": "M3", "group": "cytokine", "n_pairs": 7, "informative_pairs": 7,
              "tier": "A", "low": 0.4, "high": 0.9, "p_method_code": "signed_rank_recensored", "p_floor": 0.015625}  # fmt: skip
    score = {"variable": "MGC", "visit": "M3", "n": 7, "hodges_lehmann_method_code": "none", "mcid": 3.0}
    association = {"variable": "IL-6", "question": "baseline", "visit": "D1", "group": "cytokine",
                   "estimate_method_code": "none", "substituted_code": "none"}  # fmt: skip
    model = {"variable": "IL-6", "visit": "M3", "n_participants": 7, "n": 7, "share_censored": 0.0,
             "estimate_method_code": "none", "reason_code": "model_few_participants", "substituted_code": "none"}  # fmt: skip
    predicted = {"score": "MGC", "n": 7, "n_analytes": 5, "model_code": "elastic_net", "method_code": "none",
                 "reason_code": "predicts_few_participants", "substituted_code": "none"}  # fmt: skip
    rows = {
        "visit_summaries": summary,
        "biomarker_changes": change,
        "score_changes": score,
        "associations": association,
        "longitudinal": model,
        "arm_courses": {
            "factor": "arm",
            "variable": "IL-6",
            "visit": "M3",
            "estimate_method_code": "none",
            "substituted_code": "none",
            "reason_code": "arms_few_participants",
        },
        "prediction": predicted,
        "pca_variance": {"quantity": "value", "method_code": "log_values", "substituted_code": "none"},
        "analysis_plan": {"table": "associations", "n_rows": 1, "n_tests": 0},
        "event_hazards": {"variable": "IL-6", "substituted_code": "none"},
        "roc": {"variable": "IL-6", "substituted_code": "none"},
    }
    return {
        name: methods_texts.frame(name, [{**row, **each} for each in changed.get(name, [{}])])
        for name, row in rows.items()
    }


def text(found, config=CONFIG, tables_=None, panels=PANELS):
    sets = {path.stem: criteria(path) for path in (ROOT / "resources/criteria").glob("*.yaml")}
    return methods.methods(config, panels, ANALYTES, sets, found, tables_ or statistics(), VERSIONS)


def test_it_says_what_was_used(found):
    said = text(found)
    for words in (
        "| Two-plex kit | IL-6, IL-4 |",
        "| four-parameter logistic (2) | background-subtracted | 1/y² |",
        "| L7 |",
        "| 1:2 |",
        "ich_m10_lba: 20 % of nominal and 20 % CV, at the ends 25 % and 25 %",
        "(ICH M10 (2022)",
        "One standard level that exceeded the tolerance was removed",
        "results, limits and flags of a reference laboratory",
        "Limits of results reported by a laboratory were its own.",
        "| IL-4 | pg/mL | 2 | 1 (50 %) | 0 | 0.500–1.50 |",
        "1 of 5 (20 %) results was below the LLOQ and was analysed as left-censored",
        "1 of 5 (20 %) was above the ULOQ (right-censored)",
        "1 combination of sample and analyte was not measured.",
        "with 7 informative pairs, the smallest attainable exact two-sided P value was 0.0156",
        "No P value was adjusted for multiplicity",
        "MGC 3 points",
        "immunoassay-workflow 0.1.0, Python 3.11.0 and numpy 2.4.6",
        "changes cannot be attributed to treatment",
    ):
        assert words in said, words


def test_it_is_silent_on_what_was_not_used(found):
    said = text(found)
    for words in ("Never run", "five-parameter", "precision", "bivariate", "McNemar", "Hodges", "Principal", "max-T",
                  "Associations", "zero standard", "snakemake", "nan", "None", "SIMULATED"):  # fmt: skip
        assert words not in said, words


def test_simulated_data_say_so(found):
    assert methods.SIMULATED in text(found, {**CONFIG, "study": {**CONFIG["study"], "simulated": True}})


@pytest.mark.parametrize(
    ("bound", "words"),
    [({"low": 0.0, "high": 0.54}, "At Month 3, the data supported only an upper bound for IL-4"),
     ({"low": 1.2, "high": float("inf")}, "At Month 3, the data supported only a lower bound for IL-4")],
)  # fmt: skip
def test_an_analyte_with_one_bound_is_named(found, bound, words):
    said = text(found, tables_=statistics(biomarker_changes=[{}, {"variable": "IL-4", "tier": "C", **bound}]))
    assert words in said
    assert "(1 of 2)" in said
    elsewhere = [{}, {"variable": "IL-4", "tier": "C", "visit": "M6", **bound}]
    assert "the data supported only" not in text(found, tables_=statistics(biomarker_changes=elsewhere))


def test_families_are_named_with_their_size(found):
    family = {"family_code": "change", "family_size": 2, "adjusted_method_code": "max_t"}
    said = text(found, tables_=statistics(biomarker_changes=[family, {**family, "variable": "IL-4"}]))
    assert (
        "P values were adjusted by Westfall-Young max-T of the mean, shared sign changes in the families “change to Month "
        "3, cytokine” (2)"
    ) in said


def test_associations_within_participants_say_what_n_is_and_that_half_the_lloq_enters(found):
    said = text(found, tables_=statistics(associations=[WITHIN]))
    assert "the unit of the analysis was the participant, not the sample" in said
    assert "whole trajectories permuted, all 5040" in said
    assert "Values below the LLOQ were replaced by LLOQ/2 only in associations within participants (only where" in said


WITHIN = {
    "question": "within_participant",
    "estimate": 0.4,
    "p": 0.2,
    "estimate_method_code": "repeated_measures_adjusted",
    "p_method_code": "trajectories_all",
    "n_participants": 7,
    "substituted_code": "half_lloq",
}


def test_unproven_results_are_named_with_the_reason(found):
    panels = [{**PANELS[0], "accept_unproven": "controls of this lot do not exist"}, *PANELS[1:]]
    kit = {**found["panels"]["kit"], "unproven": 1}
    unproven = {**found, "panels": {**found["panels"], "kit": kit}}
    assert "Two-plex kit (controls of this lot do not exist)" in text(unproven, panels=panels)
    assert "Results were used although" not in text(found, panels=panels)


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (13, 53, "13 of 53 (24.5 %)"),
        (1, 1378, "1 of 1378 (<0.1 %)"),
        (0, 5, "0 of 5 (0 %)"),
        (5, 5, "5 of 5 (100 %)"),
        (0, 0, "0 of 0"),
    ],
)
def test_a_share_is_never_rounded_to_nothing(part, whole, said):
    assert sentences.of(part, whole) == said


def test_several_names_read_as_english():
    assert [sentences.several(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_every_choice_of_the_sheets_has_its_words():
    def choices(sheet, key):
        return set(
            yaml.safe_load((ROOT / f"workflow/schemas/{sheet}.schema.yaml").read_text())["properties"][key]["enum"]
        )

    assert set(sentences.LIMIT_RULES) == choices("config", "lloq_across_plates")
    assert set(statistics_words.QUESTIONS) == choices("config", "association_question")
    assert set(assay_words.MODELS) == choices("analytes", "curve_model") - {"auto"}
    assert set(assay_words.WEIGHTS) == choices("analytes", "weights") - {"power", "estimated", ""}
    assert set(assay_words.LIMITS) == choices("analytes", "limit_rule")
    assert set(assay_words.DETECTION) == choices("analytes", "detection_rule") - {"none"}
    assert set(assay_words.REPLICATES) == choices("panels", "replicate_rule")
    assert set(assay_words.PLATFORMS) == choices("panels", "platform") - {"laboratory"}
    assert set(assay_words.VERDICTS) == set(tables.VERDICTS)
    assert all(f" {tier}:" in paired.__doc__ or f"Tier {tier}:" in paired.__doc__ for tier in statistics_words.TIERS)


@pytest.mark.parametrize(
    ("weights", "exponents", "words"),
    [
        ("power", [1.8], "| 1/y^1.8 |"),
        ("estimated", [1.93], "| 1/y^1.93, estimated |"),
        ("none", [0.0], "| none |"),
    ],
)
def test_weights_are_said_with_the_exponent_used(found, weights, exponents, words):
    kit = {**found["panels"]["kit"], "weights": {weights: 2}, "exponents": exponents}
    assert words in text({**found, "panels": {**found["panels"], "kit": kit}})


PLACES = {  # table, its row with a number that rests on LLOQ/2, and how the methods name it
    "associations within": ("associations", WITHIN, "in associations within participants (only where"),
    "longitudinal": ("longitudinal", {"estimate": 0.5, "reason_code": None, "substituted_code": "half_lloq",
                     "estimate_method_code": "reml_unstructured"}, "in mixed models (which admit at most 10 %"),
    "arm_courses": ("arm_courses", {"estimate": 0.5, "reason_code": None, "substituted_code": "half_lloq",
                    "estimate_method_code": "reml_unstructured"}, "in mixed models of groups (which admit at most 10 %"),
    "pca_variance": ("pca_variance", {"explained": 0.5, "substituted_code": "both"}, "in principal components"),
    "prediction": ("prediction", {"q2": 0.1, "reason_code": None, "method_code": "nested_cross_validation",
                   "substituted_code": "half_lloq"}, "in predictions"),
    "event_hazards": ("event_hazards", {"hazard_ratio": 2.0, "substituted_code": "half_lloq"}, "in hazard ratios per doubling"),
    "roc": ("roc", {"odds_ratio": 2.0, "substituted_code": "half_lloq"}, "in odds ratios per doubling"),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_half_the_lloq_is_said_exactly_of_the_statistics_that_use_it_in_this_run(found, place):
    table, row, words = PLACES[place]
    others = [other for name, (_, _, other) in PLACES.items() if name != place]

    def sentence(**changed):
        said = text(found, tables_=statistics(**{table: [{**row, **changed}]}))
        return next((each for each in said.split(". ") if each.startswith("Values below the LLOQ were replaced")), "")

    assert words in sentence()
    assert not any(other in sentence() for other in others)
    for code in ("none", "uloq"):
        assert sentence(substituted_code=code) == ""
    # without a number nothing rests on it
    nothing = dict.fromkeys(("estimate", "p", "explained", "q2", "hazard_ratio", "odds_ratio"), float("nan"))
    gone = {name: value for name, value in nothing.items() if name in row}
    assert sentence(**gone, reason_code="model_few_participants" if table == "longitudinal" else "no_result"
                    if table != "prediction" else "predicts_constant") == ""  # fmt: skip


def test_without_substitution_no_statistic_is_said_to_have_any(found):
    said = text(found)
    assert "no value was substituted in any statistic" in said and "replaced" not in said
    above = statistics(pca_variance=[{"explained": 0.5, "substituted_code": "uloq"}])
    said = text(found, tables_=above)
    assert "Values above the ULOQ were replaced by the ULOQ in principal components." in said
    assert "in any statistic" not in said


def test_every_statistic_that_substitutes_does_so_in_one_function_and_has_its_words():
    """Whoever calls `substituted` for its own numbers is one of those the sentences can name, and nobody halves a limit else."""
    folder = ROOT / "src/immunoassay/statistics"
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    users = {name for name, code in texts.items() if re.search(r"import .*\b(log_)?substituted\b", code)}
    compared = {"sensitivity"}  # shows what substitution would say
    named = {"arm_courses", "baselines", "within_participants", "longitudinal", "multivariate", "prediction"}
    assert users - compared == named
    assert not [
        name
        for name, code in texts.items()
        if re.search(r"(upper|lower|lloq|limit)\w* / 2|0\.5 \* \w*(lloq|limit)", code)
    ]
    assert set(sentences.ESTIMATES) == {table for table, _, _ in PLACES.values()}
    with_code = {name for name, table in STATISTICS.items() if "substituted_code" in table.columns}
    assert with_code == set(sentences.ESTIMATES)
    readme = " ".join((ROOT / "docs/values-below-lloq.md").read_text(encoding="utf-8").split())
    part = readme[readme.index("How values below LLOQ are treated") :]
    for words in (
        "associations within participants",
        "mixed models",
        "principal components",
        "predictions",
        "hazard and odds ratios per doubling of a biomarker at baseline",
    ):
        assert words in part
    assert f"{longitudinal.MOST_CENSORED:.0%}".replace("%", " %") in part
    assert "`lloq_follows_people`" in part and "keeps its level" not in readme


def test_associations_that_were_not_tested_are_named(found):
    assert "change places" not in text(found)
    said = text(found, tables_=statistics(associations=[{"variable": "IL-4", "reason_code": "lloq_follows_people"}]))
    assert "Associations of IL-4 were not tested where the limits differed so among the participants" in said


def test_results_below_the_limit_of_detection_are_counted_apart(found):
    study = {**found["study"], "results": {"quantified": 6, "below_lod": 3, "below_lloq": 1}}
    assert "4 of 10 (40 %) results were below the LLOQ (3 of them below the limit of detection)" in text(
        {**found, "study": study}
    )


def test_counts_refuse_a_ledger_that_lost_a_record():
    rows = pd.DataFrame({"batch": ["B"], "plate": ["P"], "panel": ["kit"], "disposition": ["x"], "n_records": [1]})
    with pytest.raises(tables.ContractError, match="holds {'kit': 1} raw records, read were {'kit': 2}"):
        counts.study_counts(None, None, None, rows, {"wells": {"kit": 2}, "delivered": {}})


def test_a_robust_fit_is_said(found):
    sets = {path.stem: criteria(path) for path in (ROOT / "resources/criteria").glob("*.yaml")}
    assert "Huber" not in text(found)
    name = "ich_m10_lba"
    sets[name] = {**sets[name], "calibration": {**sets[name]["calibration"], "edit": "robust"}}
    said = methods.methods(CONFIG, PANELS, ANALYTES, sets, found, statistics(), VERSIONS)
    assert f"Under {name} no standard was removed: wells far from the curve were down-weighted (Huber" in said
