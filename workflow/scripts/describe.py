from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.accounting import sample_accounting
from immunoassay.statistics.groups import within_groups
from immunoassay.statistics.pairs import with_both
from immunoassay.statistics.sensitivity import substitution
from immunoassay.statistics.visit_summaries import visit_summaries
from immunoassay.tables.statistic_tables import STATISTICS
from immunoassay.words import sensitivity_words, summary_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    o, settings = snakemake.output, p.settings
    observations = tables.read(snakemake.input.observations)
    paired = within_groups(
        observations,
        settings,
        lambda rows, own: visit_summaries(with_both(rows, own["primary_course"], p.pair), own, alike=True),
    )
    for summaries, path in ((within_groups(observations, settings, visit_summaries), o.summaries), (paired, o.pairs)):
        log.info("%d summaries", len(summaries))
        tables.write_tsv(with_words(summaries, "visit_summaries", summary_words.texts, settings), path)
    accounts = within_groups(observations, settings, lambda rows, _: sample_accounting(rows))
    tables.write_tsv(accounts[list(STATISTICS["accounting"].columns)], o.accounting)
    compared = within_groups(observations, settings, substitution)
    tables.write_tsv(with_words(compared, "sensitivity", sensitivity_words.texts, settings), o.sensitivity)
