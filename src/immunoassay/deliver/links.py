"""What leads from a number to what it comes from: result, attempt, wells, curve, plate, each a row of another sheet."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import repeat

import pandas as pd
from immunoassay.deliver.worksheet import TOP, Link, shown_rows

CURVE = ["plate", "analyte"]
ATTEMPT = [*CURVE, "sample_id"]


def links(results: pd.DataFrame, frames: dict) -> dict[str, list[Link]]:
    """{sheet: its links}. `results` in the order of their sheet; `frames`: attempts, raw_records, curves and plates in that of
    theirs."""
    attempts, records, curves = (shown_rows(frames[name]) for name in ("attempts", "raw_records", "curves"))
    chosen = _rows(attempts, ATTEMPT, attempts["selected"].fillna(False).astype(bool))
    wells, fitted = _rows(records, [*CURVE, "well"]), _rows(curves, CURVE)
    plates = _rows(frames["plates"], ["plate"])
    return {
        "Results": [
            *_each("n_attempts", _keys(results, ATTEMPT), "Attempts", chosen),
            *_wells(results, wells),
            *_blocks("plate", _keys(results, ["plate"]), "Plates", plates),
        ],
        "Attempts": [
            *_wells(attempts, wells),
            *_blocks("analyte", _keys(attempts, CURVE), "Curves and limits", fitted),
        ],
        "Wells": [*_blocks("analyte", _keys(records, CURVE), "Curves and limits", fitted)],
        "Curves and limits": [*_blocks("plate", _keys(curves, ["plate"]), "Plates", plates)],
    }


def _keys(frame, names):
    return list(zip(*(frame[name].tolist() for name in names), strict=True))


def _rows(frame, names, where=None):
    """{key: number of its first row in the sheet}, of the rows `where` something holds."""
    found = {}
    for place, (key, counts) in enumerate(
        zip(_keys(frame, names), repeat(True) if where is None else where, strict=False)
    ):
        if counts:
            found.setdefault(key, place + TOP + 1)
    return found


def _each(column, keys: Iterable[Hashable], sheet: str, rows: dict) -> Iterator[Link]:
    for place, key in enumerate(keys):
        if key in rows:
            yield Link(column, place, place, f"'{sheet}'!A{rows[key]}")


def _wells(frame: pd.DataFrame, rows: dict) -> Iterator[Link]:
    """Links of the column `wells` to all wells it names."""
    for place, (plate, analyte, wells) in enumerate(_keys(frame, [*CURVE, "wells"])):
        found = [rows[key] for well in str(wells).split(",") if (key := (plate, analyte, well)) in rows]
        if found:
            yield Link("wells", place, place, f"'Wells'!A{min(found)}:A{max(found)}")


def _blocks(column, keys: Sequence[Hashable], sheet: str, rows: dict) -> Iterator[Link]:
    """One link for neighbouring rows with the same target: a sheet holds a limited number of links."""
    start = 0
    for place in range(1, len(keys) + 1):
        if place == len(keys) or keys[place] != keys[start]:
            if keys[start] in rows:
                yield Link(column, start, place - 1, f"'{sheet}'!A{rows[keys[start]]}")
            start = place
