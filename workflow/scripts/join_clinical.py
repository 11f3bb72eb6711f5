from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.clinical.join import observations, outside_analysis
from immunoassay.problems import to_frame

with runtime.job(snakemake) as (log, p):
    results, study = tables.read(snakemake.input.results), p.study
    found, problems = observations(results, study, tables.read_any(snakemake.input.bridging))
    outside = outside_analysis(results, found, study)
    log.info("%d observations of %d variables", len(found), found["variable"].nunique())
    log.info("measured results outside the analysis: %s", outside["reason"].value_counts().to_dict())
    for problem in problems:
        log.info("%s %s", problem.level, problem.message)
    tables.write(found, "observations", snakemake.output.observations)
    tables.write_tsv(tables.conform(found, "observations"), snakemake.output.observations_tsv)
    tables.write_tsv(tables.conform(outside, "outside_analysis"), snakemake.output.outside)
    tables.write_tsv(to_frame(problems), snakemake.output.problems)
