import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_3, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    sheets = [pd.DataFrame(rows) for rows in (p.visits, p.courses, p.events)]
    table = figure_3.table(tables.read(i.observations), *sheets, p.scales, p.score, p.members, p.people)
    tables.write_text(table, figure_3.TABLE, o.tsv)
    style.save(figure_3.draw(table, **p.look), o.svg.removesuffix(".svg"))
