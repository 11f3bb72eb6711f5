from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.groups import within_groups
from immunoassay.statistics.longitudinal import longitudinal
from immunoassay.words import longitudinal_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    found = within_groups(tables.read(snakemake.input.observations), p.settings, longitudinal)
    log.info("%d visits, %d with a mixed model", len(found), int(found["estimate"].notna().sum()))
    found = with_words(longitudinal_words.with_visits(found), "longitudinal", longitudinal_words.texts, p.settings)
    tables.write_tsv(found, snakemake.output.longitudinal)
