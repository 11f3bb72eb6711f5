"""Bio-Plex Manager workbook of one plate: one sheet per analyte, one row per well."""

from datetime import date
from pathlib import Path

import numpy as np
from immunoassay.files import workbooks
from immunoassay.simulate.assay import Plate
from immunoassay.simulate.exports import SIMULATED, column
from openpyxl import Workbook

_HEADER = (
    "Analyte", "Type", "Well", "Outlier", "Description", "FI", "FI - Bkgd", "Std Dev", "%CV", "Obs Conc", "Exp Conc",
    "(Obs/Exp) * 100", "Group", "Ratio", "Dilution", "Bead Count", "Sampling Errors",
)  # fmt: skip
_FOOTER = (
    "Sampling Errors: 1 - Low bead #, 2 - Agg beads, 3 - Classify %, 4 - Region selection, 5 - Platform temperature",
    "***Value not available / --- = Designated as an outlier",
    "*Value extrapolated beyond standard range",
    "OOR = Out of Range / OOR> = Out of Range Above  / OOR< = Out of Range Below",
    "Exp Conc = Expected Concentration  /  Obs Conc = Observed  Concentration",
)


def write(plate: Plate, path: Path) -> None:
    """Write the workbook; the same plate gives the same bytes."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    workbook.properties.title = SIMULATED
    types = _types(plate)
    for position, analyte in enumerate(plate.analytes):
        name = f"{analyte.written} ({analyte.region})"
        sheet = workbook.create_sheet(name)
        for row in [
            *_head(plate, name),
            [],
            _HEADER,
            *_wells(plate, position, name, types),
            [],
            *_foot(plate, position),
        ]:
            sheet.append(row)
    workbooks.save(workbook, path)


def _head(plate, name):
    day = date.fromisoformat(plate.run_date)
    yield [f"File Name: {plate.name}.rbx"]
    yield [f"Analyte: {name}"]
    yield [f"Acquisition Date: {day:%d-%b-%Y}, 02:10 PM"]
    yield ["Reader Serial Number: SIMULATED"]
    yield [f"Standard Lot: {plate.lot}"]
    yield [f"Plate ID: {plate.name}"]
    yield [f"Signed By: {plate.operator}"]
    yield [f"Document ID: {SIMULATED}"]
    yield ["RP1 PMT (Volts): 560.41"]
    yield ["RP1 Target: 17500"]


def _types(plate):
    """B, S1.., C1.., X1..: unknowns are numbered by sample in order of reading."""
    known = {}
    types = []
    for role, sample, level in zip(plate.wells["role"], plate.wells["sample"], plate.wells["level"], strict=True):
        if role == "sample":
            types.append(f"X{known.setdefault(sample, len(known) + 1)}")
        else:
            types.append({"blank": "B", "standard": level, "control": f"C{level[2:]}"}[role])
    return types


def _wells(plate, position, name, types):
    wells, expected = plate.wells, plate.expected[:, position]
    net = plate.net[:, position]
    inside = plate.net_curve.concentration(plate.net)[:, position]
    standards = expected[plate.rows("standard")]
    low, high = standards.min(), standards.max()
    for index, kind in enumerate(types):
        role, count = wells["role"][index], int(plate.counts[index, position])
        observed, ratio = None, None
        if role != "blank":
            observed = _observed(inside[index], wells["dilution"][index], low, high)
        if role in ("standard", "control"):
            ratio = _rounded(100 * inside[index] / expected[index]) if np.isfinite(inside[index]) else "***"
        description = wells["sample"][index] or wells["level"][index] or None
        yield [
            name, kind, column(wells["well"][index]), 0, description, plate.signal[index, position],
            _rounded(net[index]), None, None, observed, None if np.isnan(expected[index]) else expected[index], ratio,
            None, None, wells["dilution"][index], count, "1" if count < 50 else None,
        ]  # fmt: skip


def _observed(inside, dilution, low, high):
    if np.isneginf(inside):
        return "OOR <"
    if np.isposinf(inside):
        return "OOR >"
    value = _rounded(inside * dilution)
    return value if low <= inside <= high else f"*{value}"


def _rounded(value):
    return float(f"{value:.8g}") if abs(value) >= 1000 else round(float(value), 5)


def _foot(plate, position):
    for line in _FOOTER:
        yield [line]
    yield []
    curve = plate.net_curve
    lower, upper, midpoint, slope, power = (
        f"{values[position]:.6g}"
        for values in (curve.lower, curve.upper, curve.midpoint, -curve.slope, curve.asymmetry)
    )
    yield ["Regression Type: Logistic - 5PL"]
    yield [f"Std. Curve: FI = {lower} + ({upper} - {lower}) / ((1 + (Conc / {midpoint})^{slope}))^{power}"]
    yield ["FitProb. = 1.0000, ResVar. = 0.0000"]
