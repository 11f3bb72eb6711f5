"""The provenance file: checksums of everything, nothing of the machine or the day, equal text for equal studies."""

import hashlib
import json

from immunoassay.jobs import fingerprint
from immunoassay.deliver import provenance

CONFIG = {"study": {"title": "T", "simulated": True}, "seed": 1}


def build(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for name, content in (
        ("config/samples.tsv", "a"),
        ("config/layouts/P1.tsv", "b"),
        ("raw/x.csv", "c"),
        ("raw/a.csv", "d"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (folder / "lock").write_text("numpy==1\n")
    return provenance.provenance(
        CONFIG,
        fingerprint.checksums(["config/samples.tsv", "config/layouts/P1.tsv", "raw/x.csv", "raw/a.csv"]),
        {"samples": "config/samples.tsv"},
        ["config/layouts/P1.tsv"],
        ["raw/x.csv", "raw/a.csv", "raw/x.csv"],
        fingerprint.sha256(folder / "lock"),
        "0123456789abcdef",
        {"plates": 2},
        provenance.versions("0.1.0"),
        {"results/b.tsv": "2", "results/a.tsv": "1"},
        {"plan": [], "compare": {}},
    )


def test_every_file_is_named_once_with_its_checksum(tmp_path, monkeypatch):
    document = build(tmp_path, monkeypatch)
    assert document["raw_files"] == [
        {"path": "raw/a.csv", "sha256": hashlib.sha256(b"d").hexdigest()},
        {"path": "raw/x.csv", "sha256": hashlib.sha256(b"c").hexdigest()},
    ]
    assert document["sheets"][0]["sheet"] == "samples"
    assert document["layouts"][0]["sha256"] == hashlib.sha256(b"b").hexdigest()
    assert document["software"]["requirements_lock_sha256"] == hashlib.sha256(b"numpy==1\n").hexdigest()
    assert document["config"] == CONFIG
    assert document["analysis_plan"] == {
        "sha256": hashlib.sha256(b'{"compare":{},"plan":[]}').hexdigest(), "plan": [], "compare": {},
    }  # fmt: skip
    assert document["results"] == [{"path": "results/a.tsv", "sha256": "1"}, {"path": "results/b.tsv", "sha256": "2"}]


def test_the_text_does_not_depend_on_where_and_when(tmp_path, monkeypatch):
    texts = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        texts.append(provenance.as_json(build(tmp_path / name, monkeypatch)))
    assert texts[0] == texts[1]
    assert str(tmp_path) not in texts[0]
    keys = [line.split('"')[1] for line in texts[0].splitlines() if line.startswith('  "')]
    assert keys == sorted(keys)
    assert json.loads(texts[0])["counts"] == {"plates": 2}


def test_a_package_that_is_not_installed_is_said_to_be_absent(monkeypatch):
    monkeypatch.setattr(provenance, "PACKAGES", ("numpy", "no-such-package"))
    found = provenance.versions("0.1.0")
    assert list(found) == ["immunoassay-workflow", "Python", "numpy", "no-such-package"]
    assert found["no-such-package"] is None
    assert found["numpy"]
