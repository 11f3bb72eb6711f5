"""Amendments for expected concentrations that lost their decimal point, complete but for the signature."""

import re

from immunoassay.drafts.found import Found
from immunoassay.readers.luminex import standards
from immunoassay.study.members import Rows

REASON = "lost decimal point: the value does not fit the dilution series of the other levels"


def rows(plate: Found, names: dict[str, str]) -> Rows:
    """Rows of the amendments sheet without amendment, who and when; `names` {analyte as written: its name in the sheets}.

    One row per analyte and level whose concentration leaves its series and returns to it with its point moved.
    """
    if plate.platform != "luminex":
        return []
    found = []
    levels = plate.standards.drop_duplicates(["analyte", "level"])
    for analyte, own in levels[levels["expected"] > 0].groupby("analyte", sort=False):
        series = sorted(
            (_number(level), level, value) for level, value in zip(own["level"], own["expected"], strict=True)
        )
        if len(series) < 4 or str(analyte) not in names:
            continue
        for position, repaired in standards.breaks([each[0] for each in series], [each[2] for each in series]):
            _, level, value = series[position]
            if repaired is not None:
                found.append({
                    "what": "expected_concentration", "plate": plate.plate, "analyte": names[str(analyte)], "level": level,
                    "from": f"{value:.17g}", "to": f"{repaired:.17g}", "reason": REASON,
                })  # fmt: skip
    return found


def _number(level):
    match = re.search("[0-9]+", str(level))
    return int(match[0]) if match else 0
