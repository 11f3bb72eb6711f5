"""scan: what each file is, what is known of it, the rows it would have, which the sheets accept, drafts of layouts."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from immunoassay.command import scan
from immunoassay.drafts import found, scanned
from immunoassay.files.house import HOUSE
from immunoassay.study.layouts import load_layout
from immunoassay.study.load import study_in
from immunoassay.study.schema import load_schema, load_sheet
from tests.reader_fixtures import fixtures

DEMO = HOUSE / "resources/demo/raw"


@pytest.fixture
def study(tmp_path, monkeypatch):
    """put(path, fixture or bytes): a file of a study in tmp_path, which is where we are."""
    monkeypatch.chdir(tmp_path)

    def put(path, content):
        path = tmp_path / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else fixtures()[content].text().encode())
        return path

    return put


def scan_text(folder, capsys):
    scan.main(folder)
    return capsys.readouterr().out


def table(text, sheet):
    """The rows printed for a sheet."""
    _, _, rest = text.partition(f"Rows that would be drafted for {sheet}:\n")
    return list(csv.DictReader(io.StringIO(rest.partition("\n\n")[0]), delimiter="\t"))


def test_every_kind_of_file_is_named_and_nothing_stops(study, capsys):
    study("raw/new/a.csv", "xponent")
    study("raw/new/b.txt", "gen5")
    study("raw/new/c.csv", "result_table")
    study("raw/new/empty.csv", b"")
    study("raw/new/letter.txt", b"Dear all,\nplease find the files attached.\n")
    study("raw/new/~$c.csv", b"x")
    text = scan_text("raw/new", capsys)
    assert "5 files, 3 read, 2 not read" in text and "~$c" not in text
    for name, words in (
        ("a.csv", 'xponent (utf-8, comma, decimal ".")'),
        ("b.txt", 'gen5 (utf-8, tab, decimal ".")'),
        ("c.csv", 'result_table (utf-8, comma, decimal ".")'),
    ):
        assert f"\nraw/new/{name}\n  {words}\n" in text
    assert "raw/new/empty.csv\n  not read:\n  E-FILE-002 the file is empty" in text
    assert "raw/new/letter.txt\n  not read:\n  E-FILE-009 no plate and no results" in text
    assert [
        (row["plate"], row["batch"], row["panel"], row["file"], row["format"]) for row in table(text, "plates")
    ] == [
        ("a", "new", "a", "raw/new/a.csv", ""),
        ("b", "new", "b", "raw/new/b.txt", ""),
        ("c", "new", "c", "raw/new/c.csv", "result_table"),
    ]


def test_ready_rows_are_accepted_by_the_sheets(study, capsys):
    study("raw/2026-03 (late)/Plate 1 µ.csv", "xponent")
    study("raw/2026-03 (late)/tables.csv", "msd_two_plates")
    text = scan_text("raw", capsys)
    rows = table(text, "plates")
    assert [row["plate"] for row in rows] == ["Plate-1", "tables-P", "tables-Q"]
    assert [row["plate_in_file"] for row in rows] == ["", "P", "Q"] and rows[0]["batch"] == "2026-03-late"
    for sheet in ("plates", "analytes"):
        path = study(f"config/{sheet}.tsv", _sheet_text(table(text, sheet)).encode())
        found_rows = load_sheet(path, sheet, load_schema(HOUSE / f"workflow/schemas/{sheet}.schema.yaml"))
        assert [problem.message for problem in found_rows.problems] == [], sheet
    units = {row["analyte"]: row["unit"] for row in table(text, "analytes")}
    assert (units["IL-6"], units["IL-6_tables"]) == ("pg/mL", "AU/mL")  # stated in one export, in none of the other kit


def _sheet_text(rows):
    return "\n".join(["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]) + "\n"


def test_what_the_sheets_name_already_is_not_offered_again(study, capsys):
    study("raw/new/two.csv", "msd_two_plates")
    study("raw/new/copy.csv", "msd_two_plates")
    study(
        "config/analytes.tsv",
        b"analyte\tpanel\tnames_in_export\tgroup\tunit\nIL6\tmsd\tIL-6\tcytokine\tpg/mL\nIL8\tmsd\tIL-8\tcytokine\tpg/mL\n",
    )
    study(
        "config/plates.tsv",
        b"plate\tbatch\tpanel\tfile\tplate_in_file\nQ1\tlate\tmsd\traw/new/two.csv\tQ\ntwo-P\tx\tmsd\traw/y.csv\t\n",
    )
    text = scan_text("raw/new", capsys)
    assert 'plate "Q" is plate Q1 of batch late in the plates sheet' in text
    assert "raw/new/copy.csv" in text and "the same content as raw/new/two.csv: name only one of the two" in text
    (row,) = table(text, "plates")
    assert (row["plate"], row["plate_in_file"], row["file"]) == ("two-P-2", "P", "raw/new/two.csv")
    assert (row["batch"], row["panel"]) == ("late", "msd")  # of the other plate of the file
    assert table(text, "analytes") == []


def test_a_row_that_does_not_say_which_plate_it_means_is_left_to_check(study, capsys):
    study("raw/new/two.csv", "msd_two_plates")
    study("config/plates.tsv", b"plate\tbatch\tpanel\tfile\nQ1\tnew\tmsd\traw/new/two.csv\n")
    text = scan_text("raw/new", capsys)
    assert table(text, "plates") == [] and "is plate Q1 of batch new" in text


def test_a_file_that_a_row_names_and_that_cannot_be_read_is_said_to_be_unread(study, capsys):
    study("raw/new/a.csv", b"Dear all,\n")
    study("config/plates.tsv", b"plate\tbatch\tpanel\tfile\nA\tnew\tkit\traw/new/a.csv\n")
    text = scan_text("raw/new", capsys)
    assert "1 not read" in text and "Rows that" not in text and "Every plate" not in text


def test_the_panel_whose_analytes_fit_is_filled_in(study, capsys):
    study("raw/new/a.csv", "xponent")
    analytes = table(scan_text("raw/new", capsys), "analytes")
    rows = [f"{row['analyte']}\tkit\t{row['names_in_export']}\tcytokine\tpg/mL" for row in analytes]
    study("config/analytes.tsv", "\n".join(["analyte\tpanel\tnames_in_export\tgroup\tunit", *rows]).encode())
    text = scan_text("raw/new", capsys)
    assert table(text, "plates")[0]["panel"] == "kit"
    assert table(text, "analytes") == []


def test_the_exports_are_described_though_the_sheets_cannot_be_read(study, capsys):
    study("raw/new/a.csv", "xponent")
    study("config/analytes.tsv", b"name\tkit\nIL6\tx\n")
    text = scan_text("raw/new", capsys)
    assert "xponent (utf-8" in text and "Rows that" not in text and "Every plate" not in text
    assert "until the sheets of the study can be read:\nE-" in text and "config/analytes.tsv" in text


def test_exports_behind_a_link_belong_to_the_study_of_the_link(study, tmp_path, capsys):
    study("elsewhere/a.csv", "xponent")
    study("one/config/config.yaml", b"study: {title: one}\n")
    (tmp_path / "one/raw").mkdir()
    (tmp_path / "one/raw/new").symlink_to(tmp_path / "elsewhere")
    scan.main(tmp_path / "one/raw/new", as_json=True)
    rows = json.loads(capsys.readouterr().out)
    assert [row["file"] for row in rows["plates"]] == ["raw/new/a.csv"] and rows["study"] == str(tmp_path / "one")


def test_a_plate_without_names_gets_a_layout_to_fill_in(study, capsys, tmp_path):
    study("raw/elisa/mars.csv", "bmg_mars")
    text = scan_text("raw/elisa", capsys)
    assert table(text, "plates")[0]["layout"] == "config/layouts/mars.tsv"
    heading = "Draft of config/layouts/mars.tsv: "
    grid = text.partition(heading)[2].partition("\n")[2]
    draft = tmp_path / "layout.tsv"
    draft.write_text(grid.rstrip("\n").replace("?", "P01"), encoding="utf-8")
    rows, problems = load_layout(draft, "layout", load_schema(HOUSE / "workflow/schemas/layout.schema.yaml"))
    assert problems == [] and len(rows) == 96
    read = set(scanned.scan(Path("raw/elisa/mars.csv"), "x").export.plates[0].wells.dropna(subset="signal")["well"])
    assert {row["well"] for row in rows if row["role"] == "sample"} == read


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2024-10-18 11:36", "2024-10-18"),
        ("2-Mar-2007, 01:03 PM", "2007-03-02"),
        ("28/02/2014 21:44:35", "2014-02-28"),
        ("5/14/2021 3:29:50 PM", "2021-05-14"),
        ("03/03/2016 13:25", "2016-03-03"),
        ("3/4/2021 3:29:50 PM", ""),  # April or March
        ("2024-02-30", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_dates_are_not_guessed(written, date):
    assert found.run_date(written) == date


def test_the_study_is_the_folder_with_config(study, tmp_path):
    study("one/config/config.yaml", b"")
    study("one/raw/a/x.csv", b"")
    study("two/raw/x.csv", b"")
    assert scan.study_of(tmp_path / "one/raw/a") == tmp_path / "one"
    assert scan.study_of(tmp_path / "two/raw") == tmp_path


def test_the_demonstration_is_all_known(capsys):
    text = scan_text(DEMO, capsys)
    assert "0 not read" in text and "Every plate is in the plates sheet." in text and "Rows that" not in text


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_no_folder_or_nothing_in_it(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="no such folder|no files in it"):
        scan.main(folder)


def test_the_study_of_the_page_is_sound_and_its_scan_knows_every_plate(study, capsys):
    page = (HOUSE / "docs/a-new-study.md").read_text(encoding="utf-8").partition("## 4.")[2].partition("## 5.")[0]
    names, blocks = (
        re.findall(r"`(config/[^`]+)`(?=,| –|\n)", page),
        re.findall(r"```(?:yaml|tsv)\n(.*?)```", page, re.S),
    )
    assert len(names) == len(blocks) == 11
    for name, block in zip(names, blocks, strict=True):
        study(name, block.encode())
    rows = [row for plate in (1, 2) for row in [["Plate Number", f"Plate {plate}"], *gen5_results(), [""]]]
    export = "\n".join(["Software Version\t3.12.08", *("\t".join(row) for row in rows)])
    study("raw/2026-03-baff/BAFF run 7.txt", export.encode())
    found = study_in(Path())
    assert [flag.message for flag in found.flags] == []
    text = scan_text("raw", capsys)
    assert "1 file, 1 read, 0 not read" in text and "Every plate is in the plates sheet." in text


def gen5_results():
    """The results of six wells of a plate."""
    signals = {
        "A": ["2.5", "2.4", "0.9", "0.8"],
        "B": ["0.7", "0.6", "0.5", "0.4"],
        "C": ["0.05", "0.06", "0.7", "0.7"],
    }
    empty = [""] * 8
    yield from (["Results"], ["", *map(str, range(1, 13))])
    yield from ([letter, *signals.get(letter, [""] * 4), *empty, "450"] for letter in "ABCDEFGH")
