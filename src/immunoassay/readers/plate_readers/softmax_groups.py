"""Group blocks of a SoftMax Pro export: what each group says of its wells, its columns identified by formula."""

import re

from immunoassay.readers import lists, matrix, sources, written_cells

_GROUP_END = {"Group Column", "Group Summaries"}
_ROLES = (
    ("standard", re.compile(r"st(andar)?ds?\b|standard|calibrat", re.I)),
    ("control", re.compile(r"control|\bctrl|\bqc", re.I)),
    ("blank", re.compile(r"blank", re.I)),
    ("sample", re.compile(r"unk|sample", re.I)),
)


class Group:
    """A group block: what it says of each well, the unit in its headings, its columns that are not read."""

    def __init__(self, source: sources.Source, rows: written_cells.Rows, start: int) -> None:
        head = rows[0]
        self.source, self.start, self.end = source, start, start + len(rows)
        self.name = matrix.first(head).partition(":")[2].strip() or written_cells.text([*head, "", ""][1])
        self.role = next((role for role, pattern in _ROLES if pattern.search(self.name)), None)
        at = _header_row(rows)
        header = rows[at] if len(rows) > at else []
        columns, unused = _group_columns(header, self._formulas(rows, [written_cells.text(name) for name in header]))
        data = self._data(rows, at, columns)
        self.unused = unused if data else []
        units = [matrix.unit_in(header[i]) for i in (columns.get("expected"), columns.get("result")) if i is not None]
        self.unit = next(filter(None, units), None)
        self.wells = self._wells(data, columns)

    def _data(self, rows, at, columns):
        """(1-based row, cells) of the rows that name wells; a group without a column of wells has none."""
        rows = [[]] * self.start + rows
        at += self.start
        if "well" not in columns:
            self._flag_unread(rows[at + 1 :])
            return []

        def is_record(row):
            return bool(written_cells.wells(written_cells.text_at(row, columns["well"])))

        def is_end(row):
            return matrix.first(row) in _GROUP_END

        found, _ = lists.records(self.source, "", rows, at + 1, len(rows[at]), is_record, is_end)
        lists.check_headings(self.source, "", [[]] + rows[at : at + 1] + rows[at:], 2, found, rows[at], is_record)
        self._check_names(found, columns)
        self._check_means(found, columns)
        for number, row in found:
            outside = written_cells.text_at(row, columns.get("outside"))
            if self.source.number(outside) is not None:
                self._flag(
                    f'the number {outside} in the column of "R"', "cells are shifted", number,
                    "E-FILE-013",
                )  # fmt: skip
        return found

    def _check_means(self, found, columns):
        """A FLAG where a printed mean is not that of the values below it: a row, or the name of a sample, was lost."""
        samples = []
        for number, row in found:
            if written_cells.text_at(row, columns.get("sample")) or not samples:
                samples.append((number, written_cells.text_at(row, columns.get("mean")), []))
            samples[-1][2].append(written_cells.text_at(row, columns.get("value")))
        for number, printed, values in samples:
            mean = self.source.number(printed)
            if mean is None or any(self.source.number(value) is None for value in values):
                continue  # a masked value is in the mean or not
            half = sum(0.5 / 10 ** len(text.partition(self.source.decimal)[2]) for text in (printed, values[0]))
            if abs(sum(map(self.source.number, values)) / len(values) - mean) > 1.01 * half:
                self._flag(
                    f"the mean {printed} of {len(values)} values that have another", "a row may be lost", number,
                    "E-READ-010",
                )  # fmt: skip

    def _flag_unread(self, rows):
        """A FLAG for a group whose rows name wells in a column that neither formula nor heading calls so."""
        for row in rows:
            if not row or matrix.first(row) in _GROUP_END:
                return
            if any(written_cells.well(cell) for cell in row[1:]):
                self._flag(
                    f'wells in group "{self.name}", rows {self.start + 1} to {self.end}, in a column not called so',
                    "the group is not read", self.start + 1, "V-087",
                )  # fmt: skip
                return

    def _flag(self, found, why, row, code):
        self.source.flag(code, found, why, "compare with the instrument; export again", row=row)

    def _formulas(self, rows, names):
        """0-based position of a column -> its formula; a FLAG where the list has gaps or other names than the header."""
        start = next((i for i, row in enumerate(rows) if matrix.first(row) == "Group Column"), None)
        lost = next(
            (at for at, row in enumerate(rows) if len(row) > 2 and written_cells.text(row[2]).startswith("!")), None
        )
        if start is None and lost is not None:
            self._flag(
                "formulas without their heading Group Column", "columns go by their names", self.start + lost + 1,
                "V-087",
            )  # fmt: skip
        found = {}
        for at, row in enumerate(rows[start + 1 :], self.start + start + 2) if start is not None else []:
            if matrix.first(row) == "Group Summaries":
                break
            number = written_cells.number(row[0]) if row else None
            if number is not None and len(row) > 1:
                found[int(number) - 1] = written_cells.text(row[2]) if len(row) > 2 else ""
                of = names[int(number) - 1] if 0 < number <= len(names) else ""
                if written_cells.key(of)[:3] != written_cells.key(row[1])[:3]:
                    self._flag(
                        f'a formula of "{written_cells.text(row[1])}" for column "{of}"', "cells may be shifted", at,
                        "E-FILE-013",
                    )  # fmt: skip
                elif (
                    number > 1 and not found[int(number) - 1]
                ):  # the first column, of samples, has none in some versions
                    self._flag(
                        f'column "{of}" without its formula', "it goes by its name, or is not read", at, "E-READ-006"
                    )
        if start is not None and sorted(found) != list(range(len(names))):
            words = f'group "{self.name}" in rows {self.start + 1} to {self.start + len(rows)}: '
            words += f"{len(found)} formulas for {len(names)} columns"
            self._flag(words, "a column without a formula goes by its name", self.start + start + 1, "E-READ-006")
        return found

    def _check_names(self, found, columns):
        """A FLAG for a row without a sample name that fills a column no other such row fills: its name may be lost."""
        own = {
            columns.get("sample"),
            columns.get("well"),
            columns.get("value"),
            columns.get("result"),
            columns.get("outside"),
        }
        nameless = [
            (number, row)
            for number, row in found
            if "sample" in columns and not written_cells.text_at(row, columns.get("sample"))
        ]
        filled = [{at for at, cell in enumerate(row) if cell != ""} - own for _, row in nameless]
        for (number, _), each in zip(nameless, filled, strict=True):
            if len(nameless) > 1 and any(sum(at in other for other in filled) == 1 for at in each):
                self._flag(
                    "a row without a sample name, with values replicates have not", "its name may be lost", number,
                    "E-READ-009",
                )  # fmt: skip

    def _wells(self, data, columns):
        found, sample, order, shared, replicates, mean = [], "", 0, {}, [], ""
        for number, row in data:

            def cell(name, row=row):
                return written_cells.text_at(row, columns.get(name))

            if cell("sample") or not order:
                sample, order, replicates, mean = cell("sample"), order + 1, [], cell("mean")
                shared = {
                    "expected": self.source.value(cell("expected"), "concentration", number),
                    "dilution": self.source.dilution(cell("dilution"), number),
                }
            for well in written_cells.wells(cell("well")):
                found.append(
                    {
                        "well": well,
                        "plate": cell("plate"),
                        "value": cell("value"),
                        "result": None if "result" not in columns else cell("result"),
                        "outside": cell("outside"),
                        "columns": self._columns(sample, order, shared),
                        "mean": mean,
                        "replicates": replicates,  # the wells of its sample, itself among them
                    }
                )
                replicates.append(found[-1])
        return found

    def _columns(self, sample, order, shared):
        level = None
        if self.role == "standard":
            number = re.search(r"([0-9]+)$", sample)
            level = f"S{int(number[1])}" if number else f"S{order}"
        elif self.role == "control":
            level = f"{self.name} {sample}" if sample.isdigit() else sample
        named = {"role": self.role, "sample": sample or None, "level": level}
        return named | shared


def _header_row(rows):
    """The row of headings: of the rows above the first that names a well the last with two texts or more.

    Its columns need not be known; a line of a name and its value above it is no header.
    """
    ends = (at for at, row in enumerate(rows) if matrix.first(row) in _GROUP_END or any(map(_is_well, row[1:])))
    end = next(ends, len(rows))
    found = [at for at in range(1, end) if len(matrix.texts(rows[at])) > 1]
    return found[-1] if found and end < len(rows) and matrix.first(rows[end]) not in _GROUP_END else (found or [1])[0]


def _is_well(cell):
    return bool(written_cells.wells(written_cells.text(cell)))


def _group_columns(header, formulas):
    """({what: position} of the columns of a group, by formula, or by name where it has none; names of the others)."""
    found, unused = {}, []
    names = [written_cells.text(name) for name in header]
    values = {"!WellValues", *(name for i, name in enumerate(names) if formulas.get(i) == "!WellValues")}
    for position, name in enumerate(names):
        kind = _column_kind(name, formulas.get(position, ""), values, bool(formulas.get(position)))
        if kind:
            found.setdefault(kind, position)
        if name and (not kind or kind == "mean" or found[kind] != position):
            unused.append(name)
    return found, unused


def _column_kind(name, formula, values, has_formulas):
    key = written_cells.key(name)
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
    average = re.fullmatch(r"Average\('?(.*?)'?\)", formula)
    if average and average[1] in values:
        return "mean"
    interpolated = re.search(r"InterpX\([^,()]*,\s*'?([^)']*?)'?\s*\)", formula)
    if interpolated and "Average" not in formula:
        return "result" if interpolated[1] in values else None
    if '"R"' in formula:
        return "outside"
    by_name = {"sample": "sample", "dilution": "dilution", "dilutionfactor": "dilution"}
    if not has_formulas and key not in by_name:
        by_name |= {"well": "well", "wells": "well", "value": "value", "values": "value", "od": "value", "r": "outside"}
        by_name |= {"result": "result", "results": "result", "conc": "expected", "wellplatename": "plate"}
        return by_name.get(key, "expected" if key.startswith("concentration") else None)
    return by_name.get(key)
