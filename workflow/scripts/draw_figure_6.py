import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_6, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    sheets = [pd.DataFrame(rows) for rows in (p.visits, p.courses, p.analytes)]
    table = figure_6.table(tables.read_tsv(i.summaries), tables.read(i.observations), *sheets, p.groups, p.people)
    tables.write_text(table, figure_6.TABLE, o.tsv)
    style.save(figure_6.draw(table, **p.look), o.svg.removesuffix(".svg"))
