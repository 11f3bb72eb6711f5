from pathlib import Path

from immunoassay import runtime, tables
from immunoassay.deliver import changes, release
from immunoassay.problems import Problem, StudyError

with runtime.job(snakemake) as (log, p):
    i, o, name = snakemake.input, snakemake.output, p.name
    folder, results = Path(i.release).parent, Path(i.results).parents[1]
    wrong = release.damaged(folder)
    if wrong:
        found, why = f"not what was frozen: {', '.join(wrong)}", "it proves nothing any more"
        raise StudyError([Problem("E-REL-001", "STOP", str(folder), found, why, "restore the release")])
    changed = changes.compare(folder, results)
    log.info("%s", changed["kind"].value_counts().to_dict())
    tables.write_tsv(changed, o.tsv)
    Path(o.text).write_text(changes.as_text(changed, name), encoding="utf-8")
