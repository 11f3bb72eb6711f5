"""People as the sheets leave them implicit: who is enrolled without a participants sheet, and who has no treatment course.

A participant without a row in the courses sheet has one course named `none`, whose day 1 is that participant's baseline visit.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from immunoassay.files.house import schema_file
from immunoassay.problems import Problem, few
from immunoassay.study.cell_values import default
from immunoassay.study.members import Cells, Rows, Sheets
from immunoassay.study.schema import load_schema

NO_COURSE = "none"
NAMING = ("samples", "courses", "events", "scores")  # sheets that name participants
OF_TUBES = ("participants", "visits", "courses", "scores")  # sheets that are of no use without tubes
DATES = {"samples": "collection_date", "scores": "date"}


def tubes_lacking(sheets: Sheets, files: Mapping[str, str], absent: Iterable[str]) -> list[Problem]:
    """A STOP for a study of people whose samples sheet is not there (its name is in `absent`) or has no rows."""
    of_people = [files[name] for name in OF_TUBES if sheets[name]]
    if sheets["samples"] or not of_people:
        return []
    code, found = ("E-FILE-001", "no such file") if "samples" in absent else ("E-FILE-002", "the sheet has no rows")
    return [Problem(
        code, "STOP", files["samples"], found, f"{', '.join(of_people)} say of whom tubes are, and which is whose is not known",
        "add the sheet, or take those away where nothing is known of people",
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
    """The first date of every participant's baseline visit: of a tube, else of a score."""
    visit = baseline(sheets["visits"])
    days: dict[Any, str] = {}
    for sheet, column in DATES.items():
        dated = [row for row in sheets[sheet] if row["visit"] == visit and row[column]]
        found: dict[Any, str] = {}
        for row in dated:
            found[row["participant"]] = min(row[column], found.get(row["participant"], row[column]))
        days = found | days
    return days


def baseline(visits: Rows) -> str | None:
    """The baseline visit of rows of the visits sheet: the one marked, or the only one."""
    marked = [row["visit"] for row in visits if row["baseline"]]
    return marked[0] if marked else visits[0]["visit"] if len(visits) == 1 else None
