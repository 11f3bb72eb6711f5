from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.calibration.batch_curves import calibrate_batch

with runtime.job(snakemake) as (log, p):
    wells = tables.read(snakemake.input.wells)
    curves, concentrations = calibrate_batch(wells, p.analytes, p.plates, p.criteria)
    log.info("%d curves: %s", len(curves), curves["status"].value_counts().to_dict())
    tables.write(curves, "curves", snakemake.output.curves)
    tables.write(concentrations, "concentrations", snakemake.output.concentrations)
