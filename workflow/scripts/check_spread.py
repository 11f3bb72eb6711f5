from dataclasses import replace

import pandas as pd
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.clinical import arms_over_plates
from immunoassay.problems import of_frame, to_frame

with runtime.job(snakemake) as (log, p):
    observations, people = tables.read(snakemake.input.observations), pd.DataFrame(p.people)
    spread = {factor: arms_over_plates.arms_over_plates(observations, people, factor) for factor in p.files}
    found = [each for factor, frame in spread.items() for each in arms_over_plates.problems(frame, factor)]
    found = [replace(each, file=p.files[each.column], sheet="") for each in found]
    found += of_frame(pd.DataFrame(p.flags)) if p.flags else []
    for problem in found:
        log.info("%s %s", problem.level, problem.message)
    tables.write_tsv(to_frame(found), snakemake.output.problems)
