"""From a folder of a laboratory's own exports to a study: with the commands alone eight real exports and a list of tubes, and
one export of each of four vendors; by the functions behind them every real export alone."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from immunoassay.command.new_study import Wanted, new

from tests import study_runs
from tests.conftest import SHARED

from ..workflow.study import svg_alone

pytestmark = pytest.mark.slow
EXPORTS = SHARED / "real_exports"
needs_exports = pytest.mark.skipif(not EXPORTS.is_dir(), reason="IMMUNOASSAY_SHARED is not set")
EIGHT = (
    "luminex_xponent/pone.0187901.s001.csv",
    "luminex_xponent/CovidOISExPONTENT.csv",
    "luminex_xponent_layouts/CovidOISExPONTENT_layout.xlsx",
    "bioplex_xls/plate 1_IgA-Biot (Standard2).xls",
    "bioplex_xls/pnLINCO20070302A.xls",
    "msd_workbench/3plateMSD.csv",
    "softmax_pro/Assay_2.txt",
    "gen5/endpoint_stdcurve_singleplate.txt",
    "skanit/skanit_data.xlsx",
)
MSD = "3plateMSD-Plate_1LK05A"
ANSWERS = {
    "study.title": "Eight exports of eight people",
    "kit.Assay": "apoe",
    "kit.CovidOISExPONTENT": "covid",
    "kit.endpoint_stdcurve_singleplate": "bca",
    "kit.plate-1_IgA-Biot-Standard2": "env",
    "kit.pnLINCO20070302A": "linco",
    "kit.pone-0187901-s001": "cytokine30",
    "kit.skanit_data": "smx",
    f"kit_of.{MSD}1071": "msd_iga",
    f"kit_of.{MSD}B112": "msd_igg",
    f"kit_of.{MSD}G072": "msd_igm",
    "layout.CovidOISExPONTENT_layout-xlsx": "CovidOISExPONTENT",
    **{f"group.{kit}": "antibody" for kit in ("msd_iga", "msd_igg", "msd_igm", "covid", "env")},
    **{f"group.{kit}": "protein" for kit in ("apoe", "bca", "smx")},
    **{f"group.{kit}": "cytokine" for kit in ("linco", "cytokine30")},
    **{f"unit.{kit}": "AU/mL" for kit in ("msd_iga", "msd_igg", "msd_igm", "covid", "env")},
    "unit.bca": "ug/mL",
    "unit.linco": "pg/mL",
    "top.covid": 1000,
    "analyte.apoe": "ApoE",
    "analyte.bca": "BCA",
    "analyte.smx": "SMX",
    "criteria.cytokine30": "multiplex_exploratory",
    "amendments.who": "KM",
    "amendments.when": "2025-03-01",
    "samples.overruled": "export",
    "samples.unlisted": "ignore",
    "scores.Activity-index.minimum": 0,
    "scores.Activity-index.maximum": 20,
    "scores.Activity-index.worse": "higher",
}
STANDARDS = 4  # levels with a stated concentration


def immunoassay(*arguments):
    return subprocess.run(
        [Path(sys.executable).parent / "immunoassay", *map(str, arguments)],
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@needs_exports
def test_eight_exports_of_six_vendors_are_a_study_with_three_commands(tmp_path):
    exports, study, answers = tmp_path / "exports", tmp_path / "study", tmp_path / "answers.yaml"
    exports.mkdir()
    for name in EIGHT:
        shutil.copy(EXPORTS / name, exports)
    answers.write_text(yaml.safe_dump(ANSWERS))
    assert len(ANSWERS) <= 70
    lists = SHARED / "failing_inputs"
    drafted = immunoassay(
        "new", study, "--from", exports, "--samples", lists / "sample_list.xlsx", "--scores", lists / "scores_decimal.xlsx",
        "--answers", answers,
    )  # fmt: skip
    assert drafted.returncode == 0, drafted.stdout
    checked = immunoassay("check", study)
    assert checked.returncode == 0 and "the study can run" in checked.stdout, checked.stdout
    done = immunoassay("run", study, "--cores", 2)
    assert done.returncode == 0, done.stdout
    results = pd.read_parquet(study / "results/study/results.parquet")
    observations = pd.read_parquet(study / "results/study/observations.parquet")
    listed = pd.read_excel(lists / "sample_list.xlsx")["Barcode"]
    measured = results[(results["status"] != "missing") & results["sample_id"].isin(listed)]
    there = set(zip(observations["sample_id"], observations["variable"], strict=True))
    reached = [place in there for place in zip(measured["sample_id"], measured["analyte"], strict=True)]
    left = set(listed) - set(measured["sample_id"])
    assert len(measured) > 1900 and sum(reached) >= 0.95 * len(measured)
    assert left == {"FZ50235", "FZ50245"}  # B and S, which the layout calls blank and standard
    assert (
        "rows of the list that name a standard, control or blank of the export, 2: row 26 B, row 27 S" in drafted.stdout
    )
    reported = results[results["status"].isin(["quantified", "below_lloq", "above_uloq"])]
    assert len(reported) > 1200 and set(reported["panel"]) == set(results["panel"]) and results["panel"].nunique() == 10
    assert observations.loc[observations["kind"] == "score", "value"].round(1).tolist().count(14.2) == 1
    for table in (study / "results/figures").glob("figure_*.tsv"):
        assert len(pd.read_csv(table, sep="\t")), table


def stated():
    """Real exports that are read, each with whether it states the concentrations of four standards."""
    from immunoassay.drafts import found, scanned

    for path in sorted(path for path in EXPORTS.rglob("*") if path.is_file()) if EXPORTS.is_dir() else ():
        plates = found.plates_of([scanned.scan(path, f"raw/x/{path.name}")], [])
        if plates and all(plate.wells is not None for plate in plates):
            known = [plate.standards.loc[plate.standards["expected"] > 0, "level"].nunique() for plate in plates]
            yield path, max(known) >= STANDARDS


@needs_exports
def test_every_export_alone_reaches_concentrations_or_says_what_to_fill(tmp_path, capsys):
    reached = []
    for number, (path, standards) in enumerate(stated()):
        folder, study = tmp_path / f"exports-{number}/delivery", tmp_path / f"study-{number}"
        folder.mkdir(parents=True)
        shutil.copy(path, folder)
        new(study, folder, Wanted(yes=True))
        said = capsys.readouterr().out
        if not standards:
            rows = pd.read_csv(study / "config/materials.tsv", sep="\t")
            assert rows["material"].eq("standard").any(), path
            assert rows["expected"].notna().all() or "fill `expected`" in said, path
            continue
        run = study_runs.run(study)
        assert "concentrations" in run.tables, f"{path}: {run.messages()}"
        assert run.tables["concentrations"]["concentration_well"].notna().any(), path
        reached.append(path.name)
    assert len(reached) == 24, reached


@needs_exports
@pytest.mark.parametrize(
    "name",
    [
        "luminex_xponent/pone.0187901.s001.csv",
        "msd_workbench/3plateMSD.csv",
        "softmax_pro/Assay_11_and_12.txt",
        "gen5_column_list/picogreen1.xlsx",
    ],
)
def test_one_export_of_a_vendor_alone_runs_to_its_end(name, tmp_path):
    (tmp_path / "delivery").mkdir()
    shutil.copy(EXPORTS / name, tmp_path / "delivery")
    study = tmp_path / "study"
    drafted = immunoassay("new", study, "--from", tmp_path / "delivery", "--yes")
    assert drafted.returncode == 0, drafted.stdout
    svg_alone(study)
    done = immunoassay("run", study, "--cores", 2)
    assert done.returncode == 0, done.stdout
    made = {path.relative_to(study / "results").as_posix() for path in (study / "results").rglob("*") if path.is_file()}
    assert {"deliverables/study.xlsx", "study/results.tsv", "study/ledger.tsv", "deliverables/methods.md"} <= made
    assert any(name.startswith("figures/curves_") for name in made)
