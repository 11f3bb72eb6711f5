import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.arm_courses import arm_longitudinal
from immunoassay.statistics.level_changes import level_changes
from immunoassay.words import arm_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    o, given = snakemake.output, (tables.read(snakemake.input.observations), pd.DataFrame(p.people), p.settings)
    found = arm_longitudinal(*given)
    log.info("%d rows, %d with a model", len(found), int(found["estimate"].notna().sum()))
    tables.write_tsv(with_words(found, "arm_courses", arm_words.texts, p.settings), o.courses)
    tables.write_tsv(with_words(level_changes(*given), "level_changes", arm_words.level_texts, p.settings), o.changes)
