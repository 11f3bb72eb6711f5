"""One large table, part by part: what `tables.writer` wrote is read back as it was written."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from immunoassay import tables


class RowGroups:
    """The parts of the table `name` in one file, read anew every time; memory holds one. Without rows it is one empty part."""

    def __init__(self, path: str | Path, name: str) -> None:
        self.path, self.name = path, name

    def __iter__(self) -> Iterator[pd.DataFrame]:
        with pq.ParquetFile(self.path) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group).to_pandas()
            if not file.num_row_groups:
                yield tables.empty(self.name)
