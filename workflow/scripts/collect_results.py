from functools import partial

from immunoassay import results, runtime, tables
from immunoassay.acceptance import sample_history
from immunoassay.problems import StudyError
from immunoassay.wells import WHOLE_PLATE

with runtime.job(snakemake) as (log, p):
    i = snakemake.input
    judged = partial(sample_history.judged_attempts, samples=p.samples, panels=p.panels, criteria=p.criteria)
    attempts = tables.Parts(i.attempts, "attempts", change=judged)
    analytes = [{**row, "unit_factor": p.unit_factors[row["analyte"]]} for row in p.analytes]
    wells = tables.read_all(
        i.wells, "wells", ["plate", "well", "analyte", "disposition"], [("well", "==", WHOLE_PLATE)]
    )
    found, problems = results.collect(
        attempts, p.samples, analytes, p.lloq_across_plates, p.amendments, p.bridging, p.partial, results.unread(wells)
    )
    if problems:
        raise StudyError(problems)
    log.info("%d results: %s", len(found), found["status"].value_counts().to_dict())
    tables.write(found, "results", snakemake.output.results)
