from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.associations import associations
from immunoassay.statistics.groups import within_groups
from immunoassay.words import association_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    found = within_groups(tables.read(snakemake.input.observations), p.settings, associations)
    log.info("%d associations: %s", len(found), found["question"].value_counts().to_dict())
    found = with_words(found, "associations", association_words.texts, p.settings)
    tables.write_tsv(found, snakemake.output.associations)
