from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.prediction import prediction

with runtime.job(snakemake) as (log, p):
    found = prediction(tables.read(snakemake.input.observations), p.settings)
    log.info("%d scores, %d with a model", len(found), int(found["q2"].notna().sum()))
    tables.write_tsv(found, snakemake.output.prediction)
