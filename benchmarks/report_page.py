"""Size, seconds and memory of the report page: of a finished study, and enlarged to 60 analytes x 100 participants x 8 visits.

python benchmarks/report_page.py STUDY: the tables of the page of STUDY are repeated under other names, every number multiplied
by another factor so that it compresses no better than a measured one. Needs chromium and playwright.
"""

import base64
import gzip
import json
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from immunoassay.deliver import page_data, page_tables, report_page
from immunoassay.words import page_words
from playwright.sync_api import sync_playwright

PANEL, ANALYTES, SAMPLES = "cytokines", 5, 15  # the kit that is enlarged; copies of its analytes and of its samples
NUMBERS = (
    "signal",
    "concentration_well",
    "point",
    "value",
    "low",
    "high",
    "cv_percent",
    "observed",
    "change",
    "value_raw",
)


TRACE = """(at) => {
    const [row] = page.rows("results", [at]);
    location.hash = page.link("trace", { sample: row.sample_id, analyte: row.analyte });
}"""


def tables_of(page: Path) -> tuple[dict, dict[str, pd.DataFrame]]:
    """(the data of a page, its tables as frames)."""
    block = re.search(r'id="data">([^<]*)<', page.read_text(encoding="utf-8"))
    data = json.loads(gzip.decompress(base64.b64decode(block[1] if block else "")))
    frames = {}
    for name, table in data["tables"].items():
        columns: dict[str, list] = {}
        for column, own in sorted(table["columns"].items(), key=lambda each: "join" not in each[1]):
            values = own.get("values")
            if "product" in own:
                continue
            if "levels" in own:
                values = [None if code < 0 else own["levels"][code] for code in own["codes"]]
            elif "like" in own:
                base = frames[own["table"]][own["like"]] if "table" in own else columns[own["like"]]
                values = (
                    [None if row is None else base[row] for row in columns[own["by"]]] if "by" in own else list(base)
                )
                for at, value in zip(own["at"], own["values"], strict=True):
                    values[at] = value
            columns[column] = [float(value) if value in ("Infinity", "-Infinity") else value for value in values]
        frames[name] = pd.DataFrame(columns)
    return data, frames


def enlarged(frame: pd.DataFrame) -> pd.DataFrame:
    """A table of the kit repeated: other analytes, plates and samples, other numbers."""
    if not len(frame) or not {"panel", "plate"} & set(frame.columns):
        return frame
    own = frame[frame["panel"] == PANEL] if "panel" in frame.columns else frame[frame["plate"].str.startswith("CYT")]
    if own.empty:
        return frame
    parts = []
    for copy in range(SAMPLES if {"plate", "sample_id"} & set(own.columns) else 1):
        for kit in range(ANALYTES if "analyte" in own.columns or "variable" in own.columns else 1):
            part = own.copy()
            for name, tag in (
                ("plate", copy),
                ("sample_id", copy),
                ("participant", copy),
                ("analyte", kit),
                ("variable", kit),
            ):
                if name in part.columns:
                    part[name] = part[name] + f"_{tag}"
            names = [name for name in ("well", "sample_id", "analyte", "variable") if name in part.columns]
            key = (
                part[names].fillna("").astype(object).agg("".join, axis=1) if names else pd.Series("", index=part.index)
            )
            factor = np.exp(0.3 * np.sin(pd.util.hash_array(key.to_numpy(object)) / 1e9))  # the same in every table
            for name in set(NUMBERS) & set(part.columns):
                part[name] = part[name].astype(float) * factor
            for name in {"lower", "upper", "over_lloq_lower", "over_lloq_upper"} & set(part.columns):
                part[name] = part[name].astype(float).where(part["value"].isna(), part[name].astype(float) * factor)
            if "signal" in part.columns:
                part["signal"] = part["signal"].round()  # as instruments count
            parts.append(part)
    return pd.concat(parts, ignore_index=True)


def measured(page: Path) -> dict[str, float]:
    """Megabytes of the file, seconds of processor to the first screen and of one selection, megabytes of heap."""
    with sync_playwright() as playwright:
        arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-precise-memory-info",
            "--js-flags=--expose-gc",
        ]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        opened = browser.new_page()
        session = opened.context.new_cdp_session(opened)
        session.send("Performance.enable")

        def busy():
            found = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
            return found["ProcessTime"]

        opened.goto(page.resolve().as_uri())
        opened.wait_for_selector("html[data-ready]")
        first, before = busy(), time.perf_counter()
        opened.evaluate(TRACE, 7)
        opened.wait_for_selector(".steps")
        cold = time.perf_counter() - before
        start = busy()
        opened.evaluate(TRACE, 9)
        opened.wait_for_timeout(300)
        warm = busy() - start
        opened.evaluate("gc()")
        heap = opened.evaluate("performance.memory.usedJSHeapSize") / 1e6
        browser.close()
    return {
        "MB": page.stat().st_size / 1e6,
        "first screen s": first,
        "first trace s": cold,
        "next trace s": warm,
        "heap MB": heap,
    }


def main(study: Path) -> None:
    """Print both measurements."""
    page = study / "results/report.html"
    data, frames = tables_of(page)
    large = {name: enlarged(frame) for name, frame in frames.items()}
    for name, (of, column) in page_tables.JOINS.items():
        own = large[name].drop(columns=column)
        own = own.assign(analyte=own["variable"]) if "variable" in own.columns else own
        large[name] = page_tables.numbered(own, large[of], column)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "report.html"
        told = (page_tables.EXACT, page_tables.JOINS, page_tables.PRODUCTS)
        block = page_data.block(data["facts"], large, data["charts"], data["scripts"], *told)
        file.write_text(
            report_page.html("Enlarged", block, page_words.FRAME, map(report_page.sha256, data["scripts"].values())),
            encoding="utf-8",
        )
        for name, each in (
            ("demonstration", page),
            (f"{len(large['results'])} results, {len(large['wells'])} wells", file),
        ):
            print(name, {key: round(value, 2) for key, value in measured(each).items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
