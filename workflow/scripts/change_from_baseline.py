from functools import partial

from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.biomarker_changes import biomarker_changes
from immunoassay.statistics.groups import within_groups
from immunoassay.statistics.score_changes import score_changes
from immunoassay.words import change_words, score_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    o, settings = snakemake.output, p.settings
    observations = tables.read(snakemake.input.observations)
    bridging = tables.read_any(snakemake.input.bridging)
    changes = within_groups(observations, settings, partial(biomarker_changes, bridging=bridging))
    log.info("tiers %s", changes["tier"].value_counts().to_dict())
    tables.write_tsv(with_words(changes, "biomarker_changes", change_words.texts, settings), o.biomarkers)
    scores = within_groups(observations, settings, score_changes)
    tables.write_tsv(with_words(scores, "score_changes", score_words.texts, settings), o.scores)
