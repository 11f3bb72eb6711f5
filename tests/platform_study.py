"""A cohort measured on several platforms, invented: eight people at three visits, one tube each time, and what laboratories sent.

`write(folder)` makes a delivery folder with any of `PLATFORMS`: Olink NPX (wide), a Simoa run history, the table of a routine
laboratory (wide, units in the headings), cytokines on a Luminex plate; and the lists of tubes and scores beside it. `npx`,
`simoa` and `achr` are the values that were put in.
"""

import math
from collections.abc import Iterable
from pathlib import Path

from tests import drafted_study
from tests.drafted_study import lines, put

PEOPLE = [f"N{at:02}" for at in range(1, 9)]
VISITS = {"Baseline": "2024-02-{:02}", "Week 4": "2024-03-{:02}", "Week 12": "2024-05-{:02}"}
TUBES = [
    (f"T{100 + 3 * at + step}", person, visit) for at, person in enumerate(PEOPLE) for step, visit in enumerate(VISITS)
]
NPX = {
    "IL6": 3.1,
    "CXCL10": 8.4,
    "TNFRSF13B": 6.2,
    "TNFSF13B": 5.0,
    "TNFSF13": 9.3,
    "CD27": 7.7,
    "IL5": 0.2,
    "IFNG": 1.0,
}
NPX_LOD = {"IL5": 0.4, "IFNG": -0.3}  # of the others -1
NPX_STEP = {"TNFRSF13B": -1.5, "TNFSF13B": 1.0, "CD27": -0.5}  # in each visit, log2
NFL, GFAP = "NF-light", "GFAP"
SIMOA = {NFL: 12.0, GFAP: 80.0}  # pg/mL
RUNS = {"Run 7": 4.0, "Run 8": 16.0}  # LLOQ of both plexes, pg/mL; the second run holds the last four people
ACHR = 6.4  # nmol/L at baseline, halved at each visit
ACHR_LLOQ = 0.5
PLATFORMS = ("olink", "simoa", "routine", "luminex")


def npx(assay: str, person: int, visit: int) -> float:
    """The NPX of a person at a visit."""
    step = NPX_STEP.get(assay, 0.1) * (1 + 0.3 * math.cos(3 * person + len(assay)))
    return round(NPX[assay] + step * visit + 0.4 * math.sin(7 * person + len(assay)), 4)


def simoa(plex: str, person: int, visit: int, replicate: int) -> float:
    """pg/mL of a replicate of a person at a visit."""
    return round(SIMOA[plex] * (1 + 0.2 * person - 0.1 * visit * (person % 3)) * (1.02 if replicate else 0.98), 4)


def run_of(person: int) -> str:
    """The Simoa run that holds the tubes of a person."""
    return list(RUNS)[person >= 4]


def achr(person: int, visit: int) -> float:
    """nmol/L of anti-AChR of a person at a visit."""
    return round(ACHR * (1 + 0.1 * person) / 2 ** (visit * (1 + person % 3)), 3)


def write(folder: Path, platforms: Iterable[str] = PLATFORMS) -> Path:
    """The deliveries in `folder`/first, the lists of tubes and scores beside it."""
    texts = {"olink": olink, "simoa": run_history, "routine": routine, "luminex": luminex}
    for name in platforms:
        put(folder / f"first/{name}.csv", texts[name]())
    listed = [[tube, person, visit, VISITS[visit].format(PEOPLE.index(person) + 3)] for tube, person, visit in TUBES]
    put(folder / "tubes.csv", lines([["Tube", "Participant", "Visit", "Collected"], *listed]))
    scores = [
        [person, visit, VISITS[visit].format(at + 3), 12 - at % 4 - (2 + at % 3) * step]
        for at, person in enumerate(PEOPLE)
        for step, visit in enumerate(VISITS)
    ]
    put(folder / "scores.csv", lines([["Participant", "Visit", "Assessed", "MG-ADL"], *scores]))
    return folder


def olink() -> str:
    """NPX, wide, with a control sample; one result of a warned sample."""
    assays, panel = list(NPX), "Olink Target 96 Inflammation"
    ends = [panel, panel]
    rows = [["Invented study", "Olink NPX Signature 1.11.0"], ["NPX data"], ["Panel", *[panel] * len(assays), *ends]]
    rows += [["Assay", *assays, "Plate ID", "QC Warning"]]
    rows += [["Uniprot ID", *(f"P{10000 + at}" for at in range(len(assays))), "", ""]]
    rows += [["OlinkID", *(f"OID{20100 + at}" for at in range(len(assays))), "", ""], []]
    for at, (tube, person, visit) in enumerate(TUBES):
        place = PEOPLE.index(person), list(VISITS).index(visit)
        rows.append([tube, *(npx(assay, *place) for assay in assays), "Plate 1", "Warning" if at == 5 else "Pass"])
    rows += [["CONTROL_SAMPLE_AS 1", *(NPX[assay] for assay in assays), "Plate 1", "Pass"], []]
    rows += [["LOD", *(NPX_LOD.get(assay, -1) for assay in assays)], ["Missing Data freq.", *[0] * len(assays)]]
    return lines(rows, ";")


def run_history() -> str:
    """A Simoa run history: calibrators and two replicates of every tube, with the row of their mean."""
    columns = """Sample Barcode|Assay|Plex|Location|Replicate AEB|Mean AEB|Replicate Conc.|Mean Conc.|SD Conc.|CV Conc.|Unit
        |Completion Date|Job Status|Job ID|Flags|Errors|Batch Name|Result Status|Sample Type|Total Dilution|LLOQ|SW Version"""
    rows = [[name.strip() for name in columns.split("|")]]

    def row(sample, plex, concentration, job, well, run, kind="Specimen"):
        """A replicate of a well, or, without a job, the mean of its replicates."""
        place = ["Neuro 2-plex", plex, f"Plate 1 - Well {'ABCDEFGH'[well % 8]}{well // 8 + 1}"]
        aeb, spread = round(0.02 * concentration, 6), round(0.02 * concentration, 4)
        numbers = [aeb, "", concentration, "", "", ""] if job else ["", aeb, "", concentration, spread, 0.02]
        status = ["Finished" if job else "", job, 0, "", run, "Automatically Included" if job else "", kind]
        factor = 4 if kind == "Specimen" else 1
        rows.append(
            [sample, *place, *numbers, "pg/mL", "9/4/2024 12:04:08 AM", *status, factor, RUNS[run], "4.16.2307.14001"]
        )

    for run in RUNS:
        for at in range(6):
            for plex in SIMOA:
                row(f"Calibrator {'ABCDEF'[at]}", plex, round(1000 / 4**at, 3), 100 + at, at, run, "Calibrator")
    for at, (tube, person, visit) in enumerate(TUBES):
        place = PEOPLE.index(person), list(VISITS).index(visit)
        run = run_of(place[0])
        for plex in SIMOA:
            values = [simoa(plex, *place, replicate) for replicate in (0, 1)]
            for replicate, value in enumerate(values):
                row(tube, plex, value, 200 + 2 * at + replicate, 8 + at, run)
            row(tube, plex, round(sum(values) / 2, 4), "", 8 + at, run)
    return "".join(",".join(f'"{cell}"' for cell in each) + "\n" for each in rows)


def routine() -> str:
    """The wide table of a routine laboratory, units in the headings, `<` below its limit."""
    rows = [["Sample ID", "anti-AChR (nmol/L)", "IgG (g/L)"]]
    for at, (tube, person, visit) in enumerate(TUBES):
        found = achr(PEOPLE.index(person), list(VISITS).index(visit))
        rows.append([tube, f"<{ACHR_LLOQ:g}" if found < ACHR_LLOQ else found, round(9 + 0.3 * (at % 7), 2)])
    return lines(rows)


def luminex() -> str:
    """Three cytokines of the first twelve tubes on a Luminex plate."""
    return drafted_study.cytokines(names=tuple(tube for tube, *_ in TUBES[:12]))
