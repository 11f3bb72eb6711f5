"""What the header of an export says beside its wells: when the plate was read, and the names and lots written there."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from immunoassay.problems import Problem
from immunoassay.readers.export import Plate

FORMS = ("%Y-%m-%d", "%d-%b-%Y", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y")
READ_WITHIN = 7  # days between the run in the sheet and the read
PERSONS = re.compile(r"user|operator|author|owner|sign|login|computer|location|executed by", re.I)
LONGEST = 200  # characters of a line of the header


def dates(written: str | None) -> set[date]:
    """Every date a text may begin with, day and month either way round."""
    word = re.split(r"[ ,T]", str(written or "").strip())[0]
    return {found for form in FORMS if (found := _date(word, form))}


def read_on_another_day(plate: Mapping[str, Any], found: Plate) -> list[Problem]:
    """[Problem]: the export was read more than READ_WITHIN days from the run_date of its row of the plates sheet."""
    read = dates(found.read_time)
    if not plate["run_date"] or not read:
        return []
    run = date.fromisoformat(plate["run_date"])
    if min(abs((each - run).days) for each in read) <= READ_WITHIN:
        return []
    said = f"the export says that it was read on {found.read_time}, the sheet that it was run on {plate['run_date']}"
    return [Problem(
        "W-ACC-006", "FLAG", plate["file"], said, "it is perhaps the export of another plate",
        "correct run_date, or name the right file", column="run_date",
    )]  # fmt: skip


def text(found: Plate) -> str:
    """Name and header lines of a plate, one a line as `line: written`, without those that name persons or computers.

    Of a path only the name of the file is kept: folders may bear names of persons.
    """
    lines = {"plate": found.name, **found.metadata}
    kept = {
        name: " ".join((re.split(r"[\\/]", str(written))[-1] if "path" in name.lower() else str(written)).split())
        for name, written in lines.items()
        if not PERSONS.search(name)
    }
    kept = {name: written[:LONGEST] for name, written in kept.items()}
    return "\n".join(f"{name}: {written}" for name, written in kept.items() if written)


def _date(word, form):
    try:
        return datetime.strptime(word, form).date()
    except ValueError:
        return None
