from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import assess, bridging, control_charts, lloq_proposals, repeats, shared_samples
from immunoassay.study.vocabulary import criteria_for

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    read = list(dict.fromkeys([*bridging.COLUMNS, *repeats.COLUMNS, *shared_samples.COLUMNS]))
    texts = [name for name in read if name not in ("value", "cv_percent")]
    attempts = tables.read_all(i.attempts, "attempts", read, coded=texts)
    found = {"bridging": bridging.compare_lots(attempts), "repeats": repeats.compare(attempts)}
    found["shared_samples"] = shared_samples.compare(attempts)
    del attempts  # the controls need their memory
    checks = tables.read_all(i.checks, "checks", assess.JUDGING, [("scope", "==", "plate"), ("verdict", "!=", "PASS")])
    curves, dropped = (tables.read_all(i[name], name) for name in ("curves", "dropped_standards"))
    verdicts = assess.verdicts(checks, curves)
    judged = verdicts.merge(curves[["plate", "analyte", "amendments"]], on=["plate", "analyte"], how="left")
    units = {row["analyte"]: row["standard_unit"] for row in p.analytes}
    sets = {row["panel"]: row["criteria_set"] for row in p.panels}
    concentrations = tables.Parts(i.concentrations, "concentrations", control_charts.COLUMNS)
    followed = control_charts.follow(concentrations, judged, p.plates, p.materials, units)
    known = tables.read_all(i.concentrations, "concentrations", filters=[("role", "in", list(lloq_proposals.KINDS))])
    levels = lloq_proposals.levels(
        known, curves, dropped, verdicts, p.plates,
        lambda panel, analyte: criteria_for(p.criteria, sets[panel], analyte),
    )  # fmt: skip
    lots = control_charts.summarise(followed, lambda panel, analyte: criteria_for(p.criteria, sets[panel], analyte))
    found |= {"controls": followed, "control_lots": lots, "lloq_levels": levels}
    found["lloq_proposals"] = lloq_proposals.propose(levels, curves, p.analytes)
    tables.write(followed, "controls", o.controls_parquet)
    for table, rows in found.items():
        log.info("%s: %s rows", table, len(rows))
        tables.write_text(rows, table, o[table])
