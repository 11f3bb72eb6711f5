"""Names of analytes as they are printed: what two kits measure under one name is told apart by the kit."""

import re
from collections import Counter

from immunoassay.study.members import Sheets

SMALL = re.compile(r"[^\w]|_")  # what does not tell names apart: IL-6, IL6 and IL 6


def fill(sheets: Sheets) -> None:
    """Give every analyte its label in place: its own or its name, with the kit behind it where another kit's is alike."""
    for row in sheets["analytes"]:
        row["label"] = row["label"] or row["analyte"]
    kits = {row["panel"]: row["label"] or row["panel"] for row in sheets["panels"]}
    alike = {(_plain(row), row["panel"]) for row in sheets["analytes"] if row["label"]}
    times = Counter(label for label, _ in alike)
    for row in sheets["analytes"]:
        if row["label"] and times[_plain(row)] > 1:
            row["label"] = f"{row['label']} ({kits.get(row['panel'], row['panel'])})"


def _plain(row):
    return SMALL.sub("", row["label"]).casefold()
