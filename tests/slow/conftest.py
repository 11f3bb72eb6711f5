"""The snapshot of the workflow and the finished run that the tests of this folder share."""

from ..workflow.conftest import code, copy, finished  # noqa: F401
