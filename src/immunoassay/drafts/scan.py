"""What the exports in a folder are, and what to add to the sheets.

Prints every file with its family, plates, wells, analytes and flags, or why it cannot be read; then ready rows for the
plates sheet (those that are there already are left out), drafts of analyte rows, and a draft layout for each plate whose
wells have no names. Words in capitals and `?` are for the user to replace. Nothing is written.
"""

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
from immunoassay.files.house import RESOURCES, schema_file
from immunoassay.problems import NotUsable, to_frame
from immunoassay.readers import headers, open_export, recognition
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import NotReadable, ResultTable, UnreadPlate
from immunoassay.study import sheet_places, vocabulary
from immunoassay.study.config import read_config
from immunoassay.study.layouts import CONTROL, STANDARD
from immunoassay.study.load import exports_in, plain_name
from immunoassay.study.members import KINDS, Analyte, Plate
from immunoassay.study.schema import load_schema

PLATE_COLUMNS = ("plate", "batch", "panel", "file", "plate_in_file", "format", "layout", "run_date", "kit_lot")
ANALYTE_COLUMNS = ("analyte", "panel", "names_in_export", "group", "unit", "standard_unit")

UNIT = "UNIT"  # for the user to replace
_MOST_MESSAGES = 4  # of one code and file
_GRIDS = ((8, 12), (16, 24))  # rows and columns of the plates a layout grid can show


def main(folder: str | Path, as_json: bool = False) -> None:
    """Print the scan of a folder, for people or as JSON; exit with 2 when there is no such folder, or nothing in it."""
    folder = Path(folder)
    if not folder.is_dir():
        raise NotUsable(f"{folder}: no such folder; name the one the exports are in, as in DIR=raw/2026-03-cytokines")
    paths = [path.resolve() for path in exports_in(folder)]
    if not paths:
        raise NotUsable(f"{folder}: no files in it; copy the exports there first")
    study = study_of(folder.resolve())
    scanned = [scan(path, path.relative_to(study).as_posix()) for path in paths]
    if as_json:
        print(json.dumps(machine(scanned, known(study), study), ensure_ascii=False, indent=1))
    else:
        print("\n".join(report(scanned, known(study), study)))


def study_of(folder: Path) -> Path:
    """The study a folder of exports belongs to: the nearest folder above with config/, else the one we are in if it is
    above, else the folder's parent."""
    above = [folder, *folder.parents]
    here = Path.cwd()
    return next((each for each in above if (each / "config").is_dir()), here if here in above else folder.parent)


@dataclass
class Scanned:
    """One file: its name in the study, its checksum, and what was read, or the Problems why not."""

    name: str
    sha256: str
    export: Any = None  # Export or ResultTable
    problems: tuple = ()


@dataclass
class Known:
    """What the sheets of the study name already. They may be drafts: what is not understood in them is None."""

    plates: list[Plate]
    analytes: list[Analyte]


def scan(path: Path, name: str) -> Scanned:
    """The Scanned of one file, called `name` in messages."""
    checksum = ""
    try:
        data = open_export.contents(path, name)
        checksum = hashlib.sha256(data).hexdigest()
        return Scanned(
            name, checksum, export=recognition.read_source(open_export.open_bytes(name, data), answers=_answers(name))
        )
    except NotReadable as error:
        return Scanned(name, checksum, problems=(error.problem, *error.others))


def _answers(name):
    """What is known of a table of results that no sheet speaks of: the vocabularies, and the name its row would have."""
    words, units = vocabulary.state_words(RESOURCES["state_words"]), vocabulary.units(RESOURCES["units"])
    return Answers(plain_name(Path(name).stem), (), words, units)


def known(study: Path) -> Known:
    """The Known of a study folder; nothing where it has no sheets yet. Problems of sheets are for `make check`."""
    config = study / "config/config.yaml"
    written = read_config(config)[0] if config.is_file() else {}
    stated = written.get("sheets")
    stated = stated if isinstance(stated, dict) else {}
    places = sheet_places.find({name: str(stated.get(name, f"config/{name}.tsv")) for name in KINDS}, stated, study)
    rows: dict[str, list[Any]] = {}
    for sheet in ("plates", "analytes"):
        found = places.read(sheet, load_schema(schema_file(sheet))).rows if places.has(sheet) else []
        rows[sheet] = [KINDS[sheet].of(row) for row in found]
    return Known(**rows)


@dataclass
class Drafted:
    """Ready rows of the plates sheet, drafts of rows of the analytes sheet, (path, plate) of draft layouts, and what is
    said of each file: {name: lines}."""

    plates: list[dict[str, str]]
    analytes: list[dict[str, str]]
    layouts: list[tuple[str, Any]]
    said: dict[str, list[str]]


def drafted(scanned: list[Scanned], known: Known) -> Drafted:
    """The Drafted of some files; the batch of a ready row is the folder of its file."""
    rows, layouts, said = [], [], {}
    drafts: dict[tuple[str, str], dict[str, str]] = {}
    names = {plate.plate for plate in known.plates}
    first: dict[str, str] = {}
    for file in scanned:
        lines = said[file.name] = _description(file)
        twin = first.setdefault(file.sha256 or file.name, file.name)
        if twin != file.name:
            lines.append(f"the same content as {twin}: name only one of the two")
        for position, plate in enumerate(_plates(file)) if file.export else []:
            if isinstance(plate, UnreadPlate):
                continue
            mine = _named(file, position, known)
            label = f'plate "{plate.name}"' if plate is not None and len(_plates(file)) > 1 else "it"
            if mine:
                lines.append(f"{label} is plate {mine.plate} of batch {mine.batch} in the plates sheet")
            elif twin == file.name:
                row = _plate_row(file, position, plate, known, names)
                names.add(row["plate"])
                if plate is not None and _nameless(plate).any():
                    row["layout"] = f"config/layouts/{row['plate']}.tsv"
                    layouts.append((row["layout"], plate))
                rows.append(row)
        for draft in _analyte_rows(file, known) if any(row["file"] == file.name for row in rows) else []:
            _add_analyte(drafts, draft)
    return Drafted(rows, list(drafts.values()), layouts, said)


def machine(scanned: list[Scanned], known: Known, study: str | Path = ".") -> dict[str, Any]:
    """What `report` says, as JSON values: files (file, sha256, family or null, lines, problems), plates and analytes."""
    found = drafted(scanned, known)
    files = [
        {
            "file": each.name,
            "sha256": each.sha256,
            "family": each.export.family if each.export else None,
            "lines": found.said[each.name],
            "problems": to_frame(each.export.problems if each.export else each.problems).to_dict("records"),
        }
        for each in scanned
    ]
    return {"study": str(study), "files": files, "plates": found.plates, "analytes": found.analytes}


def report(scanned: list[Scanned], known: Known, study: str | Path = ".") -> list[str]:
    """The lines of the scan of some files."""
    found = drafted(scanned, known)
    unread = [each for each in scanned if each.export is None]
    lines = [
        f"Study {study}: {_count(len(scanned), 'file')}, {len(scanned) - len(unread)} read, {len(unread)} not read"
    ]
    for name, said in found.said.items():
        lines += ["", name, *(f"  {line}" for line in said)]
    rows, layouts = found.plates, found.layouts
    lines += _sheet("config/plates.tsv", PLATE_COLUMNS, rows)
    lines += _sheet("config/analytes.tsv", ANALYTE_COLUMNS, found.analytes)
    for path, plate in layouts:
        lines += ["", f"Draft of {path}: write S1, S2 ... blank, QC1 ..., empty or a sample (SAMPLE@100 is 1:100)"]
        lines += layout_grid(plate.wells[plate.wells["analyte"] == plate.wells["analyte"].iloc[0]])
    if not rows and not unread:
        lines += ["", "Every plate is in the plates sheet."]
    return lines


def _add_analyte(drafts, draft):
    """Add a draft of an analyte unless its name is there; one name in two units is two analytes."""
    name, unit = draft["names_in_export"].casefold(), draft["unit"]
    units = [other for each, other in drafts if each == name]
    if not units or UNIT not in (unit, *units) and unit not in units:
        number = f"-{len(units) + 1}" if units else ""
        drafts[name, unit] = draft | {"analyte": f"{draft['analyte']}{number}"}


# --- what a file is --------------------------------------------------------------------------------------------------


def _description(file):
    if file.export is None:
        return ["not read:", *(f"{p.code} {p.found} – {p.why} – {p.fix.rstrip('.')}." for p in file.problems)]
    export = file.export
    sign = {"\t": "tab", ";": "semicolon", ",": "comma"}.get(export.delimiter)
    form = ", ".join(part for part in (export.encoding, sign, f'decimal "{export.decimal}"') if part)
    lines = [f"{export.family} ({form})"]
    if isinstance(export, ResultTable):
        frame = export.frame
        lines.append(
            f"{len(frame)} results: {frame['sample'].nunique()} samples, {frame['analyte'].nunique()} analytes"
        )
        lines += _flags(frame["flag"])
    else:
        for plate in export.plates:
            lines.append(f'plate "{plate.name}": {", ".join(_plate_words(plate))}')
            lines += _flags(plate.wells["vendor_flag"])
        lines += [f"not read: {plate.problem.level} {plate.problem.message}" for plate in export.unread]
    if export.ignored:
        lines.append(f"not used: {', '.join(export.ignored)}")
    seen = Counter()
    for problem in export.problems:
        seen[problem.code] += 1
        if seen[problem.code] <= _MOST_MESSAGES:
            lines.append(f"{problem.level} {problem.message}")
    return lines + [f"and {n - _MOST_MESSAGES} more of {code}" for code, n in seen.items() if n > _MOST_MESSAGES]


def _plate_words(plate):
    wells = plate.wells
    yield f"{_count(wells['well'].nunique(), 'well')} x {_count(wells['analyte'].nunique(), 'analyte')}"
    yield from [plate.signal_kind] if plate.signal_kind else []
    first = wells[wells["analyte"] == wells["analyte"].iloc[0]]
    yield from (f"{count} {role}" for role, count in first["role"].value_counts().items())
    nameless = int(_nameless(plate).sum())
    named = int((first["role"].isna() & first["signal"].notna()).sum()) - nameless
    yield from [f"{named} named without a role (they count as samples)"] if named else []
    yield from [f"{nameless} without a name"] if nameless else []
    yield from _known_of(wells)
    yield from [f"read {plate.read_time}"] if plate.read_time else []


def _known_of(wells):
    """What an export states of its standards, controls and dilutions, over all analytes; what it lacks is to be filled."""
    units = sorted({str(unit) for unit in wells["unit"].dropna()})
    unit = f" {units[0]}" if len(units) == 1 else ""
    for role in ("standard", "control"):
        rows = wells[wells["role"] == role]
        stated = rows[rows["expected"] > 0]
        if len(stated):
            low, high = stated["expected"].min(), stated["expected"].max()
            yield f"{_count(stated['level'].nunique(), 'level')} of {role}s from {low:g} to {high:g}{unit}"
        elif len(rows):
            yield f"no concentration of its {role}s"
    dilutions = wells.loc[wells["role"].isna() | (wells["role"] == "sample"), "dilution"].dropna()
    if dilutions.nunique() > 1:
        yield f"dilutions 1:{dilutions.min():,.10g} to 1:{dilutions.max():,.10g}"
    elif (dilutions > 1).any():
        yield f"dilution 1:{dilutions.iloc[0]:,.10g}"


def _count(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _flags(column):
    counts = column[column != "none"].value_counts()
    return [f"flags: {', '.join(f'{flag} {count}' for flag, count in counts.items())}"] if len(counts) else []


def _nameless(plate):
    """Whether each well (of the first analyte) has a signal but neither a sample name nor a role."""
    wells = plate.wells[plate.wells["analyte"] == plate.wells["analyte"].iloc[0]]
    return wells["role"].isna() & (wells["sample"].fillna("") == "") & wells["signal"].notna()


# --- ready rows ------------------------------------------------------------------------------------------------------


def _plates(file):
    return [None] if isinstance(file.export, ResultTable) else file.export.in_file()


def _named(file, position, known):
    """The plate of the sheet that this plate of the file is, or None."""
    names = [getattr(plate, "name", "") for plate in _plates(file)]
    mine = {str(position + 1)} | {names[position]} if len(names) > 1 else None
    if mine and names.count(names[position]) > 1:
        mine.discard(names[position])
    own = [plate for plate in known.plates if str(PurePosixPath(plate.file or "")) == file.name]
    return next((plate for plate in own if mine is None or plate.plate_in_file in mine), None)


def _plate_row(file, position, plate, known, names):
    plates = _plates(file)
    titles = [getattr(each, "name", "") for each in plates]
    several = len(plates) > 1
    title = titles[position] if titles.count(titles[position]) == 1 else ""
    stem = plain_name(Path(file.name).stem)
    name = f"{stem}-{plain_name(title) if title else position + 1}" if several else stem
    return {
        "plate": next(each for each in (name, *(f"{name}-{n}" for n in range(2, 10**6))) if each not in names),
        "batch": plain_name(Path(file.name).parent.name),
        "panel": _panel(file, known) or "PANEL",
        "file": file.name,
        "plate_in_file": (title or str(position + 1)) if several else "",
        "format": "result_table" if plate is None else "",
        "run_date": "" if plate is None else _run_date(plate.read_time),
    }


def _panel(file, known):
    """The one panel whose analytes are those of the file, "" when none or several are."""
    written = set(map(str.casefold, _analytes(file)))
    panels = {}
    for row in known.analytes:
        panels.setdefault(row.panel, []).append(
            {name.casefold() for name in row.names_in_export or [row.analyte] if name}
        )
    fit = [
        panel
        for panel, analytes in panels.items()
        if written <= set().union(*analytes) and all(names & written for names in analytes)
    ]
    return fit[0] if len(fit) == 1 and fit[0] else ""


def _run_date(written):
    """A date as year-month-day, "" where it is none or day and month could be either."""
    found = headers.dates(written)
    return found.pop().isoformat() if len(found) == 1 else ""


def _analytes(file):
    frames = [file.export.frame] if isinstance(file.export, ResultTable) else [p.wells for p in file.export.plates]
    return list(dict.fromkeys(str(name) for frame in frames for name in frame["analyte"].drop_duplicates()))


def _analyte_rows(file, known):
    """Drafts for the analytes of a file that no row of the analytes sheet names."""
    if file.export is None:
        return
    named = {name.casefold() for row in known.analytes for name in (row.names_in_export or [row.analyte or ""])}
    frames = [file.export.frame] if isinstance(file.export, ResultTable) else [p.wells for p in file.export.plates]
    written = [name for name in _analytes(file) if name.casefold() not in named]
    if all(re.fullmatch(r"[0-9]{3}(?:[^A-Za-z]*)|", name) for name in written):
        written = written[:1]  # wavelengths of one analyte; the others are references
    for name in written:
        units = {unit for each in frames for unit in each.loc[each["analyte"] == name, "unit"].dropna().unique()}
        plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-_.")
        yield {
            "analyte": plain if re.search("[A-Za-z]", plain) else "ANALYTE",
            "panel": "PANEL",
            "names_in_export": name,
            "group": "GROUP",
            "unit": units.pop() if len(units) == 1 else UNIT,
        }


def layout_grid(wells: pd.DataFrame) -> list[str]:
    """Lines of a grid of a plate: what the export says of each well (a row each), `?` for one with a signal and no name."""
    places = {well: (ord(well[0]) - 64, int(well[1:])) for well in wells["well"] if re.fullmatch("[A-Z][0-9]+", well)}
    size = next((size for size in _GRIDS if all(r <= size[0] and c <= size[1] for r, c in places.values())), None)
    if size is None or len(places) < len(wells):
        return ["well\trole\tsample_id", *(f"{row.well}\tsample\t{_layout_cell(row)}" for row in wells.itertuples())]
    cells = {row.well: _layout_cell(row) for row in wells.itertuples()}
    columns = range(1, size[1] + 1)
    grid = [[letter, *(cells.get(f"{letter}{n:02d}", "empty") for n in columns)] for letter in "ABCDEFGHIJKLMNOP"]
    return ["\t".join(map(str, row)) for row in [["", *columns], *grid[: size[0]]]]


def _layout_cell(row):
    sample = row.sample if isinstance(row.sample, str) else ""
    level = row.level if isinstance(row.level, str) else ""
    dilution = f"@{row.dilution:g}" if row.dilution == row.dilution and row.dilution != 1 else ""
    if row.role == "empty" or row.signal != row.signal:
        return "empty"
    if row.role == "blank":
        return "blank"
    if row.role in ("standard", "control"):
        pattern = {"standard": STANDARD, "control": CONTROL}[row.role]
        return level if pattern.fullmatch(level) else "?"
    return f"{sample}{dilution}" if sample else "?"


def _sheet(path, columns, rows):
    """A heading, the header and the tab-separated rows of a sheet; nothing when there are none."""
    rows = list(rows)
    if not rows:
        return []
    lines = ["\t".join(row.get(column, "") for column in columns) for row in rows]
    return ["", f"Rows for {path} (replace the words in capitals):", "\t".join(columns), *lines]
