from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import gate

with runtime.job(snakemake) as (log, p):
    i = snakemake.input
    problems = tables.read_all(i.problems, "problems")
    wells = tables.Parts(i.wells, "wells", gate.WELLS, coded=gate.READ_TEXTS)
    delivered = tables.Parts(i.delivered, "delivered", gate.DELIVERED, coded=gate.PLACE)
    problems = gate.of_reading(problems, wells, delivered, p.plates, p.samples, p.names, p.files, p.flags, p.sheets)
    log.info("%d problems: %s", len(problems), problems["level"].value_counts().to_dict())
    tables.write_text(problems, "problems", snakemake.output.problems)
