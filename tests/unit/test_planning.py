"""The plan of a run: families of exports and digests of code are remembered, but never beyond the software that made them."""

import shutil
from types import SimpleNamespace

import pytest
from immunoassay.command import planning
from immunoassay.files.house import HOUSE
from immunoassay.readers import recognition
from immunoassay.study.config import read_config

SCRIPTS = {path.stem: str(path) for path in (HOUSE / "workflow/scripts").glob("*.py")}


BATCH = "2024-06-vaccine"


@pytest.fixture(scope="module")
def once_planned(tmp_path_factory):
    """The folder of a study with one batch, with what its first plan remembered."""
    folder = tmp_path_factory.mktemp("planned") / "study"
    shutil.copytree(HOUSE / "config", folder / "config")
    shutil.copytree(HOUSE / f"resources/demo/raw/{BATCH}", folder / f"resources/demo/raw/{BATCH}")
    (folder / "config/amendments.tsv").unlink()
    plates = folder / "config/plates.tsv"
    header, *rows = plates.read_text(encoding="utf-8").splitlines()
    plates.write_text("\n".join([header, *(row for row in rows if f"\t{BATCH}\t" in row)]) + "\n", encoding="utf-8")
    planned(folder)
    return folder


@pytest.fixture
def base(once_planned, tmp_path):
    """A copy of that folder, to be changed."""
    return shutil.copytree(once_planned, tmp_path / "study")


def planned(base):
    return planning.plan(read_config(base / "config/config.yaml")[0], SCRIPTS, True, "study", base=base)


def test_the_family_of_a_file_is_remembered_until_the_readers_change(base, monkeypatch):
    (path,) = planned(base).families
    assert planned(base).families == {path: "msd_table"}
    monkeypatch.setattr(recognition, "recognise", lambda _: ["gen5"])
    assert planned(base).families == {path: "msd_table"}  # not looked at again
    of_script = planning.digest.Digests.of_script
    monkeypatch.setattr(planning.digest.Digests, "of_script", lambda *given: f"other {of_script(*given)}")
    assert planned(base).families == {path: "gen5"}


def test_the_trees_of_modules_are_remembered_until_what_scans_them_changes(base, monkeypatch):
    before = planned(base).package
    monkeypatch.setattr(planning.digest, "scan", lambda _: pytest.fail("scanned again"))
    assert planned(base).package == before
    monkeypatch.setattr(planning, "sys", SimpleNamespace(version_info=(3, 99, 0)))
    with pytest.raises(pytest.fail.Exception):
        planned(base)


def test_jobs_take_the_plan_that_was_left(base):
    plan = planned(base)
    shutil.rmtree(base / "config")
    taken = planning.plan({}, SCRIPTS, False, "study", base=base)
    assert taken.digests == plan.digests and taken.checksums == plan.checksums
    assert taken.study.rows("plates") == plan.study.rows("plates")
