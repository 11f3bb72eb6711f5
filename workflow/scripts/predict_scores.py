from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.groups import within_groups
from immunoassay.statistics.prediction import prediction
from immunoassay.words import prediction_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    found = within_groups(tables.read(snakemake.input.observations), p.settings, prediction)
    log.info("%d scores, %d with a model", len(found), int(found["q2"].notna().sum()))
    found = with_words(found, "prediction", prediction_words.texts, p.settings)
    tables.write_tsv(found, snakemake.output.prediction)
