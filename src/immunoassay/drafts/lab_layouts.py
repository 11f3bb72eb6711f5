"""Layouts as laboratories keep them beside their exports: a grid of names by well, read into a layout of the study."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from immunoassay.drafts.export_names import BLANK, COLUMNS, FRACTION, PLACE
from immunoassay.drafts.found import Found
from immunoassay.readers import matrices, open_export, sources
from immunoassay.readers.export import NotReadable
from immunoassay.study.layouts import CONTROL, STANDARD
from immunoassay.study.legal_names import plain_name
from immunoassay.study.members import Rows

NOT_EMPTY = re.compile(r"(?!empty$|-+$|n/?a$|nan$).+", re.I)
LEAST = 4  # dilutions in a row that make a series
MOST = 0.9  # of the wells of a plate, that a layout of it names


@dataclass(frozen=True)
class LabLayout:
    """The names by well that a file holds, as written; `file` is its path in the study."""

    file: str
    names: dict[str, str]

    @property
    def fractions(self) -> dict[str, float]:
        """{well: dilution} of the wells whose names are dilutions (`1/50`), where these make a series."""
        found = {well: float(match[1]) for well, name in self.names.items() if (match := FRACTION.fullmatch(name))}
        return found if len(set(found.values())) >= LEAST else {}


def read_layout(path: Path, name: str) -> LabLayout | None:
    """The LabLayout of a file, called `name`; None where it holds no grid of names, or more than one."""
    try:
        source = open_export.open_bytes(name, open_export.contents(path, name))
    except NotReadable:
        return None
    grids = [
        grid for _, rows in sources.grids(source) for grid in matrices.find(rows) if grid.lines and not grid.broken
    ]
    if len(grids) != 1:
        return None
    cells = {well: str(cell).strip() for well, (cell, _) in grids[0].cells.items()}
    named = {well: cell for well, cell in cells.items() if NOT_EMPTY.fullmatch(cell)}
    return LabLayout(name, named) if any(re.search("[A-Za-z]", cell) for cell in named.values()) else None


def fitting(layout: LabLayout, plates: Sequence[Found]) -> list[Found]:
    """The plates a layout could be of: those with a signal in each well that it names, and in few others."""
    read = [(plate, _read(plate)) for plate in plates if plate.wells is not None]
    return [plate for plate, wells in read if set(layout.names) <= wells and len(layout.names) >= MOST * len(wells)]


def likely(layout: LabLayout, plates: Sequence[Found]) -> str:
    """The one plate whose file is called like the layout, else the only plate there is, else "none"."""
    stem = re.sub(r"[\W_]*(plate)?[\W_]*(layout|map|template)[\W_]*", "", Path(layout.file).stem, flags=re.I).casefold()
    named = [plate.plate for plate in plates if Path(plate.file).stem.casefold() == stem]
    found = named or [plate.plate for plate in plates]
    return found[0] if len(found) == 1 else "none"


def rows(layout: LabLayout, plate: Found, own_names: bool) -> Rows:
    """Rows of the layout of a plate (well, role, sample_id, level, dilution): one of each well of the plate.

    Names of standards, blanks and controls are read as such, and a series of dilutions (`1/50`, `1/100` …) as standards.
    `own_names` keeps for samples the name that the export has, as the laboratory's list goes by it.
    """
    written = dict(zip(plate.first["well"], plate.first["sample"].fillna(""), strict=True))
    diluted = dict(zip(plate.first["well"], plate.first["dilution"], strict=True))
    levels = {dilution: f"S{number}" for number, dilution in enumerate(sorted(set(layout.fractions.values())), 1)}
    found = []
    for well in plate.first["well"]:
        name = layout.names.get(well, "")
        role, level = _role(name, levels[layout.fractions[well]] if well in layout.fractions else "")
        sample = (written[well] if own_names and written[well] else name) if role == "sample" else ""
        dilution = diluted[well] if role == "sample" and diluted[well] == diluted[well] else 1
        found.append({"well": well, "role": role, "sample_id": sample, "level": level, "dilution": dilution})
    return found


def names(layout: LabLayout, plate: Found, rows: Rows, own_names: bool) -> pd.DataFrame:
    """The names of a plate as its layout says them: export_names.COLUMNS, one row per name, role and level."""
    frame = pd.DataFrame(rows)
    frame = frame[frame["role"] != "empty"]
    written = dict(zip(plate.first["well"], plate.first["sample"].fillna(""), strict=True))
    known = written if own_names else layout.names
    frame["name"] = frame["sample_id"].where(frame["role"] == "sample", frame["well"].map(known))
    found = []
    for (name, role, level), each in frame.groupby(["name", "role", "level"], sort=False):
        place = {column: getattr(plate, column) for column in PLACE}
        dilution = layout.fractions.get(each["well"].iloc[0], float("nan"))
        found.append({
            **place, "name": name, "role": role, "level": level, "wells": " ".join(each["well"]), "n": len(each),
            "dilution": dilution, "stated": True,
        })  # fmt: skip
    return pd.DataFrame(found, columns=COLUMNS)


def _read(plate):
    return set(plate.first.loc[plate.first["signal"].notna(), "well"])


def _role(name, series_level):
    if not name:
        return "empty", ""
    if series_level:
        return "standard", series_level
    if match := STANDARD.fullmatch(name):
        return "standard", f"S{int(match[1])}"
    if match := CONTROL.fullmatch(name):
        return "control", plain_name(name)
    return ("blank", "") if BLANK.fullmatch(name) else ("sample", "")
