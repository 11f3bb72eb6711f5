"""What a case is, and the ways of damaging a study."""

import io
from dataclasses import dataclass

import openpyxl
import yaml

from tests import study_runs

CYT = "resources/demo/raw/2025-06-cytokines/CYT-03.csv"
ISO = "resources/demo/raw/2025-06-isotypes/ISO-03.xlsx"
SBCMA = "resources/demo/raw/2025-06-bcma-axis/SBCMA.txt"
BAFF = "resources/demo/raw/2025-06-bcma-axis/BAFF.txt"
VAC = "resources/demo/raw/2025-06-vaccine/VAC.csv"
ACHR = "resources/demo/raw/2025-06-achr/anti-AChR_results.csv"
LAYOUT = "config/layouts/SBCMA-03.tsv"


@dataclass(frozen=True)
class Case:
    """One planted fault and the one problem that must name it.

    `number` is that of the suite it belongs to ("" for those the readers and sheets add). `row` and `column` are where
    the message must point; `words` must stand in the message. `judged` runs the study to its results.
    """

    number: str
    name: str
    damage: object  # function of a Folder
    code: str
    level: str
    file: str
    words: str
    row: str = ""
    column: str = ""
    judged: bool = False

    def __str__(self):
        return f"{self.number or 'more'} {self.name}".replace(" ", "-")


class Folder:
    """A study folder and the ways of damaging it."""

    def __init__(self, path):
        self.path = path

    def __truediv__(self, name):
        return self.path / name

    def edit(self, name, old, new, count=1):
        """Replace a text of a file, which must be there."""
        text = (self / name).read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        (self / name).write_text(text.replace(old, new, count), encoding="utf-8")

    def rows(self, sheet):
        return study_runs.cells((self / f"config/{sheet}.tsv").read_text(encoding="utf-8"), "\t")

    def write(self, sheet, rows, name="", delimiter="\t"):
        """Write rows as a sheet, or as `name` and let the config name that."""
        (self / (name or f"config/{sheet}.tsv")).write_text(study_runs.text_of(rows, delimiter), encoding="utf-8")
        if name:
            self.config(sheets={sheet: name})

    def cell(self, sheet, row, column, value):
        """Set one cell; `row` as the user sees it."""
        rows = self.rows(sheet)
        rows[row - 1][rows[0].index(column)] = value
        self.write(sheet, rows)

    def add(self, sheet, **values):
        """Append a row; columns that are not given stay empty."""
        rows = self.rows(sheet)
        self.write(sheet, [*rows, [values.get(column.replace("-", "_"), "") for column in rows[0]]])

    def config(self, **changes):
        """Change keys of the config; mappings are merged."""
        config = yaml.safe_load((self / "config/config.yaml").read_text(encoding="utf-8"))
        for key, value in changes.items():
            config[key] = {**config.get(key, {}), **value} if isinstance(value, dict) else value
        (self / "config/config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")

    def workbook(self, sheet, change=None):
        """Make a sheet a workbook (numbers as numbers in columns that hold them) and let `change` alter it."""
        book = openpyxl.Workbook()
        page = book.active
        page.title = sheet
        for row in self.rows(sheet):
            page.append([int(cell) if cell.isdigit() else cell or None for cell in row])
        if change:
            change(book, page)
        book.save(self / f"config/{sheet}.xlsx")
        self.config(sheets={sheet: f"config/{sheet}.xlsx"})

    def change_workbook(self, name, change):
        """Alter a workbook that is there."""
        book = openpyxl.load_workbook(self / name)
        change(book)
        out = io.BytesIO()
        book.save(out)
        (self / name).write_bytes(out.getvalue())

    def export_rows(self, name, change, delimiter=","):
        """Alter the rows of a delimited export."""
        rows = study_runs.cells((self / name).read_text(encoding="utf-8"), delimiter)
        changed = change(rows)
        (self / name).write_text(study_runs.text_of(changed or rows, delimiter), encoding="utf-8")
