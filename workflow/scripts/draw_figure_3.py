import pandas as pd
from immunoassay import runtime, tables
from immunoassay.figures import courses, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    sheets = [pd.DataFrame(rows) for rows in (p.visits, p.courses, p.events)]
    table = courses.table(tables.read(i.observations), *sheets, p.scales, p.score, p.members, p.people)
    tables.write_tsv(table, o.tsv)
    style.save(courses.draw(table, **p.look), o.svg.removesuffix(".svg"))
