"""A simulated cross-section like those of myasthenia gravis: 219 patients and 40 controls, 22 analytes, three scores, one visit.

What a laboratory delivers: one table of results, rounded to two digits (so that many values are tied), 0 below the LLOQ it
states. Medians, spreads and shares below LLOQ follow published cohorts; nothing here is a measurement of anybody.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from immunoassay.simulate.exports import SIMULATED, result_table_export
from immunoassay.simulate.generators import generator
from immunoassay.simulate.study_sheets import write_tsv

SEED = 219
PATIENTS, CONTROLS = 219, 40
SCORES = ("MGC", "MG-ADL", "QMG")


class Measured(NamedTuple):
    """An analyte: medians of patients and controls (pg/mL), geometric SD, LLOQ, correlation with the severity of disease."""

    name: str
    patients: float
    controls: float
    gsd: float
    lloq: float
    severity: float = 0.0

    @property
    def ratio(self) -> float:
        """True ratio of geometric means, patients over controls."""
        return self.patients / self.controls


ANALYTES = (
    Measured("BAFF", 756, 808, 1.58, 60, -0.23), Measured("APRIL", 1028, 843, 1.47, 100, -0.29),
    Measured("IL-6", 1.3, 1.3, 3.0, 0.2, 0.12), Measured("TNF", 7.0, 5.9, 1.41, 0.5),
    Measured("IFN-g", 4.1, 11.4, 3.5, 0.5), Measured("IL-10", 3.1, 0.83, 2.3, 0.4),
    Measured("IL-8", 5.7, 3.7, 3.1, 0.5), Measured("IL-17A", 0.9, 1.6, 2.1, 0.6),
    Measured("IFN-b", 0.4, 0.4, 5.0, 1.1), Measured("IL-2", 7.4, 3.9, 1.9, 2.0),
    Measured("IL-4", 54, 53, 1.2, 10), Measured("IL-18", 347, 186, 1.5, 20),
    Measured("CCL2", 260, 260, 1.4, 10), Measured("CCL3", 12, 12, 1.6, 4, -0.35),
    Measured("CCL4", 60, 60, 1.5, 8), Measured("CXCL10", 65, 65, 1.5, 5),
    Measured("CXCL13", 45, 30, 1.7, 6), Measured("C9", 8000, 8000, 1.3, 200, 0.26),
    Measured("VEGF-A", 30, 30, 1.9, 12), Measured("GM-CSF", 0.5, 0.5, 2.5, 1.4),
    Measured("IL-1b", 0.6, 0.6, 2.2, 0.8), Measured("IL-21", 2.0, 2.0, 2.4, 1.0),
)  # fmt: skip
CORRELATION = np.array([[1, 0.89, 0.85], [0.89, 1, 0.76], [0.85, 0.76, 1]])  # of the scores, in their order
MEAN, SD, MAXIMUM = np.array([9.0, 5.0, 10.0]), np.array([7.0, 4.0, 6.0]), np.array([50, 24, 39])
PEOPLE = tuple(f"M{number:03d}" for number in range(1, PATIENTS + 1)) + tuple(
    f"C{number:03d}" for number in range(1, CONTROLS + 1)
)


def write(folder: Path) -> Path:
    """The study, ready to run, in `folder`."""
    drawn, scores = draw()
    rows = [
        (
            f"{person}-V1",
            each.name,
            _written(value, each.lloq),
            "pg/mL",
            f"{each.lloq:g}",
            "",
            SIMULATED,
            "2024-04-02",
            "",
        )
        for person, own in zip(PEOPLE, drawn, strict=True)
        for each, value in zip(ANALYTES, own, strict=True)
    ]
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    result_table_export.write(rows, folder / "raw/results.csv")
    sheets = {
        "panels": (("panel", "label", "platform", "criteria_set"),
                   [("bead", "Bead panel (simulated)", "laboratory", "reported_by_laboratory")]),
        "analytes": (("analyte", "panel", "group", "order", "unit"),
                     [(each.name, "bead", "cytokine", order, "pg/mL") for order, each in enumerate(ANALYTES, 1)]),
        "plates": (("plate", "batch", "panel", "file", "format"),
                   [("COHORT", "cohort", "bead", "raw/results.csv", "result_table")]),
        "samples": (("sample_id", "participant", "course", "visit", "collection_date", "specimen"),
                    [(f"{person}-V1", person, "study", "V1", "2024-03-04", "plasma") for person in PEOPLE]),
        "participants": (("participant", "group", "sex", "age"), list(_people())),
        "visits": (("visit", "label", "order", "day", "window_before", "window_after", "baseline"),
                   [("V1", "Visit", 1, 1, 0, 0, "yes")]),
        "courses": (("participant", "course", "order", "day1_date"), [(person, "study", 1, "2024-03-04") for person in PEOPLE]),
        "scores": (("participant", "course", "visit", "date", *SCORES),
                   [(person, "study", "V1", "2024-03-04", *own) for person, own in zip(PEOPLE, scores.tolist(), strict=False)]),
    }  # fmt: skip
    for name, (header, lines) in sheets.items():
        write_tsv(pd.DataFrame(lines, columns=list(header)), folder / f"config/{name}.tsv")
    (folder / "config/config.yaml").write_text(CONFIG, encoding="utf-8")
    return folder


def draw() -> tuple[np.ndarray, np.ndarray]:
    """(concentrations of patients and controls by analyte, scores of the patients), with known truth."""
    rng = generator(SEED, "cohort")
    severity = rng.multivariate_normal(np.zeros(3), CORRELATION, PATIENTS)
    scores = np.clip(np.rint(MEAN + SD * severity), 0, MAXIMUM).astype(int)
    common = rng.standard_normal(len(PEOPLE))  # what goes through all analytes of a person
    columns = []
    for analyte in ANALYTES:
        own = 0.4 * common + np.sqrt(1 - 0.4**2) * rng.standard_normal(len(PEOPLE))
        own[:PATIENTS] = analyte.severity * severity[:, 0] + np.sqrt(1 - analyte.severity**2) * own[:PATIENTS]
        median = np.repeat([analyte.patients, analyte.controls], [PATIENTS, CONTROLS])
        columns.append(median * analyte.gsd**own)
    return np.column_stack(columns), scores


def _people():
    for person in PEOPLE:
        rng = generator(SEED, "person", person)
        group = "patients" if person.startswith("M") else "controls"
        yield (
            person,
            group,
            "female" if rng.random() < 0.6 else "male",
            int(np.clip(52 + 15 * rng.standard_normal(), 18, 88)),
        )


def _written(value, lloq):
    return "0" if value < lloq else f"{float(f'{value:.2g}'):g}"


CONFIG = """\
study:
  title: "Simulated cross-section: patients with myasthenia gravis and controls"
  simulated: true
  note: "All data are simulated."
compare:
  group: {reference: controls}
covariates: [age, sex]
association_question: baseline
figures:
  scores: [MGC, MG-ADL, QMG]
  score_quantity: value
"""
