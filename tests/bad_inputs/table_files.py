"""A and B of the suite: files, containers, and the structure of workbooks."""

import zipfile
from datetime import date

from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from .cases import ACHR, BAFF, CYT, ISO, LAYOUT, Case

SAMPLES, XLSX = "config/samples.tsv", "config/samples.xlsx"


def remove(name):
    return lambda s: (s / name).unlink()


def content(name, data):
    return lambda s: (s / name).write_bytes(data)


def put(cell, value, number_format=None, sheet="samples"):
    def change(book, page):
        page[cell] = value
        if number_format:
            page[cell].number_format = number_format

    return lambda s: s.workbook(sheet, change)


def structure(change, sheet="samples"):
    return lambda s: s.workbook(sheet, change)


def cut(s):
    (s / ISO).write_bytes((s / ISO).read_bytes()[:4000])


def encrypted(name):
    return content(
        name, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    )


def bytes_of(sheet, old, new, encoding):
    def damage(s):
        text = (s / f"config/{sheet}.tsv").read_text(encoding="utf-8")
        assert old in text
        (s / f"config/{sheet}.tsv").write_bytes(text.replace(old, new, 1).encode(encoding, "replace"))

    return damage


def semicolons(s):
    rows = s.rows("materials")
    at = rows[0].index("expected")
    s.write("materials", [[*row[:at], row[at].replace("0.", "0,").replace("1200", "1200,5"), *row[at + 1 :]] for row in rows],
            "config/materials.csv", ";")  # fmt: skip


def text(sheet, old, new):
    return lambda s: s.edit(f"config/{sheet}.tsv", old, new)


def hide(*names, by=None):
    def change(book, page):
        for name in names:
            (page.row_dimensions if isinstance(name, int) else page.column_dimensions)[name].hidden = True
        if by:
            page.auto_filter.ref = "A1:H13"
            page.auto_filter.add_filter_column(0, ["P05-R-D1"])

    return structure(change)


def strike(book, page):
    page["A3"].font = Font(strike=True)


def epoch(book, page):
    book.epoch = CALENDAR_MAC_1904
    page["E2"] = date(2024, 5, 6)


def no_visible(s):
    s.workbook("samples")
    with zipfile.ZipFile(s / XLSX) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(s / XLSX, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part.replace(b'state="visible"', b'state="hidden"'))


def without_crc(s):
    text = (s / CYT).read_text(encoding="utf-8")
    (s / CYT).write_text(text.replace("18945", "18946", 1), encoding="utf-8")


def no_crc(s):
    text = (s / CYT).read_text(encoding="utf-8")
    (s / CYT).write_text(text[: text.index("-- CRC --")], encoding="utf-8")


def bomb(name):
    def damage(s):
        with zipfile.ZipFile(s / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", "<workbook/>")
            archive.writestr("xl/worksheets/sheet1.xml", bytes(60 * 1024**2))

    return damage


def bomb_sheet(s):
    s.config(sheets={"samples": XLSX})
    bomb(XLSX)(s)


# fmt: off
CASES = [
    Case("1", "no sheet", remove(SAMPLES), "E-FILE-001", "STOP", SAMPLES, "no such file"),
    Case("1", "no export", remove(CYT), "E-FILE-001", "STOP", "config/plates.tsv", f'no such file "{CYT}"', "2",
         "file"),
    Case("1", "no layout", remove(LAYOUT), "E-FILE-001", "STOP", "config/plates.tsv", "no such file", "4", "layout"),
    Case("2", "empty sheet", content(SAMPLES, b""), "E-FILE-002", "STOP", SAMPLES, "the sheet is empty"),
    Case("2", "header only", lambda s: s.write("samples", s.rows("samples")[:1]), "E-FILE-002", "STOP", SAMPLES,
         "a header and no rows"),
    Case("2", "empty export", content(CYT, b" \n"), "E-FILE-002", "QUARANTINE", CYT, "the file is empty"),
    Case("3", "cut workbook", cut, "E-FILE-003", "QUARANTINE", ISO, "4,000 bytes"),
    Case("3", "cut sheet",
         lambda s: (s / "config/scores.xlsx").write_bytes((s / "config/scores.xlsx").read_bytes()[:3000]),
         "E-FILE-003", "STOP", "config/scores.xlsx", "3,000 bytes"),
    Case("3", "text called xlsx", content("config/scores.xlsx", b"participant,visit\nP01,D1\n"), "E-FILE-003", "STOP",
         "config/scores.xlsx", "not a readable Excel workbook"),
    Case("4", "html export", content(CYT, b"<html><table><tr><td>1</td></tr></table></html>"), "E-FILE-004",
         "QUARANTINE", CYT, "the file is HTML"),
    Case("4", "html sheet", content(SAMPLES, b"<!DOCTYPE html><table></table>"), "E-FILE-004", "STOP", SAMPLES,
         "HTML"),
    Case("5", "password export", encrypted(ISO), "E-FILE-005", "QUARANTINE", ISO, "remove the password"),
    Case("5", "password sheet", encrypted("config/scores.xlsx"), "E-FILE-005", "STOP", "config/scores.xlsx",
         "encrypted"),
    Case("", "old xls sheet", content("config/scores.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900)),
         "E-FILE-009", "STOP", "config/scores.xlsx", "old kind (.xls)"),
    Case("9", "unknown layout", content(CYT, b"dear colleague,\nplease find attached\n"), "E-FILE-009", "QUARANTINE",
         CYT, "dear colleague"),
    Case("10", "edited after export", without_crc, "E-FILE-010", "FLAG", CYT,
         "the checksum at the end does not fit the content"),
    Case("10", "trailer cut off", no_crc, "E-FILE-010", "FLAG", CYT, "the checksum at the end of the file is absent"),
    Case("11", "temporary files", content("resources/demo/raw/~$CYT-03.csv", b"x"), "W-FILE-011", "FLAG",
         "resources/demo/raw", "~$CYT-03.csv"),
    Case("12", "not utf-8", bytes_of("analytes", "pg/mL", "µg/mL", "cp1252"), "E-FILE-012", "STOP",
         "config/analytes.tsv", 'byte 0xB5 is not UTF-8 (in Windows-1252 it is "µ")', "2"),
    Case("12", "utf-16", bytes_of("analytes", "pg/mL", "pg/mL", "utf-16"), "E-FILE-012", "STOP", "config/analytes.tsv",
         "UTF-16"),
    Case("12", "mojibake", text("analytes", "IFN-γ", "IFN-Î³"), "E-FILE-012", "STOP", "config/analytes.tsv",
         'probably "IFN-γ" was meant', "4", "label"),
    Case("12", "lost letter", text("analytes", "IFN-γ", "IFN-\ufffd"), "E-FILE-012", "STOP", "config/analytes.tsv",
         "a letter was lost", "4", "label"),
    Case("13", "byte order mark", bytes_of("samples", "sample_id", "sample_id", "utf-8-sig"), "W-FILE-013", "FLAG",
         SAMPLES, "byte order mark"),
    Case("14", "semicolons and commas", semicolons, "E-FILE-014", "STOP", "config/materials.csv",
         "separated by semicolons", column="expected"),
    Case("15", "value too many", text("samples", "P05-R-D1\t", "P05-R-D1\t\t"), "E-FILE-015", "STOP", SAMPLES,
         "9 values for 8 columns", "2"),
    Case("15", "value too few", text("samples", "P05-R-D1\tP05\t", "P05-R-D1\t"), "E-FILE-015", "STOP", SAMPLES,
         "7 values for 8 columns", "2"),
    Case("", "open quote", text("samples", "P05-R-D1\t", '"P05-R-D1\t'), "E-FILE-018", "STOP", SAMPLES, "runs over",
         "2"),
    Case("", "export of no row", content("resources/demo/raw/late.csv", b"x"), "W-RAW-001", "FLAG",
         "resources/demo/raw/late.csv", "no row of the plates sheet"),
    Case("", "lost delimiter in export", lambda s: s.export_rows(CYT, lambda rows: rows[40].pop(3) and None),
         "E-FILE-013", "QUARANTINE", CYT, "values may stand in the wrong columns", "41"),
    Case("", "unpacks to gigabytes", bomb(ISO), "E-FILE-019", "QUARANTINE", ISO, "unpacks to"),
    Case("", "sheet unpacks to gigabytes", bomb_sheet, "E-FILE-019", "STOP", XLSX, "unpacks to"),
    Case("16", "no visible worksheet", no_visible, "E-XLS-020", "STOP", XLSX, "hidden: samples"),
    Case("17", "two worksheets", structure(lambda book, page: book.create_sheet("old")), "E-XLS-021", "STOP", XLSX,
         "2 visible worksheets (samples, old)"),
    Case("18", "hidden row", hide(3), "E-XLS-022", "STOP", XLSX, "the row is hidden", "3"),
    Case("18", "hidden column", hide("E"), "E-XLS-022", "STOP", XLSX, "column E is hidden", "", "E"),
    Case("18", "hidden worksheet",
         structure(lambda book, page: setattr(book.create_sheet("old"), "sheet_state", "hidden")), "W-XLS-022", "FLAG",
         XLSX, "hidden worksheets: old"),
    Case("19", "filter", hide(3, 4, by="filter"), "E-XLS-023", "STOP", XLSX, "hidden by a filter", "4"),
    Case("20", "merged", structure(lambda book, page: page.merge_cells("B2:B3")), "E-XLS-024", "STOP", XLSX,
         "cells B2:B3 are merged", "B2:B3"),
    Case("21", "error cell", put("G2", "#DIV/0!"), "E-XLS-025", "STOP", XLSX, 'shows "#DIV/0!"', "2"),
    Case("22", "formula without result", put("G2", "=1+1"), "E-XLS-026", "STOP", XLSX, "no stored result", "G2"),
    Case("24", "title above",
         structure(lambda book, page: page.insert_rows(1) or page.__setitem__("A1", "Samples of the study")),
         "E-XLS-028", "STOP", XLSX, "are in row 2", "1"),
    Case("24", "title above in text", lambda s: s.write("samples", [["Samples 2025"], [""], *s.rows("samples")]),
         "E-XLS-028", "STOP", SAMPLES, "are in row 3", "1"),
    Case("25", "column twice", text("samples", "\tcomment", "\tcomment\tVisit"), "E-XLS-029", "STOP", SAMPLES,
         'column "Visit" appears twice (columns 4 and 9)', "1"),
    Case("26", "column misspelt", text("samples", "sample_id", "Sample_ID"), "E-XLS-030", "STOP", SAMPLES,
         'column "sample_id" is missing (did you mean Sample_ID?)', "", "sample_id"),
    Case("27", "unknown column", lambda s: s.write("samples", [[*row, "x"] for row in s.rows("samples")]), "E-XLS-030",
         "STOP", SAMPLES, 'unknown column "x"', "", "x"),
    Case("27", "value beyond the columns", structure(lambda book, page: page.__setitem__("K3", "note")), "E-XLS-030",
         "STOP", XLSX, '"note" is in a column without a name', "3"),
    Case("28", "footnote", lambda s: s.add("samples", sample_id="n = 12"), "E-XLS-032", "STOP", SAMPLES,
         '"n = 12" looks like a total or a footnote', "14"),
    Case("28", "total", lambda s: s.add("samples", sample_id="Total", freeze_thaw="12"), "E-XLS-032", "STOP", SAMPLES,
         '"Total" looks like', "14"),
    Case("29", "struck through", structure(strike), "W-XLS-033", "FLAG", XLSX, "struck through", "3"),
    Case("30", "days from 1904", structure(epoch), "W-XLS-034", "FLAG", XLSX, "from 1904"),
    Case("30", "two-digit year", lambda s: s.cell("samples", 2, "collection_date", "06/05/24"), "E-DATE-100", "STOP",
         SAMPLES, '"06/05/24" is not a date', "2", "collection_date"),
    Case("", "worksheet without end", put("XFD900", "x"), "E-XLS-035", "STOP", XLSX, "column 16,384"),
    Case("", "format file as layout", lambda s: (s / LAYOUT).write_bytes((s / "config/scores.xlsx").read_bytes()),
         "E-XLS-030", "QUARANTINE", LAYOUT, 'column "well" is missing'),
    Case("", "result table without values", lambda s: s.edit(ACHR, "Result,", "Resultat?,"), "E-DLV-001",
         "QUARANTINE", ACHR, "no column of value – candidates for value: Resultat?"),
    Case("", "gen5 without column numbers", lambda s: s.edit(BAFF, "\t1\t2\t3\t4", "\tx\ty\tz\t4"), "V-087",
         "QUARANTINE", BAFF, "no column headings before 4", "29"),
]
