import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_2, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    frames = [
        tables.read_tsv(i.summaries),
        tables.read(i.observations),
        pd.DataFrame(p.visits),
        pd.DataFrame(p.courses),
    ]
    table = figure_2.table(*frames, p.scales, p.scores, p.quantity, p.people)
    tables.write_text(table, figure_2.TABLE, o.tsv)
    style.save(figure_2.draw(table, **p.look), o.svg.removesuffix(".svg"))
