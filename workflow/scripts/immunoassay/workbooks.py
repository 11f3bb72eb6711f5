"""Excel workbooks with the same bytes for the same content."""

import io
import zipfile
from datetime import datetime

# The oldest time a zip archive can hold.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)


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


def _without_modified(core):
    start, end = core.find(b"<dcterms:modified"), core.find(b"</dcterms:modified>")
    return core if start < 0 else core[:start] + core[end + len(b"</dcterms:modified>") :]
