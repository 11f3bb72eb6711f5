"""A freezer or LIMS list: which of its columns is what – by what is in them first, by their headings second.

Roles: run (export file, plate or run), plate (where a second column names it), well, label (the name written on the plate), tube
(barcode), participant, visit, date (of collection), specimen, freeze_thaw, comment, group, sex, age.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
from immunoassay.drafts.list_tables import ListTable
from immunoassay.drafts.questions import Question

ROLES = (
    *("run", "plate", "well", "label", "tube", "participant", "visit", "date", "specimen", "freeze_thaw", "comment"),
    *("group", "sex", "age"),
)
NONE = "none"  # the answer that no column has a role

# Names written in the scanned exports, one row per plate, name and role: texts, but `n` (wells).
#   plate, batch          as in the plates sheet
#   file                  name of the export in the study (raw/...)
#   plate_in_file         as in the plates sheet, "" where the file has one plate
#   name                  as written, "" for wells without a name
#   role                  sample, standard, control, blank, "" where the export does not say
#   n                     number of wells
#   wells                 A01 A02 ..., parted by spaces (may be missing: no list of wells can then be matched)
#   plate_title           name of the plate in the export (may be missing)
WRITTEN = ("plate", "batch", "file", "plate_in_file", "name", "role", "n")


@dataclass(frozen=True)
class Recognised:
    """Which columns of a list are what: {role: heading}, the evidence {role: words}, {role: headings} that could be one, headings not
    used. `across` {heading: (visit as written, role)} where a list has its visits side by side."""

    columns: dict[str, str]
    evidence: dict[str, str]
    doubtful: dict[str, list[str]] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    across: dict[str, tuple[str, str]] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()  # samples.ROLE


def recognise(table: ListTable, written: pd.DataFrame, answers: Mapping[str, str]) -> Recognised:
    """The Recognised of a table; `answers` {"samples.ROLE": heading or `none`} go before what is found."""
    raise NotImplementedError


def best_table(
    tables: list[ListTable], written: pd.DataFrame, answers: Mapping[str, str]
) -> tuple[ListTable, tuple[Question, ...]]:
    """The table that is the list: the one answered under `samples.tab`, else the one with most names of the plates."""
    raise NotImplementedError


def by_role(table: ListTable, recognised: Recognised) -> pd.DataFrame:
    """The list with a column for each of ROLES ("" where there is none), one row per tube and run; visits side by side are
    laid one below the other. The index is the number of the row in the file."""
    raise NotImplementedError
