"""Bio-Plex Manager XML (Bio-Plex 5 schema): the Samples section holds every member well's reading and concentration.

A concentration of 0 with ReadingOK="false", and an expected concentration of 0, mean that none was set. Bead counts
come from the Wells section, which may cover some of the wells only. The file has no rows, so `row` stays empty.
"""

import pandas as pd
from immunoassay.readers import sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export, Plate, wells_frame
from immunoassay.readers.luminex import bioplex, standards
from immunoassay.readers.plates import Plates

FAMILY = "bioplex_xml"
DECLARED = (
    Declared(
        "Bio-Rad Bio-Plex Manager",
        "6",
        "XML results of a plate",
        "real",
        "medians, bead counts, observed and expected concentrations with their reading errors",
        "XML of another namespace",
        "export the results as XML",
    ),
)

_ERRORS = (
    ("below_range", ("<", "below", "low")),
    ("above_range", (">", "above", "high")),
    ("extrapolated", ("extrapol",)),
)


def recognise(source: sources.Source) -> bool:
    """An XML document whose root is BioPlexManager."""
    return isinstance(source, sources.Xml) and _name(source.root) == "BioPlexManager"


def read(source: sources.Source) -> Export:
    """One Plate. Raises NotReadable when there is no Samples section or a well appears twice."""
    if not isinstance(source, sources.Xml):
        raise source.refusal("E-FILE-009", "no XML", "it is no Bio-Plex document", "check the format named")
    samples = source.root.find("Samples")
    if samples is None:
        samples = next((each for each in source.root if _name(each) == "Samples"), None)
    if samples is None:
        raise source.refusal(
            "E-READ-006", "no Samples section", "readings stand there with their samples",
            "export the plate with its samples",
        )  # fmt: skip
    beads = _bead_counts(source)
    units: dict[str, str] = {}
    curves = [_curve(each, units) for each in _every(source.root, "Interpolator")]
    members = [member for group in samples for sample in group for member in _sample_wells(source, sample)]
    controls = bioplex.control_names((member["type"], member["description"]) for member in members)
    names = list(dict.fromkeys((reading["analyte"], reading["region"]) for m in members for reading in m["readings"]))
    _flag_nameless(source, members, names)
    lacking = [each["region"] for each in curves if each["region"] not in units]
    if lacking and units:
        source.flag(
            "E-READ-006", f"curves of bead regions {', '.join(map(str, lacking[:8]))} without a unit", "no unit is read",
            "state the unit in the analytes sheet",
        )  # fmt: skip
    short = dict(zip(names, written_cells.analytes_and_regions([name for name, _ in names]), strict=True))
    records, seen = [], set()
    for member in members:
        if member["well"] in seen:
            raise source.refusal(
                "E-WELL-061", f"well {member['well']} appears in two samples", "it is not clear whose it is",
                "correct the plate and export again",
            )  # fmt: skip
        seen.add(member["well"])
        for reading in member["readings"]:
            analyte = short[reading["analyte"], reading["region"]][0]
            records.append(_record(source, member, reading, analyte, beads, units, controls))
    if not records:
        raise source.refusal("E-FILE-002", "no readings", "nothing was exported", "export again")
    first = next(_every(source.root, "Well"), None)
    header = {**source.root.attrib, **{_name(each): _text(each) for each in source.root if len(each) == 0}}
    if first is not None:
        header |= {_name(each): _text(each) for each in first if len(each) == 0}
    plate = Plate(
        header.get("PlateID", ""),
        wells_frame(records),
        "median",
        header.get("AcquisitionTime", ""),
        header,
        pd.DataFrame(curves) if curves else None,
    )
    bioplex.flag_names(source, ((member["type"], member["description"]) for member in members))
    standards.check(source, bioplex.stated(records))
    return Plates([plate]).export(FAMILY, source)


def _flag_nameless(source, members, names):
    """FLAGs for readings without a name, regions with several, members without what every other export states."""
    found = []
    regions = [region for _, region in names]
    for region in dict.fromkeys(regions):
        written = [name for name, other in names if other == region]
        if len(written) > 1 or not all(written):
            found.append((f"bead region {region} called {' and '.join(map(repr, written))}", ""))
    for member in members:
        lacking = [each["region"] for each in member["readings"] if each["expected"] is None]
        if bioplex.role(member["type"])[0] == "standard" and lacking:
            found.append(
                (f"standard {member['type']} without expected concentration of region {lacking[0]}", member["well"])
            )
        for what in ("readings", "dilution"):
            if not member[what] and (what == "readings" or bioplex.role(member["type"])[0] != "blank"):
                found.append((f"no {what} of {member['well']}", member["well"]))
    for words, place in found:
        source.flag("E-READ-006", words, "elements were lost or changed", row=place)


def _sample_wells(source, sample):
    """One dict per member well: well, type, description, dilution and readings (one per analyte)."""
    stated = {
        analyte.get("RegionNumber"): _child(analyte, "ExpectedConc")
        for analytes in sample
        if _name(analytes) == "Analytes"
        for analyte in analytes
    }
    for member in _every(sample, "MemberWell"):
        yield {
            "well": _place(source, member),
            "type": _child(sample, "Label"),
            "description": _child(sample, "Description"),
            "dilution": _child(sample, "Dilution"),
            "readings": [
                {
                    "analyte": _child(each, "AnalyteName"),
                    "region": each.get("RegionNumber"),
                    "elements": {_name(part): part for part in each},
                    "expected": stated.get(each.get("RegionNumber")),
                }
                for each in _every(member, "MWAnalyte")
            ],
        }


def _record(source, member, reading, analyte, beads, units, controls):
    role, level = bioplex.role(member["type"], controls)
    signal, observed = reading["elements"].get("Reading"), reading["elements"].get("MWObsConc")
    values = {"signal": _text(signal), "dilution": member["dilution"], "expected": reading["expected"]}
    found = bioplex.record(values, role, source, member["well"])
    if found["vendor_flag"] == "none" and observed is not None:
        found |= _observed(observed)
    if signal is not None and (signal.get("OutlierType", "None") != "None" or signal.get("Valid") == "false"):
        invalid = found["vendor_flag"] if found["vendor_flag"] == "overflow" else "not_read"
        found["vendor_flag"] = "outlier" if signal.get("OutlierType", "None") != "None" else invalid
    return {
        **found,
        "well": member["well"],
        "analyte": analyte,
        "region": reading["region"],
        "sample": member["description"] or member["type"],
        "role": role,
        "level": level,
        "bead_count": beads.get((member["well"], reading["region"])),
        "unit": units.get(reading["region"]),
    }


def _observed(element):
    """The concentration where ReadingOK, else a flag by the words of ReadError."""
    if element.get("ReadingOK") == "true":
        return {"vendor_concentration": written_cells.number(_text(element))}
    words = element.get("ReadError", "")
    flag = next((flag for flag, signs in _ERRORS if any(sign in words.lower() for sign in signs)), "not_computed")
    return {"vendor_flag": flag, "vendor_flag_text": words or None}


def _bead_counts(source):
    """{(well, region): count} of the Wells section; a FLAG for wells without any bead region."""
    counts, without = {}, []
    for well in _every(source.root, "Well"):
        place = _place(source, well)
        regions = list(_every(well, "BeadRegion"))
        without += [] if regions else [place]
        for region in regions:
            counts[place, region.get("RegionNumber")] = source.value(_child(region, "RegionCount"), "bead count", place)
    if without:
        source.flag(
            "E-READ-006", f"no bead regions of {', '.join(without[:8])}", "the bead counts of these wells are missing",
            "export again", row=without[0],
        )  # fmt: skip
    return counts


def _place(source, element):
    """The well of an element by its row and column numbers. Raises NotReadable when it names none."""
    row, column = (written_cells.number(element.get(name)) for name in ("RowNo", "ColNo"))
    well = written_cells.well(f"{_letters(int(row))}{int(column)}") if row and column else None
    if well is None:
        raise source.refusal(
            "E-WELL-060", f'{_name(element)} of row "{element.get("RowNo")}", column "{element.get("ColNo")}"',
            "no plate has such a well", "export again",
        )  # fmt: skip
    return well


def _curve(interpolator, units):
    """Printed curve of one region; the unit of its concentrations goes to `units`."""
    region = interpolator.get("RegionNumber")
    parts = {_name(each): each for each in interpolator}
    unit = _text(parts.get("ConcentrationUnits"))
    if unit:
        units[region] = unit
    error = _text(parts.get("EquationErr"))
    return {
        "analyte": _text(parts.get("AnalyteName")),
        "region": region,
        "model": _text(parts.get("Regression")),
        "weighting": _child(interpolator, "LogisticWeightingModel"),
        "formula": _text(parts.get("Equation")) or error,
    }


def _letters(row):
    return chr(64 + row) if row <= 26 else "A" + chr(64 + row - 26)


def _name(element):
    return element.tag.rpartition("}")[2]


def _every(element, name):
    return (each for each in element.iter() if _name(each) == name)


def _child(element, name):
    return next((_text(each) for each in _every(element, name)), "")


def _text(element):
    return (element.text or "").strip() if element is not None else ""
