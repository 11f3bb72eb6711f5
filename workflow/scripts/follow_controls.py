from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import assess, bridging, control_charts, lloq_proposals, repeats, shared_samples
from immunoassay.study.vocabulary import criteria_for

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    told = [("scope", "==", "plate"), ("verdict", "!=", "PASS")]
    curves, dropped = (tables.read_all(i[name], name) for name in ("curves", "dropped_standards"))
    verdicts = assess.verdicts(tables.read_all(i.checks, "checks", filters=told), curves)
    judged = verdicts.merge(curves[["plate", "analyte", "amendments"]], on=["plate", "analyte"], how="left")
    units = {row["analyte"]: row["standard_unit"] for row in p.analytes}
    sets = {row["panel"]: row["criteria_set"] for row in p.panels}
    known = [("role", "in", list(lloq_proposals.KINDS))]
    concentrations = tables.read_all(i.concentrations, "concentrations", filters=known)
    followed = control_charts.follow(concentrations, judged, p.plates, p.materials, units)
    levels = lloq_proposals.levels(
        concentrations,
        curves,
        dropped,
        verdicts,
        p.plates,
        lambda panel, analyte: criteria_for(p.criteria, sets[panel], analyte),
    )
    lots = control_charts.summarise(followed, lambda panel, analyte: criteria_for(p.criteria, sets[panel], analyte))
    proposals = lloq_proposals.propose(levels, curves, p.analytes)
    read = dict.fromkeys([*bridging.COLUMNS, *repeats.COLUMNS, *shared_samples.COLUMNS])
    attempts = tables.read_all(i.attempts, "attempts", [*read])
    compared = bridging.compare_lots(attempts)
    for name, found in (("controls", followed), ("lots compared", compared), ("proposals", proposals)):
        log.info("%s %s", name, found["verdict"].value_counts().to_dict())
    tables.write(followed, "controls", o.controls)
    tables.write_text(followed, "controls", o.controls_tsv)
    tables.write_text(lots, "control_lots", o.lots)
    tables.write_text(compared, "bridging", o.bridging)
    tables.write_text(repeats.compare(attempts), "repeats", o.repeats)
    tables.write_text(shared_samples.compare(attempts), "shared_samples", o.shared)
    tables.write_text(levels, "lloq_levels", o.levels)
    tables.write_text(proposals, "lloq_proposals", o.proposals)
