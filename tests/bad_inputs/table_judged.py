"""What only judging sees, and what an export's header says against its row: added to the suite."""

from .cases import ACHR, BAFF, CYT, ISO, LAYOUT, SBCMA, VAC, Case

BOTH_LAYOUTS = ("config/layouts/SBCMA-03.tsv", "config/layouts/BAFF-03.tsv")


def edit(name, old, new, count=1):
    return lambda s: s.edit(name, old, new, count)


def dilutions(panel, lowest, highest):
    def damage(s):
        header, *rows = s.rows("panels")
        at = {name: header.index(name) for name in ("panel", "min_dilution", "max_dilution")}
        for row in rows:
            if row[at["panel"]] == panel:
                row[at["min_dilution"]], row[at["max_dilution"]] = lowest, highest
        s.write("panels", [header, *rows])

    return damage


def materials(change, **where):
    """Alter the expected concentration of rows of the materials sheet, or leave them out where `change` gives None."""

    def damage(s):
        header, *rows = s.rows("materials")
        kept = []
        for row in rows:
            named = dict(zip(header, row, strict=True))
            if all(named[key] == value for key, value in where.items()):
                if change is None:
                    continue
                row[header.index("expected")] = f"{float(named['expected']) * change:g}"
                row[header.index("low")] = row[header.index("high")] = ""
            kept.append(row)
        s.write("materials", [header, *kept])

    return damage


def layouts_exchanged(s):
    one, other = ((s / name).read_text(encoding="utf-8") for name in BOTH_LAYOUTS)
    for name, text in zip(BOTH_LAYOUTS, (other, one), strict=True):
        (s / name).write_text(text, encoding="utf-8")


def saturated(well, text="OVRFLW"):
    """A well of the plate of SBCMA reads beyond the detector."""

    def damage(s):
        lines = (s / SBCMA).read_text(encoding="utf-8").split("\n")
        at = next(i for i, line in enumerate(lines) if line.startswith(f"{well[0]}\t"))
        cells = lines[at].split("\t")
        cells[int(well[1:])] = text
        lines[at] = "\t".join(cells)
        (s / SBCMA).write_text("\n".join(lines), encoding="utf-8")

    return damage


CASES = [
    Case("", "dilutions of another kit", dilutions("sbcma", "2", "20"), "E-ACC-003", "QUARANTINE", SBCMA,
         "dilution range fails in 12 of 12 samples", judged=True),
    Case("", "layouts of two kits exchanged", layouts_exchanged, "E-ACC-003", "QUARANTINE", BAFF, "1:2 to 1:20", judged=True),
    Case("", "standards of one analyte ten times as high", materials(10, kit_lot="SIM-VACCINE-25", material="standard",
         analyte="tetanus-IgG"), "E-ACC-004", "QUARANTINE", VAC, "a power of ten", judged=True),
    Case("", "controls off", materials(2, kit_lot="SIM-SBCMA-25", material="control"), "E-ACC-001", "EXCLUDE", SBCMA,
         "controls fails for sBCMA", judged=True),
    Case("", "a required control level gone", materials(None, kit_lot="SIM-SBCMA-25", level="QC2"), "E-ACC-002", "EXCLUDE",
         SBCMA, "controls cannot be evaluated for sBCMA", judged=True),
    Case("", "a control nothing is known of", materials(None, kit_lot="SIM-SBCMA-25", level="QC2"), "W-ACC-009", "FLAG",
         SBCMA, "control QC2 has no expected concentration"),
    Case("", "a control misnamed in the layout", edit(LAYOUT, "QC2\tQC2", "QC9\tQC9"), "W-ACC-009", "FLAG", SBCMA, "QC9"),
    Case("", "a standard level left out", edit(LAYOUT, "S6\tS6", "empty\tempty"), "W-ACC-010", "FLAG", SBCMA, "standard S6"),
    Case("", "a standard beyond the detector", saturated("A1"), "W-ACC-001", "FLAG", SBCMA, "A01 sBCMA"),
    Case("", "a blank beyond the detector", saturated("H2", "OVER"), "W-ACC-001", "FLAG", SBCMA, "H02 sBCMA"),
    Case("", "read in another year", edit(CYT, '"BatchStartTime","6/10/2025', '"BatchStartTime","6/10/2019'), "W-ACC-006",
         "FLAG", CYT, "6/10/2019", column="run_date"),
    Case("", "run date of another month", lambda s: s.edit("config/plates.tsv", "2025-06-12", "2025-09-12"), "W-ACC-006",
         "FLAG", ISO, "2025-09-12", column="run_date"),
    Case("", "another kit lot in the header", edit(CYT, "SIM-CYTOKINES-25", "SIM-ISOTYPES-25"), "W-ACC-007", "FLAG", CYT,
         "SIM-ISOTYPES-25", column="kit_lot"),
    Case("", "another plate in the header", edit(CYT, '"Batch","CYT-03"', '"Batch","ISO-03"'), "W-ACC-007", "FLAG", CYT,
         "ISO-03", column="plate"),
    Case("", "results dated before collection", lambda s: s.edit(ACHR, "2025-06-25", "2019-06-25", 3), "W-ACC-008", "FLAG",
         ACHR, "2019-06-25", column="date"),
]  # fmt: skip
