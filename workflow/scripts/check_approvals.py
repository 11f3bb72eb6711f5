from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.results import approvals

with runtime.job(snakemake) as (log, p):
    attempts = (tables.read(path, list(approvals.SIGNED)) for path in snakemake.input.attempts)
    found = approvals.approvals(zip(p.batches, attempts, strict=True), p.amendments, p.approvals)
    log.info("%s", found["state"].value_counts().to_dict())
    tables.write_text(found, "approvals", snakemake.output.approvals)
