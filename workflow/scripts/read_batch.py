from immunoassay import fingerprint, runtime, tables, vocabulary
from immunoassay.readers.batch import read_batch

with runtime.job(snakemake) as (log, p):
    wells, delivered, problems = read_batch(
        p.plates,
        p.analytes,
        p.panels,
        p.materials,
        p.amendments,
        vocabulary.Units(p.units),
        p.criteria,
        p.layout_schema,
        columns=p.columns,
        state_words=p.state_words,
    )
    log.info("%d wells, %d delivered rows, %d problems", len(wells), len(delivered), len(problems))
    fingerprint.require_unchanged(p.files)
    for message in problems["message"]:
        log.info(message)
    tables.write(wells, "wells", snakemake.output.wells)
    tables.write(delivered, "delivered", snakemake.output.delivered)
    tables.write(problems, "problems", snakemake.output.problems)
