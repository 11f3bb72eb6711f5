from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.groups import within_groups
from immunoassay.statistics.pairs import with_all
from immunoassay.statistics.visit_summaries import visit_summaries
from immunoassay.words import summary_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    observations = tables.read(snakemake.input.observations)
    summaries = within_groups(
        observations,
        p.settings,
        lambda rows, own: visit_summaries(with_all(rows[rows["course"] == own["primary_course"]]), own),
    )
    worded = with_words(summaries, "visit_summaries", summary_words.texts, p.settings)
    tables.write_tsv(worded, snakemake.output.summaries)
