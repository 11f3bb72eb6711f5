"""Studies run through the real Snakefile; one finished run of the demonstration is shared by all tests."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("Snakefile", "workflow", "src", "profiles", "resources", "config", "requirements.lock")


def copy_code(folder):
    """The workflow's own files in another folder, so that nothing edited meanwhile reaches a running test."""
    folder.mkdir(parents=True)
    for name in CODE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


class Study:
    """A study folder and the workflow that runs it."""

    def __init__(self, folder, code):
        self.folder, self.code = Path(folder), Path(code)

    def command(self, *arguments, snakefile="Snakefile"):
        """The command that runs Snakemake in the folder."""
        command = [sys.executable, "-m", "snakemake", "-s", self.code / snakefile, "--directory", self.folder]
        return [*map(str, [*command, "--workflow-profile", self.code / "profiles/default", *arguments])]

    def run(self, *arguments, check=True, snakefile="Snakefile", cores=2):
        """Run Snakemake in the folder; the text of both streams."""
        environment = os.environ | {"PYTHONPATH": str(self.code / "src")}  # the package that belongs to this copy
        command = self.command("--cores", cores, *arguments, snakefile=snakefile)
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        self.code_returned, self.text = done.returncode, done.stdout + done.stderr
        if check:
            assert done.returncode == 0, self.text[-6000:]
        return self.text

    def jobs(self, *arguments):
        """{rule: number of jobs} that a run would start now."""
        return {match[1]: int(match[2]) for match in re.finditer(r"^(\w+) +(\d+)$", self.run("-n", *arguments), re.M)}

    def edit(self, name, old, new):
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="session")
def code(tmp_path_factory):
    """One snapshot of the workflow for all tests."""
    return copy_code(tmp_path_factory.mktemp("code") / "workflow-copy")


def new_study(folder, code):
    """The demonstration's sheets and exports in a folder of their own."""
    shutil.copytree(code / "config", folder / "config")
    shutil.copytree(code / "resources/demo/raw", folder / "resources/demo/raw")
    return Study(folder, code)


@pytest.fixture(scope="session")
def finished(tmp_path_factory, code):
    """The demonstration, run to the end. Tests only read it."""
    study = new_study(tmp_path_factory.mktemp("demonstration") / "study", code)
    study.run()
    return study


@pytest.fixture
def copy(finished, tmp_path):
    """A copy of the finished study with its Snakemake metadata, to be changed."""
    shutil.copytree(finished.folder, tmp_path / "study", symlinks=True)
    return Study(tmp_path / "study", finished.code)
