"""Luminex INTELLIFLEX native CSV: one header row, one row per well, columns per bead region and reporter
(`R25: RP1 MEDIAN`). No concentrations. With both reporters on, one bead region measures two things.
"""

import re

from immunoassay.readers import lists, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export, Plate, crossed
from immunoassay.readers.plates import Plates
from immunoassay.readers.written_cells import Numbered, key

FAMILY = "intelliflex"
DECLARED = (
    Declared(
        "Luminex INTELLIFLEX",
        "",
        "csv, one row per well and columns per region and reporter",
        "real",
        "median, net median and counts of every region and reporter",
        "rows without a well",
        "export the plate as csv with analyte names",
    ),
)

_COLUMN = re.compile(r"R([0-9]+):\s*RP([0-9])\s+(.+)")
_WELL_TYPES = {"s": "standard", "c": "control", "b": "blank"}
_KNOWN_WORDS = """modelname instrumenttype serialnumber softwareversion platename platestatus platestart plateend activeuser
authorizeduser signinguser platetypename welllocation welltype wellstatus sampleid dilution protocolname panelname
uptakevolume beadtype ddgatelow ddgatehigh totalclassifiedevents totalgatedevents totalevents"""
_KNOWN = set(_KNOWN_WORDS.split())
_STATISTICS_WORDS = """analytename region median background netmedian netnormalizedmedian mean count cv averagemfi replicatecv
netaveragemedian peak stddev standarddeviation trimmedmean trimmedcount trimmedcv trimmedpeak trimmedstandarddeviation
trimmedstddev normalizedmedian"""
_STATISTICS = set(_STATISTICS_WORDS.split())
_PLATE_COLUMNS = ("INSTRUMENT TYPE", "SERIAL NUMBER", "SOFTWARE VERSION", "PLATE NAME", "PLATE START", "PLATE END")


def recognise(source: sources.Source) -> bool:
    """A header row with the instrument, the well location and columns of bead regions."""
    return _header(source) is not None


def read(source: sources.Source) -> Export:
    """One Plate per PLATE NAME. Raises NotReadable without a header row, or for a bad or repeated well."""
    found = _header(source)
    if found is None:
        raise source.refusal(
            "E-FILE-009", "no Intelliflex header",
            "no row has INSTRUMENT TYPE, WELL LOCATION and columns of bead regions", "export again",
        )  # fmt: skip
    sheet, rows, at = found
    header = [written_cells.text(cell) for cell in rows[at]]
    general = {key(name): column for column, name in enumerate(header) if not _COLUMN.fullmatch(name)}

    def is_record(row):  # of a plate, whatever its well: a location that is none is that plate's problem alone
        get = _getter(row, general)
        named = get("platename") != "" and key(get("welllocation")) not in ("", "welllocation")
        return named or written_cells.well(get("welllocation")) is not None

    def is_end(row):
        return bool(row) and "signature" in key(row[0])

    lines, _ = lists.table(source, sheet, rows, at, is_record, is_end)
    if not lines:
        raise source.refusal("E-FILE-002", "no wells", "only a header was exported", "export again")
    named: dict[str, Numbered] = {}
    for row, line in lines:
        named.setdefault(written_cells.text_at(line, general.get("platename")), []).append((row, line))
    plates = Plates()
    for name, own in named.items():
        with plates.one(name):
            analytes = _analytes(source, sheet, header, own, lines)
            plates.read.append(_plate(source, sheet, name, own, analytes, general))
    known = [_COLUMN.fullmatch(name) for name in header]
    ignored = [
        name
        for name, match in zip(header, known, strict=True)
        if (key(match[3]) not in _STATISTICS if match else key(name) not in _KNOWN | {""})
    ]
    return plates.export(FAMILY, source, ignored)


def _header(source):
    """(sheet, rows, position of the header row), or None."""
    for sheet, rows in sources.grids(source):
        for at, row in enumerate(rows[:10]):
            keys = {key(cell) for cell in row}
            if {"instrumenttype", "welllocation"} <= keys and any(
                _COLUMN.fullmatch(written_cells.text(cell)) for cell in row
            ):
                return sheet, rows, at
    return None


def _analytes(source, sheet, header, lines, every):
    """{(region, reporter): (analyte, {statistic: column})}; equal names of two reporters get RP1, RP2 behind them.

    The names are those of the rows of the plate (a well that failed has none), else those of `every` row of the file. A
    FLAG says where the rows of a plate name an analyte differently.
    """
    columns = {}
    for column, name in enumerate(header):
        match = _COLUMN.fullmatch(name)
        if match:
            columns.setdefault((match[1], match[2]), {})[key(match[3])] = column
    names = {}
    for (region, reporter), statistics in columns.items():
        at = statistics.get("analytename")
        written = _written(lines, at)
        names[region, reporter] = (written or _written(every, at) or [f"R{region}"])[0]
        if len(written) > 1:
            source.flag(
                "E-READ-010", f"names {', '.join(written[:4])} of one analyte", "the first is taken for all wells",
                sheet=sheet, column=header[at],
            )  # fmt: skip
    written = list(names.values())
    return {
        place: (name if written.count(name) == 1 else f"{name} RP{place[1]}", columns[place])
        for place, name in names.items()
    }


def _written(lines, at):
    """The names in a column, each once; words for no value are none."""
    texts = dict.fromkeys(written_cells.text_at(row, at) for _, row in lines)
    return [text for text in texts if text.lower() not in written_cells.NO_VALUE]


def _plate(source, sheet, name, lines, analytes, general):
    wells, seen = [], set()
    for row, line in lines:
        get = _getter(line, general)
        well = written_cells.well(get("welllocation"))
        if well is None or well in seen:
            code, found = "E-WELL-061", f"well {well} for the second time"
            if well is None:
                code, found = "E-READ-013", f'well "{written_cells.text(get("welllocation"))}"'
            raise source.refusal(code, found, "its values cannot be placed", "export again", row=row, sheet=sheet)
        seen.add(well)
        sample, status = written_cells.text(get("sampleid")), written_cells.text(get("wellstatus"))
        role, level = _role(written_cells.text(get("welltype")), sample)
        wells.append(
            {
                "well": well,
                "sample": sample,
                "role": role,
                "level": level,
                "dilution": source.dilution(get("dilution"), row),
                "vendor_comment": None if status in ("", "Completed") else status,
                "row": row,
            }
        )
    rows, columns = [row for row, _ in lines for _ in analytes], [columns for _, columns in analytes.values()]

    def cells(statistic):
        return [written_cells.at(line, each.get(statistic)) for _, line in lines for each in columns]

    signal, flag, text = source.signals(cells("median"), "median", rows)
    frame = crossed(
        {name: [well[name] for well in wells] for name in wells[0]},
        {"analyte": [analyte for analyte, _ in analytes.values()], "region": [region for region, _ in analytes]},
        {
            "signal": signal,
            "net_signal": source.values(cells("netmedian"), "net median", rows),
            "bead_count": source.values(cells("count"), "bead count", rows),
            "vendor_flag": flag,
            "vendor_flag_text": text,
        },
    )
    first = lines[0][1]
    get = _getter(first, general)
    metadata = {
        name: written_cells.text(_getter(first, general)(key(name))) for name in _PLATE_COLUMNS if key(name) in general
    }
    return Plate(name, frame, "median", written_cells.text(get("platestart")), metadata)


def _role(well_type, sample):
    """From the well type's letter, else from the software's own sample names; U and Unknown<n> give no role."""
    match = re.fullmatch(r"([SCBscb])([0-9]*)", well_type) or re.fullmatch(
        r"(?i)(s)tandard([0-9]+)|(c)ontrol([0-9]+)|(b)(?:ackground|lank)([0-9]*)", sample
    )
    if not match:
        return None, None
    letter, number = [group for group in match.groups() if group is not None]
    role = _WELL_TYPES[letter.lower()]
    return role, {"standard": f"S{number}", "control": sample or f"C{number}"}.get(role)


def _getter(line, columns):
    def get(name):
        return written_cells.at(line, columns.get(name))

    return get
