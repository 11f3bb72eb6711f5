"""The `observations` table as the statistics need it: in order, in blocks, as arrays; and their own tables, checked."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.statistics.known_codes import KINDS, listed
from immunoassay.tables import BELOW, REPORTED, ContractError, statistic_tables
from immunoassay.tables.statistic_tables import STATISTICS

NAMES = ("kind", "panel", "group", "unit")


def ordered(observations: pd.DataFrame) -> pd.DataFrame:
    """The observations by variable, course, visit and participant: the order in which every statistic lists its rows."""
    names = ["variable", "course_order", "course", "visit_order", "visit", "participant"]
    return observations.sort_values(names, kind="stable").reset_index(drop=True)


def blocks(frame: pd.DataFrame) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """(labels, rows) for each variable, course and visit, in order; labels hold the columns that name the row."""
    for (variable, course, visit), rows in frame.groupby(["variable", "course", "visit"], sort=False):
        labels = {"variable": variable}
        labels.update({name: _first(rows[name]) for name in NAMES})
        labels.update(course=course, visit=visit, visit_order=rows["visit_order"].iloc[0])
        yield labels, rows


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

    Behind them stand the columns whose name begins with an underscore: numbers that only the sentences of a row need. Every
    row has them.
    Raises ContractError for a code that is not known.
    """
    texts = set(statistic_tables.texts(name))
    types = {column: kind for column, kind in STATISTICS[name].types.items() if column not in texts}
    facts = sorted({key for row in rows for key in row if key[0] == "_"})
    frame = pd.DataFrame(rows, columns=[*types, *facts])
    for column, kind in types.items():
        values = frame[column].replace("", None) if kind == "str" else frame[column]
        frame[column] = values.astype(kind)
    for column in KINDS.keys() & types.keys():
        unknown = {code for cell in frame[column].dropna().unique() for code in listed(cell)} - set(KINDS[column])
        if unknown:
            raise ContractError(f"{name}: {column} holds {sorted(unknown)}, which statistics/known_codes.py has not")
    return frame


def _first(values):
    known = values.dropna()
    return known.iloc[0] if len(known) else None
