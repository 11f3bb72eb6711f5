"""MSD raw plate text (Methodical Mind, PR2, Workbench plate export): signals of every well and spot, no names.

Each plate is a block of `Key :value` lines, a picture of the spot positions, then `====Data====` with column numbers
and, per plate row, one line per spot; the first has the row letter. Plate rows may be absent, cells empty.
"""

import itertools
import re

from immunoassay.readers import matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export
from immunoassay.readers.plates import Plates

FAMILY = "msd_plate"
DECLARED = (
    Declared(
        "Meso Scale Discovery Methodical Mind and DISCOVERY WORKBENCH",
        "MMPR 1.0.38",
        "text of a plate, signals of every spot below its head",
        "real",
        "signals of every well and spot, names of the assays where the head has them",
        "lines that do not fit the spots per well",
        "export the plate as text with its head",
    ),
)

_SECTION = re.compile(r"=+([A-Za-z/ ]+?)=+")
_LETTER = re.compile(r"[A-P]|A[A-F]")


def recognise(source: sources.Source) -> bool:
    """A `====Data====` line below `Stack ID` or `Read Time`."""
    return any(_is_own(rows) for _, rows in sources.grids(source))


def _is_own(rows):
    heads = [matrix.first(row) for row in rows[:200]]
    data = next((i for i, head in enumerate(heads) if _section(head) == "Data"), None)
    return data is not None and any(re.match(r"(Stack ID|Read Time|Barcode1)\s*:", head) for head in heads[:data])


def read(source: sources.Source) -> Export:
    """Read every plate. Raises NotReadable when a plate's lines do not fit its spots per well."""
    sheet, rows = matrix.own_sheet(source, _is_own, "an MSD plate text")
    tables, ignored, index = [], [], 0
    header: written_cells.Rows = []
    plates = Plates()
    while index < len(rows):
        name = _section(matrix.first(rows[index]))
        if name == "Data":
            metadata, start = _metadata(header), index + 1
            index = next((i for i in range(start, len(rows)) if _section(matrix.first(rows[i]))), len(rows))
            tables.append((metadata, rows[:index], start))
            header = []
        elif name:
            ignored.append(name)
            header, index = [], index + 1
        else:
            header.append(rows[index])
            index += 1
    for name, own in _by_plate(tables):
        with plates.one(name):
            records = [record for table in own for record in _records(source, *table)]
            more = {"read_time": own[0][0].get("Read Time", ""), "metadata": own[0][0]}
            plates.read.append(matrix.plate(source, name, records, "ecl", sheet, **more))
    if not plates:
        raise matrix.no_signals(source, "an MSD plate text", "data")
    return plates.export(FAMILY, source, ignored)


def _by_plate(tables):
    """(name, tables) of each plate; tables of one plate, each of another spot (`SpotID`), belong together."""
    plates = []
    for metadata, rows, start in tables:
        name = metadata.get("Barcode1", "").strip("<>*") or metadata.get("Plate #", "")
        spot = _spot_id(metadata)
        plate = tuple(metadata.get(key, "") for key in ("Barcode1", "Plate #", "Stack ID"))
        same = next((each for each in plates if spot and each["plate"] == plate and spot not in each["spots"]), None)
        if same is None:
            same = {"plate": plate, "spots": {""}, "name": name, "tables": []}
            plates.append(same)
        same["spots"].add(spot)
        same["tables"].append((metadata, rows, start))
    return [(each["name"], each["tables"]) for each in plates]


def _section(head):
    match = _SECTION.fullmatch(head)
    return match[1].strip() if match else ""


def _metadata(rows):
    """Key lines; what stands before the plate's own keys (the lines of the section before it) has no key."""
    found = {}
    for row in rows:
        line = "\t".join(map(str, row)).replace("\\t", "\t")
        match = re.match(r"([A-Z][A-Za-z0-9_# ]*?)\s*:\s*(.*)", line)
        if match and match[1] not in ("Spot", "Legend"):
            found[match[1]] = match[2].replace("\t", " ").strip()
    return found


def _records(source, metadata, rows, start):
    """Records of one table of data, which begins at row `start` and is the last of `rows`."""
    start = next((i for i in range(start, len(rows)) if rows[i]), start)
    columns = _column_numbers(source, rows, start)
    letters = [i for i in range(start + 1, len(rows)) if _LETTER.fullmatch(matrix.first(rows[i]))]
    if not letters:
        raise matrix.no_signals(source, "an MSD plate text", "a line of a plate row")
    first_row = rows[letters[0] : [*letters, len(rows)][1]]
    spots = _spots(metadata) or sum(any(cell != "" for cell in row) for row in first_row)
    labels = _assays(metadata, spots)
    return [
        matrix.record(f"{letter}{column:02d}", label, row[column], source.decimal, number, region=region)
        for letter, lines in _plate_rows(source, rows, start, letters, spots, columns).items()
        for (number, row), (label, region) in zip(lines, labels, strict=True)
        for column in columns
        if column < len(row) and row[column] != ""
    ]


def _column_numbers(source, rows, start):
    """1, 2, 3 ... of the row below the line Data. Raises NotReadable for anything else."""
    header = [written_cells.number(cell) for cell in rows[start][1:]] if start < len(rows) else []
    columns = range(1, len(header) + 1)
    if header != list(columns) or not header or matrix.first(rows[start]):
        raise source.refusal(
            "V-087", "no column numbers 1, 2, 3 ... below the line Data", "wells cannot be named",
            "export the plate again", row=start + 1,
        )  # fmt: skip
    return columns


def _plate_rows(source, rows, start, letters, spots, columns):
    """Letter -> [(1-based row, cells)] of each spot of a plate row; `letters` are the rows that begin with a letter.

    Raises NotReadable for a line that belongs to no spot.
    """
    found = {}
    for index, after in itertools.pairwise([*letters, len(rows)]):
        letter = matrix.first(rows[index])
        stray = [i + 1 for i in range(index + spots, after) if any(cell != "" for cell in rows[i][1:])]
        if index == letters[0]:
            stray += [i + 1 for i in range(start + 1, index) if rows[i]]
        stray += [i + 1 for i in range(index, after) if len(rows[i]) > len(columns) + 1]
        stray += [index + 1] if letter in found else []
        if stray or (spots > 1 and after - index < spots):
            raise source.refusal(
                "E-READ-008", f"a line that does not fit a plate of {len(columns)} columns and {spots} spots per well",
                "spots or wells would be taken for one another", "export the plate again",
                row=stray[0] if stray else index + 1,
            )  # fmt: skip
        found[letter] = [(i + 1, rows[i] if i < after else []) for i in range(index, index + spots)]
    return found


def _spots(metadata):
    """Spots per well as the header says; None when it does not (`384`, `96` are one spot, `96 Multi-Spot 10` ten)."""
    written = written_cells.number(metadata.get("Spots Per Well", ""))
    if written is not None:
        return int(written)
    match = re.search(r"Multi-Spot\s*([0-9]+)", metadata.get("Type", ""), re.I)
    return int(match[1]) if match else 1 if metadata.get("Type", "").strip().isdigit() else None


def _assays(metadata, spots):
    """(label, spot) of each spot, the labels unique: the assay named for it, else the spot of the table, or `Spot n`."""
    written = [name.strip() for name in metadata.get("Assays", "").split(",")]
    named = written if len(written) == spots else [""] * spots
    repeated = {name for name in named if named.count(name) > 1}
    numbers = [_spot_id(metadata)] if spots == 1 and _spot_id(metadata) else list(map(str, range(1, spots + 1)))
    own = [f"Spot {number}" if number.isdigit() else number for number in numbers]
    labels = [name if name and name not in repeated else other for name, other in zip(named, own, strict=True)]
    return list(zip(labels, numbers, strict=True))


def _spot_id(metadata):
    """The spot a table is of, "" where it is of all."""
    written = metadata.get("SpotID", "").strip()
    return "" if written.lower() == "all" else written
