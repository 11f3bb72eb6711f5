from immunoassay import results, runtime, tables
from immunoassay.problems import StudyError

with runtime.job(snakemake) as log:
    p, i, o = snakemake.params, snakemake.input, snakemake.output
    attempts = tables.read_all(i.attempts, "attempts")
    analytes = [{**row, "unit_factor": p.unit_factors[row["analyte"]]} for row in p.analytes]
    found, problems = results.collect(
        attempts, p.samples, analytes, p.lloq_across_plates, p.amendments, p.bridging, p.partial
    )
    if problems:
        raise StudyError(problems)
    wells = tables.read_all(i.wells, "wells")
    delivered, curves = tables.read_all(i.delivered, "delivered"), tables.read_all(i.curves, "curves")
    ledger = results.ledger(wells, delivered, curves, found, p.samples, p.bridging["pools"])
    amended = results.amendments_applied(p.amendments, attempts, wells, delivered, found)
    log.info("%d amendments; %s", len(amended), ledger["disposition"].value_counts().to_dict())
    tables.write(found, "results", o.results)
    tables.write(ledger, "ledger", o.ledger)
    tables.write_tsv(tables.conform(found, "results"), o.results_tsv)
    tables.write_tsv(tables.conform(attempts, "attempts"), o.attempts_tsv)
    tables.write_tsv(tables.conform(ledger, "ledger"), o.ledger_tsv)
    tables.write_tsv(amended, o.amendments_tsv)
