"""Shared fixtures. Reference files outside the project are found through IMMUNOASSAY_SHARED only."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A loaded machine is no fault of the software: examples have no deadline.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("IMMUNOASSAY_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared():
    """The folder of real exports and reference values; tests that need it skip when it is absent."""
    if not SHARED.is_dir():
        pytest.skip("IMMUNOASSAY_SHARED is not there")
    return SHARED
