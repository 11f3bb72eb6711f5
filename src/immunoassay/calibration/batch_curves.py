"""Curves and concentrations of one batch whose panels may have different acceptance criteria."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pandas as pd
from immunoassay import tables
from immunoassay.calibration.calibrate import calibrate
from immunoassay.calibration.limits import Criteria
from immunoassay.study import amendments as amend

EDITS = ("most_deviant_first", "robust", "none")


def calibrate_batch(
    wells: pd.DataFrame,
    analytes: Sequence[Mapping[str, Any]],
    plates: Sequence[Mapping[str, Any]],
    criteria: Mapping[str, Mapping[str, Any]],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """(curves, concentrations, dropped_standards) of all plates.

    `analytes` are rows with the settings of `calibrate` and `criteria_set`; `plates` rows with plate and kit_lot;
    `criteria` the criteria set by name. Plates that could not be read at all have no curve.
    """
    wells = wells[wells["vendor_flag"].ne("not_read") | wells["signal"].notna()]
    plates, found = pd.DataFrame(plates), []
    for name in sorted({row["criteria_set"] for row in analytes}):
        settings = pd.DataFrame([row for row in analytes if row["criteria_set"] == name])
        rows = wells[wells["panel"].isin(settings["panel"]) & wells["analyte"].isin(settings["analyte"])]
        if len(rows):
            found.append(calibrate(rows, settings.drop(columns="criteria_set"), plates, _criteria(criteria[name])))
    if not found:
        return tuple(tables.empty(name) for name in ("curves", "concentrations", "dropped_standards"))
    curves, concentrations, dropped = (pd.concat(parts, ignore_index=True) for parts in zip(*found, strict=True))
    return _amended(curves, wells), concentrations, dropped


def _amended(curves, wells):
    """The curves with the amendments of the wells they rest on."""
    place = pd.MultiIndex.from_frame(curves[["plate", "analyte"]])
    return curves.assign(amendments=amend.of_curves(wells).reindex(place).to_numpy(object))


def _criteria(criteria):
    """The Criteria of a criteria set; ValueError for an unknown way of editing."""
    rules = criteria["calibration"]
    if rules["edit"] not in EDITS:
        raise ValueError(f"unknown edit {rules['edit']!r}; known: {', '.join(EDITS)}")
    return Criteria(
        tolerance_percent=rules["tolerance_percent"],
        tolerance_percent_ends=rules["tolerance_percent_ends"],
        cv_percent=rules["cv_percent"],
        cv_percent_ends=rules["cv_percent_ends"],
        pass_fraction=float(Fraction(rules["pass_fraction"])),
        max_dropped_fraction=0.0
        if rules["edit"] != "most_deviant_first"
        else float(Fraction(rules["max_dropped_fraction"])),
        min_levels=rules["min_levels"],
        blank_k=criteria["blank_sd_multiple"],
        robust=rules["edit"] == "robust",
    )
