"""Simulated studies as frames, without files: truth and wells, for benchmarks and operating characteristics."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.simulate import assay, truth
from immunoassay.simulate.generators import generator
from immunoassay.simulate.panels import CYTOKINES, PANELS, Analyte, analytes_of, synthetic_cytokines

VISITS = ("D1", "M2", "M3", "M6", "M9", "M12")


@dataclass
class Study:
    """One simulated study.

    truth_results: sample_id, analyte, concentration, unit. truth_effects: analyte, course, visit, ratio (true
    geometric mean ratio to the first visit). truth_scores: participant, course, visit and one column per score.
    samples: sample_id, participant, course, visit. plates: assay.Plate, which `exports` can write. wells: the `wells`
    table of all plates (one batch), every well usable.
    """

    truth_results: pd.DataFrame
    truth_effects: pd.DataFrame
    truth_scores: pd.DataFrame
    samples: pd.DataFrame
    plates: list[assay.Plate]
    wells: pd.DataFrame


def study(
    seed: int,
    participants: int = 7,
    visits: Sequence[str] = VISITS,
    analytes: int | Sequence[Analyte] | None = None,
    plates: int = 2,
) -> Study:
    """Simulate a study of `participants` people seen at `visits` (names of truth.RESPONSE, the first is baseline).

    `analytes`: panels.Analyte of one or several kits, a number of cytokine-like ones, or None for the demonstration's
    twelve cytokines. `plates`: plates per kit; all samples of one person lie on one plate. Raises ValueError when they
    do not fit (37 samples per plate).
    """
    members, names = _members(analytes), _names(participants)
    people = [truth.person(seed, name) for name in names]
    samples = pd.DataFrame(
        [(f"{name}-{visit}", name, "first", visit) for name in names for visit in visits],
        columns=["sample_id", "participant", "course", "visit"],
    )
    values = np.concatenate([truth.concentrations(seed, each, members, "first", visits) for each in people])
    read = list(read_plates(seed, participants, visits, members, plates))
    return Study(
        truth_results=_results(samples, members, values),
        truth_effects=truth.effects(members, {"first": visits}),
        truth_scores=_scores(seed, people, visits),
        samples=samples,
        plates=read,
        wells=pd.concat([wells_table(plate, "simulated") for plate in read], ignore_index=True),
    )


def read_plates(
    seed: int,
    participants: int,
    visits: Sequence[str] = VISITS,
    analytes: int | Sequence[Analyte] | None = None,
    plates: int = 2,
) -> Iterator[assay.Plate]:
    """The plates of `study` with the same arguments, one at a time: for exports of thousands of plates."""
    measured, names = _members(analytes), _names(participants)
    for panel in PANELS:
        members = [analyte for analyte in measured if analyte.panel == panel.name]
        if members and panel.platform == "laboratory":
            raise ValueError(f"{members[0].name} is delivered by a laboratory and has no plates")
        for number, people in enumerate(np.array_split(names, plates) if members else (), 1):
            content: dict[str, np.ndarray] = {}
            for name in people:
                drawn = truth.concentrations(seed, truth.person(seed, name), members, "first", visits)
                content |= {f"{name}-{visit}": row for visit, row in zip(visits, drawn.to_numpy(), strict=True)}
            name, wells = f"{panel.name}-{number:04d}", assay.place(panel, list(content))
            plate = assay.measure(seed, name, panel, members, "SIM", wells, content)
            plate.run_date, plate.operator = "2024-06-11", "KM"
            yield plate


def _members(analytes):
    if analytes is None:
        return analytes_of(CYTOKINES)
    return synthetic_cytokines(analytes) if isinstance(analytes, int) else list(analytes)


def _names(participants):
    width = max(2, len(str(participants)))
    return [f"P{number + 1:0{width}d}" for number in range(participants)]


def _results(samples, analytes, values):
    return pd.DataFrame(
        {
            "sample_id": np.repeat(samples["sample_id"].to_numpy(), len(analytes)),
            "analyte": np.tile([analyte.name for analyte in analytes], len(samples)),
            "concentration": values.ravel(),
            "unit": np.tile([analyte.unit for analyte in analytes], len(samples)),
        }
    )


def _scores(seed, people, visits):
    parts = []
    for person in people:
        drawn = truth.scores(generator(seed, "scores", person.name, "first"), person, "response", visits)
        drawn = drawn.rename_axis("visit").reset_index()
        drawn.insert(0, "course", "first")
        drawn.insert(0, "participant", person.name)
        parts.append(drawn)
    return pd.concat(parts, ignore_index=True)


def wells_table(plate: assay.Plate, batch: str) -> pd.DataFrame:
    """The `wells` table of one plate, as reading its export without any fault would give it."""
    wells, count = plate.wells, len(plate.analytes)
    net = plate.panel.signal_kind.startswith("net_")
    sample = wells["sample"].where(wells["role"] == "sample")

    def per_well(values):
        return np.repeat(np.asarray(values), count)

    def per_analyte(values):
        return np.tile(np.asarray(list(values)), len(wells))

    frame = pd.DataFrame(
        {
            "batch": batch,
            "plate": plate.name,
            "panel": plate.panel.name,
            "well": per_well(wells["well"]),
            "analyte": per_analyte(analyte.name for analyte in plate.analytes),
            "analyte_written": per_analyte(analyte.written for analyte in plate.analytes),
            "role": per_well(wells["role"]),
            "sample_written": per_well(sample),
            "sample_id": per_well(sample),
            "level": per_well(wells["level"].where(wells["level"] != "")),
            "dilution": per_well(wells["dilution"]),
            "signal": (plate.net if net else plate.signal).ravel(),
            "signal_kind": plate.panel.signal_kind,
            "bead_count": np.nan if plate.counts is None else plate.counts.ravel().astype(float),
            "expected": plate.expected.ravel(),
            "standard_unit": per_analyte(analyte.standard_unit or analyte.unit for analyte in plate.analytes),
            "unit": per_analyte(analyte.unit for analyte in plate.analytes),
            "unit_factor": per_analyte(analyte.unit_factor for analyte in plate.analytes),
            "vendor_flag": "none",
            "disposition": "usable",
        }
    )
    return tables.conform(frame.reindex(columns=list(tables.TABLES["wells"].columns)), "wells")
