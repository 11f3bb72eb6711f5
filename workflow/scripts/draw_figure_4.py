import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_4, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    sheets = [pd.DataFrame(rows) for rows in (p.visits, p.courses, p.analytes)]
    frames = [tables.read_tsv(i.summaries), tables.read(i.observations), *sheets]
    table = figure_4.table(*frames, p.groups, p.pair, p.people)
    tables.write_text(table, figure_4.TABLE, o.tsv)
    style.save(figure_4.draw(table, **p.look), o.svg.removesuffix(".svg"))
