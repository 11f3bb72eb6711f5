"""Kit lots: the rows of the materials sheet, those for every analyte of a kit, and plates whose lot it does not list."""

from collections.abc import Iterator

from immunoassay.problems import Problem, few
from immunoassay.study.context import Context
from immunoassay.study.members import Rows
from immunoassay.study.similar_names import near_duplicates, suggestion

EVERY = "*"  # in place of an analyte
LEVEL = ("panel", "kit_lot", "material", "level")


def check(c: Context) -> Iterator[Problem]:
    """Materials of unknown kits, analytes and units, expected values outside their range, lots that are not listed."""
    yield from c.unknown("materials", "panel", "panels", "panel", "E-REF-001")
    known, analytes = c.names("analytes", "analyte"), {row["analyte"]: row for row in c.sheets["analytes"]}
    for row in c.sheets["materials"]:
        name, analyte = row["analyte"], analytes.get(row["analyte"])
        if name and name != EVERY and analyte is None:
            yield c.problem(
                "materials", row, "analyte", "E-REF-002",
                f'"{name}" is not in the analytes sheet{suggestion(name, known)}', "the row cannot be used",
                f"correct the spelling, add it to {c.files['analytes']}, or write * for every analyte of the kit",
            )  # fmt: skip
        yield from _unit(c, row)
        if analyte and analyte["panel"] != row["panel"]:
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


def _unit(c, row):
    """The problem of a unit that is not known, or not that of the standards."""
    if row["unit"] and row["unit"] not in c.units:
        yield c.unknown_unit("materials", row, "unit")
        return
    meant = [
        each
        for each in c.sheets["analytes"]
        if (each["panel"] == row["panel"] if row["analyte"] == EVERY else each["analyte"] == row["analyte"])
    ]
    other = [
        each for each in meant if each["use"] is not False and not c.units.same(row["unit"], each["standard_unit"])
    ]
    if not other:
        return
    target = other[0]["standard_unit"]
    factor = c.units.factor(row["unit"], target)
    would = f" (1 {row['unit']} would be {factor:g} {target})" if factor else ""
    yield c.problem(
        "materials", row, "unit", "E-UNIT-088",
        f"{row['unit']} for {few([each['analyte'] for each in other], 5)}, whose standards are in {target}{would}",
        "every concentration would be wrong by the factor between them",
        f"state the concentrations in {target}, or correct standard_unit",
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
        there = [{"kit_lot": other, "_row": "of materials"} for other in known]
        alike = near_duplicates(c.files["plates"], "", [*there, rows[0]], "kit_lot")
        if alike:
            yield alike[-1]
            continue
        yield c.problem(
            "plates", rows[0], "kit_lot", "E-LOT-071",
            f'lot "{lot}" of {panel} (plate {few([row["plate"] for row in rows], 5)}) is not in the materials sheet'
            f"{suggestion(lot, known)}",
            "what the export itself states of its standards and controls is used",
            f"compare them with the certificate, or add the lot to {c.files['materials']}", "FLAG",
        )  # fmt: skip
