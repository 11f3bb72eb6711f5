"""The demonstration study: its sheets, raw exports and truth, regenerated with the same bytes.

`immunoassay demo DIR` writes DIR/config (sheets and plate layouts) and DIR/resources/demo (raw exports by batch, truth,
README).
"""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from immunoassay.simulate import assay, faults, protocol, study_sheets, truth
from immunoassay.simulate.exports import bioplex_export, gen5_export, msd_export, result_table_export, xponent_export
from immunoassay.simulate.generators import generator
from immunoassay.simulate.panels import (
    ACHR,
    ANALYTES,
    APRIL,
    BAFF,
    CYTOKINES,
    ISOTYPES,
    PANELS,
    SBCMA,
    VACCINE,
    Analyte,
    Panel,
    analytes_of,
)

SEED = 20230465  # one whose seven people lie near the population they are drawn from
RAW = "resources/demo/raw"
_LOT_STRENGTH = {"24": 1.0, "25": 0.95}  # stated top standard of a year's lot
_FIRST, _SECOND = ("P01", "P02", "P03", "P04"), ("P05", "P06", "P07")


@dataclass(frozen=True)
class Run:
    """One plate (or delivery) of the plates sheet."""

    plate: str
    batch: str
    panel: Panel
    course: str
    participants: tuple[str, ...]
    file: str
    run_date: str
    plate_in_file: str = ""
    operator: str = "KM"
    reason: str = ""  # why it is set aside; "" = it is used

    @property
    def year(self) -> str:
        return self.run_date[2:4]

    @property
    def lot(self) -> str:
        return f"SIM-{self.panel.name.upper()}-{self.year}"

    @property
    def path(self) -> str:
        return f"{RAW}/{self.batch}/{self.file}"

    @property
    def layout(self) -> str:
        return f"config/layouts/{self.plate}.tsv" if self.panel.platform == "elisa" else ""


def _runs():
    first, again = "first", "retreatment"
    for name, panel, ending, day in (("CYT", CYTOKINES, "csv", "2024-06-11"), ("ISO", ISOTYPES, "xlsx", "2024-06-18")):
        batch = f"2024-06-{panel.name}"
        yield Run(f"{name}-01", batch, panel, first, _FIRST, f"{name}-01.{ending}", day)
        yield Run(f"{name}-02", batch, panel, first, _SECOND, f"{name}-02.{ending}", day)
    batch = "2024-06-bcma-axis"
    for name, panel, day in (
        ("SBCMA", SBCMA, "2024-06-20"),
        ("BAFF", BAFF, "2024-06-24"),
        ("APRIL", APRIL, "2024-06-26"),
    ):
        for number, people in (("01", _FIRST), ("02", _SECOND)):
            reason = faults.SET_ASIDE if f"{name}-{number}" == faults.NOT_DILUTED else ""
            where = f"Plate {int(number)}"
            yield Run(f"{name}-{number}", batch, panel, first, people, f"{name}.txt", day, where, "TR", reason)
    yield Run("BAFF-01R", batch, BAFF, first, _FIRST, "BAFF_repeat.txt", "2024-06-27", "Plate 1", "TR")
    for number, people in (("01", _FIRST), ("02", _SECOND)):
        where = f"Plate_VAC-{number}"
        yield Run(f"VAC-{number}", "2024-06-vaccine", VACCINE, first, people, "VAC.csv", "2024-06-25", where)
    yield Run("ACHR-01", "2024-06-achr", ACHR, first, _FIRST + _SECOND, "anti-AChR_results.csv", "2024-07-03")
    people = protocol.RETREATED
    yield Run("CYT-03", "2025-06-cytokines", CYTOKINES, again, people, "CYT-03.csv", "2025-06-10")
    yield Run("ISO-03", "2025-06-isotypes", ISOTYPES, again, people, "ISO-03.xlsx", "2025-06-12")
    for name, panel in (("SBCMA", SBCMA), ("BAFF", BAFF), ("APRIL", APRIL)):
        batch = "2025-06-bcma-axis"
        yield Run(f"{name}-03", batch, panel, again, people, f"{name}.txt", "2025-06-17", "Plate 1", "TR")
    yield Run("VAC-03", "2025-06-vaccine", VACCINE, again, people, "VAC.csv", "2025-06-19", "Plate_VAC-03")
    yield Run("ACHR-02", "2025-06-achr", ACHR, again, people, "anti-AChR_results.csv", "2025-06-25")


RUNS = tuple(_runs())


@dataclass(frozen=True)
class Demonstration:
    """Everything the files are written from."""

    seen: pd.DataFrame  # visits that took place: participant, course, visit, date, scored, sampled
    content: pd.DataFrame  # true concentrations: one row per sample, one column per analyte
    scores: pd.DataFrame  # participant, course, visit, date, one column per score
    plates: dict[str, assay.Plate]  # by name


def build() -> Demonstration:
    """Simulate the demonstration."""
    seen = protocol.calendar(SEED)
    content = _content(seen)
    plates = {run.plate: _plate(run, seen, content) for run in RUNS if run.panel is not ACHR}
    return Demonstration(seen, content, _scores(seen), plates)


def write(demonstration: Demonstration, out: str | Path) -> None:
    """Write all its files below the folder `out`."""
    out = Path(out)
    _write_exports(demonstration, out)
    _write_sheets(demonstration, out)
    _write_truth(demonstration, out)


def lot_analytes(panel: Panel, year: str) -> list[Analyte]:
    """Analytes of a panel with the stated top standards of a year's lot."""
    strength = _LOT_STRENGTH[year]
    return [replace(analyte, top=float(f"{analyte.top * strength:.4g}")) for analyte in analytes_of(panel)]


def _content(seen):
    """True concentrations: one row per sample, one column per analyte."""
    parts = []
    for (participant, course), visits in seen[seen["sampled"]].groupby(["participant", "course"], sort=True):
        names = visits["visit"].to_list()
        someone = truth.person(SEED, participant)
        first = course == "first"
        drawn = truth.concentrations(SEED, someone, ANALYTES, course, names, first, protocol.CARRIERS)
        drawn.index = [protocol.sample_id(participant, course, visit) for visit in names]
        parts.append(drawn)
    table = pd.concat(parts)
    sample, analyte, value = faults.ABOVE_ULOQ
    table.loc[sample, analyte] = value
    return table


def _scores(seen):
    """Scores of the analysed participants, redrawn person by person until they tell the course's story."""
    parts = []
    for (participant, course), visits in seen[seen["scored"]].groupby(["participant", "course"], sort=True):
        pattern = protocol.PATTERNS.get((participant, course), "response")
        rng = generator(SEED, "scores", participant, course)
        someone = truth.person(SEED, participant)
        drawn = truth.scores(rng, someone, pattern, visits["visit"])
        while not truth.follows(drawn, pattern):
            drawn = truth.scores(rng, someone, pattern, visits["visit"])
        parts.append(
            visits[["participant", "course", "visit", "date"]].reset_index(drop=True).join(drawn.reset_index(drop=True))
        )
    return pd.concat(parts, ignore_index=True)


def _samples_of(run, seen):
    rows = seen[seen["sampled"] & (seen["course"] == run.course) & seen["participant"].isin(run.participants)]
    names = [protocol.sample_id(*row) for row in zip(rows["participant"], rows["course"], rows["visit"], strict=True)]
    if run.plate == faults.NOT_IN_SAMPLES[0]:
        names.append(faults.NOT_IN_SAMPLES[1])
    return names


def _plate(run, seen, content):
    members = lot_analytes(run.panel, run.year)
    columns = [analyte.name for analyte in members]
    inside = dict(zip(content.index, content[columns].to_numpy(), strict=True))
    inside[faults.NOT_IN_SAMPLES[1]] = [analyte.median for analyte in members]
    wells = assay.place(run.panel, _samples_of(run, seen))
    plate = assay.measure(
        SEED, run.plate, run.panel, members, run.lot, wells, inside,
        strength=faults.STRENGTH.get(run.plate, 1.0), factors=faults.factors(run.plate, wells, len(members)),
    )  # fmt: skip
    plate.run_date, plate.operator = run.run_date, run.operator
    faults.spoil(plate)
    return plate


def _write_exports(demonstration, out):
    plates, files = demonstration.plates, {}
    for run in RUNS:
        files.setdefault(run.path, []).append(run)
    for path, runs in files.items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        panel = runs[0].panel
        if panel is ACHR:
            result_table_export.write(_laboratory(runs[0], demonstration.seen, demonstration.content), target)
        elif panel is CYTOKINES:
            xponent_export.write(plates[runs[0].plate], target)
        elif panel is ISOTYPES:
            bioplex_export.write(plates[runs[0].plate], target)
        elif panel is VACCINE:
            msd_export.write([plates[run.plate] for run in runs], target)
        else:
            gen5_export.write([plates[run.plate] for run in runs], target)


def _laboratory(run, seen, content):
    samples, analyte = _samples_of(run, seen), analytes_of(ACHR)[0]
    rng = generator(SEED, "plate", run.plate)
    values = content.loc[samples, analyte.name]
    rows = result_table_export.report(rng, samples, analyte, values, lloq=0.02, uloq=80, cv=0.06, reported=run.run_date)
    for row in rows:
        if (run.plate, row[0]) == faults.TEXT_RESULT[:2]:
            row[2], row[4], row[8] = faults.TEXT_RESULT[2:]
    return rows


def _write_sheets(demonstration, out):
    seen, plates = demonstration.seen, demonstration.plates
    folder = out / "config"
    lots = {(run.panel.name, run.year): run for run in RUNS if run.panel is not ACHR}
    lots = [
        (run.panel, run.lot, lot_analytes(run.panel, run.year), f"20{int(run.year) + 1}-03-31") for run in lots.values()
    ]
    for name, frame in (
        ("panels", study_sheets.panels()),
        ("analytes", study_sheets.analytes()),
        ("materials", study_sheets.materials(lots)),
        ("plates", _plates_sheet()),
        ("samples", protocol.samples(seen)),
        ("participants", protocol.participants()),
        ("visits", protocol.visits()),
        ("courses", protocol.courses()),
        ("events", protocol.events(seen)),
        ("amendments", faults.amendments(plates)),
    ):
        study_sheets.write_tsv(frame, folder / f"{name}.tsv")
    for run in RUNS:
        if run.layout:
            study_sheets.write_tsv(study_sheets.layout(plates[run.plate].wells), out / run.layout)
    study_sheets.write_workbook(demonstration.scores, folder / "scores.xlsx", "scores (simulated)")
    (folder / "config.yaml").write_text(study_sheets.CONFIG, encoding="utf-8")


def _plates_sheet():
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
        for run in RUNS
    ]
    return pd.DataFrame(rows)


def _write_truth(demonstration, out):
    folder = out / "resources/demo/truth"
    unit = {analyte.name: analyte.unit for analyte in ANALYTES}
    results = (
        demonstration.content.rename_axis("sample_id")
        .reset_index()
        .melt("sample_id", var_name="analyte", value_name="concentration")
    )
    results["concentration"] = results["concentration"].map("{:.6g}".format)
    results["unit"] = results["analyte"].map(unit)
    study_sheets.write_tsv(results, folder / "truth_results.tsv")
    study_sheets.write_tsv(truth.effects(ANALYTES, protocol.SAMPLED), folder / "truth_effects.tsv")
    scores = demonstration.scores.melt(["participant", "course", "visit", "date"], var_name="score", value_name="value")
    study_sheets.write_tsv(scores, folder / "truth_scores.tsv")
    listing = faults.listing(demonstration.plates, {run.plate: run.path for run in RUNS})
    study_sheets.write_tsv(listing, folder / "faults.tsv")
    (folder.parent / "README.md").write_text(_readme(listing), encoding="utf-8")


def _readme(listing):
    rows = []
    for row in listing.itertuples():
        where = ", ".join(part for part in (row.plate, row.well, row.sample, row.analyte) if part)
        rows.append(f"| {row.fault} | {where} | {row.expected} |")
    return _README.format(
        panels=len(PANELS), plates=len(RUNS), batches=len({run.batch for run in RUNS}), faults="\n".join(rows)
    )


_README = """\
# Demonstration study (simulated)

Everything here is **simulated**: no person, sample or number in it is real. The design follows an open-label trial of
seven participants with generalised myasthenia gravis; the numbers do not.

- `raw/BATCH/`: {plates} plates and deliveries of {panels} kits in {batches} batches, in the layouts of xPONENT (csv),
  Bio-Plex Manager (xlsx), Gen5 (txt), MSD Discovery Workbench (csv) and a reference laboratory (csv). The batches of
  2025 hold the retreatment, on new kit lots.
- `truth/`: what was put in. `truth_results.tsv` (concentration of every sample), `truth_effects.tsv` (geometric mean
  ratio to day 1 of the same course), `truth_scores.tsv`, `faults.tsv`.

`make demo` writes the same bytes again, and the sheets in `config/`. People P01 to P07 form the analysed set; P05 and
P06 relapse at month 12, P07 at month 18; all three are treated again.

## Planted faults

| fault | where | what the workflow must say |
|---|---|---|
{faults}
"""
