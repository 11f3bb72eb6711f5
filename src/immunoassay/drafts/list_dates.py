"""Dates as people write them; which of two numbers is the day is decided by the whole column, or asked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

DAY_FIRST, MONTH_FIRST = "day.month.year", "month/day/year"
ORDERS = (DAY_FIRST, MONTH_FIRST)

_MONTHS = (  # beginnings of names of months, without accents: English, German, French, Spanish
    *(("jan", "ene"), ("feb", "fev"), ("mar", "mrz"), ("apr", "avr", "abr"), ("may", "mai"), ("jun", "juin")),
    *(("jul", "juil"), ("aug", "aou", "ago"), ("sep",), ("oct", "okt"), ("nov",), ("dec", "dez", "dic")),
)
_TIME = r"(?:[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]m)?Z?)?"
_ISO = re.compile(rf"(\d{{4}})[-./](\d{{1,2}})[-./](\d{{1,2}}){_TIME}", re.I)
_BASIC = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_NUMBERS = re.compile(rf"(\d{{1,2}})\s?[-./]\s?(\d{{1,2}})\s?[-./]\s?(\d{{4}}|\d\d){_TIME}", re.I)
_DAY_WORD = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|er)?[-. ]*(?:de )?([^\W\d]+)[-., ]*(?:de |del )?(\d{{4}}|\d\d){_TIME}", re.I
)
_WORD_DAY = re.compile(rf"([^\W\d]+)[. ]*(\d{{1,2}})(?:st|nd|rd|th)?,? +(\d{{4}}){_TIME}", re.I)
_ACCENTS = str.maketrans("áàâäéèêíóôöúûüç", "aaaaeeeiooouuuc")


@dataclass(frozen=True)
class Dates:
    """`iso` {text as written: date as year-month-day}, without those that are none; `order` one of ORDERS where the column
    needed it, else ""; `open` whether both orders are possible and none was given; `unread` texts that are no date."""

    iso: dict[str, str]
    order: str
    open: bool
    unread: tuple[str, ...]


def read_dates(texts: Iterable[str], order: str = "") -> Dates:
    """The Dates of a column; `order` (one of ORDERS) as answered.

    One date such as 24.01.2024 shows the order of the whole column. While both orders are possible, none of the dates that
    depend on it is read. A year of two digits is of this century.
    """
    texts = [text for text in dict.fromkeys(texts) if text]
    iso = {text: found for text in texts if (found := _certain(text))}
    numbers = {text: tuple(map(int, found.groups())) for text in texts if (found := _NUMBERS.fullmatch(text))}
    possible = {each: {text: _of_order(parts, each) for text, parts in numbers.items()} for each in ORDERS}
    fit = [each for each in ORDERS if all(possible[each].values())]
    same = possible[DAY_FIRST] == possible[MONTH_FIRST]
    decided = order or (fit[0] if len(fit) == 1 else "")
    open_ = bool(numbers) and not decided and not same
    if same and numbers:
        decided = decided or DAY_FIRST
    if decided:
        iso |= {text: found for text, found in possible[decided].items() if found}
    unread = tuple(text for text in texts if text not in iso and not (open_ and text in numbers))
    return Dates(iso, "" if same else decided, open_, unread)


@lru_cache(maxsize=65536)
def is_date(text: str) -> bool:
    """Whether a text is a date in one order or the other."""
    found = _NUMBERS.fullmatch(text)
    parts = tuple(map(int, found.groups())) if found else ()
    return bool(_certain(text)) or any(parts and _of_order(parts, each) for each in ORDERS)


def _certain(text):
    """The date of a text that begins with its year or names its month, else ""."""
    if found := _ISO.fullmatch(text) or _BASIC.fullmatch(text):
        return _date(*map(int, found.groups()))
    if found := _DAY_WORD.fullmatch(text):
        return _date(_year(found[3]), _month(found[2]), int(found[1]))
    if found := _WORD_DAY.fullmatch(text):
        return _date(int(found[3]), _month(found[1]), int(found[2]))
    return ""


def _of_order(parts, order):
    first, second, year = parts
    day, month = (first, second) if order == DAY_FIRST else (second, first)
    return _date(_year(year), month, day)


def _year(written):
    return int(written) + (2000 if int(written) < 100 else 0)


def _month(word):
    word = word.casefold().translate(_ACCENTS)
    return next((number for number, names in enumerate(_MONTHS, 1) if len(word) > 2 and word.startswith(names)), 0)


def _date(year, month, day):
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
