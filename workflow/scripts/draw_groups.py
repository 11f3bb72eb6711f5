import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_groups, pages, variables
from immunoassay.statistics.group_centres import group_centres
from immunoassay.words import summary_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    observations, comparisons = tables.read(i.observations), tables.read_any(i.comparisons)
    centres, levels = group_centres(
        observations, pd.DataFrame(p.people), p.settings, snakemake.wildcards.factor, p.visit
    )
    worded = with_words(centres.drop(columns="level"), "visit_summaries", summary_words.texts, p.settings)
    shown = variables.compared(pd.DataFrame(p.analytes), p.scales, p.scores)
    given = (comparisons, worded.assign(level=centres["level"]), levels, observations, shown)
    table = figure_groups.table(*given, snakemake.wildcards.factor, p.visit, p.individuals)
    tables.write_text(table, figure_groups.TABLE, o.tsv)
    pages.save(figure_groups.draw(table, **p.look), o.tsv.removesuffix(".tsv"), p.formats)
