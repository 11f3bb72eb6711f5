"""Treatment courses: `order` says which is first, and courses of one order have one name."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from immunoassay.problems import Problem, few
from immunoassay.study.context import Context
from immunoassay.study.members import Sheets

NAMED = ("courses", "samples", "events", "scores")  # sheets that name a course


def check(c: Context) -> Iterator[Problem]:
    """Orders that are no order: `c` is what is looked at."""
    people = defaultdict(list)
    for row in c.sheets["courses"]:
        if row["participant"] and row["order"] is not None:
            people[row["participant"]].append(row)
    for person, rows in people.items():
        rows.sort(key=lambda row: row["order"])
        orders = Counter(row["order"] for row in rows)
        if 1 not in orders:
            yield c.problem(
                "courses", rows[0], "order", "E-ID-060", f"{person} has no course of order 1, the lowest is {rows[0]['order']}",
                "what is said of first courses would leave this participant out", "number the courses 1, 2, …",
            )  # fmt: skip
        for before, row in zip(rows, rows[1:], strict=False):
            if orders[row["order"]] > 1 and before["order"] == row["order"]:
                yield c.problem(
                    "courses", row, "order", "E-ID-040", f"{person} has two courses of order {row['order']}",
                    "it is not clear which came first", "number the courses 1, 2, …",
                )  # fmt: skip
            elif before["day1_date"] and row["day1_date"] and row["day1_date"] <= before["day1_date"]:
                yield c.problem(
                    "courses", row, "order", "E-ID-061",
                    f"{person}: order {row['order']} began on {row['day1_date']}, order {before['order']} "
                    f"on {before['day1_date']} (row {before['_row']})",
                    "order and date contradict each other", "correct the order or day1_date",
                )  # fmt: skip


def one_name_per_order(sheets: Sheets, file: str) -> list[Problem]:
    """Rename courses in place, in every sheet, where order and name do not go together; a FLAG says so.

    Statistics and figures compare participants by the name of the course. Where every order has one name of its own the
    names stay; else all courses are called course-1, course-2 ... by their order.
    """
    orders = {(row["participant"], row["course"]): row["order"] for row in sheets["courses"] if row["_row"]}
    pairs = {(order, course): None for (_, course), order in orders.items()}
    names = Counter(course for _, course in pairs)
    first: dict[int, str] = {}
    odd = None
    for row in sheets["courses"]:
        if row["_row"] and first.setdefault(row["order"], row["course"]) != row["course"] or names[row["course"]] > 1:
            odd = odd or row
    if odd is None:
        return []
    same = [course for order, course in pairs if order == odd["order"]]
    found = f"courses of order {odd['order']} are called {few(same, 5)}"
    if len(same) == 1:
        found = f"courses called {odd['course']} have several orders"
    number = str(odd["_row"])
    for sheet in NAMED:
        for row in sheets[sheet]:
            order = orders.get((row["participant"], row["course"]))
            row["course"] = row["course"] if order is None else f"course-{order}"
    return [Problem(
        "W-ID-060", "FLAG", file, found,
        "participants are compared by course: all are called course-1, course-2, … by their order from here on",
        "give the courses of one order one name, to see that name", row=number, column="course",
    )]  # fmt: skip
