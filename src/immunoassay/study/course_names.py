"""What a course is called: that of who has none, and the first of the sheet."""

from collections.abc import Iterable, Mapping
from typing import Any

NO_COURSE = "none"


def first_course(courses: Iterable[Mapping[str, Any]]) -> str:
    """Name of the first course, that of order 1, from rows of the courses sheet; "" without any."""
    return next((row["course"] for row in courses if row["order"] == 1), "")
