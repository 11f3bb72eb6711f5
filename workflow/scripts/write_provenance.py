from pathlib import Path

from immunoassay import runtime, tables
from immunoassay.deliver import counts, provenance

with runtime.job(snakemake) as log:
    i, p = snakemake.input, snakemake.params
    attempts = tables.read_all(i.attempts, "attempts", ["status"])
    curves = tables.read_all(i.curves, "curves", ["status"])
    wells, delivered = (tables.read_all(i[name], name, ["plate"]) for name in ("wells", "delivered"))
    found = counts.study_counts(tables.read(i.results), attempts, curves, tables.read(i.ledger), wells, delivered)
    versions = provenance.versions(p.version)
    document = provenance.provenance(p.config, p.sheets, p.layouts, p.raw, i.lock, p.library, found, versions)
    log.info("%d raw files, %d raw records", len(document["raw_files"]), found["raw_records"])
    Path(snakemake.output.run).write_text(provenance.as_json(document), encoding="utf-8")
