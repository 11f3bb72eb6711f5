"""What a worksheet hides, crosses out, merges or filters: facts about rows and columns that its values do not show."""

import re
from dataclasses import dataclass, field
from typing import Any

from immunoassay.files.xml_trees import tree

_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?row>)", re.DOTALL)
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)\b[^>]*>[^<]")
_ATTRIBUTE = re.compile(rb'\b(r|s|ht|hidden|min)="([^"]*)"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([^"]+)"')
_FILTERED = re.compile(rb"<(?:\w+:)?filterColumn\b")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_WITHOUT_RESULT = re.compile(rb"<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>\s*|<v>\s*</v>\s*)?</c>")
_PLACE = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)([0-9]+)"')
_TRUE = (b"1", b"true")


@dataclass
class Marks:
    """Numbers of rows and columns count from 1. The first three name only rows that hold values."""

    unseen: list[int] = field(default_factory=list)  # rows hidden by hand, by a filter, or without height
    struck: list[int] = field(default_factory=list)  # rows with a value that is struck through
    blanked: list[int] = field(
        default_factory=list
    )  # rows with a value in a format that shows nothing, or white on white
    hidden_rows: list[int] = field(default_factory=list)  # rows the file calls hidden, empty ones too
    hidden_columns: list[int] = field(default_factory=list)  # the first of each run of hidden columns
    merged: list[str] = field(default_factory=list)  # ranges such as A1:B2
    filtered: bool = False
    formulas: bool = False
    without_result: int = 0  # formulas that no program has calculated


def of_xml(xml: bytes, styles: dict[str, set[int]]) -> Marks:
    """Marks of a worksheet of an .xlsx; `styles` as `marked_styles` gives them."""
    columns = (dict(_ATTRIBUTE.findall(attributes)) for attributes in _COLUMN.findall(xml))
    marks = Marks(
        hidden_columns=[int(own.get(b"min", 1)) for own in columns if own.get(b"hidden") in _TRUE],
        merged=[each.decode() for each in _MERGED.findall(xml)],
        filtered=bool(_FILTERED.search(xml)),
        formulas=bool(_FORMULA.search(xml)),
        without_result=len(_WITHOUT_RESULT.findall(xml)),
    )
    number = 0
    for attributes, content in _ROW.findall(xml):
        own = dict(_ATTRIBUTE.findall(attributes))
        number = int(own.get(b"r", number + 1))
        hidden = own.get(b"hidden") in _TRUE
        if hidden:
            marks.hidden_rows.append(number)
        if not _VALUE.search(content):
            continue
        if hidden or float(own.get(b"ht", 1)) < 1:
            marks.unseen.append(number)
        if styles:
            filled = [dict(_ATTRIBUTE.findall(head)) for head, inner in _CELL.findall(content) if _VALUE.search(inner)]
            used = {int(cell.get(b"s", 0)) for cell in filled}
            for what, chosen in styles.items():
                if used & chosen:
                    getattr(marks, what).append(number)
    return marks


def extent(xml: bytes, merged: list[str]) -> tuple[int, int]:
    """(last row, last column) of a worksheet of an .xlsx that holds a cell or lies in a range of `merged`."""
    from openpyxl.utils import column_index_from_string, range_boundaries

    places = set(_PLACE.findall(xml))
    ends = [range_boundaries(each)[2:] for each in merged]
    columns = [column_index_from_string(each.decode()) for each in {letters for letters, _ in places}]
    columns += [column for column, _ in ends]
    rows = [int(each) for each in {digits for _, digits in places}] + [row for _, row in ends]
    return max(rows, default=0), max(columns, default=0)


def of_xls(book: Any, sheet: Any) -> Marks:
    """Marks of a sheet of an .xls that xlrd opened with its formats: those of rows with values."""
    marks = Marks()
    for at in range(sheet.nrows):
        filled = [cell for cell in sheet.row(at) if cell.value not in ("", None)]
        info = sheet.rowinfo_map.get(at)
        if filled and info is not None and (info.hidden or info.height < 20):
            marks.unseen.append(at + 1)
        formats = [book.xf_list[cell.xf_index] for cell in filled]
        if any(book.font_list[each.font_index].struck_out for each in formats):
            marks.struck.append(at + 1)
        if any(_shows_nothing(book.format_map[each.format_key].format_str) for each in formats):
            marks.blanked.append(at + 1)
    return marks


def marked_styles(xml: bytes) -> dict[str, set[int]]:
    """{"struck": numbers of the cell styles that strike through, "blanked": of those that show nothing}; {} for none."""
    root = tree(xml)
    name = root.tag.rpartition("}")[0] + "}" if "}" in root.tag else ""

    def children(path):
        return root.findall("/".join(f"{name}{part}" for part in path.split("/")))

    def flag(element, child):
        found = element.find(f"{name}{child}")
        return found is not None and found.get("val", "1") not in ("0", "false")

    fonts = children("fonts/font")
    colours = [font.find(f"{name}color") for font in fonts]
    white = [c is not None and (c.get("rgb", "").upper() == "FFFFFFFF" or c.get("theme") == "0") for c in colours]
    patterns = [fill.find(f"{name}patternFill") for fill in children("fills/fill")]
    bare = [pattern is not None and pattern.get("patternType", "none") == "none" for pattern in patterns]
    empty = {each.get("numFmtId") for each in children("numFmts/numFmt") if _shows_nothing(each.get("formatCode", ""))}
    styles = [
        (int(each.get("fontId", 0)), int(each.get("fillId", 0)), each.get("numFmtId"))
        for each in children("cellXfs/xf")
    ]
    struck = {at for at, (font, _, _) in enumerate(styles) if font < len(fonts) and flag(fonts[font], "strike")}
    blanked = {
        at
        for at, (font, fill, form) in enumerate(styles)
        if form in empty or (font < len(white) and white[font] and fill < len(bare) and bare[fill])
    }
    return {what: chosen for what, chosen in (("struck", struck), ("blanked", blanked)) if chosen}


def _shows_nothing(form):
    """Whether a number format such as `;;;` shows no value at all."""
    return set(form.replace(" ", "")) == {";"} and form.count(";") > 1
