import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_ratios, pages, variables

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    shown = variables.compared(pd.DataFrame(p.analytes), p.scales, p.scores)
    table = figure_ratios.table(tables.read_any(i.comparisons), shown, snakemake.wildcards.factor, p.quantity, p.visit)
    tables.write_text(table, figure_ratios.TABLE, o.tsv)
    pages.save(figure_ratios.draw(table, **p.look), o.tsv.removesuffix(".tsv"), p.formats)
