"""An error cell of a spreadsheet in any column of any sheet stops the study by name, and nothing fails on what it left."""

import pytest

from .cases import study_runs

SHEETS = tuple(name for name in study_runs.SHEETS if name not in ("scores", "columns", "events", "materials"))


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
