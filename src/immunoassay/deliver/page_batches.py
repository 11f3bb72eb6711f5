"""Pages of batches: what the report page of a study of many plates keeps, and what belongs to the page of a batch."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
from immunoassay.files import texts

# rows of attempts, of results and of observations each that the report page has room for beside a batch of 20 plates: 15,
# 14 and 4 bytes, so that it stays within 3 MB
ROWS = 40_000


def held(
    frames: Mapping[str, pd.DataFrame], newest: str, recent: Collection[str], rows: int = ROWS
) -> dict[str, pd.DataFrame]:
    """The frames of the report page where batches have pages of their own: what concerns all plates, and the newest batch.

    Curves and controls are those of the batch `newest` and of the plates `recent`; checks those of the batch; attempts
    those of its samples; `measured_in` (sample_id, panel, batch) says where attempts of a sample lie. Of more than `rows`
    attempts only the batch's own stay, of more results those of its samples, of more observations none. `frames` has wells,
    delivered, concentrations and dropped_standards of the newest batch alone.
    """
    attempts, results = frames["attempts"], frames["results"]
    of_batch = attempts["batch"] == newest
    samples = set(attempts.loc[of_batch, "sample_id"])
    of_samples = attempts[attempts["sample_id"].isin(samples)]
    shown = {
        **frames,
        **{name: _near(frames[name], newest, recent) for name in ("curves", "controls")},
        "checks": frames["checks"][frames["checks"]["batch"] == newest],
        "attempts": of_samples if len(of_samples) <= rows else attempts[of_batch],
        "results": results if len(results) <= rows else results[results["sample_id"].isin(samples)],
        "measured_in": _places(attempts[attempts["sample_id"].isin(set(results["sample_id"]))]),
    }
    if len(frames.get("observations", ())) > rows:
        del shown["observations"]
    return shown


def _near(frame, newest, recent):
    return frame[(frame["batch"] == newest) | frame["plate"].isin(recent)]


def _places(attempts):
    """Where attempts of every sample lie: sample_id, panel, batch, in the order of the samples."""
    columns = ["sample_id", "panel", "batch"]
    found = attempts[columns].drop_duplicates().sort_values(columns, kind="stable")
    return found.reset_index(drop=True)


def of_people(
    samples: Sequence[Mapping[str, Any]],
    participants: Sequence[Mapping[str, Any]],
    names: Collection[str],
    reported: bool,
) -> dict[str, Any]:
    """What the page of a batch needs to hide, as little as there is, so that a new sample concerns no other batch.

    {sheets: rows of samples and participants, whose codes are hidden unless participants are `reported`; cleared: names of
    the names sheet and of samples that look like a person's and are none}.
    """
    known = [*names, *(row["sample_id"] for row in samples)]
    hidden = {"samples": [], "participants": []} if reported else {
        "samples": [{"sample_id": row["sample_id"]} for row in samples],
        "participants": [{"participant": row["participant"]} for row in participants],
    }  # fmt: skip
    return {"sheets": hidden, "cleared": sorted({name for name in known if texts.personal(name, code=True)})}
