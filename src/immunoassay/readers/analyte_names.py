"""What the names and units of an export mean in the study: its analytes, their units and the factors between them.

A name that the sheets do not hold is a problem; nothing is guessed.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from immunoassay.problems import Problem
from immunoassay.readers import references
from immunoassay.readers.read_plates import ReadPlate
from immunoassay.study.similar_names import suggestion
from immunoassay.study.vocabulary import Units
from immunoassay.tables.distinct import distinct


def name_analytes(plates: Sequence[ReadPlate], units: Units) -> tuple[pd.DataFrame, np.ndarray, list[list[Problem]]]:
    """(wells of all plates with the analytes and units of the study, for each the number of its plate, problems by plate).

    Wells of names that the panel does not hold are left out, those of unwanted names without a word.
    """
    parts, problems = [], []
    for each in plates:
        known = [name for row in each.analytes for name in row["names_in_export"]]
        part, computed = references.subtract(each.found.wells, known)
        parts.append(part)
        problems.append([_difference(name, *pair) for name, pair in computed.items()])
    frame, of = pd.concat(parts, ignore_index=True), np.repeat(np.arange(len(parts)), list(map(len, parts)))
    at, first = distinct(frame, "analyte", within=of)
    written, owner, meant = frame["analyte"].take(first).tolist(), of[first], []
    for number, each in enumerate(plates):
        rows = {row["analyte"]: row for row in each.analytes}
        own = [name for name, plate in zip(written, owner, strict=True) if plate == number]
        names, found = _names(each, rows, own)
        problems[number] += found
        meant += [rows.get(names.get(name)) for name in own]
    kept = np.array([row is not None for row in meant], bool)[at]
    if not kept.all():
        frame, of, at = frame[kept].reset_index(drop=True), of[kept], at[kept]
    frame = frame.rename(columns={"analyte": "analyte_written", "unit": "unit_written"})
    for column in ("analyte", "standard_unit", "unit"):
        frame[column] = pd.array([row and row[column] for row in meant], dtype="str").take(at)
    frame["unit_factor"] = _factors(units, [row and (row["standard_unit"], row["unit"]) for row in meant])[at]
    like, first = distinct(frame, "analyte", "unit_written", within=of)
    stated = [
        (number, meant[place], unit if isinstance(unit, str) else None)
        for number, place, unit in zip(of[first], at[first], frame["unit_written"].take(first), strict=True)
    ]
    factors = _factors(units, [(unit, row["standard_unit"]) for _, row, unit in stated])
    frame["vendor_factor"] = np.where(factors > 0, factors, 1.0)[like]
    for number, row, unit in stated:
        problems[number] += _other_unit(row, unit, units)
    return frame, of, problems


def _names(each, rows, written):
    """({name in the export: analyte}, problems) of the names that one plate holds."""
    names = _meanings([name for name in written if name.casefold() not in each.unwanted], each.analytes)
    known = [name for row in each.analytes for name in row["names_in_export"]]
    problems = _two_names(names) + _not_in_panel(names, each.plate["panel"], known, each.platform)
    return names, problems + _without_wells(rows, names, each.plate)


def _factors(units, pairs):
    """The factors between two units each; NaN where there is none."""
    known = {pair: units.factor(*pair) if pair else None for pair in set(pairs)}
    return np.array([known[pair] for pair in pairs], float)


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


def _other_unit(row, written, units):
    """A STOP for an analyte whose unit in the export is not that of the sheets."""
    analyte, standard = row["analyte"], row["standard_unit"]
    if None in (written, standard, row["unit"]) or units.same(written, standard) or units.same(written, row["unit"]):
        return []
    factor = units.factor(written, standard)
    would = f" (1 {written} would be {factor:g} {standard})" if factor else ""
    return [_problem(
        "E-UNIT-088", "STOP", f"the export states {written} for {analyte}, the sheets {standard}{would}",
        "every concentration could be wrong by that factor", "correct standard_unit, or check the export", analyte,
    )]  # fmt: skip


def _problem(code, level, found, why, fix, column, analyte=""):
    return Problem(code, level, "", found, why, fix, column=column, analyte=analyte)
