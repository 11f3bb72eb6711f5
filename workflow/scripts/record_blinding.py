from datetime import UTC, datetime
from pathlib import Path

from immunoassay.jobs import runtime
from immunoassay.deliver import blinding, provenance

with runtime.job(snakemake) as (log, p):
    found = blinding.blinding(".", p.factors, p.blinded, p.plan, datetime.now(UTC).date())
    log.info("opened: %s, plan: %s", found["opened"], found["plan_state"])
    Path(snakemake.output.blinding).write_text(provenance.as_json(found), encoding="utf-8")
