"""Codes of the sheets as the field says them: groups of analytes, schedules of doses, treatment courses."""

from immunoassay.tables import is_log2
from immunoassay.words.code_words import plain
from immunoassay.words.language import said
from immunoassay.words.number_words import printed

GROUPS = {
    "autoantibody": "autoantibodies",
    "bcma_axis": "BCMA axis",
    "cytokine": "cytokines",
    "immunoglobulin": "immunoglobulins",
    "score": "clinical scores",
    "vaccine": "vaccine antibodies",
}
ACRONYMS = {"bcma": "BCMA", "baff": "BAFF", "april": "APRIL", "ig": "Ig", "igg": "IgG", "achr": "AChR", "car": "CAR"}
RHYTHMS = ("daily", "weekly", "monthly")
ORDINALS = ("first", "second", "third", "fourth", "fifth")


def named(code: str) -> str:
    """A name of the sheets as it is printed: bcma_axis becomes BCMA axis."""
    return " ".join(ACRONYMS.get(word, word) for word in code.split("_"))


def group(code: str) -> str:
    """A group of analytes; one of the study's own by its name."""
    return said(GROUPS.get(code, named(code)))


def schedule(code: str) -> str:
    """A schedule of doses: six_weekly is "six weekly infusions"."""
    name = plain(code)
    return said(f"{name} infusions" if name.endswith(RHYTHMS) else name)


def course(code: str) -> str:
    """A treatment course: first is "first course", retreatment is itself."""
    name = plain(code)
    return said(f"{name} course" if name in ORDINALS else name)


def capital(text: str) -> str:
    """The text with its first letter as of a sentence; the rest, such as an acronym, stays."""
    return text[:1].upper() + text[1:]


def unit(text: str) -> str:
    """A unit as printed: ug/mL becomes µg/mL, and of logarithms it is said that they are."""
    return f"{text} (log2)" if is_log2(text) else printed(str(text))
