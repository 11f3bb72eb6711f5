from pathlib import Path

from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.deliver import source_data
from immunoassay.files import workbooks

with runtime.job(snakemake) as (log, p):
    files = {Path(path).stem: path for path in snakemake.input}
    figures = {name: tables.read_text(path, source_data.contract(name)) for name, path in files.items()}
    log.info("%d figures", len(figures))
    workbooks.save(source_data.build(figures, p.study), snakemake.output.source_data)
