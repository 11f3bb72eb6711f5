"""What the cells of a table suggest about columns that nobody has named: which columns together name a sample, which columns
of numbers are no results. Proposals for a person; no value is ever read by them alone.
"""

import re
from collections.abc import Sequence

from immunoassay.readers import written_cells
from immunoassay.readers.written_cells import Rows, key

MOST_JOINED = 3  # columns that name a sample together
_PERSON = re.compile(
    r"(?:^|[^a-z])(?:id|code|nr|no)$|^id|subject|sample|patient|participant|animal|person|donor|specimen|tube"
)
_PERSON_KEYS = re.compile("ptid|barcode|subjid|patid|[a-z]id$")
_PROTEIN = re.compile(
    r"(?:^|[^a-z])(?:il-?\s?[0-9]{1,2}|tnf|ifn|ig[gamed][0-9]?|ccl-?[0-9]|cxcl-?[0-9]|mip|mcp|g?m?-?csf|vegf|egf|fgf|pdgf|hgf|"
    r"tgf|crp|nf-?l|gfap|tau|p-?tau|a(?:beta|β)[0-9]*|rantes|eotaxin|leptin|icam|vcam|saa|mmp-?[0-9]|s?cd[0-9]{2,3}|bdnf|st2)",
    re.I,
)
_CLINICAL = re.compile(
    "age|sex|gender|height|weight|bmi|days?|weeks?|visit|time|timepoint|year|score|dose|index|row|number|no|nr|count|group"
)


def proteins(names: Sequence[str]) -> int:
    """How many headings name an antibody, a cytokine or another protein that is measured by immunoassay."""
    return sum(bool(_PROTEIN.search(name)) for name in names)


def sample_columns(names: Sequence[str], lines: Rows, free: Sequence[int], beside: Sequence[int]) -> list[int]:
    """Columns of `free` that together name the sample: one that numbers persons or tubes, and those that tell its rows with
    the same cells in `beside` (the analyte) apart; [] where none does."""
    first = [at for at in free if _PERSON.search(names[at].casefold()) or _PERSON_KEYS.search(key(names[at]))]
    if not first or not lines:
        return []
    chosen = [max(first, key=lambda at: (_apart(lines, [at]), -at))]
    while len(chosen) < MOST_JOINED and _apart(lines, [*chosen, *beside]) < len(lines):
        gains = {at: _apart(lines, [*chosen, at, *beside]) for at in free if at not in chosen}
        best = max(gains, key=lambda at: (gains[at], -at), default=None)
        if best is None or gains[best] == _apart(lines, [*chosen, *beside]):
            break
        chosen.append(best)
    return sorted(chosen)


def _apart(lines, places):
    return len({tuple(written_cells.text_at(line, at) for at in places) for line in lines})


def no_results(names: Sequence[str], texts: Sequence[Sequence[str]], numbers: Sequence[int]) -> list[int]:
    """Columns of `numbers` that look like no results in a wide table: facts of persons and visits, codes of yes and no, and
    whatever stands to the left of the last of them, where results follow. `texts` are the filled cells by column."""
    odd = [at for at in numbers if _is_fact(names[at], texts[at])]
    first = next((at for at in numbers if proteins([names[at]])), None)
    return [at for at in numbers if at in odd or (first is not None and at < first)]


def _is_fact(name, texts):
    return bool(_CLINICAL.fullmatch(key(name))) or set(texts) <= {"0", "1", "0.0", "1.0", "2"}
