"""A study of any number of plates, written as raw exports and sheets: what the benchmarks of growth run on.

100 people (or `--people`) are seen six times (600 samples). One kit measures 30 analytes; a plate (xPONENT export) holds
36 samples in duplicate. Plates beyond the seventeenth measure the same samples again: attempts grow with plates, results
do not.

    python -P benchmarks/growing_study.py --out DIR --plates 100 [--first 0] [--batch-size 20] [--people 100]

`--first` adds plates to a study that is there; a last batch may be smaller than the others.
"""

import argparse
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from immunoassay.simulate import assay, protocol, study_sheets, truth
from immunoassay.simulate.exports import xponent_export
from immunoassay.simulate.generators import generator
from immunoassay.simulate.panels import CYTOKINES, synthetic_cytokines

SEED, PEOPLE, ANALYTES, PER_PLATE = 2000, 100, 30, 36
VISITS = protocol.VISITS[:6]
LOT = "SIM-SCALE"
DAY1 = date(2024, 1, 8)
CONFIG = """\
study:
  title: "Simulated study of growth"
  simulated: true
analysed_schedules: [six_weekly]
primary_visit: M3
figures:
  scores: [MGC, MG-ADL, QMG, MG-QoL15r]
  relapse_score: MGC
  cytokine_groups: [cytokine]
  cytokine_visits: [D1, M3]
  autoantibody_groups: []
  antigen_groups: []
  class_groups: []
  axis_groups: []
"""


def write(out, plates, first=0, batch_size=20, people=PEOPLE):
    """Write plates number `first` + 1 to `plates` in batches of `batch_size`, and all sheets, below the folder `out`."""
    out = Path(out)
    analytes = synthetic_cytokines(ANALYTES)
    persons = [truth.person(SEED, f"P{number + 1:03d}") for number in range(people)]
    visits = [visit for visit, *_ in VISITS]
    content = {
        f"{person.name}-{visit}": row
        for person in persons
        for visit, row in zip(
            visits, truth.concentrations(SEED, person, analytes, "first", visits).to_numpy(), strict=True
        )
    }
    samples = list(content)
    groups = [samples[start : start + PER_PLATE] for start in range(0, len(samples), PER_PLATE)]
    rows = _plates(plates, first, batch_size)
    known = out / "config/plates.tsv"
    if first:
        rows = pd.concat([pd.read_csv(known, sep="\t", dtype="str", keep_default_na=False), rows])
    for row in rows.iloc[first:].itertuples(index=False):
        number = int(row.plate.removeprefix("PL"))
        wells = assay.place(CYTOKINES, groups[(number - 1) % len(groups)])
        plate = assay.measure(SEED, row.plate, CYTOKINES, analytes, LOT, wells, content)
        plate.run_date, plate.operator = row.run_date, row.operator
        (out / row.file).parent.mkdir(parents=True, exist_ok=True)
        xponent_export.write(plate, out / row.file)
    study_sheets.write_tsv(rows, known)
    if not first:
        _write_sheets(out, analytes, persons, visits)


def _plates(plates, first, batch_size):
    """Rows of the plates sheet; numbers go on from `first`, batches are named by their first plate."""
    rows = []
    for number in range(first + 1, plates + 1):
        start = first + (number - first - 1) // batch_size * batch_size + 1
        batch, plate = f"B{start:05d}", f"PL{number:05d}"
        rows.append(
            {
                "plate": plate,
                "batch": batch,
                "panel": CYTOKINES.name,
                "file": f"raw/{batch}/{plate}.csv",
                "run_date": (DAY1 + timedelta(days=400 + number // 4)).isoformat(),
                "kit_lot": LOT,
                "operator": "KM",
                "include": "yes",
            }
        )
    return pd.DataFrame(rows)


def _write_sheets(out, analytes, people, visits):
    folder, names = out / "config", [person.name for person in people]
    day = {visit: day for visit, _, day, _, _ in VISITS}
    seen = pd.DataFrame([(name, "first", visit) for name in names for visit in visits])
    seen.columns = ["participant", "course", "visit"]
    seen["date"] = [(DAY1 + timedelta(days=day[visit] - 1)).isoformat() for visit in seen["visit"]]
    samples = seen.rename(columns={"date": "collection_date"})
    samples.insert(0, "sample_id", samples["participant"] + "-" + samples["visit"])
    drawn = [
        truth.scores(generator(SEED, "scores", person.name, "first"), person, "response", visits) for person in people
    ]
    scores = seen.join(pd.concat(drawn, ignore_index=True))
    panels, known = study_sheets.panels(), study_sheets.analytes()
    like = known[known["panel"] == CYTOKINES.name].reset_index(drop=True)
    rows = like.iloc[np.arange(len(analytes)) % len(like)].reset_index(drop=True)
    rows["analyte"] = [analyte.name for analyte in analytes]
    rows = rows.assign(names_in_export="", label="", order=np.arange(1, len(rows) + 1))
    for name, frame in (
        ("panels", panels[panels["panel"] == CYTOKINES.name]),
        ("analytes", rows),
        ("materials", study_sheets.materials([(CYTOKINES, LOT, analytes, "2030-01-01")])),
        ("samples", samples),
        ("participants", pd.DataFrame({"participant": names, "status": "enrolled", "schedule": "six_weekly"})),
        ("visits", protocol.visits().iloc[: len(visits)]),
        ("courses", pd.DataFrame({"participant": names, "course": "first", "order": 1, "day1_date": DAY1.isoformat()})),
        ("scores", scores),
    ):
        study_sheets.write_tsv(frame, folder / f"{name}.tsv")
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")


def main(arguments=None):
    """Command line."""
    parser = argparse.ArgumentParser(description="Write a simulated study of many plates.")
    parser.add_argument("--out", required=True, help="folder that receives config/ and raw/")
    parser.add_argument("--plates", type=int, required=True, help="plates the study has afterwards")
    parser.add_argument("--first", type=int, default=0, help="plates it has already")
    parser.add_argument("--batch-size", type=int, default=20)
    parser.add_argument("--people", type=int, default=PEOPLE)
    given = parser.parse_args(arguments)
    write(given.out, given.plates, given.first, given.batch_size, given.people)


if __name__ == "__main__":
    main()
