from functools import partial
from itertools import chain

from immunoassay import ledger, results, runtime, tables
from immunoassay.acceptance import sample_history
from immunoassay.problems import StudyError

with runtime.job(snakemake) as log:
    p, i, o = snakemake.params, snakemake.input, snakemake.output
    judge = partial(sample_history.judge, samples=p.samples, panels=p.panels, criteria=p.criteria)
    attempts = tables.Parts(i.attempts, "attempts", change=lambda frame: judge(frame)[0])
    analytes = [{**row, "unit_factor": p.unit_factors[row["analyte"]]} for row in p.analytes]
    found, problems = results.collect(
        attempts, p.samples, analytes, p.lloq_across_plates, p.amendments, p.bridging, p.partial
    )
    if problems:
        raise StudyError(problems)
    tables.write(found, "results", o.results)
    pools = p.bridging["pools"]
    with tables.writer("study_attempts", o.attempts) as keep, tables.writer("checks", o.checks) as check:
        for frame, judged in tables.Parts(i.attempts, "attempts", change=judge):
            keep(results.mark_selected(frame, found, p.samples, pools))
            check(judged)
    wells, delivered = tables.Parts(i.wells, "wells", ledger.WELLS), tables.Parts(i.delivered, "delivered")
    with tables.writer("ledger", o.ledger) as enter, tables.writer("ledger_counts", o.counts) as count:
        for parts in zip(wells, delivered, tables.Parts(i.curves, "curves"), strict=True):
            frame = ledger.ledger(*parts, found, p.samples, pools)
            enter(frame)
            count(ledger.tallied(frame))
    amended = results.amendments_applied(
        p.amendments, attempts, p.samples, chain(tables.Parts(i.wells, "wells"), delivered), found
    )
    log.info("%d amendments, %d results", len(amended), len(found))
    tables.write_tsv(amended, o.amendments_tsv)
