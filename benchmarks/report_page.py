"""Size, seconds and memory of the report page: of a finished study, and enlarged to 60 analytes x 100 participants x 8 visits.

python -m benchmarks.report_page STUDY: the tables of the page of STUDY are repeated under other names, every number multiplied
by another factor so that it compresses no better than a measured one. Needs chromium and playwright.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from benchmarks import page_block
from immunoassay.deliver import page_data, page_tables, report_page
from immunoassay.words import page_words
from playwright.sync_api import sync_playwright

PANEL, ANALYTES, SAMPLES = "cytokines", 5, 15  # the kit that is enlarged; copies of its analytes and of its samples
NUMBERS = ("signal", "concentration_well", "point", "value", "low", "high", "cv_percent", "observed", "value_raw")
ORDERS = (  # of the rows of a table
    ["participant", "course_order", "visit_order", "variable"],
    ["plate", "analyte", "well"],
    ["plate", "sample_id", "analyte"],
    ["sample_id", "analyte"],
    ["plate", "analyte"],
)


TRACE = """(at) => {
    const [row] = page.rows("results", [at]);
    location.hash = page.link("trace", { sample: row.sample_id, analyte: row.analyte });
}"""


def tables_of(page: Path) -> tuple[dict, dict[str, pd.DataFrame]]:
    """(the document of a page, its tables as frames)."""
    document = page_block.of_page(page.read_text(encoding="utf-8"))
    frames = {}
    for name, table in document["tables"].items():
        made = page_tables.FORMULAS.get(name, {})
        columns = {
            column: pd.Series(page_block.values(document, name, column), dtype="Int64" if "steps" in own else None)
            for column, own in table["columns"].items()
            if made.get(column, ("",))[0] != "product"
        }
        frames[name] = pd.DataFrame(columns)
    return document, frames


def copies(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the kit repeated under the names of other analytes, plates, samples and participants."""
    parts = []
    for copy in range(SAMPLES if {"plate", "sample_id", "participant"} & set(frame.columns) else 1):
        for kit in range(ANALYTES if {"analyte", "variable"} & set(frame.columns) else 1):
            tags = dict.fromkeys(("plate", "sample_id", "participant"), copy) | dict.fromkeys(
                ("analyte", "variable"), kit
            )
            named = {name: frame[name] + f"_{tag}" for name, tag in tags.items() if name in frame.columns}
            parts.append(frame.assign(**named))
    return pd.concat(parts, ignore_index=True)


def enlarged(frame: pd.DataFrame) -> pd.DataFrame:
    """A table of the kit repeated, in the order of the workflow: other names, other numbers."""
    if not len(frame) or not {"panel", "plate"} & set(frame.columns):
        return frame
    own = frame[frame["panel"] == PANEL] if "panel" in frame.columns else frame[frame["plate"].str.startswith("CYT")]
    if own.empty:
        return frame
    made = copies(own)
    names = [name for name in ("well", "sample_id", "analyte", "variable") if name in made.columns]
    key = made[names].fillna("").astype(object).agg("".join, axis=1) if names else pd.Series("", index=made.index)
    factor = np.exp(0.3 * np.sin(pd.util.hash_array(key.to_numpy(object)) / 1e9))  # the same in every table
    for name in set(NUMBERS) & set(made.columns):
        made[name] = made[name].astype(float) * factor
    for name in {"lower", "upper"} & set(made.columns):
        made[name] = made[name].astype(float).where(made["value"].isna(), made[name].astype(float) * factor)
    if "signal" in made.columns:
        made["signal"] = made["signal"].round()  # as instruments count
    order = next((each for each in ORDERS if set(each) <= set(made.columns)), [])
    return made.sort_values(order, kind="stable", ignore_index=True) if order else made


def joined(large: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The enlarged tables with rows that number those of others, and with what follows from other columns."""
    for name, (of, column) in page_tables.JOINS.items():
        own = large[name].drop(columns=column)
        own = own.assign(analyte=own["variable"]) if "variable" in own.columns else own
        large[name] = page_tables.numbered(own, large[of], column)
    observed = page_tables.with_baselines(large["observations"])
    rows = observed["baseline_row"].to_numpy(float, na_value=np.nan)
    for name, (what, *operands) in page_tables.FORMULAS["observations"].items():
        values = []
        for column, _, by in (operand.partition(" of ") for operand in operands):
            known = observed[column].astype(float)
            values.append(known.reindex(rows).to_numpy() if by else known.to_numpy())
        observed[name] = pd.Series(page_data.MAKING[what](*values)).where(observed[name].notna())
    return large | {"observations": observed}


def measured(page: Path) -> dict[str, float]:
    """Megabytes of the file, seconds of processor to the first screen and of a selection with its chart, megabytes of heap."""
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
        found = {"MB": page.stat().st_size / 1e6, "first screen s": busy()}
        opened.wait_for_selector("html[data-ready=read]", timeout=120_000)
        for name, row in (("first trace s", 7), ("next trace s", 9)):
            before = busy()
            opened.evaluate(TRACE, row)
            opened.wait_for_selector(".steps")
            found[name] = busy() - before
        before = busy()
        opened.locator(".drawing").first.scroll_into_view_if_needed()
        opened.wait_for_selector(".drawing svg", timeout=120_000)
        found["first chart s"] = busy() - before
        opened.evaluate("gc()")
        found["heap MB"] = opened.evaluate("performance.memory.usedJSHeapSize") / 1e6
        browser.close()
    return found


def main(study: Path) -> None:
    """Print both measurements."""
    page = study / "results/report.html"
    data, frames = tables_of(page)
    large = joined({name: enlarged(frame) for name, frame in frames.items()})
    sheets = {name: copies(pd.DataFrame(rows)).to_dict("records") for name, rows in data["facts"]["sheets"].items()}
    criteria = {f"{name}_{kit}": own for name, own in data["facts"]["criteria"].items() for kit in range(ANALYTES)}
    facts = data["facts"] | {"sheets": sheets, "criteria": criteria}
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "report.html"
        told = (page_tables.EXACT, page_tables.COARSE, page_tables.JOINS, page_tables.FORMULAS)
        block = page_data.block(facts, large, data["charts"], data["scripts"], *told)
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
