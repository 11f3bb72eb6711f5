"""Texts that select rows (schedule, group, specimen, course ...): one spelling each, and nobody left out by a slip."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from immunoassay.problems import Problem, few
from immunoassay.study.choices import groups_of_figures
from immunoassay.study.context import Context
from immunoassay.study.similar_names import near_duplicates

# Columns whose text selects people, tubes or analytes, beside those that are keys of a sheet.
SELECTING = (
    ("participants", "schedule"),
    ("participants", "group"),
    ("analytes", "group"),
    ("samples", "specimen"),
    ("courses", "course"),
)
LEAST = 6  # characters of a text in which one letter is a slip rather than another name
RARE = 10  # a text is rare that is written so many times less often than the one it resembles
PARTS = re.compile(r"[^\W\d_]+|\d+")


def check(c: Context) -> Iterator[Problem]:
    """All problems of spelling and of names that nothing selects; `c` is what is looked at."""
    for sheet, column in SELECTING:
        rows = [row for row in c.sheets[sheet] if row[column]]
        first: dict[str, Mapping[str, Any]] = {}
        for row in rows:
            first.setdefault(row[column], row)
        alike = near_duplicates(c.files[sheet], "", first.values(), column)
        yield from alike
        known = column == "specimen" and all(row["specimen"] for row in c.sheets["panels"])  # compared with the kits'
        if not alike and not known:
            yield from _one_letter(c, sheet, column, Counter(row[column] for row in rows), first)
    yield from _not_selected(c)


def _one_letter(c, sheet, column, counts, first):
    """A FLAG for a text that is one letter apart from another and rare beside it, or named by nothing while that is."""
    named = _named(c).get(column, set())
    for text in sorted(counts):
        for other in sorted(counts):
            rare = counts[text] * RARE <= counts[other] or counts[text] == 1 < counts[other]
            if not (rare or (other in named and text not in named)) or not one_letter_apart(text, other):
                continue
            times = f"{counts[text]} row{'s' if counts[text] > 1 else ''}"
            yield c.problem(
                sheet, first[text], column, "W-ID-061",
                f'"{text}" ({times}) is one letter apart from "{other}" ({counts[other]})',
                "what selects by one leaves out the other", "correct the spelling, if they are the same", "FLAG",
            )  # fmt: skip


def one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter is added, lost or typed wrong, or two are exchanged, within a word of the texts.

    Digits, and words of one or two letters (arm A and arm B), name different things.
    """
    words, others = PARTS.findall(one.casefold()), PARTS.findall(other.casefold())
    if max(len(one), len(other)) < LEAST or len(words) != len(others):
        return False
    differ = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
    if len(differ) != 1 or any(word.isdigit() or len(word) < 3 for word in differ[0]):
        return False
    short, long = sorted(differ[0], key=len)
    if any(text[-2:-1].islower() and text[-1:].isupper() for text in (one, other)):
        return False  # groupA and groupB
    if len(short) == len(long):
        at = [place for place, (a, b) in enumerate(zip(short, long, strict=True)) if a != b]
        swapped = len(at) == 2 and at[1] == at[0] + 1 and short[at[0]] == long[at[1]] and short[at[1]] == long[at[0]]
        return len(at) == 1 or swapped
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))


def _named(c):
    """{column: names the config selects by}."""
    figures = groups_of_figures(c.config["figures"], (row["group"] for row in c.sheets["analytes"]))
    groups = {name for names in figures.values() for name in names}
    return {"schedule": set(c.config["analysed_schedules"]), "group": groups}


def _not_selected(c):
    """A FLAG for schedules and groups that no setting names while others are named, with what they leave out."""
    named = _named(c)
    enrolled = [row for row in c.sheets["participants"] if row["status"] == "enrolled"]
    for sheet, rows, column, what, whom in (
        ("participants", enrolled, "schedule", "participant", "are in no statistic and no figure of results"),
        ("analytes", c.sheets["analytes"], "group", "analyte", "are in no figure of groups"),
    ):
        rows = [row for row in rows if row[what] is not None]  # what is not understood has a line of its own
        out = [row for row in rows if row[column] not in named[column] and (row[column] or what == "participant")]
        if not out or not named[column].intersection(row[column] for row in rows):
            continue
        names = ", ".join(dict.fromkeys(f'"{row[column]}"' for row in out))
        key = "analysed_schedules" if column == "schedule" else "figures"
        yield c.problem(
            sheet, out[0], column, "W-REF-012",
            f"{names}: named by no setting; {len(out)} {what}s {whom} ({few([row[what] for row in out], 10)})",
            "others are named", f"nothing, if it is meant; else name it in {key} of the config", "FLAG",
        )  # fmt: skip
