"""Where an export contradicts the sheets: another plate, batch, kit lot or file in its header, results dated before
collection."""

import re
from pathlib import PurePosixPath

import pandas as pd
from immunoassay.problems import Problem
from immunoassay.readers.headers import dates

NAMES = {
    "kit_lot": "kit lot",
    "plate": "plate",
    "batch": "batch",
    "file": "file",
}  # column of the plates sheet -> in words
PIECES, SHORTEST, OTHERS = 8, 3, 2  # pieces of a name, characters of one that is looked for, plates that must agree


def of_headers(headers: dict[str, str], plates: list[dict]) -> list[Problem]:
    """[Problem]: FLAGs for headers that name another plate, batch, kit lot or file of the sheet and not their own.

    `headers`: {plate: readers.headers.text}; `plates` the rows of rule_rows.gate_plates. Where OTHERS or more plates of the
    kit all write their own name or lot into a line, one that writes another text there is named too, whether or not the
    sheet knows it. Plates that are set aside contradict nothing.
    """
    plates = [{**row, "written_file": row["file"], "file": PurePosixPath(row["file"]).stem} for row in plates]
    rows = [row for row in plates if headers.get(row["plate"])]
    lines = {row["plate"]: dict(each.split(": ", 1) for each in headers[row["plate"]].split("\n")) for row in rows}
    words = {plate: {name: _names(value) for name, value in each.items()} for plate, each in lines.items()}
    said = {plate: set().union(*each.values()) for plate, each in words.items()}
    found: list[Problem] = []
    for column, name in NAMES.items():
        known = {_folded(row[column]): row[column] for row in plates if _tells(row[column])}
        usual = _usual_lines(rows, words, column)
        for row in rows:
            own, plate = _folded(row[column]), row["plate"]
            chosen = _names(f"{row['plate_in_file']} {row['rerun_of']}")  # names that the sheets connect with the plate
            if not row["include"] or own in said[plate] or own in chosen:
                continue
            others = sorted(known[each] for each in (said[plate] - chosen) & known.keys())
            strange = [lines[plate][line] for line in usual.get(row["panel"], ()) if lines[plate].get(line)]
            told = column == "file" and any(each.plate == plate for each in found)  # one line for one cause
            if (others or (own and strange)) and not told:
                found.append(_problem(row, column, name, others[0] if others else strange[0], bool(others)))
    return found


def of_results(delivered: pd.DataFrame, samples: list[dict]) -> list[Problem]:
    """[Problem]: one FLAG per delivery with results dated before their sample was collected, with both dates.

    `delivered`: frame with plate, sample_id, date, file, file_row; `samples` rows of the sheet.
    """
    collected = {row["sample_id"]: row["collection_date"] for row in samples if row.get("collection_date")}
    found: dict[str, list[tuple]] = {}
    for row in delivered.itertuples(index=False):
        day, written = collected.get(row.sample_id), dates(row.date if row.date == row.date else "")
        if day and written and max(written).isoformat() < day:
            found.setdefault(row.plate, []).append((row, day))
    problems = []
    for plate, each in found.items():
        row, day = each[0]
        more = f" (and {len(each) - 1} more rows)" if len(each) > 1 else ""
        said = f"the result of {row.sample_id} is dated {row.date}, the sample was collected on {day}{more}"
        why, fix = "a sample cannot be measured before it is drawn", "ask the laboratory, or correct collection_date"
        place = {"row": str(row.file_row), "column": "date", "plate": plate}
        problems.append(Problem("W-ACC-008", "FLAG", row.file, said, why, fix, **place))
    return problems


def _usual_lines(rows, words, column):
    """{panel: lines of the header} into which all plates but at most one write their own name."""
    usual = {}
    for panel in {row["panel"] for row in rows}:
        own = [(words[row["plate"]], _folded(row[column])) for row in rows if row["panel"] == panel and row[column]]
        for line in {line for lines, _ in own for line in lines}:
            fits = [name in lines[line] for lines, name in own if line in lines]
            if sum(fits) >= OTHERS and sum(fits) >= len(fits) - 1:
                usual.setdefault(panel, set()).add(line)
    return usual


def _names(text):
    """Every name a text may hold: up to PIECES neighbouring pieces of letters and digits with what joins them."""
    pieces = [(match.start(), match.end()) for match in re.finditer(r"[^\W_]+", text.casefold())]
    folded = text.casefold()
    return {folded[a:b] for at, (a, _) in enumerate(pieces) for _, b in pieces[at : at + PIECES]}


def _tells(name):
    """Whether a name is more than a count or a date such as `1`, `Plate 2` or `2025-06`."""
    name = name or ""
    lettered = re.search(r"[^\W\d_]", re.sub("(?i)plate", "", name))
    return len(name) >= SHORTEST and bool(lettered or re.fullmatch(r"\d{5,}", name))


def _folded(name):
    return (name or "").strip().casefold()


def _problem(row, column, name, other, known):
    whose = f"another {name} of the sheet" if known else f"where the other plates of the kit write their own {name}"
    said = f'the header says "{other}", {whose}; the sheet says {row[column]}'
    why, fix = "it is perhaps the export of another plate", f"correct {column}, or name the right file"
    place = {"column": column, "batch": row["batch"], "plate": row["plate"]}
    return Problem("W-ACC-007", "FLAG", row["written_file"], said, why, fix, **place)
