from pathlib import Path

from immunoassay.jobs import fingerprint, runtime
from immunoassay import tables
from immunoassay.deliver import counts, provenance

with runtime.job(snakemake) as (log, p):
    i = snakemake.input
    attempts, curves = tables.read(i.attempts, ["status"]), tables.read_all(i.curves, "curves", ["status"])
    records = {name: tables.count(i[name], "panel") for name in ("wells", "delivered")}
    found = counts.study_counts(tables.read(i.results), attempts, curves, tables.read(i.ledger), records)
    made = fingerprint.as_made(i.made)
    versions = provenance.versions(p.version)
    document = provenance.provenance(
        p.config, p.files, p.sheets, p.layouts, p.raw, p.lock, p.library, found, versions, made, p.plan
    )
    log.info("%d raw files, %d raw records", len(document["raw_files"]), found["raw_records"])
    Path(snakemake.output.run).write_text(provenance.as_json(document), encoding="utf-8")
