"""The wheel, installed outside of the repository: the command runs the workflow inside the package, to the same bytes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import snakemake

from ..workflow.study import ROOT, Study

PIP = (sys.executable, "-m", "pip", "-q", "--disable-pip-version-check")


def done(*command, **options):
    """What a command says, both streams; outside of the repository, with nothing of this process's paths."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    found = subprocess.run(
        [*map(str, command)], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
    )
    assert found.returncode == 0, found.stdout[-6000:]
    return found.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The folder of an environment with the wheel; all other packages are those of this one, seen through a .pth file."""
    folder = tmp_path_factory.mktemp("wheel")
    done(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    done(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    (packages,) = (folder / "venv").glob("lib/*/site-packages")
    (packages / "others.pth").write_text(f"{Path(snakemake.__file__).parents[1]}\n", encoding="utf-8")
    done(*PIP, "--python", folder / "venv/bin/python", "install", "--no-deps", "--no-index", wheel)
    return folder / "venv"


@pytest.fixture(scope="module")
def demonstration(environment, tmp_path_factory):
    """(the demonstration written and run by the command on one core, what it said)."""
    folder = tmp_path_factory.mktemp("elsewhere") / "study"
    said = done(environment / "bin/immunoassay", "demo", folder, "--cores", "1", cwd=folder.parent)
    return Study(folder, environment), said


def test_the_workflow_is_the_one_inside_the_package(environment, demonstration):
    _, said = demonstration
    found = done(environment / "bin/python", "-c", "import immunoassay; print(immunoassay.__file__)", cwd=environment)
    package = Path(found.strip()).parent
    assert package.is_relative_to(environment)
    assert f"profile {package / '_house/profiles/default'} " in said
    assert str(ROOT / "workflow") not in said and str(ROOT / "src") not in said


def test_the_command_says_of_its_own_study_that_it_can_run(environment, demonstration):
    study, _ = demonstration
    assert "the study can run" in done(environment / "bin/immunoassay", "check", study.folder, cwd=environment)


def test_every_figure_and_every_other_file_has_the_bytes_of_a_run_from_the_repository_on_two_cores(
    demonstration, finished
):
    here, there = finished.results(), demonstration[0].results()
    assert len([name for name in there if name.endswith(".svg")]) > 15
    assert set(here) == set(there)
    assert [name for name in here if here[name] != there[name]] == []
