from importlib import import_module

import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.figures import pages
from immunoassay.statistics import groups

with runtime.job(snakemake) as (log, p):
    figure = import_module(f"immunoassay.figures.{p.figure}")
    frames = {name: tables.read_any(path) for name, path in snakemake.input.items() if name != "gate"}
    own = ("observations", *getattr(figure, "OF_GROUPS", ()))
    frames = {
        name: groups.whole(frame) if "participant_group" in frame and name not in own else frame
        for name, frame in frames.items()
    }
    frames |= {name: pd.DataFrame(rows) for name, rows in p.sheets.items()}
    table = figure.table(**frames, **p.choices)
    files = dict(snakemake.output.items())
    for name in (each.removesuffix("svg") for each in files if each.endswith("svg")):
        part = name.rstrip("_").upper()  # of Figure 5; nothing is the whole figure
        drawn = table[table["part"] == part].reset_index(drop=True) if part else table
        if f"{name}tsv" in files:  # Figure 5 is its parts, which have theirs
            tables.write_text(drawn, figure.TABLE, files[f"{name}tsv"])
        pages.save(figure.draw(drawn, **p.look), files[f"{name}svg"].removesuffix(".svg"), p.formats)
