"""NULISAseq results (NPQ, log2): the long table of the maker or one of three columns, or a table of samples by targets.

In a table of samples by targets the samples stand in columns or in rows, beside data of the samples that are never read.
The XML of read counts holds no NPQ and is refused by name.
"""

from immunoassay.readers import sources
from immunoassay.readers.declared import Declared
from immunoassay.readers.deliveries import maker_long, nulisa_matrix
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import ResultTable

FAMILY = "nulisa"
_EXPORT = "export the long table NPQ Values of the ARGO Command Center, with SampleQC and LOD"
_DOCUMENTED = "NULISAseqR, writeNULISAseq and its columns, 2025"
DECLARED = (
    Declared(
        "Alamar NULISAseq (ARGO Command Center)", "", "long csv of sample, Target and NPQ", "real",
        "NPQ of each sample and target, whatever the column of samples is called", "XML of read counts", _EXPORT,
    ),
    Declared(
        "Alamar NULISAseq (ARGO Command Center)", "", "csv of targets in rows and samples in columns", "real",
        "NPQ; the unit is stated in the columns sheet where the table does not say NPQ; rows with data of the samples, such "
        "as age and sex, are not read", "a table whose rows and columns could be either", _EXPORT,
    ),
    Declared(
        "Alamar NULISAseq (ARGO Command Center)", "", "long table NPQ Values, csv or xlsx", "columns",
        "NPQ with LOD and SampleQC of each plate, or pg/mL with LOD, LLOQ and ULOQ; IPC, SC and NC wells keep their role", "",
        _EXPORT, _DOCUMENTED,
    ),
    Declared(
        "Alamar NULISAseq (ARGO Command Center)", "", "csv or xlsx of samples in rows and targets in columns", "columns",
        "NPQ, as of targets in rows", "", _EXPORT, _DOCUMENTED,
    ),
)  # fmt: skip

_CONCENTRATION = {"lod": ("lodpgml",), "lloq": ("lloqpgml",), "uloq": ("uloqpgml",)}
_KNOWN = """panel panellotnumber instrumentid instrumentbay plateguid uniprotid proteinname unnormalizedcount log2concpgml
    concam log2concam lodam lloqam uloqam lod lodpgml lloqpgml uloqpgml samplematrix samplematrixtype"""
LAYOUT = maker_long.Layout(
    values=(
        maker_long.Value("npq", "NPQ", {"lod": ("lod",)}),
        maker_long.Value("log2normalizedcount", "", {"lod": ("lod",)}),  # before it was called NPQ; the unit is asked
        maker_long.Value("concpgml", "pg/mL", _CONCENTRATION),
    ),
    samples=("samplename", "sampleid", "sample"),
    analyte="target",
    identifier="alamartargetid",
    identifies="",
    well="wellposition",
    states=frozenset({"sampleqc", "sampleqcstatus", "targetqc", "targetqcstatus"}),
    said=frozenset({"withindr"}),
    known=frozenset(_KNOWN.split()),
)  # fmt: skip


def recognise(source: sources.Source) -> bool:
    """An XML of NULISAseq, a header with Target and NPQ, or a table of samples by targets."""
    if isinstance(source, sources.Xml):
        return _is_counts(source)
    return bool(maker_long.header(source, LAYOUT)) or nulisa_matrix.find(source) is not None


def read(source: sources.Source, answers: Answers | None = None) -> ResultTable:
    """ResultTable of a table of NPQ. Raises NotReadable, for read counts too."""
    answers = answers or Answers()
    if isinstance(source, sources.Xml):
        raise _counts(source)
    if maker_long.header(source, LAYOUT):
        return maker_long.read(source, FAMILY, LAYOUT, answers)
    return nulisa_matrix.read(source, FAMILY, answers)


def _is_counts(source):
    return source.root.tag == "NULISAseq"


def _counts(source):
    if not _is_counts(source):
        return source.refusal(
            "E-FILE-009",
            f"an XML document <{source.root.tag}>",
            "it is no file of NULISAseq",
            "export the table NPQ Values",
        )
    counts = sum(1 for _ in source.root.iter("ReadCount"))
    samples = sum(1 for _ in source.root.iter("Sample"))
    return source.refusal(
        "E-FILE-009", f"read counts of NULISAseq: {counts} counts of {samples} wells, no NPQ",
        "counts are neither normalized nor on the scale of a result",
        "export the table NPQ Values of the plate from the ARGO Command Center",
    )  # fmt: skip
