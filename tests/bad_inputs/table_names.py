"""C of the suite, privacy and hostile text: names, what spreadsheets do to them, and what must never enter a study."""

from datetime import date

from .cases import ACHR, CYT, LAYOUT, Case

RAW = "resources/demo/raw"
SAMPLES, XLSX, PEOPLE = "config/samples.tsv", "config/samples.xlsx", "config/participants.tsv"


def cell(sheet, row, column, value):
    return lambda s: s.cell(sheet, row, column, value)


def put(cell, value, number_format=None):
    def change(book, page):
        page[cell] = value
        if number_format:
            page[cell].number_format = number_format

    return lambda s: s.workbook("samples", change)


def content(name, text):
    return lambda s: (s / name).write_text(text, encoding="utf-8")


def column(name, value="", sheet="participants"):
    def damage(s):
        rows = s.rows(sheet)
        s.write(sheet, [[*rows[0], name], *([*row, value] for row in rows[1:])])

    return damage


def again(sheet, **changes):
    """The first row of a sheet once more, with some cells changed."""

    def damage(s):
        header, first, *_ = s.rows(sheet)
        s.add(sheet, **{**dict(zip(header, first, strict=True)), **changes})

    return damage


def several(*damages):
    return lambda s: [damage(s) for damage in damages]


def linked(target=None, folder=RAW):
    """A folder moved to a share, a link in its place; `target`: what the cytokine export is made a link to."""

    def damage(s):
        share = s.path.parent / "share"
        (s / folder).rename(share)
        (s / folder).symlink_to(share)
        if target:
            (s / CYT).unlink()
            (s / CYT).symlink_to(target)

    return damage


# fmt: off
CASES = [
    Case("31", "sample twice", again("samples"), "E-ID-040", "STOP", SAMPLES,
         "P05-R-D1 appears already in row 2 (all cells are the same)", "14", "sample_id"),
    Case("31", "participant twice", again("participants", age="51"), "E-ID-040", "STOP", PEOPLE, "with another age",
         "18"),
    Case("32", "differs in case", again("samples", sample_id="p05-r-d1"), "E-ID-041", "STOP", SAMPLES,
         '"p05-r-d1" and "P05-R-D1" (row 2) differ only in case', "14", "sample_id"),
    Case("32", "differs in zeros", again("samples", sample_id="P5-R-D1"), "E-ID-041", "STOP", SAMPLES,
         "dashes or zeros", "14"),
    Case("32", "lot in two spellings", lambda s: s.cell("plates", 3, "kit_lot", "SIM_ISOTYPES_25"), "E-ID-041",
         "STOP", "config/plates.tsv", '"SIM_ISOTYPES_25" and "SIM-ISOTYPES-25"', "3", "kit_lot"),
    Case("32", "batch in two spellings", cell("plates", 4, "batch", "2025_06_bcma_axis"), "E-ID-041", "STOP",
         "config/plates.tsv", '"2025-06-bcma-axis" and "2025_06_bcma_axis"', "5", "batch"),
    Case("33", "zeros only shown", put("A2", 2, "000"), "E-ID-042", "STOP", XLSX, 'the number 2 is shown as "002"',
         "A2"),
    Case("33", "letters only shown", put("A2", 2, '"P"00'), "E-ID-042", "STOP", XLSX, "only display", "A2"),
    Case("34", "scientific form", cell("samples", 2, "sample_id", "1.00E+05"), "E-ID-043", "STOP", SAMPLES,
         '"1.00E+05" has the form of a decimal number', "2", "sample_id"),
    Case("34", "decimal form", put("A2", 12345.5), "E-ID-043", "STOP", XLSX, "12345.5", "2", "sample_id"),
    Case("34", "decimal zeros", cell("samples", 2, "sample_id", "12345.0"), "E-ID-043", "STOP", SAMPLES, "12345.0",
         "2"),
    Case("35", "name became a date", put("A2", date(2025, 3, 1)), "E-ID-044", "STOP", XLSX,
         'the cell holds a date ("2025-03-01")', "2", "sample_id"),
    Case("35", "name became a date in text", cell("samples", 2, "sample_id", "1-Mar"), "E-ID-044", "STOP", SAMPLES,
         '"1-Mar" has the form of a date', "2", "sample_id"),
    Case("35", "analyte became a date", cell("analytes", 2, "analyte", "Sep-02"), "E-ID-044", "STOP",
         "config/analytes.tsv", '"Sep-02" has the form of a date', "2", "analyte"),
    Case("35", "name became TRUE", put("H2", True), "E-ID-044", "STOP", XLSX, "TRUE or FALSE", "2", "comment"),
    Case("35", "dilution became a time",
         lambda s: s.workbook("panels", lambda book, page: page.__setitem__("I2", date(2025, 1, 10))), "E-ID-044",
         "STOP", "config/panels.xlsx", "1:10", "2", "min_dilution"),
    Case("36", "no-break space", cell("samples", 2, "sample_id", "P05\u00a0R-D1"), "E-ID-045", "STOP", SAMPLES,
         "NO-BREAK SPACE (U+00A0)", "2", "sample_id"),
    Case("36", "zero width", cell("samples", 2, "sample_id", "P05-\u200bR-D1"), "E-ID-045", "STOP", SAMPLES,
         "ZERO WIDTH SPACE (U+200B)", "2", "sample_id"),
    Case("36", "blanks around", cell("samples", 2, "sample_id", " P05-R-D1 "), "W-ID-045", "FLAG", SAMPLES,
         "1 cell with spaces before or after the text", "", "sample_id"),
    Case("36", "zero width in a layout", lambda s: s.edit(LAYOUT, "P05-R-D1@", "P05-\u200bR-D1@"), "E-ID-045",
         "QUARANTINE", LAYOUT, "ZERO WIDTH SPACE", "5"),
    Case("37", "cyrillic", cell("samples", 2, "sample_id", "\u041005-R-D1"), "E-ID-046", "STOP", SAMPLES,
         "CYRILLIC CAPITAL LETTER A (U+0410)", "2", "sample_id"),
    Case("37", "greek in a reference", cell("samples", 2, "participant", "\u03a105"), "E-ID-046", "STOP", SAMPLES,
         "GREEK CAPITAL LETTER RHO", "2", "participant"),
    Case("38", "not the study's form", cell("samples", 2, "sample_id", "P05 R D1"), "E-ID-047", "STOP", SAMPLES,
         "such as P01-D1", "2", "sample_id"),
    Case("38", "en dash", cell("analytes", 2, "analyte", "IL\u20136"), "E-ID-047", "STOP", "config/analytes.tsv",
         "the character '\u2013' is not a plain letter", "2", "analyte"),
    Case("39", "no name", cell("samples", 2, "sample_id", ""), "E-ID-048", "STOP", SAMPLES, "the cell is empty", "2",
         "sample_id"),
    Case("39", "NA as a name", cell("samples", 2, "participant", "NA"), "E-ID-048", "STOP", SAMPLES, '"NA"', "2",
         "participant"),
    Case("40", "sample not in the sheet", lambda s: s.write("samples", s.rows("samples")[:-1]), "E-ID-049", "EXCLUDE",
         CYT, 'a name on plate CYT-03 is in neither samples nor names: "P07-R-M6" – ', "", "sample_id"),
    Case("40", "most samples not in the sheet", lambda s: s.write("samples", s.rows("samples")[:4]), "E-ID-049", "STOP",
         CYT, "9 names on plate CYT-03 are in neither samples nor names: ", "", "sample_id"),
    Case("41", "sample never assayed",
         again("samples", sample_id="P05-R-M9", visit="M9", collection_date="2025-01-15"), "W-ID-050", "FLAG", SAMPLES,
         "sample P05-R-M9 is on no plate", "", "sample_id"),
    Case("42", "unknown participant", cell("samples", 2, "participant", "P50"), "E-ID-051", "STOP", SAMPLES,
         '"P50" is not in the participants sheet', "2", "participant"),
    Case("42", "participant without course",
         lambda s: s.add("participants", participant="P20", status="enrolled", schedule="six_weekly"), "W-ID-051",
         "FLAG", PEOPLE, "P20 is enrolled and has no course", "18", "participant"),
    Case("43", "one sample, two visits", again("samples", visit="M2", collection_date="2024-06-28"), "E-ID-040",
         "STOP", SAMPLES, "with another visit, collection_date", "14", "sample_id"),

    Case("44", "patient name", column("Patient name"), "E-ID-053", "STOP", PEOPLE, 'column "Patient name"', "",
         "Patient name"),
    Case("44", "date of birth", column("DOB"), "E-ID-053", "STOP", PEOPLE, 'column "DOB"', "", "DOB"),
    Case("44", "geburtsdatum", column("Geburtsdatum"), "E-ID-053", "STOP", PEOPLE, "Geburtsdatum"),
    Case("44", "date de naissance", column("Date de naissance"), "E-ID-053", "STOP", PEOPLE, "Date de naissance"),
    Case("44", "prénom", column("Prénom"), "E-ID-053", "STOP", PEOPLE, "Prénom"),
    Case("44", "fecha de nacimiento", column("Fecha de nacimiento"), "E-ID-053", "STOP", PEOPLE, "Fecha"),
    Case("44", "cognome", column("Cognome"), "E-ID-053", "STOP", PEOPLE, "Cognome"),
    Case("44", "achternaam", column("Achternaam"), "E-ID-053", "STOP", PEOPLE, "Achternaam"),
    Case("44", "fødselsdato", column("Fødselsdato"), "E-ID-053", "STOP", PEOPLE, "Fødselsdato"),
    Case("44", "氏名", column("氏名"), "E-ID-053", "STOP", PEOPLE, "氏名"),
    Case("44", "record number", column("MRN", sheet="samples"), "E-ID-053", "STOP", SAMPLES, 'column "MRN"'),
    Case("44", "name as a code", cell("participants", 2, "participant", "Smith, Anna"), "E-ID-053", "STOP", PEOPLE,
         "the text looks like a name", "2", "participant"),
    Case("44", "birth date in a code", cell("participants", 2, "participant", "P01-1961-03-04"), "E-ID-053", "STOP",
         PEOPLE, "a date, perhaps of birth", "2", "participant"),
    Case("44", "birth date in a remark", cell("samples", 2, "comment", "pat. geb. 04.03.1961"), "E-ID-053", "STOP",
         SAMPLES, "looks like a date of birth", "2", "comment"),
    Case("44", "record number in a remark", cell("samples", 2, "comment", "see MRN 00451233"), "E-ID-053", "STOP",
         SAMPLES, "looks like a record number", "2", "comment"),
    Case("44", "name in a remark", cell("samples", 2, "comment", "Frau Müller late"), "E-ID-053", "STOP", SAMPLES,
         "looks like a name", "2", "comment"),
    Case("44", "e-mail in a remark", cell("events", 2, "note", "ask anna.smith@clinic.example"), "E-ID-053", "STOP",
         "config/events.tsv", "an e-mail address", "2", "note"),
    Case("44", "birth dates in a delivery", lambda s: s.edit(ACHR, ",Comment", ",Comment,Date of birth"), "E-ID-053",
         "FLAG", ACHR, 'column "Date of birth", which is not read'),

    Case("", "control character", cell("samples", 2, "comment", "a\x1b[31mred"), "E-TXT-001", "STOP", SAMPLES,
         "control character (U+001B)", "2", "comment"),
    Case("", "zero byte", cell("samples", 2, "comment", "a\x00b"), "E-TXT-001", "STOP", SAMPLES, "U+0000", "2"),
    Case("", "right-to-left override", cell("samples", 2, "comment", "a\u202eb"), "E-ID-045", "STOP", SAMPLES,
         "RIGHT-TO-LEFT OVERRIDE", "2", "comment"),
    Case("", "very long text", cell("samples", 2, "comment", "x" * 5000), "E-TXT-002", "STOP", SAMPLES,
         "5,000 characters", "2"),
    Case("", "markup in a label", cell("analytes", 2, "label", "<script>alert(1)</script>"), "E-TXT-003", "STOP",
         "config/analytes.tsv", "holds markup of a web page", "2", "label"),
    Case("", "image in a remark", cell("samples", 2, "comment", "<img src=x onerror=alert(1)>"), "E-TXT-003", "STOP",
         SAMPLES, "markup", "2", "comment"),
    Case("", "markup in the title", lambda s: s.config(study={"title": "A <b>bold</b> study"}), "E-TXT-003", "STOP",
         "config/config.yaml", "markup", "", "study.title"),
    Case("", "line break in the note", lambda s: s.config(study={"note": "one\n.. raw:: html\n\n   <x>"}), "E-TXT-001",
         "STOP", "config/config.yaml", "U+000A", "", "study.note"),
    Case("", "path out of the study", cell("plates", 2, "file", "../../etc/passwd"), "E-FILE-016", "STOP",
         "config/plates.tsv", "leads out of the study folder", "2", "file"),
    Case("", "absolute path", cell("plates", 2, "file", "/etc/passwd"), "E-FILE-016", "STOP", "config/plates.tsv",
         "leads out", "2", "file"),
    Case("", "drive path", cell("plates", 2, "file", "C:/raw/x.csv"), "E-FILE-016", "STOP", "config/plates.tsv",
         "leads out", "2"),
    Case("", "link out of the study", lambda s: ((s / CYT).unlink(), (s / CYT).symlink_to("/etc/hostname")),
         "E-FILE-016", "STOP", "config/plates.tsv", "a link that leads out", "2", "file"),
    Case("", "link out of a linked raw folder", linked("/etc/hostname"), "E-FILE-016", "STOP", "config/plates.tsv",
         "a link that leads out of its raw folder", "2", "file"),
    Case("", "raw folder on a share", linked(), "W-FILE-016", "FLAG", "config/config.yaml", "is a link out of the study folder",
         "", "raw_folders"),
    Case("", "share that is not mounted", several(linked(), lambda s: (s.path.parent / "share").rename(s / "aside")),
         "E-FILE-001", "STOP", "config/config.yaml", "is a link to a folder that is not there", "", "raw_folders"),
    Case("", "link that is no raw folder", linked(folder=f"{RAW}/2025-06-cytokines"), "E-FILE-016", "STOP", "config/plates.tsv",
         "a link that leads out of the study folder", "2", "file"),
    Case("", "re-export out of the study",
         lambda s: s.add("amendments", amendment="A9", what="re_export", plate="CYT-03", **{"from": "../old.csv"}, to=CYT,
                         reason="exported again", who="KM", when="2025-07-01"),
         "E-FILE-016", "STOP", "config/amendments.tsv", '"../old.csv" leads out', "", "from"),
    Case("", "sheet out of the study", lambda s: s.config(sheets={"samples": "../samples.tsv"}), "E-FILE-016", "STOP",
         "config/config.yaml", "leads out", "", "sheets.samples"),
    Case("", "raw folder out of the study", lambda s: s.config(raw_folders=["/"]), "E-FILE-016", "STOP", "config/config.yaml",
         "leads out", "", "raw_folders"),
    Case("", "path as a plate", cell("plates", 2, "plate", "../../CYT"), "E-ID-047", "STOP", "config/plates.tsv",
         '"../../CYT"', "2", "plate"),
    Case("", "path as a batch", cell("plates", 2, "batch", "a/../../b"), "E-ID-047", "STOP", "config/plates.tsv",
         "a/../../b", "2", "batch"),
    Case("", "entities in an export",
         content(CYT, '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]><a>&d;</a>'),
         "E-READ-002", "QUARANTINE", CYT, "declares entities"),
    Case("", "object in the config",
         lambda s: s.edit("config/config.yaml", "seed: 1", "seed: !!python/object/apply:os.system ['true']"),
         "E-CFG-005", "STOP", "config/config.yaml", "python/object"),
    Case("", "reference in the config",
         lambda s: s.edit("config/config.yaml", "seed: 1", "seed: &a 1\npermutations: *a"), "E-CFG-005", "STOP",
         "config/config.yaml", "a reference (*name)"),
    Case("", "key twice in the config", lambda s: s.edit("config/config.yaml", "seed: 1", "seed: 1\nseed: 2"),
         "E-CFG-005", "STOP", "config/config.yaml", 'the key "seed" appears twice'),
    Case("", "broken config", lambda s: s.edit("config/config.yaml", "seed: 1", "seed: [1"), "E-CFG-005", "STOP",
         "config/config.yaml", ""),
    Case("", "config of no keys", lambda s: (s / "config/config.yaml").write_text("- a\n"), "E-CFG-005", "STOP",
         "config/config.yaml", "holds no keys"),
    Case("", "unknown config key", lambda s: s.config(center="mean"), "E-CFG-001", "STOP", "config/config.yaml",
         "unknown key (did you mean centre?)", "", "center"),
    Case("", "config without a title", lambda s: s.edit("config/config.yaml", "title:", "heading:"), "E-CFG-002",
         "STOP", "config/config.yaml", 'the key "title" is missing', "", "study"),
    Case("", "unknown choice", lambda s: s.config(centre="median"), "E-CFG-003", "STOP", "config/config.yaml",
         '"median" is not one of mean, geometric_mean (did you mean mean?)', "", "centre"),
    Case("", "text for a number in the config", lambda s: s.config(seed="one"), "E-CFG-003", "STOP", "config/config.yaml",
         '"one" is not a whole number', "", "seed"),
    Case("", "fraction as a decimal",
         lambda s: s.config(criteria_overrides={"IL-6": {"reason": "report 12", "controls": {"pass_fraction_total": "0.67"}}}),
         "E-CFG-003", "STOP", "config/config.yaml", '"0.67" is not a fraction such as 2/3', "",
         "criteria_overrides.IL-6.controls.pass_fraction_total"),
    Case("", "too few permutations", lambda s: s.config(permutations=5), "E-CFG-003", "STOP", "config/config.yaml",
         "5 must be at least 100", "", "permutations"),
    Case("", "visit of no sheet", lambda s: s.config(primary_visit="M33"), "E-CFG-004", "STOP", "config/config.yaml",
         '"M33" is not in the sheets – ', "", "primary_visit"),
]
