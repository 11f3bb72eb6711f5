from pathlib import Path

from immunoassay.jobs import handover, runtime
from immunoassay import tables
from immunoassay.acceptance import assess
from immunoassay.deliver import page_charts, page_facts, page_file, page_privacy, page_tables, report_page
from immunoassay.words import corrections, page_words

with runtime.job(snakemake) as (log, p):
    i, batch = snakemake.input, snakemake.wildcards.batch
    frames = {name: tables.read(i[name]) for name in (*page_tables.OF_BATCHES, "attempts")}
    frames["checks"] = tables.read_all([i.checks], "checks", filters=page_tables.CHECKS)
    told = frames["checks"][frames["checks"]["scope"] == "plate"]
    verdicts = assess.verdicts(told, frames["curves"])
    shown = page_tables.of_batch(frames, corrections.plates(p.plates, verdicts, told), verdicts)
    hidden, cleared = p.people["sheets"], p.people["cleared"]
    mask = page_privacy.of_study(hidden, cleared, frames, p.config["report_participants"], page_words.MASK)
    facts = page_facts.of_batch(p.config, {"panels": p.panels, "analytes": p.analytes}, p.criteria, shown, batch)
    page = page_file.text(facts, shown, mask, page_charts.bundle(handover.HIDDEN), report_page.OF_BATCH)
    log.info("%d tables, %d characters", len(shown), len(page))
    Path(snakemake.output.page).write_text(page, encoding="utf-8")
