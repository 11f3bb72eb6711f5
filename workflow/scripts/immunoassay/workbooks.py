"""Excel workbooks: saved with the same bytes for the same content; not opened when they unpack out of proportion."""

import io
import zipfile
from datetime import datetime

# The oldest time a zip archive can hold.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
MAX_UNPACKED = 512 * 1024**2
MAX_RATIO = 200


def save(workbook, path):
    """Save an openpyxl workbook; times and properties are fixed, so equal content gives equal bytes."""
    workbook.properties.created = workbook.properties.modified = datetime(*FIXED_TIME)
    workbook.properties.creator = "immunoassay-workflow"
    buffer = io.BytesIO()
    workbook.save(buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":  # openpyxl stamps the time of saving here
                content = _without_modified(content)
            target.writestr(zipfile.ZipInfo(name, FIXED_TIME), content, compress_type=zipfile.ZIP_DEFLATED)


def out_of_proportion(size, members):
    """The size a workbook of `size` bytes unpacks to when that is too much to be opened, else None.

    `members` are the ZipInfo of its archive. A member cannot hold more than it declares: zipfile stops there.
    """
    unpacked = sum(member.file_size for member in members)
    return unpacked if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * size else None


def _without_modified(core):
    start, end = core.find(b"<dcterms:modified"), core.find(b"</dcterms:modified>")
    return core if start < 0 else core[:start] + core[end + len(b"</dcterms:modified>") :]
