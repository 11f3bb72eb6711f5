"""Dates as people write them; which of two numbers is the day is decided by the whole column, or asked."""

from collections.abc import Iterable
from dataclasses import dataclass

ORDERS = ("day.month.year", "month/day/year")


@dataclass(frozen=True)
class Dates:
    """`iso` {text as written: date as year-month-day}, without those that are none; `order` one of ORDERS where the column needed it,
    "" where it is not needed; `open` whether both orders are possible and none was given; `unread` texts that are no date."""

    iso: dict[str, str]
    order: str
    open: bool
    unread: tuple[str, ...]


def read_dates(texts: Iterable[str], order: str = "") -> Dates:
    """The Dates of a column; `order` (one of ORDERS) as answered."""
    raise NotImplementedError
