"""How cost grows with plates: simulated studies (30 analytes, 36 samples in duplicate, xPONENT) through the real Snakefile.

`make benchmark-scale` runs 10, 100, 500 and 2,000 plates in batches of 20 on two cores, then 2,000 and 10,000 to results,
ledger and controls alone, and writes benchmarks/results/scale.json; `SIZES="10 100 results-200"` runs these only and keeps
the other figures. 100 people and 600 samples are the same at every size: plates beyond the seventeenth measure them again.
10,000 plates need 15 GB of disk.

Keys per size N: cold_seconds_N (run from nothing), floor_seconds_N and cold_ratio_N (the same scripts in a pool of two
processes that import once), noop_seconds_N, increment_seconds_N (a batch of 4 plates more, up to results and ledger),
increment_whole_seconds_N (to everything), increment_jobs_N, peak_job_mib_N and peak_job_rule_N (from the jobs' logs).
noop_ratio_N is against 10 plates (one batch), increment_ratio_N_to_100 against 100 plates. cpu_N_RULE: processor seconds of
the ten dearest rules in the cold run, without what the run's server of forks imports for them; floor_cpu_N_RULE: in the pool.
values_per_second_workflow and values_per_second_lmfit: wells x analytes read, fitted and computed per second on the first 20
plates (peer.py). results_seconds_N and results_cpu_per_plate_N: the run to results, ledger and controls, and the processor
seconds of its jobs; results_cpu_ratio_N: per plate, against 2,000 plates; results_mib_N_RULE: peak memory of the rules that read
all plates. submissions_200: jobs handed to a real Slurm for 200 plates, where its programs are installed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks/results/scale.json"
SIZES = (10, 100, 500, 2000)
BATCH, MORE = 20, 4
UP_TO = ("results/study/results.parquet", "results/study/ledger.parquet")
GROWING = "results-"  # before a size: to these tables alone
OF_BATCHES = {"read_batch", "calibrate_batch", "assess_batch"}
SLURM = ("--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "3")
LIBRARY = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": ""}  # compiled modules are kept


def main(*parts):
    """Measure every part (a number of plates, results-N, "peer" or "slurm") and write what is known so far after each."""
    figures = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    with tempfile.TemporaryDirectory() as folder:
        for part in parts or ("peer", *SIZES, f"{GROWING}2000", f"{GROWING}10000", "slurm"):
            study, sized = Path(folder) / f"study-{part}", to_results if str(part).startswith(GROWING) else measured
            found = {"peer": peer, "slurm": submissions}.get(part, sized)(study, part)
            rules = (f"cpu_{part}_", f"floor_cpu_{part}_")  # others may be the dearest now
            figures = {name: value for name, value in figures.items() if not name.startswith(rules)} | found
            figures |= compared(figures)
            RESULT.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def measured(study, size):
    """The figures of one size; the study folder is removed afterwards."""
    size = int(size)
    simulate(study, size)
    found = floor(study, size) | {f"cold_seconds_{size}": timed(study)[0]}
    found[f"cold_ratio_{size}"] = found[f"cold_seconds_{size}"] / found[f"floor_seconds_{size}"]
    found[f"floor_seconds_per_plate_{size}"] = found[f"floor_seconds_{size}"] / size
    found |= logged(study, size)
    found[f"noop_seconds_{size}"], text = timed(study)
    if "Nothing to be done" not in text:
        raise RuntimeError(f"the second run of {size} plates had something to do")
    simulate(study, size + MORE, first=size)
    found[f"increment_seconds_{size}"], text = timed(study, *UP_TO)
    found[f"increment_jobs_{size}"] = len(re.findall(r"^Job \d+: ", text, re.M))
    found[f"increment_whole_seconds_{size}"] = found[f"increment_seconds_{size}"] + timed(study)[0]
    shutil.rmtree(study)
    print({key: round(value, 2) if isinstance(value, float) else value for key, value in found.items()}, flush=True)
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in found.items()}


def to_results(study, part):
    """The figures of one size up to results, ledger and controls; the study folder is removed afterwards."""
    size = int(part.removeprefix(GROWING))
    simulate(study, size)
    seconds = timed(study, *UP_TO, "results/study/controls.parquet")[0]
    used, spent = told(study)
    shutil.rmtree(study)
    found = {f"results_seconds_{size}": seconds, f"results_cpu_per_plate_{size}": sum(spent.values()) / size}
    found |= {f"results_mib_{size}_{rule}": used[rule] for rule in sorted(set(used) - OF_BATCHES)}
    print(found, flush=True)
    return {key: round(value, 3) for key, value in found.items()}


def compared(figures):
    """Ratios between sizes, and the figures of the largest under their short names."""
    found = {}
    for key, value in figures.items():
        kind, _, size = key.rpartition("_")
        if kind == "increment_seconds" and "increment_seconds_100" in figures:
            found[f"increment_ratio_{size}_to_100"] = round(value / figures["increment_seconds_100"], 3)
        if kind == "noop_seconds" and "noop_seconds_10" in figures:
            found[f"noop_ratio_{size}"] = round(value / figures["noop_seconds_10"], 3)
        if kind == "results_cpu_per_plate" and "results_cpu_per_plate_2000" in figures:
            found[f"results_cpu_ratio_{size}"] = round(value / figures["results_cpu_per_plate_2000"], 3)
    sizes = [int(key.rpartition("_")[2]) for key in figures if key.startswith("floor_seconds_per_plate_")]
    if sizes:
        found["floor_seconds_per_plate"] = figures[f"floor_seconds_per_plate_{max(sizes)}"]
    return found


def simulate(study, plates, first=0):
    command = ["-P", ROOT / "benchmarks/growing_study.py", "--out", study, "--plates", plates, "--first", first]
    command += ["--batch-size", BATCH]
    subprocess.run([sys.executable, *map(str, command)], env=LIBRARY, check=True)


def timed(study, *arguments, more=None):
    """(seconds, text) of a run of the Snakefile on two cores; `more` environment."""
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "--directory", study, "--cores", "2"]
    command += ["--workflow-profile", ROOT / "profiles/default", *arguments]
    start = time.perf_counter()
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=LIBRARY | (more or {}))
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-5000:])
    return seconds, done.stdout + done.stderr


def floor(study, size):
    """Seconds of the same jobs without a scheduler, in all and by rule; what they made is removed."""
    command = [sys.executable, "-P", ROOT / "benchmarks/floor.py", ROOT / "Snakefile", study]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=LIBRARY)
    if done.returncode:
        raise RuntimeError(done.stderr[-5000:])
    for name in ("results", "logs", ".snakemake", "records"):
        shutil.rmtree(study / name, ignore_errors=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return {f"floor_seconds_{size}": found["seconds"], **dearest(f"floor_cpu_{size}", found["spent"])}


def told(study):
    """({rule: MiB of its largest job}, {rule: processor seconds of its jobs}), as the jobs' logs say."""
    used, spent = {}, {}
    for path in sorted((study / "logs").rglob("*.log")):
        said = re.search(
            r"done: ([0-9.]+) s of processor time, peak memory (\d+) MiB", path.read_text(encoding="utf-8")
        )
        if said:
            rule = path.relative_to(study / "logs").parts[0].removesuffix(".log")
            used[rule], spent[rule] = max(used.get(rule, 0), int(said[2])), spent.get(rule, 0.0) + float(said[1])
    return used, spent


def logged(study, size):
    """The largest memory of any job, and where the time went."""
    used, spent = told(study)
    rule = max(used, key=used.get)
    return {f"peak_job_mib_{size}": used[rule], f"peak_job_rule_{size}": rule, **dearest(f"cpu_{size}", spent)}


def dearest(name, spent, count=10):
    """The `count` largest of {rule: seconds} as flat keys."""
    return {f"{name}_{rule}": spent[rule] for rule in sorted(spent, key=spent.get, reverse=True)[:count]}


def peer(study, _):
    """Values per second of ours and of lmfit on one batch."""
    simulate(study, BATCH)
    command = [sys.executable, "-P", ROOT / "benchmarks/peer.py", study, BATCH]
    peers = LIBRARY | {"PYTHONPATH": str(ROOT / ".venv/peers")}
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=peers)
    if done.returncode:
        raise RuntimeError(done.stderr[-5000:])
    found = json.loads(done.stdout.splitlines()[-1])
    return {f"values_per_second_{name}": round(found[name]) for name in ("workflow", "lmfit")}


def submissions(study, _):
    """Jobs handed to a private Slurm for 200 plates."""
    sys.path.insert(0, str(ROOT))
    from tests.cluster.slurm import Slurm, missing

    if missing():
        print(f"submissions_200 not counted: {', '.join(missing())} not installed")
        return {}
    simulate(study, 200)
    cluster = Slurm(study.parent / "slurm")
    try:
        cluster.start()
        text = timed(study, "--profile", ROOT / "profiles/slurm", *SLURM, more=cluster.environment)[1]
    finally:
        cluster.stop()
    return {"submissions_200": len(re.findall("has been submitted with SLURM jobid", text))}


if __name__ == "__main__":
    main(*sys.argv[1:])
