"""The wheel, installed outside of the repository: the command runs the workflow inside the package, to the same bytes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import snakemake

from ..workflow.study import ROOT, Study, small_study

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
def package(environment):
    """The folder of the installed package."""
    found = done(environment / "bin/python", "-c", "import immunoassay; print(immunoassay.__file__)", cwd=environment)
    return Path(found.strip()).parent


@pytest.fixture(scope="module")
def ran(environment, tmp_path_factory):
    """(the small study run by the command on one core, what it said)."""
    folder = tmp_path_factory.mktemp("elsewhere") / "study"
    study = small_study(folder, ROOT)
    return study, done(environment / "bin/immunoassay", "run", folder, "--cores", "1", cwd=folder)


def files(folder):
    """The files of a folder by name; compiled modules are none."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_package_holds_every_file_of_the_workflow(package):
    house = package / "_house"
    inside = files(package)
    of_house = {name: content for name, content in inside.items() if name.startswith("_house/")}
    assert {name: content for name, content in inside.items() if name not in of_house} == files(
        ROOT / "src/immunoassay"
    )
    for part in ("workflow", "resources", "profiles"):
        assert files(house / part) == files(ROOT / part), part
    for name in ("Snakefile", "requirements.lock"):
        assert (house / name).read_bytes() == (ROOT / name).read_bytes()


def test_the_workflow_is_the_one_inside_the_package(environment, package, ran):
    _, said = ran
    assert package.is_relative_to(environment)
    assert f"profile {package / '_house/profiles/default'} " in said
    assert str(ROOT / "workflow") not in said and str(ROOT / "src") not in said


def test_the_command_writes_the_demonstration_and_says_that_it_can_run(environment, tmp_path):
    command = environment / "bin/immunoassay"
    done(command, "demo", tmp_path / "study", "--only-write", cwd=tmp_path)
    assert files(tmp_path / "study/resources/demo/raw") == files(ROOT / "resources/demo/raw")
    assert "the study can run" in done(command, "check", tmp_path / "study", cwd=tmp_path)


def test_every_figure_and_every_other_file_has_the_bytes_of_a_run_from_the_repository_on_two_cores(ran, small):
    here, there = small.results(), Study(ran[0].folder, ROOT).results()
    assert len([name for name in there if name.endswith(".svg")]) > 15
    assert set(here) == set(there)
    assert [name for name in here if here[name] != there[name]] == []
