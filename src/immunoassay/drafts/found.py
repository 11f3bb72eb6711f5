"""The plates and delivered tables of scanned files, each with the row it would have in the plates sheet."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
from immunoassay.drafts.scanned import Scanned
from immunoassay.readers import headers, named_plates, registry
from immunoassay.readers.export import Export, Plate, ResultTable
from immunoassay.readers.plausible import signals_of
from immunoassay.study.legal_names import plain, plain_name, sayable
from immunoassay.study.members import Cells, Rows
from immunoassay.study.similar_names import folded

PLATFORMS = {"luminex": "luminex", "msd": "msd", "plate_readers": "elisa", "deliveries": "laboratory"}
LOT = re.compile(r"(assay|kit|reagent|standard|calibrator|panel)?[ _]*lot([ _]*(no|nr|number|id|info|#))?\.?:?", re.I)
LOT_CODE = re.compile(r"[A-Za-z0-9._/-]*[0-9][A-Za-z0-9._/-]*")


@dataclass(frozen=True, eq=False)
class Found:
    """A plate (`wells`, export.WELLS) or a delivered table (`results`, export.RESULTS), and what its export states."""

    plate: str
    batch: str
    file: str
    plate_in_file: str
    format: str
    family: str
    platform: str
    run_date: str
    kit_lot: str
    sha256: str
    plate_title: str = ""  # what its export calls it
    copy_of: str = ""  # the plate with the same signals: one run, exported twice
    wells: pd.DataFrame | None = None
    results: pd.DataFrame | None = None

    @property
    def rows(self) -> pd.DataFrame:
        """Wells x analytes, or results."""
        rows = self.results if self.wells is None else self.wells
        assert rows is not None
        return rows

    @property
    def analytes(self) -> list[str]:
        """The analytes as written, in the order of the export."""
        return [str(name) for name in self.rows["analyte"].drop_duplicates()]

    @property
    def first(self) -> pd.DataFrame:
        """The wells of the first analyte: one row per well."""
        return self.rows[self.rows["analyte"] == self.rows["analyte"].iloc[0]]

    @property
    def standards(self) -> pd.DataFrame:
        """The standard wells, with a concentration or not; none of a delivered table."""
        return self.rows[self.rows["role"] == "standard"] if self.wells is not None else self.rows.iloc[:0]

    @property
    def nameless(self) -> pd.Series:
        """Whether each well of `first` has a signal but neither a name nor a role."""
        return nameless(self.first)

    def cells(self, panel: str, layout: str = "") -> Cells:
        """Its row of the plates sheet."""
        columns = ("plate", "batch", "file", "plate_in_file", "format", "run_date", "kit_lot")
        return {"panel": panel, "layout": layout, **{column: getattr(self, column) for column in columns}}


def plates_of(files: Iterable[Scanned], known: Rows) -> list[Found]:
    """Every plate of the files that were read which no row of the plates sheet (`known`) names.

    A plate has the name of its file, with its batch before it where several files are called alike. The batch is that of other
    plates of the file, else the folder of the file; where the study has a batch of that name already, another one is begun,
    and it is never called as a plate, which names could not tell apart.
    """
    files = [file for file in files if len(named(file, known)) < len(in_file(file))]
    stems = Counter(_stem(file.name) for file in files)
    plates, batches = ({row[column] for row in known} for column in ("plate", "batch"))
    names = {folded(name) for name in plates | batches}
    found: list[Found] = []
    for file in files:
        before = named(file, known)
        folder = plain(Path(file.name).parent.name, "batch")
        free = next(name for name in _numbered(folder) if name not in batches)
        batch = next((row["batch"] for row in before.values()), free)
        stem = _stem(file.name)
        stem = f"{batch}_{stem}" if stems[stem] > 1 or folded(stem) in names else stem
        found += _of_file(file, batch, stem, names, before)
    plates |= {each.plate for each in found}
    new = plates - batches
    found = [replace(each, batch=f"batch-{each.batch}") if each.batch in new else each for each in found]
    return list(_copies(found))


def in_file(file: Scanned) -> list[Any]:
    """Every plate of a file (Plate or UnreadPlate), or its one table of results; none where it was not read."""
    if file.export is None:
        return []
    return [file.export] if isinstance(file.export, ResultTable) else file.export.in_file()


def named(file: Scanned, plates: Rows) -> dict[int, Cells]:
    """The row of the plates sheet that each plate of a file has, by its position in the file.

    Where a row does not say clearly which plate it means, `check` asks: until then it stands for all of them.
    """
    found: dict[int, Cells] = {}
    count = range(len(in_file(file)))
    own = [row for row in plates if str(PurePosixPath(row["file"])) == file.name] if count else []
    for row in own:
        at = 0 if len(count) == 1 else named_plates.position(file.export, row["plate_in_file"])
        found |= {at: row} if at is not None else {each: row for each in count if each not in found}
    return found


def nameless(wells: pd.DataFrame) -> pd.Series:
    """Whether each well has a signal but neither a name nor a role; `wells` are those of one analyte."""
    return wells["role"].isna() & (wells["sample"].fillna("") == "") & wells["signal"].notna()


def _copies(found):
    """The plates, where a later one of a batch with the signals of an earlier one says so."""
    seen: dict[tuple, str] = {}
    for each in found:
        key = signals_of(each.wells) if each.wells is not None else ()
        first = seen.setdefault((each.batch, key), each.plate)
        yield replace(each, copy_of=first) if key and first != each.plate else each


def _stem(name):
    return plain(Path(name).stem, "plate")


def _of_file(file, batch, stem, names, before):
    export = file.export
    place = registry.module_of(export.family) or ""
    shared = {
        "batch": batch, "file": file.name, "sha256": file.sha256, "family": export.family,
        "platform": PLATFORMS[place.split(".")[2]],
    }  # fmt: skip
    if isinstance(export, ResultTable):
        name = _free(stem, names)
        format = registry.TABLE if export.family == registry.TABLE else ""  # a layout of its own is recognised
        yield Found(
            **shared, plate=name, plate_in_file="", format=format, run_date="", kit_lot="", results=export.frame
        )
        return
    assert isinstance(export, Export)
    plates = export.in_file()
    titles = [each.name for each in plates]
    for number, plate in enumerate(plates, 1):
        if not isinstance(plate, Plate) or number - 1 in before:
            continue
        title = plate.name if titles.count(plate.name) == 1 and sayable(plate.name) else ""
        wanted = f"{stem}-{plain_name(title) if title else number}" if len(plates) > 1 else stem
        yield Found(
            **shared,
            plate=_free(wanted, names),
            plate_in_file=(title or str(number)) if len(plates) > 1 else "",
            format="",
            run_date=run_date(plate.read_time),
            kit_lot=_lot(plate.metadata),
            plate_title=plate.name,
            wells=plate.wells,
        )


def run_date(written: str) -> str:
    """A date as year-month-day, "" where it is none or day and month could be either."""
    found = headers.dates(written)
    return found.pop().isoformat() if len(found) == 1 else ""


def _lot(metadata):
    """The lot that the header of an export states, "" where it states none or several."""
    lots = {
        plain(written, "lot")
        for name, written in metadata.items()
        if LOT.fullmatch(name.strip()) and LOT_CODE.fullmatch(str(written).strip())
    }
    return lots.pop() if len(lots) == 1 else ""


def _free(name, taken):
    """The name, numbered where another is like it but for case, dashes and zeros; it is taken then."""
    free = next(each for each in _numbered(name) if folded(each) not in taken)
    taken.add(folded(free))
    return free


def _numbered(name):
    yield name
    for number in range(2, 10**6):
        yield f"{name}-{number}"
