from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.accounting import sample_accounting
from immunoassay.statistics.pairs import with_both
from immunoassay.statistics.sensitivity import substitution
from immunoassay.statistics.visit_summaries import visit_summaries
from immunoassay.words import sensitivity_words, summary_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    o, settings = snakemake.output, p.settings
    observations = tables.read(snakemake.input.observations)
    paired = with_both(observations, settings["primary_course"], p.pair)
    for rows, path in ((observations, o.summaries), (paired, o.pairs)):
        summaries = visit_summaries(rows, settings)
        log.info("%d summaries", len(summaries))
        tables.write_tsv(with_words(summaries, "visit_summaries", summary_words.texts, settings), path)
    tables.write_tsv(sample_accounting(observations), o.accounting)
    compared = substitution(observations, settings)
    tables.write_tsv(with_words(compared, "sensitivity", sensitivity_words.texts, settings), o.sensitivity)
