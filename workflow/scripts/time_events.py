import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.time_to_event import time_to_event
from immunoassay.words import event_words
from immunoassay.words.table_words import with_words

WORDS = {"time_to_event": event_words.events, "event_hazards": event_words.hazards}
with runtime.job(snakemake) as (log, p):
    observations = tables.read(snakemake.input.observations)
    sheets = {name: pd.DataFrame(each["rows"], columns=each["columns"]) for name, each in p.sheets.items()}
    found = time_to_event(observations, pd.DataFrame(p.people), p.settings, **sheets)
    for name, table in found._asdict().items():
        log.info("%s: %d rows", name, len(table))
        table = with_words(table, name, WORDS.get(name, event_words.times), p.settings)
        tables.write_tsv(table, snakemake.output[name])
