import pandas as pd
from immunoassay import runtime, tables
from immunoassay.acceptance.gate import gather

with runtime.job(snakemake) as log:
    problems = tables.read_all(snakemake.input.problems, "problems")
    problems = pd.concat([problems, pd.DataFrame(snakemake.params.flags, columns=problems.columns)])
    attempts = tables.read_all(snakemake.input.attempts, "attempts", ["batch", "plate", "sample_id", "file"])
    problems = gather(problems, attempts, snakemake.params.samples)
    log.info("%d problems: %s", len(problems), problems["level"].value_counts().to_dict())
    tables.write_tsv(problems, snakemake.output.problems)
