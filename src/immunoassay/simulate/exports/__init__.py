"""Simulated plates in the layouts of the vendors' exports, one module per family. Every export says it is simulated.

The vendor's concentrations in them come from the plate's true curve, as a perfect fit in the vendor's software would
give; numbers are cut to ten digits, so that the files do not depend on the last bit of a processor's arithmetic.
"""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np

SIMULATED = "SIMULATED DEMONSTRATION DATA - NOT A MEASUREMENT"


def plain(value: float) -> str:
    """A number as instruments write it: at most ten digits, no exponent for common sizes, `NaN` when missing."""
    return "NaN" if np.isnan(value) else f"{value:.10g}"


def write_csv(rows: Iterable[Iterable], path: Path) -> None:
    """Write rows of cells as comma-separated text with CRLF line ends."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    path.write_bytes(buffer.getvalue().encode())


def column(well: str) -> str:
    """A1 for A01."""
    return f"{well[0]}{int(well[1:])}"
