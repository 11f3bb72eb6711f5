"""A text export that ends in the middle of its last row, or number, says so, in every family."""

import pytest
from immunoassay.readers import open_export, recognition, registry
from immunoassay.readers.export import NotReadable
from tests.reader_fixtures import fixtures

LIST = "Well,Sample,OD 450,OD 570\n" + "".join(f"{letter}1,T{letter},0.512,0.041\n" for letter in "ABCDEFGH")


def problems(text):
    return [
        (each.level, each.row)
        for each in open_export.open_bytes("a.csv", text.encode()).problems
        if each.code == "E-READ-015"
    ]


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (1, [("FLAG", "9")]),  # the line end only: the number may be whole
        (3, [("FLAG", "9")]),  # in the middle of the number
        (8, [("QUARANTINE", "9")]),
        (14, [("QUARANTINE", "9")]),
        (16, [("FLAG", "9")]),  # one cell may be a note
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_list_that_was_cut(cut, expected, end):
    assert problems(LIST[:-cut].replace("\n", end)) == expected


@pytest.mark.parametrize(
    "text",
    [
        LIST,
        LIST + "\nExported by the reader",
        LIST + "\n-- CRC --\nCRC32: 4F",
        LIST[:-1] + ",\n",
        LIST.replace("\n", "\r\n"),
        "Dear all,\nplease find\nthe files, attached",
        LIST.replace("0.041\n", "none\n")[:-1],
    ],
)
def test_a_whole_file_is_quiet(text):
    assert problems(text) == []


@pytest.mark.parametrize("name", [name for name, each in fixtures().items() if each.family != "bioplex_xml"])
def test_every_family_names_a_cut(name):
    """Cut behind the first third of the last row of three cells or more."""
    source = fixtures()[name].source()
    if not isinstance(source, open_export.Text):
        pytest.skip("a workbook that was cut is damaged")
    lines = source.text.rstrip("\n").split("\n")
    wide = [line.count(source.delimiter) > 3 for line in lines]
    at = max((i for i in range(1, len(lines)) if wide[i] and wide[i - 1]), default=None)
    if at is None:
        pytest.skip("a table of three columns ends in a whole row, or in one of two cells")
    parts = lines[at].split(source.delimiter)
    data = "\n".join([*lines[:at], source.delimiter.join(parts[:3])]).encode()
    try:
        export = recognition.read_source(open_export.open_bytes("a.txt", data))
    except NotReadable:
        return
    # Of a plate whole wells may be lost, of a table of results only the row that was cut.
    wanted = {"E-DLV-008", "E-READ-015"} if registry.is_delivery(export.family) else {"E-READ-015"}
    assert wanted & {problem.code for problem in export.problems}
