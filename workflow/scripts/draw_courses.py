import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_courses, pages, variables

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    shown = variables.compared(pd.DataFrame(p.analytes), p.scales, p.scores)
    table = figure_courses.table(tables.read_any(i.changes), pd.DataFrame(p.visits), shown, snakemake.wildcards.factor)
    tables.write_text(table, figure_courses.TABLE, o.tsv)
    pages.save(figure_courses.draw(table, **p.look), o.tsv.removesuffix(".tsv"), p.formats)
