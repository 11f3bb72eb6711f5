from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.groups import within_groups
from immunoassay.statistics.longitudinal import longitudinal
from immunoassay.statistics.summary_measures import summary_measures
from immunoassay.words import course_words, longitudinal_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    o, observations = snakemake.output, tables.read(snakemake.input.observations)
    modelled = longitudinal_words.with_visits(within_groups(observations, p.settings, longitudinal))
    log.info("%d visits, %d with a mixed model", len(modelled), int(modelled["estimate"].notna().sum()))
    tables.write_tsv(with_words(modelled, "longitudinal", longitudinal_words.texts, p.settings), o.longitudinal)
    measured = within_groups(observations, p.settings, summary_measures)
    log.info("%d measures, %d with an estimate", len(measured), int(measured["estimate"].notna().sum()))
    tables.write_tsv(with_words(measured, "summary_measures", course_words.texts, p.settings), o.measures)
