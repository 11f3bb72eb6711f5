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


def column_sorted(sheet, column, key=None, reverse=False):
    """One column of a sheet sorted alone, as a spreadsheet does when nothing else is selected."""

    def damage(s):
        header, *rows = s.rows(sheet)
        at = header.index(column)
        values = sorted((row[at] for row in rows), key=key, reverse=reverse)
        s.write(sheet, [header, *([*row[:at], value, *row[at + 1 :]] for row, value in zip(rows, values, strict=True))])

    return damage


def screened(**values):
    """A person excluded at screening, with whatever `values` (sheet: row) say of them."""

    def damage(s):
        s.add("participants", participant="S90", status="excluded", reason="MG-ADL below 6")
        for sheet, row in values.items():
            s.add(sheet, participant="S90", **row)

    return damage


DRAWN = {"sample_id": "S90-D1", "course": "first", "visit": "D1", "collection_date": "2023-01-02", "specimen": "serum"}
INFUSED = {"course": "first", "event": "infusion", "date": "2023-01-02"}
SAMPLES, EVENTS, VISITS, ANALYTES = (f"config/{name}.tsv" for name in ("samples", "events", "visits", "analytes"))


# fmt: off
CASES = [
    Case("", "excluded and treated", screened(courses={"course": "first", "order": "1", "day1_date": "2023-01-02"}),
         "E-PPT-002", "STOP", COURSES, "S90 is excluded and has a course (first)", "19", "participant"),
    Case("", "excluded and infused", screened(events=INFUSED), "E-PPT-002", "STOP", EVENTS,
         "S90 is excluded and has an infusion on 2023-01-02", "", "participant"),
    Case("", "treated and then excluded",
         several(cell("participants", 4, "status", "excluded"), cell("participants", 4, "reason", "withdrew consent")),
         "E-PPT-002", "STOP", COURSES, "P03 is excluded and has a course", "4", "participant"),
    Case("", "excluded with a sample", screened(samples=DRAWN), "W-PPT-001", "FLAG", SAMPLES,
         "S90 is excluded and has rows (samples: 1)", "14", "participant", judged=True),
    Case("", "excluded with a withdrawal", screened(events={**INFUSED, "event": "withdrawal"}), "W-PPT-001", "FLAG",
         EVENTS, "S90 is excluded and has rows (events: 1)", "", "participant", judged=True),
    Case("", "tubes sorted alone", column_sorted("samples", "sample_id", reverse=True), "E-ID-062", "STOP", SAMPLES,
         "tubes carry the name of another participant", "2", "participant"),
    Case("", "participants sorted alone", column_sorted("samples", "participant", reverse=True), "E-ID-062", "STOP",
         SAMPLES, "tubes carry the name of another participant (P05 …)", "2", "participant"),
    Case("", "visits sorted alone", column_sorted("samples", "visit"), "W-ID-062", "FLAG", SAMPLES,
         "tubes carry the name of another visit (M2 …): P05-R-M2 stands for D1 (row 3)", "3", "visit"),
    Case("", "one tube of another person", cell("samples", 3, "participant", "P06"), "E-ID-062", "STOP", SAMPLES,
         "1 of 12 tubes carry the name of another participant (P05 …): P05-R-M2 stands for P06 (row 3)", "3", "participant"),
    Case("", "schedule one letter short", cell("participants", 3, "schedule", "six_weeky"), "W-ID-061", "FLAG", PEOPLE,
         '"six_weeky" (1 row) is one letter apart from "six_weekly" (6)', "3", "schedule"),
    Case("", "schedule in two cases", cell("participants", 3, "schedule", "Six_weekly"), "E-ID-041", "STOP", PEOPLE,
         '"Six_weekly" and "six_weekly" (row 2)', "3", "schedule"),
    Case("", "schedule with a space", cell("participants", 3, "schedule", "six weekly"), "E-ID-041", "STOP", PEOPLE,
         '"six weekly" and "six_weekly" (row 2)', "3", "schedule"),
    Case("", "group one letter short", cell("analytes", 4, "group", "cytokin"), "W-ID-061", "FLAG", ANALYTES,
         '"cytokin" (1 row) is one letter apart from "cytokine"', "4", "group"),
    Case("", "group without its underscore", cell("analytes", 22, "group", "bcmaaxis"), "E-ID-041", "STOP", ANALYTES,
         '"bcma', "", "group"),
    Case("", "specimen in two cases", cell("samples", 4, "specimen", "Serum"), "E-ID-041", "STOP", SAMPLES,
         '"Serum" and "serum"', "4", "specimen"),
    Case("", "course in two cases", course_named("P03", "first", "First"), "E-ID-041", "STOP", COURSES,
         '"First" and "first"', "4", "course"),
    Case("", "group of no figure", cell("analytes", 4, "group", "chemotaxis"), "W-REF-012", "FLAG", ANALYTES,
         '"chemotaxis": named by no setting; 1 analytes are in no figure', "4", "group"),
    Case("", "schedule of no analysis", cell("participants", 3, "schedule", "compassionate"), "W-REF-012", "FLAG", PEOPLE,
         '"compassionate"', "3", "schedule"),
    Case("", "order of visits against days", several(cell("visits", 3, "order", "3"), cell("visits", 4, "order", "2")),
         "E-VIS-105", "STOP", VISITS, "M3 has order 2 on day 85, M2 has order 3 on day 57 (row 3)", "4", "order"),
    Case("", "one order of two visits", cell("visits", 4, "order", "2"), "E-VIS-105", "STOP", VISITS,
         "M3 has order 2 on day 85, M2 has order 2", "4", "order"),
    Case("", "baseline at a later visit", several(cell("visits", 2, "baseline", "no"), cell("visits", 4, "baseline", "yes")),
         "W-VIS-106", "FLAG", VISITS, "the baseline visit M3 is on day 85, D1 is on day 1", "4", "baseline"),
    Case("", "relapse before the first dose", lambda s: s.add("events", participant="P05", course="first",
         event="relapse", date="2022-12-01"), "W-DATE-102", "FLAG", EVENTS,
         "relapse of P05 first on 2022-12-01, before the first dose", "", "date"),
    Case("", "day 1 a month off", cell("courses", 2, "day1_date", "2023-03-06"), "W-DATE-103", "FLAG", EVENTS,
         "the first infusion of P01 first is on day -27", "2", "date"),
    Case("", "infusion years later", lambda s: s.add("events", participant="P01", course="first", event="infusion",
         date="2025-02-06"), "W-DATE-104", "FLAG", EVENTS, "infusion of P01 first on day 732, after the last visit", "", "date"),
    Case("", "relapse in the next course", lambda s: s.add("events", participant="P05", course="first", event="relapse",
         date="2024-09-01"), "W-DATE-104", "FLAG", EVENTS, "after the next course began on 2024-05-06", "", "date"),
    Case("", "no dates of collection", several(cell("samples", 3, "collection_date", ""),
         cell("samples", 5, "collection_date", "")), "W-DATE-105", "FLAG", SAMPLES,
         "2 of 12 rows without a date", "3", "collection_date"),
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
