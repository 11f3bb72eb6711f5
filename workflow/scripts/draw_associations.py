import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_associations, style

with runtime.job(snakemake) as (log, p):
    o = snakemake.output
    found = tables.read_tsv(snakemake.input.associations)
    table = figure_associations.table(found, pd.DataFrame(p.analytes), p.scores, p.visit)
    tables.write_text(table, figure_associations.TABLE, o.tsv)
    style.save(figure_associations.draw(table, **p.look), o.svg.removesuffix(".svg"))
