import json
from pathlib import Path

import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import assess
from immunoassay.deliver import columns, page_charts, page_data, page_facts, page_privacy, page_tables, report_page
from immunoassay.words import corrections, page_words

with runtime.job(snakemake) as (log, p):
    i, given = snakemake.input, set(snakemake.input.keys())
    frames = {name: tables.read_all(i[name], name) for name in page_tables.OF_BATCHES}
    frames["checks"] = tables.read_all([*i.checks, i.sample_checks], "checks", filters=page_tables.CHECKS)
    frames |= {name: tables.read(i[name]) for name in page_tables.OF_STUDY if name in given}
    frames |= {name: tables.read_text(i[name], name) for name in page_tables.AS_TEXT if name in given}
    frames["problems"] = pd.concat([tables.read_text(i[name], "problems") for name in p.problems])
    frames |= {name: columns.read_statistics(page_tables.SAME.get(name, name), i[name]) for name in p.statistics}
    told = frames["checks"][frames["checks"]["scope"] == "plate"]
    verdicts = assess.verdicts(told.assign(rule=told["rule"].map(page_words.rule)), frames["curves"])
    shown = page_tables.study(
        frames, corrections.plates(p.plates, verdicts, told), verdicts, p.sheets["panels"], p.criteria
    )
    mask = page_privacy.of_study(p.sheets, p.cleared, frames, p.config["report_participants"], page_words.MASK)
    provenance = json.loads(Path(i.run).read_text(encoding="utf-8"))
    methods = Path(i.methods).read_text(encoding="utf-8")
    facts = mask.document(page_facts.facts(p.config, p.sheets, p.criteria, methods, provenance, shown))
    shown = {name: mask.frame(frame) for name, frame in shown.items()}
    script = page_charts.bundle()
    told = (page_tables.EXACT, page_tables.COARSE, page_tables.JOINS, page_tables.FORMULAS)
    block = page_data.block(facts, shown, page_charts.given(), {"vega": script}, *told)
    page = report_page.html(facts["title"], block, page_words.FRAME, [report_page.sha256(script)])
    log.info("%d tables, %d characters", len(shown), len(page))
    Path(snakemake.output.page).write_text(page, encoding="utf-8")
