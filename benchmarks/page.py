"""benchmarks/RESULTS.md from the figures in benchmarks/results, with the machine and the versions of this run.

python page.py
"""

import json
import os
import platform
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = """# Benchmarks

Written by `make benchmark`, which runs all of them; each also has a target of its own. What every figure means is in
the first lines of the program named above its table. Speeds are ratios within one run wherever they are compared;
seconds are of this machine.

Machine: {machine}. {versions}.
"""
PROGRAMS = {
    "readers": ("benchmark-readers", "readers.py"),
    "calibration": ("benchmark-calibration", "calibration.py"),
    "statistics": ("benchmark-statistics", "statistics.py"),
    "intervals": ("benchmark-intervals", "intervals.py"),
    "arms": ("benchmark-arms", "arms.py"),
    "cross_section": ("benchmark-cross-section", "cross_section.py"),
    "scale": ("benchmark-scale", "scale.py"),
    "latency": ("benchmark-latency", "latency.py"),
    "stress": ("stress", "../tests/fuzz"),
}
PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "snakemake")


def main():
    """Write the page."""
    parts = [PAGE.format(machine=machine(), versions=versions())]
    for name, (target, program) in PROGRAMS.items():
        path = HERE / f"results/{name}.json"
        if path.is_file():
            figures = json.loads(path.read_text(encoding="utf-8"))
            rows = [f"| {key} | {shown(value)} |" for key, value in sorted(figures.items())]
            title = name.replace("_", " ").capitalize()
            head = f"## {title}\n\n`make {target}`, [{program}]({program})\n\n| figure | value |\n|---|---|\n"
            parts.append(head + "\n".join(rows) + "\n")
    (HERE / "RESULTS.md").write_text("\n".join(parts), encoding="utf-8")


def machine():
    """Processors and memory, in words."""
    info = Path("/proc/cpuinfo")
    names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} processors ({names[0] if names else platform.machine()}), {memory:.0f} GiB of memory"


def versions():
    """Python and the packages that do the work."""
    return ", ".join(
        [f"Python {platform.python_version()}", *(f"{name} {metadata.version(name)}" for name in PACKAGES)]
    )


def shown(value):
    """A figure as text; nested ones (counts by kind) in one cell."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {shown(each)}" for key, each in value.items())
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    main()
