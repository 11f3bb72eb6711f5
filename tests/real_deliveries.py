"""Every file of a folder of real deliveries, read: what was counted beside what an independent plain parse counted.

    python -m tests.real_deliveries DIR [PAGE]     prints the table; writes it into the section "Real deliveries" of PAGE

MANIFEST.tsv names the files, COUNTS.tsv has the right counts: samples (or wells), analytes, numbers with their sum, minimum,
maximum and checksum, and how many lie below or above a limit. What a person would have to say of a file is in ANSWERS.
"""

import csv
import hashlib
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from immunoassay.files.house import HOUSE
from immunoassay.readers import recognition
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import NotReadable, ResultTable
from immunoassay.study import vocabulary

from tests.real_exports import replaced

HEADING = "### Real deliveries"
REFUSED = {  # file: what its refusal must say
    "olink/target48_limits.csv": "limits",
    "nulisa/inflammation_plate01.xml": "NPQ",
    "wide_tables/th_cytokines_wide.csv": "sample",
    "readers/multiskan_sky_kinetic.xlsx": "kinetic",
    "readers/tecan_spark_kinetic.xlsx": "kinetic",
    "readers/icontrol_kinetic.xlsx": "kinetic",
    "readers/clariostar_mars_kinetic.xlsx": "kinetic",
}
NO_ANALYTES = """patient_ID age immunosup hospitalized death_COVID ICU days BMI pulmonary_disease hydroxychloroquine
    lopinavir_ritonavir tocilizumab remdesivir inhaled_nitric_oxide azithromycin ceftriaxone vancomycin sarilumab NT50"""
ANSWERS = {  # file: (column, meaning) of the rows of the columns sheet that a person has to write
    "bead_and_elisa_tables/bioplex_long_oor.csv": (
        ("PTID", "sample"), ("stimulation", "sample"), ("timepoint", "sample"), ("df_exp", "dilution_applied"),
    ),
    "wide_tables/covid_systems_serology_wide.csv": (
        ("*", "value"), *((name, "ignore") for name in NO_ANALYTES.split()),
    ),
    "wide_tables/monkey_cytokines_long_lod.csv": (("ID", "sample"), ("day", "sample")),
}  # fmt: skip
OTHERWISE = {  # file: counts that differ from the plain parse, and why
    "wide_tables/monkey_cytokines_long_lod.csv": {
        "below": "974 of its values are the limit itself, so they lie below it"
    },
}
VENDOR = ("bead_and_elisa_tables/bioplex_multi_layout.xlsx",)  # of wells whose vendor's concentrations are counted


@dataclass(frozen=True)
class Counts:
    """What a file holds; `below` and `above` by word or by the limit beside the number."""

    samples: int
    analytes: int
    numbers: int
    below: int
    above: int
    sum: float
    min: float
    max: float
    md5: str


@dataclass(frozen=True)
class Row:
    """One file: its counts, or the message with which it is refused."""

    file: str
    family: str = ""
    counts: Counts | None = None
    refusal: str = ""


def table(folder):
    """One Row per file of COUNTS.tsv, in its order."""
    return [_row(folder / file, file) for file in stated(folder)]


def stated(folder):
    """{file: row of COUNTS.tsv}."""
    with (folder / "COUNTS.tsv").open(encoding="utf-8") as handle:
        return {row["file"]: row for row in csv.DictReader(handle, delimiter="\t")}


def answers(file):
    """What the sheets say of a file: the shipped vocabularies, and the rows of the columns sheet in ANSWERS."""
    words = vocabulary.state_words(HOUSE / "resources/state_words.tsv")
    units = vocabulary.units(HOUSE / "resources/units.tsv")
    rows = [
        {"scope": "DELIVERY", "column": column, "meaning": meaning, "word": "", "analyte": "", "unit": "", "row": at}
        for at, (column, meaning) in enumerate(ANSWERS.get(file, ()), 2)
    ]
    return Answers(rows=tuple(rows), words=words, units=units)


def _row(path, file):
    try:
        family = "result_table" if file in ANSWERS else None
        export = recognition.read(path, family, answers(file))
    except NotReadable as error:
        return Row(file, refusal=replace(error.problem, file=file).message)
    counted = of_results(export.frame) if isinstance(export, ResultTable) else of_wells(export, file in VENDOR)
    return Row(file, export.family, counted)


def of_results(frame):
    """Counts of results but those of standards and of wells a software calls by a sign (`#IPC`): every cell that is a plain
    number, whatever the words beside it make of it."""
    own = frame[(frame["role"] != "standard") & ~frame["sample"].fillna("").str.startswith("#")]
    numbers = _plain(own["value_text"])
    limit = np.fmax(own["lloq"].astype(float), own["lod"].astype(float)).fillna(own["lod"].astype(float))
    below = (own["flag"] == "below_range") | (numbers < limit)
    above = (own["flag"] == "above_range") | (numbers > own["uloq"].astype(float))
    rows = own.drop_duplicates(["sample", "analyte", "run"]) if own["replicate"].notna().any() else own
    return _counts(rows["analyte"].value_counts().max(), own["analyte"].nunique(), numbers, below, above)


def of_wells(export, vendor=False):
    """Counts of the signals of all plates; with `vendor`, of the vendor's concentrations of its samples."""
    frames = [plate.wells.assign(plate=at) for at, plate in enumerate(export.plates)]
    analytes = {place for frame in frames for place in zip(frame["plate"], frame["analyte"], strict=True)}
    wells = len({well for frame in frames for well in frame["well"]})
    if not vendor:
        numbers = np.concatenate([frame["signal"].to_numpy(float) for frame in frames])
        return _counts(wells, len(analytes), numbers, np.zeros(0), np.zeros(0))
    own = [frame[frame["role"] == "sample"] for frame in frames]
    numbers = np.concatenate([frame["vendor_concentration"].to_numpy(float) for frame in own])
    flags = np.concatenate([frame["vendor_flag"].to_numpy(object) for frame in own])
    return _counts(wells, len(analytes), numbers, flags == "below_range", flags == "above_range")


def _plain(texts):
    """Texts as numbers, whatever their decimal sign; NaN where one is none."""
    texts = texts.astype("object").fillna("").astype(str).str.strip()
    return pd.to_numeric(texts.str.replace(",", ".", regex=False), errors="coerce").astype(float)


def _counts(samples, analytes, numbers, below, above):
    numbers = np.asarray(numbers, float)
    known = numbers[~np.isnan(numbers)]
    text = "\n".join(sorted(f"{number:.6g}" for number in known))
    ends = (known.sum(), known.min(), known.max()) if known.size else (0.0, np.nan, np.nan)
    return Counts(
        samples, analytes, known.size, int(np.sum(below)), int(np.sum(above)), *map(float, ends),
        hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
    )  # fmt: skip


def differences(row, right):
    """{name: (ours, theirs)} of what a file that is read has otherwise than COUNTS.tsv states; what it leaves empty is not
    compared."""
    found = row.counts
    pairs = {
        "samples": (found.samples, right["samples_or_wells"]), "analytes": (found.analytes, right["analytes"]),
        "numbers": (found.numbers, right["numbers"]), "below": (found.below, right["below"]),
        "above": (found.above, right["above"]), "sum": (found.sum, right["sum"]), "min": (found.min, right["min"]),
        "max": (found.max, right["max"]),
    }  # fmt: skip
    odd = {
        name: (one, other)
        for name, (one, other) in pairs.items()
        if other != "" and not np.isclose(one, float(other), rtol=1e-5, atol=1e-9)
    }
    return odd | ({"md5": (found.md5, right["md5_sorted_6g"])} if found.md5 != right["md5_sorted_6g"] else {})


def section(folder):
    """The table as Markdown."""
    rows, right = table(folder), stated(folder)
    read = [row for row in rows if row.counts]
    equal = sum(not differences(row, right[row.file]) for row in read)
    lines = [
        HEADING,
        "",
        f"Generated by `python -m tests.real_deliveries DIR docs/validation.md`, from {len(rows)} files: {len(read)} are read, "
        f"{len(rows) - len(read)} refused; of those read {equal} agree with an independent plain parse in every count it states: "
        "samples or wells, analytes, numbers with sum, minimum, maximum and checksum, and how many lie below and above.",
        "",
        "| file | family | samples or wells | analytes | numbers | below | above | plain parse |",
        "|---|---|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        if not row.counts:
            lines.append(f"| {row.file} | refused | | | | | | {row.refusal.replace('|', '/')} |")
            continue
        odd = differences(row, right[row.file])
        said = "; ".join(f"{name}: {OTHERWISE[row.file][name]}" for name in odd) or "equal"
        found = row.counts
        counts = f"{found.samples} | {found.analytes} | {found.numbers} | {found.below} | {found.above}"
        lines.append(f"| {row.file} | {row.family} | {counts} | {said} |")
    return "\n".join(lines) + "\n"


def main(folder, page=None):
    """Print the table of a folder; write it into the page, if one is named."""
    text = section(Path(folder))
    print(text)
    if page:
        page = Path(page)
        page.write_text(replaced(page.read_text(encoding="utf-8"), text, HEADING), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
