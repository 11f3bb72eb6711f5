import pandas as pd
from immunoassay import runtime, tables
from immunoassay.figures import profile, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    components = [tables.read_tsv(path) for path in (i.scores, i.loadings, i.variance)]
    sheets = [pd.DataFrame(rows) for rows in (p.visits, p.courses, p.analytes)]
    table = profile.table(*components, *sheets, p.people)
    tables.write_tsv(table, o.tsv)
    style.save(profile.draw(table, **p.look), o.svg.removesuffix(".svg"))
