from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.problems import to_frame
from immunoassay.results import approvals, completeness
from immunoassay.study import amendments, sheet_places

with runtime.job(snakemake) as (log, p):
    i, o = snakemake.input, snakemake.output
    attempts = (tables.read(path, list(approvals.SIGNED)) for path in i.attempts)
    approved = approvals.approvals(zip(p.batches, attempts, strict=True), p.amendments, p.approvals)
    log.info("%s", approved["state"].value_counts().to_dict())
    lacking, problems = completeness.completeness(
        tables.read(i.results), p.samples, p.panels, p.analytes, p.plates, p.places["samples"]
    )
    problems += amendments.listed(tables.read_text(i.amendments, "amendments"))
    problems += approvals.listed(approved)
    problems = sheet_places.placed(problems, p.places)
    for problem in problems:
        log.info("%s %s", problem.level, problem.message)
    tables.write_text(approved, "approvals", o.approvals)
    tables.write_text(lacking, "completeness", o.completeness)
    tables.write_tsv(to_frame(problems), o.problems)
