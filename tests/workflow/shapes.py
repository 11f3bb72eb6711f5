"""Small studies of every shape: assays alone, or with the people, visits, groups and scores that a test writes."""

import csv
import shutil

from .study import Study

NEEDED = ("panels", "analytes", "materials")


def shaped(folder, code, plates, config="", **sheets):
    """A study of some plates of the demonstration and of `sheets` (name: rows, the header first), and of no other sheet."""
    (folder / "config").mkdir(parents=True)
    (folder / "config/config.yaml").write_text(
        f"study: {{title: A study of another shape}}\n{config}", encoding="utf-8"
    )
    header, *rows = read(code / "config/plates.tsv")
    rows = [row for row in rows if row[0] in plates]
    write(folder, "plates", [header, *rows])
    for name in NEEDED:
        header, *own = read(code / f"config/{name}.tsv")
        panels = {row[2] for row in rows}
        write(folder, name, [header, *[row for row in own if panels.intersection(row[:2])]])
    for path in {cell for row in rows for cell in row if "/" in cell}:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(code / path, folder / path)
    for name, own in sheets.items():
        write(folder, name, own)
    return Study(folder, code)


def read(path):
    """The rows of a sheet, the header first."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t"))


def write(folder, name, rows):
    """A sheet of the study in `folder`."""
    lines = ["\t".join(map(str, row)) + "\n" for row in rows]
    (folder / f"config/{name}.tsv").write_text("".join(lines), encoding="utf-8")
