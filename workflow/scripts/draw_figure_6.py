import pandas as pd
from immunoassay import runtime, tables
from immunoassay.figures import axis, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    sheets = [pd.DataFrame(rows) for rows in (p.visits, p.courses, p.analytes)]
    table = axis.table(tables.read_tsv(i.summaries), tables.read(i.observations), *sheets, p.groups, p.people)
    tables.write_tsv(table, o.tsv)
    style.save(axis.draw(table, **p.look), o.svg.removesuffix(".svg"))
