from immunoassay import runtime, tables, workbooks
from immunoassay.deliver import columns, workbook

with runtime.job(snakemake) as log:
    i = snakemake.input
    frames = {name: tables.read(i[name]) for name in ("results", "observations", "ledger")}
    for name in ("attempts", "curves", "checks"):
        frames[name] = tables.read_all(i[name], name)
    for name in ("wells", "delivered"):
        frames[name] = tables.read_all(i[name], name, ["plate", "panel"])
    for name in ("problems", "visit_problems"):
        frames[name] = tables.read_tsv(i[name], dtype="str")
    for name in snakemake.params.statistics:
        frames[name] = columns.read_statistics(name, i[name])
    log.info("%d results, %d attempts", len(frames["results"]), len(frames["attempts"]))
    workbooks.save(workbook.build(frames, snakemake.params.meta), snakemake.output.workbook)
