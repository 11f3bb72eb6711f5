"""How long does a person wait? The demonstration through what happens to a study, beside version 0.1.0 in the same run.

`make benchmark-latency` takes the demonstration of 0.1.0 (OLD) and that of the last commit through the same steps on two
cores and writes benchmarks/results/latency.json: a plate comes to the finished rest, nothing is changed, then a label, how
LLOQs of plates are applied, a well set aside, one after the other, each to every figure and page; and all from nothing. From
nothing the outputs that 0.1.0 has by the same name are made first ("demo"), then those that came since ("since").
`PARTS="steps plates tests"` runs these only and keeps the other figures.

Keys: STEP_wall_ratio, STEP_cpu_ratio: this version over 0.1.0; STEP_wall_seconds, STEP_cpu_seconds, and with old_ those of
0.1.0; since_cpu_share: processor seconds of the outputs that came since over those of "demo"; cpu_demo_RULE: processor seconds
of the ten dearest rules, as the jobs' logs say (of this version without imports, which the run's server of forks makes);
noop_seconds_21: of this version's 21 plates; plate_cpu_ratio: reading, calibration and acceptance of 40 simulated plates of
96 wells and 30 analytes, start of Python left out; tests_seconds: `make test`. Seconds per
plate at 2,000 plates are taken from scale.json.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULT, SCALE = (ROOT / f"benchmarks/results/{name}.json" for name in ("latency", "scale"))
OLD = "b0bbfb1ebee159c9d8c0d1789a1d1973dfd289c0"  # version 0.1.0
LIBRARY = {"old": "workflow/scripts", "new": "src"}
KEPT = {"PYTHONDONTWRITEBYTECODE": ""}  # compiled modules are kept, whatever the shell says
PLATE = "CYT-03"  # alone in its batch
PLATES, BATCH_RULES = 40, ("read_batch", "calibrate_batch", "assess_batch")
SIMULATE = "from pathlib import Path; from benchmarks import scale; scale.simulate(Path({0!r}), {1})"
CHANGES = {  # step: (file, what stands there, what stands there then)
    "label": ("config/analytes.tsv", "\tTNFa\tTNF\t", "\tTNFa\tTNF-α\t"),
    "lloq": ("config/config.yaml", "lloq_across_plates: plate", "lloq_across_plates: max"),
    "exclusion": (
        "config/amendments.tsv",
        "A03\t",
        "A04\texclude_well\tCYT-02\tC07\t\t\t\t\t\tsplash seen\tKM\t2024-07-01\nA03\t",
    ),
}


def main(*parts):
    """Measure the parts and write what is known so far after each."""
    figures = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    for part in parts or ("steps", "plates", "tests"):
        with tempfile.TemporaryDirectory() as folder:
            found = {"steps": steps, "plates": plates, "tests": tests}[part](Path(folder))
        if part == "steps":  # other rules may be the dearest now
            figures = {name: value for name, value in figures.items() if "cpu_demo_" not in name}
        figures |= found
        RESULT.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def steps(folder):
    """Seconds of every step of both versions, and their ratios; they take turns, so that both meet the machine as it is."""
    found, made = {"old": {}, "new": {}}, set()
    for _ in zip_longest(*(lived(taken(name, folder), found[name], made) for name in found)):
        pass
    old, new = found.values()
    compared = [name for name in old if name.endswith("_seconds")]
    ratios = {name.replace("_seconds", "_ratio"): round(new[name] / old[name], 3) for name in compared}
    share = round(new["since_cpu_seconds"] / new["demo_cpu_seconds"], 3)
    old = {f"old_{name}": value for name, value in old.items()}
    return new | old | ratios | {"noop_seconds_21": new["noop_wall_seconds"], "since_cpu_share": share}


def lived(study, found, made):
    """Step by step, {STEP_wall_seconds, STEP_cpu_seconds} of one study into `found`.

    What the old version made is added to `made`; of the new one these outputs come first ("demo"), then the others.
    """
    sheet = study / "config/plates.tsv"
    rows = sheet.read_text(encoding="utf-8").splitlines(keepends=True)
    sheet.write_text("".join(row for row in rows if not row.startswith(f"{PLATE}\t")), encoding="utf-8")
    run(study)
    sheet.write_text("".join(rows), encoding="utf-8")
    for step in ("one_plate", "noop"):
        found |= run(study, step)
        yield
    for step, (file, before, after) in CHANGES.items():
        path = study / file
        text = path.read_text(encoding="utf-8")
        if before not in text:
            raise ValueError(f"{file} does not hold {before!r}")
        path.write_text(text.replace(before, after, 1), encoding="utf-8")
        found |= run(study, step)
        yield
    files = {str(path.relative_to(study)) for path in (study / "results").rglob("*") if path.is_file()}
    wanted = sorted(files & made & outputs(study)) if made else []
    made |= files
    for name in ("results", "logs", ".snakemake", "records"):
        shutil.rmtree(study / name, ignore_errors=True)
    found |= run(study, "demo", *wanted)
    found |= {f"cpu_demo_{rule}": seconds for rule, seconds in dearest(study)}
    yield
    if wanted:
        found |= run(study, "since")


def taken(name, folder):
    """The project of a version in a folder of its own."""
    study, archive = folder / name, folder / f"{name}.tar"
    subprocess.run(["git", "-C", ROOT, "archive", "-o", archive, OLD if name == "old" else "HEAD"], check=True)
    with tarfile.open(archive) as packed:
        packed.extractall(study, filter="data")
    return study


def run(study, step="", *targets):
    """{STEP_wall_seconds, STEP_cpu_seconds} of a run of a study by its own Snakefile and library."""
    before, start = spent(), time.perf_counter()
    called(study, "-m", "snakemake", "--cores", "2", *targets)
    wall, cpu = time.perf_counter() - start, spent() - before
    return {f"{step}_wall_seconds": round(wall, 2), f"{step}_cpu_seconds": round(cpu, 2)}


def outputs(study):
    """The files that the rules of a study can make, by its own summary."""
    rows = called(study, "-m", "snakemake", "--cores", "1", "--summary").splitlines()
    return {row.split("\t")[0] for row in rows[1:]}


def called(study, *arguments):
    """What Python prints when it runs in the folder of a study, with the study's own library."""
    library = os.environ | KEPT | {"PYTHONPATH": str(study / LIBRARY[study.name]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *arguments], cwd=study, env=library, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-5000:])
    return done.stdout


def spent():
    """Processor seconds of all that was started here and has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def dearest(study, count=10):
    """(rule, processor seconds of its jobs) of the dearest, as their logs say."""
    found = {}
    for path in sorted((study / "logs").rglob("*.log")):
        said = re.search(r"done: ([0-9.]+) s of processor time", path.read_text(encoding="utf-8"))
        if said:
            rule = path.relative_to(study / "logs").parts[0].removesuffix(".log")
            found[rule] = round(found.get(rule, 0.0) + float(said[1]), 1)
    return sorted(found.items(), key=lambda item: -item[1])[:count]


def plates(folder):
    """Processor seconds of a plate in both versions, and what scale.json says of 2,000 plates."""
    each = {}
    for name in LIBRARY:
        study = taken(name, folder)
        simulated = folder / f"plates-{name}"
        called(study, "-c", SIMULATE.format(str(simulated), PLATES))
        said = called(study, "-P", "benchmarks/floor.py", "Snakefile", str(simulated))
        spent = json.loads(said.splitlines()[-1])["spent"]
        each[name] = sum(spent[rule] for rule in BATCH_RULES) / PLATES
    scale = json.loads(SCALE.read_text(encoding="utf-8"))
    return {
        "plate_cpu_ratio": round(each["new"] / each["old"], 3),
        "plate_cpu_seconds": round(each["new"], 3),
        "old_plate_cpu_seconds": round(each["old"], 3),
        "floor_seconds_per_plate_2000": scale["floor_seconds_per_plate_2000"],
        "cold_seconds_per_plate_2000": round(scale["cold_seconds_2000"] / 2000, 3),
    }


def tests(_):
    """Seconds of the tests."""
    start = time.perf_counter()
    subprocess.run(["make", "-C", ROOT, "test"], check=True, capture_output=True)
    return {"tests_seconds": round(time.perf_counter() - start)}


if __name__ == "__main__":
    main(*sys.argv[1:])
