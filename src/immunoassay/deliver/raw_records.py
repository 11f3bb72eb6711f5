"""Every raw record as the workbook shows it: well or delivered row, signal, concentration, what became of it."""

from collections.abc import Mapping

import pandas as pd
from immunoassay import tables

KEY = ["plate", "analyte", "well"]
RECORDS = [
    *("batch", "plate", "panel", "record", "analyte", "role", "sample_id", "sample_written", "disposition", "reason"),
    *("file", "file_row"),
]
READ = {
    "wells": [*KEY, "level", "signal", "signal_kind", "bead_count", "vendor_flag_text", "flags", "amendments"],
    "concentrations": [
        *(*KEY, "dilution", "expected", "concentration_well", "concentration", "low", "high", "recovery_percent"),
        *("status", "unit"),
    ],
    "delivered": ["plate", "analyte", "record", "value", "value_text", "unit", "amendments"],
}
ATTEMPTS = ["plate", "analyte", "wells", "cv_percent"]
COLUMNS = (
    *("plate", "analyte", "sample_id", "well", "role", "level", "sample_written", "dilution", "signal", "signal_kind"),
    *("bead_count", "expected", "concentration_well", "concentration", "low", "high", "unit", "cv_percent"),
    *("recovery_percent", "status", "disposition", "disposition_reason", "flags", "amendments", "vendor_flag_text"),
    *("panel", "batch", "file", "file_row"),
)


def raw_records(
    ledger: pd.DataFrame,
    wells: pd.DataFrame,
    concentrations: pd.DataFrame,
    delivered: pd.DataFrame,
    attempts: pd.DataFrame,
) -> pd.DataFrame:
    """One row (COLUMNS) per row of the `ledger`, those of one plate, analyte and sample beneath each other.

    The ledger needs RECORDS, `wells`, `concentrations` and `delivered` what READ says, `attempts` ATTEMPTS. `well` is the row
    of the table of results where a laboratory delivered one, `concentration` then its value; `cv_percent` is that of the
    attempt the well was used for; `disposition` the final one.
    """
    frame = ledger.rename(columns={"record": "well", "reason": "disposition_reason"})
    measured = wells.merge(concentrations, on=KEY, how="left", validate="one_to_one")
    values = delivered.rename(columns={"record": "well", "value": "concentration", "value_text": "vendor_flag_text"})
    measured = pd.concat([measured, values], ignore_index=True)
    frame = frame.merge(measured, on=KEY, how="left", validate="one_to_one")
    frame = frame.merge(used_wells(attempts)[[*KEY, "cv_percent"]], on=KEY, how="left", validate="one_to_one")
    roles = frame["role"].map({"standard": 0, "blank": 1, "control": 2}).fillna(3)
    order = frame.assign(_role=roles).sort_values(
        ["plate", "analyte", "_role", "sample_id", "level", "dilution", "well"]
    )
    return frame.loc[order.index, list(COLUMNS)].reset_index(drop=True)


def first_plates(records: Mapping[str, int], most: int) -> list[str]:
    """The plates whose rows come first, as many as fill `most` rows; `records` has the rows of every plate."""
    found: list[str] = []
    for plate in sorted(records):
        if sum(records[each] for each in found) >= most:
            break
        found.append(plate)
    return found


def used_wells(attempts: pd.DataFrame) -> pd.DataFrame:
    """One row per well that an attempt used: its column `wells` becomes `well`, the others stay."""
    each = attempts.dropna(subset=["wells"])
    return each.assign(well=each["wells"].str.split(",")).explode("well").drop(columns="wells").drop_duplicates(KEY)


def notes() -> dict[str, str]:
    """What the columns hold, from the tables they come from."""
    own = {
        "well": "well, or row of a laboratory's table of results",
        "disposition": "what became of it, see Ledger counts",
    }
    own["vendor_flag_text"] = "flag of the instrument's software, or cell of the laboratory, verbatim"
    own["cv_percent"] = "CV of the replicates of the attempt that used the well [%]"
    found: dict[str, str] = {}
    for name in ("ledger", "concentrations", "wells"):
        found |= {column.name: _note(column) for column in tables.TABLES[name].columns.values()}
    return {name: own.get(name, found.get(name, "")) for name in COLUMNS}


def _note(column):
    return column.meaning + (f" [{column.unit}]" if column.unit else "")
