import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.group_comparisons import group_comparisons
from immunoassay.words import comparison_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    found = group_comparisons(tables.read(snakemake.input.observations), pd.DataFrame(p.people), p.settings)
    log.info("%d comparisons, %d with a p value", len(found), int(found["p"].notna().sum()))
    found = with_words(found, "group_comparisons", comparison_words.texts, p.settings)
    tables.write_tsv(found, snakemake.output.comparisons)
