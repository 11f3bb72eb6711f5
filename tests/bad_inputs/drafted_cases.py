"""Ways of making mistakes in the sheets that `new` and `add` drafted, and of mending them.

A mend gets the problems that were told and does no more than they say, at the place they name.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .cases import Folder

LAYOUT, CONFIG, BOOK = "config/layouts/IGX.tsv", "config/config.yaml", "config/study.xlsx"
ROOF = ("amendment", "what", "plate", "well", "from", "to", "reason", "who", "when")


@dataclass(frozen=True)
class Mistake:
    """`told` are the lines a person then reads, level and message."""

    name: str
    damage: Callable[[Folder], object]
    mend: Callable[[Folder, list], object]
    told: str

    def __str__(self):
        return self.name.replace(" ", "-")


# --- what a person does to a sheet -----------------------------------------------------------------------------------


def cell(sheet, row, column, value):
    return lambda folder: folder.cell(sheet, row, column, value)


def edit(file, old, new, count=1):
    return lambda folder: folder.edit(file, old, new, count)


def config(text):
    return lambda folder: (folder / CONFIG).write_text(text, encoding="utf-8")


def changed(sheet, change):
    """Rows of a sheet (the header first), changed in place."""

    def damage(folder):
        rows = folder.rows(sheet)
        folder.write(sheet, change(rows) or rows)

    return damage


def deleted(sheet, row):
    return changed(sheet, lambda rows: rows.pop(row - 1) and rows)


def pasted(sheet, row):
    return changed(sheet, lambda rows: [*rows, rows[row - 1]])


def without(sheet, column):
    return changed(sheet, lambda rows: [[*row[: (at := rows[0].index(column))], *row[at + 1 :]] for row in rows])


def called(sheet, column, name):
    return changed(sheet, lambda rows: [[name if each == column else each for each in rows[0]], *rows[1:]])


def swapped(sheet, column):
    def change(rows):
        at = rows[0].index(column)
        rows[1][at], rows[2][at] = rows[2][at], rows[1][at]

    return changed(sheet, change)


def amendment(**cells):
    row = [cells.get(column.replace("from", "from_"), "") for column in ROOF]
    return lambda folder: folder.write("amendments", [list(ROOF), row])


def shifted(folder):
    lines = (folder / LAYOUT).read_text(encoding="utf-8").split("\n")
    lines[2] = lines[2].replace("B\t", "B\t\t", 1)
    (folder / LAYOUT).write_text("\n".join(lines), encoding="utf-8")


def semicolons(folder):
    path = folder / "config/materials.tsv"
    path.write_text(path.read_text(encoding="utf-8").replace("\t", ";").replace(".", ","), encoding="utf-8")


def windows_letters(folder):
    path = folder / "config/panels.tsv"
    path.write_bytes(path.read_text(encoding="utf-8").replace("cyto\tcyto", "cyto\tcyto µ").encode("cp1252"))


# --- what a person does after reading the lines ----------------------------------------------------------------------


def write(value):
    """The value into the cell that the first line names."""

    def mend(folder, told):
        sheet = told[0].file.removeprefix("config/").removesuffix(".tsv")
        folder.cell(sheet, int(told[0].row), told[0].column, value)

    return mend


def write_each(value):
    """The value into the cells that the lines name."""
    return lambda folder, told: [write(value)(folder, [each]) for each in told]


def as_suggested(folder, told):
    """What the first line asks `did you mean` of, into its cell."""
    write(told[0].found.partition("did you mean ")[2].partition("?")[0])(folder, told)


def delete(folder, told):
    sheet = told[0].file.removeprefix("config/").removesuffix(".tsv")
    deleted(sheet, int(told[0].row))(folder)


def do(damage):
    """A change that needs more than a cell."""
    return lambda folder, told: damage(folder)


def add_row(sheet, *cells):
    return do(changed(sheet, lambda rows: [*rows, [*cells, *[""] * (len(rows[0]) - len(cells))]]))


def key(name):
    """The key that the first line names, called otherwise."""
    return lambda folder, told: folder.edit(CONFIG, told[0].column.rpartition(".")[2], name)


def well(old, new):
    """A cell of the layout that the lines name."""

    def mend(folder, told):
        assert {each.file for each in told} >= {LAYOUT}
        folder.edit(LAYOUT, old, new, 9)

    return mend


# --- in the workbook ---------------------------------------------------------------------------------------------------


def place(book, tab, column):
    return next(each.column for each in book[tab][1] if each.value == column)


def entered(tab, row, column, value, form="General"):
    """A value typed into a cell of the workbook."""

    def change(book):
        found = book[tab].cell(row, place(book, tab, column))
        found.value, found.number_format = value, form

    return lambda folder: folder.change_workbook(BOOK, change)


def book(change):
    return lambda folder: folder.change_workbook(BOOK, change)


def type_in(value):
    """The value into the cell of the tab that the first line names."""
    return lambda folder, told: entered(told[0].sheet, int(told[0].row), told[0].column, value, "@")(folder)


def filtered(pages):
    page = pages["names"]
    page.auto_filter.ref = page.dimensions
    page.auto_filter.add_filter_column(0, ["CYTO"])
    page.row_dimensions[5].hidden = True


def cleared(pages):
    pages["names"].auto_filter.ref = None
    pages["names"].row_dimensions[5].hidden = False


def titled(pages):
    pages["samples"].insert_rows(1)
    pages["samples"]["A1"] = "Freezer list, spring"


def merged(pages):
    pages["participants"].merge_cells("E2:E4")


def unmerged(pages):
    pages["participants"].unmerge_cells("E2:E4")
    for row in (2, 3, 4):
        pages["participants"].cell(row, 5).value = "patient"


def scales_again(pages):
    page = pages.create_sheet("scales")
    page.append(["scale", "minimum", "maximum", "step", "worse"])
    page.append(["Pain", 0, 10, 0.5, "higher"])


def panels_again(pages):
    page = pages["plates"]
    column = page.max_column + 1
    for row, name in enumerate(("panel", "baff", "cyto"), 1):
        page.cell(row, column).value = name


def set_title(old, new):
    return book(lambda pages: setattr(pages[old], "title", new))


def shown(tab, state):
    return book(lambda pages: setattr(pages[tab], "sheet_state", state))
