"""Olink's long table (csv, xlsx or parquet): a row per sample and assay with NPX, or with a concentration.

Target, Explore, Explore HT, Reveal and Flex share it. The OlinkID is the key: one assay name may stand for several assays.
A table of the limits of panel lots is recognised and refused by name.
"""

from immunoassay.readers import sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.deliveries import maker_long
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import ResultTable
from immunoassay.readers.written_cells import key

FAMILY = "olink_long"

_LOD = ("lod", "platelod", "maxlod")
_KNOWN = """index uniprot missingfreq missingdatafreq panel panelversion panellotnr panellotnumber block count extnpx
    pcnormalizednpx pcnormalizedlod dataanalysisrefid exploreversion intracv intercv processingstartdate processingenddate
    analyzerid instrumenttype platelql platelod maxlod lloq uloq lod lodmethod maxlodmethod aboveboundary"""
LAYOUT = maker_long.Layout(
    values=(
        maker_long.Value("npx", "NPX", {"lod": _LOD}),
        maker_long.Value("quantifiedvalue", "", {"lod": ("platelod", "lod"), "lloq": ("lloq", "platelql"), "uloq": ("uloq",)}),
        maker_long.Value("pcnormalizednpx", "NPX", {"lod": ("pcnormalizedlod",)}),
    ),
    samples=("sampleid", "samplename"),
    analyte="assay",
    identifier="olinkid",
    identifies=r"OID[0-9]{5,6}",
    protein="uniprot",
    states=frozenset({"qcwarning", "assaywarning", "sampleqc", "assayqc"}),
    said=frozenset({"normalization"}),
    known=frozenset(_KNOWN.split()),
)  # fmt: skip
_LIMITS = {"lloq", "uloq", "lod", "platelql", "maxlod"}
_OF_PANELS = {"panel", "panelversion", "panellotnr", "olinkid"}
_FORM = "long table, csv, xlsx or parquet: a row per sample and assay"
_EXPORT = "export the long NPX table, with its LOD and QC columns, and send it as it is"

DECLARED = (
    Declared(
        "Olink Explore 3072 (NPX Explore, MyData)", "", "long csv with semicolons", "real",
        "NPX, LOD of each row, QC and assay warnings, normalization; controls by their names",
        "a table without NPX", _EXPORT,
    ),
    Declared(
        "Olink Explore HT (NPX Explore HT)", "4.27", "long parquet", "real",
        "NPX, sample and assay QC; internal controls and control samples keep their role; product and file version",
        "a damaged parquet file; one with nested columns", _EXPORT,
    ),
    Declared(
        "Olink Flex and Target 48 (NPX Signature)", "", "long xlsx of concentrations", "real",
        "Quantified_value with its unit; LLOQ is the higher of LLOQ and Plate_LQL; ULOQ; Plate_LOD as LOD",
        "a table of limits of panel lots, which holds no results", _EXPORT,
    ),
    Declared(
        "Olink Target 96, Target 48, Flex and Focus (NPX Signature, NPX Manager)", "", _FORM, "columns",
        "NPX with LOD, or Plate LOD, or Max LOD", "", _EXPORT, "OlinkAnalyze, read_NPX and its column names, 2025",
    ),
    Declared(
        "Olink Reveal", "", _FORM, "columns", "as Explore HT", "", _EXPORT,
        "OlinkAnalyze, read_NPX and its column names, 2025",
    ),
)  # fmt: skip


def recognise(source: sources.Source) -> bool:
    """A header with OlinkID, Assay and NPX or Quantified_value; or a table of limits of panel lots."""
    return bool(maker_long.header(source, LAYOUT)) or _limits(source) is not None


def read(source: sources.Source, answers: Answers | None = None) -> ResultTable:
    """ResultTable of a long table. Raises NotReadable, for a table of limits too."""
    if not maker_long.header(source, LAYOUT) and (place := _limits(source)) is not None:
        raise _refused(source, *place)
    return maker_long.read(source, FAMILY, LAYOUT, answers or Answers())


def _limits(source):
    """(sheet, 0-based row) of the header of a table with limits of panels' assays, without samples and results; or None."""
    for sheet, rows in sources.grids(source):
        for at, row in enumerate(rows[:5]):
            keys = {key(cell) for cell in row if isinstance(cell, str)}
            if (
                "assay" in keys
                and keys & _LIMITS
                and keys & _OF_PANELS
                and not keys & {"sampleid", "samplename", "sample"}
            ):
                return sheet, at
    return None


def _refused(source, sheet, at):
    rows = dict(sources.grids(source))[sheet]
    keys = [key(cell) for cell in rows[at]]
    names = [written_cells.text(cell) for cell in rows[at]]
    places = [place for place, name in enumerate(keys) if name in _LIMITS]
    lines = [row for row in rows[at + 1 :] if any(cell != "" for cell in row)]
    count = sum(source.number(written_cells.at(row, place)) is not None for row in lines for place in places)
    assays = len({written_cells.text_at(row, keys.index("assay")) for row in lines})
    limits = " and ".join(names[place] for place in places)
    return source.refusal(
        "E-FILE-009", f"a table of limits of panel lots: {limits} of {assays} assays, {count} numbers, no sample and no result",
        "limits are no results, and they differ from lot to lot",
        "give the delivery with its own limits (columns LLOQ and ULOQ), or write those of its lot into lloq_validated and "
        "uloq_validated of the analytes sheet", sheet=sheet, row=at + 1,
    )  # fmt: skip
