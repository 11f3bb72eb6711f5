"""Names that a person wrote into the layouts of a study, and that no sheet explains yet: tubes to be drafted."""

import pandas as pd
from immunoassay.drafts.draft import Known
from immunoassay.drafts.export_names import COLUMNS
from immunoassay.study.name_rows import obeyed


def unexplained(known: Known) -> pd.DataFrame:
    """The names of samples that layouts hold and neither `names` nor `samples` has: export_names.COLUMNS, a row per plate and
    name."""
    tubes, found = known.values("samples", "sample_id") | known.pools, []
    for plate in known.rows("plates"):
        explained = tubes | set(obeyed(known.rows("names"), plate["plate"], plate["batch"]))
        wells: dict[str, list[str]] = {}
        for row in known.layouts.get(plate["plate"], ()):
            if row["role"] == "sample" and row["sample_id"] not in explained:
                wells.setdefault(row["sample_id"], []).append(row["well"])
        place = {column: plate[column] or "" for column in ("plate", "batch", "file", "plate_in_file")}
        for name, own in wells.items():
            said = {"role": "sample", "wells": " ".join(own), "n": len(own), "stated": True}
            found.append({**place, "plate_title": "", "name": name, **said})
    return pd.DataFrame(found, columns=COLUMNS)
