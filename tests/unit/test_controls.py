"""Controls over time: the Westgard vectors exactly, guide sets, and rates that agree with theory."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.acceptance import assess, bridging, control_charts, westgard
from scipy import stats

ALL = {"1_2s", "4_1s", "10_x", "3_1s", "6_x", *westgard.REJECTIONS}


def last(*runs):
    """Rules the last of the runs breaks; each run is a tuple of z, one per material."""
    return {rule for rule, hit in westgard.broken(np.array(runs, float)).items() if hit[-1]}


@pytest.mark.parametrize(
    ("runs", "rules"),
    [
        ([(0.1, 3.01)], {"1_2s", "1_3s"}),
        ([(2.1, 2.2)], {"1_2s", "2_2s"}),
        ([(2.1, -2.1)], {"1_2s", "R_4s"}),
        ([(2.5, -1.8)], {"1_2s"}),  # a difference above 4 SD, but not one on each side of 2
        ([(2.1,), (2.3,)], {"1_2s", "2_2s"}),
        ([(1.1, 1.2), (1.3, 1.4)], {"4_1s"}),
        ([(0.3,)] * 10, {"10_x"}),
        ([(0.3,)] * 9 + [(0.0,)], set()),
        ([(3.0, 2.0)], {"1_2s"}),  # strict: exactly 3 is not beyond 3
        ([(2.0, -2.0)], set()),
        ([(1.5,)] * 3 + [(1.0,)], set()),
        ([(1.5,)] * 4, {"4_1s"}),
        ([(2.1,), (np.nan,), (2.3,)], {"1_2s"}),  # a missing run breaks the streak
        ([(2.1, 0), (0, 2.3)], {"1_2s"}),  # another material in another run
        ([(-0.3, -0.2)] * 5, {"10_x"}),
        ([(2.1, 2.2, 0)], {"1_2s", "2of3_2s"}),
        ([(1.1, 1.2, 1.3)], {"3_1s"}),
        ([(0.1, 0.2, 0.3)] * 2, {"6_x"}),
        ([(0.1, 0.2, 0.3), (0.1, 0.0, 0.3)], set()),
    ],
)
def test_golden_vectors(runs, rules):
    assert last(*runs) == rules <= ALL


def rate(z, rule):
    return westgard.broken(z)[rule].mean()


def agrees(found, expected, n, width=4.5):
    """Within `width` standard errors of a share of n."""
    return abs(found - expected) <= width * np.sqrt(expected * (1 - expected) / n)


def test_false_rejections_and_detections_of_every_rule_are_those_of_theory():
    n, above = 200_000, stats.norm.sf
    for shift, seed in ((0.0, 1), (1.0, 2), (2.0, 3)):
        z = np.random.default_rng(seed).normal(size=(n, 2)) + shift
        p = {k: (above(k - shift), stats.norm.cdf(-k - shift)) for k in (0, 1, 2, 3)}
        one_3s = 1 - (1 - sum(p[3])) ** 2
        assert agrees(rate(z, "1_3s"), one_3s, n)
        assert agrees(rate(z[:, :1], "1_3s"), sum(p[3]), n)
        assert agrees(rate(z, "R_4s"), 2 * p[2][0] * p[2][1], n)
        same = p[2][0] ** 2 + p[2][1] ** 2  # within the run, or the same material in the last two
        assert agrees(rate(z[:, :1], "2_2s"), same, n, 9)  # runs overlap: not independent
        assert agrees(rate(z[:, :1], "4_1s"), p[1][0] ** 4 + p[1][1] ** 4, n, 12)
        assert agrees(rate(z[:, :1], "10_x"), p[0][0] ** 10 + p[0][1] ** 10, n, 30)
    three = np.random.default_rng(4).normal(size=(n, 3))
    p = above(2)
    assert agrees(rate(three, "2of3_2s"), 2 * (3 * p**2 * (1 - p) + p**3), n)


def study(logs, dates=None, accepted=None, lot="L1", controls_=("QC1",)):
    """Concentrations, verdicts and plates of one analyte whose control runs have these ln deviations."""
    logs = np.asarray(logs, float).reshape(len(logs), -1)
    plates = [
        {"plate": f"P{i:04d}", "run_date": dates[i] if dates else f"2024-{1 + i // 28:02d}-{1 + i % 28:02d}", "kit_lot": lot}
        for i in range(len(logs))
    ]  # fmt: skip
    rows = [
        {
            "batch": "B", "plate": plates[i]["plate"], "panel": "kit", "analyte": "X", "well": f"A{j + 1:02d}",
            "role": "control", "disposition": "usable", "level": name, "expected": 100.0,
            "concentration_well": 100 * np.exp(logs[i, j]),
        }
        for i in range(len(logs)) for j, name in enumerate(controls_)
    ]  # fmt: skip
    verdicts = pd.DataFrame({"plate": [row["plate"] for row in plates], "analyte": "X", "verdict": accepted or "PASS"})
    verdicts = verdicts.assign(verdict_reason="", amendments=None)
    return [pd.DataFrame(rows)], verdicts, plates, [], {"X": "pg/mL"}


def test_the_guide_set_is_prospective_and_freezes_at_twenty():
    logs = np.random.default_rng(5).normal(0, 0.05, 40)
    found = control_charts.follow(*study(logs))
    assert found["guide_runs"].tolist() == [*range(20), *[20] * 20]
    assert found["provisional"].tolist() == [True] * 20 + [False] * 20
    assert found.loc[:2, "verdict"].tolist() == ["NOT_EVALUABLE"] * 3
    frozen = np.exp(logs[:20].mean())
    assert np.allclose(found.loc[20:, "guide_mean"], 100 * frozen)
    assert np.allclose(found.loc[20:, "guide_sd_log"], logs[:20].std(ddof=1))
    assert np.isclose(found.loc[30, "z"], (logs[30] - logs[:20].mean()) / logs[:20].std(ddof=1))


def test_later_runs_change_nothing_of_earlier_ones():
    logs = np.random.default_rng(6).normal(0, 0.05, 30)
    before, after = control_charts.follow(*study(logs[:17])), control_charts.follow(*study(logs))
    pd.testing.assert_frame_equal(before, after.iloc[:17], check_exact=True)


def test_a_rejected_run_is_judged_but_enters_no_guide_and_no_streak():
    logs = [0.01, -0.01] * 10 + [0.03] * 2
    accepted = ["PASS"] * 20 + ["FAIL", "PASS"]
    found = control_charts.follow(*study(logs, accepted=accepted)).set_index("plate")
    assert found.loc["P0020", "rules"] == "1_2s" and not found.loc["P0020", "accepted"]
    assert found.loc["P0021", "rules"] == "1_2s"  # with the rejected one it would be 2_2s
    both = control_charts.follow(*study(logs)).set_index("plate")
    assert both.loc["P0021", "rules"] == "1_2s;2_2s" and both.loc["P0021", "verdict"] == "FAIL"


def test_a_provisional_guide_warns_and_a_guide_without_spread_proves_nothing():
    found = control_charts.follow(*study([0.01, -0.01, 0.01, -0.01, 0.2]))
    assert (found.loc[4, "verdict"], found.loc[4, "rules"]) == ("WARN", "1_2s;1_3s")
    assert control_charts.follow(*study([0.0] * 5))["verdict"].tolist() == ["NOT_EVALUABLE"] * 5


def test_a_control_off_the_curve_is_a_warning_never_a_pass():
    parts = list(study([0.01, -0.01, 0.01, -0.01, 0.0]))
    parts[0][0].loc[4, "concentration_well"] = np.nan
    assert control_charts.follow(*parts).loc[4, "verdict"] == "WARN"


def test_every_lot_has_its_own_guide_and_the_stated_range_is_judged_from_the_first_run():
    frame, verdicts, plates, _, units = study([0.0, 0.4])
    plates[1]["kit_lot"] = "L2"
    stated = [
        {"panel": "kit", "kit_lot": lot, "material": "control", "level": "QC1", "analyte": "X", "low": 80, "high": 120}
        for lot in ("L1", "L2")
    ]
    found = control_charts.follow(frame, verdicts, plates, stated, units)
    assert found["guide_runs"].tolist() == [0, 0] and found["run"].tolist() == [1, 1]
    assert found["verdict"].tolist() == ["NOT_EVALUABLE", "WARN"]
    assert "outside the range stated (80 to 120)" in found.loc[1, "words"]


@pytest.mark.parametrize("size", [5, 20])
def test_a_perfect_run_is_flagged_as_often_as_theory_says_for_its_guide(size):
    """P(|t| > 3 / sqrt(1 + 1/n)) with n - 1 degrees of freedom: 5.3 % with 5 runs, 0.9 % with 20."""
    z = []
    for row in np.random.default_rng(7).normal(size=(3000, size + 1)):
        count, mean, sd = control_charts.guide(row)
        assert count[-1] == size
        z.append((row[-1] - mean[-1]) / sd[-1])
    exact = 2 * stats.t.sf(3 / np.sqrt(1 + 1 / size), size - 1)
    assert agrees(np.mean(np.abs(z) > 3), exact, len(z))
    assert round(100 * exact, 1) == {5: 5.2, 20: 0.9}[size]


def test_a_simulated_study_in_control_and_shifted():
    """400 runs with a true CV of 5 %: in control about 0.9 % beyond 3 SD; a shift of 3 SD is found in half the runs."""
    rng = np.random.default_rng(8)
    quiet = rng.normal(0, 0.05, 420)
    found = control_charts.follow(*study(quiet))
    frozen = found[~found["provisional"]]
    flagged = frozen["rules"].str.contains("1_3s").mean()
    assert flagged <= 0.03
    shifted = quiet.copy()
    shifted[20:] += 3 * 0.05
    found = control_charts.follow(*study(shifted))
    detected = found.loc[20:, "rules"].str.contains("1_3s").mean()
    guide_error = (quiet[:20].mean()) / 0.05  # the guide is known: so is the power
    spread = quiet[:20].std(ddof=1) / 0.05
    assert agrees(detected, stats.norm.sf(3 * spread + guide_error - 3), 400)


def test_the_sum_of_a_lot_is_bias_plus_cv_of_its_accepted_runs():
    followed = control_charts.follow(*study(np.log([1.0, 1.2, 1.1, 9.0]), accepted=["PASS"] * 3 + ["FAIL"]))
    criteria = {"total_error_percent": 30, "compare_decimals": 6}
    row = control_charts.summarise(followed, lambda panel, analyte: criteria).iloc[0]
    assert (row["n_runs"], row["n_accepted"], row["verdict"]) == (4, 3, "PASS")
    assert np.isclose(row["bias_percent"], 10) and np.isclose(row["cv_percent"], 100 * 0.1 / 1.1)
    strict = control_charts.summarise(followed, lambda *_: {**criteria, "total_error_percent": 19}).iloc[0]
    assert strict["verdict"] == "FAIL"
    assert tables.conform(followed, "controls") is not None


def test_total_error_adds_size_of_bias_and_cv():
    """Bias +12.5 % and CV 18 % make 30.5 %, more than 30."""
    spread = 1.125 * 0.18
    followed = control_charts.follow(*study(np.log([1.125 - spread, 1.125, 1.125 + spread])))
    row = control_charts.summarise(followed, lambda *_: {"total_error_percent": 30, "compare_decimals": 6}).iloc[0]
    assert np.isclose(row["total_error_percent"], 30.5) and row["verdict"] == "FAIL"


def test_a_study_without_plates_or_controls_has_empty_tables():
    verdicts = assess.verdicts(tables.empty("checks"), tables.empty("curves")).assign(amendments=None)
    found = control_charts.follow([tables.empty("concentrations")], verdicts, [], [], {})
    pd.testing.assert_frame_equal(found, tables.empty("controls"))
    assert control_charts.summarise(found, lambda *_: {}).empty
    assert bridging.compare_lots(tables.empty("attempts")).empty
