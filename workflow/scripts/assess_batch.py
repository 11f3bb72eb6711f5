from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance.assess import assess_batch

with runtime.job(snakemake) as (log, p):
    i = snakemake.input
    read = ("wells", "delivered", "curves", "concentrations", "dropped_standards")
    frames = [tables.read(i[name]) for name in read]
    checks, attempts, problems = assess_batch(*frames, p.plates, p.panels, p.criteria)
    log.info("%d checks: %s", len(checks), checks["verdict"].value_counts().to_dict())
    log.info("%d attempts: %s", len(attempts), attempts["status"].value_counts().to_dict())
    tables.write(checks, "checks", snakemake.output.checks)
    for message in problems["message"]:
        log.info(message)
    tables.write(attempts, "attempts", snakemake.output.attempts)
    tables.write(problems, "problems", snakemake.output.problems)
