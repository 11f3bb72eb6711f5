import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.arm_courses import arm_longitudinal
from immunoassay.words import arm_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    found = arm_longitudinal(tables.read(snakemake.input.observations), pd.DataFrame(p.people), p.settings)
    log.info("%d rows, %d with a model", len(found), int(found["estimate"].notna().sum()))
    tables.write_tsv(with_words(found, "arm_courses", arm_words.texts, p.settings), snakemake.output.courses)
