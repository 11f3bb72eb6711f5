"""Excel workbooks saved: the same bytes for the same content."""

import shutil
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl import Workbook

# The oldest time a zip archive can hold.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def save(workbook: "Workbook", path: str | Path) -> None:
    """Save an openpyxl workbook; times and properties are fixed, so equal content gives equal bytes."""
    from openpyxl.writer.excel import ExcelWriter  # a batch without workbooks need not load openpyxl

    workbook.properties.created = workbook.properties.modified = datetime(*FIXED_TIME)
    workbook.properties.creator = "immunoassay-workflow"
    with tempfile.TemporaryFile() as whole:  # packed once, below
        ExcelWriter(workbook, zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED)).save()
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for name in sorted(source.namelist()):
                info = zipfile.ZipInfo(name, FIXED_TIME)
                info.compress_type, info.file_size = zipfile.ZIP_DEFLATED, source.getinfo(name).file_size
                if name == "docProps/core.xml":  # openpyxl stamps the time of saving here
                    target.writestr(info, _without_modified(source.read(name)))
                    continue
                with source.open(name) as content, target.open(info, "w") as packed:
                    shutil.copyfileobj(content, packed, 1 << 20)


def to_extend(path: str | Path) -> "Workbook":
    """A workbook of our own or of a user's, opened to add rows to it."""
    from openpyxl import load_workbook

    return load_workbook(path)


def _without_modified(core):
    start, end = core.find(b"<dcterms:modified"), core.find(b"</dcterms:modified>")
    return core if start < 0 else core[:start] + core[end + len(b"</dcterms:modified>") :]
