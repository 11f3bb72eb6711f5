"""The floor: every job of a study in a pool of two processes that import once; no scheduler, no start of Python.

    python floor.py SNAKEFILE STUDY

runs the same scripts with the same inputs and params as Snakemake would; prints the seconds and the processor seconds
spent in each rule as JSON.
"""

import json
import os
import runpy
import sys
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from pathlib import Path

WORKERS = 2


def main(snakefile, study):
    """Run all jobs of the study; outputs are overwritten."""
    snakefile = Path(snakefile).resolve()
    os.chdir(study)
    jobs, follows = plan(snakefile)
    before = {name: set(others) for name, others in follows.items()}
    with ProcessPoolExecutor(WORKERS, initializer=warm) as pool:
        list(pool.map(time.sleep, [0.2] * WORKERS))  # both are up
        start, spent, running = time.perf_counter(), {}, {}
        waiting = dict(jobs)
        while waiting or running:
            for name in [name for name in waiting if not before[name] & (set(waiting) | set(running.values()))]:
                running[pool.submit(run, waiting.pop(name))] = name
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                rule, seconds = future.result()
                spent[rule] = spent.get(rule, 0.0) + seconds
                del running[future]
        print(json.dumps({"seconds": time.perf_counter() - start, "spent": spent}))


def plan(snakefile):
    """({name: what a script needs}, {name: names it waits for}) of all jobs with a script."""
    from snakemake.api import SnakemakeApi
    from snakemake.settings.types import DAGSettings, OutputSettings, Quietness, ResourceSettings

    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(ResourceSettings(cores=WORKERS), snakefile=snakefile)
        workflow.dag(DAGSettings(forceall=True))
        inner = workflow._workflow
        inner._prepare_dag(forceall=True, ignore_incomplete=True, lock_warn_only=True)
        inner._build_dag()
        jobs = {str(job.jobid): described(job, snakefile) for job in inner.dag.jobs if job.is_script}
        follows = {
            str(job.jobid): {str(other.jobid) for other in inner.dag.dependencies[job]}
            for job in inner.dag.jobs
            if job.is_script
        }
        return jobs, follows


def described(job, snakefile):
    from snakemake.iocontainers import Snakemake

    for path in (*job.output, *job.log):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    script = snakefile.parent / "workflow/scripts" / Path(job.rule.script).name
    shown = Snakemake(
        job.input, job.output, job.params, job.wildcards, job.threads, job.resources, job.log, {}, job.rule.name, None
    )
    return str(script), shown


def warm():
    """Import what the scripts import, once."""
    for name in ("pandas", "pyarrow.parquet", "scipy.stats", "sklearn.decomposition", "seaborn", "openpyxl"):
        __import__(name)


def run(job):
    """Run one script here; (rule, processor seconds)."""
    script, snakemake = job
    start = time.process_time()
    runpy.run_path(script, init_globals={"snakemake": snakemake})
    return snakemake.rule, time.process_time() - start


if __name__ == "__main__":
    main(*sys.argv[1:])
