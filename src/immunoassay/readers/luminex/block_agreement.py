"""Whether the blocks of a Luminex export name the same analytes, wells, samples and reagents: a FLAG where they do not."""

import re
from collections.abc import Collection, Iterable

from immunoassay.problems import few
from immunoassay.readers import written_cells
from immunoassay.readers.luminex.luminex_blocks import Block, Document
from immunoassay.readers.written_cells import key

Placed = dict[tuple[str, str], tuple[int, written_cells.Row]]  # (plate number, well) -> row of the file and its cells

USED = {"median", "netmfi", "count", "result", "comments", "units", "perbeadcount", "dilutionfactor"}
USED |= {"standardexpectedconcentration", "controlexpectedconcentration", "analysistypes", "analysiscoefficients", "r2"}
USED |= {"warningserrors"}
OF_WELLS = ("median", "netmfi", "count", "result", "comments", "dilutionfactor")


def check_blocks(document: Document, base: Block, names: Iterable[str], wells: Placed) -> None:
    """FLAGs where the blocks do not name the same analytes, wells and samples: a row or heading was lost or changed."""
    for name in sorted(USED & set(document.blocks)):
        block = document.blocks[name]
        if not block.header or name == "warningserrors":
            continue
        document.check_widths(block)
        nameless = [at for at, head in enumerate(block.header) if key(head) == ""]
        if any(written_cells.at(line, at) != "" for _, line in block.rows for at in nameless):
            document.flag(
                "V-087", f"a column of block {block.name} without a heading", "its values are not read",
                row=block.header_row,
            )  # fmt: skip
        if name == "units" and name not in block.labelled:
            document.flag("E-READ-006", "block Units without a row Units", "no unit is read", row=block.row)
        if name == "dilutionfactor":
            continue
        columns = block.columns
        heads = [written_cells.text(cell) for cell in block.header]
        odd = [
            (each, f'two columns "{each}" in block {block.name}', "the values of the last are taken for its own")
            for each in columns
            if heads.count(each) > 1
        ]
        odd += [
            (each, f'no column "{each}" in block {block.name}', f"{base.name} has it; its values are missing")
            for each in names
            if each not in columns
        ][:3]
        odd += [
            (each, f'column "{each}" of block {block.name} is not in {base.name}', "its values are not read")
            for each in columns
            if each not in names
        ][:3]
        for analyte, found, why in odd:
            document.flag("V-087", found, why, row=block.header_row, column=analyte)
    for name in OF_WELLS:
        block = document.blocks.get(name)
        if block is not None and block is not base and block.header:
            _check_wells(document, block, base, wells)


def check_stated(document: Document, stated: Collection[str], word: str, wells: Placed) -> None:
    """FLAGs for reagents with stated concentrations that no well holds, and for wells of reagents without them."""
    samples = {key(written_cells.at(line, 1)): row for row, line in wells.values()}
    for reagent in [each for each in stated if each not in samples]:
        document.flag(
            "W-STD-004", f'stated concentrations of "{reagent}", which no well holds', "they are used for no well",
            "compare the names of the reagents with those of the wells",
        )  # fmt: skip
    for sample, row in samples.items():
        if stated and re.fullmatch(rf"{word}[0-9]+", sample) and sample not in stated:
            document.flag(
                "W-STD-004", f'no stated concentrations of "{sample}", but of others', "its expected values are missing",
                "state them in the materials sheet", row,
            )  # fmt: skip


def _check_wells(document, block, base, wells):
    other = document.by_well(block)
    absent = [place for place in wells if place not in other]
    beyond = [place for place in other if place not in wells]
    if absent:
        document.flag(
            "E-READ-006", f"{_listed(absent)} of {base.name} not in block {block.name}",
            "what it says of them is missing", row=wells[absent[0]][0],
        )  # fmt: skip
    if beyond:
        document.flag(
            "E-READ-006", f"{_listed(beyond)} of block {block.name} not in {base.name}",
            "they were not read, or rows were lost", "nothing, if they were not read; otherwise export again",
            other[beyond[0]][0],
        )  # fmt: skip
    for place, (row, line) in other.items():
        if place not in wells or line[1:2] == wells[place][1][1:2]:
            continue
        if written_cells.text_at(line, 1) != written_cells.text_at(wells[place][1], 1):
            sample = f'sample "{written_cells.text_at(line, 1)}" of well {place[1]} in block {block.name}'
            document.flag(
                "E-READ-010", f'{sample}, "{written_cells.text_at(wells[place][1], 1)}" in {base.name}',
                "the row was changed or its cells are shifted", row=row,
            )  # fmt: skip


def _listed(places):
    return f"well{'s' if len(places) > 1 else ''} {few([well for _, well in places])}"
