from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import assess, lloq_proposals
from immunoassay.study.vocabulary import criteria_for

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    told = [("scope", "==", "plate"), ("verdict", "!=", "PASS")]
    checks = tables.read_all(i.checks, "checks", filters=told)
    curves, dropped = (tables.read_all(i[name], name) for name in ("curves", "dropped_standards"))
    known = [("role", "in", list(lloq_proposals.KINDS))]
    concentrations = tables.read_all(i.concentrations, "concentrations", filters=known)
    sets = {row["panel"]: row["criteria_set"] for row in p.panels}
    levels = lloq_proposals.levels(
        concentrations, curves, dropped, assess.verdicts(checks, curves), p.plates,
        lambda panel, analyte: criteria_for(p.criteria, sets[panel], analyte),
    )  # fmt: skip
    proposals = lloq_proposals.propose(levels, curves, p.analytes)
    log.info("proposals %s", proposals["verdict"].value_counts().to_dict())
    tables.write_text(levels, "lloq_levels", o.levels)
    tables.write_text(proposals, "lloq_proposals", o.proposals)
