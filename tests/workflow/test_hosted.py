"""As a module of another workflow: what that does of its own knows nothing of ours; what it asks of ours runs or says why."""

import pytest
import yaml

from .study import Study, small_study

HOST = """\
configfile: "host.yaml"


rule mine:
    output:
        "mine.txt",
    shell:
        "echo mine > {output}"


module assay:
    snakefile:
        "SNAKEFILE"
    config:
        config["assay"]
    pathvars:
        results="assay/results",
        logs="assay/logs",


use rule * from assay as assay_*
"""
BATCH = "assay/results/batches/2024-06-achr/wells.parquet"
OURS = ("localrules", "STOP", "FLAG", "E-FILE", "E-CFG", "E-RUN", "W-RUN", "Traceback", "plates.tsv", "panels.tsv")


@pytest.fixture
def host(code, tmp_path):
    """The folder of another workflow, with a YAML reference in its config and none of our sheets."""
    study = Study(tmp_path / "host", code)
    study.folder.mkdir()
    (study.folder / "Snakefile").write_text(HOST.replace("SNAKEFILE", str(code / "workflow/Snakefile")))
    (study.folder / "host.yaml").write_text(
        "common: &common {threads: 1}\nmine: *common\nassay: {study: {title: Ours}}\n"
    )
    return study


def run(host, *arguments, check=True):
    """What the host's own Snakefile says; without a profile of ours."""
    return host.run(*arguments, snakefile=host.folder / "Snakefile", check=check, profile=None)


def test_a_host_without_our_sheets_runs_its_own_rule_without_a_word_of_ours(host):
    text = run(host)
    assert (host.folder / "mine.txt").read_text() == "mine\n"
    assert [word for word in OURS if word in text] == []
    assert sorted(path.name for path in host.folder.iterdir() if path.name != ".snakemake") == [
        "Snakefile", "host.yaml", "mine.txt",
    ]  # fmt: skip


@pytest.mark.parametrize("target", [pytest.param("assay/results/study/results.tsv", marks=pytest.mark.slow), BATCH])
def test_a_target_of_ours_says_which_sheets_are_missing(host, target):
    text = run(host, "-n", target, check=False)
    assert host.code_returned != 0
    assert "E-FILE-001 config/panels.tsv" in text and "E-FILE-001 config/plates.tsv" in text
    assert "KeyError" not in text


@pytest.mark.parametrize(
    "target", [BATCH, pytest.param("assay/results/deliverables/study.xlsx", marks=pytest.mark.slow)]
)
def test_with_sheets_a_target_of_ours_has_the_bytes_of_our_own_run(host, small, tmp_path, target):
    own = small_study(tmp_path / "own", host.code).folder
    for name in ("config", "resources"):
        (own / name).rename(host.folder / name)
    settings = yaml.safe_load((host.folder / "config/config.yaml").read_text(encoding="utf-8"))
    (host.folder / "config/config.yaml").unlink()  # a host has its own: ours is what it hands over
    (host.folder / "host.yaml").write_text(yaml.safe_dump({"assay": settings}), encoding="utf-8")
    run(host, target)
    made = sorted(path for path in (host.folder / "assay/results").rglob("*") if path.is_file())
    assert host.folder / target in made
    for path in made:
        name = path.relative_to(host.folder / "assay").as_posix()
        assert path.read_bytes() == (small.folder / name).read_bytes(), name
