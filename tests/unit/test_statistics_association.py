"""Correlation of intervals, permutations, repeated measures, concordance of visits, adjustment, principal components."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.statistics import concordance, correlation, multiplicity, multivariate, trajectories
from tests import reference_values
from tests.examples import examples

pytestmark = pytest.mark.filterwarnings("error")


def below(values, censored):
    values = np.array(values, float)
    return np.where(censored, -np.inf, values), values


def exact_p(x, y):
    orders = correlation.participant_permutations(len(y[0]), 1, 1)
    p, floor = correlation.permutation_p(correlation.permuted_tau(*(part[None] for part in (*x, *y)), orders))
    return p.item(), floor.item()


def test_censored_kendall():
    for name, case in reference_values.statistics("censored_kendall_ats").items():
        s, tau_a, _ = correlation.tau_b(*below(case["x"], case["xcens"]), *below(case["y"], case["ycens"]))
        assert s == case["nada2_ATS"]["S"], name
        assert tau_a == pytest.approx(case["nada2_ATS"]["tau"], abs=1e-9), name


def test_exact_correlations():
    for name, case in reference_values.statistics("correlation_exact").items():
        x, y = np.array(case["x"], float), np.array(case["y"], float)
        ranks = [correlation.interval_ranks(part, part) for part in (x, y)]
        assert correlation.spearman(*ranks) == pytest.approx(case["spearman"]["rho"], abs=1e-12), name
        assert correlation.tau_b(x, x, y, y)[2] == pytest.approx(case["kendall"]["tau"], abs=1e-12), name
    case = reference_values.statistics("correlation_exact")["n7"]
    x, y = np.array(case["x"]), np.array(case["y"])
    assert exact_p((x, x), (y, y))[0] == pytest.approx(case["kendall"]["p"], abs=1e-12)


def test_two_lloqs():
    case = reference_values.statistics("enumerated_permutation")["spearman_recensored_and_kendall_multi_lloq_n7"]
    x, score = below(case["value"], case["cens"]), np.array(case["score"], float)
    s, tau_a, tau_b = correlation.tau_b(*x, score, score)
    assert (s, tau_a, tau_b) == pytest.approx((case["S"], case["tau_a"], case["tau_b"]), abs=1e-12)
    ranks = correlation.interval_ranks(*x), correlation.interval_ranks(score, score)
    assert correlation.spearman(*ranks) == pytest.approx(case["spearman_rho"], abs=1e-12)
    assert exact_p(x, (score, score))[0] == pytest.approx(case["kendall_p_exact"], abs=1e-12)


@given(st.lists(st.integers(-5, 5), min_size=3, max_size=6), st.integers(0, 99))
@examples(30)
def test_permuted_tau_is_tau_of_the_permuted_scores(values, seed):
    random = np.random.default_rng(seed)
    n = len(values)
    lower, upper = below(values, random.random(n) < 0.3)
    scores = random.integers(0, 4, n).astype(float)
    orders = np.array(list(permutations(range(n))))
    found = correlation.permuted_tau(lower[None], upper[None], scores[None], scores[None], orders)[:, 0, 0]
    moved = [scores[order] for order in orders]
    wanted = [correlation.tau_b(lower, upper, one, one)[2] for one in moved]
    assert found == pytest.approx(np.array(wanted), abs=1e-12, nan_ok=True)


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=8, unique=True), st.integers(0, 99))
@examples(30)
def test_rank_statistics_do_not_depend_on_the_scale(values, seed):
    scores = np.random.default_rng(seed).permutation(len(values)).astype(float)
    x = np.round(values, 3)
    first = correlation.tau_b(x, x, scores, scores)
    assert correlation.tau_b(np.exp(x), np.exp(x), -scores, -scores)[0] == -first[0]


def test_missing_participants_do_not_count_in_permuted_tau():
    x, y = np.array([[1.0, 2, 3, np.nan, 5]]), np.array([[2.0, 1, 4, 7, np.nan]])
    found = correlation.permuted_tau(x, x, y, y, np.array([[0, 1, 2, 3, 4], [3, 1, 2, 0, 4]]))[:, 0, 0]
    # Observed: participants 1-3, two of three pairs agree. Swapped: y = 7, 1, 4 for them: one agrees, two do not.
    assert found == pytest.approx([1 / 3, -1 / 3])


def test_ranks_of_bounds():
    # <2 and the quantified 1 are tied below 2; above 9 is highest.
    assert correlation.interval_ranks([-np.inf, 1, 2, 5, 9], [2, 1, 2, 5, np.inf]).tolist() == [1.5, 1.5, 3, 4, 5]
    assert correlation.interval_ranks([-np.inf, 1], [np.inf, 1]) is None
    assert correlation.interval_ranks([-np.inf, 1, 3], [5, np.inf, 3]) is None


def test_constant_series_have_no_correlation():
    one = np.ones(5)
    rising = np.arange(5.0)
    assert np.isnan(correlation.tau_b(one, one, rising, rising)[2])
    assert np.isnan(correlation.spearman(correlation.interval_ranks(one, one), rising))
    assert np.isnan(exact_p((one, one), (rising, rising))[0])
    assert np.isnan(correlation.spearman(None, rising))


def test_bonett_wright():
    # rho .6, n 20: z = atanh(.6) +- 1.959964 sqrt(1.18 / 17)
    half = 1.959963985 * np.sqrt(1.18 / 17)
    wanted = np.tanh(np.arctanh(0.6) - half), np.tanh(np.arctanh(0.6) + half)
    assert correlation.bonett_wright(0.6, 20)[1:] == pytest.approx(wanted)
    assert np.isnan(correlation.bonett_wright(0.6, 5).low)
    assert np.isnan(correlation.bonett_wright(1.0, 20).low)


def test_permutations_are_all_up_to_eight_and_seeded_above():
    assert len(correlation.participant_permutations(7, 10, 1)) == 5040
    drawn = correlation.participant_permutations(9, 100, 1)
    assert drawn.shape == (101, 9)
    assert (drawn[0] == np.arange(9)).all()
    assert (np.sort(drawn, axis=1) == np.arange(9)).all()
    assert (drawn == correlation.participant_permutations(9, 100, 1)).all()
    assert (drawn != correlation.participant_permutations(9, 100, 2)).any()


def test_repeated_measures_correlation():
    for name, case in reference_values.statistics("rmcorr").items():
        rows = reference_values.rows_of(f"rmcorr_{name}")
        people = {}
        for row in rows:
            people.setdefault(row["participant"], []).append((float(row["x"]), float(row["y"])))
        size = max(map(len, people.values()))
        arrays = np.full((2, len(people), size), np.nan)
        for index, values in enumerate(people.values()):
            arrays[:, index, : len(values)] = np.array(values).T
        found = trajectories.repeated_correlation(*arrays, visit_effects=False)
        assert found.degrees_of_freedom == case["df"], name
        assert found.r == pytest.approx(case["r"], abs=1e-9), name


def test_trajectory_permutation():
    case = reference_values.statistics("enumerated_permutation")["trajectory_permutation_5x4"]
    x, y = np.array(case["x"]), np.array(case["y"], float)
    plain, adjusted = (trajectories.repeated_correlation(x, y, visits) for visits in (False, True))
    assert (plain.r, plain.degrees_of_freedom) == (pytest.approx(case["rmcorr"], abs=1e-12), case["rmcorr_df"])
    wanted = pytest.approx(case["rmcorr_visit_adjusted"], abs=1e-12), case["visit_adjusted_df"]
    assert (adjusted.r, adjusted.degrees_of_freedom) == wanted
    statistics = trajectories.permuted_trajectories(x[None], y[None], correlation.participant_permutations(5, 1, 1))
    assert statistics[0, 0, 0] == pytest.approx(adjusted.r, abs=1e-12)
    assert correlation.permutation_p(statistics)[0].item() == pytest.approx(case["p_permutation_exact"], abs=1e-12)


def test_visit_adjustment_with_gaps_is_least_squares():
    random = np.random.default_rng(5)
    x, y = random.normal(size=(2, 6, 4))
    x[0, 1] = y[3, 2] = y[3, 3] = np.nan
    both = ~np.isnan(x) & ~np.isnan(y)
    person, visit = np.nonzero(both)
    design = np.hstack([person[:, None] == np.arange(6), visit[:, None] == np.arange(4)]).astype(float)
    left = [part[both] - design @ np.linalg.lstsq(design, part[both], rcond=None)[0] for part in (x, y)]
    found = trajectories.repeated_correlation(x, y, visit_effects=True)
    assert found.r == pytest.approx(np.corrcoef(*left)[0, 1])
    assert found.degrees_of_freedom == both.sum() - 9 - 1


def test_a_time_course_everybody_shares_is_no_association():
    """All fall and all improve, independently: the unadjusted correlation is near 1, the adjusted test sees nothing."""
    random = np.random.default_rng(11)
    course = np.array([0.0, -2, -3, -3.5, -3.5, -3])
    orders = correlation.participant_permutations(7, 1, 1)
    unadjusted, p = [], []
    for _ in range(40):
        x, y = (course + random.normal(0, 0.5, (7, 6)) for _ in range(2))
        unadjusted.append(trajectories.repeated_correlation(x, y, False).r)
        p.append(correlation.permutation_p(trajectories.permuted_trajectories(x[None], y[None], orders))[0].item())
    assert min(unadjusted) > 0.7
    assert np.mean(np.array(p) <= 0.05) < 0.15


def test_an_association_of_trajectories_is_found_and_bounded():
    random = np.random.default_rng(2)
    own = random.normal(size=(7, 6))
    x, y = own + 0.2 * random.normal(size=(7, 6)), own + 0.2 * random.normal(size=(7, 6))
    interval = trajectories.jackknife_interval(x, y)
    assert interval.low < interval.estimate < interval.high
    assert interval.low > 0.5
    orders = correlation.participant_permutations(7, 1, 1)
    assert correlation.permutation_p(trajectories.permuted_trajectories(x[None], y[None], orders))[0].item() < 0.01


def test_gaps_in_trajectories_are_compared_on_common_visits():
    x = np.array([[1.0, 2, 4], [3, 1, np.nan], [0, 2, 1]])
    y = np.array([[2.0, 1, 3], [1, 5, 2], [np.nan, 4, 1]])
    found = trajectories.permuted_trajectories(x[None], y[None], np.array([[0, 1, 2], [2, 0, 1]]))[:, 0, 0]
    x, y = x - np.nanmean(x, axis=0), y - np.nanmean(y, axis=0)
    for order, value in zip(([0, 1, 2], [2, 0, 1]), found, strict=True):
        sums = np.zeros(3)
        for i, j in enumerate(order):
            both = ~np.isnan(x[i]) & ~np.isnan(y[j])
            a, b = x[i, both] - x[i, both].mean(), y[j, both] - y[j, both].mean()
            sums += [a @ b, a @ a, b @ b]
        assert value == pytest.approx(sums[0] / np.sqrt(sums[1] * sums[2]))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.ones((5, 4)), np.arange(20.0).reshape(5, 4)),
        (np.full((5, 4), np.nan), np.ones((5, 4))),
        (np.arange(5.0)[:, None], np.arange(5.0)[:, None]),
        (np.tile(np.arange(4.0), (5, 1)), np.random.default_rng(0).normal(size=(5, 4))),
    ],
)
def test_nothing_left_within_participants(x, y):
    found = trajectories.repeated_correlation(x, y, visit_effects=True)
    assert np.isnan(found.r)
    assert np.isnan(trajectories.jackknife_interval(x, y).low)
    statistics = trajectories.permuted_trajectories(x[None], y[None], correlation.participant_permutations(5, 1, 1))
    assert np.isnan(correlation.permutation_p(statistics)[0].item())


def test_adjustments():
    for name, case in reference_values.statistics("multiplicity").items():
        p = np.array([np.nan if one is None else one for one in case["p"]])
        wanted = [np.nan if one is None else one for one in case["BH"]]
        assert multiplicity.false_discovery_rate(p) == pytest.approx(wanted, abs=1e-12, nan_ok=True), name
    assert np.isnan(multiplicity.false_discovery_rate([np.nan])).all()


def test_max_t():
    case = reference_values.statistics("enumerated_permutation")["maxT_signflip_6x3"]
    differences = np.array(case["d"])
    t = multiplicity.flipped_t(differences, multiplicity.sign_flips(6, 1, 1))
    assert np.abs(t[0]) == pytest.approx(case["t_abs"], abs=1e-10)
    assert (np.abs(t) >= np.abs(t[0]) - 1e-9).mean(axis=0) == pytest.approx(case["p_raw_exact"])
    assert multiplicity.max_t_sign_flip(differences) == pytest.approx(case["p_maxT_singlestep"], abs=1e-12)


def test_max_t_with_gaps_and_without_change():
    differences = np.array([[-1.0, 0, np.nan], [-2, 0, -1], [-1.5, 0, -1.2], [-1, 0, -0.9], [-3, 0, np.nan]])
    found = multiplicity.max_t_sign_flip(differences)
    assert np.isnan(found[1])
    assert found[0] >= 2 / 32
    assert multiplicity.max_t_sign_flip(np.full((5, 1), -1.0))[0] == 2 / 32


def test_what_adjustment_can_reach():
    # 60 analytes, seven participants: 19 must reach the floor 2/128.
    assert multiplicity.tests_needed(60, 2 / 128) == 19
    assert multiplicity.tests_needed(1, 2 / 128) == 1


def test_principal_components():
    rows = reference_values.rows_of("datasets_USArrests")
    names = ("Murder", "Assault", "UrbanPop", "Rape")
    case = reference_values.statistics("pca")["prcomp_USArrests_scaled"]
    found = multivariate.principal_components([[float(row[name]) for name in names] for row in rows])
    assert found.scores.std(axis=0, ddof=1) == pytest.approx(case["sdev"], abs=1e-8)
    wanted = np.array([[row[f"PC{k}"] for k in range(1, 5)] for row in case["rotation"]])
    assert np.abs(found.loadings) == pytest.approx(np.abs(wanted), abs=1e-8)
    assert (np.abs((found.loadings * wanted).sum(axis=0)) > 0.999999).all()
    assert found.explained.sum() == pytest.approx(1)
    assert (found.loadings[np.abs(found.loadings).argmax(axis=0), range(4)] > 0).all()


def test_noise_level_of_noise_contains_noise():
    random = np.random.default_rng(4)
    participants, visits = np.repeat(np.arange(7), 3), np.tile(np.arange(3), 7)
    person = np.repeat(random.normal(size=(7, 30)), 3, axis=0)
    noise = person + 0.1 * random.normal(size=(21, 30))
    shares, movable = multivariate.noise_level(noise, participants, visits, draws=200)
    first = multivariate.principal_components(noise).explained[0]
    assert movable == 7
    assert np.quantile(shares[:, 0], 0.01) < first < np.quantile(shares[:, 0], 0.99)
    # Permuting rows instead would call stable persons a structure.
    rows = noise.copy()
    for column in rows.T:
        random.shuffle(column)
    assert multivariate.principal_components(rows).explained[0] < first / 1.5


def test_no_noise_level_when_nobody_shares_visits():
    shares, movable = multivariate.noise_level(
        np.arange(12.0).reshape(3, 4) ** 2, np.array([0, 1, 1]), np.array([0, 0, 1])
    )
    assert shares is None
    assert movable == 0


def test_correlation_of_permuted_numbers():
    random = np.random.default_rng(3)
    x, y = random.normal(size=(2, 6)), random.normal(size=(3, 6))
    orders = correlation.participant_permutations(6, 1, 1)
    found = correlation.permuted_r(x, y, orders)
    wanted = [[[np.corrcoef(a, b[order])[0, 1] for b in y] for a in x] for order in orders[::97]]
    assert found[::97] == pytest.approx(np.array(wanted))
    assert np.isnan(correlation.permuted_r(np.ones((1, 6)), y, orders)).all()


def test_numbers_missing_on_one_side_count_where_both_are():
    x, y = np.array([[1.0, 2, 4, np.nan, 5]]), np.array([[2.0, 1, 4, 7, np.nan]])
    found = correlation.permuted_r(x, y, np.array([[0, 1, 2, 3, 4], [3, 1, 2, 4, 0]]))[:, 0, 0]
    # Swapped, participants 1 to 3 and 5 are seen on both sides: r of more participants, which varies less, weighs more.
    second = np.corrcoef([1, 2, 4, 5], [7, 1, 4, 2])[0, 1]
    assert found == pytest.approx([np.corrcoef([1, 2, 4], [2, 1, 4])[0, 1], second * np.sqrt(3 / 2)])


def test_logarithms_find_more_than_ranks_at_one_visit():
    """r = 0.8, seven participants: 66 % against 50 % (rho) and 40 % (tau-b), all exact."""
    random = np.random.default_rng(8)
    orders = correlation.participant_permutations(7, 1, 1)
    p = {"r": [], "tau": []}
    for _ in range(60):
        x, e = random.normal(size=(2, 1, 7))
        y = 0.8 * x + 0.6 * e
        p["r"].append(correlation.permutation_p(correlation.permuted_r(x, y, orders))[0].item())
        p["tau"].append(correlation.permutation_p(correlation.permuted_tau(x, x, y, y, orders))[0].item())
    found = {name: np.mean(np.array(values) <= 0.05) for name, values in p.items()}
    assert found["r"] > found["tau"] + 0.08


def test_the_smallest_p_of_several_statistics():
    random = np.random.default_rng(1)
    statistics = np.abs(random.normal(size=(40, 3)))
    shares = multiplicity.shares_as_large(statistics)
    assert shares == pytest.approx((statistics[None] >= statistics[:, None]).mean(axis=1))
    smallest = shares.min(axis=1)
    wanted = [(smallest <= one + 1e-12).mean() for one in shares[0]]
    assert multiplicity.max_t(1 - shares) == pytest.approx(wanted)


def test_certain_orders_of_two_visits():
    lower, upper = np.array([0.0, 2, 5, np.nan, 0]), np.array([2.0, 2, 5, np.nan, 6])
    # <2, 2, 5, missing, <6: a value equal to the limit is above what lies below it; below 6 nothing of 5 or less is certain.
    signs = concordance.visit_signs(lower, upper)
    assert signs.tolist()[:3] == [1, 1, pytest.approx(np.nan, nan_ok=True)]
    assert np.nan_to_num(signs, nan=9).tolist() == [1, 1, 9, 0, 1, 9, 0, 9, 0, 9]


def test_participants_change_places_only_behind_the_same_limits():
    low, high = [1.0, 1, 1], [1.0, 10, 10]
    limits = np.array([low] * 5 + [high] * 2)
    found = concordance.limit_classes(limits)
    assert found.labels.tolist() == [0, 0, 0, 0, 0, 1, 1]
    orders = concordance.orders_within(found.labels, 1, 1)
    assert len(orders) == len({tuple(order) for order in orders}) == 120 * 2
    assert (found.labels[orders] == found.labels).all()
    assert orders[0].tolist() == list(range(7))
    drawn = concordance.orders_within(np.repeat([0, 1], 9), 50, 3)
    assert drawn.shape == (51, 18) and (np.sort(drawn[:, :9], axis=1) == np.arange(9)).all()
    # 3! x 2! x 2! orders are too few: the two classes with the least rise are seen through the higher limit of each visit
    found = concordance.limit_classes(np.array([low] * 3 + [high] * 2 + [[1, 1, 2]] * 2))
    assert found.labels.tolist() == [0, 0, 0, 1, 1, 0, 0]
    assert found.limits[0].tolist() == [1, 1, 2] and found.limits[3].tolist() == high
    # a visit without a result has no limit, and 1 % is a rounding
    assert len(set(concordance.limit_classes(np.array([[1, 1.005, np.nan]] * 3 + [low] * 2)).labels)) == 1


def test_concordance_less_what_all_share():
    """With complete data it is S less the mean of its permutations within the classes."""
    random = np.random.default_rng(6)
    x, y = np.sign(random.normal(size=(2, 6, 10)))
    labels = np.array([0, 0, 0, 1, 1, 1])
    orders = concordance.orders_within(labels, 1, 1)
    sums = concordance.concordance(x, y)[np.arange(6), orders].sum(axis=1)
    found = concordance.permuted_concordance(x, y[None], labels, orders)[:, 0]
    assert found == pytest.approx(sums - sums.mean())


def relapsing(random, n, fold):
    """Six visits of an unassociated biomarker, 60 % below; later samples of relapsing people read at `fold` the LLOQ."""
    series = random.normal(size=(2, n, 1)) + random.normal(size=(2, n, 6))
    x, y = np.sqrt(0.5) * series
    worse = y[:, 1:] - np.minimum.accumulate(y[:, :-1], axis=1) > 1.5
    limit = np.full((n, 6), 0.25)
    limit[:, 1:] += np.log(fold) * np.maximum.accumulate(worse, axis=1)
    return x, y, limit


def test_a_limit_that_changes_with_the_course_is_no_association():
    """LLOQ/2 of each result's own LLOQ rejects 46 % at n = 12; the concordance of visits within limits 5 % or less."""
    random = np.random.default_rng(12)
    rejected = {"substituted": [], "concordance": []}
    for _ in range(100):
        x, y, limit = relapsing(random, 12, 10.0)
        half = np.where(x < limit, limit - np.log(2), x)
        free = correlation.participant_permutations(12, 199, 1)
        found = {"substituted": trajectories.permuted_trajectories(half[None], y[None], free)}
        bounds, limits = (np.where(x < limit, 0.0, np.exp(x)), np.exp(np.maximum(x, limit))), np.exp(limit)
        classes = concordance.limit_classes(limits)
        orders = concordance.orders_within(classes.labels, 199, 1)
        signs = concordance.visit_signs(*concordance.recensored(*bounds, classes.limits))
        changes = concordance.visit_changes(y)[None]
        found["concordance"] = concordance.permuted_concordance(signs, changes, classes.labels, orders)
        for name, statistics in found.items():
            rejected[name].append(correlation.permutation_p(statistics)[0].item() <= 0.05)
    assert np.mean(rejected["substituted"]) > 0.25
    assert np.mean(rejected["concordance"]) < 0.12


def test_missing_visits_keep_the_level():
    """30 % of the visits missed: the correlation without weights rejects 1.5 to 2 % of 5 %."""
    random = np.random.default_rng(4)
    rejected = []
    orders = correlation.participant_permutations(12, 199, 1)
    for _ in range(300):
        x, y = random.normal(size=(2, 12, 6))
        gone = random.random((12, 6)) < 0.3
        x[gone] = y[gone] = np.nan
        found = trajectories.permuted_trajectories(x[None], y[None], orders)
        rejected.append(correlation.permutation_p(found)[0].item() <= 0.05)
    assert 0.03 <= np.mean(rejected) <= 0.09
