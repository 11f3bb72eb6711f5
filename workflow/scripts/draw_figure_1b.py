import pandas as pd
from immunoassay import runtime, tables
from immunoassay.clinical.flow import flow
from immunoassay.figures import consort, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    sheets = [pd.DataFrame(p.study[name]) for name in ("participants", "courses", "events", "visits")]
    counted = flow(*sheets, tables.read(i.observations), tables.read(i.results), p.study["analysed_schedules"])
    table = consort.table(counted)
    tables.write_tsv(table, o.tsv)
    style.save(consort.draw(table, **p.look), o.svg.removesuffix(".svg"))
