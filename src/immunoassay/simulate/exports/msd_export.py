"""MSD results table (csv): one row per well and spot of one or several plates."""

from pathlib import Path

import numpy as np
from immunoassay.simulate.assay import Plate
from immunoassay.simulate.exports import SIMULATED, plain, write_csv

_HEADER = (
    "Plate Name", "Sample", "Assay", "Well", "Spot", "Dilution", "Concentration", "Signal", "Adjusted Signal", "Mean",
    "Adj. Sig. Mean", "CV", "% Recovery", "% Recovery Mean", "Calc. Concentration", "Calc. Conc. Mean",
    "Calc. Conc. CV", "Detection Range",
)  # fmt: skip


def write(plates: list[Plate], path: Path) -> None:
    """Write the table of the plates, which are called `Plate_NAME`."""
    title = [f"# {path.stem} - {SIMULATED}: Experiment Data Table", *[""] * (len(_HEADER) - 1)]
    rows = [row for plate in plates for position in range(len(plate.analytes)) for row in _rows(plate, position)]
    write_csv([title, _HEADER, *rows], path)


def _rows(plate, position):
    wells, signal, expected = plate.wells, plate.signal[:, position], plate.expected[:, position]
    inside = plate.curve.concentration(plate.signal)[:, position]
    standards = expected[plate.rows("standard")]
    names = [_sample(*row) for row in zip(wells["role"], wells["sample"], wells["level"], strict=True)]
    for index, name in enumerate(names):
        role, same = wells["role"][index], [other for other, known in enumerate(names) if known == name]
        factor = wells["dilution"][index] if role == "sample" else 1.0
        values = np.where(np.isfinite(inside[same]), inside[same] * factor, np.nan)
        value = inside[index] * factor if np.isfinite(inside[index]) else np.nan
        concentration = expected[index]
        recovery = mean_recovery = ""
        if role in ("standard", "control"):
            recovery = _blank(100 * value / concentration)
            mean_recovery = _blank(100 * values.mean() / concentration)
        yield [
            f"Plate_{plate.name}", name, plate.analytes[position].written, wells["well"][index],
            plate.analytes[position].region, plain(factor) if role in ("sample", "control") else "",
            "" if np.isnan(concentration) else plain(concentration), plain(signal[index]), plain(signal[index]),
            f"{signal[same].mean():.0f}", plain(signal[same].mean()), plain(_cv(signal[same])), recovery,
            mean_recovery, plain(value), plain(values.mean()), plain(_cv(values)),
            _range(inside[index], standards.min(), standards.max()),
        ]  # fmt: skip


def _sample(role, sample, level):
    return {
        "standard": f"CAL{level[1:]}",
        "blank": "Blank (Diluent)",
        "control": level,
        "sample": sample,
    }[role]


def _blank(value):
    return "" if np.isnan(value) else plain(value)


def _cv(values):
    return 100 * values.std(ddof=1) / values.mean() if len(values) > 1 else np.nan


def _range(inside, low, high):
    if not np.isfinite(inside):
        return "Below Fit Curve Range" if inside < 0 else "Above Fit Curve Range"
    return (
        "Below Detection Range" if inside < low else "Above Detection Range" if inside > high else "In Detection Range"
    )
