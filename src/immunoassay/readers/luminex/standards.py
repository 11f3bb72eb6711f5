"""The expected concentrations an export states for its standards: one that has lost its decimal point stands out.

Spreadsheets of some countries read 215.625 as two hundred thousand and save 215625. A dilution series is even on the
logarithmic scale, so such a value leaves the line through the others; the median of pairwise slopes (Theil 1950, Sen
1968) is not pulled by it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from statistics import median

import numpy as np
from immunoassay.readers.sources import Source

_UNEVEN = 0.15  # log10: steps of a regular series differ from their median by less than this
_OUTLYING = 0.5  # log10: farther from the line than half a power of ten
_NEAR_POWER = 0.25  # log10: a lost decimal point moves a value by a whole power of ten
_FARTHEST = 12  # powers of ten: more digits than a table has


def check(source: Source, series: Mapping[str, Sequence[tuple[str, int, float, int | str]]], sheet: str = "") -> None:
    """A FLAG for every stated concentration that breaks its series; nothing is repaired.

    `series` maps analyte -> list of (level, level number, value, row of the file). The fix offers an amendment row
    where moving the decimal point restores the series.
    """
    for analyte, levels in series.items():
        by_number = {level[1]: level for level in reversed(levels) if level[2] > 0}
        levels = [by_number[number] for number in sorted(by_number)]
        if len(levels) < 4:
            continue
        for position, repaired in breaks([each[1] for each in levels], [each[2] for each in levels]):
            level, _, value, row = levels[position]
            _flag(source, sheet, analyte, level, value, repaired, row)


def breaks(numbers: Sequence[int], values: Sequence[float]) -> list[tuple[int, float | None]]:
    """(position, repaired value or None) of the values that leave the line of the logarithms, or its direction.

    `numbers` are those of four or more levels, rising; `values` their concentrations.
    """
    return _breaks(tuple(numbers), tuple(values))


@lru_cache(maxsize=1024)  # plates of one lot state the same
def _breaks(numbers, values):
    x, y = np.array(numbers, dtype=float), np.log10(values)
    first, second = np.triu_indices(len(x), k=1)
    slope = median(((y[second] - y[first]) / (x[second] - x[first])).tolist())
    deviation = y - slope * x
    deviation -= median(deviation.tolist())
    steps = np.diff(y) / np.diff(x)
    regular = median(np.abs(steps - slope).tolist()) < _UNEVEN
    falls = np.flatnonzero(steps * np.sign(slope) <= 0)
    broken = set(np.flatnonzero(np.abs(deviation) > _OUTLYING).tolist()) if regular else set()
    for fall in falls.tolist():
        if not broken & {fall, fall + 1}:
            broken.add(max((fall, fall + 1), key=lambda position: abs(deviation[position])))
    repaired = {position: _moved(values[position], deviation[position]) for position in sorted(broken)}
    trial = np.log10([repaired.get(position) or value for position, value in enumerate(values)])
    kept = np.all(np.diff(trial) * np.sign(slope) > 0)
    return [(position, value if kept else None) for position, value in repaired.items()]


def _moved(value, deviation):
    power = round(deviation)
    if power == 0 or abs(power) > _FARTHEST or abs(deviation - power) > _NEAR_POWER:
        return None
    return float(Decimal(repr(float(value))).scaleb(-power))


def _flag(source, sheet, analyte, level, value, repaired, row):
    if repaired is None:
        fix = f"compare {analyte} {level} with the certificate of the lot and name it in the materials sheet"
    else:
        fix = (
            f"if the certificate agrees, add to amendments.tsv: what expected_concentration, analyte {analyte}, "
            f"level {level}, from {value:.17g}, to {repaired:.17g}"
        )
    source.flag(
        "W-STD-003", f"expected concentration {value:.17g} of {analyte} at {level}",
        "it does not fit the dilution series of the other levels (a lost decimal point?), and would bend the curve", fix,
        sheet=sheet, row=row, column=analyte,
    )  # fmt: skip
