from importlib import import_module

from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import pages

with runtime.job(snakemake) as (log, p):
    figure = import_module(f"immunoassay.figures.{p.figure}")
    table = tables.read_text(snakemake.input.table, figure.TABLE)
    pages.save(figure.draw(table, **p.look), snakemake.output[0].removesuffix(".svg"), p.formats)
