import pandas as pd
from immunoassay import runtime, tables
from immunoassay.figures import associations, style

with runtime.job(snakemake) as (log, p):
    o = snakemake.output
    found = tables.read_tsv(snakemake.input.associations)
    table = associations.table(found, pd.DataFrame(p.analytes), p.scores, p.visit)
    tables.write_tsv(table, o.tsv)
    style.save(associations.draw(table, **p.look), o.svg.removesuffix(".svg"))
