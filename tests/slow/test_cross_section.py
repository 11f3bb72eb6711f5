"""259 people at one visit: patients beside controls, biomarkers beside scores, as the command gives them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from immunoassay.simulate import cross_section

from ..workflow.study import svg_alone

TABLES = ("study/results.parquet", "statistics/group_comparisons.tsv", "statistics/associations.tsv")
FIGURES = ("groups_group", "ratios_group", "associations")
KNOWN = {each.name: each for each in cross_section.ANALYTES}
ZEROS = 0.55  # share of results below LLOQ from which nothing is asked of an analyte


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = cross_section.write(tmp_path_factory.mktemp("cross_section") / "study")
    svg_alone(folder)
    targets = [*(f"results/{name}" for name in TABLES), *(f"results/figures/{name}.svg" for name in FIGURES)]
    done = subprocess.run(
        [Path(sys.executable).with_name("immunoassay"), "run", folder, "--cores", "2", "--", *targets],
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    return folder


def table(study, name):
    return pd.read_csv(study / f"results/statistics/{name}.tsv", sep="\t")


def groups(study):
    return (
        table(study, "group_comparisons")
        .query("factor == 'group' and quantity == 'value' and kind == 'biomarker'")
        .set_index("variable")
    )


def test_zeros_are_results_below_the_lloq(study):
    results = pd.read_parquet(study / "results/study/results.parquet")
    delivered = pd.read_csv(study / "raw/results.csv", dtype=str)
    zero = set(map(tuple, delivered.loc[delivered["Result"] == "0", ["Sample ID", "Analyte"]].to_numpy()))
    below = results[results["status"] == "below_lloq"]
    assert set(zip(below["sample_id"], below["analyte"], strict=True)) == zero and len(zero) > 500
    assert (below["lower"] == 0).all() and (below["upper"] == below["lloq_applied"]).all()


def test_patients_differ_from_controls_where_they_do(study):
    rows = groups(study)
    assert set(rows.index) == set(KNOWN) and (rows["n_level"] == 219).all() and (rows["n_reference"] == 40).all()
    true = rows.index.map(lambda name: KNOWN[name].ratio).to_numpy(float)
    strong = np.abs(np.log(true)) > 0.5
    claimed = rows["p_adjusted"] <= 0.05
    assert claimed[strong & (rows["share_below"] < ZEROS)].all()
    assert not claimed[true == 1].any()
    right = np.sign(np.log(rows["estimate"])) == np.sign(np.log(true))
    assert right[claimed].all()
    held = (rows["low"] <= true) & (true <= rows["high"])
    assert held.mean() > 0.85


def test_biomarkers_go_along_with_scores_where_they_do(study):
    rows = table(study, "associations").query("question == 'baseline' and p_adjusted <= 0.05")
    assert {("CCL3", "MGC"), ("APRIL", "MGC")} <= set(zip(rows["variable"], rows["score"], strict=True))
    assert set(rows["variable"]) <= {name for name, each in KNOWN.items() if each.severity}
    assert all(np.sign(row.estimate) == np.sign(KNOWN[row.variable].severity) for row in rows.itertuples())


def test_the_figures_show_every_analyte_once_and_stay_readable(study):
    for name in FIGURES:
        drawn = pd.read_csv(study / f"results/figures/{name}.tsv", sep="\t")
        column = next(column for column in ("variable", "analyte") if column in drawn)
        assert set(KNOWN) <= set(drawn[column])
        assert list((study / "results/figures").glob(f"{name}*.svg"))
