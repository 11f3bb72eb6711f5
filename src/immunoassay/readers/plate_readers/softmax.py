"""Molecular Devices SoftMax Pro text: plate blocks (PlateFormat, TimeFormat), group blocks identified by formula.

Raw values of each wavelength are one analyte. The Reduced matrix of a plate goes to `net_signal`: of the only
wavelength, or of the first when it equals the first or the first minus the second; otherwise it is an analyte of its
own. Without that matrix the group's well values are the reduced signal, with the digits printed there, unless they
are the raw values of the first wavelength. A plate exported with Reduced values only has them as signal, labelled by
all its wavelengths. A well marked as masked that the printed mean of its sample counts is not set aside: a FLAG says so.
"""

import re

from immunoassay.readers import matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export, NotReadable
from immunoassay.readers.plate_readers import softmax_groups, softmax_plates, softmax_records, softmax_workbook
from immunoassay.readers.plates import Plates

FAMILY = "softmax"
DECLARED = (
    Declared(
        "Molecular Devices SoftMax Pro",
        "",
        "text of plate blocks (PlateFormat or TimeFormat) and group blocks",
        "real",
        "raw and reduced endpoint values per wavelength; names, dilutions, results and masked wells of the groups",
        "kinetic reads, spectra and well scans; a block without its ~End",
        "File, Import/Export, Export: plates and groups as text",
    ),
    Declared(
        "Molecular Devices SoftMax Pro",
        "",
        "the same text pasted into a workbook, notes beside it",
        "real",
        "the plate blocks of every sheet",
        "cells that follow a plate row without an empty column between",
        "export as text rather than paste it",
    ),
)


def recognise(source: sources.Source) -> bool:
    """The first line is `##BLOCKS= n`, or that of a plate block."""
    return any(_is_own(rows) for _, rows in sources.grids(source))


def read(source: sources.Source) -> Export:
    """Read every endpoint plate of every sheet. Raises NotReadable when the file holds none."""
    found, ignored = Plates(), []
    for sheet, rows in sources.grids(source):
        if _is_own(rows):
            ignored += _read_sheet(source, softmax_workbook.own_rows(source, rows), found)
        elif any(rows):
            ignored.append(f"sheet {sheet}")
    if not found:
        raise matrix.no_signals(source, "a SoftMax Pro export", "a plate block")
    return found.export(FAMILY, source, ignored)


def _read_sheet(source, rows, found):
    """Add the plates of one sheet, or of the text, to `found`; gives the names of what is not read."""
    blocks = list(_blocks(source, rows))
    plates, groups, ignored = _opened(source, blocks)
    if not plates:
        raise matrix.no_signals(source, "a SoftMax Pro export", "a plate block")
    seen = set()
    for before, group in groups:
        if (before, group.name) in seen:
            source.flag(
                "E-READ-010", f'two groups called "{group.name}" of one plate', "the kind of their samples follows from it",
                "name the groups in the software; export again", row=group.start + 1,
            )  # fmt: skip
        seen.add((before, group.name))
        _give_to_plates(group, plates, before)
        ignored += [f"{group.name}: {name}" for name in group.unused]
    metadata = _metadata(rows)
    for name, plate in plates:
        if isinstance(plate, softmax_plates.PlateBlock):
            with found.one(name):
                found.read.append(softmax_records.plate(plate, metadata))
        else:
            found.refuse(name, plate)
    announced = re.search(r"##BLOCKS=\s*([0-9]+)", _head(rows))
    if not announced or int(announced[1]) != len(blocks):
        _flag_other_count(source, announced[1] if announced else "no", len(blocks))
    return ignored


def _opened(source, blocks):
    """([(name, PlateBlock, or the Problem why it is not read)], [(place of the plate before it, Group)], heads of others)."""
    plates, groups, ignored = [], [], []
    for block in blocks:
        head = matrix.first(block.rows[0])
        if head.startswith("Plate:"):
            name = written_cells.text([*block.rows[0], ""][1])
            try:
                plates.append((name, softmax_plates.PlateBlock(source, block)))
            except NotReadable as error:
                plates.append((name, error.problem))
        elif head.startswith("Group:"):
            groups.append((len(plates) - 1, softmax_groups.Group(source, block.rows, block.start)))
        else:
            ignored.append(head)
    return plates, groups, ignored


def _give_to_plates(group, plates, before):
    """Give every well of a group, and the unit of its headings, to the plate it belongs to."""
    for well in group.wells:
        plate = _plate_of(plates, before, well["plate"])
        if isinstance(plate, softmax_plates.PlateBlock):
            plate.members.setdefault(well["well"], []).append(well)
            plate.units |= {group.unit} - {None}


def _metadata(rows):
    """The line with the name of the file; without one the last line."""
    named = (row for row in rows if matrix.first(row).startswith("Original Filename"))
    last = next(named, next((row for row in reversed(rows) if row), []))
    return {"Original Filename": " ".join(matrix.texts(last))}


def _is_own(rows):
    first = next((row for row in rows if row), [])
    return _head(rows).startswith("##BLOCKS") or (
        _head(rows) == "Plate:" and bool(softmax_plates.FORMATS & set(map(str, first)))
    )


def _head(rows):
    """The first cell of the first row that is not blank."""
    return next((matrix.first(row) for row in rows if row), "")


def _blocks(source, rows):
    start = stray = None
    ended = False  # behind the name of the file only the lines of its workflow follow, or the blocks of another
    for index, row in enumerate(rows):
        head = matrix.first(row)
        ended = start is None and not head.startswith("##BLOCKS") and (ended or head.startswith("Workflow:"))
        if start is None and re.match(r"[A-Za-z ]+:", head) and not head.startswith("Original Filename"):
            if not ended or head.startswith(("Plate:", "Group:")):
                start = index
        elif start is not None and head.startswith(("Plate:", "Group:")):
            source.flag(
                "E-READ-009", f'"{head}" before the block above it has ended',
                "its ~End is lost, and two blocks are read as one", row=index + 1,
            )  # fmt: skip
        if start is not None and head == "~End":
            yield softmax_plates.Block(rows[start:index], start)
            start = None
        elif start is None and row and not ended and not head.startswith(("##BLOCKS", "Original Filename", "~End")):
            stray = stray or index + 1
    if stray:
        source.flag(
            "E-READ-009", "lines outside a block", "the line with the name of their block is lost, and they are not read",
            row=stray,
        )  # fmt: skip
    if start is not None:
        raise source.refusal(
            "E-FILE-003", f'the block "{" ".join(matrix.texts(rows[start])[:2])}" without its ~End',
            "the file is cut off, and wells or whole plates are missing", "copy the file again, or export again",
            row=start + 1,
        )  # fmt: skip


# --- details ---------------------------------------------------------------------------------------------------------


def _plate_of(plates, before, name):
    """The plate a group's row belongs to: the one it names, nearest before the group; else the one before it."""
    named = [i for i, (other, _) in enumerate(plates) if other == name] if name else []
    earlier = [i for i in named if i <= before]
    return plates[(earlier or named or [max(before, 0)])[-1 if earlier else 0]][1]


def _flag_other_count(source, announced, found):
    source.flag(
        "E-READ-006", f"{announced} blocks announced, {found} there",
        "blocks were lost or added after the export; a missing group has the names of its samples",
        "nothing, if someone took them out on purpose; otherwise export again", row=1,
    )  # fmt: skip
