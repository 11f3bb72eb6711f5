from functools import partial
from tempfile import TemporaryDirectory

from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import sample_history
from immunoassay.problems import StudyError
from immunoassay.readers.wells import WHOLE_PLATE
from immunoassay.results import collection
from immunoassay.study import sheet_places
from immunoassay.tables.row_groups import RowGroups

with runtime.job(snakemake) as (log, p), TemporaryDirectory() as scratch:
    i, o, judged = snakemake.input, snakemake.output, f"{scratch}/attempts.parquet"
    judge = partial(sample_history.judge, samples=p.samples, panels=p.panels, criteria=p.criteria)
    with tables.writer("attempts", judged) as keep, tables.writer("checks", o.checks) as check:
        for attempts, checks in tables.Parts(i.attempts, "attempts", change=judge):
            keep(attempts)
            check(checks)
    analytes = [{**row, "unit_factor": p.unit_factors[row["analyte"]]} for row in p.analytes]
    whole = [("well", "==", WHOLE_PLATE)]
    wells = tables.read_all(i.wells, "wells", ["plate", "well", "analyte", "disposition"], whole)
    given = (p.samples, analytes, p.lloq_across_plates, p.amendments, p.bridging, p.partial, collection.unread(wells))
    found, problems = collection.collect(RowGroups(judged, "attempts"), *given)
    if problems:
        raise StudyError(sheet_places.placed(problems, p.places))
    log.info("%d results: %s", len(found), found["status"].value_counts().to_dict())
    found = tables.conform(found, "results")
    tables.write(found, "results", o.results)
    with tables.writer("study_attempts", o.attempts) as keep:
        samples = collection.known_samples(p.samples, found)
        for attempts in RowGroups(judged, "attempts"):
            keep(collection.mark_selected(attempts, found, samples, p.bridging["pools"], p.amendments))
    del found  # the copies need its memory
    tables.copy_as_tsv(o.results, o.results_tsv)
    tables.copy_as_tsv(o.attempts, o.attempts_tsv)
