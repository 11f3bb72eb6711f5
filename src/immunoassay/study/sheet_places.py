"""Where the sheets of a study lie: each in a file of its own, or all of them, or some, in tabs of one workbook.

No sheet lies in both, so nothing can differ. A tab is named as its sheet.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from immunoassay.files import opening
from immunoassay.files.excel import XlsxSheet
from immunoassay.files.opening import UnreadableError
from immunoassay.problems import Problem
from immunoassay.study.paths import WORKBOOK
from immunoassay.study.schema import Sheet, load_sheet, load_tab
from immunoassay.study.sheet_cells import Cells, contents, read_content
from immunoassay.study.similar_names import suggestion

BESIDE = ("Read me", "drafted")  # tabs for people; they are no sheets of the study


@dataclass
class Places:
    """Where the sheets of the study in `base` lie, and what is wrong with that.

    `paths` maps every sheet to its file, `tabs` those in the workbook to their worksheet. `readable` is False where the
    workbook cannot be opened: then nothing is known of its sheets.
    """

    base: Path
    paths: Mapping[str, str]
    tabs: dict[str, XlsxSheet] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    readable: bool = True

    def has(self, sheet: str) -> bool:
        """Whether the sheet is there."""
        return sheet in self.tabs or (self.base / self.paths[sheet]).is_file()

    def name(self, sheet: str) -> str:
        """How messages call the sheet: its file, or the workbook and its tab."""
        inside = sheet in self.tabs or ((self.base / WORKBOOK).is_file() and not self.has(sheet))
        return f"{WORKBOOK} › {sheet}" if inside else self.paths[sheet]

    def read(self, sheet: str, schema: Mapping[str, Any], extra_columns: dict | None = None) -> Sheet:
        """The sheet read and checked, as load_sheet does it; one that is not there is a problem."""
        name = self.name(sheet)
        if sheet in self.tabs:
            return load_tab(self.tabs[sheet], name, schema, extra_columns)
        if name == self.paths[sheet]:
            return load_sheet(self.base / name, name, schema, extra_columns)
        problem = Problem(
            "E-FILE-001", "STOP", name, "no such tab", "the study cannot be read without it",
            f"add the tab to the workbook, or the file {self.paths[sheet]} to the study",
        )  # fmt: skip
        return Sheet(schema["title"], name, [], [problem], readable=False)


def file_of(name: str) -> str:
    """The file in a name that Places.name gave."""
    return name.partition(" › ")[0]


def placed(problems: Iterable[Problem], places: Mapping[str, str]) -> list[Problem]:
    """Problems that name a sheet by its usual file, with the name it has in this study: steps do not know where sheets lie.

    `places` maps sheets to the names that Places.name gave.
    """
    usual = {f"config/{sheet}.tsv": name for sheet, name in places.items()}
    return [replace(problem, file=usual.get(problem.file, problem.file)) for problem in problems]


def find(paths: Mapping[str, str], stated: Collection[str], base: Path) -> Places:
    """The Places of the sheets whose files are `paths` if they lie in no tab; `stated` are those the config file names."""
    places = Places(base, paths)
    if not (base / WORKBOOK).is_file():
        return places
    cells = Cells(WORKBOOK)
    sheets = _worksheets(base, cells)
    places.readable = bool(sheets)
    places.tabs = {sheet.title: sheet for sheet in sheets if sheet.title in paths}
    places.problems += [*cells.problems, *_hidden(sheets, paths), *_unknown(sheets, paths), *_twice(places, stated)]
    return places


def _worksheets(base, cells):
    content = contents(base / WORKBOOK, cells)
    if content is None:
        return []
    if opening.look_at(content).kind == opening.XLSX:
        from immunoassay.study.sheet_workbooks import worksheets  # a study without workbooks need not load openpyxl

        return worksheets(content, cells)
    read_content(content or b" ", ".xlsx", cells)  # it is said what it is instead
    return []


def _hidden(sheets, known):
    hidden = [sheet.title for sheet in sheets if not sheet.visible and sheet.title not in BESIDE]
    for title in (title for title in hidden if title in known):
        yield Problem(
            "E-XLS-022", "STOP", WORKBOOK, "the tab is hidden", "it would be read, and nobody sees it",
            "unhide it if it is valid, or delete it", sheet=title,
        )  # fmt: skip
    if others := ", ".join(title for title in hidden if title not in known):
        yield Problem(
            "W-XLS-022", "FLAG", WORKBOOK, f"hidden worksheets: {others}", "they are not read",
            "delete them, if they hold old data",
        )  # fmt: skip


def _unknown(sheets, known):
    """A STOP for every visible tab with cells that is no sheet of a study."""
    for sheet in sheets:
        if not sheet.visible or sheet.title in (*known, *BESIDE) or _is_empty(sheet):
            continue
        yield Problem(
            "E-XLS-036", "STOP", WORKBOOK, f'no sheet of a study is called "{sheet.title}"'
            f"{suggestion(sheet.title, [*known, *BESIDE])}", "its rows would not be read",
            f"rename the tab, or delete it; known are {', '.join([*known, *BESIDE])}", sheet=sheet.title,
        )  # fmt: skip


def _is_empty(sheet):
    try:
        return sheet.extent() == (0, 0)
    except UnreadableError:
        return False


def _twice(places, stated):
    """A STOP for every sheet that is a tab and a file as well, or is said by the config to be one."""
    for sheet in places.tabs:
        path = places.paths[sheet]
        if path == WORKBOOK or not ((places.base / path).is_file() or sheet in stated):
            continue
        there = "" if (places.base / path).is_file() else " according to config/config.yaml"
        yield Problem(
            "E-XLS-037", "STOP", WORKBOOK, f"the sheet is {path} as well{there}",
            "the two could differ, and it is not clear which one counts",
            f"delete the tab, or {path}" + (" and its line in config/config.yaml" if sheet in stated else ""), sheet=sheet,
        )  # fmt: skip
