import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_controls, pages

with runtime.job(snakemake) as (_, p):
    i, o = snakemake.input, snakemake.output
    table = figure_controls.table(
        tables.read(i.controls), pd.DataFrame(p.analytes), snakemake.wildcards.panel, p.tolerances
    )
    tables.write_text(table, figure_controls.TABLE, o.tsv)
    pages.save(figure_controls.draw(table, **p.look), o.svg.removesuffix(".svg"), p.formats)
