"""What a cross-section of patients and controls costs: groups and associations of 259 people, 22 analytes, three scores.

`make benchmark-cross-section` writes benchmarks/results/cross_section.json: seconds_run (of the processor: the whole
workflow on the simulated study of simulate/cross_section.py, figures and report included), seconds_groups_and_associations
(of it, the two tables of statistics alone; aim: at most 60), and the size of the study.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from immunoassay.simulate import cross_section
from immunoassay.statistics.associations import associations
from immunoassay.statistics.group_comparisons import group_comparisons
from immunoassay.study import rule_rows
from immunoassay.study.load import study_in

RESULT = Path(__file__).parent / "results/cross_section.json"


def main():
    """Run the study and its two tables of statistics, write the figures."""
    with tempfile.TemporaryDirectory() as folder:
        study = cross_section.write(Path(folder) / "study")
        figures = {"participants": len(cross_section.PEOPLE), "analytes": len(cross_section.ANALYTES)}
        figures |= {"scores": len(cross_section.SCORES), "seconds_run": round(run(study), 1)}
        figures |= {"seconds_groups_and_associations": round(statistics(study), 1)}
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def run(study):
    """Seconds of the processor of a run of the study in a folder."""
    before = _of_children()
    command = [sys.executable, "-c", "from immunoassay.command.app import main; main()", "run", study, "--cores", "1"]
    subprocess.run([*map(str, command)], check=True)
    return _of_children() - before


def statistics(folder):
    """Seconds of the processor of groups and associations of a study that was run."""
    study = study_in(folder)
    frame, people = (
        pd.read_parquet(folder / "results/study/observations.parquet"),
        pd.DataFrame(rule_rows.people(study)),
    )
    began = time.process_time()
    group_comparisons(frame, people, rule_rows.comparing(study))
    associations(frame, rule_rows.statistics(study))
    return time.process_time() - began


def _of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
