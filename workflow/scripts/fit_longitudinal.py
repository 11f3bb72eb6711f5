from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.longitudinal import longitudinal

with runtime.job(snakemake) as (log, p):
    found = longitudinal(tables.read(snakemake.input.observations), p.settings)
    log.info("%d visits, %d with a mixed model", len(found), int(found["estimate"].notna().sum()))
    tables.write_tsv(found, snakemake.output.longitudinal)
