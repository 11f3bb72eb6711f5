"""One export or more of every family, as the reader tests write them, and the exports of the demonstration.

An export is its cells: rows of text for a delimited file, sheets of rows for a workbook, lines for XML. Changed cells
make a changed export; `source` gives what the readers get.
"""

import csv
import importlib.util
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from immunoassay.readers import open_export, sources

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "resources/demo/raw/2024-06-"


@dataclass(frozen=True)
class Fixture:
    """An export: `sheets` maps sheet name -> rows of cells (the one sheet of a text is ""); no delimiter: a workbook."""

    name: str
    family: str
    sheets: dict
    delimiter: str | None = None
    end: str = "\n"

    def with_rows(self, sheet, rows):
        """The same export with other rows in one sheet."""
        return replace(self, sheets={**self.sheets, sheet: rows})

    def text(self):
        """The rows of a text file as text; a cell that holds the delimiter is quoted."""
        lines = [self.delimiter.join(_quoted(cell, self.delimiter) for cell in row) for row in self.sheets[""]]
        return self.end.join(lines) + self.end

    def source(self):
        """What the readers get. Raises NotReadable."""
        if self.delimiter is None:
            return sources.workbook(f"{self.name}.xlsx", self.sheets, "xlsx")
        return open_export.open_bytes(f"{self.name}.txt", self.text().encode())


@lru_cache(maxsize=1)
def fixtures():
    """Every fixture by name."""
    found = [
        *_luminex(),
        *_bioplex(),
        *_msd(),
        *_softmax(),
        *_gen5(),
        *_readers(),
        *_tables(),
        *_platforms(),
        *_demonstration(),
    ]
    return {each.name: each for each in found}


def _text(name, family, rows, delimiter="\t"):
    rows = [row.split(delimiter) if isinstance(row, str) else [str(cell) for cell in row] for row in rows]
    return Fixture(name, family, {"": rows}, delimiter)


def _lines(name, family, text, delimiter):
    return _text(name, family, csv.reader(text.splitlines(), delimiter=delimiter), delimiter)


def _book(name, family, sheets):
    empty = (None, "")
    return Fixture(
        name,
        family,
        {title: [["" if cell in empty else cell for cell in row] for row in rows] for title, rows in sheets.items()},
    )


def _quoted(cell, delimiter):
    return f'"{cell}"' if delimiter in cell and '"' not in cell else cell


@cache
def _tests(name):
    """The test module of a family: it holds the builders of its exports."""
    spec = importlib.util.spec_from_file_location(f"builders_{name}", ROOT / f"tests/unit/test_readers_{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _luminex():
    made = _tests("luminex")
    yield _lines("xponent", "xponent", made.text(), ",")
    yield _lines("xponent_semicolon", "xponent", made.text(delimiter=";", decimal=",", blank=0), ";")
    yield _lines("luminex_is", "luminex_is", made.IS_TEXT, ",")
    yield _lines("intelliflex", "intelliflex", made.INTELLIFLEX, ",")


def _bioplex():
    made = _tests("bioplex")
    sheets = {name: made.sheet(name, (made.HEAD, made.RAW)) for name in ("Hu IL-1b (32)", "TNF")}
    yield _book("bioplex_workbook", "bioplex_workbook", sheets)
    summary = [["B", "A1", "", 12, 12, 0, 0, "", "", "", "", "", 1, "", ""],
               ["S1", "B1,C1", "Std", 9005, 8993, 7, 0.1, 499, 500, 99.8, "", "", 1, "", ""]]  # fmt: skip
    yield _book(
        "bioplex_summary", "bioplex_workbook", {"TNF": made.sheet("TNF", (made.HEAD, summary), (made.HEAD, made.RAW))}
    )
    yield _book("bioplex_table", "bioplex_table", {"Test": made.table_rows()})
    yield _book("bioplex_statistics", "bioplex_table", _tests("bioplex_statistics").book())
    yield _text("bioplex_table_text", "bioplex_table", made.table_rows())
    group = made.sample("Standard", "S1", made.member(2, 1, "9.0E+002", "1.0E+002", 'ReadingOK="true"'), expected=100.0)
    group += made.sample(
        "Unknown", "X1", made.member(4, 1, "3E+002", "0.0E+000", 'ReadingOK="false" ReadError="OOR &lt;"'), 200
    )
    yield _text("bioplex_xml", "bioplex_xml", [[line] for line in made.xml(group).splitlines()], "\0")


def _msd():
    made = _tests("msd_table")
    yield _text("msd_table", "msd_table", made.table(), ",")
    header = [*made.HEADER, "Detection Range"]
    rows = [["Plate Name", *header], *([name, *row, "In Detection Range"] for name in "PQ" for row in made.DATA)]
    yield _text("msd_two_plates", "msd_table", [["# E: Experiment Data Table"], *rows])
    yield _text("msd_plate", "msd_plate", _tests("msd_plate").plate())
    yield _text("msd_spots", "msd_spots", _tests("msd_spots").plate())


def _softmax():
    made = _tests("softmax")
    first = ["St1", "100.000", "98.5", "A1", "0.500", "0.508"], [" ", " ", "101.5", "A2", "0.516", " "]
    groups = [*made.STANDARDS[:2], *first, *made.STANDARDS[4:], *made.UNKNOWNS, *made.CONTROLS]
    groups = [[cell.strip('"').replace('""', '"') if isinstance(cell, str) else cell for cell in row] for row in groups]
    yield _text("softmax", "softmax", [["##BLOCKS= 4"], *made.plate_format("450 620 "), *groups, *made.END])
    beside = _tests("softmax_workbook").pasted
    sheets = {"P1": beside(made.plate_format(name="P1"), 3), "P2": beside(made.plate_format(name="P2"))}
    yield _book("softmax_workbook", "softmax", sheets)
    yield _text("softmax_time", "softmax", [["##BLOCKS= 1"], *made.time_format(), *made.END])


def _gen5():
    made = _tests("gen5")
    yield _text("gen5", "gen5", made.matrix_rows())
    yield _text("gen5_list", "gen5", made.LIST)


def _readers():
    yield _book("skanit", "skanit", _tests("skanit").book())
    bmg = _tests("bmg")
    yield _text("bmg_mars", "bmg_mars", bmg.mars(), ",")
    yield _text("bmg_mars_list", "bmg_mars", [*bmg.head(), *bmg.LIST], ",")
    yield _book("bmg_smart_control", "bmg_smart_control", bmg.smart())
    yield _book("bmg_smart_control_table", "bmg_smart_control", bmg.smart("Table End point"))
    magellan = _tests("magellan")
    rows = [[*row, *[""] * (6 - len(row))] for row in magellan.LIST]
    yield _text("magellan_list", "magellan", rows)
    data = magellan.matrix_rows(lambda i, k: 0.0625 + i + k / 16)
    matrices = [*data, [""], *magellan.matrix_rows(magellan.code), *magellan.FOOTER]
    yield _book("magellan_matrix", "magellan", {"Magellan Sheet 1": matrices})
    tecan = _tests("tecan")
    labels = [*tecan.label("Label1", 450, tecan.od, "ABCD"), *tecan.label("Label2", 620, tecan.low, "ABCD")]
    yield _book("tecan_infinite", "magellan", {"Sheet2": tecan.infinite(*labels)})
    yield _book("tecan_spark", "magellan", {"Result sheet": tecan.spark(*tecan.spark_label("Label 1", 450, tecan.od))})
    yield _text("multiskan", "multiskan", _tests("multiskan").text(filled=(8, 11)))
    yield _text(
        "multiskan_iterations", "multiskan", _tests("multiskan").text((405,), (1, 2), shape=(4, 6), filled=(4, 6))
    )
    sky = _tests("multiskan_sky")
    yield _book("multiskan_sky", "multiskan_sky", sky.book(names=sky.named))
    envision = _tests("envision")
    yield _text("envision", "envision", [*envision.block(1), *envision.block(2), *envision.tail()], ",")
    kaleido = _tests("kaleido")
    yield _text("kaleido", "kaleido", kaleido.version2(("ABS mono 1", "ABS mono 2")), ",")
    yield _text("kaleido_3", "kaleido", kaleido.version3(barcodes=("V-1", "V-2")), ",")


def _tables():
    made = _tests("grid")
    rows = [["[Plate: Template]"], *made.grid(made.code), [""], ["[Plate: M#1 450]"], *made.grid(made.od), [""]]
    rows += [["[Plate: Concentrations]   in ng/mL"], *made.grid(lambda i, k: f"{i + k}.25")]
    yield _text("grid", "grid", rows)
    typed = _tests("typed_grids")
    yield _book("typed_below", "grid", {"ELISA": typed.ONE["below"]})
    yield _book("typed_plates", "grid", {"ELISA": typed.SEVERAL["names beside"]})
    yield _book("typed_bare", "grid", {"ELISA": typed.ONE["no headings, beside"]})
    yield _text("well_list", "well_list", _tests("well_list").LIST)
    made = _tests("result_table")
    yield _text("result_table", "result_table", [["Acme Labs"], [""], made.HEADER, *made.ROWS], ",")
    for name, (rows, delimiter) in _tests("known_tables").LAYOUTS.items():
        yield _text(name, "result_table", [row or [""] for row in rows], delimiter)


def _platforms():
    made = _tests("olink")
    yield _text("olink_long", "olink_long", made.explore(), ";")
    yield _book("olink_quantified", "olink_long", {"Quantified": made.QUANTIFIED})
    yield _text("olink_ht", "olink_long", [["" if cell is None else cell for cell in row] for row in made.HT], ",")
    yield _book("olink_wide", "olink_wide", {"NPX Wide": made.wide()})
    yield _text("olink_wide_text", "olink_wide", made.wide(), ";")
    yield _book("olink_wide_quantified", "olink_wide", {"Quantified": made.quantified_wide()})
    yield _book("olink_linear", "olink_linear", {"LIN NPX LOD": made.LINEAR})
    made = _tests("nulisa")
    yield _text("nulisa_three", "nulisa", made.THREE, ",")
    yield _text("nulisa_maker", "nulisa", made.MAKER, ",")
    yield _book("nulisa_quantified", "nulisa", {"AQ": made.QUANTIFIED})
    yield _text("nulisa_in_columns", "nulisa", made.in_columns(), ",")
    yield _text("nulisa_in_rows", "nulisa", made.in_rows(), ",")


def _demonstration():
    """The exports of the demonstration that are small enough to be changed thousands of times."""
    for folder, name, family, delimiter in (
        ("cytokines", "CYT-02.csv", "xponent", ","),
        ("bcma-axis", "BAFF.txt", "gen5", "\t"),
        ("vaccine", "VAC.csv", "msd_table", ","),
        ("achr", "anti-AChR_results.csv", "result_table", ","),
    ):
        text = (Path(f"{DEMO}{folder}") / name).read_text(encoding="utf-8")
        yield _lines(f"demo_{family}", family, text, delimiter)
    book = open_export.open_file(Path(f"{DEMO}isotypes") / "ISO-02.xlsx")
    yield _book("demo_bioplex_workbook", "bioplex_workbook", book.sheets)
