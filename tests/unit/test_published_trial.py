"""A published vaccination study again: whole-cell against acellular vaccine, days 0 and 7, beside survreg, coin and emmeans.

The data (CMI-PB, 2021) lie outside the project; the numbers of R are in tests/reference/statistics/cmipb.json.
"""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.clinical.join import observations
from immunoassay.files.house import HOUSE
from immunoassay.statistics.censored_regression import effect
from immunoassay.statistics.group_comparisons import group_comparisons
from immunoassay.statistics.linear_model import fit_linear
from immunoassay.study import rule_rows
from immunoassay.study.load import study_in
from scipy.special import stdtr, stdtrit
from tests.reference_values import statistics

REFERENCE = statistics("cmipb")
ROWS = REFERENCE["rows"]
COMPLETE = [name for name, row in ROWS.items() if row["kind"] == "complete"]
CENSORED = [name for name, row in ROWS.items() if row["kind"] == "censored"]
DAYS = {"baseline": "day0", "visit": "day7"}


@pytest.fixture(scope="module")
def trial(shared):
    """(results, what the join needs, people) of days 0 and 7."""
    folder = shared / "datasets/cmipb"
    if not folder.is_dir():
        pytest.skip("no datasets/cmipb in IMMUNOASSAY_SHARED")
    read = {name: pd.read_csv(folder / f"2021LD_{name}.tsv", sep="\t", dtype=str) for name in
            ("plasma_cytokine_concentration", "specimen", "subject")}  # fmt: skip
    tubes = read["specimen"][read["specimen"]["planned_day_relative_to_boost"].isin(["0", "7"])]
    people = read["subject"].rename(
        columns={"subject_id": "participant", "infancy_vac": "arm", "biological_sex": "sex"}
    )
    return _results(read["plasma_cytokine_concentration"], tubes), _clinical(tubes, people), people


@pytest.fixture(scope="module")
def observed(trial):
    return observations(*trial[:2])[0]


@pytest.fixture(scope="module")
def compared(trial, observed):
    """{(analyte, visit, quantity): row} with and without the sex of the participants."""
    found = {}
    for covariates in ([], ["sex"]):
        settings = {"primary_visit": "day7", "compare": {"arm": "aP"}, "covariates": covariates}
        table = group_comparisons(observed, trial[2][["participant", "arm", "sex"]], settings)
        rows = {(row["variable"], row["visit"], row["quantity"]): row for row in table.to_dict("records")}
        found["sex" if covariates else ""] = rows
    return found


def _results(delivered, tubes):
    """The results table, as a delivery that states its LLOQs is read."""
    frame = delivered[delivered["specimen_id"].isin(tubes["specimen_id"])]
    value, lloq = frame["protein_expression"].astype(float), frame["lower_limit_of_quantitation"].astype(float)
    missing, below = value.isna(), value < lloq
    frame = pd.DataFrame(
        {
            "sample_id": frame["specimen_id"], "analyte": frame["protein_id"], "panel": "cytokines", "unit": "pg/mL",
            "status": np.select([missing, below], ["missing", "below_lloq"], "quantified"),
            "value": value.where(~below), "point": value, "lower": value.where(~below, 0.0).fillna(0.0),
            "upper": value.where(~below, lloq).fillna(np.inf), "lloq_applied": lloq.where(~missing),
            "uloq_applied": frame["upper_limit_of_quantitation"].astype(float).where(~missing),
        }
    )  # fmt: skip
    return tables.conform(frame.reindex(columns=list(tables.TABLES["results"].columns)), "results")


def _clinical(tubes, people):
    names = people["participant"].to_list()
    course = {
        "course": "boost",
        "order": 1,
        "day1_date": "2024-01-01",
        "biomarker_baseline": "own",
        "score_baseline": "own",
    }
    date = {"0": "2024-01-01", "7": "2024-01-08"}
    return rule_rows.clinical(study_in(HOUSE)) | {
        "members": names,
        "participants": [{"participant": name, "status": "enrolled", "group": ""} for name in names],
        "courses": [{"participant": name, **course} for name in names],
        "visits": [
            {"visit": f"day{day}", "label": "", "order": order, "day": int(day) + 1, "window_before": 9, "window_after": 9,
             "baseline": order == 1}
            for order, day in enumerate(date, 1)
        ],
        "samples": [
            {"sample_id": row.specimen_id, "participant": row.subject_id, "course": "boost", "specimen": "plasma", "_row": 2,
             "visit": f"day{row.planned_day_relative_to_boost}", "collection_date": date[row.planned_day_relative_to_boost]}
            for row in tubes.itertuples()
        ],
        "events": [], "scores": [], "scales": [], "populations": {},
        "analytes": [{"analyte": name, "group": "cytokine"} for name in ROWS],
    }  # fmt: skip


def _arms(observed, trial, analyte, day):
    """ln bounds at a day and who is wP, of the results that are there."""
    rows = observed[(observed["variable"] == analyte) & (observed["visit"] == day)]
    rows = rows[rows["status"] != "missing"].merge(trial[2], on="participant")
    with np.errstate(divide="ignore"):
        return np.log(rows["lower"].to_numpy(float)), np.log(rows["upper"].to_numpy(float)), rows


@pytest.mark.parametrize("quantity", ["baseline", "visit", "change"])
@pytest.mark.parametrize("analyte", COMPLETE)
def test_welch_wilcoxon_and_hodges_lehmann(analyte, quantity, compared):
    known, day = ROWS[analyte][quantity], DAYS.get(quantity, "day7")
    row = compared[""][analyte, day, "change" if quantity == "change" else "value"]
    assert (row["n_level"], row["n_reference"]) == (known["n"]["wP"], known["n"]["aP"])
    assert (row["estimate"], row["low"], row["high"]) == pytest.approx(
        [known[k] for k in ("ratio", "low", "high")], rel=1e-9
    )
    assert row["p_beside_method_code"] == "rank_sum_all"
    assert row["p_beside"] == pytest.approx(known["wilcoxon_exact_p"], rel=1e-9)
    shift = [row[f"hodges_lehmann{end}"] for end in ("", "_low", "_high")]
    assert shift == pytest.approx([known[f"hodges_lehmann{end}"] for end in ("", "_low", "_high")], rel=1e-6)


@pytest.mark.parametrize("covariate", ["", "sex"])
@pytest.mark.parametrize("analyte", COMPLETE)
def test_the_arms_adjusted_for_the_baseline_are_those_of_emmeans(analyte, covariate, compared, observed, trial):
    known = ROWS[analyte]["ancova_sex" if covariate else "ancova"]
    row = compared[covariate][analyte, "day7", "adjusted"]
    assert row["estimate"] == pytest.approx(known["ratio"], rel=1e-9)
    pre, post = (_arms(observed, trial, analyte, day) for day in DAYS.values())
    assert (pre[2]["participant"].to_numpy() == post[2]["participant"].to_numpy()).all()
    columns = [np.ones(len(pre[0])), (post[2]["arm"] == "wP").to_numpy(float), pre[0]]
    columns += [(post[2]["sex"] == "Male").to_numpy(float)] if covariate else []
    fit = fit_linear(np.column_stack(columns), post[0])  # emmeans pools the variance, our interval does not
    error = np.sqrt(fit.covariance[1, 1])
    ends = fit.beta[1] + np.array([0, -1, 1]) * stdtrit(fit.df, 0.975) * error
    assert np.exp(ends) == pytest.approx([known[k] for k in ("ratio", "low", "high")], rel=1e-9)
    assert fit.df == known["df"] and 2 * stdtr(fit.df, -abs(fit.beta[1]) / error) == pytest.approx(known["p"], rel=1e-9)
    assert row["low"] < row["estimate"] < row["high"]


@pytest.mark.parametrize("quantity", DAYS)
@pytest.mark.parametrize("analyte", CENSORED)
def test_censored_regression_is_that_of_survreg(analyte, quantity, compared, observed, trial):
    known = ROWS[analyte][quantity]
    lower, upper, rows = _arms(observed, trial, analyte, DAYS[quantity])
    wp = (rows["arm"] == "wP").to_numpy(float)
    found = effect(np.column_stack([np.ones(len(wp)), wp]), 1, lower, upper)
    row = compared[""][analyte, DAYS[quantity], "value"]
    counts = (row["n_level"], row["n_reference"], row["below_level"], row["below_reference"])
    assert counts == tuple(known[which][arm] for which in ("n", "below") for arm in ("wP", "aP"))
    if (
        lower == upper
    ).sum() < 4:  # fewer than two quantified values beyond the coefficients: survreg estimates, we do not
        assert np.isnan(row["estimate"]) and row["reason_code"] == "censored_few_quantified"
    else:
        regression = found.regression
        assert np.exp(found.estimate) == pytest.approx(known["ratio"], rel=1e-5)
        assert regression.sigma[0] == pytest.approx(known["sigma"], rel=1e-5)
        assert regression.log_likelihood == pytest.approx(known["loglik"], abs=1e-7)
        assert found.ratio == pytest.approx(known["lr"], abs=1e-6)
        assert found.p == pytest.approx(known["p_t"], abs=1e-6)
        assert np.exp([found.low, found.high]) == pytest.approx([known["low"], known["high"]], rel=1e-4)
    assert row["p_beside_method_code"] == "rank_sum_recensored_all"
    assert row["p_beside"] == pytest.approx(known["rank_exact_p"], rel=1e-9)


def test_twenty_rows_were_chosen_and_their_source_is_named():
    assert len(ROWS) == 20 and len(CENSORED) == 7
    assert "CMI-PB" in REFERENCE["source"] and "set.seed" in REFERENCE["chosen"] and REFERENCE["R"]["coin"]


def test_where_an_arm_is_below_and_covariates_explain_the_other_exactly_nothing_is_estimated():
    """Far out, where the arm below the LLOQ says nothing, a plane through both quantified values has no spread."""
    age = [
        46,
        65,
        49,
        55,
        77,
        43,
        89,
        56,
        68,
        32,
        59,
        72,
        41,
        35,
        64,
        56,
        48,
        43,
        59,
        25,
        74,
        64,
        63,
        71,
        43,
        41,
        87,
        60,
        23,
        30,
    ]
    baseline, lower = np.full(30, 1.363), np.full(30, -np.inf)
    baseline[[9, 25]] = 2.05, 1.388
    lower[[24, 25]] = 1.455, 1.978
    upper = np.where(np.isfinite(lower), lower, 1.363)
    found = effect(np.column_stack([np.ones(30), np.repeat([0.0, 1.0], 15), baseline, age]), 1, lower, upper)
    assert np.isnan([found.estimate, found.p, found.low]).all() and found.reason == "censored_few_quantified"
