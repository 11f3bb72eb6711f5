from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import assess, bridging, control_charts, repeats, shared_samples
from immunoassay.study.vocabulary import criteria_for

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    read = list(dict.fromkeys([*bridging.COLUMNS, *repeats.COLUMNS, *shared_samples.COLUMNS]))
    texts = [name for name in read if name not in ("value", "cv_percent")]
    attempts = tables.read_all(i.attempts, "attempts", read, coded=texts)
    compared = bridging.compare_lots(attempts)
    tables.write_text(compared, "bridging", o.bridging)
    tables.write_text(repeats.compare(attempts), "repeats", o.repeats)
    tables.write_text(shared_samples.compare(attempts), "shared_samples", o.shared)
    del attempts  # the controls need their memory
    checks = tables.read_all(i.checks, "checks", assess.JUDGING, [("scope", "==", "plate"), ("verdict", "!=", "PASS")])
    curves = tables.read_all(i.curves, "curves", ["plate", "analyte", "amendments"])
    verdicts = assess.verdicts(checks, curves).merge(curves, on=["plate", "analyte"], how="left")
    units = {row["analyte"]: row["standard_unit"] for row in p.analytes}
    sets = {row["panel"]: row["criteria_set"] for row in p.panels}
    concentrations = tables.Parts(i.concentrations, "concentrations", control_charts.COLUMNS)
    followed = control_charts.follow(concentrations, verdicts, p.plates, p.materials, units)
    lots = control_charts.summarise(followed, lambda panel, analyte: criteria_for(p.criteria, sets[panel], analyte))
    log.info("controls %s", followed["verdict"].value_counts().to_dict())
    log.info("lots compared %s", compared["verdict"].value_counts().to_dict())
    tables.write(followed, "controls", o.controls)
    tables.write_text(followed, "controls", o.controls_tsv)
    tables.write_text(lots, "control_lots", o.lots)
