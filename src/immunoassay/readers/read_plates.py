"""A plate that was read, beside what the sheets say of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from immunoassay.readers.export import Plate
from immunoassay.readers.written_names import Names
from immunoassay.study.layouts import Layout


@dataclass(frozen=True)
class ReadPlate:
    """`plate`: its row of the plates sheet; `analytes`: rows of the analytes sheet of its panel, whose platform is `platform`."""

    plate: Mapping[str, Any]
    found: Plate
    checksum: str  # of its file
    analytes: Sequence[Mapping[str, Any]]
    platform: str
    unwanted: Collection[str]  # names in the export, in small letters, of analytes nobody wants
    layout: Layout | None  # None without one
    names: Names  # what written names mean there
