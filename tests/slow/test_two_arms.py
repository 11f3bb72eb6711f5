"""The demonstration's randomised part as a person runs it: from raw exports to tables of the arms, open and blinded."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from immunoassay.simulate import randomised

from ..workflow.contents import contents
from ..workflow.study import svg_alone

SHOWN = (  # what is asked of the study when the blind is opened
    *("study/bridging.tsv", "statistics/group_comparisons.tsv", "statistics/responders.tsv"),
    *("statistics/biomarker_changes.tsv", "provenance/blinding.json", "deliverables/methods.md"),
    *("figures/groups_arm.svg", "figures/ratios_arm.svg", "figures/figure_2.svg"),
)


def immunoassay(*arguments):
    done = subprocess.run(
        [Path(sys.executable).with_name("immunoassay"), *map(str, arguments)],
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]


@pytest.fixture(scope="module")
def blinded(tmp_path_factory):
    """The study before the blinding ends."""
    folder = tmp_path_factory.mktemp("blinded") / "study"
    immunoassay("demo", folder, "--part", "2b", "--only-write")
    svg_alone(folder)
    (folder / "config/unblinding.tsv").rename(folder.parent / "unblinding.tsv")
    immunoassay("run", folder, "--cores", "2")
    return folder


@pytest.fixture(scope="module")
def opened(blinded, tmp_path_factory):
    """The same study, gone on with when the allocation is known, to what is asked of it here."""
    folder = tmp_path_factory.mktemp("two_arms") / "study"
    shutil.copytree(blinded, folder)
    shutil.copy(blinded.parent / "unblinding.tsv", folder / "config/unblinding.tsv")
    immunoassay("run", folder, "--cores", "2", "--", *(f"results/{name}" for name in SHOWN))
    return folder


def table(folder, name):
    return pd.read_csv(folder / f"results/statistics/{name}.tsv", sep="\t")


def truth(folder):
    planted = pd.read_csv(folder / "truth/truth_effects.tsv", sep="\t")
    return planted[planted["visit"] == "M3"].set_index("analyte")["ratio_active_to_placebo"]


def test_planted_effects_are_found_and_planted_absences_are_not_claimed(opened):
    rows, true = table(opened, "group_comparisons"), truth(opened)
    rows = rows.query("factor == 'arm' and visit == 'M3' and quantity == 'adjusted' and kind == 'biomarker'")
    rows = rows.assign(true=rows["variable"].map(true)).set_index("variable")
    assert set(rows.index) == set(true.index)
    found = rows.loc[list(randomised.IN_ACTIVE)]
    assert (found["p_adjusted"] <= 0.05).all() and ((found["estimate"] > 1) == (found["true"] > 1)).all()
    assert not (rows.loc[rows["true"] == 1, "p_adjusted"] <= 0.05).any()


def test_the_sentence_of_every_comparison_names_both_arms(opened):
    rows = table(opened, "group_comparisons").query("factor == 'arm' and p == p")
    assert len(rows) > 100
    assert all(rows["words"].str.contains(arm, case=False).all() for arm in ("placebo", "active"))


def test_responders_by_arm_are_those_that_were_planted(opened):
    people = pd.read_csv(opened / "truth/truth_people.tsv", sep="\t")
    planted = people[people["pattern"] != "no_response"].groupby("arm").size()
    scores = pd.read_csv(opened / "config/scores.tsv", sep="\t").pivot(
        index="participant", columns="visit", values="MG-ADL"
    )
    improved = (scores["M3"] - scores["D1"] <= -2).groupby(people.set_index("participant")["arm"]).sum()
    assert improved.to_dict() == planted.to_dict() == {"active": 11, "placebo": 3}
    rows = table(opened, "responders").query(
        "factor == 'arm' and variable == 'MG-ADL' and visit == 'M3' and level == 'active'"
    )
    counts = rows[["responders", "responders_of", "reference_responders", "reference_of"]].to_numpy().tolist()
    assert counts == [[11, 15, 3, 15]]


def test_the_change_of_lot_is_measured_and_shown(opened):
    lots = pd.read_csv(opened / "results/study/bridging.tsv", sep="\t").set_index("analyte").loc["sBCMA"]
    planted = pd.read_csv(opened / "truth/truth_lots.tsv", sep="\t").iloc[0]
    assert (lots["lot_old"], lots["lot_new"]) == (planted["lot_old"], planted["lot_new"])
    assert lots["ratio"] == pytest.approx(planted["ratio"], rel=0.1) and lots["verdict"] == "FAIL"
    changes = table(opened, "biomarker_changes").set_index(["variable", "visit"])["change_is_also_a_lot_change"]
    assert changes["sBCMA"].all() and not changes.drop("sBCMA").fillna(False).astype(bool).any()


def test_the_figures_of_the_arms_are_drawn(opened):
    drawn = {path.name for path in (opened / "results/figures").glob("*.svg")}
    assert {"groups_arm.svg", "ratios_arm.svg", "figure_2.svg"} <= drawn


def test_blinded_no_output_holds_an_arm(blinded):
    """The config names the reference, and the title says that the study is placebo-controlled: no more is known."""
    files = [path for path in (blinded / "results").rglob("*") if path.is_file() and path.name != "run.json"]
    assert len(files) > 50
    for path in files:
        assert b"placebo" not in contents(path).replace(b"placebo-controlled", b""), path
    assert not list((blinded / "results/figures").glob("*_arm.*"))


def test_the_record_says_whether_the_blinding_ended(opened, blinded):
    records = [json.loads((folder / "results/provenance/blinding.json").read_text()) for folder in (opened, blinded)]
    assert [record["blinded"] for record in records] == [[], ["arm"]]
    assert records[0]["opened"] and records[1]["opened"] is None
    assert records[0]["plan"] == records[1]["plan"]
