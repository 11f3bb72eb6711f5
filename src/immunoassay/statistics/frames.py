"""The `observations` table as the statistics need it: in order, in blocks, as arrays; and their own tables, checked.

Values in log2 units (NPX, NPQ) enter as amounts, 2**value, and leave as logarithms: `ordered` and `table` are the doors. In
between every method is that of concentrations. So their geometric mean is the mean of the values, a ratio the
difference, half a limit the limit less 1.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.statistics.known_codes import KINDS, OF_LOGARITHMS, joined, listed
from immunoassay.tables import BELOW, REPORTED, TABLES, ContractError, in_log2, linear, statistic_tables
from immunoassay.tables.statistic_tables import STATISTICS

NAMES = ("kind", "panel", "group", "unit")
IN_UNIT = [name for name, column in TABLES["observations"].columns.items() if column.unit == "<unit>"]
DECIMALS = 12  # there and back leaves a rounding


def ordered(observations: pd.DataFrame) -> pd.DataFrame:
    """The observations by variable, course, visit and participant: the order in which every statistic lists its rows.

    Those in log2 units are amounts, their changes ratios. What lies below a limit and is kept as it was delivered is
    quantified in `status` and `baseline_status`; `stated` is the status of the observation.
    """
    names = ["variable", "course_order", "course", "visit_order", "visit", "participant"]
    frame = observations.sort_values(names, kind="stable").reset_index(drop=True)
    # columns of one type are cut together: statistics take a table into hundreds of blocks
    frame = frame.astype(dict.fromkeys(frame.select_dtypes("str").columns, object))
    logarithms = in_log2(frame["unit"])
    frame["stated"] = frame["status"]
    for prefix in ("", "baseline_"):
        kept = frame[f"{prefix}status"].isin(BELOW) & (frame[f"{prefix}lower"] == frame[f"{prefix}upper"])
        frame[f"{prefix}status"] = frame[f"{prefix}status"].mask(kept, "quantified")
    if logarithms.any():
        for name in IN_UNIT:
            frame[name] = linear(frame[name], frame["unit"])
    return frame


def blocks(frame: pd.DataFrame) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """(labels, rows) for each variable, course and visit, in order; labels hold the columns that name the row."""
    found = frame.groupby(["variable", "course", "visit"], sort=False)
    names = found[list(NAMES)].first().astype(object)  # the first that is known
    for ((variable, course, visit), rows), named in zip(
        found, names.where(names.notna(), None).to_dict("records"), strict=True
    ):
        place = {"course": course, "visit": visit, "visit_order": rows["visit_order"].iloc[0]}
        yield {"variable": variable, **named, **place}, rows


def status_counts(status: np.ndarray) -> dict[str, Any]:
    """Counts of a block: expected, with a result, quantified, below, above, missing, not reportable; share below."""
    count = {name: int((status == name).sum()) for name in (*REPORTED, "missing", "not_reportable")}
    n, below = (sum(count[name] for name in names) for names in (REPORTED, BELOW))
    return {
        "n_expected": len(status),
        "n": n,
        "n_quantified": count["quantified"],
        "n_below": below,
        "n_below_lod": count["below_lod"],
        "n_above": count["above_uloq"],
        "n_missing": count["missing"],
        "n_not_reportable": count["not_reportable"],
        "share_below": below / n if n else np.nan,
    }


def limits(values: np.ndarray) -> tuple[float, float]:
    """(smallest, largest) of the known numbers, NaN without any."""
    known = values[~np.isnan(values)]
    return (float(known.min()), float(known.max())) if known.size else (np.nan, np.nan)


def cube(
    frame: pd.DataFrame,
    variables: Sequence[str],
    participants: Sequence[str],
    visits: Sequence[str],
    columns: Sequence[str],
) -> list[np.ndarray]:
    """Arrays (variables, participants, visits), one per column, NaN where there is no row.

    Rows of other variables, participants or visits are not read.
    """
    index = tuple(
        pd.Index(names).get_indexer(frame[column])
        for names, column in ((variables, "variable"), (participants, "participant"), (visits, "visit"))
    )
    named = np.all([part >= 0 for part in index], axis=0)
    index = tuple(part[named] for part in index)
    arrays = []
    for column in columns:
        array = np.full((len(variables), len(participants), len(visits)), np.nan)
        array[index] = frame[column].to_numpy(dtype=float, na_value=np.nan)[named]
        arrays.append(array)
    return arrays


def table(rows: list[dict], name: str) -> pd.DataFrame:
    """Rows as the table `name` without its texts: codes and numbers in their order and types, an empty code missing.

    Rows in log2 units are logarithms again, and so say their codes. Behind the columns of the table stand those whose name
    begins with an underscore: numbers that only the sentences of a row need. Every row has them.
    Raises ContractError for a code that is not known.
    """
    texts = set(statistic_tables.texts(name))
    types = {column: kind for column, kind in STATISTICS[name].types.items() if column not in texts}
    facts = sorted({key for row in rows for key in row if key[0] == "_"})
    frame = pd.DataFrame(rows, columns=[*types, *facts])
    for column, kind in types.items():
        values = frame[column].replace("", None) if kind == "str" else frame[column]
        frame[column] = values.astype(kind)
    frame = _logarithms(frame, name) if "unit" in types else frame
    for column in KINDS.keys() & types.keys():
        unknown = {code for cell in frame[column].dropna().unique() for code in listed(cell)} - set(KINDS[column])
        if unknown:
            raise ContractError(f"{name}: {column} holds {sorted(unknown)}, which statistics/known_codes.py has not")
    return frame


def _logarithms(frame, name):
    """The frame of the table `name` with the rows in log2 units as logarithms: numbers, codes, and what they are."""
    hit = in_log2(frame["unit"])
    if not hit.any():
        return frame
    units = {column.name: column.unit for column in STATISTICS[name].columns.values()}
    for column in frame.columns:
        values, unit = frame.loc[hit, column], units.get(column, "")
        if unit.startswith("ln"):
            frame.loc[hit, column] = values / np.log(2)
        elif "<unit>" in unit or "ratio" in unit or column.startswith("_lloq"):
            with np.errstate(divide="ignore"):
                frame.loc[hit, column] = np.log2(values.astype(float)).round(DECIMALS) + 0.0
        elif column in KINDS:
            cells = {
                cell: joined([OF_LOGARITHMS.get(code, code) for code in listed(cell)])
                for cell in values.dropna().unique()
            }
            frame.loc[hit, column] = values.replace(cells)
        elif column == "quantity":
            frame.loc[hit, column] = values.replace("ratio", "difference")
    return frame
