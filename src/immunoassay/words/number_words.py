"""Numbers and sentences as readers see them."""

import math
import re

from immunoassay.tables import is_log2


def number(value: float | None) -> str:
    """A number of a sentence: as `rounded`, with a minus sign."""
    return rounded(value).replace("-", "\N{MINUS SIGN}")


def rounded(value: float | None) -> str:
    """A number of a cell: three significant digits without an exponent; infinity and NaN in words."""
    if value is None or math.isnan(value):
        return "NA"
    if math.isinf(value):
        return "infinity" if value > 0 else "-infinity"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals > 3 else text


def between(low: float, high: float) -> str:
    """ "low-high", or one number when both are the same; "low to high" where one is negative."""
    to = " to " if min(low, high) < 0 else "\N{EN DASH}"
    return number(low) if low == high else f"{_digits(low)}{to}{_digits(high)}"


def _digits(value):
    """As `number`, with every zero of the three digits: beside another number that has them."""
    text = number(value)
    return (
        text
        if "." not in text
        else text + "0" * (max(0, 2 - math.floor(math.log10(abs(value)))) - len(text.split(".")[1]))
    )


def with_interval(estimate: float, low: float, high: float) -> str:
    """ "estimate (low to high)", or the estimate alone."""
    text = number(estimate)
    return text if math.isnan(low) or math.isnan(high) else f"{text} ({number(low)} to {number(high)})"


def stated(estimate: float, low: float, high: float, confidence: float) -> str:
    """ "estimate (95 % CI low to high)"; a side without a limit in words; the estimate alone without any."""
    text, level = number(estimate), f"{100 * confidence:g} % CI"
    if math.isnan(low) or math.isnan(high):
        return text
    if math.isinf(high):
        return f"{text} ({level} from {number(low)}, without an upper limit)"
    if low == -math.inf:
        return f"{text} ({level} to {number(high)}, without a lower limit)"
    return f"{text} ({level} {number(low)} to {number(high)})"


def counted(n: int, noun: str) -> str:
    """ "1 pair", "2 pairs"."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def were(n: int) -> str:
    """The verb of so many: "1 result was", "2 results were"."""
    return "was" if n == 1 else "were"


def probability(p: float) -> str:
    """A p value: "p = 0.031", "p < 0.0001"."""
    if math.isnan(p):
        return "no p"
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def share_below(below: int, results: int, lloq_low: float, lloq_high: float, unit: str) -> str:
    """How many results were below the LLOQ, and what the LLOQ was."""
    limits = "" if math.isnan(lloq_low) else f" ({between(lloq_low, lloq_high)} {printed(unit)})"
    return f"{below} of {results} results ({100 * below / results:.0f} %) {were(below)} below the {lower_limit(unit)}{limits}"


def lower_limit(unit: str | None) -> str:
    """What the lower limit is called: values in log2 units lie below a limit of detection and need no LLOQ."""
    return "limit of detection" if is_log2(unit) else "LLOQ"


def printed(unit: str | None) -> str:
    """The unit as it is printed: ug/mL becomes µg/mL."""
    return re.sub(r"\bu(?=[gLMm])", "\N{MICRO SIGN}", unit or "")


SPELLED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def spelled(n: int, noun: str, several: str = "") -> str:
    """A count inside a sentence: "seven participants", "53 samples"."""
    return f"{SPELLED[n] if n < len(SPELLED) else n} {noun if n == 1 else several or noun + 's'}"


def scale(unit: str | None) -> str:
    """The unit as it is printed, which says of logarithms that they are: "NPX (log2)"."""
    return f"{unit} (log2)" if is_log2(unit) else printed(unit)


class Symbol(str):
    """A text that begins with a symbol of several letters, which keeps its case."""


def sentences(*parts: str) -> str:
    """The non-empty parts as sentences; symbols (n, p, r, and a Symbol) keep their case."""
    return " ".join(f"{_capital(part)}." for part in parts if part)


def _capital(text):
    return text if isinstance(text, Symbol) or not text[1:2].isalpha() else text[0].upper() + text[1:]
