from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.accounting import sample_accounting
from immunoassay.statistics.pairs import with_both
from immunoassay.statistics.sensitivity import substitution
from immunoassay.statistics.visit_summaries import visit_summaries

with runtime.job(snakemake) as (log, p):
    o, settings = snakemake.output, p.settings
    observations = tables.read(snakemake.input.observations)
    summaries = visit_summaries(observations, settings)
    log.info("%d summaries", len(summaries))
    tables.write_tsv(summaries, o.summaries)
    paired = with_both(observations, settings["primary_course"], p.pair)
    tables.write_tsv(visit_summaries(paired, settings), o.pairs)
    tables.write_tsv(sample_accounting(observations), o.accounting)
    tables.write_tsv(substitution(observations, settings), o.sensitivity)
