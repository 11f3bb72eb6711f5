from pathlib import Path

import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import drawing, figure_courses, figure_groups, figure_ratios, variables
from immunoassay.statistics.group_centres import group_centres
from immunoassay.words import summary_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    i, factor = snakemake.input, snakemake.wildcards.factor
    observations, comparisons = tables.read(i.observations), tables.read_any(i.comparisons)
    centres, levels = group_centres(observations, pd.DataFrame(p.people), p.settings, factor, p.visit)
    worded = with_words(centres.drop(columns="level"), "visit_summaries", summary_words.texts, p.settings)
    shown = variables.compared(pd.DataFrame(p.analytes), p.scales, p.scores)
    given = (comparisons, worded.assign(level=centres["level"]), levels, observations, shown)
    drawn = {
        figure_groups: figure_groups.table(*given, factor, p.visit, p.individuals),
        figure_ratios: figure_ratios.table(comparisons, shown, factor, p.quantity, p.visit),
        figure_courses: figure_courses.table(tables.read_any(i.changes), pd.DataFrame(p.visits), shown, factor),
    }
    for drawer, table in drawn.items():
        stem = Path(snakemake.output[0]).with_name(f"{drawer.TABLE.name.removeprefix('figure_')}_{factor}")
        drawing.write(drawer, table, stem, p.look, p.formats)
