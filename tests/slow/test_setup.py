"""Setting up as the README says, with every Python that is here: from the registry, and from a bundle without one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..workflow.study import ROOT, copy_code

PYTHONS = ("3.11", "3.12", "3.13")
FILES = ("Makefile", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "requirements-dev.lock")
IMPORTED = """
import importlib, pkgutil, immunoassay
names = [each.name for each in pkgutil.walk_packages(immunoassay.__path__, "immunoassay.") if "_house" not in each.name]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def interpreter(version):
    """The path of a Python of this version that answers; None where there is none."""
    kept = sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python{version}"))
    for path in (shutil.which(f"python{version}"), *kept):
        command = [path, "-c", "import sys; print(sys.executable)"]  # what answers may be a script that finds another
        if path and (done := subprocess.run(command, capture_output=True, text=True)).returncode == 0:
            return done.stdout.strip()
    return None


def said(*command, folder, path=None, **more):
    """What a command says, both streams; with nothing of this process's packages, and programs looked for in `path`."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    # what other packages compile beforehand proves nothing here, and takes longer than to install them
    environment |= {"PATH": path or environment["PATH"], "PIP_NO_COMPILE": "no"} | more
    done = subprocess.run(
        [*map(str, command)], cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def without_uv(folder):
    """A search path with the few programs that setting up needs, and without uv."""
    folder.mkdir()
    for name in ("sh", "make", "rm", "cp", "touch", "sed", "sha256sum", "uname"):
        (folder / name).symlink_to(shutil.which(name))
    return str(folder)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A copy of the repository without an environment."""
    folder = copy_code(tmp_path_factory.mktemp("clone") / "repository")
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """Skips where no registry answers: what is here then has no way to be installed."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "six", "-d", tmp_path_factory.mktemp("six")]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no package registry answers")


def test_another_python_is_refused_in_one_line(clone, tmp_path):
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\nexec "$REAL" -c "import sys; sys.version_info = (3, 14, 0); $2"\n')
    old.chmod(0o755)
    command = ["make", "setup", f"PYTHON={old}"]
    done = subprocess.run(command, cwd=clone, env=os.environ | {"REAL": sys.executable}, capture_output=True, text=True)
    assert done.returncode != 0 and "Python 3.11, 3.12 or 3.13 is needed, this is 3.14" in done.stderr


@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_make_setup_installs_what_runs_and_no_more(clone, registry, tmp_path, version, installer):
    python = interpreter(version)
    if not python or (installer == "uv" and not shutil.which("uv")):
        pytest.skip(f"no Python {version}, or no {installer}, is here")
    shutil.rmtree(clone / ".venv", ignore_errors=True)
    path = None if installer == "uv" else without_uv(tmp_path / "programs")
    assert f"{installer} " in said("make", "setup", f"PYTHON={python}", folder=clone, path=path)
    inside = clone / ".venv/bin/python"
    assert said(inside, "-V", folder=clone).startswith(f"Python {version}.")
    assert int(said(inside, "-W", "ignore", "-c", IMPORTED, folder=clone)) > 200
    absent = "import importlib.util as u; print([n for n in ('pytest', 'mypy', 'hypothesis') if u.find_spec(n)])"
    assert said(inside, "-c", absent, folder=clone).strip() == "[]"
    lines = subprocess.run([inside, "-m", "pip", "check"], capture_output=True, text=True).stdout.splitlines()
    assert [line for line in lines if "connection-pool" not in line] == []
    order = ("install", "--dry-run", "-q", "--no-deps", "--only-binary", ":all:", "--require-hashes")
    said(inside, "-m", "pip", *order, "-r", "requirements-dev.lock", folder=clone)


def test_a_machine_without_a_registry_installs_from_the_bundle(clone, registry, tmp_path):
    path = without_uv(tmp_path / "programs")  # the environment is the one that was set up last
    order = said("make", "bundle", f"PYTHON={interpreter('3.11') or sys.executable}", folder=clone, path=path)
    order = re.search(r"there: pip (install .*)", order)[1].split()
    elsewhere = tmp_path / "machine"
    shutil.copytree(clone / "bundle", elsewhere / "bundle")
    assert all(file.suffix == ".whl" for file in (elsewhere / "bundle").iterdir() if file.name != "requirements.lock")
    python = elsewhere / "venv/bin/python"
    said(clone / ".venv/bin/python", "-m", "venv", elsewhere / "venv", folder=elsewhere)
    nowhere = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1"}
    said(python, "-m", "pip", "-q", *order, folder=elsewhere, **nowhere)
    command = python.with_name("immunoassay")
    assert "scan" in said(command, "--help", folder=elsewhere)
    said(command, "demo", "study", "--only-write", folder=elsewhere)
    assert "the study can run" in said(command, "check", "study", folder=elsewhere)
