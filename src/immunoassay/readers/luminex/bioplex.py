"""What the Bio-Plex Manager exports have in common: type codes, header lines, columns, flags, printed curves.

Obs Conc is multiplied by the dilution factor and Exp Conc is stated on the same scale; `expected` is in the well, so
for controls it is Exp Conc divided by the dilution factor. An Exp Conc of 0 means that none was entered.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from immunoassay.readers import written_cells
from immunoassay.readers.export import Record
from immunoassay.readers.sources import Place, Source
from immunoassay.readers.written_cells import Cell, Row, Rows, key

STATISTICS = {
    "fi": "signal",
    "fibkgd": "net_signal",
    "obsconc": "vendor_concentration",
    "expconc": "expected",
    "beadcount": "bead_count",
    "dilution": "dilution",
    "outlier": "outlier",
    "samplingerrors": "errors",
}
PLACES = {"analyte", "type", "well", "description"}
KNOWN = set(STATISTICS) | PLACES | {"stddev", "cv", "obsexp100", "concinrange", "group", "ratio", ""}

_ROLES = {"B": "blank", "S": "standard", "ES": "standard", "C": "control", "X": "sample"}
_CODE = re.compile(r"(ES|[BSCX])([0-9]*)")
_NUMBER = r"([+-]?[0-9.]+(?:E[+-]?[0-9]+)?)"
_CURVE = re.compile(
    rf"FI = {_NUMBER} \+ \({_NUMBER} [+-] {_NUMBER}\) / \(?\(1 \+ \(Conc / {_NUMBER}\)\^{_NUMBER}\)\)?(?:\^{_NUMBER})?"
)


def role(code: str, names_of_controls: Mapping[str, str] | None = None) -> tuple[str | None, str | None]:
    """(role, level) of a type code such as S3, ES1, C2, X12, B; (None, None) for any other code.

    `names_of_controls` maps a control's code to its name; a control without one keeps its code as level.
    """
    match = _CODE.fullmatch(code)
    if not match:
        return None, None
    found = _ROLES[match[1]]
    if found == "standard":
        return found, code
    return found, (names_of_controls or {}).get(code, code) if found == "control" else None


def control_names(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """{code: description} of controls; a description that several codes share names none of them."""
    pairs = {(code, name) for code, name in pairs if name and role(code)[0] == "control"}
    names = [name for _, name in pairs]
    return {code: name for code, name in sorted(pairs) if names.count(name) == 1}


def flag_names(source: Source, pairs: Iterable[tuple[str, str]]) -> None:
    """FLAGs for (code, description) pairs of controls whose descriptions cannot name them: shared, or more than one."""
    codes: dict[str, dict[str, None]] = {}
    names: dict[str, dict[str, None]] = {}
    for code, name in pairs:
        if role(code)[0] == "control":
            codes.setdefault(name, {})[code] = names.setdefault(code, {})[name] = None
    shared = [
        f'controls {", ".join(each)} all called "{name}"' for name, each in codes.items() if name and len(each) > 1
    ]
    several = [
        f"control {code} called {' and '.join(map(repr, each))}" for code, each in names.items() if len(each) > 1
    ]
    for found in shared + several:
        why, fix = (
            "a description names a control only where it is the only one",
            "nothing, or name controls in a layout",
        )
        source.flag("W-READ-006", found, why, fix)


def header_lines(rows: Rows) -> dict[str, str]:
    """Metadata of the lines `Key: value` at the top, as written."""
    found: dict[str, str] = {}
    for row in rows:
        name, colon, value = written_cells.text(row[0]).partition(":") if row else ("", "", "")
        if colon and len(row) == 1:
            found.setdefault(name.strip(), value.strip())
    return found


def concentration(
    cell: Cell | None, found_role: str | None, decimal: str
) -> tuple[float | None, str, str | None, float | None]:
    """(number, flag, text, limit) of an Obs Conc cell; an empty one is missing, except for blanks, which have none."""
    if cell == "" and found_role == "blank":
        return None, "none", None, None
    number, flag, text, limit = written_cells.vendor_value(cell, decimal)
    return number, flag or "not_computed", text, limit


def expected(stated: float | None, found_role: str | None, dilution: float | None) -> float | None:
    """Expected concentration in the well from the one stated, or None."""
    if not stated or found_role not in ("standard", "control"):
        return None
    return stated / (dilution or 1.0) if found_role == "control" else stated


def record(
    values: Mapping[str, Cell | None], found_role: str | None, source: Source, place: Place, sheet: str = ""
) -> Record:
    """The measured columns of one well from its cells by column name of STATISTICS; absent columns are None.

    Texts where numbers belong are remembered by the source, with `place` and `sheet`.
    """
    signal, signal_flag, signal_text = source.signal(values.get("signal", ""), "FI", place, sheet)
    net = source.value(values.get("net_signal"), "FI - Bkgd", place, sheet)
    dilution = source.dilution(values.get("dilution"), place, sheet)
    number, flag, text, limit = None, "none", None, None
    if "vendor_concentration" in values:
        number, flag, text, limit = concentration(values["vendor_concentration"], found_role, source.decimal)
    if signal_flag != "none" and ("signal" in values or net is None):
        flag, text = signal_flag, signal_text
    if written_cells.text(values.get("outlier")) not in ("", "0"):
        flag = "outlier"
    errors = written_cells.text(values.get("errors"))
    return {
        "signal": signal,
        "net_signal": net,
        "bead_count": source.value(values.get("bead_count"), "bead count", place, sheet),
        "dilution": dilution,
        "expected": expected(source.value(values.get("expected"), "Exp Conc", place, sheet), found_role, dilution),
        "vendor_concentration": number,
        "vendor_flag": flag,
        "vendor_flag_text": text,
        "vendor_limit": limit,
        "vendor_comment": f"Sampling Errors: {errors}" if errors else None,
    }


def curve(lines: Rows) -> dict[str, Any] | None:
    """The printed curve of footer lines as a dict (regression, formula, a, d, c, b, g, FitProb, ResVar), or None.

    FI = a + (d - a) / (1 + (Conc / c)^b)^g with b below zero; g is 1 in a four-parameter curve. Parameters that a
    formula of another form has stay in `formula` only.
    """
    firsts = [written_cells.text(line[0]) for line in lines if line]
    formula = next((line.partition(":")[2].strip() for line in firsts if line.startswith("Std. Curve:")), None)
    if formula is None:
        return None
    regression = next((line.partition(":")[2].strip() for line in firsts if line.startswith("Regression Type:")), None)
    found: dict[str, Any] = {"model": regression, "formula": formula}
    match = _CURVE.search(formula)
    if match:
        a, d, _, c, b, g = match.groups()
        found |= {"a": float(a), "d": float(d), "c": float(c), "b": float(b), "g": float(g or 1.0)}
    for name in ("FitProb", "ResVar"):
        value = re.search(rf"{name}\. = ({_NUMBER})", " ".join(firsts))
        found[name] = float(value[1]) if value else None
    return found


def stated(records: Iterable[Record]) -> dict[str, list[tuple[str, int, float, int | str]]]:
    """The expected concentrations of the standards S1, S2 ... by analyte, as standards.check takes them."""
    series: dict[str, dict[int, tuple[str, int, float, int | str]]] = {}
    for each in records:
        if each["role"] == "standard" and each["expected"] and each["level"].startswith("S"):
            number = int(each["level"][1:] or 0)
            level = (each["level"], number, each["expected"], each.get("row", ""))
            series.setdefault(each["analyte"], {}).setdefault(number, level)
    return {analyte: list(levels.values()) for analyte, levels in series.items()}


def is_header(row: Row, first: Collection[str]) -> bool:
    """Whether a row heads a table: its first cells are `first` in any order, as normalised names."""
    return {key(cell) for cell in row[: len(first)]} == set(first)
