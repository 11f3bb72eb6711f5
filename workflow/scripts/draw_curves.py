import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_curves, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    shown = [("plate", "in", p.plates["shown"])]
    fitted = tables.read_all(i.curves, "curves", filters=shown)
    drawn = [*shown, ("role", "in", ["standard", "control"])]
    wells = tables.read_all(i.concentrations, "concentrations", filters=drawn)
    table = figure_curves.table(fitted, wells, pd.DataFrame(p.analytes), snakemake.wildcards.panel)
    tables.write_tsv(table, o.tsv)
    style.save(figure_curves.draw(table, p.plates["older"], **p.look), o.svg.removesuffix(".svg"))
