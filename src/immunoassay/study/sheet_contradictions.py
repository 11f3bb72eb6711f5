"""Sheets that contradict one another: excluded people with data, visits out of order, events out of time."""

from collections import Counter, defaultdict

from immunoassay.problems import Problem
from immunoassay.study.context import Context
from immunoassay.study.days import study_day

NEAR = 7  # days between day 1 of a course and its first infusion


def check(c: Context) -> list[Problem]:
    """All contradictions; `c` is what is looked at."""
    return [problem for each in (_excluded, _visit_order, _events, _undated) for problem in each(c)]


def _excluded(c):
    """Nobody is excluded and treated; what was drawn or scored at screening is said once per person."""
    counts, first = defaultdict(Counter), {}
    excluded = {row["participant"] for row in c.sheets["participants"] if row["status"] == "excluded"} - {None}
    for sheet in ("courses", "events", "samples", "scores"):
        for row in c.sheets[sheet]:
            person = row["participant"]
            if person not in excluded:
                continue
            treated = sheet == "courses" or row.get("event") == "infusion"
            if treated:
                what = f"a course ({row['course']})" if sheet == "courses" else f"an infusion on {row['date']}"
                yield c.problem(
                    sheet, row, "participant", "E-PPT-002", f"{person} is excluded and has {what}",
                    "who is excluded was not treated", "correct the participant, or write enrolled and a schedule",
                )  # fmt: skip
            else:
                counts[person][sheet] += 1
                first.setdefault(person, (sheet, row))
    for person, of_sheet in counts.items():
        sheet, row = first[person]
        what = ", ".join(f"{name}: {n}" for name, n in of_sheet.items())
        yield c.problem(
            sheet, row, "participant", "W-PPT-001", f"{person} is excluded and has rows ({what})",
            "they stay in the results and are in no analysis", "nothing, if they are of the screening; else correct the name",
            "FLAG",
        )  # fmt: skip


def _visit_order(c):
    visits = [row for row in c.sheets["visits"] if row["day"] is not None and row["order"] is not None]
    visits.sort(key=lambda row: (row["day"], row["order"]))
    for before, row in zip(visits, visits[1:], strict=False):
        if row["day"] > before["day"] and row["order"] <= before["order"]:
            yield c.problem(
                "visits", row, "order", "E-VIS-105",
                f"{row['visit']} has order {row['order']} on day {row['day']}, {before['visit']} has order "
                f"{before['order']} on day {before['day']} (row {before['_row']})",
                "order and day contradict each other", "correct the order or the day",
            )  # fmt: skip
    for row in visits:
        if row["baseline"] and row["day"] > 1 and visits[0]["day"] < row["day"]:
            yield c.problem(
                "visits", row, "baseline", "W-VIS-106",
                f"the baseline visit {row['visit']} is on day {row['day']}, {visits[0]['visit']} is on day {visits[0]['day']}",
                "changes would be counted from a visit after day 1, with others before it",
                "nothing, if that is the design; else write yes at the right visit", "FLAG",
            )  # fmt: skip


def _events(c):
    """Events outside their course, relapses before the first dose, first infusions far from day 1."""
    starts = defaultdict(dict)
    for row in c.sheets["courses"]:
        if row["day1_date"] and row["order"] is not None and row["_row"]:
            starts[row["participant"]][row["course"]] = (row["day1_date"], row["order"])
    planned = [row["day"] + (row["window_after"] or 0) for row in c.sheets["visits"] if row["day"] is not None]
    last_day, infused = max(planned, default=None), {}
    for row in c.sheets["events"]:
        own = starts[row["participant"]]
        if not row["date"] or row["course"] not in own:
            continue
        day1, order = own[row["course"]]
        day = study_day(row["date"], day1)
        later = min((start for start, number in own.values() if number > order), default=None)
        said = None
        if row["event"] == "infusion":
            first = infused.get((row["participant"], row["course"]))
            if first is None or row["date"] < first[0]["date"]:
                infused[(row["participant"], row["course"])] = (row, day)
        if row["event"] == "relapse" and row["date"] < min(start for start, _ in own.values()):
            said = "W-DATE-102", f"on {row['date']}, before the first dose of the first course", "nothing can come back"
        elif later and row["date"] > later:
            said = (
                "W-DATE-104",
                f"on {row['date']}, after the next course began on {later}",
                "it counts as one of this course",
            )
        elif row["event"] == "infusion" and last_day is not None and day > last_day:
            said = "W-DATE-104", f"on day {day}, after the last visit of the plan", "the treatment was over"
        elif row["event"] != "infusion" and day < 1:
            said = "W-DATE-104", f"on {row['date']}, before day 1 ({day1})", "the course had not begun"
        if said:
            code, found, why = said
            yield c.problem(
                "events", row, "date", code, f"{row['event']} of {row['participant']} {row['course']} {found}", why,
                "correct the date or the course", "FLAG",
            )  # fmt: skip
    for (person, course), (row, day) in infused.items():
        if not -NEAR < day <= NEAR + 1:
            yield c.problem(
                "events", row, "date", "W-DATE-103",
                f"the first infusion of {person} {course} is on day {day} ({row['date']})",
                "every day of the course is counted from day1_date", "correct the date, or day1_date of the course", "FLAG",
            )  # fmt: skip


def _undated(c):
    """One FLAG per sheet for the rows without a date."""
    for sheet, column in (("samples", "collection_date"), ("scores", "date")):
        without = [row for row in c.sheets[sheet] if not row[column]]
        if without:
            yield c.problem(
                sheet, without[0], column, "W-DATE-105", f"{len(without)} of {len(c.sheets[sheet])} rows without a date",
                "their day, window and time in storage cannot be judged", "fill the dates, where they are known", "FLAG",
            )  # fmt: skip
