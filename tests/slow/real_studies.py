"""One-plate studies around real exports, written into a folder from the shared files (never kept in the project)."""

import shutil

import pandas as pd
from immunoassay.readers import recognition

CLINICAL = {
    "visits": "visit\torder\tday\tbaseline\nD1\t1\t1\tyes\nM3\t2\t85\tno\n",
    "config": "study: {title: One real plate}\nraw_folders: [raw]\n",
}


def thirty_plex(folder, shared):
    """The real 30-plex xPONENT plate, its standards from the published table of expected concentrations."""
    source = shared / "real_exports/luminex_xponent/pone.0187901.s001.csv"
    expected = pd.read_csv(shared / "datasets/drLumi_ecdata.csv")
    expected = expected[expected["sample"].str.startswith("Standard")]
    analytes = list(dict.fromkeys(expected["analyte"]))
    materials = [
        f"kit\tL1\tstandard\tS{row.sample.removeprefix('Standard')}\t{row.analyte}\t{row.ec}\tpg/mL"
        for row in expected.itertuples()
    ]
    rows = "".join(f"{name}\tkit\tcytokine\tpg/mL\t5pl\t1/y2_observed\tlower\tno\n" for name in analytes)
    more = "\torientation\tasymmetry_prior"
    _write(folder, source, rows, materials, "L1", "luminex", "background_subtracted", more)


def bioplex(folder, shared, name="pnLINCO20070302A.xlsx"):
    """A real Bio-Plex workbook with its own expected concentrations: the vendor's 4PL of level means, weights 1/FI^1.8."""
    source = shared / "real_exports/bioplex_xls" / name
    wells = recognition.read(source).plates[0].wells
    rows = "".join(
        f"{_plain(a)}\tkit\tcytokine\tpg/mL\t4pl\tpower_level_means\t1.8\t{a}\n"
        for a in dict.fromkeys(wells["analyte"])
    )
    _write(folder, source, rows, [], "", "luminex", "raw", "\tvariance_exponent\tnames_in_export")


def _plain(name):
    return "".join(char if char.isalnum() else "-" for char in name).strip("-")


def _write(folder, source, analytes, materials, lot, platform, signal, more):
    (folder / "config").mkdir(parents=True)
    (folder / "raw").mkdir()
    shutil.copy(source, folder / "raw" / source.name.replace(" ", "_"))
    wells = recognition.read(source).plates[0].wells
    names = wells.loc[wells["role"].eq("sample") | wells["role"].isna(), "sample"].dropna().unique()
    people = {name: _plain(name) for name in names if name}
    sheets = {
        "panels": f"panel\tlabel\tplatform\tsignal\tcriteria_set\taccept_unproven\nkit\tKit\t{platform}\t{signal}"
        "\tas_reported_by_vendor\t\n",
        "analytes": f"analyte\tpanel\tgroup\tunit\tcurve_model\tweights{more}\n{analytes}",
        "plates": f"plate\tbatch\tpanel\tfile\tkit_lot\nP1\tB1\tkit\traw/{source.name.replace(' ', '_')}\t{lot}\n",
        "samples": "sample_id\tparticipant\tcourse\tvisit\n"
        + "".join(f"{name}\t{person}\tfirst\tD1\n" for name, person in people.items()),
        "participants": "participant\tstatus\tschedule\n"
        + "".join(f"{person}\tenrolled\tonce\n" for person in people.values()),
        "courses": "participant\tcourse\torder\tday1_date\n"
        + "".join(f"{person}\tfirst\t1\t2024-01-01\n" for person in people.values()),
        "visits": CLINICAL["visits"],
    }
    if materials:
        header = "panel\tkit_lot\tmaterial\tlevel\tanalyte\texpected\tunit\n"
        sheets["materials"] = header + "\n".join(materials) + "\n"
    for name, text in sheets.items():
        (folder / f"config/{name}.tsv").write_text(text, encoding="utf-8")
    (folder / "config/config.yaml").write_text(CLINICAL["config"], encoding="utf-8")


CYTOKINES = "2021LD_plasma_cytokine_concentration.tsv"
TITRES = "2021LD_plasma_ab_titer.tsv"


def public(folder, shared):
    """The public vaccination study: a delivery of cytokines and one of antibody titres, read through the columns sheet."""
    source = shared / "datasets/cmipb"
    (folder / "config").mkdir(parents=True)
    (folder / "raw").mkdir()
    for name in (CYTOKINES, TITRES):
        shutil.copy(source / name, folder / "raw" / name)
    specimens = pd.read_csv(source / "2021LD_specimen.tsv", sep="\t", dtype=str)
    subjects = pd.read_csv(source / "2021LD_subject.tsv", sep="\t", dtype=str)
    proteins = pd.read_csv(source / CYTOKINES, sep="\t", dtype=str)["protein_id"].unique()
    titres = pd.read_csv(source / TITRES, sep="\t", dtype=str)[["isotype", "antigen"]].drop_duplicates()
    antibodies = (titres["isotype"] + " " + titres["antigen"]).tolist()
    days = {"1": 1, "2": 2, "3": 4, "4": 8, "5": 15, "6": 31, "7": 121, "8": 361, "9": 925}
    sheets = {
        "panels": "panel\tlabel\tplatform\tcriteria_set\ncytokines\tCytokines\tlaboratory\treported_by_laboratory\n"
        "titres\tAntibody titres\tlaboratory\treported_by_laboratory\n",
        "analytes": "analyte\tpanel\tgroup\tunit\tquantity\tnames_in_export\n"
        + "".join(f"{name}\tcytokines\tcytokine\tpg/mL\tconcentration\t{name}\n" for name in proteins)
        + "".join(f"{_plain(name)}\ttitres\tantibody\tMFI\trelative\t{name}\n" for name in antibodies),
        "plates": f"plate\tbatch\tpanel\tfile\nCYT\tcytokines\tcytokines\traw/{CYTOKINES}\n"
        f"TITRE\ttitres\ttitres\traw/{TITRES}\n",
        "columns": "scope\tcolumn\tmeaning\ncytokines\tprotein_id\tanalyte\ncytokines\tprotein_expression\tvalue\n"
        "TITRE\tisotype\tanalyte\nTITRE\tantigen\tanalyte\nTITRE\tMFI\tvalue\n",
        "samples": "sample_id\tparticipant\tcourse\tvisit\n"
        + "".join(f"{row.specimen_id}\t{row.subject_id}\tboost\tV{row.visit}\n" for row in specimens.itertuples()),
        "participants": "participant\tstatus\tschedule\n"
        + "".join(f"{name}\tenrolled\tonce\n" for name in subjects["subject_id"]),
        "courses": "participant\tcourse\torder\tday1_date\n"
        + "".join(f"{row.subject_id}\tboost\t1\t{row.date_of_boost}\n" for row in subjects.itertuples()),
        "visits": "visit\torder\tday\twindow_before\twindow_after\tbaseline\n"
        + "".join(f"V{n}\t{n}\t{day}\t0\t0\t{'yes' if n == '1' else 'no'}\n" for n, day in days.items()),
    }
    for name, text in sheets.items():
        (folder / f"config/{name}.tsv").write_text(text, encoding="utf-8")
    (folder / "config/config.yaml").write_text(CLINICAL["config"], encoding="utf-8")
