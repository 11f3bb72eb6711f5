"""Every table and column of the workflow, as a person reads of it."""

from pathlib import Path

import pandas as pd
from immunoassay import tables
from immunoassay.figures import contracts as figures
from immunoassay.tables.notation import Table
from immunoassay.tables.statistic_tables import STATISTICS

CONTRACTS = {"pair_summaries": "visit_summaries"}  # tables that are written as another one is


OF_STEPS: dict[str, Table] = {**tables.TABLES, **STATISTICS}  # by name: of batches, of the study, of the statistics


def contracts() -> dict[str, Table]:
    """Every table of the workflow by name: OF_STEPS and those of the figures, whose modules take a second to import."""
    return {**OF_STEPS, **figures.tables()}


def described() -> list[dict]:
    """One row per column of every table: table, one row is, column, key (yes or ""), type, unit, meaning."""
    return [
        {
            "table": table.name,
            "one row is": table.row,
            "column": column.name,
            "key": "yes" if column.name in table.key else "",
            "type": column.type,
            "unit": column.unit,
            "meaning": column.meaning,
        }
        for table in contracts().values()
        for column in table.columns.values()
    ]


def notes(name: str) -> dict[str, str]:
    """Meaning and unit of every column of one of OF_STEPS, as a note beside its header. Raises KeyError for an unknown table."""
    columns = OF_STEPS[name].columns.values()
    return {column.name: column.meaning + (f" [{column.unit}]" if column.unit else "") for column in columns}


def read_statistics(name: str, path: str | Path) -> pd.DataFrame:
    """A statistics table as written; text columns stay text (a visit may be called 1)."""
    kinds = STATISTICS[CONTRACTS.get(name, name)].types
    return tables.read_tsv(path, dtype={column: "str" for column, kind in kinds.items() if kind == "str"})
