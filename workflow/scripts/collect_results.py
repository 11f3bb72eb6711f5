from functools import partial

from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import sample_history
from immunoassay.problems import StudyError
from immunoassay.readers.wells import WHOLE_PLATE
from immunoassay.results import collection

with runtime.job(snakemake) as (log, p):
    i = snakemake.input
    judged = partial(sample_history.judged_attempts, samples=p.samples, panels=p.panels, criteria=p.criteria)
    attempts = tables.Parts(i.attempts, "attempts", change=judged)
    analytes = [{**row, "unit_factor": p.unit_factors[row["analyte"]]} for row in p.analytes]
    wells = tables.read_all(
        i.wells, "wells", ["plate", "well", "analyte", "disposition"], [("well", "==", WHOLE_PLATE)]
    )
    found, problems = collection.collect(
        attempts,
        p.samples,
        analytes,
        p.lloq_across_plates,
        p.amendments,
        p.bridging,
        p.partial,
        collection.unread(wells),
    )
    if problems:
        raise StudyError(problems)
    log.info("%d results: %s", len(found), found["status"].value_counts().to_dict())
    tables.write(found, "results", snakemake.output.results)
