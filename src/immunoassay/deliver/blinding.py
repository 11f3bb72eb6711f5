"""When the blind of a study was broken, and whether the analysis plan is still the one recorded before.

The log of runs (deliver/runlog) knows both: every run enters the checksum of its plan, and the day on which the unblinding
sheet was first there. The log is no input of a job, as it grows with every run; what is taken from it never changes again.
"""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from immunoassay.deliver import runlog

# What can be said of the plan: it is the one of the last blinded run, another, none was recorded, or the log is not whole.
PLANS = ("same_plan", "another_plan", "no_plan_recorded", "log_not_whole")


def blinding(
    study: str | Path, factors: Sequence[str], blinded: Sequence[str], plan: str, today: date
) -> dict[str, Any]:
    """The record of the blinding of the `factors` of a study, as a plain dict.

    `blinded`: those of which nobody knows the levels now; `plan`: checksum of the analysis plan. `opened` is the day of the
    first run that saw the levels, `today` if that is this run, None if none did; `plan_before` the checksum in the last run
    before, and `plan_state` one of PLANS, both None while nothing was opened.
    """
    entries = runlog.entries(study)
    first = next((place for place, entry in enumerate(entries) if entry.get("opened")), len(entries))
    seen = first < len(entries)
    record = {"factors": list(factors), "blinded": list(blinded), "plan": plan, "plan_before": None, "plan_state": None}
    if not seen and blinded:
        return {**record, "opened": None}
    before = [entry["plan"] for entry in entries[:first] if entry.get("plan")]
    state = "no_plan_recorded" if not before else "same_plan" if before[-1] == plan else "another_plan"
    return {
        **record,
        "opened": entries[first]["opened"] if seen else today.isoformat(),
        "plan_before": before[-1] if before else None,
        "plan_state": "log_not_whole" if runlog.verify(study)[2] else state,
    }


def read(path: str | Path | None) -> dict[str, Any] | None:
    """The record in a file; None of a study that nothing is blinded in."""
    return json.loads(Path(path).read_text(encoding="utf-8")) if path else None
