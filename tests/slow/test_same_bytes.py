"""The demonstration twice from scratch: the same bytes of every table, figure and workbook."""

import pytest

from ..workflow.conftest import new_study


def contents(study):
    files = {
        path.relative_to(study.folder).as_posix(): path.read_bytes()
        for path in sorted((study.folder / "results").rglob("*"))
        if path.is_file()
    }
    assert len(files) > 100
    return files


@pytest.fixture(scope="module")
def again(tmp_path_factory, code):
    """The demonstration once more, from scratch, in another folder, on one core."""
    study = new_study(tmp_path_factory.mktemp("again") / "elsewhere", code)
    study.run(cores=1)
    return study


def test_two_runs_from_scratch_give_the_same_bytes(finished, again):
    one, other = contents(finished), contents(again)
    assert set(one) == set(other)
    different = [name for name in one if one[name] != other[name]]
    assert different == []
