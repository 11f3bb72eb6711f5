from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.statistics.diagnostics import diagnostics
from immunoassay.words import diagnostic_words
from immunoassay.words.table_words import with_words

WORDS = {"roc": diagnostic_words.texts, "roc_points": diagnostic_words.points}
with runtime.job(snakemake) as (log, p):
    found = diagnostics(tables.read(snakemake.input.observations), p.settings)
    for name, table in found._asdict().items():
        log.info("%s: %d rows", name, len(table))
        tables.write_tsv(with_words(table, name, WORDS[name], p.settings), snakemake.output[name])
