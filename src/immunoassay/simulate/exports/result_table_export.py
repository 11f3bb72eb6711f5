"""A reference laboratory's long table of results (csv)."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from immunoassay.simulate.exports import SIMULATED, write_csv
from immunoassay.simulate.panels import Analyte

_HEADER = ("Sample ID", "Analyte", "Result", "Unit", "LLOQ", "ULOQ", "Method", "Result date", "Comment")


def write(rows: Iterable[Sequence[str]], path: Path) -> None:
    """Write rows of (sample, analyte, result text, unit, LLOQ, ULOQ, method, date, comment)."""
    write_csv([_HEADER, *rows], path)


def report(
    rng: np.random.Generator,
    samples: Sequence[str],
    analyte: Analyte,
    content: Iterable[float],
    lloq: float,
    uloq: float,
    cv: float,
    reported: str,
) -> list[list[str]]:
    """The laboratory's rows: its value with analytical error, two decimals, `<LLOQ` below its limit."""
    rows = []
    for sample, value in zip(samples, content, strict=True):
        value = value * np.exp(cv * rng.standard_normal())
        result = f"<{lloq:.2f}" if value < lloq else f"{value:.2f}"
        method = f"Radioimmunoprecipitation ({SIMULATED})"
        rows.append([sample, analyte.written, result, analyte.unit, f"{lloq:.2f}", f"{uloq:g}", method, reported, ""])
    return rows
