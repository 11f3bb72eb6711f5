import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.responders import responders
from immunoassay.words import response_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    found = responders(tables.read(snakemake.input.observations), pd.DataFrame(p.people), p.settings)
    log.info("%d rows of responders", len(found))
    tables.write_tsv(with_words(found, "responders", response_words.texts, p.settings), snakemake.output.responders)
