"""The numbers of a study are the same in its tables, the workbook, the workbook for Prism, source data and the methods text."""

import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.deliver import prism, source_data, workbook
from immunoassay.words.number_words import printed

UNITS = ("unit", "standard_unit")


@pytest.fixture(scope="module", params=["small", pytest.param("finished", marks=pytest.mark.slow)])
def made(request):
    """(folder of the results, {name: workbook}) of a study run to the end."""
    results = request.getfixturevalue(request.param).folder / "results"
    names = ("study", "source_data", "prism")
    return results, {name: openpyxl.load_workbook(results / f"deliverables/{name}.xlsx") for name in names}


def rows_of(sheet):
    """The rows of a table below its two headings, as dicts of texts and numbers."""
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    return [dict(zip(rows[0], map(plain, row), strict=True)) for row in rows[1:]]


def plain(value):
    if value is None or value != value:
        return None
    if hasattr(value, "isoformat"):
        return f"{value:%Y-%m-%d}"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def expected(path):
    """The rows of a TSV as a workbook shows them."""
    frame = pd.read_csv(path, sep="\t", keep_default_na=False, na_values=[""], dtype=object)
    found = []
    for row in frame.to_dict("records"):
        each = {name: None if value != value else value for name, value in row.items()}
        found.append({name: printed(value) if name in UNITS and value else value for name, value in each.items()})
    return found


def same(cell, text):
    """Whether a cell holds what a table says."""
    if cell is None or text is None:
        return cell is None and text is None
    if isinstance(cell, int | float):
        return float(cell) == float(text)
    return str(cell) == {"True": "yes", "False": "no"}.get(text, text)


def agree(rows, told, columns=None):
    """The number of cells compared; fails where one differs."""
    assert len(rows) == len(told)
    names = columns or list(told[0]) if told else []
    differ = [
        (name, row[name], said[name])
        for row, said in zip(rows, told, strict=True)
        for name in names
        if not same(row[name], said[name])
    ]
    assert differ == []
    return len(rows) * len(names)


def test_every_statistic_is_a_sheet_with_the_numbers_of_its_table(made):
    results, books = made
    sheets = {name: title for title, name in workbook.STATISTICS.items()}
    compared = 0
    for path in sorted((results / "statistics").glob("*.tsv")):
        compared += agree(rows_of(books["study"][sheets[path.stem]]), expected(path))
    assert compared > 10_000


def test_results_and_observations_are_those_of_their_tables(made):
    results, books = made
    key = ("sample_id", "analyte")
    shown = {tuple(row[name] for name in key): row for row in rows_of(books["study"]["Results"])}
    told = expected(results / "study/results.tsv")
    agree(
        [shown[tuple(row[name] for name in key)] for row in told],
        told,
        ["value", "status", "plate", "lloq_applied", "wells", "amendments"],
    )
    agree(rows_of(books["study"]["Observations"]), expected(results / "study/observations.tsv"))


def test_matrices_hold_every_result_once(made):
    results, books = made
    told = tables.read(results / "study/results.parquet")
    cells = {}
    for sheet in books["study"]:
        if sheet.title.startswith("Matrix "):
            cells |= {(row["sample_id"], name): value for row in rows_of(sheet) for name, value in row.items()}
    for row in told.itertuples(index=False):
        value = cells[row.sample_id, row.analyte]
        assert value == row.value if row.status == "quantified" else isinstance(value, str)


def test_wells_lead_from_a_result_to_the_line_of_its_export(made):
    """A result's link goes to the wells that its value comes from; their signal is in the named row of the raw file."""
    results, books = made
    sheet, wells = books["study"]["Results"], books["study"]["Wells"]
    names = {cell.value: place for place, cell in enumerate(sheet[2])}
    heads, *lines = wells.iter_rows(min_row=2, values_only=True)
    raw = tables.read_all(results.glob("batches/*/wells.parquet"), "wells")
    columns = [raw[name] for name in ("plate", "well", "analyte", "signal", "file_row")]
    raw = {row[:3]: row[3:] for row in zip(*columns, strict=True)}
    followed = 0
    for row in sheet.iter_rows(min_row=3):
        link = row[names["wells"]].hyperlink
        if link is None:
            assert row[names["status"]].value == "missing"
            continue
        low, high = (int(each[1:]) for each in link.location.split("!")[1].split(":"))
        own = [dict(zip(heads, lines[place - 3], strict=True)) for place in range(low, high + 1)]  # they begin in row 3
        assert {each["sample_id"] for each in own} == {row[names["sample_id"]].value}
        assert set(str(row[names["wells"]].value).split(",")) <= {each["well"] for each in own}
        for each in own:
            if each["signal"] is not None:
                assert raw[each["plate"], each["well"], each["analyte"]] == (each["signal"], each["file_row"])
                followed += 1
    assert followed > 100


def test_source_data_hold_every_row_of_every_figure(made):
    results, books = made
    index, files = rows_of(books["source_data"]["Figures"]), {}
    for row in index:
        files.setdefault(row["file"], []).append(row["sheet"])
    drawn = sorted((results / "figures").glob("*.tsv"))
    assert set(files) == {f"results/figures/{path.name}" for path in drawn if len(expected(path))}
    for path in drawn:
        told = expected(path)
        sheets = [rows_of(books["source_data"][title]) for title in files.get(f"results/figures/{path.name}", [])]
        rows = [row for own in sheets for row in own]
        column = source_data.PANELS.get(path.stem, source_data.PANELS.get(source_data.contract(path.stem).name, ""))
        if column:  # panels are gathered, in the order in which they appear
            place = {
                str(row.get(column)): at
                for at, own in enumerate(sheets)
                for row in own
                if row.get("layer") != "left_out"
            }
            told.sort(key=lambda row, at=place: len(at) if row.get("layer") == "left_out" else at[str(row[column])])
            rows.sort(key=lambda row, at=place: len(at) if row.get("layer") == "left_out" else at[str(row.get(column))])
        names = list(told[0]) if told else []
        agree([{name: row.get(name) for name in names} for row in rows], told)


def test_tables_for_prism_hold_the_values_of_the_observations(made):
    results, books = made
    told = tables.read(results / "study/observations.parquet")
    quantified = told[told["status"] == "quantified"]
    for variable, own in quantified.groupby("variable"):
        sheet = books["prism"][prism._title(variable)]
        numbers = [cell for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, int | float)]
        nearest = [min(numbers, key=lambda number, value=value: abs(number - value)) for value in own["value"]]
        assert nearest == pytest.approx(own["value"].tolist(), rel=1e-15)  # a cell of a page holds 16 digits


@pytest.mark.parametrize(
    ("figure", "table", "key"),
    [
        ("controls", "controls", ["plate", "analyte", "control"]),
        ("limits", "lloq_levels", ["analyte", "kit_lot", "kind", "level", "expected"]),
    ],
)
def test_figures_of_a_kit_show_the_numbers_of_the_study(made, figure, table, key):
    """They are worked out of the plates of the kit, the tables of the study out of all."""
    results, _ = made
    told, compared = tables.read_tsv(results / f"study/{table}.tsv").set_index(key), 0
    for path in sorted((results / "figures").glob(f"{figure}_*.tsv")):
        drawn = tables.read_tsv(path).dropna(subset=["recovery_percent"])
        shown = pd.MultiIndex.from_frame(drawn[key])
        assert drawn["recovery_percent"].tolist() == told.loc[shown, "recovery_percent"].tolist()
        compared += len(drawn)
    assert compared == told["recovery_percent"].notna().sum() > 0


def test_the_methods_text_counts_the_results_of_the_tables(made):
    results, _ = made
    text = Path(results / "deliverables/methods.md").read_text(encoding="utf-8")
    told = tables.read(results / "study/results.parquet")
    below = told["status"].isin(tables.BELOW)
    assert re.search(rf"{below.sum()} of {told['status'].isin(tables.REPORTED).sum()} \(", text)
    lines = {
        line.split(" | ")[0].removeprefix("| "): line.split(" | ")
        for line in text.splitlines()
        if line.startswith("| ")
    }
    for analyte, rows in told[told["status"].isin(tables.REPORTED)].groupby("analyte"):
        line = lines.get(analyte)
        if line:  # others are called by their label
            assert line[2] == str(len(rows)) and line[3].startswith(f"{rows['status'].isin(tables.BELOW).sum()} ")
