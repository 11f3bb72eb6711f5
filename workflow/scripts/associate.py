from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.associations import associations

with runtime.job(snakemake) as (log, p):
    found = associations(tables.read(snakemake.input.observations), p.settings)
    log.info("%d associations: %s", len(found), found["question"].value_counts().to_dict())
    tables.write_tsv(found, snakemake.output.associations)
