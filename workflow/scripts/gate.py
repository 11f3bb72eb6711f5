from pathlib import Path

import pandas as pd
from immunoassay import runtime, tables
from immunoassay.acceptance import gate

with runtime.job(snakemake) as log:
    columns = ["batch", "plate", "sample_id", "file"]
    problems = tables.read_all(snakemake.input.problems, "problems")
    problems = pd.concat([problems, pd.DataFrame(snakemake.params.flags, columns=problems.columns)])
    attempts = tables.read_all(snakemake.input.attempts, "attempts", columns)
    problems = gate.gather(problems, attempts, snakemake.params.samples)
    tables.write_tsv(problems, snakemake.output.problems)
    for level, message in zip(problems["level"], problems["message"], strict=True):
        log.info("%s %s", level, message)
    gate.close(problems)
    Path(snakemake.output.passed).write_text("passed\n", encoding="utf-8")
