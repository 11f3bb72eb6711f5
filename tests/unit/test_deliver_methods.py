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
from immunoassay.words import assay_words, methods, sentences, statistics_words

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
    "min_n_interval": 4,
    "association_question": "within_participant",
    "primary_visit": "M3",
    "primary_course": "first",
}
VERSIONS = {"immunoassay-workflow": "0.1.0", "Python": "3.11.0", "numpy": "2.4.6", "snakemake": None}


def frame(name, rows):
    wanted = pd.DataFrame(rows).reindex(columns=list(tables.TABLES[name].columns))
    return tables.conform(wanted, name)


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
        "panels": counts.panel_counts(results, attempts, curves, dropped, {("kit", "ich_m10_lba", "1"): 1}, ledger),
        "participants": 1,
        "corrections": "",
    }


def statistics(**changed):
    """Small tables: one biomarker in tier A, no family, nothing else."""
    summaries = [{"kind": "biomarker", "quantity": "value", "centre_method": "geometric mean",
                  "interval_method": "t on the log scale",
                  "quantile_method": "linear between order statistics"}]  # fmt: skip
    change = {"variable": "IL-6", "course": "first", "visit": "M3", "n_pairs": 7, "informative_pairs": 7, "tier": "A",
              "low": 0.4, "high": 0.9, "p_method": "exact signed rank, pairs re-censored", "p_floor": 0.015625,
              "family": None, "family_size": None, "adjusted_method": None}  # fmt: skip
    score = {"variable": "MGC", "n": 7, "hodges_lehmann_method": "none", "mcid": 3.0, "family": None,
        "family_size": None,
             "adjusted_method": None}  # fmt: skip
    association = {"question": "baseline", "p": float("nan"), "estimate_method": "none", "p_method": None, "reason": None,
        "family": None,
                   "family_size": None, "adjusted_method": None}  # fmt: skip
    rows = {
        "visit_summaries": summaries,
        "biomarker_changes": [change],
        "score_changes": [score],
        "associations": [association],
        "longitudinal": [
            {
                "variable": "IL-6",
                "n_participants": 7,
                "estimate": float("nan"),
                "sensitivity": float("nan"),
                "reason": "mixed model not fitted: 7 participants",
            }
        ],
        "prediction": [{"q2": float("nan"), "reason": "no prediction: 7 participants"}],
        "pca_variance": [{"explained": float("nan"), "method": "ln values"}],
    }
    for name, values in changed.items():
        rows[name] = [{**rows[name][0], **each} for each in values]
    return {name: pd.DataFrame(each) for name, each in rows.items()}


def text(found, config=CONFIG, tables_=None, panels=PANELS):
    sets = {path.stem: criteria(path) for path in (ROOT / "resources/criteria").glob("*.yaml")}
    return methods.methods(config, panels, ANALYTES, sets, found, tables_ or statistics(), VERSIONS)


def test_it_says_what_was_used(found):
    said = text(found)
    for words in (
        "Two-plex kit (IL-6 and IL-4)",
        "Four-parameter logistic curves (2) were fitted to background-subtracted signals with weights 1/y²",
        "kit lot L7",
        "samples diluted 1:2",
        "ich_m10_lba: 20 % of nominal and 20 % CV, at the ends 25 % and 25 %",
        "basis: ICH M10 (2022)",
        "1 standard level out of tolerance was dropped",
        "were reported by a laboratory",
        "Results reported by a laboratory carry its limits.",
        "| IL-4 | pg/mL | 2 | 1 (50 %) | 0 | 0.500–1.50 |",
        "1 of 5 (20 %) results were below the LLOQ and were analysed as left-censored",
        "1 of 5 (20 %) were above the ULOQ (right-censored)",
        "0 results were not reportable and 1 missing",
        "with 7 informative pairs, the smallest attainable two-sided p is 0.0156",
        "No p value was adjusted for multiplicity",
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
    [({"low": 0.0, "high": 0.54}, "for IL-4 only an upper bound is supported"),
     ({"low": 1.2, "high": float("inf")}, "for IL-4 only a lower bound is supported")],
)  # fmt: skip
def test_an_analyte_with_one_bound_is_named(found, bound, words):
    said = text(found, tables_=statistics(biomarker_changes=[{}, {"variable": "IL-4", "tier": "C", **bound}]))
    assert words in said
    assert "(1 of 2)" in said
    elsewhere = [{}, {"variable": "IL-4", "tier": "C", "visit": "M6", **bound}]
    assert "bound is supported" not in text(found, tables_=statistics(biomarker_changes=elsewhere))


def test_families_are_named_with_their_size(found):
    family = {"family": "change to M3, cytokine", "family_size": 2.0, "adjusted_method": "max-T"}
    said = text(found, tables_=statistics(biomarker_changes=[family, {**family, "variable": "IL-4"}]))
    assert "P values were adjusted by max-T in the families “change to M3, cytokine” (2)" in said


def test_associations_within_participants_say_what_n_is_and_that_half_the_lloq_enters(found):
    row = {"question": "within_participant", "p": 0.2, "estimate_method": "repeated-measures correlation",
           "p_method": "whole trajectories permuted, all 5040"}  # fmt: skip
    said = text(found, tables_=statistics(associations=[row]))
    assert "N is participants, not samples" in said
    assert "whole trajectories permuted, all 5040" in said
    assert sentences.HALF in said


def test_unproven_results_are_named_with_the_reason(found):
    panels = [{**PANELS[0], "accept_unproven": "controls of this lot do not exist"}, *PANELS[1:]]
    assert "Two-plex kit (controls of this lot do not exist)" in text(found, panels=panels)


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
    assert set(assay_words.WEIGHTS) == choices("analytes", "weights") - {"power", "estimated"}
    assert set(assay_words.LIMITS) == choices("analytes", "limit_rule")
    assert set(assay_words.REPLICATES) == choices("panels", "replicate_rule")
    assert set(assay_words.PLATFORMS) == choices("panels", "platform") - {"laboratory"}
    assert set(assay_words.VERDICTS) == set(tables.VERDICTS)
    assert all(f" {tier}:" in paired.__doc__ or f"Tier {tier}:" in paired.__doc__ for tier in statistics_words.TIERS)


@pytest.mark.parametrize(
    ("weights", "exponents", "words"),
    [
        ("power", [1.8], "with weights 1/y^1.8"),
        ("estimated", [1.93], "a variance exponent estimated"),
        ("none", [0.0], "without weights"),
    ],
)
def test_weights_are_said_with_the_exponent_used(found, weights, exponents, words):
    kit = {**found["panels"]["kit"], "weights": {weights: 2}, "exponents": exponents}
    assert words in text({**found, "panels": {**found["panels"], "kit": kit}})


def test_every_statistic_that_substitutes_is_named_where_substitution_is_described():
    """A module of statistics that divides a limit by two is one of those the sentences name, and the other way round."""
    folder = ROOT / "src/immunoassay/statistics"
    found = {
        path.stem for path in folder.glob("*.py") if re.search(r"\b(upper|lloq) / 2,", path.read_text(encoding="utf-8"))
    }
    names = {
        "associations": "associations between and within participants",
        "longitudinal": "mixed models",
        "multivariate": "principal components",
        "prediction": "predictions",
    }
    assert found == set(names)
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    part = readme[readme.index("How values below LLOQ are treated") :]
    for words in names.values():
        assert words in sentences.HALF and words in part
    assert f"{longitudinal.MOST_CENSORED:.0%}".replace("%", " %") in sentences.HALF
    assert "`lloq_differs`" in part and "keeps its level" not in readme + sentences.HALF


def test_associations_that_were_not_computed_are_named(found):
    assert "LLOQs of the results differ" not in text(found)
    said = text(found, tables_=statistics(associations=[{"variable": "IL-4", "reason": "lloq_differs"}]))
    assert "were not computed where results below the LLOQ entered and the LLOQs of the results differ" in said


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
    assert f"Under {name} no standard is dropped: wells far from the curve weigh less (Huber" in said
