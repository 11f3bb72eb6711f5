"""The table behind a figure: layers of rows brought to the columns its contract declares."""

import pandas as pd
from immunoassay import tables
from immunoassay.tables.notation import Table


def tidy(table: Table, *layers: pd.DataFrame | list[dict]) -> pd.DataFrame:
    """The layers one below the other with the columns of `table`; other columns go, an empty text is missing.

    Raises ContractError for a column that no layer has, or a repeated key.
    """
    rows = pd.concat([pd.DataFrame(layer) for layer in layers], ignore_index=True)
    rows = rows[[name for name in table.columns if name in rows]].replace("", None)
    return tables.checked(rows, table)
