from pathlib import Path

import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import drawing

with runtime.job(snakemake) as (log, p):
    read = {name: tables.read_any(path) for name, path in snakemake.input.items()}
    sheets = {name: pd.DataFrame(rows) for name, rows in p.sheets.items()}
    for figure in p.figures:
        log.info("%s", ", ".join(figure["files"]))
        drawing.draw(figure, read, sheets, Path(snakemake.output[0]).parent, p.formats)
