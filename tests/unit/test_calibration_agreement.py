"""What the vendors' software reports, reproduced from real exports; and the command that tabulates it."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from immunoassay.calibration import agreement
from immunoassay.calibration.batch_curves import calibrate_batch
from immunoassay.readers import recognition
from scipy.special import chdtrc
from tests import reference_values

EXACT = 1e-3  # percent
FOLDERS = [f"| {name}/" for name in ("bioplex_xls", "gen5", "luminex", "msd_workbench", "skanit", "softmax_pro")]
FOLDERS += ["| luminex_xponent/", "| luminex_100_IS/"]


def stated_standards(shared):
    """Expected concentrations that the exports lack: the published table of the 30-plex, the lot of the IS run."""
    table = pd.read_csv(shared / "datasets/drLumi_ecdata.csv").rename(columns={"ec": "expected"})
    table = table[table["sample"].str.startswith("Standard")].assign(file="luminex_xponent/pone.0187901.s001.csv")
    lots = pd.read_csv(shared / "real_exports/luminex_100_IS/KitLots.csv", dtype={"Lot": str})
    lots = lots[(lots["Lot"] == "207751") & lots["Analyte"].isin(["Abeta1-42", "tau", "P-tau181P"])]
    lot = lots.melt("Analyte", [f"St{i}" for i in range(1, 8)], "sample", "expected")
    lot = lot.rename(columns={"Analyte": "analyte"}).assign(file="luminex_100_IS/Example_run.csv")
    return pd.concat([table, lot], ignore_index=True)


@cache
def compared(shared, name, plate=0):
    """(curves, compared values) of one plate of a real export, name relative to the exports."""
    export = recognition.read(shared / "real_exports" / name)
    software = agreement.SOFTWARE[export.family]
    stated = stated_standards(shared)
    wells = agreement._prepared(export.plates[plate], software, stated[stated["file"] == name])
    return agreement.refit(wells, export.plates[plate], software)


def test_xponent_is_reproduced_to_its_last_digits(shared):
    curves, found = compared(shared, "luminex_xponent/pone.0187901.s001.csv")
    assert (curves["status"] == "converged").all()
    assert len(found) == 1938
    difference = found["difference"].abs()
    assert difference.median() < 1e-5
    # all but HGF, whose curve has no upper plateau: its asymptote is at infinity, and every software stops somewhere
    assert difference[found["analyte"] != "HGF"].max() < EXACT
    assert difference.max() < 0.01


def test_xponent_prints_the_share_its_objective_explains(shared):
    # the printed R^2 is 1 - objective / (the objective of a constant), with weights 1/y^2 and 1 for a signal of zero
    curves, _ = compared(shared, "luminex_xponent/pone.0187901.s001.csv")
    plate = recognition.read(shared / "real_exports/luminex_xponent/pone.0187901.s001.csv").plates[0]
    printed = plate.curves.set_index("analyte")["R^2"].astype(float)
    standards = plate.wells[plate.wells["role"] == "standard"]
    for row in curves.itertuples():
        y = standards.loc[standards["analyte"] == row.analyte, "net_signal"].to_numpy()
        weight = np.where(y == 0, 1.0, 1 / np.where(y == 0, 1.0, y) ** 2)
        mean = (weight * y).sum() / weight.sum()
        share = 1 - row.objective / (weight * (y - mean) ** 2).sum()
        assert share == pytest.approx(printed[row.analyte], abs=2e-7)


@pytest.mark.parametrize(
    ("name", "plate", "median", "within"),
    [
        ("luminex_100_IS/Example_run.csv", 0, 0.02, 0.3),
        ("bioplex_xls/pnLINCO20070302A.xlsx", 0, 0.06, 0.3),
        ("bioplex_xls/01-11A12-IgA-Biotin_reimport.xls", 0, 0.1, 1),
        ("msd_workbench/3plateMSD.csv", 0, 0.1, 0.5),
        ("msd_workbench/3plateMSD.csv", 1, 0.1, 0.5),
        ("msd_workbench/3plateMSD.csv", 2, 0.1, 0.5),
        ("gen5/Fluorescamine_Protein_Quantitation_no_results_matrix.txt", 0, EXACT, 0.01),
        ("gen5/endpoint_stdcurve_singleplate.txt", 0, 0.05, 0.5),
        ("skanit/skanit_data.xlsx", 0, 0.02, 0.1),
        ("softmax_pro/softmaxpro_example_reduced.txt", 0, 0.01, 0.1),
        ("softmax_pro/Assay_11_and_12.txt", 1, 0.1, 1),
    ],
)
def test_vendors_are_reproduced(shared, name, plate, median, within):
    curves, found = compared(shared, name, plate)
    assert (curves["status"] == "converged").all()
    difference = found["difference"].abs()
    assert len(difference) >= 25
    assert difference.median() < median
    assert difference.quantile(0.9) < within


def test_bio_plex_prints_the_chance_of_its_residual_variance():
    # FitProb = P(chi^2 of levels - parameters degrees of freedom > ResVar * degrees of freedom)
    curves = reference_values.curves("bioplex_curves").set_index("curve_id")
    rows = reference_values.curves("bioplex_rows")
    rows = rows.assign(nominal=pd.to_numeric(rows["exp_conc"], errors="coerce"))
    checked = 0
    for curve_id, group in rows[rows["type"].str.startswith("S") & (rows["outlier"] != 1)].groupby("curve_id"):
        p = curves.loc[curve_id]
        freedom = group["nominal"].nunique() - (5 if "5PL" in p["regression"] else 4)
        if freedom >= 1:
            assert chdtrc(freedom, p["ResVar"] * freedom) == pytest.approx(p["FitProb"], abs=2e-4)
            checked += 1
    assert checked >= 25


def test_bio_plex_residual_variance_is_its_weighted_sum_of_squares():
    # variance of a level mean = 0.00174 M^2 (FI / M)^1.8, M the highest level: 4.2 % of M at the top
    curves = reference_values.curves("bioplex_curves").set_index("curve_id")
    rows = reference_values.curves("bioplex_rows")
    rows = rows.assign(nominal=pd.to_numeric(rows["exp_conc"], errors="coerce"))
    share = []
    for curve_id, group in rows[rows["type"].str.startswith("S") & (rows["outlier"] != 1)].groupby("curve_id"):
        p = curves.loc[curve_id]
        column = "FI_minus_Bkgd" if p["input_column"] == "FI - Bkgd" else "FI"
        level = group.groupby("nominal")[["FI", column]].mean()
        freedom = len(level) - (5 if "5PL" in p["regression"] else 4)
        if freedom < 1:
            continue
        fitted = p["a"] + (p["d"] - p["a"]) / (1 + (level.index / p["c"]) ** p["b"]) ** p["g"]
        top = level["FI"].max()
        variance = 0.00174 * top**2 * (level["FI"] / top) ** 1.8
        share.append(((level[column] - fitted) ** 2 / variance).sum() / freedom / p["ResVar"])
    assert len(share) >= 25
    assert np.median(share) == pytest.approx(1, abs=0.005)
    assert np.mean(np.abs(np.array(share) - 1) < 0.08) > 0.9


@pytest.mark.slow
def test_the_table_names_every_exception(shared, tmp_path):
    stated = stated_standards(shared)
    stated.to_csv(tmp_path / "standards.tsv", sep="\t", index=False)
    page = tmp_path / "validation.md"
    page.write_text(
        "# Validation\n\nText.\n\n## Vendor agreement\n\nstale words\n\n## After\n\nkept\n", encoding="utf-8"
    )
    agreement.report(shared / "real_exports", tmp_path / "standards.tsv", page)
    text = page.read_text(encoding="utf-8")
    assert "stale words" not in text
    assert text.startswith("# Validation\n\nText.\n\n## Vendor agreement\n")
    assert text.endswith("\n## After\n\nkept\n")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith(tuple(FOLDERS))]
    assert len(rows) >= 20
    assert "not explained" not in text
    for row in rows:
        if int(row[3]) and float(row[4].lstrip("<")) > 1:
            assert len(row) == 9, row[0]
    again = page.read_text(encoding="utf-8")
    page.write_text(agreement.replaced(again, text[text.index("## Vendor") : text.index("## After")].rstrip() + "\n"))
    assert page.read_text(encoding="utf-8") == again


def test_a_section_is_added_to_a_page_without_one():
    assert agreement.replaced("# Validation\n", "## Vendor agreement\n\nx\n") == (
        "# Validation\n\n## Vendor agreement\n\nx\n"
    )


def test_criteria_decide_whether_standards_are_edited():
    rules = {"min_levels": 5, "tolerance_percent": 20, "tolerance_percent_ends": 25, "cv_percent": 20}
    rules |= {"cv_percent_ends": 25, "pass_fraction": "3/4", "max_dropped_fraction": "1/4"}
    x = np.repeat(10000 / 3.0 ** np.arange(8), 2)
    signal = 20 + 20000 / (1 + 3000 / x)
    signal[6:8] *= 2
    wells = pd.DataFrame({"expected": x, "signal": signal, "well": [f"A{i + 1:02d}" for i in range(16)]})
    wells = wells.assign(batch="B", plate="P", panel="K", analyte="IL-6", role="standard", level="", dilution=1.0)
    wells = wells.assign(standard_unit="pg/mL", unit="pg/mL", unit_factor=1.0, disposition="usable", sample_id="")
    wells["vendor_flag"], wells["amendments"] = "none", None
    analytes = [{"panel": "K", "analyte": "IL-6", "criteria_set": "c"}]

    def dropped(edit):
        criteria = {"c": {"calibration": rules | {"edit": edit}, "blank_sd_multiple": 3}}
        return calibrate_batch(wells, analytes, [{"plate": "P", "kit_lot": ""}], criteria)[0]["n_levels"].iloc[0]

    assert (dropped("most_deviant_first"), dropped("none")) == (7, 8)
    with pytest.raises(ValueError, match="unknown edit"):
        dropped("sometimes")
