import pandas as pd
from immunoassay import runtime, tables
from immunoassay.figures import scores, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    frames = [
        tables.read_tsv(i.summaries),
        tables.read(i.observations),
        pd.DataFrame(p.visits),
        pd.DataFrame(p.courses),
    ]
    table = scores.table(*frames, p.scales, p.scores, p.quantity, p.people)
    tables.write_tsv(table, o.tsv)
    style.save(scores.draw(table, **p.look), o.svg.removesuffix(".svg"))
