"""Records of a SoftMax Pro plate: its raw values, its reduced values, and what its groups say of each well."""

from collections.abc import Mapping

from immunoassay.readers import matrix, written_cells
from immunoassay.readers.export import Plate
from immunoassay.readers.plate_readers import softmax_plates


def plate(block: softmax_plates.PlateBlock, metadata: Mapping[str, str]) -> Plate:
    """(Plate, Problems) of a PlateBlock; `metadata` are the header lines of the file."""
    source, decimal = block.source, block.source.decimal
    unit = next(iter(block.units)) if len(block.units) == 1 else None
    sets, net_of = _data_sets(block, decimal)
    group_values = _group_values(block, decimal)
    records = []
    for label, entry in matrix.entries(source, sets, {well: {} for well in block.members}, unit):
        well = entry["well"]
        members = block.members.get(well, [])
        for member in members:
            entry.update({k: v for k, v in member["columns"].items() if entry.get(k) is None})
        if label == net_of and well in block.reduced:
            entry["net_signal"] = matrix.net(source, block.reduced[well][0], entry, "reduced value")
        if label == next(iter(sets)):
            entry["net_signal"] = group_values.get(well, entry.get("net_signal"))
            _add_results(block, entry, members, decimal)
        records.append(entry)
    metadata = {**metadata, "Plate": "\t".join(block.head[1:]), "Temperature": block.temperature}
    return matrix.plate(source, block.name, records, block.mode.lower(), metadata=metadata)


def _data_sets(block, decimal):
    """({label: A01 -> (cell, row)}, the label whose reduced signal the Reduced matrix is, None for none)."""
    if not block.raw:
        label = block.written or block.mode
        return {label: block.reduced}, label
    sets = dict(zip(block.labels, block.raw, strict=False))
    if not block.reduced:
        return sets, None
    if len(block.raw) == 1 or _is_reduction(block, decimal):
        return sets, block.labels[0]
    return {**sets, "Reduced": block.reduced}, None


def _is_reduction(block, decimal):
    """Whether the Reduced matrix is the first wavelength, or the first less the second."""
    equal, difference = True, True
    for well, (cell, _) in block.reduced.items():
        parts = [matrix.signal(values.get(well, ("", None))[0], decimal)[0] for values in block.raw[:2]]
        value = matrix.signal(cell, decimal)[0]
        if None not in (*parts, value):
            close = 1e-6 * max(1, abs(parts[0]))
            equal = equal and abs(parts[0] - value) <= close
            difference = difference and abs(parts[0] - parts[1] - value) <= close
    return equal or difference


def _group_values(block, decimal):
    """A01 -> the groups' value of a well, where these are not the raw values: reduction is that of the whole plate.

    Of a plate without a Reduced matrix only. A FLAG names a value that is not the raw one although most others are.
    """
    if block.reduced:
        return {}
    raw = block.raw[0] if block.raw else {}
    printed = {well: member["value"] for well, members in block.members.items() for member in members}
    printed = {well: text for well, text in printed.items() if written_cells.number(text, decimal) is not None}
    digits = sorted(_decimals([text], decimal) for text in printed.values())
    unit = 10 ** -(digits[len(digits) // 2] if digits else 0)  # zeros at the end may be lost, one value be longer
    numbers = {well: written_cells.number(text, decimal) for well, text in printed.items()}
    signals = {well: written_cells.number(raw.get(well, ("",))[0], decimal) for well in numbers}
    pairs = {well: (value, signals[well]) for well, value in numbers.items() if signals[well] is not None}
    other = [well for well, (value, signal) in pairs.items() if abs(value - signal) > 0.5000001 * unit]
    if 2 * len(other) >= len(pairs):
        return numbers
    for well in other:
        _flag(
            block, f"{printed[well]} in a group, {raw[well][0]} on the plate",
            "one of them was changed; the value of the plate is read", well,
        )  # fmt: skip
    return {}


def _add_results(block, entry, members, decimal):
    """Put results and flags of the groups that name a well into its record of the first wavelength."""
    for member in members:
        _, flag, written = matrix.signal(member["value"], decimal) if member["value"] else (None, "none", None)
        if flag == "masked" and _is_counted(block, entry["well"], member, decimal):
            _flag(
                block, f'"{written}", but the mean {member["mean"]} of its sample counts it',
                "it is read as not masked, as the software's own figures have it", entry["well"],
            )  # fmt: skip
            flag = "none"
            entry["vendor_flag_text"] = entry["vendor_flag_text"] or written
        if member["result"] is not None and entry.get("vendor_concentration") is None:
            _add_concentration(entry, member, decimal)
        elif flag != "none" and entry["vendor_flag"] == "none":
            entry["vendor_flag"] = "not_computed" if written.lower() == "range?" else flag
            entry["vendor_flag_text"] = written


def _add_concentration(entry, member, decimal):
    matrix.add_vendor(entry, member["result"], decimal)
    if member["outside"] and entry["vendor_concentration"] is not None:
        if entry["vendor_flag"] == "none":  # a flag of the signal stays; both texts are then kept
            entry["vendor_flag"] = "extrapolated"
        texts = (entry["vendor_flag_text"], member["outside"])
        entry["vendor_flag_text"] = "; ".join(filter(None, texts))


def _is_counted(block, well, member, decimal):
    """Whether the printed mean of a sample counts this masked well of it."""
    texts = [each["value"] for each in member["replicates"] if each is not member]
    others = [written_cells.number(text, decimal) for text in texts]
    mean = written_cells.number(member["mean"], decimal)
    if mean is None or None in others:
        return False
    close = 0.51 * 10 ** -_decimals([member["mean"]], decimal) + 0.51 * 10 ** -_decimals(texts, decimal)
    written = [values.get(well, ("",))[0] for values in [block.reduced, *block.raw[:2]]]
    own = [value for text in written[:2] if (value := written_cells.number(text, decimal)) is not None]
    signals = [written_cells.number(text, decimal) for text in written[1:]]
    if len(signals) == 2 and None not in signals:
        own.append(signals[0] - signals[1])
    means = [(sum(others) + value) / (len(others) + 1) for value in own]
    without = bool(others) and abs(sum(others) / len(others) - mean) <= close
    return not without and any(abs(value - mean) <= close for value in means)


def _flag(block, found, why, well):
    block.source.flag("E-READ-010", found, why, "compare with the instrument; export again", row=well)


def _decimals(texts, decimal):
    """The most digits behind the decimal sign: zeros at the end may be lost."""
    return max((len(text.partition(decimal)[2]) for text in texts), default=0)
