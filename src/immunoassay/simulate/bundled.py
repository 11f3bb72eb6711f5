"""What the bundled simulated studies share: their plates as rows and exports, and the truth of every sample."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from immunoassay.simulate import assay, study_sheets
from immunoassay.simulate.exports import bioplex_export, gen5_export, msd_export, result_table_export, xponent_export
from immunoassay.simulate.panels import ACHR, ANALYTES, CYTOKINES, ISOTYPES, VACCINE, Panel


@dataclass(frozen=True)
class Run:
    """One plate (or delivery) of the plates sheet."""

    plate: str
    batch: str
    panel: Panel
    samples: tuple[str, ...]
    file: str
    run_date: str
    lot: str
    folder: str  # of all raw exports, in that of the study
    plate_in_file: str = ""
    operator: str = "KM"
    reason: str = ""  # why it is set aside; "" = it is used

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.batch}/{self.file}"

    @property
    def layout(self) -> str:
        return f"config/layouts/{self.plate}.tsv" if self.panel.platform == "elisa" else ""


@dataclass(frozen=True)
class Simulated:
    """Everything the files of a study are written from."""

    seen: pd.DataFrame  # visits that took place: participant, course, visit, date, scored, sampled
    content: pd.DataFrame  # true concentrations: one row per sample, one column per analyte
    scores: pd.DataFrame  # participant, course, visit, date, one column per score
    plates: dict[str, assay.Plate]  # by name


def write_exports(
    runs: Iterable[Run], plates: Mapping[str, assay.Plate], laboratory: Mapping[str, Sequence[Sequence[str]]], out: Path
) -> None:
    """Write the exports of all runs and the layouts of those that need one.

    `plates` by name; `laboratory`: the rows of each delivery of results (`result_table_export`), by name.
    """
    files: dict[str, list[Run]] = {}
    for run in runs:
        files.setdefault(run.path, []).append(run)
        if run.layout:
            study_sheets.write_tsv(study_sheets.layout(plates[run.plate].wells), out / run.layout)
    for path, together in files.items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        panel, first = together[0].panel, together[0].plate
        if panel is ACHR:
            result_table_export.write(laboratory[first], target)
        elif panel is CYTOKINES:
            xponent_export.write(plates[first], target)
        elif panel is ISOTYPES:
            bioplex_export.write(plates[first], target)
        elif panel is VACCINE:
            msd_export.write([plates[run.plate] for run in together], target)
        else:
            gen5_export.write([plates[run.plate] for run in together], target)


def plates_sheet(runs: Iterable[Run]) -> pd.DataFrame:
    """The plates sheet."""
    rows = [
        {
            "plate": run.plate,
            "batch": run.batch,
            "panel": run.panel.name,
            "file": run.path,
            "plate_in_file": run.plate_in_file,
            "format": "result_table" if run.panel is ACHR else "",
            "layout": run.layout,
            "run_date": run.run_date,
            "kit_lot": "" if run.panel is ACHR else run.lot,
            "operator": "" if run.panel is ACHR else run.operator,
            "include": "no" if run.reason else "yes",
            "reason": run.reason,
        }
        for run in runs
    ]
    return pd.DataFrame(rows)


def true_results(content: pd.DataFrame) -> pd.DataFrame:
    """truth_results.tsv: sample_id, analyte, concentration (six digits), unit."""
    unit = {analyte.name: analyte.unit for analyte in ANALYTES}
    results = content.rename_axis("sample_id").reset_index()
    results = results.melt("sample_id", var_name="analyte", value_name="concentration")
    results["concentration"] = results["concentration"].map("{:.6g}".format)
    return results.assign(unit=results["analyte"].map(unit))
