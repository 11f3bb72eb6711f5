"""What every reader gives: the plates of one export, their wells as written, and what was noticed on the way.

A reader never turns a flag into a number: `vendor_concentration` is filled only where the export holds a plain
number; every other text stays verbatim in `vendor_flag_text` beside a controlled code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.problems import Problem
from immunoassay.tables.notation import table

Record = dict[str, Any]  # one well x analyte, by columns of WELLS

FLAGS = (
    "none",  # a plain number, or no concentration column at all
    "below_range",  # OOR <, < Min, <0.105: below what the vendor calls its range or curve
    "above_range",
    "extrapolated_low",  # a number outside the standards, marked by the vendor, below them
    "extrapolated_high",
    "extrapolated",  # marked as extrapolated without a side
    "not_computed",  # NaN, ***, N/A, ?????, empty where a concentration is expected
    "masked",  # excluded by the user in the vendor's software
    "outlier",  # --- in Bio-Plex
    "overflow",  # signal beyond the detector
    "not_read",  # no signal in the export
)

WELLS = table(
    "exported_wells",
    "one analyte in one well, as the export has it",
    "",
    """
well | str | | A01
analyte | str | | as the export spells it, without decoration such as the bead region
region | str | | bead region, spot or wavelength
sample | str | | sample name verbatim, outer spaces removed
role | str | | sample, standard, control, blank, empty, or missing when the export does not say
level | str | | S1, QC1 ... when the export says
dilution | float64 | factor | dilution factor
signal | float64 | signal | raw signal (median MFI, ECL, OD)
net_signal | float64 | signal | background-subtracted signal, when the export holds it
bead_count | float64 | beads | beads counted
expected | float64 | <unit> | expected concentration in the well, when the export says
unit | str | | unit of the concentrations, when the export says
vendor_concentration | float64 | <unit> | the vendor's concentration, where it is a plain number
vendor_flag | str | | a code of FLAGS
vendor_flag_text | str | | the vendor's cell, verbatim
vendor_limit | float64 | <unit> | the number beside < or >
vendor_comment | str | | the vendor's comment, verbatim
row | Int64 | number | row of the file (or sheet) that holds the signal, from 1
""",
)


@dataclass
class Plate:
    """One plate of an export."""

    name: str  # plate name as written, "" when the export has none
    wells: pd.DataFrame  # WELLS, one row per well x analyte
    signal_kind: str  # median, fluorescence, luminescence, absorbance, ecl
    read_time: str = ""  # as written
    metadata: dict[str, str] = field(default_factory=dict)  # header lines as written
    curves: pd.DataFrame | None = None  # the vendor's printed parameters, one row per analyte, as printed


@dataclass
class UnreadPlate:
    """A plate of an export that cannot be read, beside others that can."""

    name: str
    problem: Problem  # why; QUARANTINE of this plate alone
    before: int  # how many plates come before it in the file, read or not


@dataclass
class Export:
    """One raw file, read."""

    family: str
    plates: list[Plate]
    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    ignored: list[str] = field(default_factory=list)  # unknown blocks or columns: kept by name, not fatal
    problems: list[Problem] = field(default_factory=list)  # of the whole file, without batch and plate
    unread: list[UnreadPlate] = field(default_factory=list)  # UnreadPlate, in the order of the file

    def in_file(self) -> list[Plate | UnreadPlate]:
        """Every Plate and UnreadPlate, in the order of the file: the numbers by which plate_in_file may name them."""
        found: list[Plate | UnreadPlate] = list(self.plates)
        for plate in self.unread:
            found.insert(plate.before, plate)
        return found


RESULTS = table(
    "exported_results",
    "one value of a laboratory's table of results, as the table has it",
    "",
    """
sample | str | | sample name verbatim, outer spaces removed
role | str | | sample, standard, control or blank; missing: a sample
run | str | | plate or run, where one table holds several, as written
replicate | str | | what tells repeats of one sample and analyte in one run apart, as written
analyte | str | | as the table spells it
value | float64 | <unit> | only where the cell is a number and nothing beside it says otherwise
value_text | str | | the cell, verbatim
flag | str | | a code of FLAGS
limit | float64 | <unit> | the number beside < or >
lod | float64 | <unit> | limit of detection
lloq | float64 | <unit> | lower limit of quantification
uloq | float64 | <unit> | upper limit of quantification
unit | str | | unit as written
date | str | | date as written
comment | str | | the comment, with the words of columns of states
column | str | | heading of the value, in a wide table
aside | str | | disposition of a row that does not count: rejected_by_laboratory, result_pending, row_quarantined
aside_reason | str | | the reason in words
row | Int64 | number | row of the file (or sheet), from 1
""",
)


@dataclass
class ResultTable:
    """A laboratory's long table of results, read: one row per sample x analyte, no wells."""

    family: str
    frame: pd.DataFrame  # RESULTS
    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    ignored: list[str] = field(default_factory=list)  # columns not understood, by name
    problems: list[Problem] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)  # what the file says of the whole, as written
    values: list[str] = field(default_factory=list)  # headings of the columns of values


class NotReadable(Exception):  # noqa: N818 - it is raised for a file, not for a fault of ours
    """The export cannot be read; carries the Problem that names the place, and `others` where there are several."""

    def __init__(self, problem: Problem, *others: Problem) -> None:
        self.problem, self.others = problem, others
        super().__init__(problem.message)


def wells_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a well frame: all columns of WELLS, typed; flags default to "none"."""
    columns = {name: [row.get(name) for row in rows] for name in WELLS.columns}
    columns["vendor_flag"] = ["none" if flag is None else flag for flag in columns["vendor_flag"]]
    return pd.DataFrame({name: _typed(values, WELLS.types[name]) for name, values in columns.items()})


def crossed(
    wells: Mapping[str, Sequence[Any]], analytes: Mapping[str, Sequence[Any]], cells: Mapping[str, Sequence[Any]]
) -> pd.DataFrame:
    """A well frame of columns by well (w), by analyte (a) and by cell (w a): well after well, the analytes in their order."""
    count, width = (len(next(iter(part.values()))) for part in (wells, analytes))
    own = np.repeat(np.arange(count), width), np.tile(np.arange(width), count), slice(None)
    columns = {
        name: _typed(values, WELLS.types[name])[at]
        for part, at in zip((wells, analytes, cells), own, strict=True)
        for name, values in part.items()
    }
    nothing = {kind: _typed([None] * (count * width), kind) for kind in set(WELLS.types.values())}
    return pd.DataFrame({name: columns.get(name, nothing[kind]) for name, kind in WELLS.types.items()})


def _typed(values, kind):
    return np.array(values, dtype=float) if kind == "float64" else pd.array(values, dtype=kind)
