"""What the names and units of an export mean in the study: its analytes, their units and the factors between them.

A name that the sheets do not hold is a problem; nothing is guessed.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd
from immunoassay.problems import Problem
from immunoassay.readers import references
from immunoassay.readers.distinct import distinct
from immunoassay.study.similar_names import suggestion
from immunoassay.study.vocabulary import Units


def name_analytes(
    frame: pd.DataFrame,
    plate: dict,
    analytes: list,
    platform: str,
    units: Units,
    unwanted: Collection[str] = (),
) -> tuple[pd.DataFrame, list[Problem]]:
    """(wells with the analytes and units of the study, problems).

    frame: wells (export.WELLS). plate: its row of the plates sheet. analytes: rows of the analytes sheet of its panel,
    whose platform is `platform`. units: vocabulary.Units. Wells of names that the panel does not hold are left out, those
    of `unwanted` names (in small letters) without a word.
    """
    rows = {row["analyte"]: row for row in analytes}
    known = [name for row in analytes for name in row["names_in_export"]]
    frame, computed = references.subtract(frame, known)
    at, written = frame["analyte"].factorize()
    names = _meanings([name for name in written if name.casefold() not in unwanted], analytes)
    problems = [_difference(name, *pair) for name, pair in computed.items()]
    problems += _two_names(names)
    problems += _not_in_panel(names, plate["panel"], known, platform)
    problems += _without_wells(rows, names, plate)
    meant = [rows.get(names.get(name)) for name in written]
    kept = np.array([row is not None for row in meant], bool)[at]
    frame = frame[kept].rename(columns={"analyte": "analyte_written", "unit": "unit_written"})
    for column in ("analyte", "standard_unit", "unit"):
        frame[column] = pd.array([row and row[column] for row in meant], dtype="str").take(at[kept])
    factors = [row and units.factor(row["standard_unit"], row["unit"]) for row in meant]
    frame["unit_factor"] = np.array(factors, float)[at[kept]]
    at, stated = distinct(frame, "analyte", "unit_written")
    for column in ("standard_unit", "unit"):
        stated[column] = stated["analyte"].map({name: row[column] for name, row in rows.items()})
    pairs = zip(stated["unit_written"], stated["standard_unit"], strict=True)
    frame["vendor_factor"] = np.array([units.factor(*pair) or 1.0 for pair in pairs], float)[at]
    return frame, problems + _other_units(stated.dropna(), units)


def _meanings(written, analytes):
    """{name in the export: analyte, None for one of another panel}."""
    by_name = {name.casefold(): row["analyte"] for row in analytes for name in row["names_in_export"]}
    names = {name: by_name.get(name.casefold()) for name in written}
    if len(analytes) == 1 and len(written) == 1 and names[written[0]] is None:
        return {written[0]: analytes[0]["analyte"]}  # one signal, one analyte: a reader's label such as "450"
    return names


def _difference(name, first, second):
    return _problem(
        "W-READ-011", "FLAG", f"{name} is the signal at {first} less that at {second}", "the export holds no such values",
        "nothing: the sheets ask for it", name,
    )  # fmt: skip


def _two_names(names):
    """A STOP for each analyte that two columns of the export name."""
    problems, given = [], {}
    for name, analyte in names.items():
        first = given.setdefault(analyte, name)
        if analyte is not None and first != name:
            problems.append(_problem(
                "E-ID-087", "STOP", f'"{first}" and "{name}" of the export are both {analyte}',
                "it is not clear which values count", "take one of the names out of names_in_export", name,
            ))  # fmt: skip
    return problems


def _not_in_panel(names, panel, known, platform):
    """A STOP for each name that the panel does not hold, as an analyte of a multiplex kit would be lost.

    Further wavelengths of a plate reader are references: FLAG.
    """
    unknown = [name for name, analyte in names.items() if analyte is None]
    reference = platform == "elisa" and len(unknown) < len(names)
    code, level = ("W-READ-005", "FLAG") if reference else ("E-ID-086", "STOP")
    pair = "-".join(unknown if len(unknown) == len(names) == 2 and platform == "elisa" else ("450", "620"))
    subtracts = f"; {pair} there subtracts a reference" if platform == "elisa" else ""
    why, fix = "its values would be lost", "add it to names_in_export of an analyte in the analytes sheet"
    fix += f"{subtracts}, or as an analyte (use: no where nobody wants it)"
    return [
        _problem(code, level, f'analyte "{name}" is not in panel {panel}{suggestion(name, known)}', why, fix, name)
        for name in unknown
    ]


def _without_wells(rows, names, plate):
    """A QUARANTINE for each analyte of the panel that the export does not hold, unless the plate has a part of them."""
    if plate.get("analytes") == "subset":
        return []
    why = "its results are missing here"
    fix = "export again, correct names_in_export, or write subset into analytes of the plates sheet"
    return [
        _problem(
            "E-CMP-005",
            "QUARANTINE",
            f"analyte {analyte} of panel {plate['panel']} has no well in the export",
            why,
            fix,
            analyte,
            analyte=analyte,
        )
        for analyte in rows
        if analyte not in names.values()
    ]


def _other_units(stated, units):
    """A STOP for each analyte whose unit in the export is not that of the sheets."""
    problems = []
    for row in stated.itertuples(index=False):
        if units.same(row.unit_written, row.standard_unit) or units.same(row.unit_written, row.unit):
            continue
        factor = units.factor(row.unit_written, row.standard_unit)
        would = f" (1 {row.unit_written} would be {factor:g} {row.standard_unit})" if factor else ""
        problems.append(_problem(
            "E-UNIT-088", "STOP",
            f"the export states {row.unit_written} for {row.analyte}, the sheets {row.standard_unit}{would}",
            "every concentration could be wrong by that factor", "correct standard_unit, or check the export",
            row.analyte,
        ))  # fmt: skip
    return problems


def _problem(code, level, found, why, fix, column, analyte=""):
    return Problem(code, level, "", found, why, fix, column=column, analyte=analyte)
