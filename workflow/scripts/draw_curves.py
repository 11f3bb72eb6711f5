import pandas as pd
from immunoassay import runtime, tables
from immunoassay.figures import curves, style

with runtime.job(snakemake) as log:
    i, p, o = snakemake.input, snakemake.params, snakemake.output
    fitted, wells = tables.read_all(i.curves, "curves"), tables.read_all(i.concentrations, "concentrations")
    table = curves.table(fitted, wells, pd.DataFrame(p.analytes), snakemake.wildcards.panel)
    tables.write_tsv(table, o.tsv)
    style.save(curves.draw(table, **p.look), o.svg.removesuffix(".svg"))
