"""Simulated studies as frames, without files: truth and wells, for benchmarks and operating characteristics."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.simulate import assay, truth
from immunoassay.simulate.generators import generator
from immunoassay.simulate.panels import CYTOKINES, PANELS, Analyte, analytes_of, synthetic_cytokines

VISITS = ("D1", "M2", "M3", "M6", "M9", "M12")


class Arm(NamedTuple):
    """What one arm does: its name, {analyte: {visit: ratio to baseline}} (what is not named stays), and its scores' pattern."""

    name: str
    effects: Mapping[str, Mapping[str, float]]
    pattern: str = "response"


@dataclass
class Study:
    """One simulated study.

    truth_results: sample_id, analyte, concentration, unit. truth_effects: analyte, course, visit, ratio (true
    geometric mean ratio to the first visit; with arms also arm). truth_scores: participant, course, visit and one
    column per score. people: participant, arm ("" without arms). samples: as in the samples sheet, without dates.
    plates: assay.Plate, which `exports` can write. wells: the `wells` table of all plates (one batch), every well
    usable.
    """

    truth_results: pd.DataFrame
    truth_effects: pd.DataFrame
    truth_scores: pd.DataFrame
    people: pd.DataFrame
    samples: pd.DataFrame
    plates: list[assay.Plate]
    wells: pd.DataFrame


def study(
    seed: int,
    participants: int = 7,
    visits: Sequence[str] = VISITS,
    analytes: int | Sequence[Analyte] | None = None,
    plates: int = 2,
    arms: Sequence[Arm] = (),
) -> Study:
    """Simulate a study of `participants` people seen at `visits` (names of the patterns, the first is baseline).

    `analytes`: panels.Analyte of one or several kits, a number of cytokine-like ones, or None for the demonstration's
    twelve cytokines. `plates`: plates per kit; all samples of one person lie on one plate. Raises ValueError when they
    do not fit (37 samples per plate). `arms`: people are allocated to them in turn, and effects of the analytes are
    those of the arms; without arms everybody has those of the analytes.
    """
    members, names = _members(analytes), _names(participants)
    allocated = _allocated(names, members, arms)
    samples = pd.DataFrame(
        [(f"{name}-{visit}", name, "first", visit, "serum") for name in names for visit in visits],
        columns=["sample_id", "participant", "course", "visit", "specimen"],
    )
    people = {name: truth.person(seed, name) for name in names}
    values = np.concatenate(
        [truth.concentrations(seed, people[name], allocated[name], "first", visits) for name in names]
    )
    read = list(read_plates(seed, participants, visits, members, plates, arms))
    patterns = [arm.pattern for arm in arms] or ["response"]
    return Study(
        truth_results=_results(samples, members, values),
        truth_effects=_effects(members, visits, arms),
        truth_scores=_scores(seed, people, visits, patterns),
        people=pd.DataFrame({"participant": names, "arm": _in_turn([arm.name for arm in arms] or [""], len(names))}),
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
    arms: Sequence[Arm] = (),
) -> Iterator[assay.Plate]:
    """The plates of `study` with the same arguments, one at a time: for exports of thousands of plates."""
    measured, names = _members(analytes), _names(participants)
    for panel in PANELS:
        members = [analyte for analyte in measured if analyte.panel == panel.name]
        if members and panel.platform == "laboratory":
            raise ValueError(f"{members[0].name} is delivered by a laboratory and has no plates")
        allocated = _allocated(names, members, arms)
        for number, people in enumerate(np.array_split(names, plates) if members else (), 1):
            content: dict[str, np.ndarray] = {}
            for name in people:
                drawn = truth.concentrations(seed, truth.person(seed, name), allocated[name], "first", visits)
                content |= {f"{name}-{visit}": row for visit, row in zip(visits, drawn.to_numpy(), strict=True)}
            name, wells = f"{panel.name}-{number:04d}", assay.place(panel, list(content))
            plate = assay.measure(seed, name, panel, members, "SIM", wells, content)
            plate.run_date, plate.operator = "2024-06-11", "KM"
            yield plate


def of_arm(analytes: Sequence[Analyte], arm: Arm) -> list[Analyte]:
    """The analytes with the effects of one arm."""
    return [replace(analyte, effects=dict(arm.effects.get(analyte.name, {}))) for analyte in analytes]


def _allocated(names, members, arms):
    return dict(zip(names, _in_turn([of_arm(members, arm) for arm in arms] or [members], len(names)), strict=True))


def _in_turn(values, count):
    return [values[number % len(values)] for number in range(count)]


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


def _effects(members, visits, arms):
    if not arms:
        return truth.effects(members, {"first": visits})
    return pd.concat(
        [truth.effects(of_arm(members, arm), {"first": visits}).assign(arm=arm.name) for arm in arms], ignore_index=True
    )


def _scores(seed, people, visits, patterns):
    parts = []
    for (name, person), pattern in zip(people.items(), _in_turn(patterns, len(people)), strict=True):
        drawn = truth.scores(generator(seed, "scores", name, "first"), person, pattern, visits)
        drawn = drawn.rename_axis("visit").reset_index()
        drawn.insert(0, "course", "first")
        drawn.insert(0, "participant", name)
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
