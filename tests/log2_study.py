"""An invented study in log2 units (NPX), from the rows of a delivery to observations."""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.clinical.join import observations
from immunoassay.readers.deliveries import delivered
from immunoassay.results import collection

PEOPLE = ("A", "B", "C", "D")
VISITS = [
    {"visit": "D1", "label": "D1", "order": 1, "day": 1, "window_before": 9, "window_after": 9, "baseline": True},
    {"visit": "M1", "label": "M1", "order": 2, "day": 29, "window_before": 9, "window_after": 9, "baseline": False},
]
# at D1 and M1: (value, limit of detection); D at D1 lies below its limit
NPX = {"A": [(1.0, -1.0), (2.5, -1.0)], "B": [(-0.5, -1.0), (0.5, -1.0)], "C": [(3.0, -1.0), (3.5, -1.0)],
       "D": [(-2.0, -1.0), (0.0, -1.0)]}  # fmt: skip


def delivery(values=NPX, unit="NPX", analyte="X", visits=VISITS):
    """Delivered rows of {participant: [(value, lod) at each visit]}; samples are called A-D1 and so on."""
    records = [
        {"sample_id": f"{person}-{visit['visit']}", "value": value, "lod": lod}
        for person, pairs in values.items()
        for visit, (value, lod) in zip(visits, pairs, strict=True)
    ]
    frame = pd.DataFrame(records)
    texts = {"batch": "B", "plate": "D", "panel": "lab", "analyte": analyte, "analyte_written": analyte, "unit": unit,
             "disposition": "usable", "file": "f.csv", "flag": "none", "role": "sample"}  # fmt: skip
    frame = frame.assign(**texts, value_text=frame["value"].astype(str), file_row=range(2, len(frame) + 2))
    frame["record"] = analyte + " row " + frame["file_row"].astype(str)
    return tables.conform(frame.reindex(columns=tables.TABLES["delivered"].columns), "delivered")


def attempts(frame, **given):
    found = delivered.attempts(frame, [{"plate": "D", "run_date": "2024-03-01", "kit_lot": "L1"}], **given)
    return tables.conform(found, "attempts")


def results(frame, rule="plate", amendments=(), visits=VISITS, **bridges):
    units = dict(zip(frame["analyte"], frame["unit"], strict=True))
    analytes = [{"analyte": name, "panel": "lab", "unit": unit, "unit_factor": 1.0, "lloq_validated": None,
                 "uloq_validated": None} for name, unit in units.items()]  # fmt: skip
    people = list(dict.fromkeys(frame["sample_id"].str.partition("-")[0]))
    samples = [{"sample_id": f"{person}-{visit['visit']}"} for person in people for visit in visits]
    bridges = {"pools": [], "normalise": [], **bridges}
    found, problems = collection.collect([attempts(frame)], samples, analytes, rule, list(amendments), bridges)
    assert problems == []
    return tables.conform(found, "results")


def observed(frame, below_lod="censored", scores=(), visits=VISITS):
    days = dict(zip([row["visit"] for row in visits], ("2024-01-01", "2024-01-29", "2024-03-25"), strict=False))
    people = list(dict.fromkeys(frame["sample_id"].str.partition("-")[0]))
    study = {
        "samples": [
            {"sample_id": f"{person}-{visit}", "participant": person, "course": "first", "visit": visit, "_row": 2,
             "collection_date": day, "specimen": "serum"}
            for person in people
            for visit, day in days.items()
        ],
        "participants": [{"participant": person, "status": "enrolled", "group": ""} for person in people],
        "courses": [
            {"participant": person, "course": "first", "order": 1, "day1_date": "2024-01-01", "biomarker_baseline": "own",
             "score_baseline": "own"}
            for person in people
        ],
        "visits": visits,
        "scores": [{"_row": 2, **row} for row in scores],
        "analytes": [{"analyte": name, "group": "cytokine"} for name in sorted(set(frame["analyte"]))],
        "scales": ["MGC"],
        "members": people,
        "files": {"samples": "config/samples.tsv", "scores": "config/scores.tsv"},
        "populations": {},
        "below_lod_log2": below_lod,
        "detected_below_lloq": "censored",
    }  # fmt: skip
    found, _ = observations(results(frame, visits=visits), study)
    return tables.conform(found, "observations")


MANY = [*VISITS, {**VISITS[1], "visit": "M3", "label": "M3", "order": 3, "day": 85}]
LABELS = ("N1", "N2", "N3", "N4", "N5", "N6")


def both(below_lod: str = "censored") -> dict[str, pd.DataFrame]:
    """Observations of 16 participants, 3 visits, 6 analytes and a score: in NPX, and the same results as amounts in AU."""
    rng = np.random.default_rng(5)
    people = [f"P{number:02d}" for number in range(16)]
    level = rng.normal(0, 1, (len(people), 1))
    parts: dict[str, list] = {"NPX": [], "AU": []}
    for number, name in enumerate(LABELS):
        lod = -9.0 if number < 3 else (-1.5, -0.3, 1.0)[number - 3]  # never, seldom, often, mostly below
        values = np.round(level + rng.normal(0, 0.6, (len(people), 3)) + 0.3 * np.arange(3), 2)
        for unit, scale in (("NPX", float), ("AU", np.exp2)):
            pairs = {
                p: [(float(scale(x)), float(scale(lod))) for x in own] for p, own in zip(people, values, strict=True)
            }
            parts[unit].append(delivery(pairs, unit, name, MANY))
    scores = [
        {
            "participant": person,
            "course": "first",
            "visit": row["visit"],
            "date": day,
            "MGC": float(10 - order + round(z)),
        }
        for person, z in zip(people, level[:, 0] * 3, strict=True)
        for order, (row, day) in enumerate(zip(MANY, ("2024-01-01", "2024-01-29", "2024-03-25"), strict=True))
    ]
    return {unit: observed(pd.concat(frames), below_lod, scores, MANY) for unit, frames in parts.items()}
