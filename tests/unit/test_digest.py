"""Code digests: an edit two levels down changes them, a touch does not, and nothing drops out silently."""

import os

import pytest
from immunoassay.digest import digest, digest_of_script


@pytest.fixture
def library(tmp_path):
    sources = {
        "": "",
        "low": "VALUE = 1\n",
        "room": "",
        "room.middle": "from immunoassay import low\n",
        "room.top": "from . import middle\nfrom .middle import low\n",
        "room.registry": "from immunoassay.room import top, middle\nimport immunoassay.low as lowest\n",
        "other": "import math\n",
    }
    files = {}
    for name, text in sources.items():
        folder = name in ("", "room")
        path = tmp_path / (name.replace(".", "/") + ("/__init__.py" if folder else ".py")).lstrip("/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        files[name] = path
    return files


def test_an_edit_two_levels_down_changes_the_digest_of_what_uses_it(library):
    before = {name: digest(library, name) for name in library}
    library["low"].write_text("VALUE = 2\n")
    after = {name: digest(library, name) for name in library}
    changed = {name for name in library if before[name] != after[name]}
    assert changed == {"low", "room.middle", "room.top", "room.registry"}


def test_a_touch_changes_nothing(library):
    before = digest(library, "room.registry")
    os.utime(library["low"], (1, 1))
    assert digest(library, "room.registry") == before


def test_a_package_counts_with_its_members(library):
    before = digest(library, "room.top")
    library["room"].write_text("NAME = 'room'\n")
    assert digest(library, "room.top") != before


def test_an_unknown_module_is_an_error(library):
    with pytest.raises(KeyError, match="no module 'gone'"):
        digest(library, "gone")
    library["other"].write_text("from immunoassay import nowhere\n")
    with pytest.raises(KeyError, match="nowhere"):
        digest(library, "other")


def test_the_digest_of_a_script_follows_its_imports(library, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("from immunoassay.room import middle\n")
    before = digest_of_script(library, script)
    library["other"].write_text("import cmath\n")
    assert digest_of_script(library, script) == before
    library["low"].write_text("VALUE = 3\n")
    assert digest_of_script(library, script) != before


def test_data_files_count(library, tmp_path):
    data = tmp_path / "units.tsv"
    data.write_text("a")
    before = digest(library, "low", data=[data])
    data.write_text("b")
    assert digest(library, "low", data=[data]) != before
