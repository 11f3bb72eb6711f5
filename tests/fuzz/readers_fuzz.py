"""Change one cell or one line of an export and read it again: nothing may be misread in silence.

Every change must end in one of four ways:
  identical  the same tables
  refused    no table, and one line that says what is wrong (of one plate of several: told)
  told       other tables beside a new message that names the place: the row (five rows off at most: the head of its
             block), the sheet, the text that was changed or a neighbour of it, or every well, analyte or plate concerned
  visible    tables that differ where the change was made and show it there: a changed number or name is that number or
             name, verbatim, in the records of its row alone; a lost line or cell is a lost value of that line alone
Anything else, and every traceback, is a failure. Messages about the unchanged export do not count, nor do they when the
change only moves their row.

    python tests/fuzz/readers_fuzz.py 20000 --results benchmarks/results/stress.json
"""

import argparse
import json
import math
import random
import re
import sys
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[at]) for at in (1, 2)]

from immunoassay.readers import recognition, written_cells  # noqa: E402
from immunoassay.readers.export import FLAGS, RESULTS, WELLS, NotReadable, UnreadPlate  # noqa: E402
from reader_fixtures import fixtures  # noqa: E402

SEED = 20260117
NO_NAMES_OF_LINES = {
    "softmax",
    "msd_spots",
    "multiskan",
    "typed_bare",
}  # plate rows, replicates or spots: their order is the data
TEXTS = [
    "NaN",
    "n/a",
    "N/A",
    "---",
    "***",
    "?",
    "-",
    "abc",
    "Empty",
    "#REF!",
    "#DIV/0!",
    "TRUE",
    "inf",
    "1e999",
    "1.2.3",
    "1'234",
    "−5",
    "1_000",
    "µg/mL",
    "12,5",
    "1,234",
    "1.234,5",
    "<0.105",
    ">_3450",
    "<_Min",
    ">_Max",
    "OOR_<",
    "OOR_>",
    "*3.42",
    "*0.356*",
    "OVRFLW",
    "OVER",
    "MISSED",
    "?????",
    "Masked",
    "Range?",
    "BLQ",
    "QNS",
    "A1",
    "H12",
    "Z99",
    "A0",
    "A1,A2",
    "1(1,A1)",
    "S1",
    "Standard1",
    "STD1",
    "BLK",
    "Blank",
    "QC1",
    "X1",
    "Unknown1",
    "Sample",
    "Well",
    "Location",
    "Signal",
    "450",
    "1:50",
    "0",
    "-1.5",
    "7",
    "1e6",
    "2.5E-3",
    "25.0",
    '"',
    "=",
    "=1+1",
    "�",
    "~End",
    "DataType:",
    "Results",
    "Plate_1",
    "Name",
]
TEXTS = [text.replace("_", " ") if text[:1] in "<>O" else text for text in TEXTS]


@dataclass(frozen=True)
class Change:
    """What was done to an export, and where (1-based row and column of the sheet)."""

    kind: str
    sheet: str
    row: int
    column: int = 0
    old: object = ""
    new: object = ""
    line: tuple = ()  # the cells of its line before

    def __str__(self):
        what = f"{self.old!r} -> {self.new!r}" if self.column else repr(self.old)[:90]
        return f"{self.kind} {self.sheet}:{self.row}:{self.column} {what}"


# --- changes ---------------------------------------------------------------------------------------------------------


def change(random_, fixture):
    """(Change, changed fixture): one cell or one line of the export, changed."""
    sheet = random_.choice(sorted(fixture.sheets))
    rows = [list(row) for row in fixture.sheets[sheet]]
    at = random_.choice([index for index, row in enumerate(rows) if any(cell != "" for cell in row)])
    kinds = [
        "number",
        "text",
        "blank",
        "copy",
        "space",
        "delete",
        "repeat",
        "exchange",
        "cut",
        "gap",
        "note",
        "pad",
        "words",
        "title",
        "times",
    ]
    if {fixture.family, fixture.name} & NO_NAMES_OF_LINES:
        kinds.remove("exchange")
    if fixture.delimiter and fixture.delimiter != "\0":
        kinds += ["insert", "remove"]
    kind = random_.choice(kinds)
    line = tuple(rows[at])
    made = _line(random_, kind, rows, at, sheet) or _cell(random_, kind, rows, at, sheet)
    return replace(made, line=line), fixture.with_rows(sheet, rows)


def _line(random_, kind, rows, at, sheet):
    row = rows[at]
    if kind == "delete":
        del rows[at]
    elif kind == "repeat":
        rows.insert(at, list(row))
    elif kind == "exchange":
        other = min(at + 1, len(rows) - 1)
        rows[at], rows[other] = rows[other], rows[at]
    elif kind == "cut":
        rows[at] = row[: random_.randrange(len(row))]
    elif kind == "gap":
        rows.insert(at, [""])
    elif kind == "note":
        rows.insert(at, [random_.choice(["checked by KM", "repeat?", "12.5", "A1"])])
        return Change(kind, sheet, at + 1, 0, row, rows[at][0])
    elif kind in ("words", "title", "times"):
        line = {"words": ["", "", "Preparation", "", "Readout"], "title": ["Study run", "Operator: KM"]}.get(kind)
        line = line or ["" if cell == "" else "0s" for cell in row]
        rows.insert(at, line)
        return Change(kind, sheet, at + 1, 0, row, " ".join(filter(None, line))[:30])
    elif kind == "pad":
        rows[at] = row + [""] * random_.randint(1, 9)
    else:
        return None
    return Change(kind, sheet, at + 1, 0, row)


def _cell(random_, kind, rows, at, sheet):
    row = rows[at]
    filled = [index for index, cell in enumerate(row) if cell != ""]
    place = random_.choice(filled) if random_.random() < 0.9 else random_.randrange(len(row))
    old = new = row[place]
    if kind == "number":
        new = _other_number(random_, old)
    elif kind == "text":
        new = random_.choice(TEXTS)
    elif kind == "blank":
        new = ""
    elif kind == "copy":
        other = random_.choice([other for other in rows if other])
        new = random_.choice(other)
    elif kind == "space":
        new = f" {old}  " if isinstance(old, str) else old
    elif kind == "insert":
        row.insert(place, "")
    elif kind == "remove":
        new = "" if place + 1 == len(row) else old
        del row[place]
    if kind not in ("insert", "remove"):
        row[place] = new
    return Change(kind, sheet, at + 1, place + 1, old, new)


def _other_number(random_, old):
    value = random_.choice([0, 1, -2.5, 17, 0.0625, 12345.75, 3e7, round(random_.uniform(0, 1000), 3)])
    if not isinstance(old, str):
        return value
    return repr(value).replace(".", ",") if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", old) else repr(value)


# --- readings --------------------------------------------------------------------------------------------------------


@dataclass
class Reading:
    """What was read: records by key, messages, names listed as not read."""

    records: dict
    messages: set
    ignored: set


def read(fixture, named=None):
    """The Reading of an export, or the Problem with which it is refused. Checks what every reading must keep.

    Records go by the name of their plate where the unchanged export has several (`named`), else by its number.
    """
    try:
        export = recognition.read_source(fixture.source())
    except NotReadable as error:
        problem = error.problem
        assert problem.code != "E-INTERNAL", problem.message
        assert problem.code and problem.found and problem.fix and "\n" not in problem.message, problem
        return problem
    problems = [*export.problems, *(each.problem for each in getattr(export, "unread", ()))]
    messages = {(each.code, each.found, each.row, each.column, each.sheet) for each in problems}
    assert not any("\n" in each.message for each in problems)
    return Reading(_records(export, named), messages, set(export.ignored))


def _records(export, named):
    if hasattr(export, "frame"):
        assert list(export.frame.columns) == list(RESULTS.columns)
        rows = _plain(export.frame)
        assert all(row["flag"] in FLAGS for row in rows)
        plain = [row for row in rows if not row["aside"]]  # a cell that is not understood has neither, and is set aside
        assert all((row["flag"] == "none") == (row["value"] is not None) for row in plain)
        counts, records = Counter(), {}
        for row in rows:  # by sample, analyte and what tells repeats apart: run and replicate, else their order
            # the run of a maker's table stands in its head, where a change shows in a whole column
            own = row["run"] and export.family == "result_table"
            sample = f"{row['sample']} {row['run']}" if own else row["sample"]
            key = (sample, row["analyte"], row["replicate"])
            counts[key] += 1
            records[(*key[:2], f"{key[2]} {counts[key]}" if key[2] else counts[key])] = row
        return records
    records = {}
    names = [plate.name for plate in export.in_file()]
    for number, plate in enumerate(export.in_file()):
        if isinstance(plate, UnreadPlate):
            continue  # unread, with a message
        number = plate.name if (len(names) > 1 if named is None else named) and names.count(plate.name) == 1 else number
        assert list(plate.wells.columns) == list(WELLS.columns)
        for row in _plain(plate.wells):
            key = (number, row["well"], row["analyte"])
            assert key not in records, f"{key} twice"
            assert row["vendor_flag"] in FLAGS
            assert row["vendor_flag"] != "none" or row["vendor_flag_text"] is None, row
            records[key] = row | {"plate": plate.name}
    return records


def _plain(frame):
    columns = {name: frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def pair(fixture, changed, before):
    """Both readings, with records by plate name where the unchanged export, or the changed one only, has several."""
    after = read(changed, _several(before))
    if isinstance(after, Reading) and _several(after) and not _several(before):
        return read(fixture, True), read(changed, True)
    return before, after


def _several(reading):
    return len({key[0] for key in reading.records if len(key) == 3 and "plate" in reading.records[key]}) > 1


# --- judgement -------------------------------------------------------------------------------------------------------

MEASURED = {"signal", "net_signal", "bead_count", "dilution", "vendor_concentration", "value", "limit", "lloq", "uloq"}
DESCRIBING = {"unit", "region"}  # lost with the words of a heading; the sheets state the unit
LOSING = {"delete", "cut"}


def judge(before, after, made):
    """identical, refused, told or visible; AssertionError names the record that differs without a reason."""
    if not isinstance(after, Reading):
        return "refused"
    changed = {
        key: {name for name, value in row.items() if name != "row" and value != after.records[key][name]}
        for key, row in before.records.items()
        if key in after.records
    }
    changed = {key: names for key, names in changed.items() if names - ({"plate"} if made.row < 30 else set())}
    lost = [key for key in before.records if key not in after.records]
    gained = [key for key in after.records if key not in before.records]
    if not changed and not lost and not gained:
        return "identical"
    concerned = [*changed, *lost, *gained]
    if any(_names(message, concerned, made) for message in _new(before, after, made)):
        return "told"
    renamed = _renamed(lost, gained, before, after, made)
    for key in lost:
        on_line = _on_line(before.records[key], made)
        assert key in renamed or (on_line and (made.kind in LOSING or written_cells.text(made.new) == "")), (
            f"{key} is lost"
        )
    for key in gained:
        data_set = [row for other, row in after.records.items() if other in gained and other[-1] == key[-1]]
        assert key in renamed.values() or any(_shows(row, made.new) for row in data_set), f"{key} appeared"
    for key, names in changed.items():
        old, new = before.records[key], after.records[key]
        shown = any(_carries(new[name], made.new, new) for name in names)
        text = written_cells.text(made.new).lower()
        none = text in written_cells.NO_VALUE or written_cells.number(made.new) == 0  # 0: none was entered
        emptied = none and any(_carries(old[name], made.old, old) and new[name] is None for name in names)
        taken = made.kind in LOSING and all(new[name] is None or name.startswith("vendor") for name in names)
        if shown or emptied:
            continue
        here = _on_line(old, made) and made.kind not in (
            "insert",
            "remove",
            "exchange",
            "repeat",
            "note",
            "gap",
            "words",
            "title",
            "times",
        )
        names = names - {name for name in names & DESCRIBING if new[name] is None}
        names = names - ({"vendor_comment"} if new.get("vendor_comment") else set())
        if made.kind in LOSING and set((new.get("comment") or "").split("; ")) < set(
            (old.get("comment") or "").split("; ")
        ):
            names = names - {"comment"}  # words that went with their line
        if names == {"level"} and new["level"] and new["expected"] is not None:
            names = set()  # levels of a template that names concentrations are their ranks
        moved = after.records.get((*key[:-1], written_cells.text(made.new)), {})  # a data set under another name
        if moved and moved.get("signal") in (old.get("vendor_concentration"), old.get("net_signal")):
            continue
        if not names:
            continue
        measured = [name for name in names & MEASURED if new[name] is not None]
        gone = [name for name in names & MEASURED if new[name] is None and text not in written_cells.NO_VALUE]
        assert here or taken and _one_place(changed, made), f"{key}: {_differences(names, old, new)}"
        assert not measured, f"{key}: {_differences(measured, old, new)}"
        assert made.kind in LOSING or not gone or _shows(new, made.new), f"{key} lost {gone}"
    return "visible"


def _new(before, after, made):
    """Messages, and names of what is not read, that the change brought; a moved row makes no message new."""
    known = set(before.messages)
    for code, found, row, *place in before.messages:
        known |= {(code, found, str(int(row) + step), *place) for step in (-1, 1) if row.isdigit()}
    return [*(after.messages - known), *(("", name, "", "", "") for name in after.ignored - before.ignored)]


def _names(message, concerned, made):
    """Whether a message names the place of the change."""
    code, found, row, column, sheet = message
    ranges = [range(int(one), int(other) + 1) for one, other in re.findall(r"rows ([0-9]+) to ([0-9]+)", found)]
    if (row.isdigit() and abs(int(row) - made.row) <= 5) or any(made.row in each for each in ranges):
        return True
    if made.sheet and made.sheet in (sheet, found.removeprefix("sheet ")):
        return True
    text = " ".join((found, row, column)).casefold()
    parts = [written_cells.text(cell) for cell in (made.old, made.new, *made.line)]
    words = [word for part in parts for word in (part[:30], *written_cells.wells(part)) if word]
    if any(word.casefold() in text for word in words if len(word) > 1) or found.rpartition(": ")[2] in words:
        return True
    named = [key for key in concerned if isinstance(key[0], str)]  # a plate that goes by its number has no name
    places = [
        {str(key[at]).casefold() or "''" for key in keys} for at, keys in ((-1, concerned), (-2, concerned), (0, named))
    ]
    if code == "W-READ-007" and any(name in part.casefold() for name in places[2] for part in parts):
        return True  # it lists the plates of the file, and the line held the name of one of them
    return any(each and all(name in text for name in each) for each in places)


def _one_place(changed, made):
    """Whether what a lost line changed belongs to one well or one analyte."""
    return len({key[-2] for key in changed}) == 1 or len({key[-1] for key in changed}) == 1


def _on_line(record, made):
    sheets = {"TNF": "TNF", "Hu IL-1b (32)": "Hu IL-1b"}
    return record["row"] == made.row and sheets.get(made.sheet, record["analyte"]) == record["analyte"]


def _renamed(lost, gained, before, after, made):
    """{lost key: gained key} of records whose well, analyte, sample or plate has the new text as its name."""
    pairs, free = {}, list(gained)
    for key in lost:
        for other in free:
            parts = [b for a, b in zip(key, other, strict=True) if a != b]
            here = before.records[key]["row"] == made.row == after.records[other]["row"]
            if len(parts) == 1 and (here or _carries(parts[0], made.new, after.records[other])):
                pairs[key] = other
                free.remove(other)
                break
    return pairs


def _shows(record, new):
    return any(_carries(value, new, record) for value in record.values())


def _carries(value, new, record):
    """Whether a value of a record is what the new cell says: its text, its number, or what follows from that."""
    if value is None or new == "":
        return False
    text = written_cells.text(new).replace("\xa0", " ").strip()
    if isinstance(value, str):
        return (
            text in value
            or (len(value) > 1 and value in text)
            or value in written_cells.wells(text)
            or value == written_cells.key(text)
        )
    numbers = {
        float(each.replace(",", ".")) for each in re.findall(r"[-+]?[0-9]+(?:[.,][0-9]+)?(?:[eE][-+]?[0-9]+)?", text)
    }
    numbers |= {1 / each for each in numbers if each}
    dilution = record.get("dilution") or 1
    return any(math.isclose(value * factor, number) for number in numbers for factor in (1, dilution))


def _differences(names, old, new):
    return "; ".join(f"{name} {old[name]!r} -> {new[name]!r}" for name in sorted(names))


# --- runs ------------------------------------------------------------------------------------------------------------


def run(count, seed=SEED, names=None):
    """(Counter of (family, verdict), failures): `count` changes over the fixtures, the same for the same seed."""
    random_ = random.Random(seed)
    exports = {name: each for name, each in fixtures().items() if not names or name in names}
    before = {name: read(each) for name, each in exports.items()}
    verdicts, failures = Counter(), []
    for _ in range(count):
        name = random_.choice(sorted(exports))
        made, changed = change(random_, exports[name])
        try:
            verdict = judge(*pair(exports[name], changed, before[name]), made)
        except Exception as error:  # what is looked for
            verdict = "failed"
            where = "" if isinstance(error, AssertionError) else traceback.format_exc(limit=-3)
            failures.append((name, str(made), f"{type(error).__name__}: {error}", where))
        verdicts[exports[name].family, verdict] += 1
    return verdicts, failures


def main(arguments=None):
    """Run, print the counts, and merge them into the results of the stress tests where these are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, help="how many changes")
    parser.add_argument("--seed", type=int, nargs="+", default=[SEED], help="the count is shared among several")
    parser.add_argument("--results", type=Path, help="JSON file that gets the counts, under keys readers_...")
    options = parser.parse_args(arguments)
    verdicts, failures, totals = Counter(), [], Counter()
    with ProcessPoolExecutor() as pool:
        shares = [(options.count + place) // len(options.seed) for place in range(len(options.seed))]
        for found, failed in pool.map(run, shares, options.seed):
            verdicts, failures = verdicts + found, failures + failed
    for (_, verdict), number in verdicts.items():
        totals[verdict] += number
    for name, made, error, where in failures[:20]:
        print(f"{name}: {made}\n    {error}\n{where}")
    words = ", ".join(f"{verdict} {totals[verdict]}" for verdict in sorted(totals))
    print(f"{options.count} changes of exports, seed {', '.join(map(str, options.seed))}: {words}")
    if options.results:
        results = json.loads(options.results.read_text(encoding="utf-8")) if options.results.is_file() else {}
        results = {key: value for key, value in results.items() if not key.startswith("readers_")}
        results |= {"readers_changes": options.count, "readers_seeds": options.seed, "readers_failed": len(failures)}
        results |= {f"readers_{verdict}": totals[verdict] for verdict in ("identical", "refused", "told", "visible")}
        options.results.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
