import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_1a, style

with runtime.job(snakemake) as (log, p):
    o = snakemake.output
    table = figure_1a.table(p.members, pd.DataFrame(p.visits), pd.DataFrame(p.courses), pd.DataFrame(p.events))
    tables.write_text(table, figure_1a.TABLE, o.tsv)
    style.save(figure_1a.draw(table, **p.look), o.svg.removesuffix(".svg"))
