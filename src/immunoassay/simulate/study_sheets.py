"""Sheets of a simulated study: frames and their files, in the form the schemas ask for."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from immunoassay.files import workbooks
from immunoassay.simulate.assay import stated
from immunoassay.simulate.panels import ANALYTES, PANELS, Analyte, Panel
from openpyxl import Workbook

_CRITERIA = {"cytokines": "multiplex_exploratory", "achr": "reported_by_laboratory"}
_FIT = {  # model, and the exponent of the variance where an earlier study has estimated it; else two components
    "cytokines": ("5pl", ""),
    "isotypes": ("5pl", 1.8),
}


def write_tsv(frame: pd.DataFrame, path: Path) -> None:
    """Write a sheet as TSV; empty cells stay empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, sep="\t", index=False, lineterminator="\n", encoding="utf-8")


def write_workbook(frame: pd.DataFrame, path: Path, title: str) -> None:
    """Write a sheet as an Excel workbook with one worksheet; equal content gives equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = title
    sheet.append(list(frame.columns))
    for row in frame.astype(object).itertuples(index=False):
        sheet.append(list(row))
    sheet.freeze_panes = "A2"
    workbooks.save(workbook, path)


def panels() -> pd.DataFrame:
    """The panels sheet."""
    rows = []
    for panel in PANELS:
        luminex, laboratory = panel.platform == "luminex", panel.platform == "laboratory"
        rows.append(
            {
                "panel": panel.name,
                "label": panel.label,
                "platform": panel.platform,
                "specimen": "serum",
                "signal": "background_subtracted" if luminex else "raw",
                "blanks_in_fit": "no" if luminex or laboratory else "yes",
                "criteria_set": _CRITERIA.get(panel.name, "ich_m10_lba"),
                "replicate_rule": "mean_of_concentrations",
                "min_dilution": f"{panel.dilution:g}",
                "max_dilution": f"{panel.dilution * 10:g}",
                "accept_unproven": "",
            }
        )
    return pd.DataFrame(rows)


def analytes() -> pd.DataFrame:
    """The analytes sheet."""
    rows, order = [], Counter[str]()
    for analyte in ANALYTES:
        order[analyte.group] += 1
        model, exponent = _FIT.get(analyte.panel, ("4pl", ""))
        rows.append(
            {
                "analyte": analyte.name,
                "panel": analyte.panel,
                "names_in_export": analyte.export_name,
                "label": analyte.label,
                "group": analyte.group,
                "order": order[analyte.group],
                "unit": analyte.unit,
                "standard_unit": analyte.standard_unit,
                "curve_model": model,
                "orientation": "best",
                "variance_exponent": exponent,
                "limit_rule": "recovery_cv",
            }
        )
    return pd.DataFrame(rows)


def materials(lots: Iterable[tuple[Panel, str, list[Analyte], str]]) -> pd.DataFrame:
    """The materials sheet; `lots` holds (panel, kit lot, analytes with the lot's top standards, expiry date)."""
    rows = []
    for panel, lot, members, expiry in lots:
        for material, prefix, count in (("standard", "S", panel.levels), ("control", "QC", len(panel.controls))):
            for level in (f"{prefix}{number + 1}" for number in range(count)):
                for analyte, expected in zip(members, stated(panel, members, level), strict=True):
                    low, high = (f"{expected * share:.4g}" for share in (0.75, 1.25))
                    control = material == "control"
                    rows.append(
                        {
                            "panel": panel.name,
                            "kit_lot": lot,
                            "material": material,
                            "level": level,
                            "analyte": analyte.name,
                            "expected": f"{expected:.10g}",
                            "low": low if control else "",
                            "high": high if control else "",
                            "unit": analyte.standard_unit or analyte.unit,
                            "expiry": expiry,
                        }
                    )
    return pd.DataFrame(rows)


def layout(wells: pd.DataFrame) -> pd.DataFrame:
    """A plate layout as a grid (first column row letters, header 1 to 12)."""
    grid = pd.DataFrame("empty", index=list("ABCDEFGH"), columns=[str(number) for number in range(1, 13)])
    for well, role, sample, level, dilution in wells.itertuples(index=False):
        text = {"blank": "blank", "sample": f"{sample}@{dilution:g}"}.get(role, level)
        grid.loc[well[0], str(int(well[1:]))] = text
    return grid.rename_axis("").reset_index()


CONFIG = """\
# The bundled demonstration: a SIMULATED study. No person, sample or value in it is real.
# Every key is explained in config/README.md; what is left out takes its default.

study:
  title: "Simulated demonstration: anti-BCMA mRNA CAR-T cells in generalised myasthenia gravis"
  simulated: true # prints SIMULATED on every figure and page
  note: "All data are simulated; the design follows an open-label trial of seven participants, the numbers do not."

sheets: # scores come as an Excel workbook; every other sheet lies where its default says
  scores: config/scores.xlsx

raw_folders: [resources/demo/raw] # where exports arrive

analysed_schedules: [six_weekly] # participants of this schedule make the analysed set
primary_visit: M3 # the one visit at which change from baseline is tested
lloq_across_plates: plate # every result is judged by the LLOQ of its own plate
centre: geometric_mean # centre of biomarkers over all visits
min_n_interval: 4 # no interval from fewer results
seed: 1

figures: # groups are those of config/analytes.tsv
  scores: [MGC, MG-ADL, QMG, MG-QoL15r]
  score_quantity: change
  relapse_score: MGC
  cytokine_groups: [cytokine]
  cytokine_visits: [D1, M3]
  autoantibody_groups: [autoantibody]
  antigen_groups: [vaccine]
  class_groups: [immunoglobulin]
  axis_groups: [bcma_axis]

report_participants: true
"""
