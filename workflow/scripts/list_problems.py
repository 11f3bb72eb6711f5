from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import gate

with runtime.job(snakemake) as (log, _):
    i = snakemake.input
    read = tables.read_tsv(i.read, dtype="str")
    attempts = tables.Parts(i.attempts, "attempts", gate.COLUMNS, coded=gate.TEXTS)
    problems = gate.of_judging(read, [tables.read_all(i.judged, "problems")], attempts)
    log.info("%d problems: %s", len(problems), problems["level"].value_counts().to_dict())
    tables.write_text(problems, "problems", snakemake.output.problems)
