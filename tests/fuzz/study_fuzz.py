"""Damage one thing of the demonstration's sheets, layouts or exports and run the study again: nothing may change unseen.

Every damage must end in one of four ways:

- identical: every table of the study is the same to the last digit;
- stopped: a STOP or QUARANTINE that was not there before names the touched file with its row, column or value;
- flagged: the study runs, and a new FLAG or EXCLUDE names it in the same way, or an acceptance check of the touched
  plate no longer passes;
- shown: tables differ, all of it in rows that belong to the touched plate, sample, analyte, visit or participant, and the
  difference itself shows what was done: the new (or lost) value stands in it, a number moved by as much as the one
  touched (a signal shown minus its background), or the touched row came or went.

Anything else is silent, and that, like every traceback, is a failure. "Shown" is no proof that a person notices: a number
of an export that is replaced by another plausible number is then that number, in the wells table and in what follows from
it. No program could notice that; such damages are counted apart, as "plausible". Half of the damages are cells and rows of
one file; the other half are whole faults (study_kinds), for which there is no "shown": a result that changed is named by a
problem, or carries an amendment, a flag or a reason it had not, or is silent.

The study is the demonstration with one batch of every family of exports. What figures and workbook take from the sheets
as it stands (labels, groups, visits, events) counts as a table (study_runs.shown). Statistics and figures, which see
only those tables, are not run.

    python tests/fuzz/study_fuzz.py 5000 --results benchmarks/results/stress.json
"""

import argparse
import io
import itertools
import json
import random
import re
import sys
import tempfile
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import openpyxl

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/fuzz")]

import study_kinds  # noqa: E402
import study_runs  # noqa: E402
from immunoassay.problems import visible  # noqa: E402
from immunoassay.study import sheet_places  # noqa: E402
from study_runs import cells, text_of  # noqa: E402

SEED = 20260118
TEXTS = [
    *("NA", "n/a", "#REF!", "#DIV/0!", "abc", "TRUE", "1,5", "1.234,5", "1_000", "inf", "1e999", "-5", "0", "1e6", "7"),
    *("<2.5", "OOR <", "***", "---", "ng/mL", "pg/mL", "µg/mL", "mg/dL", "03/04/2026", "1-Mar", "2024-02-31"),
    *("2035-01-01", "1.00E+05", "А1", "P99-D1", "A13", "I1", "S1", "QC1", "yes", "no", "blank", "=1+1", "<script>x"),
    *("\u200bx", "x\u00a0", "Âµg", "5pl", "linear", "raw", "fixed", "../../x", "first", "D1", "M3", "2023-02-06"),
]


@dataclass
class Damage:
    """What was done to a file: where, which cells, and the names that what follows from it may carry."""

    kind: str
    file: str
    row: int = 0  # as the user sees it; 0: the whole column
    column: str = ""
    old: str = ""
    new: str = ""
    names: set = field(default_factory=set)  # texts of the touched rows and cells, before and after
    everywhere: bool = False  # a column of a sheet concerns every row
    whole: bool = False  # a whole fault (study_kinds)

    def __str__(self):
        return f"{self.kind} {self.file}:{self.row}:{self.column} {self.old!r} -> {self.new!r}"


class Study:
    """A study folder that is damaged and repaired; its files as rows of texts."""

    def __init__(self, folder):
        self.folder = folder
        self.files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        self.files.remove("config/config.yaml")
        self.plates, self.results = {}, None  # file -> plates that read it; results of the sound study
        header, *rows = cells((folder / "config/plates.tsv").read_text(encoding="utf-8"), "\t")
        for row in rows:
            given = dict(zip(header, row, strict=True))
            for column in ("file", "layout"):
                self.plates.setdefault(given[column], set()).add(given["plate"])

    def damaged(self, random_):
        """(Damage, {file: bytes})."""
        if random_.random() < 0.5:
            kind, file, files, names = study_kinds.planted(random_, self)
            return Damage(kind, file, names=names, whole=True), files
        made, content = self._damaged_file(random_)
        return made, {made.file: content}

    def _damaged_file(self, random_):
        """(Damage, bytes) of one file."""
        file = random_.choice(random_.choice([self._sheets(), self._layouts(), self._exports()]))
        content = (self.folder / file).read_bytes()
        if file.endswith(".xlsx"):
            return _damage_workbook(random_, file, content)
        text = content.decode("utf-8")
        delimiter = "\t" if "\t" in text else ";" if text.count(";") > text.count(",") else ","
        rows = cells(text, delimiter)
        made = _damage(random_, file, rows)
        return made, text_of(rows, delimiter).encode()

    def _sheets(self):
        return [file for file in self.files if file.count("/") == 1]

    def _layouts(self):
        return [file for file in self.files if "layouts" in file]

    def _exports(self):
        return [file for file in self.files if "raw/" in file]


# --- damage ----------------------------------------------------------------------------------------------------------


def _damage(random_, file, rows):
    """Change `rows` (lists of texts) in one way; the Damage says how."""
    at = random_.choice([index for index, row in enumerate(rows) if any(row)])
    row, kind = rows[at], random_.choice(
        ["text", "text", "text", "number", "number", "copy", "copy", "exchange", "exchange", "blank", "blank", "space"]
        + ["digit", "case", "delete", "delete", "repeat", "insert", "remove", "order", "column", "rename", "columns"]
    )  # fmt: skip
    header = _header(rows, at, file)
    if kind in ("column", "columns") and not ("config/" in file and file.count("/") == 1):
        kind = "text"
    if kind == "rename":
        at, row = rows.index(header), header
    filled = [index for index, cell in enumerate(row) if cell] or [0]
    place = random_.choice(filled) if random_.random() < 0.85 else random_.randrange(len(row))
    made = Damage(kind, file, at + 1, header[place] if place < len(header) else "", row[place])
    made.names = set(row)
    if kind == "delete":
        del rows[at]
    elif kind == "repeat":
        rows.insert(at, list(row))
    elif kind == "order":
        other = random_.randrange(1, len(rows))
        made.names |= set(rows[other])
        rows[at], rows[other] = rows[other], rows[at]
    elif kind == "insert":
        row.insert(place, "")
    elif kind == "remove":
        del row[place]
    elif kind in ("column", "columns"):
        other = random_.randrange(len(rows[0]))
        made.row, made.everywhere, made.column, made.old = 0, True, rows[0][place], rows[0][other]
        for each in rows:
            if kind == "column":
                del each[place : place + 1]
            elif max(place, other) < len(each):
                each[place], each[other] = each[other], each[place]
        made.names = {made.column, made.old}
    elif kind == "exchange":
        other = random_.choice([each for each in rows if len(each) > place])
        made.names |= set(other)
        row[place], other[place] = other[place], row[place]
        made.new = row[place]
    else:
        made.new = row[place] = _other(random_, kind, row[place], [each[place] for each in rows if len(each) > place])
    made.everywhere |= at == 0 or header is row
    made.names |= set(row)
    return made


def _other(random_, kind, old, column):
    if kind == "text" or kind == "rename":
        return random_.choice(TEXTS)
    if kind == "number":
        value = _number(old)
        if value is None:
            return str(random_.choice([0, 1, 17, 0.5, 250.0, 99999]))
        return f"{random_.choice([value * 10, value / 1000, value * 1000, -value, value + 1, 0, value * 1.5]):g}"
    if kind == "copy":
        return random_.choice(column)
    if kind == "space":
        return f" {old} "
    if kind == "digit":
        digits = [index for index, sign in enumerate(old) if sign.isdigit()]
        if digits:
            index = random_.choice(digits)
            return old[:index] + str((int(old[index]) + random_.randint(1, 9)) % 10) + old[index + 1 :]
        return old[::-1]
    if kind == "case":
        return old.swapcase()
    return ""


def _damage_workbook(random_, file, content):
    """One cell or row of a workbook, changed in place."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book[random_.choice(book.sheetnames)]
    rows = [list(row) for row in sheet.iter_rows() if any(cell.value is not None for cell in row)]
    row = random_.choice(rows)
    cell = random_.choice([cell for cell in row if cell.value is not None])
    header = [str(each.value or "") for each in rows[0]]
    made = Damage("", file, cell.row, header[cell.column - 1] if "config/" in file else sheet.title, _shown(cell.value))
    made.names = {_shown(each.value) for each in row} | ({sheet.title} if "raw/" in file else set())
    made.everywhere = row is rows[0]
    made.kind = random_.choice(["text", "text", "number", "copy", "blank", "delete", "repeat", "hide", "format"])
    if made.kind == "delete":
        sheet.delete_rows(cell.row)
    elif made.kind == "repeat":
        sheet.append([each.value for each in row])
    elif made.kind == "hide":
        sheet.row_dimensions[cell.row].hidden = True
    elif made.kind == "format":
        cell.number_format = random_.choice(["000", "yyyy-mm-dd", "0.0"])
    elif made.kind == "number" and isinstance(cell.value, int | float):
        cell.value = cell.value * random_.choice([10, 0.5, 1000, -1]) + random_.choice([0, 1])
    else:
        other = [each[cell.column - 1].value for each in rows if len(each) >= cell.column]
        cell.value = {"copy": random_.choice(other), "blank": None}.get(made.kind, random_.choice(TEXTS))
        cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    made.new = _shown(cell.value)
    made.names |= {made.old, made.new}
    out = io.BytesIO()
    book.save(out)
    return made, out.getvalue()


def _header(rows, at, file):
    """The row that names the columns of row `at`: the first of a sheet, of an export the one above it that does."""
    if "raw/" not in file:
        return rows[0]
    wide = [row for row in rows[: at + 1] if len(row) > 2 and not any(_number(cell) is not None for cell in row[:3])]
    return wide[-1] if wide else rows[at]


def _shown(value):
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


# --- judgement -------------------------------------------------------------------------------------------------------


def judge(before, after, made, plates):
    """identical, stopped, flagged or shown; AssertionError says what changed unseen. `plates` read the touched file."""
    known = set(before.messages())
    new = [problem for problem in after.problems if problem.message not in known]
    for problem in new:
        assert problem.code and problem.found and problem.why and problem.fix, problem
        assert "\n" not in problem.message, problem
    naming = [problem for problem in new if _names(problem, made, plates)]
    if after.stopped:
        assert naming, f"stopped, not named: {[problem.message for problem in new][:3]}"
        return "stopped"
    if naming or _failing(after, plates) - _failing(before, plates):
        return "flagged"
    differs = {name: _difference(frame, after.tables[name]) for name, frame in before.tables.items()}
    differs = {name: rows for name, rows in differs.items() if rows and name != "problems"}
    if not differs:
        return "identical"
    if made.whole:
        silent = _without_a_word(before.tables["results"], after.tables["results"])
        assert not silent, f"silent: {silent[:2]}"
        return "shown"
    scope = _scope(before, after, made, plates)
    for name, rows in differs.items():
        strange = [] if made.everywhere and not plates else [row for row in rows if not scope & _parts(row)]
        assert not strange, f"{name} differs elsewhere: {strange[0]}"
    assert any(_shows(rows, made) or _moves(rows, made) for rows in differs.values()), (
        f"not shown in {sorted(differs)}: {next(iter(differs.values()))[:2]}"
    )
    return "plausible" if made.kind in ("number", "digit", "copy", "exchange") else "shown"


def _without_a_word(before, after):
    """(sample, analyte) of the results that differ and carry no amendment, flag or reason that they had not."""
    key, said = ["sample_id", "analyte"], ["reason", "flags", "amendments"]
    both = before.merge(after, on=key, how="outer", suffixes=("", "_after")).astype("object")
    both = both.where(both.notna(), "")
    moved = [(both[name] != both[f"{name}_after"]).to_numpy() for name in ("value", "lower", "upper", "status")]
    told = [((both[name] != both[f"{name}_after"]) & (both[f"{name}_after"] != "")).to_numpy() for name in said]
    hit = np.logical_or.reduce(moved) & ~np.logical_or.reduce(told)
    return list(both.loc[hit, key].itertuples(index=False, name=None))


def _moves(rows, made):
    """Whether a number of the rows moved by just what was done: a signal shown minus its background moves with it."""
    old, new = _number(made.old), _number(made.new)
    if old is None or new is None:
        return False
    for one, other in itertools.combinations(rows[:100], 2):
        numbers = [(_number(a), _number(b)) for a, b in zip(one, other, strict=True) if a != b]
        if any(a is not None and b is not None and abs(abs(b - a) - abs(new - old)) < 1e-9 for a, b in numbers):
            return True
    return False


def _failing(run, plates):
    """Checks of the touched plates that do not pass."""
    checks = run.tables["checks"]
    checks = checks[checks["plate"].isin(plates) & (checks["verdict"] != "PASS")]
    return set(
        zip(checks["plate"], checks["analyte"], checks["rule"], checks["subject"], checks["verdict"], strict=True)
    )


def _names(problem, made, plates):
    """Whether a problem names what was touched: its file and row, column or plate, or one of its values."""
    text = problem.message
    words = {visible(word) for word in (made.old, made.new, made.column) if word}
    if any(re.search(rf"(?<![\w.]){re.escape(word)}(?![\w])", text) for word in words if len(word) > 1):
        return True
    if problem.file == made.file:
        if made.kind in ("repeat", "order", "delete"):
            return True  # the row is another one now
        row = re.sub(r"\D", "", problem.row) == str(made.row)
        if row or not problem.row or problem.column in (made.column, made.old) or made.everywhere:
            return True
    if problem.plate in plates:
        return True
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in made.names if len(name) > 1)


def _difference(before, after):
    """Rows (tuples of texts) that only one of two frames holds."""
    if before.equals(after):
        return []
    one, other = _rows(before), _rows(after)
    return list((one - other).elements()) + list((other - one).elements())


def _rows(frame):
    texts = {
        name: [_shown(value) for value in frame[name].astype(object).where(frame[name].notna(), None)] for name in frame
    }
    for name in ("file_sha256", "file_row", "header"):  # where a number stands and what stood above it: no result
        texts.pop(name, None)
    return Counter(zip(*texts.values(), strict=True))


def _scope(before, after, made, plates):
    """Names one of which every changed row must carry."""
    scope = _parts(made.names) - {""}
    for run in (before, after):
        attempts = run.tables["attempts"]
        touched = plates | (scope & set(attempts["plate"]))  # an amendment names its plate
        scope |= set(attempts.loc[attempts["plate"].isin(touched), "sample_id"].dropna()) | touched
    for samples in (before.tables["shown_samples"], after.tables["shown_samples"]):
        hit = samples["sample_id"].isin(scope)
        scope |= set(samples.loc[hit, "participant"])
    return scope


def _parts(row):
    """Texts of a row, and the parts of those that list several."""
    return {part for cell in row for part in [cell, *re.split(r"[,;@: ]+", cell)]}


def _shows(rows, made):
    """Whether a difference shows the damage: the old or new value, or for a whole row one of its values."""
    whole = made.kind in ("delete", "repeat", "order", "insert", "remove")
    wanted = made.names if whole else {made.old, made.new} | _parts((made.old, made.new))
    numbers = {value for value in map(_number, wanted) if value is not None}
    for row in rows:
        if wanted & _parts(row) - {""}:
            return True
        if any(
            value is not None and any(abs(value - each) <= 1e-5 * abs(each) for each in numbers)
            for value in map(_number, row)
        ):
            return True
    return made.new == "" or made.old == ""


# --- runs ------------------------------------------------------------------------------------------------------------


def run(count, seed=SEED, only=None):
    """(Counter of (kind of file, verdict), failures): `count` damages, the same for the same seed."""
    random_ = random.Random(seed)
    sheet_places.load_sheet = _remembered(sheet_places.load_sheet)
    verdicts, failures = Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        study = Study(study_runs.small_study(Path(folder) / "study"))
        before = study_runs.run(study.folder)
        assert not before.stopped, before.messages()
        results = before.tables["results"]
        study.results = results[results["plate"].notna()].reset_index(drop=True)
        for number in range(count):
            made, files = study.damaged(random_)
            if only is not None and number != only:
                continue
            whole = {file: (study.folder / file).read_bytes() for file in files}
            _write(study.folder, files)
            try:
                verdict = judge(before, study_runs.run(study.folder), made, study.plates.get(made.file, set()))
            except Exception as error:  # what is looked for
                verdict = "failed"
                where = "" if isinstance(error, AssertionError) else traceback.format_exc(limit=-4)
                failures.append((number, str(made), f"{type(error).__name__}: {error}"[:1200], where))
                print(*failures[-1], sep="\n    ", flush=True)
            finally:
                _write(study.folder, whole)
            where = "exports" if "raw/" in made.file else "layouts" if "layouts" in made.file else "sheets"
            verdicts[where, verdict] += 1
            if number % 250 == 249:
                print(f"seed {seed}, {number + 1}: {len(failures)} failed", flush=True)
    return verdicts, failures


def _write(folder, files):
    for file, content in files.items():
        (folder / file).write_bytes(content)


def _remembered(load):
    """`load_sheet` that reads the same bytes once."""
    known = {}

    def load_sheet(path, name, schema, extra=None):
        key = (name, Path(path).read_bytes() if Path(path).is_file() else None)
        if key not in known:
            if len(known) > 40:
                known.clear()
            known[key] = load(path, name, schema, extra)
        sheet = known[key]
        return replace(sheet, rows=[dict(row) for row in sheet.rows], problems=list(sheet.problems))

    return load_sheet


def main(arguments=None):
    """Run, print the counts, and merge them into the results of the stress tests where these are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, help="how many damages")
    parser.add_argument("--seed", type=int, nargs="+", default=[SEED], help="the count is shared among several")
    parser.add_argument("--only", type=int, help="run only this one of them")
    parser.add_argument("--results", type=Path, help="JSON file that gets the counts, under keys study_...")
    options = parser.parse_args(arguments)
    verdicts, failures, totals = Counter(), [], Counter()
    with ProcessPoolExecutor() as pool:
        shares = [(options.count + place) // len(options.seed) for place in range(len(options.seed))]
        for found, failed in pool.map(run, shares, options.seed, itertools.repeat(options.only)):
            verdicts, failures = verdicts + found, failures + failed
    for (_, verdict), number in verdicts.items():
        totals[verdict] += number
    words = ", ".join(f"{verdict} {totals[verdict]}" for verdict in sorted(totals))
    print(f"{options.count} damages of a study, seed {', '.join(map(str, options.seed))}: {words}")
    for place in sorted({place for place, _ in verdicts}):
        print(
            f"  {place}: " + ", ".join(f"{verdict} {n}" for (at, verdict), n in sorted(verdicts.items()) if at == place)
        )
    if options.results:
        results = json.loads(options.results.read_text(encoding="utf-8")) if options.results.is_file() else {}
        results = {key: value for key, value in results.items() if not key.startswith("study_")}
        results |= {"study_damages": options.count, "study_seeds": options.seed, "study_failed": len(failures)}
        results |= {
            f"study_{verdict}": totals[verdict] for verdict in ("identical", "stopped", "flagged", "shown", "plausible")
        }
        options.results.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
