from pathlib import Path

from immunoassay import runtime, tables
from immunoassay.deliver import columns, counts, methods, provenance

with runtime.job(snakemake) as log:
    i, p = snakemake.input, snakemake.params
    results, ledger = tables.read(i.results), tables.read(i.ledger)
    attempts, curves, checks = (tables.read_all(i[name], name) for name in ("attempts", "curves", "checks"))
    wells, delivered = (tables.read_all(i[name], name, ["plate", "panel"]) for name in ("wells", "delivered"))
    found = {
        "study": counts.study_counts(results, attempts, curves, ledger, wells, delivered),
        "panels": counts.panel_counts(results, attempts, curves, checks, ledger),
        "participants": p.participants,
    }
    frames = {name: columns.read_statistics(name, i[name]) for name in p.statistics}
    versions = provenance.versions(p.version)
    text = methods.methods(p.config, p.panels, p.analytes, p.criteria, found, frames, versions)
    log.info("%d characters", len(text))
    Path(snakemake.output.methods).write_text(text, encoding="utf-8")
