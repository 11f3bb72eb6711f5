from immunoassay import runtime, tables
from immunoassay.clinical.join import observations
from immunoassay.problems import to_frame

with runtime.job(snakemake) as log:
    found, problems = observations(tables.read(snakemake.input.results), snakemake.params.study)
    log.info("%d observations of %d variables", len(found), found["variable"].nunique())
    tables.write(found, "observations", snakemake.output.observations)
    tables.write_tsv(tables.conform(found, "observations"), snakemake.output.observations_tsv)
    tables.write_tsv(to_frame(problems), snakemake.output.problems)
