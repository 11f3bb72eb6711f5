import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.serology import serology
from immunoassay.words import diagnostic_words, serology_words
from immunoassay.words.table_words import with_words

WORDS = {"serology": serology_words.texts, "titre_curves": diagnostic_words.points}
with runtime.job(snakemake) as (log, p):
    observations = tables.read(snakemake.input.observations)
    found = serology(observations, pd.DataFrame(p.people), p.settings, p.analytes, p.thresholds)
    for name, table in found._asdict().items():
        log.info("%s: %d rows", name, len(table))
        tables.write_tsv(with_words(table, name, WORDS[name], p.settings), snakemake.output[name])
