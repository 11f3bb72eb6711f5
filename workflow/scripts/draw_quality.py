from pathlib import Path

import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import assess, control_charts, lloq_proposals
from immunoassay.figures import drawing, figure_controls, figure_curves, figure_limits

with runtime.job(snakemake) as (log, p):
    i, panel, s = snakemake.input, snakemake.wildcards.panel, p.sheets
    own, known = ("panel", "==", panel), ("role", "in", ["standard", "control"])
    curves = tables.read_all(i.curves, "curves", filters=[own])
    wells = tables.read_all(i.concentrations, "concentrations", filters=[own, known])
    dropped = tables.read_all(i.dropped_standards, "dropped_standards")
    checks = tables.read_all(i.checks, "checks", filters=[("scope", "==", "plate"), ("verdict", "!=", "PASS")])
    verdicts, newest = assess.verdicts(checks, curves), s["newest"]["shown"]
    judged = verdicts.merge(curves[["plate", "analyte", "amendments"]], on=["plate", "analyte"], how="left")
    units = {row["analyte"]: row["standard_unit"] for row in s["analytes"]}
    controls = control_charts.follow([wells], judged, s["plates"], s["materials"], units)
    levels = lloq_proposals.levels(wells, curves, dropped, verdicts, s["plates"], lambda _, name: s["criteria"][name])
    proposals = lloq_proposals.propose(levels, curves, s["analytes"])
    analytes = pd.DataFrame(s["analytes"])
    allowed = {name: rules["controls"]["tolerance_percent"] for name, rules in s["criteria"].items()}
    shown = figure_curves.table(curves, wells, dropped, checks, verdicts, s["criteria"], analytes, panel, newest)
    drawn = {
        figure_curves: (shown, p.look | {"older": s["newest"]["older"]}),
        figure_controls: (figure_controls.table(controls, analytes, panel, allowed), p.look),
        figure_limits: (figure_limits.table(levels, proposals, analytes, panel), p.look),
    }
    for drawer, (table, look) in drawn.items():
        stem = Path(snakemake.output[0]).with_name(f"{drawer.TABLE.name.removeprefix('figure_')}_{panel}")
        drawing.write(drawer, table, stem, look, p.formats)
