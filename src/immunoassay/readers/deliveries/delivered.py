"""Results a laboratory delivered: what its numbers, words and limits bound, and what they leave open."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.problems import Problem
from immunoassay.readers.deliveries import replicates
from immunoassay.study.name_rows import IGNORED

ANALYTES = "the analytes sheet"
NO_ATTEMPT = ("analyte_unknown", IGNORED)  # dispositions of rows that are no result of a sample
SMALLEST = "smallest_positive"  # the rule of a limit nobody stated
HUNDRED, ROUNDING = 100, 0.01


def attempts(
    delivered: pd.DataFrame, plates: Sequence[Mapping[str, Any]], agreeing: Mapping[str, float] = MappingProxyType({})
) -> pd.DataFrame:
    """Attempts from delivered rows: the laboratory's own value, limits and flags become bounds and status.

    A number is quantified, or censored at the laboratory's own limit; `<x` is 0 to x; `>x` is x to infinity; anything
    else is not reportable with the cell's text as reason. Below the limit of detection, where one is stated, is a status
    of its own. The sheet's validated limits stand in for those the laboratory does not state. A result of zero or less,
    or only called below a limit, without any limit lies below the smallest positive one of its analyte in the delivery,
    which is then the limit of every result of it; one only called above a limit lies above the largest. In log2 units
    zero, negative values and such limits are like any others, and a value below has no lower bound.

    Standards, controls and blanks are no attempts; replicates are one (replicates.combined, with `agreeing`). `plates`:
    rows with plate, run_date and kit_lot.
    """
    sample = delivered["role"].fillna("sample") == "sample"
    rows = delivered[sample & ~delivered["disposition"].isin(NO_ATTEMPT)]
    rows = rows.sort_values(
        ["plate", "file_row"], kind="stable"
    )  # replicates and repeats count in the order of the file
    extremes = _extremes(rows)
    rows = replicates.combined(rows, agreeing)
    value, limit, lod = rows["value"], _stated(rows, "limit"), _stated(rows, "lod")
    said_below, said_above = rows["flag"] == "below_range", rows["flag"] == "above_range"
    stated = _stated(rows, "lloq").notna()
    lloq, uloq = (_stated(rows, name).fillna(rows[f"{name}_validated"]) for name in ("lloq", "uloq"))
    # of a limit in the cell and one beside it the wider bound is certain
    lloq, uloq = np.fmax(lloq, limit.where(said_below)), np.fmin(uloq, limit.where(said_above))
    unlimited = _unlimited(rows)
    floor, ceiling = (_of(extremes, name, rows) for name in ("smallest", "largest"))
    endless = said_above & uloq.isna()
    uloq = uloq.where(~endless, ceiling)
    of_analyte = unlimited.groupby([rows["plate"], rows["analyte"]]).transform("any")
    rule = np.select(
        [stated, lloq.notna() & rows["lloq_validated"].notna(), lloq.isna() & of_analyte],
        ["laboratory", "validated", SMALLEST],
        "laboratory",
    )
    lloq = lloq.where(lloq.notna() | ~of_analyte, floor)
    undetected = (value < lod) | (said_below & np.where(limit.notna(), limit <= lod, lod.notna() & lloq.isna()))
    below = (said_below | (value < lloq)) & lloq.notna()
    above = (said_above | (value > uloq)) & uloq.notna()
    quantified = value.notna() & (rows["flag"] == "none")
    usable = rows["disposition"] == "usable"
    cases = [~usable, undetected, below, above, quantified]
    status = np.select(
        cases, ["not_reportable", "below_lod", "below_lloq", "above_uloq", "quantified"], "not_reportable"
    )
    reason = np.select(
        [~usable, undetected, below & unlimited, below, above & endless, above, quantified],
        [
            rows["disposition"],
            "below_detection",
            "no_lloq_stated",
            "below_limit",
            "no_uloq_stated",
            "above_limit",
            None,
        ],
        "reported as " + rows["value_text"].fillna("empty"),
    )
    repeats = zip(rows["flags"], rows.groupby(["plate", "sample_id", "analyte"]).cumcount() > 0, strict=True)
    meta = {row["plate"]: row for row in plates}
    return pd.DataFrame(
        {
            **{name: rows[name] for name in ("batch", "plate", "panel", "sample_id", "analyte", "unit", "file")},
            "attempt": rows["plate"] + " row " + rows["file_row"].astype("str"),
            "dilution": 1.0,
            "wells": rows["record"],
            "n_wells": rows["n_wells"],
            "value": value.where(status == "quantified"),
            "lower": np.select(
                [status == "quantified", status == "above_uloq"], [value, uloq], tables.lowest(rows["unit"])
            ),
            "upper": np.select(
                [status == "quantified", status == "below_lod", status == "below_lloq"], [value, lod, lloq], np.inf
            ),
            "low": np.nan,
            "high": np.nan,
            "status": status,
            "reason": reason,
            "lod": lod,
            "lloq_plate": lloq,
            "uloq_plate": uloq,
            "lloq_rule": rule,
            "point": value,
            "cv_percent": rows["cv_percent"],
            "verdict": "PASS",
            "verdict_reason": "accepted by the laboratory",
            "flags": [";".join(filter(None, [flags, "repeat" * again])) or None for flags, again in repeats],
            "amendments": rows["amendments"],
            "run_date": rows["plate"].map({name: row["run_date"] for name, row in meta.items()}),
            "kit_lot": rows["plate"].map({name: row["kit_lot"] for name, row in meta.items()}),
            "run": rows["run"],
            "file_sha256": rows["file_sha256"],
        }
    )


def _stated(rows, name):
    """The limits of that name; one of zero or less is none, except in log2 units."""
    return rows[name].where((rows[name] > 0) | tables.in_log2(rows["unit"]))


def _unlimited(rows):
    """Rows of zero or less (of log2 units none is), or called below, without any lower limit."""
    usable = rows["disposition"] == "usable"
    less = usable & (rows["flag"] == "none") & (rows["value"] <= 0) & ~tables.in_log2(rows["unit"])
    said = usable & (rows["flag"] == "below_range") & _stated(rows, "limit").isna()
    none = _stated(rows, "lloq").isna() & _stated(rows, "lod").isna() & rows["lloq_validated"].isna()
    return (less | said) & none


def _extremes(rows):
    """The smallest positive (of log2 units: the smallest) and the largest result of every analyte of each delivery."""
    number = rows["value"].where((rows["disposition"] == "usable") & (rows["flag"] == "none")).astype(float)
    number = number.where((number > 0) | tables.in_log2(rows["unit"]))
    return number.groupby([rows["plate"], rows["analyte"]]).agg(smallest="min", largest="max")


def _of(extremes, name, rows):
    """An extreme of the analyte and delivery of each row."""
    place = pd.MultiIndex.from_frame(rows[["plate", "analyte"]])
    return extremes[name].reindex(place).set_axis(rows.index).astype(float)


def questions(delivered: pd.DataFrame, quantities: Mapping[str, str]) -> list[Problem]:
    """Problems of delivered rows: what their limits and units leave open, or contradict.

    The order of a result of zero or less, or called below, without a limit is certain where a positive result exists and
    it is no further below zero than that one is above; then it counts as below it. Else nobody can tell what the numbers
    are, and the analyte of the delivery is quarantined. Signals less their blank (`quantities`: analyte: relative)
    scatter around zero, so only the first condition is theirs.
    """
    unlimited, extremes = _unlimited(delivered), _extremes(delivered)
    smallest = _of(extremes, "smallest", delivered)
    problems = [
        _unlimited_problem(rows, smallest[rows.index[0]], quantities[analyte] == "relative")
        for (_, analyte), rows in delivered[unlimited].groupby(["plate", "analyte"], sort=True)
    ]
    for _, rows in delivered[delivered["disposition"] == "usable"].groupby(["plate", "analyte"], sort=True):
        problems += [*_mixed_units(rows), *_odd_limits(rows), *_contradicting_limits(rows)]
    return problems


def _unlimited_problem(rows, floor, relative):
    first, lowest, analyte = rows.iloc[0], rows["value"].min(), rows["analyte"].iloc[0]
    zeros = int(rows["value"].notna().sum())
    parts = [_count(zeros, f"zero or negative (the lowest {lowest:g} {first['unit']})")] if zeros else []
    parts += [_count(len(rows) - zeros, "called below a limit")] if len(rows) > zeros else []
    found = f"{', '.join(parts)} and no LLOQ is stated"
    fix = f"ask the laboratory for the LLOQ and write it into {ANALYTES}, row {analyte}, column lloq_validated"
    positive = "" if tables.is_log2(first["unit"]) else "positive "
    if (floor > 0 or (not positive and np.isfinite(floor))) and (not zeros or relative or lowest >= -floor):
        return _problem(
            "W-LIM-090", "FLAG", first, found,
            f"they count as below {floor:g} {first['unit']}, the smallest {positive}result of {analyte} here", fix,
        )  # fmt: skip
    why = f"the smallest positive result is {floor:g}" if floor > 0 else f"{analyte} has no positive result here"
    return _problem("E-LIM-090", "QUARANTINE", first, found, f"{why}: what they are is not known", fix)


def _count(number, words):
    return f"{number} {'result is' if number == 1 else 'results are'} {words}"


def _mixed_units(rows):
    """Rows whose unit is another than most of their analyte's; each was converted by its own."""
    counts = rows["unit_written"].fillna("").str.replace(r"\s", "", regex=True).str.casefold().value_counts()
    if len(counts) > 1:
        odd = rows[rows["unit_written"].fillna("").str.replace(r"\s", "", regex=True).str.casefold() != counts.index[0]]
        first = odd.iloc[0]
        yield _problem(
            "W-UNIT-089", "FLAG", first,
            f"{len(odd)} of {len(rows)} rows are in {first['unit_written']}, the others in another unit",
            f"each is converted to {first['unit']} by its own unit", "ask the laboratory whether the units are right",
        )  # fmt: skip


def _odd_limits(rows):
    """Limits a hundred times what the other rows of the analyte state, or a hundredth."""
    for name in ("lod", "lloq", "uloq"):
        limits = _stated(rows, name).dropna()
        amounts = pd.Series(tables.linear(limits, rows.loc[limits.index, "unit"]), limits.index)
        odd = limits[~(amounts / amounts.median()).between(1 / HUNDRED, HUNDRED, inclusive="neither")]
        if len(odd):
            first = rows.loc[odd.index[0]]
            yield _problem(
                "W-LIM-092", "FLAG", first,
                f"{name.upper()} {odd.iloc[0]:g} {first['unit']}, mostly {limits.median():g}" + _further(len(odd)),
                "results are censored at another limit than the others",
                "compare its unit and decimal point with the laboratory's report",
            )  # fmt: skip


def _contradicting_limits(rows):
    """Cells such as <0.4 beside a column that states another limit."""
    for flag, names, word in (("below_range", ("lloq", "lod"), "<"), ("above_range", ("uloq",), ">")):
        cells = rows[(rows["flag"] == flag) & rows["limit"].notna() & rows[names[0]].notna()]
        agrees = [np.isclose(cells["limit"], cells[name].astype(float), rtol=ROUNDING) for name in names]
        odd = cells[~np.logical_or.reduce(agrees)] if len(cells) else cells
        if len(odd):
            first = odd.iloc[0]
            yield _problem(
                "W-LIM-093",
                "FLAG",
                first,
                (
                    f"{word}{first['limit']:g} beside {names[0].upper()} {first[names[0]]:g} {first['unit']}"
                    + _further(len(odd))
                ),
                "the two contradict each other; the wider bound is used",
                "ask the laboratory which limit holds, and in what unit",
            )


def _further(count):
    return f" (and {count - 1} more rows)" if count > 1 else ""


def _problem(code, level, row, found, why, fix):
    return Problem(
        code, level, row["file"], found, why, fix, row=str(row["file_row"]), column=row["analyte_written"],
        plate=row["plate"], analyte=row["analyte"],
    )  # fmt: skip
