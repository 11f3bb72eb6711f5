"""Studies in folders of their own, and what runs them through the real Snakefile."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import yaml

from .planner import plan

ROOT = Path(__file__).parents[2]
CODE = ("Snakefile", "workflow", "src", "profiles", "resources", "config", "requirements.lock")
STUDY = ("config", "resources", "results", "logs", "records", ".snakemake")
BATCHES = (
    "2024-06-vaccine",
    "2024-06-achr",
    "2025-06-achr",
)  # of the small study: plates VAC-01, VAC-02, ACHR-01, ACHR-02
# of it a study table, statistics with permutations, a workbook and figures: what is made while a run is killed or a disk full
TARGETS = (
    "results/study/results.tsv",
    "results/deliverables/study.xlsx",
    "results/figures/figure_5b.svg",
    "results/figures/controls_vaccine.svg",
)


def copy_code(folder):
    """The workflow's own files in another folder, so that nothing edited meanwhile reaches a running test.

    Compiled modules come along, as long as they are whole: Python looks at the time of their source.
    """
    folder.mkdir(parents=True)
    for name in CODE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.pyc.*"))
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


class Study:
    """A study folder and the workflow that runs it."""

    def __init__(self, folder, code):
        self.folder, self.code = Path(folder), Path(code)

    def command(self, *arguments, snakefile="Snakefile", profile="profiles/default"):
        """The command that runs Snakemake in the folder; the profile of a workflow is that of its code."""
        command = [sys.executable, "-m", "snakemake", "-s", self.code / snakefile, "--directory", self.folder]
        command += ["--workflow-profile", self.code / profile if profile else "none"]
        return [*map(str, [*command, *arguments])]

    def environment(self):
        """The environment of that command: the package is the one that belongs to this copy of the workflow."""
        return os.environ | {"PYTHONPATH": str(self.code / "src")}

    def run(self, *arguments, check=True, cores=2, **entry):
        """Run Snakemake in the folder; the text of both streams. `entry` is another Snakefile or profile."""
        command = self.command("--cores", cores, *arguments, **entry)
        if "-n" in arguments:
            self.code_returned, self.text = plan(command, self.environment())
        else:
            done = subprocess.run(command, capture_output=True, text=True, env=self.environment())
            self.code_returned, self.text = done.returncode, done.stdout + done.stderr
        if check:
            assert self.code_returned == 0, self.text[-6000:]
        return self.text

    def immunoassay(self, name, *arguments):
        """The command line `immunoassay NAME` for the study."""
        return [*map(str, [Path(sys.executable).with_name("immunoassay"), name, self.folder, *arguments])]

    def jobs(self, *arguments):
        """{rule: number of jobs} that a run would start now."""
        return Counter(re.findall(r"^rule (\w+):$", self.dry(*arguments), re.M))

    def planned(self, *arguments):
        """{rule: the batches for which a run would start it now, or an empty set}."""
        found = defaultdict(set)
        for part in re.split(r"^rule ", self.dry(*arguments), flags=re.M)[1:]:
            batch = re.search(r"^ +wildcards: batch=(\S+)$", part.split("\n\n")[0], re.M)
            found[part.split(":")[0]].update([batch[1]] if batch else [])
        return dict(found)

    def dry(self, *arguments):
        """The jobs that a run would start now, with their reasons, as the logger of the project lists them."""
        return self.run("--logger", "immunoassay", "-n", *arguments)

    def edit(self, name, old, new):
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def results(self):
        """{file: bytes} of everything under results/."""
        files = sorted((self.folder / "results").rglob("*"))
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in files if path.is_file()}


def new_study(folder, code):
    """The demonstration's sheets and exports in a folder of their own."""
    shutil.copytree(code / "config", folder / "config")
    shutil.copytree(code / "resources/demo/raw", folder / "resources/demo/raw")
    return Study(folder, code)


def small_study(folder, code):
    """The study of three batches cut out of the demonstration: every kind of step in little time."""
    shutil.copytree(code / "config", folder / "config")
    for batch in BATCHES:
        shutil.copytree(code / f"resources/demo/raw/{batch}", folder / f"resources/demo/raw/{batch}")
    study = Study(folder, code)
    keep = {"plates.tsv": lambda cells: cells[1] in BATCHES, "amendments.tsv": lambda cells: False}
    for name, wanted in keep.items():
        path = folder / "config" / name
        header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text(header + "".join(row for row in rows if wanted(row.split("\t"))), encoding="utf-8")
    return study


def svg_alone(folder):
    """Let the figures of a study be drawn as SVG alone: the other formats take most of the time, and show the same."""
    path = folder / "config/config.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["figures"] = config.get("figures", {}) | {"formats": []}
    path.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")


def copied(study, folder):
    """A copy of a study with its Snakemake metadata, to be changed; the files of a repository around it stay behind."""
    for name in STUDY:
        if (study.folder / name).is_dir():
            shutil.copytree(study.folder / name, folder / name, symlinks=True)
    return Study(folder, study.code)
