import json
from pathlib import Path

import pandas as pd
from immunoassay.jobs import handover, runtime
from immunoassay import tables
from immunoassay.acceptance import assess
from immunoassay.deliver import columns, page_batches, page_charts, page_facts, page_file, page_privacy, page_tables
from immunoassay.words import corrections, page_words

with runtime.job(snakemake) as (log, p):
    i, given = snakemake.input, set(snakemake.input.keys())
    of_batches = {
        name: [path for path in i[name] if Path(path).parent.name not in p.apart] for name in page_tables.OF_BATCHES
    }
    frames = {name: tables.read_all(paths, name) for name, paths in of_batches.items()}
    frames["curves"] = tables.read_all(i.curves, "curves")
    frames["checks"] = tables.read_all([*i.checks, i.sample_checks], "checks", filters=page_tables.CHECKS)
    frames |= {name: tables.read(i[name]) for name in page_tables.OF_STUDY if name in given}
    frames |= {name: tables.read_text(i[name], name) for name in page_tables.AS_TEXT if name in given}
    frames["problems"] = pd.concat([tables.read_text(i[name], "problems") for name in p.problems])
    frames |= {name: columns.read_statistics(page_tables.SAME.get(name, name), i[name]) for name in p.statistics}
    told = frames["checks"][frames["checks"]["scope"] == "plate"]
    verdicts = assess.verdicts(told, frames["curves"])
    plates = corrections.plates(p.plates, verdicts, told)
    held = page_batches.held(frames, p.newest, p.recent) if p.apart else frames
    shown = page_tables.study(frames, plates, verdicts, p.sheets["panels"], p.criteria, held)
    names = page_privacy.names({name: i[name] for name in ("wells", "delivered")})
    mask = page_privacy.of_study(p.sheets, p.cleared, names, p.config["report_participants"], page_words.MASK)
    provenance = json.loads(Path(i.run).read_text(encoding="utf-8"))
    methods = Path(i.methods).read_text(encoding="utf-8")
    facts = page_facts.facts(p.config, p.sheets, p.criteria, methods, provenance, shown, p.apart)
    page = page_file.text(facts, shown, mask, page_charts.bundle(handover.HIDDEN))
    log.info("%d tables, %d characters", len(shown), len(page))
    Path(snakemake.output.page).write_text(page, encoding="utf-8")
