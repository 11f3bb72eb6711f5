from immunoassay.jobs import fingerprint, runtime
from immunoassay import tables
from immunoassay.readers.batch_reader import read_batch

with runtime.job(snakemake) as (log, p):
    reading = {name: value for name, value in vars(p).items() if name != "files"}
    wells, delivered, problems = read_batch(**reading)
    log.info("%d wells, %d delivered rows, %d problems", len(wells), len(delivered), len(problems))
    fingerprint.require_unchanged(p.files)
    for message in problems["message"]:
        log.info(message)
    tables.write(wells, "wells", snakemake.output.wells)
    tables.write(delivered, "delivered", snakemake.output.delivered)
    tables.write(problems, "problems", snakemake.output.problems)
