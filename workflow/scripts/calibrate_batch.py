from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.calibration.batch_curves import calibrate_batch

with runtime.job(snakemake) as (log, p):
    wells = tables.read(snakemake.input.wells)
    curves, concentrations, dropped = calibrate_batch(wells, p.analytes, p.plates, p.criteria)
    log.info("%d curves: %s", len(curves), curves["status"].value_counts().to_dict())
    tables.write(curves, "curves", snakemake.output.curves)
    log.info("%d standard levels dropped", int(dropped["dropped"].sum()))
    tables.write(concentrations, "concentrations", snakemake.output.concentrations)
    tables.write(dropped, "dropped_standards", snakemake.output.dropped_standards)
