"""An error cell of a spreadsheet in any column of a sheet stops the study by name, and nothing fails on what it left."""

import pytest
from immunoassay.files import texts

from .cases import study_runs

SHEETS = [path.removeprefix("config/").removesuffix(".tsv") for path in study_runs.SMALL_SHEETS]


@pytest.mark.parametrize(
    "text", ["#REF!", "#N/A", "#NAME?", "#SPILL!", "#WERT!", "#NV", "#ZAHL!", "#VALEUR!", "#N/D", "#¿NOMBRE?"]
)
def test_errors_of_any_language_are_known(text):
    assert texts.fault(text)[0] == "E-XLS-025"


@pytest.mark.parametrize("text", ["#1", "sample #2!", "#N", "N/A", "#", "#nv", "#A1"])
def test_other_texts_with_a_number_sign_are_none(text):
    assert texts.fault(text) is None


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_column_in_turn(folder, sheet):
    path = folder.path / f"config/{sheet}.tsv"
    header, *rows = study_runs.cells(path.read_text(encoding="utf-8"), "\t")
    for at, column in enumerate(header):
        damaged = [[*row[:at], "#DIV/0!", *row[at + 1 :]] if row is rows[-1] else row for row in rows]
        path.write_text(study_runs.text_of([header, *damaged], "\t"), encoding="utf-8")
        run = study_runs.run(folder.path, judge=False)
        assert run.stopped, column
        place = f" config/{sheet}.tsv › row {len(rows) + 1} › {column}: "
        assert [text for text in run.messages("E-XLS-025") if place in text], column
