"""What the workbook for Prism says of its tables."""

from immunoassay.words.language import said
from immunoassay.words.workbook_words import SIMULATED

POLICIES = {
    "blank": "values beyond a limit left blank",
    "limit": "values below the LLOQ = LLOQ, above the ULOQ = ULOQ",
    "half_limit": "values below the LLOQ = LLOQ/2, above the ULOQ = ULOQ",
}
READ_ME = (
    "One sheet per biomarker and score. Copy one table, from its row of groups down, into a grouped table of Prism: visits are "
    "rows, courses and groups are column groups, participants are the side-by-side replicates.",
    "Where results lie below the LLOQ or above the ULOQ a sheet has three tables, one under the other: each title names what "
    "stands for these results. The statistics of the study use none of the three: they treat such results as censored. State in "
    "the legend of a figure made of them which table was used.",
    "An empty cell is missing, not reportable, or, where the title says so, beyond a limit.",
)


def read_me(title: str, simulated: bool) -> list[str]:
    """The lines of the first sheet."""
    return [said(line) for line in (title, *([SIMULATED] if simulated else []), *READ_ME)]


def policy(code: str, log2: bool) -> str:
    """What stands for a value beyond a limit; half of a limit in log2 units is one unit less."""
    words = POLICIES[code]
    return said(words.replace("LLOQ/2", "LLOQ \N{MINUS SIGN} 1 (half of it)") if log2 else words)


def title(label: str, unit: str, lloq: str, policy: str) -> str:
    """The title of one table."""
    parts = [label + (f", {unit}" if unit else ""), f"LLOQ {lloq}" if lloq else "", policy]
    return said("; ".join(filter(None, parts)))
