"""Which tubes are awaited by which kits: those of which a result must be there, or a reason why there is none."""

from collections.abc import Collection, Sequence

import pandas as pd
from immunoassay.study.members import Cells

VISIT = ["participant", "course", "visit"]
PLACE = ["sample_id", "panel"]


def awaited(samples: Sequence[Cells], measured: pd.DataFrame, panels: Collection[str]) -> pd.DataFrame:
    """PLACE of every tube x kit that is awaited.

    `samples` are rows of the sheet (sample_id and, where known, VISIT); `measured` (PLACE) the tubes on the plates of each
    kit; `panels` the kits. A kit awaits every tube it measured. Of a visit of which it measured none it awaits the first
    tube: several tubes of a visit are aliquots for several kits. A tube that nobody measured and that is of no visit is
    awaited by all.
    """
    tubes = pd.DataFrame([{"sample_id": "", **row} for row in samples], columns=["sample_id", *VISIT], dtype=object)
    tubes = tubes.where(tubes.notna(), "")
    places = tubes.merge(pd.DataFrame({"panel": list(panels)}, dtype=object), how="cross")
    pairs = pd.MultiIndex.from_frame(places[PLACE])
    places["measured"] = pairs.isin(pd.MultiIndex.from_frame(measured[PLACE].astype(object)))
    placed = (places["participant"] != "") & (places["visit"] != "")
    of_visit = places.groupby([*VISIT, "panel"], sort=False)
    first = ~places.duplicated([*VISIT, "panel"]) & ~of_visit["measured"].transform("any")
    nowhere = ~places.groupby("sample_id", sort=False)["measured"].transform("any")
    return places.loc[places["measured"] | (first & placed) | (nowhere & ~placed), PLACE].reset_index(drop=True)
