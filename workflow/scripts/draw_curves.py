import pandas as pd
from immunoassay import runtime, tables
from immunoassay.figures import curves, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    shown = [("plate", "in", p.plates["shown"])]
    fitted = tables.read_all(i.curves, "curves", filters=shown)
    drawn = [*shown, ("role", "in", ["standard", "control"])]
    wells = tables.read_all(i.concentrations, "concentrations", filters=drawn)
    table = curves.table(fitted, wells, pd.DataFrame(p.analytes), snakemake.wildcards.panel)
    tables.write_tsv(table, o.tsv)
    style.save(curves.draw(table, p.plates["older"], **p.look), o.svg.removesuffix(".svg"))
