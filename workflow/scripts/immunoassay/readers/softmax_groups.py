"""Group blocks of a SoftMax Pro export: what each group says of its wells, its columns identified by formula."""

import re
from dataclasses import dataclass, field

from immunoassay.readers import cells, matrix

_GROUP_END = {"Group Column", "Group Summaries"}
_ROLES = (
    ("standard", re.compile(r"st(andar)?ds?\b|standard|calibrat", re.I)),
    ("control", re.compile(r"control|\bctrl|\bqc", re.I)),
    ("blank", re.compile(r"blank", re.I)),
    ("sample", re.compile(r"unk|sample", re.I)),
)


@dataclass
class _Columns:
    """Positions of a group's columns, by formula first, by name where the export lists no formula."""

    sample: int | None = None
    well: int | None = None
    value: int | None = None
    expected: int | None = None
    dilution: int | None = None
    plate: int | None = None
    result: int | None = None
    outside: int | None = None
    unused: list = field(default_factory=list)


class Group:
    """A group block: what it says of each well, the unit in its headings, its columns that are not read."""

    def __init__(self, rows, decimal):
        head = rows[0]
        self.name = matrix.first(head).partition(":")[2].strip() or cells.text([*head, "", ""][1])
        self.role = next((role for role, pattern in _ROLES if pattern.search(self.name)), None)
        header = rows[1] if len(rows) > 1 else []
        data = []
        for row in rows[2:]:
            if not row or matrix.first(row) in _GROUP_END:
                break
            data.append(row)
        columns = _group_columns(header, _formulas(rows))
        self.unused = columns.unused if data else []
        units = [matrix.unit_in(header[i]) for i in (columns.expected, columns.result) if i is not None]
        self.unit = next(filter(None, units), None)
        self.wells = self._wells(data, columns, decimal)

    def _wells(self, data, columns, decimal):
        found, sample, order, shared = [], "", 0, {}
        for row in data:
            padded = [*row, *[""] * 80]

            def cell(position, padded=padded):
                return "" if position is None else cells.text(padded[position])

            if cell(columns.sample) or not order:
                sample, order = cell(columns.sample), order + 1
                shared = {name: cell(getattr(columns, name)) for name in ("expected", "dilution")}
            for well in cells.wells(cell(columns.well)):
                found.append(
                    {
                        "well": well,
                        "plate": cell(columns.plate),
                        "value": cell(columns.value),
                        "result": None if columns.result is None else cell(columns.result),
                        "outside": cell(columns.outside),
                        "columns": self._columns(sample, order, shared, decimal),
                    }
                )
        return found

    def _columns(self, sample, order, shared, decimal):
        level = None
        if self.role == "standard":
            number = re.search(r"([0-9]+)$", sample)
            level = f"S{int(number[1])}" if number else f"S{order}"
        elif self.role == "control":
            level = f"{self.name} {sample}" if sample.isdigit() else sample
        named = {"role": self.role, "sample": sample or None, "level": level}
        return named | {name: cells.number(text, decimal) for name, text in shared.items()}


def _formulas(rows):
    """0-based position of a column -> its formula."""
    start = next((i for i, row in enumerate(rows) if matrix.first(row) == "Group Column"), None)
    found = {}
    for row in rows[start + 1 :] if start is not None else []:
        number = cells.number(row[0]) if row else None
        if number is None:
            break
        found[int(number) - 1] = cells.text(row[2]) if len(row) > 2 else ""
    return found


def _group_columns(header, formulas):
    found = _Columns()
    names = [cells.text(name) for name in header]
    values = {"!WellValues", *(name for i, name in enumerate(names) if formulas.get(i) == "!WellValues")}
    for position, name in enumerate(names):
        kind = _column_kind(name, formulas.get(position, ""), values, bool(formulas))
        if kind and getattr(found, kind) is None:
            setattr(found, kind, position)
        elif name:
            found.unused.append(name)
    return found


def _column_kind(name, formula, values, has_formulas):
    key = cells.key(name)
    by_formula = {
        "!SampleNames": "sample",
        "!WellIDs": "well",
        "!WellValues": "value",
        "!WellPlateName": "plate",
        "!Factor": "dilution",
        "!Conc": "expected",
        "!SampleDescriptor": "dilution" if "dil" in key else "expected",
    }
    if formula in by_formula:
        return by_formula[formula]
    interpolated = re.search(r"InterpX\([^,()]*,\s*'?([^)']*?)'?\s*\)", formula)
    if interpolated and "Average" not in formula:
        return "result" if interpolated[1] in values else None
    if '"R"' in formula:
        return "outside"
    if key == "sample":
        return "sample"
    if key in ("dilution", "dilutionfactor"):
        return "dilution"
    if not has_formulas:
        by_name = {"well": "well", "wells": "well", "value": "value", "values": "value", "od": "value", "r": "outside"}
        by_name |= {"result": "result", "results": "result", "conc": "expected", "wellplatename": "plate"}
        return by_name.get(key, "expected" if key.startswith("concentration") else None)
    return None
