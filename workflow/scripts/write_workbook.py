from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import assess
from immunoassay.deliver import columns, prism, raw_records, workbook, worksheet
from immunoassay.files import workbooks
from immunoassay.words import corrections

with runtime.job(snakemake) as (log, p):
    i = snakemake.input
    given = set(i.keys())
    names = ("results", "observations", "ledger", "controls")
    frames = {name: tables.read(i[name]) for name in names if name in given}
    frames["attempts"], attempts = tables.head(i.attempts, worksheet.MAX_ROWS)
    for name in ("curves", "dropped_standards"):
        frames[name] = tables.read_all(i[name], name)
    checks = [*i.checks, i.sample_checks]
    frames["checks"] = tables.read_all(checks, "checks", filters=[("verdict", "!=", "PASS")])
    frames["verdicts"] = tables.count(checks, "rule", "verdict")
    told = frames["checks"][frames["checks"]["scope"] == "plate"]
    frames["plates"] = corrections.plates(p.plates, assess.verdicts(told, frames["curves"]), told)
    for name in workbook.TEXTS:
        frames[name] = tables.read_text(i[name], name)
    if "outside" in given:
        frames["outside_analysis"] = tables.read_text(i.outside, "outside_analysis")
    frames["records"] = {name: tables.count(i[name], "panel") for name in ("wells", "delivered")}
    plates = raw_records.first_plates(tables.count([i.records], "plate"), worksheet.MAX_ROWS)
    shown = [("plate", "in", plates)]
    frames["raw_records"] = raw_records.raw_records(
        tables.read(i.records, raw_records.RECORDS, shown),
        *(tables.read_all(i[name], name, list(held), shown) for name, held in raw_records.READ.items()),
        tables.read(i.attempts, raw_records.ATTEMPTS, shown),
    )
    for name in [name for name in workbook.PROBLEMS if name in given]:
        frames[name] = tables.read_tsv(i[name], dtype="str")
    for name in p.statistics:
        frames[name] = columns.read_statistics(name, i[name])
    log.info("%d results, %d attempts", len(frames["results"]), attempts)
    workbooks.save(workbook.build(frames, p.meta, attempts), snakemake.output.workbook)
    if "observations" in given:
        workbooks.save(prism.build(frames["observations"], p.meta), snakemake.output.prism)
