"""The profiles of clusters: every rule in a group, and a submission that hands nothing of the environment on."""

import re

import pytest
import yaml

from .conftest import ROOT, Study, copy_code

CLUSTERS = ("slurm", "lsf", "sge", "generic")


def profile(name):
    return yaml.safe_load((ROOT / f"profiles/{name}/profile.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_rule_belongs_to_a_group(name):
    rules = {
        rule
        for path in (ROOT / "workflow/rules").glob("*.smk")
        for rule in re.findall(r"^rule (\w+):", path.read_text(encoding="utf-8"), re.M)
    }
    known = profile(name)
    assert set(known["groups"]) == rules
    assert set(known["group-components"]) <= set(known["groups"].values())


@pytest.mark.parametrize("name", CLUSTERS)
def test_no_site_is_named(name):
    text = (ROOT / f"profiles/{name}/profile.yaml").read_text(encoding="utf-8")
    for key in ("slurm_account", "slurm_partition", "lsf_queue", "lsf_project", "sge_queue", "sge_pe"):
        assert not re.search(rf"^\s*{key}:", text, re.M)


def test_a_submission_with_an_empty_environment_gives_the_same_bytes(finished, tmp_path):
    """The generic profile with a scheduler that starts every job with nothing but a PATH."""
    folder = copy_code(tmp_path / "study")
    submit = folder / "submit"
    submit.write_text(
        '#!/bin/sh\nfor script do :; done\nenv -i PATH=/usr/bin:/bin HOME="$HOME" sh "$script" >> submit.log 2>&1 &\necho $!\n'
    )
    submit.chmod(0o755)
    study = Study(folder, folder)
    target = "results/study/observations.parquet"
    text = study.run(
        "--profile", folder / "profiles/generic", "--cluster-generic-submit-cmd", f"{submit} {{threads}}",
        "--latency-wait", "20", target,
    )  # fmt: skip
    assert len(re.findall("Submitted", text)) <= 3, text[-3000:]
    assert (folder / target).read_bytes() == (finished.folder / target).read_bytes()
