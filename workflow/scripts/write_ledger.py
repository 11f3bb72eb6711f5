from itertools import chain

from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.results import collection, ledger
from immunoassay.tables.row_groups import RowGroups

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    found = tables.read(i.results)
    samples = collection.known_samples(p.samples, found)
    used = ledger.used_records(found)
    wells = tables.Parts(i.wells, "wells", ledger.WELLS, coded=ledger.TEXTS)
    delivered = tables.Parts(i.delivered, "delivered")
    curves = tables.Parts(i.curves, "curves", ledger.CURVES)
    dropped = tables.Parts(i.dropped_standards, "dropped_standards")
    with tables.writer("ledger", o.ledger) as enter, tables.writer("ledger_counts", o.counts) as count:
        for parts in zip(wells, delivered, curves, dropped, strict=True):
            frame = ledger.ledger(*parts, used, samples, p.pools)
            enter(frame)
            count(ledger.tallied(frame))
    tables.copy_as_tsv(o.ledger, o.ledger_tsv)
    attempts = RowGroups(i.attempts, "study_attempts")
    records = chain(
        *(tables.Parts(i[name], name, ["plate", "disposition", "amendments"]) for name in ("wells", "delivered"))
    )
    amended = collection.amendments_applied(p.amendments, attempts, samples, records, found)
    log.info("%d amendments", len(amended))
    tables.write_text(amended, "amendments", o.amendments)
