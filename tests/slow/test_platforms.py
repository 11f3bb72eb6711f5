"""A cohort on four platforms in one study, and on each alone: read, joined, described and drawn, no unit or scale mixed."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests import platform_study
from tests.platform_study import NPX, PEOPLE, PLATFORMS, TUBES, VISITS

from ..workflow.study import svg_alone

ANSWERS = {
    "columns.simoa.totaldilution": "dilution_applied", "group.luminex": "cytokine", "group.olink": "proteome",
    "group.routine": "autoantibody", "group.simoa": "neural",
}  # fmt: skip
OTHER_UNITS = {"ratio", "%", "x LLOQ", "points", "difference"}  # of quantities made of results
OF_CONCENTRATIONS = re.compile(r"pg/mL|nmol/L|geometric|ratio|-fold|\bfold\b|LLOQ", re.I)


def immunoassay(*arguments):
    done = subprocess.run(
        [Path(sys.executable).parent / "immunoassay", *map(str, arguments)],
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def finished(folder, platforms):
    """The folder of a study of these platforms, run."""
    lab = platform_study.write(folder / "lab", platforms)
    known = {key: text for key, text in ANSWERS.items() if key.split(".")[1] in platforms}
    said = platform_study.put(lab / "answers.yaml", "".join(f"{key}: {text}\n" for key, text in known.items()))
    lists = ("--samples", lab / "tubes.csv", "--scores", lab / "scores.csv", "--answers", said)
    immunoassay("new", folder / "study", "--from", lab / "first", *lists, "--yes")
    svg_alone(folder / "study")
    immunoassay("run", folder / "study", "--cores", 2)
    return folder / "study/results"


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    return finished(tmp_path_factory.mktemp("mixed"), PLATFORMS)


@pytest.fixture(scope="module")
def units(mixed):
    sheet = pd.read_csv(mixed.parent / "config/analytes.tsv", sep="\t")
    return dict(zip(sheet["analyte"], sheet["unit"], strict=True))


def tables(results):
    """{file: table} of every table of the study, its statistics and its figures."""
    return {
        path.relative_to(results).as_posix(): pd.read_csv(path, sep="\t", low_memory=False)
        for room in ("study", "statistics", "figures")
        for path in sorted((results / room).glob("*.tsv"))
    }


def observations(results):
    frame = pd.read_parquet(results / "study/observations.parquet")
    return frame[frame["kind"] == "biomarker"].set_index(["variable", "participant", "visit"])


def places():
    for tube, person, visit in TUBES:
        yield tube, PEOPLE.index(person), list(VISITS).index(visit), visit.replace(" ", "-")


def test_every_delivered_value_reaches_the_observations_as_it_was_delivered(mixed):
    found = observations(mixed)
    for _, person, step, visit in places():
        for assay in NPX:
            name = assay if (assay, PEOPLE[person], visit) in found.index else f"{assay}_olink"
            row = found.loc[(name, PEOPLE[person], visit)]
            value, lod = platform_study.npx(assay, person, step), platform_study.NPX_LOD.get(assay, -1)
            if value < lod:
                assert row["status"] == "below_lod" and (row["lower"], row["upper"]) == (-np.inf, lod), row
            else:
                assert row["status"] == "quantified" and row["value"] == pytest.approx(value), row
        for plex in platform_study.SIMOA:
            mean = np.mean([platform_study.simoa(plex, person, step, replicate) for replicate in (0, 1)])
            row = found.loc[(plex, PEOPLE[person], visit)]
            lloq = platform_study.RUNS[platform_study.run_of(person)]
            assert row["lloq"] == lloq, row  # that of its own run
            if mean < lloq:
                assert row["status"] == "below_lloq" and (row["lower"], row["upper"]) == (0, lloq), row
            else:
                assert row["status"] == "quantified" and row["value"] == pytest.approx(mean), row
        row = found.loc[("anti-AChR", PEOPLE[person], visit)]
        value = platform_study.achr(person, step)
        if value < platform_study.ACHR_LLOQ:
            assert row["status"] == "below_lloq" and row["upper"] == platform_study.ACHR_LLOQ
        else:
            assert row["value"] == pytest.approx(value)


def test_no_unit_is_mixed_in_any_table(mixed, units):
    seen = 0
    for file, table in tables(mixed).items():
        name = next((each for each in ("variable", "analyte", "biomarker") if each in table), None)
        if name is None or "unit" not in table:
            continue
        rows = table[table[name].isin(units) & table["unit"].notna()]
        seen += len(rows)
        odd = rows[~rows["unit"].isin(OTHER_UNITS) & (rows["unit"] != rows[name].map(units))]
        assert odd.empty, f"{file}\n{odd[[name, 'unit']].drop_duplicates()}"
        log2 = rows[rows[name].map(units) == "NPX"]
        assert set(log2["unit"]) <= {"NPX", "points"}, f"{file}: {set(log2['unit'])}"
    assert seen > 1000


def test_sentences_on_npx_say_differences_of_log2_and_nothing_of_concentrations(mixed, units):
    npx = {name for name, unit in units.items() if unit == "NPX"}
    read = 0
    for file, table in tables(mixed).items():
        name = next((each for each in ("variable", "biomarker") if each in table), None)
        if name is None or not file.startswith("statistics/"):
            continue
        texts = [column for column in ("method", "interval_method", "sentence", "test", "effect") if column in table]
        for column in texts:
            for text in table.loc[table[name].isin(npx), column].dropna().unique():
                assert not OF_CONCENTRATIONS.search(text), f"{file} {column}: {text}"
                read += 1
    assert read > 10


def test_the_change_of_npx_is_the_mean_difference_with_its_own_test(mixed):
    changes = pd.read_csv(mixed / "statistics/biomarker_changes.tsv", sep="\t")
    row = changes[(changes["variable"] == "TNFSF13B") & (changes["visit"] == "Week-12")].iloc[0]
    differences = np.array(
        [platform_study.npx("TNFSF13B", at, 2) - platform_study.npx("TNFSF13B", at, 0) for at in range(len(PEOPLE))]
    )
    assert row["ratio"] == pytest.approx(differences.mean(), abs=1e-6) and row["unit"] == "NPX"
    spread = stats.sem(differences) if np.ptp(differences) > 0 else 0
    margin = stats.t.ppf(0.975, len(differences) - 1) * spread
    if spread:
        assert (row["low"], row["high"]) == pytest.approx((differences.mean() - margin, differences.mean() + margin))


@pytest.mark.parametrize("platform", ["olink", "simoa", "routine"])
def test_each_platform_alone_runs_to_figures_and_statistics(platform, tmp_path):
    results = finished(tmp_path, (platform,))
    found = observations(results)
    assert found["status"].isin(["quantified", "below_lod", "below_lloq"]).all()
    made = {path.name for path in (results / "figures").iterdir()}
    own = {"figure_5a.svg"} if platform == "routine" else {"figure_4.svg", "figure_6.svg"}
    assert own | {"figure_2.svg", "associations.svg"} <= made
    for path in (results / "figures").glob("figure_*.tsv"):
        assert len(pd.read_csv(path, sep="\t")), path
    assert len(pd.read_csv(results / "statistics/biomarker_changes.tsv", sep="\t")) > 0
