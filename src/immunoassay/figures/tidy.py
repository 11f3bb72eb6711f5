"""The table behind a figure: declared columns, fixed types, so that it reads back from TSV as it was."""

import pandas as pd


def columns(text):
    """Columns of a figure's table from lines "type: name name ...", in the order written."""
    lines = [line.split(":") for line in text.strip().splitlines()]
    return {name: kind.strip() for kind, names in lines for name in names.split()}


def tidy(rows, kinds):
    """Rows (frame or dicts) with exactly the columns of `kinds`, typed; what is not filled, or empty, is missing."""
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows, columns=list(kinds))
    frame = frame.reindex(columns=list(kinds)).astype(kinds).reset_index(drop=True)
    return frame.assign(**{name: frame[name].replace("", None) for name, kind in kinds.items() if kind == "str"})


def stack(*frames):
    """Tidy frames of the same columns, one below the other."""
    filled = [frame for frame in frames if len(frame)] or [frames[0]]
    return pd.concat(filled, ignore_index=True)
