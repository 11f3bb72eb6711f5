import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.clinical.flow import flow
from immunoassay.figures import figure_1b, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    sheets = [pd.DataFrame(p.study[name]) for name in ("participants", "courses", "events", "visits")]
    counted = flow(*sheets, tables.read(i.observations), tables.read(i.results), p.study["analysed_schedules"])
    table = figure_1b.table(counted)
    tables.write_text(table, figure_1b.TABLE, o.tsv)
    style.save(figure_1b.draw(table, **p.look), o.svg.removesuffix(".svg"))
