"""People as the sheets leave them implicit: who is enrolled without a participants sheet, and who has no treatment course.

A participant without a row in the courses sheet has one course named `none`, whose days count from that participant's baseline
visit (its planned day, else day 1).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from immunoassay.files.house import schema_file
from immunoassay.problems import Problem, few
from immunoassay.study.cell_values import default
from immunoassay.study.context import Context
from immunoassay.study.course_names import NO_COURSE
from immunoassay.study.members import Cells, Rows, Sheets
from immunoassay.study.schema import load_schema

NAMING = ("samples", "courses", "events", "scores")  # sheets that name participants
OF_TUBES = ("participants", "visits", "courses", "scores")  # sheets that are of no use without tubes
DATES = {"samples": "collection_date", "scores": "date"}


def tubes_lacking(sheets: Sheets, files: Mapping[str, str], absent: Iterable[str]) -> list[Problem]:
    """A STOP for a study of people whose samples sheet is not there (its name is in `absent`) or has no rows."""
    of_people = [files[name] for name in OF_TUBES if sheets[name]]
    if sheets["samples"] or not of_people:
        return []
    code, found, row = "E-FILE-002", "the sheet has a header and no rows", "1"
    if "samples" in absent:
        code, found, row = "E-FILE-001", "no such tab" if " › " in files["samples"] else "no such file", ""
    return [Problem(
        code, "STOP", files["samples"], found, f"{', '.join(of_people)} say of whom tubes are, and which is whose is not known",
        "add the tubes, or take those away where nothing is known of people", row=row,
    )]  # fmt: skip


def complete(sheets: Sheets, files: Mapping[str, str]) -> list[Problem]:
    """Add who and what is implicit to the sheets in place: participants, their course `none`, its name where none is written.

    Implicit rows have the number 0. A FLAG says that everyone counts as enrolled where no sheet says who is.
    """
    problems = _enrolled(sheets, files)
    treated = {row["participant"] for row in sheets["courses"]}
    people = [
        row["participant"]
        for row in sheets["participants"]
        if row["participant"] and row["status"] == "enrolled" and row["participant"] not in treated
    ]
    days = _baseline_days(sheets)
    course = {"course": NO_COURSE, "order": 1, "score_baseline": "own"}
    rows = [{**course, "participant": name, "day1_date": days.get(name)} for name in people]
    sheets["courses"] += _implicit("courses", rows)
    for sheet in ("samples", "events", "scores"):
        for row in sheets[sheet]:
            if row["participant"] in set(people) and row["course"] == "":
                row["course"] = NO_COURSE
    return problems


def _enrolled(sheets, files):
    """Everyone named anywhere as a participant, where there is no sheet of them."""
    named = dict.fromkeys(row["participant"] for sheet in NAMING for row in sheets[sheet] if row["participant"])
    if sheets["participants"] or not named:
        return []
    sheets["participants"] = _implicit("participants", [{"participant": name} for name in named])
    return [Problem(
        "W-PPT-002", "FLAG", files["participants"], f"no such sheet; participants named in others: {few([*named], 5)}",
        "all of them count as enrolled, in one group", "nothing, or add the sheet with who was excluded, and the groups",
    )]  # fmt: skip


def _implicit(sheet: str, rows: Rows) -> Rows:
    """Whole rows of a sheet from those of their cells that are not as if left empty."""
    empty: Cells = {column: default(rule) for column, rule in load_schema(schema_file(sheet))["properties"].items()}
    return [{"_row": 0, **empty, **row} for row in rows]


def _baseline_days(sheets: Sheets) -> dict[Any, str]:
    """Day 1 by every participant's baseline visit: by the first date of its tubes, else of its scores."""
    visit = baseline(sheets["visits"])
    planned = next((row["day"] for row in sheets["visits"] if row["visit"] == visit), None)
    days: dict[Any, str] = {}
    for sheet, column in DATES.items():
        dated = [row for row in sheets[sheet] if row["visit"] == visit and row[column]]
        found: dict[Any, str] = {}
        for row in dated:
            found[row["participant"]] = min(row[column], found.get(row["participant"], row[column]))
        days = found | days
    before = timedelta(0 if planned is None else planned - 1)
    return {person: (date.fromisoformat(day) - before).isoformat() for person, day in days.items()}


def baseline(visits: Rows) -> str | None:
    """The baseline visit of rows of the visits sheet: the one marked, or the only one."""
    marked = [row["visit"] for row in visits if row["baseline"]]
    return marked[0] if marked else visits[0]["visit"] if len(visits) == 1 else None


def check(c: Context) -> Iterator[Problem]:
    """References to participants, courses and visits, and who is in no analysis; `c` is what is looked at."""
    enrolled = [row for row in c.sheets["participants"] if row["status"] == "enrolled"]
    scheduled = {row["group"] for row in enrolled if row["schedule"]}  # groups of which some have a schedule
    for row in c.sheets["participants"]:
        need = {"excluded": "reason", "enrolled": "schedule" if row["group"] in scheduled else ""}.get(row["status"])
        if need and not row[need]:
            yield c.problem(
                "participants", row, need, "E-PPT-001", f"{row['participant']} is {row['status']} without a {need}",
                "the participant flow would not add up", f"fill {need}",
            )  # fmt: skip
        if row["group"] == "all":
            yield c.problem(
                "participants", row, "group", "E-PPT-003", 'a group is called "all"',
                "rows over the participants of all groups are called so", "give it another name",
            )  # fmt: skip
    given = {(row["participant"], row["course"]) for row in c.sheets["courses"]}
    for sheet in ("courses", "samples", "events", "scores"):
        yield from c.unknown(sheet, "participant", "participants", "participant", "E-ID-051")
    excluded = {row["participant"] for row in c.sheets["participants"] if row["status"] == "excluded"}
    for sheet in ("samples", "events", "scores"):
        known = c.names("participants", "participant") - excluded  # who was screened only has no course
        for row in c.sheets[sheet]:
            pair = (row["participant"], row["course"])
            if pair[1] and row["participant"] in known and pair not in given:
                yield c.problem(
                    sheet, row, "course", "E-REF-005", f"{row['participant']} has no course \"{row['course']}\"",
                    "its days cannot be counted",
                    f"add it to {c.files['courses']}, correct the name, or leave it empty where nobody is treated",
                )  # fmt: skip
    for sheet in ("samples", "scores") if c.sheets["visits"] else ():
        yield from c.unknown(sheet, "visit", "visits", "visit", "E-REF-006")
    implicit = {row["participant"] for row in c.sheets["courses"] if not row["_row"]}
    for row in c.sheets["events"]:
        if row["event"] == "infusion" and row["participant"] in implicit:
            yield c.problem(
                "events", row, "course", "E-REF-005", f"{row['participant']} has an infusion and no course",
                "its days cannot be counted", f"add the course to {c.files['courses']}",
            )  # fmt: skip
    yield from _unplaced(c, given)


def _unplaced(c, given):
    """One FLAG per sheet for the tubes and scores whose participant, course or visit is not stated."""
    excluded = {row["participant"] for row in c.sheets["participants"] if row["status"] == "excluded"}
    for sheet, what in (("samples", "tubes"), ("scores", "rows")):
        rows = [row for row in c.sheets[sheet] if row["participant"] not in excluded]
        lacking = {
            "participant": [row for row in rows if row["participant"] == ""],
            "course": [
                row
                for row in rows
                if row["course"] == "" and row["participant"] and (row["participant"], "") not in given
            ],
            "visit": [row for row in rows if row["participant"] and (row["visit"] == "" or not c.sheets["visits"])],
        }
        out = {row["_row"]: row for part in lacking.values() for row in part}
        if out and c.sheets["participants"]:
            counts = ", ".join(f"{column} {len(part)}" for column, part in lacking.items() if part)
            yield c.problem(
                sheet, out[min(out)], next(column for column, part in lacking.items() if part), "W-ID-052",
                f"{len(out)} of {len(rows)} {what} without what places them ({counts})",
                "they are in the results and in no analysis of participants", "nothing, or fill what is known", "FLAG",
            )  # fmt: skip
