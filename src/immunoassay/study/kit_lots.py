"""Kit lots: the rows of the materials sheet, those for every analyte of a kit, and plates whose lot it does not list."""

from collections import Counter
from collections.abc import Iterator

from immunoassay.problems import Problem, few
from immunoassay.study.context import Context, in_rows
from immunoassay.study.members import Rows
from immunoassay.study.similar_names import folded, suggestion

EVERY = "*"  # in place of an analyte
SERIES = 2  # levels an analyte has of a lot, from which on one that others have is missed
LEVEL = ("panel", "kit_lot", "material", "level")


def check(c: Context) -> Iterator[Problem]:
    """Materials of unknown kits, analytes and units, expected values outside their range, lots that are not listed."""
    yield from c.unknown("materials", "panel", "panels", "panel", "E-REF-001")
    yield from _unknown_analytes(c)
    yield from _units(c)
    analytes, panels = {row["analyte"]: row for row in c.sheets["analytes"]}, c.names("panels", "panel")
    for row in c.sheets["materials"]:
        name, analyte = row["analyte"], analytes.get(row["analyte"])
        if analyte and analyte["panel"] != row["panel"] and {analyte["panel"], row["panel"]} <= panels:
            yield c.problem(
                "materials", row, "panel", "E-REF-003", f"{name} belongs to panel {analyte['panel']}",
                "the value would never be used", "correct the panel or the analyte",
            )  # fmt: skip
        limits = [row[key] for key in ("low", "expected", "high") if row[key] is not None]
        if limits != sorted(limits):
            yield c.problem(
                "materials", row, "expected", "E-LIM-089", "expected does not lie between low and high",
                "the control could never pass", "correct the three values",
            )  # fmt: skip
    yield from _unlisted(c)
    yield from _not_filled(c)
    yield from _levels_lacking(c)


def _unknown_analytes(c):
    known, rows = c.names("analytes", "analyte"), {}
    for row in c.sheets["materials"]:
        if row["analyte"] and row["analyte"] not in {*known, EVERY}:
            rows.setdefault(row["analyte"], []).append(row)
    for name, own in {} if c.unsure("analytes", "analyte") else rows.items():
        yield c.problem(
            "materials", own[0], "analyte", "E-REF-002",
            f'"{name}"{in_rows(own)} is not in the analytes sheet{suggestion(name, known)}',
            f"the row{'s' * (len(own) > 1)} cannot be used",
            f"correct the spelling, add it to {c.files['analytes']}, or write * for every analyte of the kit",
        )  # fmt: skip


def _levels_lacking(c):
    """A FLAG for each level of a lot that is listed for some of its analytes and not for others: a row was lost."""
    lots: dict[tuple, dict[str, set[str]]] = {}
    for row in c.sheets["materials"]:
        if row["material"] and row["level"] and row["analyte"]:
            lot = lots.setdefault((row["panel"], row["kit_lot"], row["material"]), {})
            lot.setdefault(row["analyte"], set()).add(row["level"])
    for (panel, lot, material), levels in lots.items():
        every = levels.pop(EVERY, set())
        counts = Counter(level for own in levels.values() for level in own)
        usual = {level for level, number in counts.items() if 2 * number > len(levels)} - every
        for name, own in levels.items():
            if (lacking := usual - own) and len(own) >= SERIES:
                row = next(each for each in c.sheets["materials"] if each["analyte"] == name and each["kit_lot"] == lot)
                yield c.problem(
                    "materials", row, "level", "W-LOT-074",
                    f"{material} {few(sorted(lacking))} of {panel} lot {lot or 'without a name'} is not listed for {name}",
                    "most other analytes have it; what the export states counts", f"add the row of {name}, if the kit has it",
                    "FLAG",
                )  # fmt: skip


def _not_filled(c):
    rows = [row for row in c.sheets["materials"] if row["expected"] is None]
    if rows:
        levels = list(dict.fromkeys(f"{row['panel']} {row['level']}" for row in rows))
        yield c.problem(
            "materials", rows[0], "expected", "W-LOT-073",
            f"{len(rows)} rows without an expected concentration: {few(levels)}",
            "what the export states counts, and without that the plates are set aside", "fill them from the certificate",
            "FLAG",
        )  # fmt: skip


def of_every_analyte(materials: Rows, analytes: Rows) -> Rows:
    """The rows with one for each analyte in place of a row for every analyte; `analytes` are those that are wanted.

    A row of one analyte goes before it.
    """
    own = {(*(row[name] for name in LEVEL), row["analyte"]) for row in materials}
    found: Rows = []
    for row in materials:
        if row["analyte"] != EVERY:
            found.append(row)
            continue
        level = tuple(row[name] for name in LEVEL)
        names = [each["analyte"] for each in analytes if each["panel"] == row["panel"]]
        found += [{**row, "analyte": name} for name in names if (*level, name) not in own]
    return found


def _units(c):
    """Units that are not known, or not those of the standards: once for all rows of an analyte."""
    rows: dict[tuple, Rows] = {}
    for row in c.sheets["materials"]:
        rows.setdefault((row["panel"], row["analyte"], row["unit"]), []).append(row)
    for (panel, name, unit), own in rows.items():
        if unit and unit not in c.units:
            yield c.unknown_unit("materials", own[0], "unit")
            continue
        meant = [each for each in c.sheets["analytes"] if name in (EVERY, each["analyte"]) and each["use"] is not False]
        meant = [each for each in meant if each["panel"] == panel or name != EVERY]
        other = [
            each for each in meant if each["standard_unit"] in c.units and not c.units.same(unit, each["standard_unit"])
        ]
        if unit and other:
            yield _other_unit(c, own, other)


def _other_unit(c, rows, analytes):
    unit, target = rows[0]["unit"], analytes[0]["standard_unit"]
    factor = c.units.factor(unit, target)
    would = f" (1 {unit} would be {factor:g} {target})" if factor else ""
    column = "unit" if target == analytes[0]["unit"] else "standard_unit"
    return c.problem(
        "materials", rows[0], "unit", "E-UNIT-088",
        f"{unit}{in_rows(rows)} for {few([each['analyte'] for each in analytes], 5)}, whose standards are in {target}{would}",
        "every concentration would be wrong by the factor between them",
        f"state the concentrations in {target}, or correct {column} in {c.files['analytes']}",
    )  # fmt: skip


def _unlisted(c):
    """A FLAG for each lot that plates name and the materials sheet does not, a STOP where it spells the lot otherwise."""
    laboratory = {row["panel"] for row in c.sheets["panels"] if row["platform"] == "laboratory"}
    listed = {(row["panel"], row["kit_lot"]) for row in c.sheets["materials"]}
    plates: dict[tuple, Rows] = {}
    for row in c.sheets["plates"]:
        lot = (row["panel"], row["kit_lot"])
        if row["kit_lot"] and row["panel"] not in laboratory and lot not in listed:
            plates.setdefault(lot, []).append(row)
    for (panel, lot), rows in plates.items():
        known = sorted({other for kit, other in listed if kit == panel and other})
        if alike := next((other for other in known if folded(other) == folded(lot)), ""):
            yield c.problem(
                "plates", rows[0], "kit_lot", "E-ID-041",
                f'"{lot}" and "{alike}" of {c.files["materials"]} differ only in case, dashes or zeros',
                "they are probably the same", "use one spelling, or two names that differ",
            )  # fmt: skip
            continue
        yield c.problem(
            "plates", rows[0], "kit_lot", "E-LOT-071",
            f'lot "{lot}" of {panel} (plate {few([row["plate"] for row in rows], 5)}) is not in the materials sheet'
            f"{suggestion(lot, known)}",
            "what the export itself states of its standards and controls is used",
            f"compare them with the certificate, or add the lot to {c.files['materials']}", "FLAG",
        )  # fmt: skip
