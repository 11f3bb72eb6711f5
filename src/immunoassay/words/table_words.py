"""A table of the statistics as it is written: its codes and numbers, and beside them the texts made of them."""

from collections.abc import Callable, Mapping

import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.known_codes import listed
from immunoassay.tables.statistic_tables import STATISTICS, texts
from immunoassay.words.code_words import COLUMNS, called
from immunoassay.words.language import said


def with_words(frame: pd.DataFrame, name: str, words: Callable[[dict, dict], dict], settings: dict) -> pd.DataFrame:
    """The table `name` with all its columns, in order and typed, from the frame its statistic made (frames.table).

    `words` gives the texts of a row that are more than the name of a code: it is called with the row (missing is None, of a
    number NaN) and the complete settings, and returns {column: text}. An empty text is missing.
    """
    settings, columns = choices.complete(settings), texts(name)
    named = [column for column in columns if column in COLUMNS]
    written = []
    for row in rows_of(frame):
        found = {column: called(column, row, settings) for column in named} | words(row, settings)
        written.append({column: said(text) if text else None for column, text in found.items()})
    filled = pd.DataFrame(written, columns=list(columns), index=frame.index).astype("str")
    return frame.assign(**{column: filled[column] for column in columns})[list(STATISTICS[name].columns)]


def rows_of(frame: pd.DataFrame) -> list[dict]:
    """Rows as dicts; a missing text, whole number or truth is None, a missing number with decimals NaN."""
    plain = {
        column: values if values.dtype == "float64" else values.astype(object).where(values.notna(), None)
        for column, values in frame.items()
    }
    return pd.DataFrame(plain, index=frame.index).to_dict("records")


def reasons(templates: Mapping[str, str], row: dict, **numbers: object) -> str:
    """The texts of the row's reason codes, with the numbers of the row and those given."""
    return "; ".join(templates[code].format(**{**row, **numbers}) for code in listed(row["reason_code"]))
