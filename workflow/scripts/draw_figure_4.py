import pandas as pd
from immunoassay import runtime, tables
from immunoassay.figures import cytokines, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    sheets = [pd.DataFrame(rows) for rows in (p.visits, p.courses, p.analytes)]
    frames = [tables.read_tsv(i.summaries), tables.read(i.observations), *sheets]
    table = cytokines.table(*frames, p.groups, p.pair, p.people)
    tables.write_tsv(table, o.tsv)
    style.save(cytokines.draw(table, **p.look), o.svg.removesuffix(".svg"))
