from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.deliver import columns
from immunoassay.statistics.planned_questions import planned_questions
from immunoassay.words import plan_words
from immunoassay.words.table_words import with_words

with runtime.job(snakemake) as (log, p):
    frames = {name: columns.read_statistics(name, path) for name, path in snakemake.input.items()}
    found = planned_questions(frames, p.questions, p.blinded, p.settings)
    log.info("%d planned, %d of them ran", int(found["item"].notna().sum()), int(found["ran"].fillna(False).sum()))
    found = with_words(found, "analysis_plan", plan_words.texts, p.settings)
    tables.write_tsv(found, snakemake.output.plan)
