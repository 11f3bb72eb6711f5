"""What a family of exports says of itself: the software it is of, what of it is read, what is refused, how to export."""

from dataclasses import dataclass

BASES = {
    "real": "read from real files of the software",
    "columns": "read by a documented list of columns; no real file was seen",
    "imitated": "read from imitations made from descriptions only",
}


@dataclass(frozen=True)
class Declared:
    """One software and form of export; a family declares each in `DECLARED`. Texts are phrases without a full stop."""

    software: str  # maker and software
    versions: str  # versions seen in files, "" where none states one
    form: str  # kind of file and layout
    basis: str  # a key of BASES
    read: str
    refused: str  # what is refused, and why; "" for nothing of its own
    export: str  # how to export it
    source: str = ""  # where the columns are documented (title, year), for the basis "columns"
