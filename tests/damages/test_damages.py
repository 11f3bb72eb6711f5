"""Every damage of the catalogue is told, or changes nothing; the counts are printed."""

import shutil
from collections import Counter

import pytest

from ..bad_inputs.cases import Folder, study_runs
from .catalogue import DAMAGES, judge

COUNTS = Counter()


@pytest.fixture(scope="module", autouse=True)
def counted():
    yield
    print(f"\n{COUNTS.total()} damages: {dict(sorted(COUNTS.items()))}")


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_no_damage_is_silent(damage, sound, tmp_path):
    folder = Folder(tmp_path / "study")
    shutil.copytree(sound[0], folder.path)
    damage.damage(folder)
    verdict, new = judge(sound[1], study_runs.run(folder.path), damage.names)
    COUNTS[verdict] += 1
    assert verdict != "silent", [f"{problem.level} {problem.message}" for problem in new]


def test_the_catalogue_is_large_enough():
    assert len(DAMAGES) >= 60
    assert len({str(damage) for damage in DAMAGES}) == len(DAMAGES)
