"""A study of a delivery in NPX and one in pg/mL, from its sheets through reading, judging, collecting and joining."""

import numpy as np
import pytest
from tests import study_runs

PEOPLE, VISITS = ("P1", "P2"), {"D1": "2024-01-01", "M1": "2024-01-29"}
TUBES = [f"{person}-{visit}" for person in PEOPLE for visit in VISITS]
SHEETS = {
    "panels": "panel\tlabel\tplatform\tspecimen\tsignal\tblanks_in_fit\tcriteria_set\treplicate_rule\n"
    + "".join(
        f"{name}\t{name}\tlaboratory\tserum\traw\tno\treported_by_laboratory\tmean_of_concentrations\n"
        for name in ("pea", "lab")
    ),
    "analytes": "analyte\tpanel\tgroup\tquantity\tunit\nN1\tpea\tcytokine\tlog2_relative\tNPX\n"
    "C1\tlab\tcytokine\tconcentration\tpg/mL\n",
    "plates": "plate\tbatch\tpanel\tfile\trun_date\tinclude\nPEA1\tb1\tpea\traw/pea1.csv\t2024-05-01\tyes\n"
    "PEA2\tb2\tpea\traw/pea2.csv\t2024-06-01\tyes\nLAB1\tb1\tlab\traw/lab.csv\t2024-05-01\tyes\n",
    "participants": "participant\tstatus\n" + "".join(f"{name}\tenrolled\n" for name in PEOPLE),
    "visits": "visit\tlabel\torder\tday\twindow_before\twindow_after\tbaseline\n"
    "D1\tD1\t1\t1\t7\t7\tyes\nM1\tM1\t2\t29\t7\t7\tno\n",
    "courses": "participant\tcourse\torder\tday1_date\tbiomarker_baseline\tscore_baseline\n"
    + "".join(f"{name}\tfirst\t1\t2024-01-01\town\town\n" for name in PEOPLE),
    "samples": "sample_id\tparticipant\tcourse\tvisit\tcollection_date\tspecimen\n"
    + "".join(f"{tube}\t{tube[:2]}\tfirst\t{tube[3:]}\t{VISITS[tube[3:]]}\tserum\n" for tube in TUBES),
    "scores": "participant\tcourse\tvisit\tdate\tMGC\n" + "".join(
        f"{tube[:2]}\tfirst\t{tube[3:]}\t{VISITS[tube[3:]]}\t5\n" for tube in TUBES),
}  # fmt: skip
NPX = {"P1-D1": -0.5, "P1-M1": 0.0, "P2-D1": -1.5, "P2-M1": 2.25}
AMENDMENT = "amendment\twhat\tplate\tanalyte\tfrom\tto\treason\twho\twhen\n"


def study(folder, amendment="", config=""):
    """The study in `folder`; PEA2 measured P2 only, with values 0.5 higher than those of NPX."""
    for name in ("config", "raw"):
        (folder / name).mkdir(parents=True)
    for name, text in SHEETS.items():
        (folder / f"config/{name}.tsv").write_text(text, encoding="utf-8")
    (folder / "config/config.yaml").write_text(f"study:\n  title: Two people\n{config}", encoding="utf-8")
    if amendment:
        text = f"{AMENDMENT}A1\tbridge_shift\t{amendment}\tshared samples\tAB\t2024-07-01\n"
        (folder / "config/amendments.tsv").write_text(text, encoding="utf-8")
    head = "Sample ID,Analyte,Result,Unit,"
    one = [f"{tube},N1,{value},NPX,-1" for tube, value in NPX.items() if tube.startswith("P1")]
    two = [f"{tube},N1,{value + 0.5},NPX,-0.5" for tube, value in NPX.items() if tube.startswith("P2")]
    for name, rows in (("pea1", one), ("pea2", two)):
        (folder / f"raw/{name}.csv").write_text("\n".join([f"{head}LOD", *rows, ""]), encoding="utf-8")
    lab = [f"{tube},C1,{number + 1},pg/mL,0.5" for number, tube in enumerate(TUBES)]
    (folder / "raw/lab.csv").write_text("\n".join([f"{head}LLOQ", *lab, ""]), encoding="utf-8")
    return folder


def npx(run):
    frame = run.tables["results"]
    return frame[frame["analyte"] == "N1"].set_index("sample_id")


def test_each_analyte_keeps_its_own_scale(tmp_path):
    run = study_runs.run(study(tmp_path))
    assert not run.stopped and [problem.level for problem in run.problems if problem.level != "FLAG"] == []
    found = npx(run)
    assert found["status"].tolist() == ["quantified", "quantified", "below_lod", "quantified"]
    assert found["lower"].tolist() == [-0.5, 0, -np.inf, 2.75] and found["upper"].tolist() == [-0.5, 0, -0.5, 2.75]
    assert found.loc["P2-D1", "point"] == -1
    joined = run.tables["observations"].set_index(["variable", "participant", "visit"])
    assert joined.loc[("N1", "P1", "M1"), ["change", "fold_lower"]].tolist() == [0.5, 2**0.5]
    assert joined.loc[("C1", "P1", "M1"), ["change", "fold_lower", "relative_change_percent"]].tolist() == [1, 2, 100]
    assert run.tables["ledger"]["disposition"].value_counts().to_dict() == {
        "result_quantified": 7,
        "result_below_lod": 1,
    }


def test_a_signed_shift_moves_the_values_of_its_plate_with_their_limits(tmp_path):
    found = npx(study_runs.run(study(tmp_path, "PEA2\tN1\t0.5\t0")))
    assert found["value"].fillna(found["upper"]).tolist() == [-0.5, 0, -1, 2.25]
    assert found["value_raw"].tolist()[3] == 2.75 and found["amendments"].fillna("").tolist() == ["", "", "A1", "A1"]


@pytest.mark.parametrize(
    ("amendment", "config", "code", "said"),
    [
        ("PEA2\tN1\t\tmuch", "", "E-AMD-121", '"much" is not a number'),
        ("LAB1\tC1\t\t-0.4", "", "E-AMD-121", '"-0.4" is not a positive number'),
        ("PEA2\tC1\t\t2", "", "E-AMD-120", "matches nothing"),
        ("PEA2\tN1\t\t0.1", "bridging: {pools: [P1-D1], normalise: [N1]}\n", "E-AMD-121", "shifted and normalised"),
    ],
)
def test_a_shift_that_cannot_be_applied_stops(tmp_path, amendment, config, code, said):
    run = study_runs.run(study(tmp_path, amendment, config))
    assert run.stopped and any(said in message for message in run.messages(code)), [
        each.message for each in run.problems
    ]


def test_kept_below_lod_is_a_choice_of_the_config(tmp_path):
    run = study_runs.run(study(tmp_path, config="below_lod_log2: kept\n"))
    row = run.tables["observations"].set_index(["variable", "participant", "visit"]).loc[("N1", "P2", "D1")]
    assert row[["status", "value", "lower", "upper"]].tolist() == ["below_lod", -1, -1, -1]
