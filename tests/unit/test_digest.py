"""Code digests: an edit below changes them; a touch, a comment and a docstring do not; nothing drops out silently."""

import os

import pytest
from immunoassay.jobs.digest import Digests, UnresolvedImportError

SOURCES = {
    "__init__": "",
    "low": "VALUE = 1\n",
    "room/__init__": "",
    "room/middle": "from immunoassay import low\n",
    "room/top": "from immunoassay.room import middle\n",
    "room/lazy": "def f():\n    import immunoassay.low\n",
    "other": "import math\ntry:\n    import fast\nexcept ImportError:\n    fast = None\n",
    "simulate/__init__": "",
    "simulate/demo": "X = 1\n",
}


@pytest.fixture
def library(tmp_path):
    for name, text in SOURCES.items():
        path = tmp_path / f"immunoassay/{name}.py"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    return tmp_path / "immunoassay"


def script(library, text):
    path = library.parent / "script.py"
    path.write_text(text)
    return path


def of(library, module):
    """The digest of a script that imports `module`."""
    folder, name = module.rpartition(".")[::2]
    return Digests(library).of_script(script(library, f"from immunoassay{'.' * bool(folder)}{folder} import {name}\n"))


def test_an_edit_two_levels_down_changes_the_digest_of_what_uses_it(library):
    names = ("low", "room.middle", "room.top", "room.lazy", "other")
    before = {name: of(library, name) for name in names}
    (library / "low.py").write_text("VALUE = 2\n")
    assert {name for name in names if of(library, name) != before[name]} == set(names) - {"other"}


def test_a_touch_a_comment_and_a_docstring_change_nothing(library):
    before = of(library, "room.top")
    os.utime(library / "low.py", (1, 1))
    (library / "low.py").write_text('"""What it holds."""\n\n# one\nVALUE = (\n    1\n)\n')
    (library / "room/__init__.py").write_text('"""A room."""\n')
    assert of(library, "room.top") == before


def test_a_package_counts_with_its_members(library):
    before = of(library, "room.top")
    (library / "room/__init__.py").write_text("NAME = 'room'\n")
    assert of(library, "room.top") != before


@pytest.mark.parametrize(
    "line",
    [
        "from immunoassay import nowhere",
        "from immunoassay.room import nowhere",
        "import immunoassay.nowhere",
        "from immunoassay.low import NOTHING",
        "from . import low",
    ],
)
def test_an_import_of_what_is_not_there_is_an_error(library, line):
    (library / "other.py").write_text(line + "\n")
    with pytest.raises(UnresolvedImportError):
        of(library, "other")


def test_names_bound_in_any_way_at_the_top_resolve(library):
    (library / "room/top.py").write_text(
        "from immunoassay.other import fast, math\nfrom immunoassay.low import VALUE\n"
    )
    assert len(of(library, "room.top")) == 16


def test_the_digest_of_a_script_follows_the_script_and_modules_named_beside_it(library):
    path = script(library, "from immunoassay.room import middle\n")
    before, beside = Digests(library).of_script(path), Digests(library).of_script(path, ["immunoassay.other"])
    (library / "other.py").write_text("X = 3\n")
    assert Digests(library).of_script(path) == before
    assert Digests(library).of_script(path, ["immunoassay.other"]) != beside
    assert Digests(library).of_script(script(library, "from immunoassay.room import middle\nX = 1\n")) != before


def test_a_new_module_is_in_the_digest_of_the_package_by_itself_and_what_simulates_is_not(library):
    before = Digests(library).of_package()
    (library / "simulate/demo.py").write_text("X = 2\n")
    (library / "_house/workflow").mkdir(parents=True)
    (library / "_house/workflow/read_batch.py").write_text("X = 1\n")  # of the workflow that a wheel carries
    assert Digests(library).of_package() == before
    (library / "room/new.py").write_text("X = 1\n")
    assert Digests(library).of_package() != before
