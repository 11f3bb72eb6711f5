"""People, courses and visits: what the sheets of a study say against each other."""

from .cases import Case

PEOPLE, COURSES = "config/participants.tsv", "config/courses.tsv"


def cell(sheet, row, column, value):
    return lambda s: s.cell(sheet, row, column, value)


def several(*damages):
    return lambda s: [damage(s) for damage in damages]


def course_named(person, name, new):
    """Another name for one course of a participant, in every sheet."""

    def damage(s):
        for sheet in ("courses", "samples", "events"):
            header, *rows = s.rows(sheet)
            who, what = header.index("participant"), header.index("course")
            for row in rows:
                row[what] = new if (row[who], row[what]) == (person, name) else row[what]
            s.write(sheet, [header, *rows])

        def rename(book):
            header, *rows = book.active.iter_rows()
            place = {each.value: at for at, each in enumerate(header)}
            for row in rows:
                if (row[place["participant"]].value, row[place["course"]].value) == (person, name):
                    row[place["course"]].value = new

        s.change_workbook("config/scores.xlsx", rename)

    return damage


# fmt: off
CASES = [
    Case("", "no first course", cell("courses", 2, "order", "2"), "E-ID-060", "STOP", COURSES,
         "P01 has no course of order 1, the lowest is 2", "2", "order"),
    Case("", "orders against dates",
         lambda s: [s.cell("courses", row, "order", order) for row, order in ((6, "2"), (16, "1"))], "E-ID-061", "STOP",
         COURSES, "order and date contradict each other", "6", "order"),
    Case("", "first courses of several names", course_named("P03", "first", "initial"), "W-ID-060", "FLAG", COURSES,
         "courses of order 1 are called first, initial", "4", "course"),
    Case("", "one name of several orders", course_named("P05", "retreatment", "first-again"), "W-ID-060", "FLAG", COURSES,
         "courses of order 2 are called first-again, retreatment", "17", "course"),
]
# fmt: on
