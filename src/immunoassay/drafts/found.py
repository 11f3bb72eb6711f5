"""The plates and delivered tables of scanned files, each with the row it would have in the plates sheet."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from immunoassay.drafts.scan import Scanned
from immunoassay.readers import headers, registry
from immunoassay.readers.export import Export, Plate, ResultTable
from immunoassay.study.load import plain_name
from immunoassay.study.members import Cells

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
        wells = self.first
        return wells["role"].isna() & (wells["sample"].fillna("") == "") & wells["signal"].notna()

    def cells(self, panel: str, layout: str = "") -> Cells:
        """Its row of the plates sheet."""
        columns = ("plate", "batch", "file", "plate_in_file", "format", "run_date", "kit_lot")
        return {"panel": panel, "layout": layout, **{column: getattr(self, column) for column in columns}}


def plates_of(files: Iterable[Scanned], taken: Collection[str], batches: Collection[str] = ()) -> list[Found]:
    """Every plate of the files that were read, named unlike those `taken`; of files of one content the first counts.

    A plate has the name of its file, with its batch before it where several files are called alike.

    The batch is the folder of the file; where the study has a batch of that name already, another one is begun.
    """
    files = list(files)
    stems = Counter(_stem(file.name) for file in files if file.export is not None)
    names, contents, found = set(taken), set(), []
    for file in files:
        if file.export is None or file.sha256 in contents:
            continue
        contents.add(file.sha256)
        folder = plain_name(Path(file.name).parent.name)
        batch = next(name for name in _numbered(folder) if name not in batches)
        stem = _stem(file.name)
        stem = f"{batch}_{stem}" if stems[stem] > 1 or stem in taken else stem
        for each in _of_file(file, batch, stem, names):
            names.add(each.plate)
            found.append(each)
    return found


def _stem(name):
    return plain_name(Path(name).stem)


def _of_file(file, batch, stem, names):
    export = file.export
    place = registry.module_of(export.family) or ""
    shared = {
        "batch": batch, "file": file.name, "sha256": file.sha256, "family": export.family,
        "platform": PLATFORMS[place.split(".")[2]],
    }  # fmt: skip
    if isinstance(export, ResultTable):
        name = next(each for each in _numbered(stem) if each not in names)
        yield Found(
            **shared, plate=name, plate_in_file="", format="result_table", run_date="", kit_lot="", results=export.frame
        )
        return
    assert isinstance(export, Export)
    plates = export.in_file()
    titles = [each.name for each in plates]
    own = set(names)
    for number, plate in enumerate(plates, 1):
        if not isinstance(plate, Plate):
            continue
        title = plate.name if titles.count(plate.name) == 1 else ""
        wanted = f"{stem}-{plain_name(title) if title else number}" if len(plates) > 1 else stem
        name = next(each for each in _numbered(wanted) if each not in own)
        own.add(name)
        yield Found(
            **shared,
            plate=name,
            plate_in_file=(title or str(number)) if len(plates) > 1 else "",
            format="",
            run_date=run_date(plate.read_time),
            kit_lot=_lot(plate.metadata),
            wells=plate.wells,
        )


def run_date(written: str) -> str:
    """A date as year-month-day, "" where it is none or day and month could be either."""
    found = headers.dates(written)
    return found.pop().isoformat() if len(found) == 1 else ""


def _lot(metadata):
    """The lot that the header of an export states, "" where it states none or several."""
    lots = {
        plain_name(written)
        for name, written in metadata.items()
        if LOT.fullmatch(name.strip()) and LOT_CODE.fullmatch(str(written).strip())
    }
    return lots.pop() if len(lots) == 1 else ""


def _numbered(name):
    yield name
    for number in range(2, 10**6):
        yield f"{name}-{number}"
