from pathlib import Path

from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.deliver import release, what_changed

with runtime.job(snakemake) as (log, p):
    i, o, name = snakemake.input, snakemake.output, p.name
    folder, results = Path(i.release).parent, Path(i.results).parents[1]
    release.verify(folder)
    changed = what_changed.compare(folder, results)
    log.info("%s", changed["kind"].value_counts().to_dict())
    tables.write_text(changed, "what_changed", o.tsv)
    Path(o.text).write_text(what_changed.as_text(changed, name), encoding="utf-8")
