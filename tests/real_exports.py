"""Every file of a folder of real exports, read: one row each, beside what its manifest states.

    python -m tests.real_exports DIR [PAGE]     prints the table; writes it into the section "Real exports" of PAGE

The manifest (MANIFEST.tsv: file, format, wells, analytes ...) counts the wells of the plate type, or plates; NOTED has
the counts of the file where these differ, and why.
"""

import csv
import re
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from immunoassay.readers import recognition
from immunoassay.readers.export import NotReadable

FAMILY_OF = {  # folder or file -> family
    "bioplex_multianalyte": "bioplex_table",
    "bioplex_xls": "bioplex_workbook",
    "bioplex_xml": "bioplex_xml",
    "bmg_mars": "bmg_mars",
    "bmg_smart_control": "bmg_smart_control",
    "envision": "envision",
    "gen5": "gen5",
    "gen5_column_list": "gen5",
    "kaleido": "kaleido",
    "luminex_100_IS": "luminex_is",
    "luminex_intelliflex": "intelliflex",
    "luminex_intelliflex/luminex_intelliflex_example_01.csv": "xponent",  # written by the Intelliflex software as such
    "luminex_xponent": "xponent",
    "luminex_xponent_from_intelliflex": "xponent",
    "magellan": "magellan",
    "magellan_matrix": "magellan",
    "msd_methodical_mind_txt": "msd_plate",
    "msd_workbench": "msd_table",
    "plate_grid_xls": "grid",
    "skanit": "skanit",
    "softmax_pro": "softmax",
}
NOT_ENDPOINT = "kinetic, spectrum or area scan"
SIDE_FILE = "side file"
BROKEN = "called broken by the manifest"
REFUSED = {
    "bioplex_multianalyte/synthetic_bioplex_layout.xlsx": SIDE_FILE,
    "gen5/240307_114129_BNCH654563_spectralScan_example01.txt": NOT_ENDPOINT,
    "gen5/240307_125255_BNCH786865_areaScan_example01.txt": NOT_ENDPOINT,
    "gen5/Kinetic_Analysis_Mean_Slope_and_Standard_Curve_tab.txt": NOT_ENDPOINT,
    "gen5/kinetic_helper_gene_growth_curve.txt": NOT_ENDPOINT,
    "gen5/kinetic_multiplate.txt": NOT_ENDPOINT,
    "gen5/kinetic_singleplate.txt": NOT_ENDPOINT,
    "gen5/spectrum_data.txt": NOT_ENDPOINT,
    "gen5/spectrum_data_with_nan_value.txt": NOT_ENDPOINT,
    "luminex_100_IS/KitLots.csv": SIDE_FILE,
    "luminex_xponent/random_broken_colB.csv": BROKEN,
    "luminex_xponent_from_intelliflex/P1_SEROPED_PBT_62PLEX_PLATE1_03312023_RUN001_layout.xlsx": SIDE_FILE,
    "luminex_xponent_layouts/CovidOISExPONTENT_layout.csv": SIDE_FILE,
    "luminex_xponent_layouts/CovidOISExPONTENT_layout.xlsx": SIDE_FILE,
    "softmax_pro/AnExp_2plate.txt": SIDE_FILE,
    "softmax_pro/annote.txt": SIDE_FILE,
    "softmax_pro/annote_single.txt": SIDE_FILE,
    "softmax_pro/design.txt": SIDE_FILE,
    "softmax_pro/partial_plate.txt": NOT_ENDPOINT,
    "softmax_pro/spectramax340_kinetic_partial_plate.txt": NOT_ENDPOINT,
    "softmax_pro/stdConc.txt": SIDE_FILE,
}
WAVELENGTHS = "every wavelength is an analyte; the manifest counts the assay"
CHANNELS = "every channel and calculated result is an analyte; the manifest counts the assay"
FILLED = "cells that are filled; the manifest counts the plate type"
SEVERAL = "of all plates; the manifest counts one"
NOTED = {  # file -> (wells, analytes, why they are not those of the manifest)
    "bmg_mars/16-02-29 14-34-46 Transcreener ADP2 FI.csv": (302, 1, FILLED),
    "bmg_mars/16-03-03 13-25-45 472 QC 384 FI.csv": (68, 1, FILLED),
    "bmg_mars/16-03-03 16-54-03 472 ABS 384 QC.csv": (99, 1, FILLED),
    "bmg_mars/24-10-16 15-09-52 Luminescence 1536.csv": (288, 1, FILLED),
    "envision/PE_Envision_fluorescence_example01.csv": (48, 3, CHANNELS),
    "envision/PE_Envision_fluorescence_example04.csv": (768, 4, CHANNELS),
    "envision/PE_Envision_luminescence_example01.csv": (192, 2, CHANNELS),
    "envision/PE_Envision_missing_plate_maps.csv": (768, 2, CHANNELS),
    "envision/example01_missing_header_error.csv": (48, 2, CHANNELS),
    "gen5/endpoint_pathlength_correct_singleplate.txt": (96, 3, WAVELENGTHS),
    "gen5/endpoint_pathlength_correct_singleplate_no_pm_in_time.txt": (96, 3, WAVELENGTHS),
    "gen5/endpoint_wavelength_measurement_labels.txt": (96, 2, WAVELENGTHS),
    "luminex_intelliflex/luminex_intelliflex_single_dataset.csv": (3, 28, "14 regions with two reporters each"),
    "magellan/SLA01P01_ELISA.xlsx": (384, 2, WAVELENGTHS),
    "msd_methodical_mind_txt/methodical_test_1.txt": (192, 1, SEVERAL),
    "msd_methodical_mind_txt/methodical_test_data_in_filename.txt": (6, 1, "2 rows of 3 wells, as its head says"),
    "softmax_pro/Assay_11_and_12.txt": (192, 2, WAVELENGTHS),
    "softmax_pro/Assay_2.txt": (96, 2, WAVELENGTHS),
    "softmax_pro/MD_SMP_absorbance_endpoint_example04.txt": (288, 4, WAVELENGTHS),
    "softmax_pro/MD_SMP_absorbance_endpoint_partial_plate_example03.txt": (24, 3, WAVELENGTHS),
    "softmax_pro/abs_endpoint_plates.txt": (96, 4, WAVELENGTHS),
    "softmax_pro/softmaxpro_no_calc_docs.txt": (288, 2, WAVELENGTHS),
}
HEADING = "### Real exports"


@dataclass
class Row:
    """One file: what was read, or the message with which it is refused. Counts are over all plates."""

    file: str
    recognised: list
    family: str = ""
    plates: int = 0
    wells: int = 0  # over all plates
    analytes: int = 0  # of any plate
    standards: int = 0  # wells with the role
    flags: Counter = field(default_factory=Counter)  # well x analyte
    problems: Counter = field(default_factory=Counter)
    refusal: str = ""
    rows: int = 0  # wells x analytes in the tables


def expected_family(file):
    """The family a file is of, whether its content can be read or not; "" for side files."""
    if REFUSED.get(file) == SIDE_FILE:
        return ""
    return FAMILY_OF.get(file) or FAMILY_OF[file.partition("/")[0]]


def table(folder):
    """One Row per file of the folder, sorted."""
    paths = sorted(path for path in folder.glob("*/*") if path.is_file())
    return [_row(path, path.relative_to(folder).as_posix()) for path in paths]


def _row(path, file):
    try:
        row = Row(file, recognition.recognise(path))
        export = recognition.read(path)
    except NotReadable as error:
        message = replace(error.problem, file=file).message
        return Row(file, row.recognised, refusal=re.sub(rf" {re.escape(file)}(:| ›)", "", message))
    wells = [plate.wells for plate in export.plates]
    row.family, row.plates = export.family, len(wells)
    row.wells = sum(each["well"].nunique() for each in wells)
    row.analytes = len({analyte for each in wells for analyte in each["analyte"]})
    row.standards = sum(each.loc[each["role"] == "standard", "well"].nunique() for each in wells)
    row.flags = sum((Counter(each["vendor_flag"]) for each in wells), Counter())
    row.problems = Counter(problem.code for problem in export.problems)
    row.rows = sum(map(len, wells))
    return row


def manifest(folder):
    """file -> (plates, wells, analytes) as MANIFEST.tsv states them; None where it states none or a plate type."""
    with (folder / "MANIFEST.tsv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    stated = {}
    for row in rows:
        plates = re.fullmatch(r"([0-9]+) plate\(s\)", row["wells"])
        wells = int(row["wells"]) if row["wells"].isdigit() else None
        analytes = re.fullmatch(r"([0-9]+)(?: spots)?", row["analytes"])
        stated[row["file"]] = (int(plates[1]) if plates else None, wells, int(analytes[1]) if analytes else None)
    return stated


def confusion(rows):
    """Counter of (expected family, recognised families joined)."""
    return Counter((expected_family(row.file) or "none", " and ".join(row.recognised) or "none") for row in rows)


def section(rows):
    """The table and the confusion matrix as Markdown."""
    read = [row for row in rows if not row.refusal]
    lines = [
        HEADING,
        "",
        f"Generated by `make exports-table DIR=…`, from {len(rows)} files: {len(read)} are read, {len(rows) - len(read)} "
        "refused. Wells are those of all plates, standards the wells the export itself calls so, flags are counted per "
        "well and analyte.",
        "",
        "| file | family | plates | wells | analytes | standards | flags by code | problems by code | remark |",
        "|---|---|---:|---:|---:|---:|---|---|---|",
    ]
    for row in rows:
        if row.refusal:
            lines.append(f"| {row.file} | refused: {REFUSED[row.file]} | | | | | | | {row.refusal.replace('|', '/')} |")
            continue
        flags, problems = (
            ", ".join(f"{code} {n}" for code, n in sorted(each.items())) for each in (row.flags, row.problems)
        )
        numbers = f"{row.plates} | {row.wells} | {row.analytes} | {row.standards}"
        remark = NOTED[row.file][2] if row.file in NOTED else ""
        lines.append(f"| {row.file} | {row.family} | {numbers} | {flags} | {problems} | {remark} |")
    matrix = confusion(rows)
    columns = sorted({found for _, found in matrix})
    lines += [
        "",
        "Family a file is of (rows) and families that recognise it (columns), all files:",
        "",
        f"| | {' | '.join(columns)} |",
        f"|---|{'---:|' * len(columns)}",
    ]
    for family in sorted({family for family, _ in matrix}):
        lines.append(f"| {family} | {' | '.join(str(matrix[family, each] or '') for each in columns)} |")
    return "\n".join(lines) + "\n"


def replaced(page, text, heading=HEADING):
    """The page with the section of that heading replaced by the text, or with the text at its end."""
    before, heading, after = page.partition(heading)
    following = re.search(r"^##", after, re.M)
    rest = after[following.start() :] if heading and following else ""
    return before.rstrip("\n") + "\n\n" + text + ("\n" + rest if rest else "")


def main(folder, page=None):
    """Print the table of a folder; write it into the page, if one is named."""
    text = section(table(Path(folder)))
    print(text)
    if page:
        page = Path(page)
        page.write_text(replaced(page.read_text(encoding="utf-8"), text), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
