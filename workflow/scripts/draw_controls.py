import pandas as pd
from immunoassay import runtime, tables
from immunoassay.figures import controls, style

with runtime.job(snakemake) as (_, p):
    i, o = snakemake.input, snakemake.output
    table = controls.table(tables.read(i.controls), pd.DataFrame(p.analytes), snakemake.wildcards.panel, p.tolerances)
    tables.write_tsv(table, o.tsv)
    style.save(controls.draw(table, **p.look), o.svg.removesuffix(".svg"))
