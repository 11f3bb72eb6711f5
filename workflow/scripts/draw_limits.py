import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_limits, pages

with runtime.job(snakemake) as (_, p):
    i, o = snakemake.input, snakemake.output
    levels, proposals = (tables.read_text(i[name], f"lloq_{name}") for name in ("levels", "proposals"))
    table = figure_limits.table(levels, proposals, pd.DataFrame(p.analytes), snakemake.wildcards.panel)
    tables.write_text(table, figure_limits.TABLE, o.tsv)
    pages.save(figure_limits.draw(table, **p.look), o.svg.removesuffix(".svg"), p.formats)
