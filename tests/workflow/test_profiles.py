"""The profiles of clusters: no site named, few submissions."""

import re

import pytest

from .study import ROOT, new_study

CLUSTERS = ("slurm", "lsf", "sge", "generic")


@pytest.mark.parametrize("name", CLUSTERS)
def test_no_site_is_named(name):
    text = (ROOT / f"profiles/{name}/profile.yaml").read_text(encoding="utf-8")
    for key in ("slurm_account", "slurm_partition", "lsf_queue", "lsf_project", "sge_queue", "sge_pe"):
        assert not re.search(rf"^\s*{key}:", text, re.M)


def test_the_demonstration_is_seven_submissions(code, tmp_path):
    text = new_study(tmp_path / "study", code).run("-n", "--profile", code / "profiles/slurm")
    submissions = re.findall(r"Group job (\w+) ", text)
    assert sorted(submissions) == ["batch", "deliver", "figures", "gate", "read", "statistics", "study"]
