import pandas as pd
from immunoassay import runtime, tables
from immunoassay.acceptance import gate

with runtime.job(snakemake) as log:
    problems = tables.read_all(snakemake.input.problems, "problems")
    problems = pd.concat([problems, pd.DataFrame(snakemake.params.flags, columns=problems.columns)])
    attempts = tables.Parts(snakemake.input.attempts, "attempts", gate.COLUMNS, coded=gate.TEXTS)
    problems = gate.gather(problems, attempts, snakemake.params.samples)
    log.info("%d problems: %s", len(problems), problems["level"].value_counts().to_dict())
    tables.write_tsv(problems, snakemake.output.problems)
