import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_curves, pages

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    shown = [("plate", "in", p.plates["shown"])]
    fitted = tables.read_all(i.curves, "curves", filters=shown)
    dropped = tables.read_all(i.dropped_standards, "dropped_standards", filters=shown)
    drawn = [*shown, ("role", "in", ["standard", "control"])]
    wells = tables.read_all(i.concentrations, "concentrations", filters=drawn)
    table = figure_curves.table(fitted, wells, dropped, pd.DataFrame(p.analytes), snakemake.wildcards.panel)
    tables.write_text(table, figure_curves.TABLE, o.tsv)
    pages.save(figure_curves.draw(table, older=p.plates["older"], **p.look), o.svg.removesuffix(".svg"), p.formats)
