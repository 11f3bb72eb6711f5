from pathlib import Path

from immunoassay import runtime, tables
from immunoassay.deliver import changes, release

with runtime.job(snakemake) as (log, p):
    i, o, name = snakemake.input, snakemake.output, p.name
    folder, results = Path(i.release).parent, Path(i.results).parents[1]
    release.verify(folder)
    changed = changes.compare(folder, results)
    log.info("%s", changed["kind"].value_counts().to_dict())
    tables.write_tsv(changed, o.tsv)
    Path(o.text).write_text(changes.as_text(changed, name), encoding="utf-8")
