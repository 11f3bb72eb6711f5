from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.multivariate import pca

with runtime.job(snakemake) as (log, p):
    o = snakemake.output
    scores, loadings, variance = pca(tables.read(snakemake.input.observations), p.settings)
    log.info("%d rows, %d analytes", len(scores), len(loadings))
    tables.write_tsv(scores, o.scores)
    tables.write_tsv(loadings, o.loadings)
    tables.write_tsv(variance, o.variance)
