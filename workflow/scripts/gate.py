from pathlib import Path

from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import gate

with runtime.job(snakemake) as (log, _):
    problems = tables.read_tsv(snakemake.input.problems, dtype="str")
    for level, message in zip(problems["level"], problems["message"], strict=True):
        log.info("%s %s", level, message)
    gate.close(problems)
    Path(snakemake.output.passed).write_text("passed\n", encoding="utf-8")
