"""Responders, times to events, antibodies and ROC curves: methods by enumeration, tables from observations with known answers."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from immunoassay.statistics import baselines, groups, proportions, roc, split_tests, survival, titres, two_samples
from immunoassay.statistics import settings as choices
from immunoassay.statistics.diagnostics import diagnostics
from immunoassay.statistics.factor_levels import factors
from immunoassay.statistics.frames import ordered
from immunoassay.statistics.responders import responders, responders_of
from immunoassay.statistics.serology import serology
from immunoassay.statistics.time_to_event import split_at_median, time_to_event
from immunoassay.words import response_words
from scipy.stats import mannwhitneyu, rankdata
from tests.statistic_frames import worded

from .test_statistics_tables import observe, one

pytestmark = pytest.mark.filterwarnings("error")
SETTINGS = {
    "mcid": {"MGC": 3},
    "compare": {"arm": "placebo"},
    "responder_score": "MGC",
    "primary_visit": "M3",
    "primary_course": "first",
    "permutations": 999,
}
VISITS = pd.DataFrame({"visit": ["D1", "M3", "M6"], "day": [1, 85, 183]})
START = pd.Timestamp("2021-01-04")


def people_of(arms):
    return pd.DataFrame({"participant": [f"P{i + 1}" for i in range(len(arms))], "arm": arms})


def courses_of(n, **more):
    names = [f"P{i + 1}" for i in range(n)]
    return pd.DataFrame({"participant": names, "course": "first", "order": 1, "day1_date": f"{START.date()}", **more})


def events_of(*rows):
    """Events (participant number, event, study day or None)."""
    dated = [
        (f"P{who}", "first", event, "" if day is None else f"{(START + pd.Timedelta(days=day - 1)).date()}")
        for who, event, day in rows
    ]
    return pd.DataFrame(dated, columns=["participant", "course", "event", "date"]).replace({"date": {"": None}})


# --- methods ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_a_split_test_counts_every_split(seed):
    random = np.random.default_rng(seed)
    n, k = random.integers(4, 11), None
    k = int(random.integers(1, n))
    scores = random.integers(0, 5, n) * 0.1  # ties, and sums that differ by a rounding only
    first = np.arange(n) < k
    centred = scores - scores.mean()
    sums = np.array([abs(centred[list(part)].sum()) for part in combinations(range(n), k)])
    found = split_tests.split_test(scores, first)
    if np.ptp(scores) == 0:
        assert found.p == 1
        return
    assert found.p == pytest.approx(np.mean(sums >= sums[0] - 1e-9))
    assert found.floor == pytest.approx(np.mean(sums >= sums.max() - 1e-9)) and found.every


def test_a_sum_at_its_mean_has_p_1_and_groups_of_nobody_have_none():
    assert split_tests.split_test([1, 2, 2, 1], [True, True, False, False]).p == 1  # once 1.3: both tails counted
    assert np.isnan(split_tests.split_test([1, 2], [True, True]).p)


def test_the_rank_sum_is_that_of_others_and_above_32_people_splits_are_drawn():
    random = np.random.default_rng(1)
    x, y = random.normal(size=9), random.normal(size=11) + 1
    first = np.arange(20) < 9
    exact = mannwhitneyu(x, y, method="exact").pvalue
    assert two_samples.exact_wilcoxon(x, y).p == pytest.approx(exact)
    ranks = rankdata(np.tile([*x, *y], 2))
    assert split_tests.split_test(rankdata([*x, *y]), first).p == pytest.approx(exact)
    drawn = split_tests.split_test(ranks, np.tile(first, 2), draws=4000)
    assert not drawn.every and drawn.p == pytest.approx(mannwhitneyu(np.tile(x, 2), np.tile(y, 2)).pvalue, abs=0.01)


def test_boschloo_holds_its_level_and_is_never_less_powerful_than_fisher():
    n, m = 7, 6
    tables = [(a, b) for a in range(n + 1) for b in range(m + 1)]
    found = np.array([proportions.boschloo(a, n, b, m).p for a, b in tables])
    conditional = np.array([proportions.fisher(a, n, b, m) for a, b in tables])
    assert (found <= conditional + 1e-9).all() and (found < conditional - 0.01).any()
    share = np.linspace(0, 1, 2001)[:, None]
    chance = np.ones((2001, 1))
    log = [proportions._log_choose(size) for size in (n, m)]
    chance = np.stack(
        [
            np.exp(log[0][a] + log[1][b]) * share[:, 0] ** (a + b) * (1 - share[:, 0]) ** (n + m - a - b)
            for a, b in tables
        ]
    )
    assert chance.sum(axis=0) == pytest.approx(1)
    for level in (0.01, 0.05, 0.1):
        assert (found <= level) @ chance == pytest.approx(np.minimum((found <= level) @ chance, level), abs=1e-9)
    for index in (3, 10, 25, 50):  # p is the largest chance of a table as small
        worst = ((conditional <= conditional[index] * (1 + 1e-7)) @ chance).max()
        assert found[index] == pytest.approx(worst, abs=1e-4) and found[index] >= worst - 1e-9
    assert (
        proportions.boschloo(7, 7, 0, 6).p
        == proportions.boschloo(0, 7, 6, 6).p
        == proportions.boschloo(1, 7, 2, 6).floor
    )
    assert np.isnan(proportions.boschloo(0, 0, 1, 5)).all() and np.isnan(proportions.newcombe(0, 0, 1, 5)).all()


def test_a_curve_without_events_has_no_step_and_no_median():
    curve = survival.kaplan_meier([5.0, 8.0], [False, False])
    assert curve.time.size == 0 and survival.median_time(curve) == (np.inf, np.inf, np.inf)
    everybody = survival.kaplan_meier([5.0], [True])
    assert everybody.survival.tolist() == [0] and survival.median_time(everybody)[:2] == (5, 5)


def test_the_penalised_hazard_is_finite_where_it_separates_and_goes_with_the_unit():
    time, event, x = np.arange(1.0, 9), np.array([1, 1, 1, 1, 0, 0, 0, 0]), np.arange(8.0, 0, -1)
    found, scaled = survival.firth_cox(x, time, event), survival.firth_cox(10 * x + 3, time, event)
    assert 0 < found.low < found.log_ratio < found.high < 20 and found.p < 0.05
    assert np.array(scaled[:3]) * 10 == pytest.approx(np.array(found[:3]), rel=1e-5) and scaled.p == pytest.approx(
        found.p
    )
    assert np.isnan(survival.firth_cox(x, time, 0 * event)).all()
    assert np.isnan(survival.firth_cox(np.ones(8), time, event)).all()


def test_the_scores_of_the_log_rank_test_sum_to_0_and_its_permutation_is_blind_to_a_shift():
    random = np.random.default_rng(2)
    time, event, x = np.round(random.exponential(size=9) * 4), random.random(9) < 0.6, random.normal(size=9)
    scores = survival.log_rank_scores(time, event)
    assert scores.sum() == pytest.approx(0)
    orders = np.array([np.arange(9), np.arange(9)[::-1]])
    found = survival.permuted_score(x, scores, orders)
    assert survival.permuted_score(2 * x + 5, scores, orders) == pytest.approx(found)
    assert (survival.permuted_score(np.ones(9), scores, orders) == 0).all()


def test_an_area_has_an_interval_only_where_it_varies():
    assert np.isnan(roc.area_under_curve([1, 2, 3, 4], [False, False, True, True]).low)
    assert np.isnan(roc.area_under_curve([1, 2, 3], [False, False, True]).variance)
    found = roc.area_under_curve([1, 2, 3, 4, 5, 6], [False, True, False, True, False, True])
    turned = roc.area_under_curve([-1, -2, -3, -4, -5, -6], [False, True, False, True, False, True])
    assert found.area == pytest.approx(6 / 9) and 0 < found.low < found.area < found.high < 1
    assert (turned.area, turned.low, turned.high) == pytest.approx((1 - found.area, 1 - found.high, 1 - found.low))
    curve = roc.roc_curve([1, 1, 2], [False, True, True])
    assert curve.sensitivity.tolist() == [0, 0.5, 1] and curve.specificity.tolist() == [1, 1, 0]


def test_titres_of_touching_steps_have_no_mean_and_others_lie_above_their_lower_ends():
    assert titres.geometric_mean([10, 20, 20, 10], [10, 20, 20, 10], True).reason == "titres_few_steps"
    found = titres.geometric_mean([10, 20, 40, 80], [10, 20, 40, 80], True)
    assert found.method == "geometric_mean_titre" and found.low < found.value < found.high
    assert found.value == pytest.approx(np.sqrt(2) * np.sqrt(20 * 40), rel=1e-6)
    assert titres.geometric_mean([0, 0, 20], [10, 10, 20], True).reason == "mostly_outside"
    assert titres.geometric_mean([], [], True).reason == "no_result"


def test_a_share_with_undetermined_people_has_the_limits_of_every_reading():
    plain = titres.share_of([True, False, False, True], [False] * 4)
    open_ = titres.share_of([True, False, False, True], [False, True, False, False])
    assert plain.share == 0.5 and np.isnan(open_.share) and open_.low == plain.low
    assert open_.high == titres.share_of([True, True, False, True], [False] * 4).high
    assert np.isnan(titres.share_of([], []).share)


def test_a_reverse_curve_falls_from_all_to_the_highest_and_knows_the_share_below():
    plain = titres.reverse_cumulative([1, 2, 2, 5], [1, 2, 2, 5])
    assert (
        plain.value.tolist() == [1, 2, 5]
        and plain.share.tolist() == [1, 0.75, 0.25]
        and (plain.low < plain.share).all()
    )
    below = titres.reverse_cumulative([0, 0, 2, 5], [1, 1, 2, 5])
    assert below.value.tolist() == [2, 5] and below.share.tolist() == [0.5, 0.25] and np.isnan(below.low).all()
    above = titres.reverse_cumulative([1, 2, 9], [1, 2, np.inf])
    assert above.share.tolist() == pytest.approx([1, 2 / 3])
    assert titres.reverse_cumulative([0, 0], [1, 1]).value.size == 0


# --- levels ----------------------------------------------------------------------------------------------------------


def test_the_reference_comes_first_and_what_is_not_known_is_left_out():
    people = people_of(["b", "a", None, "c", "a"]).assign(alone="x")
    settings = choices.complete({"compare": {"arm": "c", "alone": "", "hidden": "", "responder": ""}})
    found = list(factors(people, settings, people["participant"], {"P1": True, "P2": False, "P5": False}))
    assert [[level.level for level in part] for part in found] == [
        [None],
        ["c", "a", "b"],
        ["non-responder", "responder"],
    ]
    assert found[1][1].participants == {"P2", "P5"} and [level.compared for level in found[1]] == [False, True, True]
    assert list(factors(people[["participant"]], settings, ["P1"])) == [[(None, None, None, {"P1"})]]


# --- responders ------------------------------------------------------------------------------------------------------

CHANGES = np.array([-5, -3, -2, 0, -4, -3, -9, -3])


def scores(changes=CHANGES):
    return np.column_stack([np.full(len(changes), 20.0), 20 + changes, 20 + changes / 2])


def test_responders_of_two_arms_and_which_p_carries_the_claim():
    arms = ["placebo"] * 4 + ["active"] * 4
    frame = worded("responders", responders(observe({"MGC": scores()}), people_of(arms), SETTINGS), SETTINGS)
    whole = one(frame[frame["factor"].isna()], visit="M3")
    assert (whole["responders"], whole["responders_of"], whole["n_expected"]) == (6, 8, 8) and np.isnan(whole["p"])
    row = one(frame, visit="M3", level="active")
    assert (row["responders"], row["reference_responders"], row["reference_of"], row["difference"]) == (4, 2, 4, 0.5)
    assert np.isnan([row["low"], row["high"]]).all() and "fewer than 5 in one of the two" in row["reason"]
    assert row["p"] == proportions.boschloo(4, 4, 2, 4).p and row["fisher_p"] == proportions.fisher(4, 4, 2, 4)
    assert (row["family_size"], row["adjusted_method_code"], row["p_adjusted"]) == (1, "holm", row["p"])
    assert "Boschloo" in row["words"] and "for comparison" in row["words"] and "carries the claim" not in row["words"]
    later = one(frame, visit="M6", level="active")
    assert pd.isna(later["family"]) and "not adjusted" in later["words"]
    # a table on which the tests part: 7 of 10 against 2 of 10
    changes = np.r_[np.repeat(-9, 2), np.repeat(0, 8), np.repeat(-9, 7), np.repeat(0, 3)]
    frame = responders(observe({"MGC": scores(changes)}), people_of(["placebo"] * 10 + ["active"] * 10), SETTINGS)
    row = one(worded("responders", frame, SETTINGS), visit="M3", level="active")
    assert (row["low"], row["high"]) == pytest.approx(proportions.newcombe(7, 10, 2, 10)[1:])
    assert row["p"] < 0.05 < row["fisher_p"] and "Only one of the two p values" in row["words"]
    # and one on which the interval excludes 0 and the exact p is above 0.05: 5 of 7 against 1 of 7
    changes = np.r_[-9, np.repeat(0, 6), np.repeat(-9, 5), 0, 0]
    frame = responders(observe({"MGC": scores(changes)}), people_of(["placebo"] * 7 + ["active"] * 7), SETTINGS)
    row = one(worded("responders", frame, SETTINGS), visit="M3", level="active")
    assert row["low"] > 0 and row["p"] > 0.05 and "The interval and the p disagree" in row["words"]


def test_without_people_or_a_least_difference_there_is_no_comparison():
    observations = observe({"MGC": scores(), "MG-ADL": scores()})
    frame = responders(observations, pd.DataFrame({"participant": []}), SETTINGS)
    assert set(frame["variable"]) == {"MGC"} and frame["factor"].isna().all() and len(frame) == 2
    assert responders(observations, people_of([]), {**SETTINGS, "mcid": {}}).empty
    turned = responders(observations, people_of([]), {**SETTINGS, "worse": {"MGC": "lower"}})
    assert turned["responders"].tolist() == [0, 0]


def test_a_level_without_scores_says_so():
    values = scores()
    values[4:, 1] = np.nan
    frame = responders(observe({"MGC": values}), people_of(["placebo"] * 4 + ["active"] * 4), SETTINGS)
    frame = worded("responders", frame, SETTINGS)
    assert one(frame, visit="M3", level="active")["words"].startswith("Nobody has the score")
    swapped = {**SETTINGS, "compare": {"arm": "active"}}
    frame = responders(observe({"MGC": values}), people_of(["placebo"] * 4 + ["active"] * 4), swapped)
    row = one(worded("responders", frame, swapped), visit="M3", level="placebo")
    assert "nobody of active" in row["reason"] and np.isnan(row["p"])


def test_who_is_a_responder():
    found = responders_of(observe({"MGC": scores()}), SETTINGS)
    assert [found[f"P{i + 1}"] for i in range(8)] == (CHANGES <= -3).tolist()


# --- times -----------------------------------------------------------------------------------------------------------


def times(n=8, events=(), observations=None, people=None, courses=None, settings=SETTINGS, **more):
    observations = observe({"MGC": scores(CHANGES[:n])}) if observations is None else observations
    people = people_of(["placebo", "active"] * n)[:n] if people is None else people
    courses = courses_of(n) if courses is None else courses
    return time_to_event(observations, people, {**settings, **more}, VISITS, courses, events_of(*events))


def test_when_a_relapse_counts_and_what_ends_a_time():
    events = [
        (1, "relapse", 100), (1, "relapse", 50),
        (2, "relapse", -20), (2, "withdrawal", 300),  # before the first dose; later than anything seen
        (3, "withdrawal", 60), (3, "relapse", 90),  # known of those who relapse only
        (4, "relapse", None),
        (5, "completion", 200),
        (6, "relapse", 250),  # after anybody was followed
        (7, "relapse", 190),  # later than the last visit, not than the completion of P5
    ]  # fmt: skip
    second = (
        courses_of(8).tail(1).assign(course="second", order=2, day1_date=f"{(START + pd.Timedelta(days=99)).date()}")
    )
    found = times(8, events, courses=pd.concat([courses_of(8), second]))
    own = found.event_times[found.event_times["endpoint_code"] == "relapse"].set_index("participant")
    assert own["time"].fillna(-1).to_dict() == {
        "P1": 49, "P2": 182, "P3": 59, "P4": -1, "P5": 199, "P6": 199, "P7": 189, "P8": 99
    }  # fmt: skip
    ends = ["event", "last_visit", "withdrawn", "undated", "completed", "later", "event", "next_course"]
    assert own["end_code"].tolist() == ends
    assert own["event"].tolist() == [True, False, False, True, False, False, True, False]
    row = one(found.time_to_event[found.time_to_event["factor"].isna()], endpoint_code="relapse")
    assert (row["n"], row["n_untimed"], row["n_later"], row["n_events"], row["longest"]) == (7, 1, 1, 2, 199)


def test_response_and_its_loss_are_seen_at_visits():
    found = times(8)
    own = found.event_times[found.event_times["endpoint_code"] == "response"].set_index("participant")
    assert own["time"].tolist() == [84, 84, 182, 182, 84, 84, 84, 84]  # P3 and P4 never responded
    assert own["event"].tolist() == [True, True, False, False, True, True, True, True]
    lost = found.event_times[found.event_times["endpoint_code"] == "loss_of_response"].set_index("participant")
    assert lost["event"].to_dict() == {"P1": True, "P2": True, "P5": True, "P6": True, "P7": False, "P8": True}
    assert set(lost["time"]) == {98}
    rows = found.time_to_event
    assert rows.loc[rows["endpoint_code"] == "loss_of_response", "family_code"].isna().all()  # of responders only
    assert (rows.loc[rows["p"].notna() & (rows["endpoint_code"] == "response"), "family_code"] == "times").all()


def test_the_arms_are_compared_by_the_exact_log_rank_test():
    events = [(2, "relapse", 30), (4, "relapse", 40), (6, "relapse", 50), (8, "relapse", 60), (1, "relapse", 170)]
    found = times(8, events)
    row = one(found.time_to_event, endpoint_code="relapse", level="active")
    time = np.array([169, 182, 182, 182, 29, 39, 49, 59.0])
    scored = survival.log_rank_scores(time, [1, 0, 0, 0, 1, 1, 1, 1])
    assert row["p"] == split_tests.split_test(scored, np.arange(8) >= 4).p == pytest.approx(2 / 70)
    assert row["observed"] - row["expected"] == pytest.approx(scored[4:].sum())
    assert (row["median"], row["n"], row["n_events"]) == (44, 4, 4)
    curve = found.event_curves[
        (found.event_curves["level"] == "active") & (found.event_curves["endpoint_code"] == "relapse")
    ]
    assert curve["at_risk"].tolist() == [4, 3, 2, 1] and curve["share"].tolist() == [0.75, 0.5, 0.25, 0]


def test_a_study_without_events_times_or_factors_has_tables_all_the_same():
    found = times(4, people=pd.DataFrame({"participant": []}))
    row = one(found.time_to_event[found.time_to_event["factor"].isna()], endpoint_code="relapse")
    assert row["reason_code"] == "no_event" and np.isinf(row["median"]) and np.isnan(row["low"])
    empty = observe({"MGC": np.full((3, 3), np.nan)})
    assert all(frame.empty for frame in times(3, observations=empty))


def level_of(n, seed=3):
    return np.exp(np.random.default_rng(seed).normal(size=n))


def test_a_split_looks_at_no_event_and_ties_what_is_below_the_highest_lloq():
    cut, above = split_at_median(pd.Series([1, 1, 1, 2.0, 5], list("abcde")))
    assert cut == 1 and above.tolist() == [False, False, False, True, True]
    marker = np.column_stack([level_of(8)] * 3)
    observations = observe({"IL-6": marker, "MGC": scores()}, lloq=0.01)
    cuts = [
        one(times(8, events, observations).time_to_event, biomarker="IL-6", level="above")["cut"]
        for events in ([(1, "relapse", 30)], [(7, "relapse", 30), (8, "relapse", 31)])
    ]
    assert cuts == [np.median(marker[:, 0])] * 2
    low = marker.copy()
    low[:6] = 0.001
    rows = times(
        8, [(7, "relapse", 30), (1, "relapse", 60)], observe({"IL-6": low, "MGC": scores()}, lloq=0.01)
    ).time_to_event
    assert one(rows, biomarker="IL-6", level="above")[["cut", "n"]].tolist() == [0.01, 2]
    flat = times(8, [(7, "relapse", 30)], observe({"IL-6": 0 * low + 0.001, "MGC": scores()}, lloq=0.01))
    assert flat.time_to_event["biomarker"].isna().all()
    assert flat.event_hazards["reason_code"].tolist() == ["few_events"] and flat.event_hazards["p"].isna().all()


def test_a_hazard_per_doubling_and_the_test_that_carries_the_claim():
    marker = level_of(8)
    events = [(int(i) + 1, "relapse", 40 + 10 * place) for place, i in enumerate(np.argsort(-marker)[:5])]
    matrix = np.column_stack([marker] * 3)
    found = times(8, events, observe({"IL-6": matrix, "MGC": scores()}, lloq=0.01)).event_hazards
    row = worded("event_hazards", found, SETTINGS).iloc[0]
    order = np.argsort(-marker)
    time = np.full(8, 182.0)
    time[order[:5]] = 39 + 10.0 * np.arange(5)
    wanted = survival.firth_cox(np.log2(marker), time, time < 182)
    assert row["hazard_ratio"] == pytest.approx(np.exp(wanted.log_ratio), rel=1e-6) and row[
        "p_likelihood"
    ] == pytest.approx(wanted.p)
    assert row["p_method_code"] == "participants_all" and row["p"] == pytest.approx(row["p_adjusted"])
    assert row["p"] <= 0.05 and "which carries the claim" in row["words"]


def test_max_t_is_over_the_orders_that_all_biomarkers_share():
    random = np.random.default_rng(5)
    values = {f"A{i}": np.exp(random.normal(size=(8, 3))) for i in range(4)}
    values["A0"][2, 0] = np.nan  # a biomarker that misses somebody
    events = [(i, "relapse", 20 + 10 * i) for i in range(1, 6)]
    found = times(8, events, observe({**values, "MGC": scores()}, lloq=1e-6)).event_hazards
    assert (found["family_size"] == 4).all() and (found["p_adjusted"] >= found["p"] - 1e-12).all()
    assert found["p_adjusted"].max() > found["p"].max() and found["n"].tolist() == [7, 8, 8, 8]
    assert (found["n_participants"] == 8).all() and (found["p_floor"] < 0.01).all()


def test_a_ratio_per_doubling_needs_llogs_that_agree_but_the_test_does_not():
    marker = level_of(8)
    marker[:2] = 0.001
    observations = observe({"IL-6": np.column_stack([marker] * 3), "MGC": scores()}, lloq=0.01)
    events = [(i, "relapse", 20 + 10 * i) for i in range(1, 6)]
    same = times(8, events, observations).event_hazards.iloc[0]
    assert same["substituted_code"] == "half_lloq" and not np.isnan(same["hazard_ratio"])
    one_higher = observations["variable"].eq("IL-6") & observations["participant"].eq("P1")
    for name in ("lloq", "lower_limit", "baseline_lower_limit", "upper"):
        observations.loc[one_higher, name] = 0.5
    other = times(8, events, observations).event_hazards.iloc[0]
    assert other["reason_code"] == "lloq_differs" and np.isnan(other["hazard_ratio"]) and not np.isnan(other["p"])
    found = baselines.baselines(ordered(observations), "first")[0]
    assert found.recensored.min() == 0.5 and found.doubling is None


def test_logarithms_are_split_and_doubled_as_such():
    marker = np.column_stack([np.log2(level_of(8)) + 5] * 3)
    observations = observe({"IL-6": marker, "MGC": scores()}, lloq=0.5)
    observations.loc[observations["variable"] == "IL-6", "unit"] = "NPX"
    events = [(i, "relapse", 20 + 10 * i) for i in range(1, 6)]
    found = times(8, events, observations)
    amounts = times(8, events, observe({"IL-6": 2**marker, "MGC": scores()}, lloq=2**0.5))
    cut = one(found.time_to_event, biomarker="IL-6", level="above")["cut"]
    assert cut == pytest.approx(np.median(marker[:, 0]))
    for name in ("hazard_ratio", "low", "high", "p"):
        assert found.event_hazards[name].iloc[0] == pytest.approx(amounts.event_hazards[name].iloc[0], rel=1e-6), name
    rows = serology(observations, people_of([]), SETTINGS, ["IL-6"]).serology
    rows = one(rows[rows["factor"].isna()], visit="M3")
    assert rows["geometric_mean"] == pytest.approx(marker[:, 1].mean()) and rows["centre_method_code"] == "mean"
    assert rows["fold_rise"] == pytest.approx(0, abs=1e-9)


def test_what_is_known_only_at_a_visit_splits_no_time():
    settings = {**SETTINGS, "compare": {"responder": ""}}
    assert times(8, [(1, "relapse", 30)], settings=settings).time_to_event["factor"].isna().all()


# --- antibodies ------------------------------------------------------------------------------------------------------


def test_titres_of_two_arms():
    first = np.array([10, 10, 20, 5, 40, 10, 20, 80.0])
    last = np.array([40, 20, 320, 40, 160, 10, 5, 640.0])  # 5 is below 10
    observations = observe({"Tetanus": np.column_stack([first, last, last]), "MGC": scores()}, lloq=10.0)
    observations.loc[observations["variable"] == "Tetanus", "unit"] = "titre"
    found = serology(observations, people_of(["placebo", "active"] * 4), SETTINGS, ["Tetanus"], {"Tetanus": 40.0})
    frame = worded("serology", found.serology, SETTINGS)
    row = one(frame[frame["factor"].isna()], visit="M3")
    assert (row["n"], row["n_below"], row["n_pairs"]) == (8, 1, 8)
    # 40/10, 320/20, at least 40/10, 160/40 and 640/80 rose; 20/10, 10/10 and less than 10/20 did not
    assert (row["risen"], row["risen_undetermined"], row["risen_of"]) == (5, 0, 8)
    assert (row["reached"], row["reached_undetermined"], row["reached_of"], row["threshold"]) == (5, 0, 8, 40)
    assert row["centre_method_code"] == "geometric_mean_titre" and "interval-censored" in row["words"]
    base = one(frame[frame["factor"].isna()], visit="D1")
    assert base["n_pairs"] == 0 and pd.isna(base["risen_of"]) and base["reached"] == 2 and pd.isna(base["reason"])
    steps = found.titre_curves[found.titre_curves["factor"].isna() & (found.titre_curves["visit"] == "M3")]
    assert steps["value"].tolist() == [10, 20, 40, 160, 320, 640]
    assert steps["share"].tolist() == pytest.approx([7 / 8, 6 / 8, 5 / 8, 3 / 8, 2 / 8, 1 / 8])
    assert set(frame["level"].dropna()) == {"placebo", "active"}


def test_a_rise_from_below_the_lloq_is_undetermined_where_it_may_be_less():
    values = np.array([[0.5, 3.0, 5], [2.0, 8.0, 2.0], [0.5, 0.5, 0.5], [1.0, 2.0, 8.0]])
    found = serology(observe({"Measles": values}), people_of([]), SETTINGS, ["Measles"]).serology
    row = one(found, visit="M3")
    assert (row["risen"], row["risen_undetermined"], row["risen_of"]) == (1, 2, 4) and np.isnan(row["risen_share"])
    assert row["risen_low"] < 0.01 < 0.9 < row["risen_high"]
    everyone = serology(observe({"Measles": 0 * values + 0.5}), people_of([]), SETTINGS, ["Measles"])
    assert everyone.titre_curves.empty and set(everyone.serology["n_below"]) == {4}
    assert serology(observe({"Measles": values}), people_of([]), SETTINGS, []).serology.empty


# --- diagnostics -----------------------------------------------------------------------------------------------------


def study_of(n, responding, marker, lloq=0.001):
    changes = np.where(np.arange(n) < responding, -6, 0)
    return observe({"IL-6": np.column_stack([marker] * 3), "MGC": scores(changes)}, lloq=lloq)


@pytest.mark.parametrize(("n", "reason"), [(19, "few_for_roc"), (20, "")])
def test_a_roc_curve_from_20_participants_on(n, reason):
    marker = level_of(n)
    found = diagnostics(study_of(n, 9, marker), SETTINGS)
    row = worded("roc", found.roc, SETTINGS).iloc[0]
    assert (row["n"], row["responders"]) == (n, 9) and (
        pd.isna(row["reason_code"]) if not reason else row["reason_code"] == reason
    )
    assert len(found.roc_points) == (0 if reason else n + 1)
    if not reason:
        assert row["area"] == roc.area_under_curve(marker, np.arange(n) < 9).area
        assert (
            row["p"] == two_samples.exact_wilcoxon(marker[:9], marker[9:]).p and row["low"] < row["area"] < row["high"]
        )
        wanted = roc.firth_logistic(np.log2(marker), np.arange(n) < 9)
        assert row["odds_ratio"] == pytest.approx(np.exp(wanted.log_ratio), rel=1e-6)


def test_no_interval_at_separation_or_with_few_of_one_kind():
    apart = diagnostics(study_of(20, 10, np.r_[np.arange(11.0, 21), np.arange(1.0, 11)]), SETTINGS).roc.iloc[0]
    assert (apart["area"], apart["reason_code"]) == (1, "separated") and np.isnan(apart["low"]) and apart["p"] < 1e-4
    assert np.isfinite(apart["odds_high"])
    few = diagnostics(study_of(30, 6, level_of(30)), SETTINGS).roc.iloc[0]
    assert few["reason_code"] == "few_of_one_kind" and np.isnan(few["low"]) and not np.isnan(few["p"])
    alike = diagnostics(study_of(20, 20, level_of(20)), SETTINGS).roc.iloc[0]
    assert alike["reason_code"] == "one_kind" and np.isnan(alike["area"])


def test_values_below_the_lloq_are_tied():
    marker = np.r_[np.arange(1.0, 11), np.arange(1.0, 11) + 0.5]
    found = diagnostics(study_of(20, 10, marker, lloq=4.0), SETTINGS).roc.iloc[0]
    tied = np.maximum(marker, 4.0)
    assert found["n_below"] == 6 and found["area"] == roc.area_under_curve(tied, np.arange(20) < 10).area
    assert found["substituted_code"] == "half_lloq"


# --- together --------------------------------------------------------------------------------------------------------


def test_groups_of_participants_have_their_own_rows():
    observations = observe({"MGC": scores()})
    observations["participant_group"] = np.where(observations["participant"].isin(["P1", "P2"]), "control", "patient")
    people = people_of(["placebo", "active"] * 4)
    found = groups.within_groups(
        observations, choices.complete(SETTINGS), lambda rows, own: responders(rows, people, own)
    )
    assert found.groupby("participant_group").size().to_dict() == {"all": 6, "control": 6, "patient": 6}


def test_the_methods_text_says_what_ran_and_nothing_else():
    observations = study_of(24, 10, level_of(24))
    people = people_of(["placebo", "active"] * 12)
    settings = choices.complete(SETTINGS)
    late = time_to_event(
        observations, people, settings, VISITS, courses_of(24), events_of((1, "relapse", 30), (5, "relapse", 90))
    )
    frames = {
        "responders": responders(observations, people, settings),
        **late._asdict(),
        "serology": serology(observations, people, settings, ["IL-6"]).serology,
        "roc": diagnostics(observations, settings).roc,
    }
    text = response_words.methods(frames, settings)
    for said in ("Boschloo", "log-rank test", "Firth's penalty", "geometric mean", "DeLong", "max-T", "rank-sum"):
        assert said in text, said
    alone = people_of([]).reindex(columns=["participant"])
    quiet = time_to_event(observations, alone, settings, VISITS, courses_of(24), events_of())
    frames = {"responders": responders(observations, alone, settings), "event_hazards": quiet.event_hazards}
    text = response_words.methods(frames, settings)
    assert "MGC 3 points" in text and not any(said in text for said in ("Boschloo", "Firth", "max-T", "log-rank"))
