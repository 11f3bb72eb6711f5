"""`scan`: what the exports in a folder are, and what would be drafted for them.

Prints every file with its family, plates, wells, analytes and flags, or why it cannot be read; then the rows of the plates
and analytes sheets and the layouts to be filled that `new` or `add` would draft, as far as no answer changes them.
Nothing is written.
"""

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from immunoassay.drafts import drafting, found, scanned, study_files, table_columns
from immunoassay.drafts.draft import Draft, Known, Lists
from immunoassay.drafts.scanned import Scanned
from immunoassay.problems import NotUsable, StudyError, to_frame
from immunoassay.readers.export import ResultTable
from immunoassay.study.raw_files import exports_in

SHEETS = ("plates", "analytes", "columns")  # whose rows are shown
_MOST_MESSAGES = 4  # of one code and file


def main(folder: str | Path, as_json: bool = False) -> None:
    """Print the scan of a folder, for people or as JSON; exit with 2 when there is no such folder, or nothing in it."""
    folder = Path(os.path.abspath(folder))
    if not folder.is_dir():
        raise NotUsable(f"{folder}: no such folder; name the one the exports are in, as in raw/2026-03-cytokines")
    if not (paths := exports_in(folder)):
        raise NotUsable(f"{folder}: no files in it; copy the exports there first")
    study = study_of(folder)
    files = [scanned.scan(path, path.relative_to(study).as_posix()) for path in paths]
    seen = scan_of(files, study)
    print(json.dumps(as_values(seen), ensure_ascii=False, indent=1) if as_json else "\n".join(as_lines(seen)))


def study_of(folder: Path) -> Path:
    """The study a folder of exports belongs to: the nearest folder above with config/, else the one we are in if it is
    above, else the folder's parent."""
    above = [folder, *folder.parents]
    here = Path.cwd()
    return next((each for each in above if (each / "config").is_dir()), here if here in above else folder.parent)


@dataclass
class Scan:
    """Files of a study, what is said of each (lines by name), and the Draft of those that no row names.

    `unread` are the problems of sheets that cannot be read, for which nothing can be drafted.
    """

    study: Path
    files: list[Scanned]
    said: dict[str, list[str]]
    draft: Draft
    unread: list[str] = field(default_factory=list)

    def rows(self, sheet: str) -> list[list[str]]:
        """The header and the rows of a sheet that would be drafted, as they would be written; [] where there is none."""
        rows = self.draft.sheets[sheet] + (self.draft.columns_open if sheet == "columns" else [])
        return study_files.written(sheet, rows) if rows else []


def scan_of(files: list[Scanned], study: Path) -> Scan:
    """The Scan of files that were read."""
    try:
        known, unread = study_files.known(study), []
    except StudyError as error:
        known, unread = Known({}), [problem.message for problem in error.problems]
    plates = known.rows("plates")
    first = scanned.contents(study, [row["file"] for row in plates])
    said, new = {}, []
    for file in files:
        lines = said[file.name] = [*_description(file), *_named(file, plates)]
        original = first.setdefault(file.sha256 or file.name, file.name)
        if original == file.name:
            new.append(file)
        else:
            lines.append(f"the same content as {original}: name only one of the two")
    wanted = {f"columns.{table_columns.name_of(file)}.read": "yes" for file in new if file.asked}
    draft = drafting.draft_study(known, [] if unread else new, [], Lists(), wanted)
    return Scan(study, files, said, draft, unread)


def as_values(scan: Scan) -> dict[str, Any]:
    """What `as_lines` says, as JSON values: files (file, sha256, family or null, lines, problems), plates and analytes."""
    files = [
        {
            "file": each.name,
            "sha256": each.sha256,
            "family": each.export.family if each.export else None,
            "lines": scan.said[each.name],
            "problems": to_frame(each.export.problems if each.export else each.problems).to_dict("records"),
        }
        for each in scan.files
    ]
    drafted = {sheet: scan.rows(sheet) for sheet in SHEETS}
    rows = {sheet: [dict(zip(lines[0], row, strict=True)) for row in lines[1:]] for sheet, lines in drafted.items()}
    return {"study": str(scan.study), "files": files, **rows}


def as_lines(scan: Scan) -> list[str]:
    """The lines of a scan."""
    left = sum(each.export is None for each in scan.files)
    lines = [f"Study {scan.study}: {_count(len(scan.files), 'file')}, {len(scan.files) - left} read, {left} not read"]
    for name, said in scan.said.items():
        lines += ["", name, *(f"  {line}" for line in said)]
    for sheet in SHEETS:
        rows = scan.rows(sheet)
        lines += ["", f"Rows that would be drafted for {sheet}:", *map("\t".join, rows)] if rows else []
    for path, grid in scan.draft.grids.items():
        lines += [
            "",
            f"Draft of {path}: write S1, S2 ... blank, QC1 ..., empty or a sample (SAMPLE@100 is 1:100)",
            *grid,
        ]
    if scan.unread:
        lines += ["", "Nothing can be drafted until the sheets of the study can be read:", *scan.unread]
    elif not scan.draft.sheets["plates"] and not left:
        lines += ["", "Every plate is in the plates sheet."]
    return lines


def _named(file, plates):
    """Which row of the plates sheet each plate of a file is."""
    titles = [getattr(each, "name", "") for each in found.in_file(file)]
    for at, row in found.named(file, plates).items():
        label = f'plate "{titles[at]}"' if len(titles) > 1 else "it"
        yield f"{label} is plate {row['plate']} of batch {row['batch']} in the plates sheet"


# --- what a file is --------------------------------------------------------------------------------------------------


def _description(file):
    if file.export is None:
        return ["not read:", *(f"{p.code} {p.found} – {p.why} – {p.fix.rstrip('.')}." for p in file.problems)]
    export = file.export
    sign = {"\t": "tab", ";": "semicolon", ",": "comma"}.get(export.delimiter)
    form = ", ".join(part for part in (export.encoding, sign, f'decimal "{export.decimal}"') if part)
    lines = [f"{export.family} ({form})"]
    if isinstance(export, ResultTable):
        of_samples = export.frame["role"].isna() | (export.frame["role"] == "sample")
        frame, others = export.frame[of_samples], export.frame.loc[~of_samples, "role"].value_counts()
        lines.append(
            f"{len(frame)} results: {frame['sample'].nunique()} samples, {frame['analyte'].nunique()} analytes"
            + "".join(f"; {_count(count, 'row')} of {role}s" for role, count in others.items())
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
    unnamed = int(found.nameless(first).sum())
    named = int((first["role"].isna() & first["signal"].notna()).sum()) - unnamed
    yield from [f"{named} named without a role (they count as samples)"] if named else []
    yield from [f"{unnamed} without a name"] if unnamed else []
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
