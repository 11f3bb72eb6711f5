from immunoassay import runtime, tables, workbooks
from immunoassay.deliver import columns, workbook

with runtime.job(snakemake) as log:
    i = snakemake.input
    frames = {name: tables.read(i[name]) for name in ("results", "observations", "ledger", "attempts", "controls")}
    frames["curves"] = tables.read_all(i.curves, "curves")
    frames["checks"] = tables.read_all([*i.checks, i.sample_checks], "checks")
    for name in ("control_lots", "bridging", "repeats"):
        frames[name] = tables.read_text(i[name], name)
    frames["records"] = {name: tables.tally(i[name], "panel") for name in ("wells", "delivered")}
    for name in ("problems", "visit_problems"):
        frames[name] = tables.read_tsv(i[name], dtype="str")
    for name in snakemake.params.statistics:
        frames[name] = columns.read_statistics(name, i[name])
    log.info("%d results, %d attempts", len(frames["results"]), len(frames["attempts"]))
    workbooks.save(workbook.build(frames, snakemake.params.meta), snakemake.output.workbook)
