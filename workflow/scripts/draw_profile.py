import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_profile, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    components = [tables.read_tsv(path) for path in (i.scores, i.loadings, i.variance)]
    sheets = [pd.DataFrame(rows) for rows in (p.visits, p.courses, p.analytes)]
    table = figure_profile.table(*components, *sheets, p.people)
    tables.write_text(table, figure_profile.TABLE, o.tsv)
    style.save(figure_profile.draw(table, **p.look), o.svg.removesuffix(".svg"))
