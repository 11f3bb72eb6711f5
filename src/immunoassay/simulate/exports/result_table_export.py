"""A reference laboratory's long table of results (csv)."""

import csv
import io

import numpy as np
from immunoassay.simulate.exports import SIMULATED

_HEADER = ("Sample ID", "Analyte", "Result", "Unit", "LLOQ", "ULOQ", "Method", "Result date", "Comment")


def write(rows, path):
    """Write rows of (sample, analyte, result text, unit, LLOQ, ULOQ, method, date, comment)."""
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\r\n")
    table.writerow(_HEADER)
    table.writerows(rows)
    path.write_bytes(buffer.getvalue().encode())


def report(rng, samples, analyte, content, lloq, uloq, cv, reported):
    """The laboratory's rows: its value with analytical error, two decimals, `<LLOQ` below its limit."""
    rows = []
    for sample, value in zip(samples, content, strict=True):
        value = value * np.exp(cv * rng.standard_normal())
        result = f"<{lloq:.2f}" if value < lloq else f"{value:.2f}"
        method = f"Radioimmunoprecipitation ({SIMULATED})"
        rows.append([sample, analyte.written, result, analyte.unit, f"{lloq:.2f}", f"{uloq:g}", method, reported, ""])
    return rows
