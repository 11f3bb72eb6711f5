from importlib import import_module

from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import pages

with runtime.job(snakemake) as (log, p):
    drawer = import_module(f"immunoassay.figures.{p.drawers[0]}")
    table = tables.read_text(snakemake.input.table, drawer.TABLE)
    pages.save(drawer.draw(table, **p.look), snakemake.output[0].removesuffix(".svg"), p.formats)
