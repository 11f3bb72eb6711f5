"""The snapshot of the workflow that the tests of this folder run."""

from ..workflow.conftest import code  # noqa: F401
