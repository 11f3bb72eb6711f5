"""Cells of scores: which are numbers, which say that nothing was done, and what scale a column of them needs."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

_MISSING = re.compile(
    r"-+|–|\.|\?|/|x|n\.? ?/?a\.?|n\.? ?d\.?|n\.? ?k\.?|"
    r"nan|none|null|missing|unknown|not (?:done|available|known)|n\.? ?b\.?|k\.? ?a\.?|"
    r"fehlt|fehlend|nicht (?:erhoben|bekannt)|manquant|non fait|inconnu|falta|no (?:hecho|disponible)|desconocido",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Range:
    """What a scale of some values needs at least: `minimum`, `maximum` and `step`, as texts."""

    minimum: str
    maximum: str
    step: str


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no score: empty, NA, ND, -, fehlt ..."""
    return not text or _MISSING.fullmatch(text.strip()) is not None


def number(text: str) -> str:
    """A score as a plain number (`7,50` is 7.5), "" where it is none."""
    text = text.strip().replace("\u2212", "-")
    if not _NUMBER.fullmatch(text):
        return ""
    value = text.replace(",", ".").lstrip("+")
    whole, _, part = value.partition(".")
    part = part.rstrip("0")
    whole = re.sub(r"^(-?)0+(?=\d)", r"\1", whole)
    return f"{whole}.{part}" if part else "0" if whole == "-0" else whole


def share_of_numbers(texts: Iterable[str]) -> float:
    """The share of numbers among the cells that hold a score; 0 where none does."""
    filled = [text for text in texts if not is_missing(text)]
    return sum(bool(number(text)) for text in filled) / len(filled) if filled else 0.0


def drafted_range(numbers: Sequence[str]) -> Range:
    """The Range of some scores: from 0 (or the value below it, rounded out) to the highest rounded out to 1, 2 or 5 times a
    power of ten; the step is what their decimals need."""
    values = [Fraction(each) for each in numbers]
    digits = max((len(each.partition(".")[2]) for each in numbers), default=0)
    halves = digits == 1 and all((each * 2).denominator == 1 for each in values)
    low, high = min(values, default=Fraction(0)), max(values, default=Fraction(0))
    step = "0.5" if halves else "1" if digits == 0 else f"0.{'0' * (digits - 1)}1"
    return Range(f"-{_rounded_out(-low)}" if low < 0 else "0", _rounded_out(high), step)


def _rounded_out(value):
    if value <= 0:
        return "0"
    power = 10 ** math.floor(math.log10(value))
    found = next(Fraction(power).limit_denominator(10**9) * each for each in (1, 2, 5, 10) if value <= power * each)
    return str(found.numerator) if found.denominator == 1 else f"{float(found):g}"
