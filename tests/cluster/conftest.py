"""One private Slurm for all tests of this folder; without its programs they are skipped."""

import pytest

from .slurm import Slurm, missing


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A running Slurm of two nodes."""
    if missing():
        pytest.skip(f"{', '.join(missing())} not installed (Debian: slurm-wlm, munge)")
    slurm = Slurm(tmp_path_factory.mktemp("slurm") / "slurm")
    try:
        slurm.start()
        yield slurm
    finally:
        slurm.stop()
