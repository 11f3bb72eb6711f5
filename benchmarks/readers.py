"""What reading costs: seconds per plate for each family, and the ratio to a floor measured in the same run.

The floor reads the same bytes with the plainest tool (csv.reader; openpyxl in read-only mode or xlrd for workbooks; the
XML parser) and builds one frame of wells of that size from lists that are ready. Measured are the exports of the
demonstration, those the reader tests write, and the real exports where IMMUNOASSAY_SHARED is there.

    python benchmarks/readers.py        writes benchmarks/results/readers.json
"""

import csv
import io
import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

import openpyxl  # noqa: E402
import xlrd  # noqa: E402
from defusedxml.ElementTree import fromstring  # noqa: E402
from immunoassay.files import opening  # noqa: E402
from immunoassay.readers import open_export, recognition, sources  # noqa: E402
from immunoassay.readers.export import RESULTS as DELIVERED  # noqa: E402
from immunoassay.readers.export import WELLS, NotReadable  # noqa: E402
from pyarrow import parquet  # noqa: E402
from reader_fixtures import fixtures  # noqa: E402

RESULTS = ROOT / "benchmarks/results/readers.json"
SHARED = Path(os.environ.get("IMMUNOASSAY_SHARED", ROOT.parent / "shared"))
UNSEEN = ("npx_data1_2022_wide.xlsx",)  # openpyxl sees one cell of it: no floor
LIMITS = {"text": 10.0, "workbook": 2.0}
REPEATS = 5  # five times as many of a file below SMALL bytes: it is read in a few milliseconds
SMALL = 20_000


def main():
    """Measure, print one line per family, write the results; 1 when a ratio is above its limit."""
    families = {}
    for name, data in exports():
        found = measure(name, data)
        if found is not None:
            families.setdefault((found["family"], found["kind"]), []).append(found)
    results, missed = {}, 0
    print(f"{'family':20} {'kind':9} {'files':>5} {'plates':>6} {'ms/plate':>9} {'ratio':>6}  limit")
    for (family, kind), each in sorted(families.items()):
        total, floor, plates = (sum(one[key] for one in each) for key in ("seconds", "floor", "plates"))
        label = family if kind == "text" or (family, "text") not in families else f"{family}_workbook"
        results[f"seconds_per_plate.{label}"] = round(total / plates, 6)
        results[f"ratio_to_floor.{label}"] = round(total / floor, 3)
        missed += total / floor > LIMITS[kind]
        row = f"{label:20} {kind:9} {len(each):5} {plates:6} {1000 * total / plates:9.2f} {total / floor:6.2f}"
        print(f"{row}  {LIMITS[kind]:g}{'  MISSED' if total / floor > LIMITS[kind] else ''}")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return 1 if missed else 0


def exports():
    """(name, bytes) of every export to be measured."""
    for name, fixture in fixtures().items():
        if not name.startswith("demo_"):
            yield name, _bytes(fixture)
    for folder in (ROOT / "resources/demo/raw", SHARED / "real_exports", SHARED / "real_deliveries"):
        for path in sorted(folder.glob("*/*")):
            if path.name not in UNSEEN:
                yield path.name, path.read_bytes()


def measure(name, data):
    """Family, kind, plates, best seconds of the reader and of the floor; None for an export that is refused."""
    try:
        source = open_export.open_bytes(name, data)
        export = recognition.read_source(source)
    except NotReadable:
        return None
    table = hasattr(export, "frame")
    frames = [export.frame] if table else [plate.wells for plate in export.plates]
    lists = [{column: frame[column].tolist() for column in frame} for frame in frames]
    best = {"reader": float("inf"), "floor": float("inf")}
    for _ in range(REPEATS if len(data) > SMALL else 5 * REPEATS):
        for what, work in (
            ("reader", lambda: _read(name, data)),
            ("floor", lambda: _floor(source, data, lists, table)),
        ):
            start = time.perf_counter()
            work()
            best[what] = min(best[what], time.perf_counter() - start)
    kind = "workbook" if isinstance(source, sources.Workbook) else "text"
    return {
        "family": export.family,
        "kind": kind,
        "plates": len(frames),
        "seconds": best["reader"],
        "floor": best["floor"],
    }


def _read(name, data):
    recognition.read_source(open_export.open_bytes(name, data))


def _floor(source, data, lists, table):
    if isinstance(source, sources.Workbook):
        _cells(data)
    elif isinstance(source, sources.Xml):
        fromstring(data)
    else:
        list(
            csv.reader(
                io.TextIOWrapper(io.BytesIO(data), encoding=source.encoding, newline=""), delimiter=source.delimiter
            )
        )
    for columns in lists:
        _frame(columns, table)


def _frame(columns, table):
    import pandas as pd

    return pd.DataFrame(columns).astype((DELIVERED if table else WELLS).types)


def _cells(data):
    kind = opening.look_at(data).kind
    if kind == opening.PARQUET:
        return parquet.read_table(io.BytesIO(data)).to_pylist()
    if kind == opening.XLS:
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO())
        return [sheet.row_values(row) for sheet in book.sheets() for row in range(sheet.nrows)]
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    return [row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]


def _bytes(fixture):
    if fixture.delimiter is not None:
        return fixture.text().encode()
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for title, rows in fixture.sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
    book.save(buffer)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
