"""The demonstration's randomised part: arms, planted effects and absences, a lot that reads higher, exports that read back."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.acceptance import bridging
from immunoassay.readers import recognition
from immunoassay.simulate import part_2b, randomised, truth
from immunoassay.simulate.panels import ANALYTES
from immunoassay.statistics.group_comparisons import group_comparisons
from immunoassay.study import load, rule_rows
from tests import study_runs

ROOT = Path(__file__).parents[2]
BUNDLED = ROOT / "resources/part_2b"


@pytest.fixture(scope="module")
def study():
    return part_2b.build()


@pytest.fixture(scope="module")
def written(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("part_2b")
    part_2b.write(study, folder)
    return folder


@pytest.fixture(scope="module")
def arms(written):
    return tables.read_tsv(written / "config/unblinding.tsv").set_index("participant")["arm"]


@pytest.fixture(scope="module")
def ran():
    found = study_runs.run(BUNDLED)
    assert not found.stopped, found.messages()
    return found


def _contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_committed_study_is_what_the_command_writes(written):
    assert _contents(written) == _contents(BUNDLED)
    assert sum(map(len, _contents(BUNDLED).values())) < 1_000_000


def test_two_arms_of_fifteen_five_of_each_in_every_ten(arms):
    assert arms.value_counts().to_dict() == {"placebo": 15, "active": 15}
    assert (np.array(arms).reshape(3, 10) == "active").sum(axis=1).tolist() == [5, 5, 5]


def test_only_the_unblinding_sheet_says_who_had_what(written):
    for path in (written / "config").rglob("*.tsv"):
        text = path.read_text()
        assert ("placebo" in text) == (path.name == "unblinding.tsv"), path.name
    for path in (written / "raw").rglob("*"):
        assert path.is_dir() or b"placebo" not in path.read_bytes()


def test_every_kit_measured_every_tube_and_the_pool(study):
    tubes = set(study.content.index) - {part_2b.POOL}
    assert len(tubes) == 88
    for panel in {run.panel.name for run in part_2b.RUNS} - {"achr"}:
        own = [run for run in part_2b.RUNS if run.panel.name == panel]
        assert set().union(*(run.samples for run in own)) == tubes | {part_2b.POOL}
        assert all(part_2b.POOL in run.samples for run in own)


def test_all_visits_of_a_person_lie_on_one_plate_except_where_the_lot_changed():
    for run in part_2b.RUNS:
        people = {sample[:3] for sample in run.samples} - {"POO"}
        visits = {sample[4:] for sample in run.samples if not sample.startswith("POOL")}
        if run.panel.name == "sbcma":
            tubes = [sample for sample in run.samples if sample.endswith("-D1")]
            assert len(tubes) == (30 if run.lot == part_2b.LOTS[0] else 6)
        else:
            assert visits == {"D1", "M3", "M6"}
            assert len(people) == (30 if run.panel.name == "achr" else 10)


def test_exports_are_recognised_and_read_without_a_problem(written):
    family = {"CYT": "xponent", "ISO": "bioplex_workbook", "VAC": "msd_table", "ACHR": "result_table"}
    for run in part_2b.RUNS:
        assert recognition.recognise(written / run.path) == [family.get(run.plate.split("-")[0], "gen5")]
        assert not recognition.read(written / run.path).problems


# --- truth -----------------------------------------------------------------------------------------------------------


def _log_ratios(study, analyte, visit):
    """ln ratio to baseline of the true concentrations, by participant."""
    level = np.log(study.content[analyte].drop(part_2b.POOL))
    person, at = level.index.str[:3], level.index.str[4:]
    later, first = (pd.Series(level[at == which].to_numpy(), person[at == which]) for which in (visit, "D1"))
    return (later - first).dropna()


@pytest.mark.parametrize("analyte", [analyte.name for analyte in ANALYTES])
def test_what_was_put_in_is_what_the_truth_says(study, written, arms, analyte):
    planted = tables.read_tsv(written / "truth/truth_effects.tsv").set_index(["analyte", "visit"])
    for visit in ("M3", "M6"):
        row, ratios = planted.loc[(analyte, visit)], _log_ratios(study, analyte, visit)
        means = {}
        for arm in ("placebo", "active"):
            own = ratios[arms[ratios.index].to_numpy() == arm]
            means[arm], error = own.mean(), own.std(ddof=1) / np.sqrt(len(own))
            assert abs(means[arm] - np.log(row[f"ratio_{arm}"])) < 3.7 * error, (visit, arm)
        assert row["ratio_active_to_placebo"] == pytest.approx(row["ratio_active"] / row["ratio_placebo"], rel=1e-5)


def test_effects_and_absences_are_planted(written):
    planted = tables.read_tsv(written / "truth/truth_effects.tsv")
    differs = set(planted.loc[planted["ratio_active_to_placebo"] != 1, "analyte"])
    assert differs == set(randomised.IN_ACTIVE)
    changes = set(planted.loc[planted["ratio_placebo"] != 1, "analyte"])
    assert changes == {"MCP-1"}
    assert len(set(planted["analyte"]) - differs - changes) == 16


def test_the_scores_follow_the_pattern_of_each_person(study):
    people = part_2b._PEOPLE.set_index("participant")
    assert people.groupby("arm")["pattern"].value_counts().to_dict() == {
        ("active", "response"): 9, ("active", "no_response"): 4, ("active", "relapse_M6"): 2,
        ("placebo", "no_response"): 12, ("placebo", "response"): 2, ("placebo", "relapse_M6"): 1,
    }  # fmt: skip
    change = study.scores.set_index(["participant", "visit"])["MG-ADL"].unstack()
    assert (change["D1"] >= 6).all()
    better = change[["M3", "M6"]].sub(change["D1"], axis=0).le(-2).where(change[["M3", "M6"]].notna())
    pattern = people.loc[better.index, "pattern"]
    assert better["M3"].astype(bool).equals(pattern != "no_response")
    assert better["M6"].dropna().astype(bool).equals((pattern == "response")[better["M6"].notna()])
    assert set(truth.PATTERNS) >= set(pattern)


# --- through the library ---------------------------------------------------------------------------------------------


def test_results_come_back_to_the_truth_where_the_lot_stayed(ran, study):
    rows = ran.tables["results"]
    for panel, analyte in (("baff", "BAFF"), ("isotypes", "IgM"), ("vaccine", "measles-IgG"), ("cytokines", "MCP-1")):
        own = rows[(rows["analyte"] == analyte) & (rows["status"] == "quantified")].set_index("sample_id")
        assert len(own) > 80, panel
        error = np.log(own["value"] / study.content.loc[own.index, analyte])
        assert abs(error.mean()) < 0.12 and error.std() < 0.2, analyte


def test_samples_measured_with_both_lots_tell_the_shift(ran):
    row = bridging.compare_lots(ran.tables["attempts"]).set_index("analyte").loc["sBCMA"]
    assert (row["lot_old"], row["lot_new"]) == part_2b.LOTS
    assert len(part_2b.BRIDGES) <= row["n_pairs"] <= len(part_2b.BRIDGES) + 1  # and the pool
    assert row["ratio"] == pytest.approx(part_2b.LOT_SHIFT, rel=0.12)
    assert row["verdict"] == "FAIL"


def test_the_controls_of_both_lots_agree_so_that_nothing_else_tells_it(ran):
    followed = ran.tables["controls"]
    own = followed[followed["analyte"] == "sBCMA"]
    assert own.groupby("kit_lot")["recovery_percent"].mean().between(85, 115).all()


def test_the_second_lot_hides_the_fall_and_feigns_a_rise(ran, arms):
    rows = ran.tables["observations"].query("variable == 'sBCMA' and visit == 'M3'").dropna(subset=["fold_lower"])
    ratio = np.exp(np.log(rows["fold_lower"].astype(float)).groupby(rows["participant"].map(arms)).mean())
    assert ratio["placebo"] > 1.15 and 0.7 < ratio["active"] < 0.95
    assert ratio["active"] / ratio["placebo"] == pytest.approx(randomised.IN_ACTIVE["sBCMA"][0], rel=0.15)


def test_anti_achr_is_analysed_in_those_who_have_it_alone(ran):
    rows = ran.tables["observations"].query("variable == 'anti-AChR'")
    people = part_2b._PEOPLE.set_index("participant")["antibody"]
    assert set(rows["participant"]) == set(people.index[people == "AChR"])
    assert len(ran.tables["outside_analysis"].query("analyte == 'anti-AChR'")) == 10 * 3 - 1


# --- what is claimed -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(ran):
    """group_comparisons of the arms at month 3, adjusted, by analyte, with the true ratio."""
    loaded = load.study_in(BUNDLED)
    settings = rule_rows.comparing(loaded) | {"compare": {"arm": "placebo"}}
    table = group_comparisons(ran.tables["observations"], pd.DataFrame(rule_rows.people(loaded)), settings)
    planted = tables.read_tsv(BUNDLED / "truth/truth_effects.tsv").query("visit == 'M3'").set_index("analyte")
    rows = table[(table["visit"] == "M3") & (table["quantity"] == "adjusted")].set_index("variable")
    return rows.assign(true=planted["ratio_active_to_placebo"].reindex(rows.index))


def test_planted_effects_are_found_with_their_direction(compared):
    rows = compared.loc[list(randomised.IN_ACTIVE)]
    assert (rows["p_adjusted"] <= 0.05).all()
    assert ((rows["estimate"] > 1) == (rows["true"] > 1)).all() and ((rows["low"] > 1) | (rows["high"] < 1)).all()
    assert np.abs(np.log(rows["estimate"] / rows["true"])).max() < 0.15
    assert rows["covariates"].eq("baseline, age, steroid_dose").all()


def test_planted_absences_are_not_claimed_and_intervals_hold_the_truth(compared):
    rows = compared[compared["kind"] == "biomarker"]
    assert not (rows.loc[rows["true"] == 1, "p_adjusted"] <= 0.05).any()
    held = (rows["low"] <= rows["true"]) & (rows["true"] <= rows["high"])
    assert held[rows["low"].notna()].mean() > 0.85


def test_scores_improve_in_the_active_arm(compared):
    rows = compared[compared["kind"] == "score"]
    assert len(rows) == len(truth.SCORES) and (rows["estimate"] < 0).all() and rows.loc["MGC", "p_adjusted"] <= 0.05


def test_without_the_unblinding_sheet_the_study_loads_blinded(written, tmp_path):
    shutil.copytree(written, tmp_path / "blinded")
    (tmp_path / "blinded/config/unblinding.tsv").unlink()
    loaded = load.study_in(tmp_path / "blinded")
    assert loaded.blinded == ["arm"] and "arm" not in loaded.compared
    assert all("arm" not in row for row in rule_rows.people(loaded))
