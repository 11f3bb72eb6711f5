"""Mistakes in drafted sheets and answers: every line a person then reads, and that doing what it says mends the study."""

import shutil
from functools import cache

import pytest

from tests import drafted_study

from .cases import Folder, study_runs
from .table_drafted import SHEETS, WORKBOOK


def drafted(once, name, finish=True, **wanted):
    """The drafted study, in a folder that tests only copy."""

    def make(folder):
        lab = drafted_study.write_lab(folder / "lab")
        if not finish:
            (lab / "first/IGX.txt").unlink()
        drafted_study.draft(folder / "study", lab, **wanted)
        if finish:
            drafted_study.finish(folder / "study")

    return once(name, make) / "study"


@pytest.fixture(scope="session")
def in_sheets(once):
    return drafted(once, "drafted-in-sheets")


@pytest.fixture(scope="session")
def in_workbook(once):
    return drafted(once, "drafted-in-a-workbook", finish=False, workbook=True)


@cache
def known(sound):
    """The messages of a sound study."""
    return {problem.message for problem in study_runs.run(sound, judge=False).problems}


def found(folder, sound):
    """The problems of a study that the sound one has not, in their order."""
    return [each for each in study_runs.run(folder, judge=False).problems if each.message not in known(sound)]


def is_told_and_mended(mistake, sound, tmp_path):
    folder = Folder(tmp_path / "study")
    shutil.copytree(sound, folder.path)
    mistake.damage(folder)
    told = found(folder.path, sound)
    assert [f"{each.level} {each.message}" for each in told] == mistake.told.strip().splitlines()
    mistake.mend(folder, told)
    left = found(folder.path, sound)
    assert [each.message for each in left if each.code != "W-CMP-002"] == []


@pytest.mark.parametrize("mistake", SHEETS, ids=str)
def test_a_mistake_in_a_sheet_is_told_and_mended_as_told(mistake, in_sheets, tmp_path):
    is_told_and_mended(mistake, in_sheets, tmp_path)


@pytest.mark.parametrize("mistake", WORKBOOK, ids=str)
def test_a_mistake_in_the_workbook_is_told_and_mended_as_told(mistake, in_workbook, tmp_path):
    is_told_and_mended(mistake, in_workbook, tmp_path)


def test_the_drafted_studies_are_sound(in_sheets, in_workbook):
    for study in (in_sheets, in_workbook):
        run = study_runs.run(study, judge=False)
        assert not run.stopped
        assert {(each.level, each.code) for each in run.problems} == {("FLAG", "E-FILE-010"), ("FLAG", "W-READ-011")}
