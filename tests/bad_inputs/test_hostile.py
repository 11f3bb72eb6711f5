"""Text from files is only ever text: in messages, tables, the workbook, the methods, figures and captions."""

import io
import re
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.command import scan
from immunoassay.deliver.worksheet import Book
from immunoassay.files import delimited, texts, workbooks
from immunoassay.problems import Problem, StudyError
from immunoassay.readers import open_export
from immunoassay.readers.export import NotReadable
from immunoassay.study.sheet_cells import read_cells

from .cases import CYT, study_runs

SCRIPT = "<script>alert(1)</script>"
FORMULAS = ['=HYPERLINK("http://x","y")', "+HYPERLINK(1)", "-cmd|' /C calc'!A0", "@SUM(A1)", "=1+1"]
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY a "ha">%s]><worksheet>&l9;</worksheet>""" % b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&%s;" % (b"a" if not level else b"l%d" % (level - 1)) * 10) for level in range(10)
)


def test_a_message_shows_what_a_terminal_would_obey():
    problem = Problem("X-BEAD", "FLAG", "a\x1b[2J.csv", "b\u202ec\x00\n\u200b", "why\rnot", "fix\tit", row="\x07")
    assert problem.message.isprintable()
    assert "a\\x1b[2J.csv" in problem.message
    assert "b\\u202ec\\x00\\n\\u200b" in problem.message
    assert len(Problem("X-BEAD", "FLAG", "f", "x" * 10**6, "y", "z").message) < 1100


def test_formulas_stay_text_in_a_workbook():
    book = Book("Title " + SCRIPT, FORMULAS[0])
    frame = pd.DataFrame({"comment": [*FORMULAS, SCRIPT, "a\x00b\x1bc", "x" * 40_000]})
    book.table("Results", frame, {"comment": FORMULAS[0]})
    out = io.BytesIO()
    workbooks.save(book.workbook, out)
    read = openpyxl.load_workbook(out)["Results"]
    cells = [row[0] for row in read.iter_rows(min_row=3)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells[:6]] == [*FORMULAS, SCRIPT]
    assert all(cell.quotePrefix for cell in cells[:5])
    assert cells[6].value == "abc"
    assert len(cells[7].value) == 32_767
    with zipfile.ZipFile(out) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())
        assert not any(b"<script>" in archive.read(name) for name in archive.namelist())


def test_formulas_are_inert_in_a_table(tmp_path):
    plain = ["-0.5 (n = 3)", "+1.5", "---", "-80C", "P01-D1", "< 2.5"]
    frame = pd.DataFrame({"text": [*FORMULAS, *plain], "value": range(len(FORMULAS) + len(plain))})
    tables.write_tsv(frame, tmp_path / "t.tsv")
    written = tables.read_tsv(tmp_path / "t.tsv")["text"].tolist()
    assert written == [*("'" + text for text in FORMULAS), *plain]


def test_a_hostile_sample_name_of_an_export_reaches_no_result_and_is_shown_as_text(folder):
    folder.edit(CYT, '"P05-R-D1"', f'"{SCRIPT}"', 99)
    run = study_runs.run(folder.path)
    assert not run.stopped
    assert all(message.isprintable() for message in run.messages())
    assert any(f'a name on plate CYT-03 is in neither samples nor names: "{SCRIPT}" – ' in message
               for message in run.messages("E-ID-049"))  # fmt: skip
    assert not any("script" in name for name in run.tables["results"]["sample_id"])


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/x", "/etc/passwd", "..\\x", "a\x00b", SCRIPT, "=1+1", "x" * 5000]
)
def test_names_inside_an_export_make_no_path(folder, name):
    folder.edit(CYT, '"CYT-03"', f'"{name}"')
    folder.edit(CYT, '"P05-R-D1"', f'"{name}"', 99)
    before = set(folder.path.rglob("*"))
    run = study_runs.run(folder.path, judge=False)
    assert set(folder.path.rglob("*")) == before
    assert all(message.isprintable() for message in run.messages())


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_entities_in_a_workbook_are_refused(tmp_path, part):
    book = openpyxl.Workbook()
    book.active.append(["participant", "visit"])
    book.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = re.sub(rb'<c r="A1".*?</c>', b'<c r="A1" t="s"><v>0</v></c>', parts[sheet])
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    types = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s" /></Types>' % kind
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", types)
    parts[part] = LAUGHS
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert [problem.code for problem in read_cells(tmp_path / "a.xlsx", "a.xlsx").problems] == ["E-FILE-003"]
    with pytest.raises(NotReadable) as caught:
        open_export.open_file(tmp_path / "a.xlsx")
    assert caught.value.problem.code == "E-FILE-003"


def test_a_declared_size_that_lies_does_not_unpack(tmp_path):
    """A member that holds more than it declares is cut there, and its checksum fails."""
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(20 * 1024**2))
    size = (20 * 1024**2).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (1000).to_bytes(4, "little")))
    assert [problem.code for problem in read_cells(path, "a.xlsx").problems] == ["E-FILE-003"]


def test_yaml_tags_build_no_objects(folder):
    marker = folder / "made"
    folder.edit("config/config.yaml", "seed: 1", f"seed: !!python/object/apply:os.mkdir ['{marker}']")
    assert study_runs.run(folder.path).messages("E-CFG-005")
    assert not marker.exists()


def test_yaml_laughs_are_refused_at_once(folder):
    lines = ["a: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    (folder / "config/config.yaml").write_text("\n".join(lines), encoding="utf-8")
    assert study_runs.run(folder.path).messages("E-CFG-005")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: " + "[" * 5000 + "]" * 5000, "levels of keys within keys"),
        ("\n".join(" " * level + "a:" for level in range(300)), "levels of keys within keys"),
        ("? [1, 2]\n: 3", "a key that is no word"),
    ],
)
def test_a_config_without_end_or_of_lists_as_keys_is_one_line(folder, text, words, capsys):
    (folder / "config/config.yaml").write_text(text, encoding="utf-8")
    run = study_runs.run(folder.path)
    assert [problem.code for problem in run.problems] == ["E-CFG-005"]
    assert words in run.messages()[0]
    scan.main((folder / CYT).parent)  # describes the exports all the same
    said = capsys.readouterr().out
    assert ", 0 not read" in said and "until the sheets of the study can be read" in said and words in said


def test_a_link_to_itself_is_named(folder):
    (folder / CYT).unlink()
    (folder / CYT).symlink_to(folder / CYT)
    assert any("leads back to itself" in message for message in study_runs.run(folder.path).messages("E-FILE-016"))


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_cell_without_end_is_named_with_its_row(quote):
    data = f"a,b\n1,{quote}{'x' * (delimited.LONGEST_CELL + 1)}{quote}\n".encode()
    with pytest.raises(NotReadable) as caught:
        open_export.open_bytes("a.csv", data)
    assert (caught.value.problem.code, caught.value.problem.row) == ("E-FILE-019", "2")


def test_rows_behind_an_opening_quote_are_not_swallowed():
    source = open_export.open_bytes("a.csv", b'Well,OD\n"' + b"A1,2\n" * 3000)
    assert len(source.rows) == 3001


def test_markup_never_reaches_config_or_captions():
    for text in (SCRIPT, "<b>x</b>", "<img src=x>", "</style>", "<!-- x", "<SCRIPT src=//x"):
        assert texts.fault(text), text


def test_text_of_a_figure_is_escaped_in_svg():
    code = (
        "import io, sys; from immunoassay.figures import style; import matplotlib.pyplot as plt\n"
        f"figure = plt.figure(); figure.text(0.1, 0.5, {SCRIPT!r} + '$x^2$ & \\u202e'); out = io.StringIO()\n"
        "figure.savefig(out, format='svg'); sys.stdout.write(out.getvalue())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=study_runs.ROOT / "workflow/scripts",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "<script" not in done.stdout
    assert not [each for each in ElementTree.fromstring(done.stdout).iter() if each.tag.endswith("script")]


def test_a_link_inside_the_study_is_fine(folder):
    (folder / CYT).rename(folder / "resources/moved.csv")
    (folder / CYT).symlink_to(folder / "resources/moved.csv")
    assert not study_runs.run(folder.path, judge=False).stopped


def test_a_study_error_lists_one_line_each():
    error = StudyError(
        [Problem("E-FILE-001", "STOP", "f", "a\nb", "c", "d"), Problem("E-FILE-002", "STOP", "f", "a", "c", "d")]
    )
    assert len(str(error).splitlines()) == 3
