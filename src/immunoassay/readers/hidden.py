"""What a spreadsheet hides from the person who looks at it: hidden, filtered or struck-through rows, values in a format
that shows nothing or in white on white. A reader reads them all the same; one FLAG per sheet names their rows."""

import re

from immunoassay.problems import Problem

_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?row>)", re.S)
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.S)
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)\b[^>]*>[^<]")
_ATTRIBUTE = re.compile(rb'\b(r|s|ht|hidden)="([^"]*)"')
_MOST_ROWS = 20
HIDDEN, STRUCK, UNSEEN = "hidden", "struck through", "shown as nothing"


def in_xlsx(name, sheets, styles):
    """FLAGs of a workbook: `sheets` are title -> (state, XML), `styles` is the XML of its styles, or None."""
    marked = _marked_styles(styles) if styles else {}
    problems = []
    for title, (state, xml) in sheets.items():
        rows = _rows_of_xml(xml, marked)
        problems += _flag(name, title, state != "visible", rows)
    return problems


def in_xls(name, book):
    """FLAGs of an .xls workbook that xlrd opened with its formats."""
    problems = []
    for sheet in book.sheets():
        rows = {HIDDEN: [], STRUCK: [], UNSEEN: []}
        for at in range(sheet.nrows):
            filled = [cell for cell in sheet.row(at) if cell.value not in ("", None)]
            info = sheet.rowinfo_map.get(at)
            if filled and info is not None and (info.hidden or info.height < 20):
                rows[HIDDEN].append(at + 1)
            formats = [book.xf_list[cell.xf_index] for cell in filled]
            if any(book.font_list[each.font_index].struck_out for each in formats):
                rows[STRUCK].append(at + 1)
            if any(_shows_nothing(book.format_map[each.format_key].format_str) for each in formats):
                rows[UNSEEN].append(at + 1)
        problems += _flag(name, sheet.name, sheet.visibility != 0, rows)
    return problems


def _flag(name, title, whole, rows):
    if not whole and not any(rows.values()):
        return []
    words = [f"rows {_listed(numbers)} {what}" for what, numbers in rows.items() if numbers]
    found = "; ".join((["the whole sheet hidden"] if whole else []) + words)
    why = "a person who opens the file does not see these values, or has crossed them out; they are read"
    fix = "compare with the instrument; exclude them by an amendment if they do not count"
    first = min((numbers[0] for numbers in rows.values() if numbers), default="")
    return [Problem("W-READ-012", "FLAG", name, found, why, fix, sheet=title, row=str(first))]


def _listed(numbers):
    """`3, 5 to 9`, at most 20 parts."""
    runs = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    parts = [str(first) if first == last else f"{first} to {last}" for first, last in runs]
    more = [f"and {len(parts) - _MOST_ROWS} more"] if len(parts) > _MOST_ROWS else []
    return ", ".join(parts[:_MOST_ROWS] + more)


def _rows_of_xml(xml, marked):
    rows, number = {HIDDEN: [], STRUCK: [], UNSEEN: []}, 0
    for attributes, content in _ROW.findall(xml):
        own = dict(_ATTRIBUTE.findall(attributes))
        number = int(own.get(b"r", number + 1))
        if not _VALUE.search(content):
            continue
        if own.get(b"hidden") in (b"1", b"true") or float(own.get(b"ht", 1)) < 1:
            rows[HIDDEN].append(number)
        if not marked:
            continue
        filled = [dict(_ATTRIBUTE.findall(head)) for head, inner in _CELL.findall(content) if _VALUE.search(inner)]
        styles = {int(cell.get(b"s", 0)) for cell in filled}
        for what, chosen in marked.items():
            if styles & chosen:
                rows[what].append(number)
    return rows


def _marked_styles(xml):
    """{what: numbers of the cell styles that strike through, or show nothing}; {} where there is none."""
    from defusedxml.ElementTree import fromstring

    root = fromstring(xml)
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
    unseen = {
        at
        for at, (font, fill, form) in enumerate(styles)
        if form in empty or (font < len(white) and white[font] and fill < len(bare) and bare[fill])
    }
    return {what: chosen for what, chosen in ((STRUCK, struck), (UNSEEN, unseen)) if chosen}


def _shows_nothing(form):
    """Whether a number format such as `;;;` shows no value at all."""
    return set(form.replace(" ", "")) == {";"} and form.count(";") > 1
