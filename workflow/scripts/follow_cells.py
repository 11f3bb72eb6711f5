from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.cell_kinetics import kinetics, kinetics_summaries
from immunoassay.statistics.groups import within_groups
from immunoassay.words import kinetics_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    o, settings = snakemake.output, p.settings
    observations = tables.read(snakemake.input.observations)
    found = within_groups(observations, settings, kinetics)
    log.info("%d courses of cells", len(found))
    tables.write_tsv(with_words(found, "kinetics", kinetics_words.texts, settings), o.kinetics)
    summaries = within_groups(observations, settings, kinetics_summaries)
    tables.write_tsv(with_words(summaries, "kinetics_summaries", kinetics_words.summary_texts, settings), o.summaries)
