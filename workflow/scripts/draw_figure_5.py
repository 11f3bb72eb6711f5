import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import figure_5, style

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    sheets = [pd.DataFrame(rows) for rows in (p.visits, p.courses, p.analytes)]
    frames = [tables.read_tsv(i.summaries), tables.read(i.observations), *sheets]
    table = figure_5.table(*frames, *p.groups, p.people)
    for part, svg, tsv in (("A", o.a_svg, o.a_tsv), ("B", o.b_svg, o.b_tsv), ("C", o.c_svg, o.c_tsv)):
        own = table[table["part"] == part].reset_index(drop=True)
        tables.write_text(own, figure_5.TABLE, tsv)
        style.save(figure_5.draw(own, **p.look), svg.removesuffix(".svg"))
