"""Kill a run with SIGKILL at random moments, resume it, and compare every byte with a run that was never killed.

    python -m tests.fuzz.kill COUNT [--seed SEED] [--results JSON]

kills COUNT times in all, over as many runs as that takes. Exit code 1 when a resumed run leaves other bytes; a resumed run
that fails, or is not complete, raises.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.workflow.study import TARGETS, copy_code, small_study


def start(study):
    """The run as a process group of its own."""
    command = study.command("--cores", 2, *TARGETS)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, env=study.environment(), start_new_session=True, **quiet)


def killed_runs(study, wanted, seconds, random_):
    """Run the study to its end, killing it up to `wanted` times at random moments; the delays of the kills."""
    delays = []
    while True:
        process = start(study)
        if len(delays) >= wanted:
            assert process.wait() == 0, "the resumed run failed"
            return delays
        delay = random_.uniform(0.5, seconds)
        try:
            assert process.wait(delay) == 0, "the resumed run failed"
            return delays  # it was done before its turn came
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # the scheduler and every job it started
            process.wait()
            delays.append(round(delay, 2))
            study.run("--unlock", *TARGETS)


def main(arguments=None):
    """Kill, resume, compare; print the counts, and merge them into the results of the stress tests where named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, help="how many kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path, help="JSON file that gets the counts, under keys kill_...")
    options = parser.parse_args(arguments)
    random_, kills, rounds, different = random.Random(options.seed), 0, 0, []
    with tempfile.TemporaryDirectory() as folder:
        code = copy_code(Path(folder) / "code")
        reference = small_study(Path(folder) / "reference", code)
        begun = time.monotonic()
        reference.run(*TARGETS)
        seconds, wanted = time.monotonic() - begun, reference.results()
        while kills < options.count:
            study = small_study(Path(folder) / f"study-{rounds}", code)
            delays = killed_runs(study, min(15, options.count - kills), 0.35 * seconds, random_)
            found = study.results()
            different += sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
            assert "Nothing to be done" in study.run("-n", *TARGETS), "the resumed run is not complete"
            kills, rounds = kills + len(delays), rounds + 1
            print(f"killed after {delays} s: {len(found)} files, {len(different)} different", flush=True)
    print(f"{kills} kills, seed {options.seed}: {len(different)} files differ {different}")
    if options.results:
        results = json.loads(options.results.read_text(encoding="utf-8")) if options.results.is_file() else {}
        results = {key: value for key, value in results.items() if not key.startswith("kill_")}
        results |= {"kill_count": kills, "kill_seed": options.seed, "kill_rounds": rounds, "kill_files": len(wanted)}
        results |= {"kill_files_different": len(different), "kill_seconds_uninterrupted": round(seconds, 1)}
        options.results.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
