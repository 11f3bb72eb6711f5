"""Rows of the materials sheet: what exports state of a lot, and the series where they state dilutions only."""

import re
from collections.abc import Iterable, Mapping

import pandas as pd
from immunoassay.drafts.export_names import FRACTION
from immunoassay.drafts.found import Found
from immunoassay.drafts.kits import Kit
from immunoassay.study.members import Cells, Rows

ALL = "*"  # every analyte of the panel
CLOSE = 1e-6  # relative difference of two statements of one concentration


def stated(kit: Kit, analytes: Rows) -> tuple[list[tuple[Cells, str]], list[str]]:
    """(rows with their source, lots left out) of the lots whose standards and controls the exports state.

    Plates without a lot keep what their own export states: a row for them would go before it on every later plate. A lot
    whose plates state different concentrations is left out, as only its certificate can say which is right.
    """
    rows, contradictory = [], []
    for lot in dict.fromkeys(plate.kit_lot for plate in kit.plates if plate.wells is not None and plate.kit_lot):
        plates = [plate for plate in kit.plates if plate.kit_lot == lot]
        values = _values(plates, _names(analytes))
        if any(len({round(each, 9) for each in found}) > 1 for found in values.values()):
            contradictory.append(lot)
            continue
        units = {row["analyte"]: row["unit"] for row in analytes}
        single = {key: found.pop() for key, found in values.items()}
        rows += [(row, plates[0].file) for row in _rows(kit.panel, lot, single, units)]
    return rows, contradictory


def lacking(kit: Kit, standards: pd.DataFrame) -> bool:
    """Whether plates of a kit hold standards without any concentration; `standards` (plate, level, name, dilution)."""
    return bool(len(standards)) and not _known(kit).issuperset(standards["plate"])


def series(
    kit: Kit, standards: pd.DataFrame, top: float | None, step: float | None, unit: str
) -> list[tuple[Cells, str]]:
    """(row for all analytes, source) of each level of standards whose concentrations no export states.

    `standards`: one row per plate and level (plate, level, name, dilution). The most concentrated one is `top` (in the
    well, in `unit`); the others follow the stated dilutions, else the factor `step` from level to level. Where neither is
    known the concentration stays empty, to be filled.
    """
    own = standards[~standards["plate"].isin(_known(kit))].drop_duplicates("level")
    own = own.sort_values("level", key=lambda column: column.map(_number), kind="stable")
    dilutions = _dilutions(own)
    rows = []
    for position, level in enumerate(own["level"]):
        expected = None
        if dilutions:
            expected = (1.0 if top is None else top) * min(dilutions.values()) / dilutions[level]
        elif top is not None and step is not None:
            expected = top / step**position
        source = "computed from the stated dilutions" if dilutions else "computed from the step between levels"
        row = unknown_row(kit, unit) | {"level": level}
        row["expected"] = None if expected is None else float(f"{expected:.6g}")
        rows.append((row, source if expected is not None else "no concentration is stated: fill expected"))
    return rows


def unknown_row(kit: Kit, unit: str) -> Cells:
    """The row of a first standard of which nothing is known."""
    row = {"panel": kit.panel, "kit_lot": "", "material": "standard", "level": "S1", "analyte": ALL}
    return row | {"expected": None, "unit": unit}


def diluted(kit: Kit, standards: pd.DataFrame) -> bool:
    """Whether the exports state the dilutions of the standards that have no concentration."""
    own = standards[~standards["plate"].isin(_known(kit))].drop_duplicates("level")
    return bool(_dilutions(own))


def _known(kit):
    """Plates whose export states the concentration of a standard."""
    return {plate.plate for plate in kit.plates if (plate.standards["expected"] > 0).any()}


def _dilutions(own):
    """{level: dilution} by the names, else the dilution column; {} unless each level has its own."""
    for column in (
        {
            row.level: float(match[1])
            for row in own.itertuples(index=False)
            if (match := FRACTION.fullmatch(str(row.name)))
        },
        {row.level: row.dilution for row in own.itertuples() if row.dilution == row.dilution},
    ):
        if len(column) == len(own) and len(set(column.values())) == len(own) > 1:
            return column
    return {}


def _names(analytes) -> Mapping[str, str]:
    return {name.casefold(): row["analyte"] for row in analytes for name in row["names_in_export"]}


def _values(plates: Iterable[Found], names):
    """{(material, level, analyte): {concentrations}} that the exports of some plates state."""
    values: dict[tuple, set[float]] = {}
    for plate in plates:
        rows = plate.rows[plate.rows["role"].isin(["standard", "control"]) & (plate.rows["expected"] > 0)]
        for row in rows.drop_duplicates(["role", "level", "analyte"]).itertuples():
            analyte = names.get(str(row.analyte).casefold())
            if analyte and isinstance(row.level, str):
                values.setdefault((row.role, row.level, analyte), set()).add(float(row.expected))
    return values


def _rows(panel, lot, values, units):
    """Rows of one lot; a level of one value for all its analytes is one row."""
    levels: dict[tuple[str, str], dict[str, float]] = {}
    for (material, level, analyte), expected in values.items():
        levels.setdefault((material, level), {})[analyte] = expected
    every = {analyte for _, _, analyte in values}
    for (material, level), found in levels.items():
        alike = len(set(found.values())) == 1 and set(found) == every and len({units[each] for each in every}) == 1
        for analyte, expected in ({ALL: next(iter(found.values()))} if alike and len(every) > 1 else found).items():
            yield {
                "panel": panel, "kit_lot": lot, "material": material, "level": level, "analyte": analyte,
                "expected": expected, "unit": units[next(iter(found))],
            }  # fmt: skip


def _number(level):
    match = re.search(r"[0-9]+", str(level))
    return int(match[0]) if match else 0
