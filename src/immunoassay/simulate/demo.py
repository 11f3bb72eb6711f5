"""The demonstration study: its sheets, raw exports and truth, regenerated with the same bytes.

`immunoassay demo DIR` writes DIR/config (sheets and plate layouts) and DIR/resources/demo (raw exports by batch, truth,
README).
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd
from immunoassay.simulate import assay, bundled, faults, protocol, study_sheets, truth
from immunoassay.simulate.bundled import Run, Simulated
from immunoassay.simulate.exports import result_table_export
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
_SEEN = protocol.calendar(SEED)
_FIRST, _SECOND = ("P01", "P02", "P03", "P04"), ("P05", "P06", "P07")


def _run(plate, batch, panel, course, people, file, run_date, *more):
    samples = protocol.sample_names(_SEEN, course, people)
    if plate == faults.NOT_IN_SAMPLES[0]:
        samples.append(faults.NOT_IN_SAMPLES[1])
    lot = f"SIM-{panel.name.upper()}-{run_date[2:4]}"
    return Run(plate, batch, panel, tuple(samples), file, run_date, lot, RAW, *more)


def _runs():
    first, again = "first", "retreatment"
    for name, panel, ending, day in (("CYT", CYTOKINES, "csv", "2024-06-11"), ("ISO", ISOTYPES, "xlsx", "2024-06-18")):
        batch = f"2024-06-{panel.name}"
        yield _run(f"{name}-01", batch, panel, first, _FIRST, f"{name}-01.{ending}", day)
        yield _run(f"{name}-02", batch, panel, first, _SECOND, f"{name}-02.{ending}", day)
    batch = "2024-06-bcma-axis"
    for name, panel, day in (
        ("SBCMA", SBCMA, "2024-06-20"),
        ("BAFF", BAFF, "2024-06-24"),
        ("APRIL", APRIL, "2024-06-26"),
    ):
        for number, people in (("01", _FIRST), ("02", _SECOND)):
            reason = faults.SET_ASIDE if f"{name}-{number}" == faults.NOT_DILUTED else ""
            where = f"Plate {int(number)}"
            yield _run(f"{name}-{number}", batch, panel, first, people, f"{name}.txt", day, where, "TR", reason)
    yield _run("BAFF-01R", batch, BAFF, first, _FIRST, "BAFF_repeat.txt", "2024-06-27", "Plate 1", "TR")
    for number, people in (("01", _FIRST), ("02", _SECOND)):
        where = f"Plate_VAC-{number}"
        yield _run(f"VAC-{number}", "2024-06-vaccine", VACCINE, first, people, "VAC.csv", "2024-06-25", where)
    yield _run("ACHR-01", "2024-06-achr", ACHR, first, _FIRST + _SECOND, "anti-AChR_results.csv", "2024-07-03")
    people = protocol.RETREATED
    yield _run("CYT-03", "2025-06-cytokines", CYTOKINES, again, people, "CYT-03.csv", "2025-06-10")
    yield _run("ISO-03", "2025-06-isotypes", ISOTYPES, again, people, "ISO-03.xlsx", "2025-06-12")
    for name, panel in (("SBCMA", SBCMA), ("BAFF", BAFF), ("APRIL", APRIL)):
        batch = "2025-06-bcma-axis"
        yield _run(f"{name}-03", batch, panel, again, people, f"{name}.txt", "2025-06-17", "Plate 1", "TR")
    yield _run("VAC-03", "2025-06-vaccine", VACCINE, again, people, "VAC.csv", "2025-06-19", "Plate_VAC-03")
    yield _run("ACHR-02", "2025-06-achr", ACHR, again, people, "anti-AChR_results.csv", "2025-06-25")


RUNS = tuple(_runs())


def build() -> Simulated:
    """Simulate the demonstration."""
    content = _content(_SEEN)
    plates = {run.plate: _plate(run, content) for run in RUNS if run.panel is not ACHR}
    return Simulated(_SEEN, content, _scores(_SEEN), plates)


def write(demonstration: Simulated, out: str | Path) -> None:
    """Write all its files below the folder `out`."""
    out = Path(out)
    laboratory = {run.plate: _laboratory(run, demonstration.content) for run in RUNS if run.panel is ACHR}
    bundled.write_exports(RUNS, demonstration.plates, laboratory, out)
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


def _plate(run, content):
    members = lot_analytes(run.panel, run.run_date[2:4])
    columns = [analyte.name for analyte in members]
    inside = dict(zip(content.index, content[columns].to_numpy(), strict=True))
    inside[faults.NOT_IN_SAMPLES[1]] = [analyte.median for analyte in members]
    wells = assay.place(run.panel, run.samples)
    plate = assay.measure(
        SEED, run.plate, run.panel, members, run.lot, wells, inside,
        strength=faults.STRENGTH.get(run.plate, 1.0), factors=faults.factors(run.plate, wells, len(members)),
    )  # fmt: skip
    plate.run_date, plate.operator = run.run_date, run.operator
    faults.spoil(plate)
    return plate


def _laboratory(run, content):
    samples, analyte = run.samples, analytes_of(ACHR)[0]
    rng = generator(SEED, "plate", run.plate)
    values = content.loc[list(samples), analyte.name]
    rows = result_table_export.report(rng, samples, analyte, values, lloq=0.02, uloq=80, cv=0.06, reported=run.run_date)
    for row in rows:
        if (run.plate, row[0]) == faults.TEXT_RESULT[:2]:
            row[2], row[4], row[8] = faults.TEXT_RESULT[2:]
    return rows


def _write_sheets(demonstration, out):
    seen, plates = demonstration.seen, demonstration.plates
    folder = out / "config"
    lots = {run.lot: run for run in RUNS if run.panel is not ACHR}
    kits = [
        (run.panel, run.lot, lot_analytes(run.panel, run.run_date[2:4]), f"{int(run.run_date[:4]) + 1}-03-31")
        for run in lots.values()
    ]
    for name, frame in (
        ("panels", study_sheets.panels()),
        ("analytes", study_sheets.analytes()),
        ("materials", study_sheets.materials(kits)),
        ("plates", bundled.plates_sheet(RUNS)),
        ("samples", protocol.samples(seen)),
        ("participants", protocol.participants()),
        ("visits", protocol.visits()),
        ("courses", protocol.courses()),
        ("events", protocol.events(seen)),
        ("amendments", faults.amendments(plates)),
    ):
        study_sheets.write_tsv(frame, folder / f"{name}.tsv")
    study_sheets.write_workbook(demonstration.scores, folder / "scores.xlsx", "scores (simulated)")
    (folder / "config.yaml").write_text(study_sheets.CONFIG, encoding="utf-8")


def _write_truth(demonstration, out):
    folder = out / "resources/demo/truth"
    results = bundled.true_results(demonstration.content)
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
