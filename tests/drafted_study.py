"""A laboratory's folder, invented: exports of two families, a freezer list, its people and their scores; and the study drafted.

`write_lab(folder)` makes the files, `draft(study, lab)` the study as `immunoassay new` does. Eight tubes of four people at two
visits are on a Luminex plate (three cytokines in duplicate), on a plate of a reader (BAFF, at 450 nm less 570 nm), and on one
whose export names no well. Names on plates are those that instruments give.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from immunoassay.command.new_study import Wanted, add, new
from immunoassay.drafts.draft import Lists

LETTERS = "ABCDEFGH"
PEOPLE = {"K01": "patient", "K02": "patient", "K03": "patient", "K04": "control"}
VISITS = {"Baseline": "2024-03-{:02}", "Week 4": "2024-04-{:02}"}
TUBES = [(f"FZ{31 * at}", person, visit) for at, (person, visit) in enumerate(
    ((person, visit) for person in PEOPLE for visit in VISITS), 4)]  # fmt: skip
CYTOKINES = {"IFN-g": 4000.0, "IL-6": 2000.0, "TNF": 1000.0}  # pg/mL of the most concentrated standard
ANSWERS = {
    "study.title": "Two kits", "kit.CYTO": "cyto", "kit.BAFF": "baff", "kit.IGX": "igx", "group.cyto": "cytokine",
    "group.baff": "axis", "analyte.baff": "BAFF", "group.igx": "antibody", "analyte.igx": "anti-X", "unit.igx": "AU/mL",
    "scores.Pain.minimum": "0", "scores.Pain.maximum": "10", "scores.Pain.worse": "higher",
    "samples.unlisted": "ignore",
}  # fmt: skip


def write_lab(folder: Path) -> Path:
    """The exports in `folder`/first, the lists beside it."""
    put(folder / "first/CYTO.csv", cytokines())
    put(folder / "first/BAFF.txt", baff())
    put(folder / "first/IGX.txt", reader_plate(lambda row, column: f"{signal(2**-row * 100, 30):.3f}", ["450"]))
    put(folder / "freezer.csv", freezer())
    put(folder / "people.csv", lines([["Participant", "Group"], *map(list, PEOPLE.items())]))
    values = [[*each[1:], VISITS[each[2]].format(at + 4), f"{2 + at / 2:g}"] for at, each in enumerate(TUBES)]
    put(folder / "scores.csv", lines([["Participant", "Visit", "Assessed", "Pain"], *values]))
    return folder


def put(path: Path, text: str) -> Path:
    """A text as a file, in a folder that is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def draft(study: Path, lab: Path, answers: Mapping[str, str] = MappingProxyType({}), **wanted) -> Path:
    """The study of a laboratory's folder, as `immunoassay new` drafts it with ANSWERS and these."""
    there = (lab / "first/IGX.txt").exists()
    known = {key: text for key, text in ANSWERS.items() if there or "igx" not in key.casefold()}
    said = put(lab / "answers.yaml", "".join(f"{key}: '{text}'\n" for key, text in (known | answers).items()))
    lists = Lists(*(lab / f"{name}.csv" for name in ("freezer", "people", "scores")))
    new(study, lab / "first", Wanted(lists, said, yes=True, **wanted))
    return study


def finish(study: Path) -> None:
    """What only the person knows, filled in: the wells of the plate without names, and its standards."""
    rows = [[f"S{at + 1}"] * 2 + [tube] * 2 for at, (tube, *_) in enumerate(TUBES[:7])]
    rows += [["blank"] * 2 + [TUBES[7][0]] * 2]
    grid = [[letter, *row, *["empty"] * 8] for letter, row in zip(LETTERS, rows, strict=True)]
    put(study / "config/layouts/IGX.tsv", lines([["", *range(1, 13)], *grid], "\t"))
    drafted, known = "igx\t\tstandard\tS1\t*\t\tAU/mL\n", "igx\t\tstandard\tS{}\t*\t{:g}\tAU/mL\n"
    path = study / "config/materials.tsv"
    text = path.read_text(encoding="utf-8")
    assert drafted in text
    put(path, text.replace(drafted, "".join(known.format(at + 1, 100 / 2**at) for at in range(7))))


def signal(concentration, half):
    """The signal of a standard: four parameters."""
    return 0.05 + 3 * concentration / (concentration + half)


def lines(rows, sign=","):
    """Rows of cells as a text; a cell that holds the sign is quoted."""
    cells = ([f'"{cell}"' if sign in str(cell) else str(cell) for cell in row] for row in rows)
    return "".join(sign.join(row) + "\n" for row in cells)


def freezer() -> str:
    """The freezer list: a row for each tube and run; the plate that names no well is listed by its wells."""
    rows = [["Run", "Label", "Barcode", "Participant", "Visit", "Collected"]]
    for run, label in (("CYTO.csv", "Unknown{}"), ("BAFF.txt", "SPL{}")):
        for at, (tube, person, visit) in enumerate(TUBES, 1):
            rows.append([run, label.format(at), tube, person, visit, VISITS[visit].format(at + 3)])
    return lines(rows)


def cytokines(
    lot="A7", names=tuple(f"Unknown{at}" for at in range(1, 9)), expected=CYTOKINES, controls=2, unit="pg/mL"
) -> str:
    """An xPONENT export: background, seven standards at 1:3, controls and samples, each in two wells."""
    levels = [
        "Background0",
        *(f"Standard{at}" for at in range(1, 8)),
        *(f"Control{at}" for at in range(1, controls + 1)),
    ]
    amounts = [
        0,
        *(3.0**-at for at in range(7)),
        *(10.0**-at for at in range(1, controls + 1)),
        *(0.002 * 2**at for at in range(len(names))),
    ]
    wells = [(name, amount) for name, amount in zip([*levels, *names], amounts, strict=True) for _ in "12"]
    places = [f"{at + 1}(1,{LETTERS[at % 8]}{at // 8 + 1})" for at in range(len(wells))]
    beads = [*expected]

    def block(name, cell):
        rows = [[place, sample, *(cell(at, bead, amount) for bead in beads)] for at, (place, (sample, amount)) in
                enumerate(zip(places, wells, strict=True))]  # fmt: skip
        return [["DataType:", name], ["Location", "Sample", *beads, "Total Events"], *([*row, 300] for row in rows), []]

    def median(at, bead, amount):
        return round(
            4000 * signal(amount * CYTOKINES.get(bead, 1), CYTOKINES.get(bead, 1) / 10) * (1 + 0.01 * (at % 2)), 1
        )

    rows = [["Program", "xPONENT", "", "MAGPIX"], ["Build", "4.2.1324.0"], ["Batch", "one"], ["Kit Lot", lot]]
    rows += [
        ["BatchStartTime", "5/23/2024 10:43:37 AM"],
        ["Samples", len(wells), "Min Events", 50, "Per Bead"],
        [],
        ["Results"],
    ]
    rows += block("Median", median) + block("Count", lambda at, bead, amount: 80)
    rows += [["DataType:", "Units"], ["Analyte:", *beads], ["BeadID:", *range(12, 12 + len(beads))],
             ["Units:", *[unit] * len(beads)], []]  # fmt: skip
    rows += [["DataType:", "Standard Expected Concentration"], ["Reagent", *beads]]
    rows += [[f"Standard{at + 1}", *(f"{top / 3**at:.6g}" for top in expected.values())] for at in range(7)]
    rows += [[], ["DataType:", "Control Expected Concentration"], ["Reagent", *beads]]
    rows += [[f"Control{at}", *(f"{top / 10**at:.6g}" for top in expected.values())] for at in range(1, controls + 1)]
    rows += [[], ["DataType:", "Dilution Factor"], ["Location", "Sample", "Dilution Factor"]]
    rows += [[place, name, 2 if name in names else 1] for place, (name, _) in zip(places, wells, strict=True)]
    return lines([*rows, [], ["-- CRC --"], ["CRC32: 00000000"]])


def baff(unit="ng/mL") -> str:
    """A Gen5 export with its layout: eight standards, eight samples, each in two wells, and empty columns."""
    layout = [["Layout"], ["", *range(1, 13)]]
    for at, letter in enumerate(LETTERS):
        ids = [f"STD{at + 1}"] * 2 if at < 7 else ["BLK"] * 2
        amounts = [f"{40 / 2**at:g}"] * 2 if at < 7 else [""] * 2
        layout += [
            [letter, *ids, *[f"SPL{at + 1}"] * 2, *[""] * 8, "Well ID"],
            ["", *amounts, 5, 5, *[""] * 8, "Conc/Dil"],
        ]

    def read(row, column):
        amount = [*(40 / 2**at for at in range(7)), 0][row] if column < 2 else 3 * (row + 1)
        return f"{signal(amount, 8) + 0.05 + 0.002 * column:.4f}"

    return reader_plate(read, ["450", "570"], layout, unit)


def reader_plate(read, lengths, layout=(), unit="") -> str:
    """A Gen5 export of four columns; the second wavelength reads 0.05 everywhere."""
    rows = [["Software Version", "3.12.08"], [], ["Plate Number", "Plate 1"], ["Date", "5/24/2024"], ["Time", "1:02:03 PM"],
            ["Reader Type:", "Synergy"], [], ["Procedure Details"], [], ["Plate Type", "96 WELL PLATE"],
            ["Read", "Absorbance Endpoint"], ["", "Full Plate"], ["", f"Wavelengths:  {', '.join(lengths)}"], [],
            *layout, [], ["Results"], ["", *range(1, 13)]]  # fmt: skip
    for at, letter in enumerate(LETTERS):
        rows.append([letter, *(read(at, column) for column in range(4)), *[""] * 8, lengths[0]])
        rows += [["", *["0.0500"] * 4, *[""] * 8, length] for length in lengths[1:]]
        rows += [["", *["", "", "1.5", "1.5"], *[""] * 8, f"Conc ({unit})"]] if unit else []
    return lines(rows, "\t")


def deliver(study: Path, folder: Path, **wanted) -> None:
    """A further delivery, as `immunoassay add` takes it."""
    add(study, folder, Wanted(yes=True, **wanted))
