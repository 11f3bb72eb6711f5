"""All that a file of the results holds, also what is packed in it."""

import io
import re
import zipfile
import zlib

import pandas as pd
from immunoassay import tables


def contents(path):
    """The bytes of a file and all that is packed in it: parts of workbooks, streams of PDF, columns of Parquet."""
    data = path.read_bytes()
    parts = [data]
    if path.suffix == ".parquet":
        parts.append(tables.plain(pd.read_parquet(path)).to_csv().encode())
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            parts += [book.read(name) for name in book.namelist()]
    if path.suffix == ".pdf":
        parts += [
            zlib.decompressobj().decompress(each) for each in re.findall(rb"stream\r?\n(x.*?)endstream", data, re.S)
        ]
    return b"".join(parts)
