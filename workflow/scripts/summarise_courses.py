from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.groups import within_groups
from immunoassay.statistics.summary_measures import summary_measures
from immunoassay.words import course_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    found = within_groups(tables.read(snakemake.input.observations), p.settings, summary_measures)
    log.info("%d measures, %d with an estimate", len(found), int(found["estimate"].notna().sum()))
    tables.write_tsv(with_words(found, "summary_measures", course_words.texts, p.settings), snakemake.output.measures)
