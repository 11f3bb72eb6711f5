"""Checks of what the sheets say against each other and the calendar: dates, people, standards, limits, lots."""

import math
import re
from collections import defaultdict
from datetime import date

from immunoassay.problems import Problem, few
from immunoassay.study import kit_lots, people
from immunoassay.study.context import Context
from immunoassay.study.members import is_analysed
from immunoassay.study.similar_names import near_duplicates, suggestion

FAR = 100  # times; further from all its neighbours a limit is a slip of the unit or the decimal point
DATES = {
    "plates": ("run_date", "E-WELL-070"),
    "samples": ("collection_date", "E-DATE-101"),
    "courses": ("day1_date", "E-DATE-101"),
    "events": ("date", "E-DATE-101"),
    "scores": ("date", "E-DATE-101"),
    "amendments": ("when", "E-DATE-101"),
    "approvals": ("when", "E-DATE-101"),
}


def check(context: Context) -> list[Problem]:
    """All problems of plausibility; `context` is what is looked at."""
    checks = (
        _future,
        _after_withdrawal,
        _specimens,
        _people,
        _standards,
        _validated_limits,
        _unused_limits,
        _far_limits,
        _lots,
    )
    return [problem for each in checks for problem in each(context)]


def _future(c):
    today = date.today().isoformat()  # the only thing a study asks of the clock; no result depends on it
    for sheet, (column, code) in DATES.items():
        for row in c.sheets[sheet]:
            if row[column] and row[column] > today:
                yield c.problem(
                    sheet, row, column, code, f"{row[column]} has not come yet (today is {today})",
                    "what has not happened cannot be in the data", "correct the date",
                )  # fmt: skip


def _after_withdrawal(c):
    left = {(row["participant"], row["course"]): row for row in c.sheets["events"] if row["event"] == "withdrawal"}
    for row in c.sheets["samples"]:
        event = left.get((row["participant"], row["course"]))
        if event and row["collection_date"] and event["date"] and row["collection_date"] > event["date"]:
            yield c.problem(
                "samples", row, "collection_date", "W-DATE-101",
                f"{row['sample_id']} was collected on {row['collection_date']}, after the withdrawal on {event['date']}",
                "the participant may not have agreed to it", "correct the date, or delete the sample", "FLAG",
            )  # fmt: skip


def _specimens(c):
    """A specimen no kit is validated for, once for all its samples; a kit that declares none takes any."""
    declared = [row["specimen"] for row in c.sheets["panels"]]
    if not all(declared):
        return
    known = {name.strip() for each in declared for name in each.split(";") if name.strip()}
    folded, samples = {" ".join(name.casefold().split()) for name in known}, defaultdict(list)
    for row in c.sheets["samples"]:
        if row["specimen"] and " ".join(row["specimen"].casefold().split()) not in folded:
            samples[row["specimen"]].append(row)
    for specimen, rows in samples.items():
        several = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
        yield c.problem(
            "samples", rows[0], "specimen", "W-REF-011",
            f'{rows[0]["sample_id"]}{several} is "{specimen}", which no kit is validated for{suggestion(specimen, known)}',
            "its results carry the flag W-MATRIX", "correct the spelling, or add it to the kit's specimens", "FLAG",
        )  # fmt: skip


def _people(c):
    """Analysed participants without a sample, or a course that others of their group have; courses without a baseline sample."""
    visits = defaultdict(set)
    for row in c.sheets["samples"]:
        visits[(row["participant"], row["course"])].add(row["visit"])
    sampled = {participant for participant, _ in visits}
    treated = {row["participant"] for row in c.sheets["courses"] if row["_row"]}
    groups = {row["group"] for row in c.sheets["participants"] if row["participant"] in treated}
    analysed = c.written.get("analysed_schedules", [])
    for row in c.sheets["participants"]:
        if not row["participant"] or not is_analysed(row["status"], row["schedule"], analysed):
            continue
        lacking = [] if row["participant"] in treated or row["group"] not in groups else ["course"]
        lacking += [] if row["participant"] in sampled else ["sample"]
        if lacking:
            yield c.problem(
                "participants", row, "participant", "W-ID-051", f"{row['participant']} is enrolled and has no {lacking[0]}",
                "others of the group have", f"add the {lacking[0]}, if there is one", "FLAG",
            )  # fmt: skip
    baseline, untreated = people.baseline(c.sheets["visits"]), []
    for row in c.sheets["courses"]:
        seen = visits.get((row["participant"], row["course"]), set())
        own = row["biomarker_baseline"] == "own" or row["order"] == 1
        if seen and own and baseline and baseline not in seen:
            if not row["_row"]:
                untreated.append(row["participant"])
                continue
            yield c.problem(
                "courses", row, "course", "W-VIS-104",
                f"{row['participant']} {row['course']} has samples and none of the baseline visit {baseline}",
                "change from baseline cannot be computed; another visit never takes its place",
                "add the sample, if there is one", "FLAG",
            )  # fmt: skip
    if untreated:
        yield c.problem(
            "samples", None, "visit", "W-VIS-104",
            f"participants with samples and none of the baseline visit {baseline}, {len(untreated)}: {few(untreated)}",
            "change from baseline cannot be computed; another visit never takes its place",
            "nothing, or add the samples", "FLAG",
        )  # fmt: skip


def _standards(c):
    """The levels S1, S2 ... of a lot must rise or fall throughout."""
    series = defaultdict(list)
    for row in c.sheets["materials"]:
        number = re.fullmatch(r"\D*(\d+)", row["level"] or "")
        if row["material"] == "standard" and number and row["expected"] is not None:
            series[(row["panel"], row["kit_lot"], row["analyte"])].append((int(number[1]), row["expected"], row))
    for levels in series.values():
        levels.sort(key=lambda each: each[0])
        down = levels[0][1] > levels[-1][1]
        for (_, before, first), (_, after, row) in zip(levels, levels[1:], strict=False):
            if after == before or (after < before) != down:
                yield c.problem(
                    "materials", row, "expected", "E-WELL-067",
                    f"{row['analyte']} {row['level']} is {after:g}, {first['level']} is {before:g} (row {first['_row']})",
                    f"the standards of a series must {'fall' if down else 'rise'} from level to level",
                    "compare both with the certificate of the lot",
                )  # fmt: skip


def _validated_limits(c):
    """Validated limits must lie within the standards of every lot, and the controls within them."""
    materials = kit_lots.of_every_analyte(c.sheets["materials"], c.sheets["analytes"])
    for analyte in c.sheets["analytes"]:
        low, high = analyte["lloq_validated"], analyte["uloq_validated"]
        if analyte["limit_rule"] != "validated" or low is None:
            continue
        high = math.inf if high is None else high
        rows = [row for row in materials if row["analyte"] == analyte["analyte"] and row["expected"]]
        lots = defaultdict(list)
        for row in rows:
            if row["material"] == "standard":
                lots[row["kit_lot"]].append(row["expected"])
            elif not low <= row["expected"] <= high:
                yield c.problem(
                    "materials", row, "expected", "E-LIM-002",
                    f"control {row['level']} of {row['analyte']} is {row['expected']:g}, outside {low:g} to {high:g}",
                    "a control outside the limits of quantification proves nothing", "correct the control or the limits",
                )  # fmt: skip
        for lot, expected in sorted(lots.items()):
            if low < min(expected) or max(expected) < high < math.inf:
                yield c.problem(
                    "analytes", analyte, "lloq_validated", "E-LIM-002",
                    f"limits {low:g} to {high:g}, standards of lot {lot or 'without a name'} {min(expected):g} to "
                    f"{max(expected):g}",
                    "beyond its standards a curve is a guess", "correct the limits",
                )  # fmt: skip


def _unused_limits(c):
    """Validated limits that no rule uses; a delivery uses them where it states none."""
    if c.written.get("lloq_across_plates") == "validated":
        return
    laboratory = {row["panel"] for row in c.sheets["panels"] if row["platform"] == "laboratory"}
    for row in c.sheets["analytes"]:
        column = next((name for name in ("lloq_validated", "uloq_validated") if row[name] is not None), None)
        if column and row["limit_rule"] != "validated" and row["panel"] not in laboratory:
            yield c.problem(
                "analytes", row, column, "W-LIM-091",
                f"{row[column]:g} for {row['analyte']}, whose limit_rule is {row['limit_rule']}", "no rule uses it",
                "write validated as limit_rule, or as lloq_across_plates in config.yaml, or delete it", "FLAG",
            )  # fmt: skip


def _far_limits(c):
    """A validated LLOQ a hundred times those of all other analytes of its panel, or a hundredth of them all."""
    limits = defaultdict(list)
    for row in c.sheets["analytes"]:
        if row["lloq_validated"] is not None and row["standard_unit"] in c.units:
            limits[(row["panel"], c.units.dimension(row["standard_unit"]))].append(row)
    for rows in limits.values():
        common = rows[0]["standard_unit"]
        values = [row["lloq_validated"] * c.units.factor(row["standard_unit"], common) for row in rows]
        for at, (row, value) in enumerate(zip(rows, values, strict=True)):
            others = values[:at] + values[at + 1 :]
            if len(others) > 1 and not min(others) / FAR < value < max(others) * FAR:
                yield c.problem(
                    "analytes", row, "lloq_validated", "W-LIM-092",
                    f"LLOQ {row['lloq_validated']:g} {row['standard_unit']} of {row['analyte']}, the others of {row['panel']} "
                    f"{min(others):g} to {max(others):g} {common}",
                    "results would be censored at another limit than meant", "compare its unit and decimal point", "FLAG",
                )  # fmt: skip


def _lots(c):
    """A plate of a panel with lots in the materials sheet must name its lot; batches and lots need one spelling."""
    lots = {(row["panel"], row["kit_lot"]) for row in c.sheets["materials"]}
    panels = {panel for panel, _ in lots}
    for row in c.sheets["plates"]:
        if not row["kit_lot"] and row["panel"] in panels and (row["panel"], "") not in lots:
            yield c.problem(
                "plates", row, "kit_lot", "E-LOT-071", f"{row['plate']} names no lot of {row['panel']}",
                "its standards are not known",
                "fill kit_lot, or add rows without a lot to the materials sheet",
            )  # fmt: skip
    for sheet, column in (("plates", "batch"), ("plates", "kit_lot"), ("materials", "kit_lot")):
        yield from near_duplicates(c.files[sheet], "", _first_of_each(c.sheets[sheet], column), column)


def _first_of_each(rows, column):
    first = {}
    for row in rows:
        first.setdefault(row[column], row)
    return first.values()
