"""Shared fixtures. Reference files outside the project are found through IMMUNOASSAY_SHARED only."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("IMMUNOASSAY_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared():
    """The folder of real exports and reference values; tests that need it skip when it is absent."""
    if not SHARED.is_dir():
        pytest.skip("IMMUNOASSAY_SHARED is not there")
    return SHARED
