from functools import partial

from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import sample_history
from immunoassay.results import collection

with runtime.job(snakemake) as (_, p):
    i, o = snakemake.input, snakemake.output
    judge = partial(sample_history.judge, samples=p.samples, panels=p.panels, criteria=p.criteria)
    found = tables.read(i.results)
    with tables.writer("study_attempts", o.attempts) as keep, tables.writer("checks", o.checks) as check:
        for attempts, checks in tables.Parts(i.attempts, "attempts", change=judge):
            keep(collection.mark_selected(attempts, found, p.samples, p.pools, p.amendments))
            check(checks)
