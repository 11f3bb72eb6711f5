"""Whole faults of a laboratory, planted at random places of a study: what one retyped cell is not.

Each kind takes (random, study) and gives (kind, file, changed files as {name: rows of cells}, names of what was touched).
"""

from study_runs import cells, text_of

SHEETS = "config/{}.tsv"
SELECTING = {"participants": ("schedule", "status"), "analytes": ("group", "panel"), "samples": ("visit", "course")}
STATES = ("OK", "below LLOQ", "above ULOQ", "haemolysed", "pending", "repeat requested", "L")
SPELLINGS = ("< {} nmol/L", "≤{}", "BLQ (<{})", ">{}", "n.d.", "{} nmol/L")
AMENDMENT = {"amendment": "F1", "reason": "written in the plate record", "who": "KM", "when": "2025-07-01"}


class Sheet:
    """A delimited file of the study: a header and rows, and how to write them."""

    def __init__(self, study, file):
        text = (study.folder / file).read_text(encoding="utf-8")
        self.file, self.delimiter = file, "\t" if "\t" in text else ","
        self.rows = cells(text, self.delimiter)
        self.header = self.rows[0]

    def at(self, column):
        return self.header.index(column)

    def made(self):
        return {self.file: text_of(self.rows, self.delimiter).encode()}


def _sheet(study, name):
    return Sheet(study, SHEETS.format(name))


def _delivery(study):
    return Sheet(study, next(file for file in study.files if file.endswith("anti-AChR_results.csv")))


def column_sorted_alone(random_, study):
    sheet = _sheet(study, random_.choice(["samples", "plates", "courses"]))
    at = random_.randrange(min(3, len(sheet.header)))
    values = [row[at] for row in sheet.rows[1:]]
    for row, value in zip(sheet.rows[1:], sorted(values, reverse=values == sorted(values)), strict=True):
        row[at] = value
    return "column sorted alone", sheet, {sheet.header[at], *values}


def selecting_text(random_, study):
    name = random_.choice(sorted(SELECTING))
    sheet, column = _sheet(study, name), random_.choice(SELECTING[name])
    row, at = random_.choice(sheet.rows[1:]), sheet.at(column)
    old, place = row[at], random_.randrange(max(1, len(row[at])))
    other = [old.upper(), f"{old} ", old.replace("_", "-"), old[:place] + old[place + 1 :], old + "x"]
    row[at] = random_.choice(other)
    return "text that selects", sheet, {old, row[at].strip(), row[0], column}


def second_tube(random_, study):
    sheet = _sheet(study, "samples")
    row = list(random_.choice(sheet.rows[1:]))
    sheet.rows.append([f"{row[0]}-b", *row[1:]])
    return "second tube", sheet, {row[0], f"{row[0]}-b"}


def layouts_exchanged(random_, study):
    one, other = random_.sample([file for file in study.files if "layouts" in file], 2)
    made = {one: (study.folder / other).read_bytes(), other: (study.folder / one).read_bytes()}
    return "layouts exchanged", one, made, {one, other, *study.plates[one], *study.plates[other]}


def amendment(random_, study):
    sheet, results = _sheet(study, "amendments"), study.results
    row = results.iloc[random_.randrange(len(results))]
    cell = random_.choice(
        [
            {"what": "exclude_result", "sample_id": row["sample_id"], "analyte": row["analyte"]},
            {"what": "exclude_analyte", "plate": row["plate"], "analyte": row["analyte"]},
            {"what": "exclude_plate", "plate": row["plate"]},
            {"what": "standard_strength", "plate": row["plate"], "to": "0.5"},
            {"what": "sample_id", "plate": row["plate"], "from": row["sample_id"], "to": f"{row['sample_id']}-x"},
        ]
    )
    cell = {**AMENDMENT, **cell}
    sheet.rows.append([str(cell.get(name, "")) for name in sheet.header])
    return f"amendment {cell['what']}", sheet, {"F1", cell.get("to", "F1")}


def export_cut(random_, study):
    """Rows gone: behind a row, of one text (an analyte, a sample), or a few next to each other."""
    file = random_.choice([file for file in study.files if "raw/" in file and not file.endswith(".xlsx")])
    sheet = Sheet(study, file)
    at = random_.randrange(len(sheet.rows) // 2, len(sheet.rows))
    word = random_.choice([cell for cell in sheet.rows[at] if cell] or [""])
    how = random_.choice(["tail", "text", "few"])
    if how == "tail":
        del sheet.rows[at:]
    elif how == "text":
        sheet.rows[:] = [row for row in sheet.rows if word not in row]
    else:
        del sheet.rows[at : at + random_.randint(1, 4)]
    return f"export cut: {how}", sheet, study.plates[file] | {file, word}


def saturated(random_, study):
    file = random_.choice([file for file in study.files if "raw/" in file and file.endswith(".txt")])
    sheet = Sheet(study, file)
    places = [
        (row, at)
        for row in sheet.rows
        for at, cell in enumerate(row)
        if cell.replace(".", "", 1).isdigit() and "." in cell
    ]
    row, at = random_.choice(places)
    row[at] = "OVRFLW"
    return "saturated well", sheet, study.plates[file] | {file}


def header_contradicts(random_, study):
    file = random_.choice([file for file in study.files if "raw/" in file and not file.endswith(".xlsx")])
    sheet = Sheet(study, file)
    places = [(row, at) for row in sheet.rows[:40] for at, cell in enumerate(row) if "2025" in cell or "-25" in cell]
    if not places:
        return export_cut(random_, study)
    row, at = random_.choice(places)
    old = row[at]
    row[at] = old.replace("2025", "2019").replace("-25", "-19")
    return "header contradicts", sheet, study.plates[file] | {file, old, row[at]}


def other_file(random_, study):
    one, other = random_.sample([file for file in study.files if "raw/" in file], 2)
    names = study.plates[one] | study.plates[other] | {one, other}
    return "another export under the name", one, {one: (study.folder / other).read_bytes()}, names


def delivery_states(random_, study):
    sheet = _delivery(study)
    row = random_.choice(sheet.rows[1:])
    word, column = random_.choice(STATES), random_.choice(["Flags", "Status", "Detection Range"])
    for each in sheet.rows:
        each.append(column if each is sheet.header else word if each is row else "OK")
    return f"state column: {word}", sheet, {row[0], word, column}


def delivery_spelling(random_, study):
    sheet = _delivery(study)
    row, at = random_.choice(sheet.rows[1:]), sheet.at("Result")
    sign, spelling = row[at][: row[at].startswith(("<", ">"))], random_.choice(SPELLINGS)
    number = row[at].removeprefix(sign)
    row[at] = spelling.format(sign + number if spelling == "{} nmol/L" else number)  # a lost sign is another number
    return "censored spelling", sheet, {row[0], row[at]}


def delivery_unit(random_, study):
    sheet = _delivery(study)
    row = random_.choice(sheet.rows[1:])
    row[sheet.at("Unit")] = random_.choice(["pmol/L", "ng/mL", "mmol/L", ""])
    return "unit of one row", sheet, {row[0], row[sheet.at("Unit")], "Unit"}


def limit_as_text(random_, study):
    sheet = _delivery(study)
    row, at = random_.choice(sheet.rows[1:]), sheet.at(random_.choice(["LLOQ", "ULOQ"]))
    row[at] = random_.choice(["<{}", "{} nmol/L", "about {}", ""]).format(row[at])
    return "limit as text", sheet, {row[0], row[at], sheet.header[at]}


def excluded_with_data(random_, study):
    sheet = _sheet(study, "participants")
    row = random_.choice(sheet.rows[1:])
    row[sheet.at("status")] = "excluded"
    return "excluded with data", sheet, {row[0]}


def visit_order(random_, study):
    sheet = _sheet(study, "visits")
    one, other = random_.sample(sheet.rows[1:], 2)
    at = sheet.at("order")
    one[at], other[at] = other[at], one[at]
    return "visit order against day", sheet, {one[0], other[0]}


def plate_aside(random_, study):
    sheet = _sheet(study, "plates")
    row = random_.choice(sheet.rows[1:])
    row[sheet.at("include")], row[sheet.at("reason")] = "no", "spilt on the bench"
    return "plate set aside", sheet, {row[0], "spilt on the bench"}


KINDS = (
    *(column_sorted_alone, selecting_text, second_tube, layouts_exchanged, amendment, export_cut, saturated),
    *(header_contradicts, other_file, delivery_states, delivery_spelling, delivery_unit, limit_as_text),
    *(excluded_with_data, visit_order, plate_aside),
)


def planted(random_, study):
    """(kind, file, {file: bytes}, names) of one fault."""
    kind, place, *made, names = random_.choice(KINDS)(random_, study)
    file, files = (place, made[0]) if made else (place.file, place.made())
    return kind, file, files, {str(name) for name in names}
