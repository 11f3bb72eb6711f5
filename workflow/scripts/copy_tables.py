from immunoassay.jobs import runtime
from immunoassay import tables

with runtime.job(snakemake):
    for name, path in snakemake.input.items():
        tables.copy_as_tsv(path, snakemake.output[name])
