"""What goes wrong in the demonstration on purpose, and what the workflow must say about each.

The faults are planted in the plates or the truth; the sheets hold the lab's answer (an amendment, a plate set aside)
where a lab would have given one. `resources/demo/truth/faults.tsv` lists them with the places they lie in.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from immunoassay.simulate.assay import Plate

STRENGTH = {"ISO-02": 0.75}  # real over stated strength of the standards
NOT_DILUTED = "BAFF-01"  # S2 and below are fifty times too weak: S1/S2 is 100 instead of 2
TYPED_WRONG = ("CYT-01", "P02-M3", "P20-M3")  # plate, right, written
NOT_IN_SAMPLES = ("CYT-02", "P08-D1")
CONTAMINATED = ("CYT-02", "P06-M2", 1, 8.0)  # plate, sample, replicate, factor on all analytes
POOR_DUPLICATE = ("SBCMA-01", "P03-M9", 60.0)  # plate, sample, CV in percent of the duplicate
ABOVE_ULOQ = ("P03-M6", "IL-8", 9000.0)  # sample, analyte, true concentration
TEXT_RESULT = ("ACHR-01", "P02-M2", "<0.50", "0.50", "insufficient volume, assayed at a higher dilution")
# plate, sample, replicate, analyte, beads
FEW_BEADS = (
    ("CYT-01", "P01-M6", 0, "IL-13", 21),
    ("CYT-01", "P04-M2", 1, "TNF", 30),
    ("CYT-01", "P02-D1", 0, "MCP-1", 44),
    ("ISO-01", "P03-M2", 1, "IgM", 12),
    ("ISO-01", "P01-M9", 0, "IgG3", 38),
    ("ISO-02", "P07-M3", 1, "IgA", 47),
)

AMENDMENTS = (
    ("A01", "sample_id", "CYT-01", "", *TYPED_WRONG[:0:-1], "digits swapped at plate set-up; box map checked"),
    ("A02", "standard_strength", "ISO-02", "", "", "0.75", "standard made up in 4/3 of the volume"),
    ("A03", "exclude_well", "CYT-02", "contaminated", "", "", "splash from the next well seen while pipetting"),
)  # fmt: skip
SET_ASIDE = "standards below S1 were not diluted (S1/S2 ratio 100 instead of 2); repeated as BAFF-01R"


@dataclass(frozen=True)
class Fault:
    """One row of faults.tsv."""

    fault: str
    expected: str
    file: str = ""
    plate: str = ""
    well: str = ""
    sample: str = ""
    analyte: str = ""


def well_of(wells: pd.DataFrame, sample: str, replicate: int) -> str:
    """The well of one replicate of a sample, in order of reading."""
    return wells.loc[wells["sample"] == sample, "well"].iloc[replicate]


def factors(plate: str, wells: pd.DataFrame, count: int) -> np.ndarray:
    """Factors on what is in the wells of a plate (wells x analytes); 1 where nothing was planted."""
    factor = np.ones((len(wells), count))
    if plate == NOT_DILUTED:
        factor[(wells["role"] == "standard") & (wells["level"] != "S1")] = 1 / 50
    if plate == CONTAMINATED[0]:
        factor[(wells["well"] == well_of(wells, *CONTAMINATED[1:3]))] = CONTAMINATED[3]
    if plate == POOR_DUPLICATE[0]:
        away = POOR_DUPLICATE[2] / 100 / np.sqrt(2)
        factor[np.flatnonzero(wells["sample"] == POOR_DUPLICATE[1])] = [[1 - away], [1 + away]]
    return factor


def spoil(plate: Plate) -> None:
    """Plant low bead counts and the mistyped sample in a plate that was read."""
    names = [analyte.name for analyte in plate.analytes]
    for where, sample, replicate, analyte, beads in FEW_BEADS:
        if plate.name == where and plate.counts is not None:
            row = np.flatnonzero(plate.wells["sample"] == sample)[replicate]
            plate.counts[row, names.index(analyte)] = beads
    if plate.name == TYPED_WRONG[0]:
        plate.wells = plate.wells.assign(sample=plate.wells["sample"].replace(TYPED_WRONG[1], TYPED_WRONG[2]))


def amendments(plates: dict[str, Plate]) -> pd.DataFrame:
    """The amendments sheet; `plates` maps a name to the plate."""
    rows = []
    for name, what, plate, well, written, right, reason in AMENDMENTS:
        if well:
            well = well_of(plates[plate].wells, *CONTAMINATED[1:3])
        rows.append(
            {"amendment": name, "what": what, "plate": plate, "well": well, "analyte": "", "sample_id": "", "level": "",
             "from": written, "to": right, "reason": reason, "who": "KM", "when": "2024-07-01"}
        )  # fmt: skip
    return pd.DataFrame(rows)


def listing(plates: dict[str, Plate], files: dict[str, str]) -> pd.DataFrame:
    """Every planted fault with its place (faults.tsv); `plates`, `files` map a plate's name to the plate, its file."""

    def at(plate, sample="", replicate=None):
        wells = plates[plate].wells
        hit = wells.loc[wells["sample"] == sample, "well"].to_list() if sample else []
        return {
            "file": files[plate],
            "plate": plate,
            "well": ",".join(hit if replicate is None else hit[replicate : replicate + 1]),
            "sample": sample,
        }

    found = [
        Fault("sample_id_typed_wrong", f"amendment A01: results belong to {TYPED_WRONG[1]}, {TYPED_WRONG[2]} has none",
              **at(TYPED_WRONG[0], TYPED_WRONG[2])),
        Fault("standards_not_diluted", "plate set aside with its reason; results come from BAFF-01R",
              **at(NOT_DILUTED)),
        Fault("standard_strength_075", "amendment A02: expected concentrations x 0.75, results agree with the truth",
              **at("ISO-02")),
        Fault("missing_sample", "no result at M6; the visit is counted as missing, not as zero",
              sample="P04-M6"),
        Fault("duplicate_cv_60", "replicate CV far above its limit: not reported, or flagged, as the criteria say",
              **at(*POOR_DUPLICATE[:2]), analyte="sBCMA"),
    ]  # fmt: skip
    for plate, sample, replicate, analyte, beads in FEW_BEADS:
        few = "excluded: fewer than 35 beads" if beads < 35 else "used and flagged: 35 to 49 beads"
        found.append(Fault(f"bead_count_{beads}", few, **at(plate, sample, replicate), analyte=analyte))
    found += [
        Fault("text_result", f"{TEXT_RESULT[2]} becomes below LLOQ with LLOQ 0.50 for this sample alone",
              file=files[TEXT_RESULT[0]], plate=TEXT_RESULT[0], sample=TEXT_RESULT[1], analyte="anti-AChR"),
        Fault("contaminated_well", "amendment A03: the well is excluded, the other replicate is the result",
              **at(*CONTAMINATED[:3])),
        Fault("above_uloq", "above ULOQ: lower bound ULOQ, no upper bound",
              **at("CYT-01", ABOVE_ULOQ[0]), analyte=ABOVE_ULOQ[1]),
        Fault("sample_not_in_sheet", "excluded and listed: the sample is not in the samples sheet",
              **at(*NOT_IN_SAMPLES)),
        Fault("visit_outside_window", "flagged: day 272 lies outside the window of M9 (days 239 to 267)",
              sample="P06-M9"),
        Fault("all_below_lloq", "every result below LLOQ: drawn as a dashed line, no interval, no correlation",
              analyte="IL-4"),
        Fault("all_below_lloq", "every result below LLOQ: drawn as a dashed line, no interval, no correlation",
              analyte="IgE"),
    ]  # fmt: skip
    return pd.DataFrame([vars(fault) for fault in found])[
        ["fault", "file", "plate", "well", "sample", "analyte", "expected"]
    ]
