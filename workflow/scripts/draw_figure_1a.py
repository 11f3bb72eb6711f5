import pandas as pd
from immunoassay import runtime, tables
from immunoassay.figures import schema, style

with runtime.job(snakemake) as (log, p):
    o = snakemake.output
    table = schema.table(p.members, pd.DataFrame(p.visits), pd.DataFrame(p.courses), pd.DataFrame(p.events))
    tables.write_tsv(table, o.tsv)
    style.save(schema.draw(table, **p.look), o.svg.removesuffix(".svg"))
