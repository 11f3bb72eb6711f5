from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.biomarker_changes import biomarker_changes
from immunoassay.statistics.score_changes import score_changes

with runtime.job(snakemake) as (log, p):
    o, settings = snakemake.output, p.settings
    observations = tables.read(snakemake.input.observations)
    changes = biomarker_changes(observations, settings)
    log.info("tiers %s", changes["tier"].value_counts().to_dict())
    tables.write_tsv(changes, o.biomarkers)
    tables.write_tsv(score_changes(observations, settings), o.scores)
