from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics import groups
from immunoassay.statistics.multivariate import pca
from immunoassay.words import component_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    o, s = snakemake.output, p.settings
    of_groups = {name: pca(rows, own) for name, rows, own in groups.parts(tables.read(snakemake.input.observations), s)}
    scores, loadings, variance = (
        groups.stacked({name: found[part] for name, found in of_groups.items()}) for part in range(3)
    )
    log.info("%d rows, %d analytes", len(scores), len(loadings))
    tables.write_tsv(with_words(scores, "pca_scores", component_words.scores, s), o.scores)
    tables.write_tsv(with_words(loadings, "pca_loadings", component_words.loadings, s), o.loadings)
    tables.write_tsv(with_words(variance, "pca_variance", component_words.variance, s), o.variance)
