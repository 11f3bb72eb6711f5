"""`new` and `add` on folders as they are: odd names, copies, sheets saved by others, answers that cannot be, interruptions."""

import os
import zipfile
from pathlib import Path

import pytest
from immunoassay.command import check, new_study
from immunoassay.command.new_study import Wanted
from immunoassay.problems import StudyError
from immunoassay.study.load import study_in
from openpyxl import load_workbook

HEAD = "Sample,Analyte,Result,Unit\n"


def delivery(names, analytes=("IL-6", "TNF"), first=1.0):
    """A delivered table: a result of every name and analyte."""
    cells = [(name, analyte) for name in names for analyte in analytes]
    quoted = ['"' + name.replace('"', '""') + '"' for name, _ in cells]
    rows = zip(quoted, cells, range(len(cells)), strict=True)
    return HEAD + "".join(f'{name},"{analyte}",{first + n / 4:.2f},pg/mL\n' for name, (_, analyte), n in rows)


def plate(first=0.05):
    """A reader's list of one plate: five standards in twos, and four samples; no concentrations."""
    rows, value = ["Well,Sample,450"], first
    for number in range(1, 6):
        rows += [f"{row}{number:02d},S{number},{(value := value * 1.4):.3f}" for row in "AB"]
    rows += [f"C{number:02d},P{number},{first * number + 0.1:.3f}" for number in range(1, 5)]
    return "\n".join(rows) + "\n"


@pytest.fixture
def exports(tmp_path):
    """Writes files into a folder of exports: {path: text}."""

    def write(files, name="exports"):
        for path, content in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(content, encoding="utf-8", newline="")
        return tmp_path / name

    return write


def new(tmp_path, folder, answers="", **wanted):
    """A study of the folder, by defaults and answers."""
    (tmp_path / "answers.yaml").write_text(answers, encoding="utf-8")
    new_study.new(tmp_path / "study", folder, Wanted(answers=tmp_path / "answers.yaml", yes=True, **wanted))
    return tmp_path / "study"


def add(study, folder):
    new_study.add(study, folder, Wanted(yes=True))
    return study_in(study)


def rows(study, sheet, *columns):
    return [tuple(row[column] for column in columns) for row in study_in(study).rows(sheet)]


def sheets(study):
    return {path.name: path.read_bytes() for path in (study / "config").glob("*.tsv")}


# --- names -----------------------------------------------------------------------------------------------------------


def test_any_name_of_an_export_becomes_a_study_that_loads(tmp_path, exports, capsys):
    odd = ["NA", "none", "#N/A", "a\tb", "zero\u200bwidth", "<b>x</b>", "born 1970-01-02", "Â£5"]
    kept = ["=1+1", "P01-D1", "p1-d1", "P1 D1", "12.0", "2024-01-02", 'say "hi"', "Müller", "-5", "1:0"]
    study = new(tmp_path, exports({"d.csv": delivery([*kept, *odd])}))
    named = rows(study, "names", "name", "sample_id")
    assert {name for name, _ in named} == set(kept) - {"P01-D1"} and len({sample for _, sample in named}) == len(named)
    assert dict(named)["12.0"] == "X-12.0" and dict(named)["2024-01-02"] == "X-2024-01-02"
    assert "left out: " in capsys.readouterr().out


def test_a_well_called_na_can_be_named(tmp_path, exports):
    study = new(tmp_path, exports({"d.csv": delivery(["A1", "NA"])}))
    (study / "config/names.tsv").write_text("scope\tname\trole\tsample_id\n")
    with (study / "config/names.tsv").open("a") as sheet:
        sheet.write("d\tNA\tignore" + "\t" * sheet_width(study, "names", 3) + "\n")
    assert ("NA", "ignore") in rows(study, "names", "name", "role")


def sheet_width(study, sheet, less):
    return len((study / f"config/{sheet}.tsv").read_text().split("\n")[0].split("\t")) - less


def test_analytes_no_sheet_can_hold_are_left_out(tmp_path, exports, capsys):
    study = new(tmp_path, exports({"d.csv": delivery(["A1"], ["IL-6", "il-6", "IL 6", "NA", "a;b", "<b>"])}))
    assert rows(study, "analytes", "analyte") == [("IL-6",), ("IL-6_d",), ("X-NA",)]
    assert "left out: il-6, a;b, <b>" in capsys.readouterr().out


def test_files_of_any_name_are_copied_under_one_a_sheet_can_hold(tmp_path, exports):
    names = [
        "a\nb.csv",
        "nar\u202frow.csv",
        " lead.csv",
        "<b>x<b>.csv",
        "NA.csv",
        "1e-5.csv",
        "a-b.csv",
        "Plate.csv",
        "plate.csv",
    ]
    study = new(tmp_path, exports({name: delivery(["A1"], first=n + 1) for n, name in enumerate(names)}))
    files = rows(study, "plates", "plate", "file")
    assert len(files) == len(names) and all((study / file).is_file() for _, file in files)
    assert {"plate-NA", "plate-1e-5", "a-b", "a-b-2"} <= {name for name, _ in files}
    with pytest.raises(SystemExit, match="no sheet can hold this name"):
        new_study.new(tmp_path / "linked", tmp_path / "exports", Wanted(yes=True, link=True))
    assert not (tmp_path / "linked").exists()


def test_a_batch_is_never_called_as_a_plate_and_a_date_is_a_batch(tmp_path, exports):
    files = {"run/run.csv": delivery(["A1"]), "run/other.csv": delivery(["A2"]), "2024-03-01/x.csv": delivery(["A3"])}
    study = new(tmp_path, exports(files))
    assert rows(study, "plates", "plate", "batch") == [
        ("x", "batch-2024-03-01"), ("other", "batch-run"), ("run", "batch-run")
    ]  # fmt: skip


# --- copies, and folders ---------------------------------------------------------------------------------------------


def test_equal_files_count_once_and_equal_signals_are_set_aside(tmp_path, exports, capsys):
    again = plate().replace("Well,Sample", "Well, Sample")
    study = new(tmp_path, exports({"a.csv": plate(), "copy.csv": plate(), "b.csv": again, "c.csv": again + "\n"}))
    said = capsys.readouterr().out
    assert rows(study, "plates", "plate", "include", "reason") == [
        ("a", True, ""), ("b", False, "the same signals as plate a"), ("c", False, "the same signals as plate a"),
    ]  # fmt: skip
    assert not {"E-ID-049", "E-WELL-069"} & set(check.read(study_in(study))[2]["code"])
    assert "copy.csv: the same content as raw/exports/a.csv, left out" in said
    assert {name for (name,) in rows(study, "names", "scope")} == {"a"} and not (
        study / "raw/exports/copy.csv"
    ).exists()


def test_what_cannot_be_a_new_study_is_left_as_it_was(tmp_path, exports):
    folder = exports({"d.csv": delivery(["A1"])})
    (tmp_path / "file").write_text("mine")
    exports({"config/plates.tsv": "mine"}, "other")
    for target in ("file", "other"):
        with pytest.raises(SystemExit, match="new folder"):
            new_study.new(tmp_path / target, folder, Wanted(yes=True))
    assert (tmp_path / "file").read_text() == "mine" and os.listdir(tmp_path / "other") == ["config"]
    with pytest.raises(SystemExit, match="layout.csv: a layout, and no export"):
        new_study.new(
            tmp_path / "s", exports({"layout.csv": ",1,2,3\nA,x1,x2,x3\nB,x4,x5,x6\n"}, "l"), Wanted(yes=True)
        )
    assert not (tmp_path / "s").exists()


def test_a_study_in_its_folder_of_exports_is_no_delivery(tmp_path, exports, capsys):
    folder = exports({"d.csv": delivery(["A1"]), ".git/x.csv": delivery(["A2"])})
    new_study.new(folder / "study", folder, Wanted(yes=True))
    before = sheets(folder / "study")
    add(folder / "study", folder)
    assert sheets(folder / "study") == before and "nothing new" in capsys.readouterr().out
    assert rows(folder / "study", "plates", "file") == [("raw/exports/d.csv",)]


# --- a delivery ------------------------------------------------------------------------------------------------------


SAVED = {
    "as it is": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "byte order mark": lambda text: "\ufeff" + text,
    "no last line end": lambda text: text.rstrip("\n"),
    "blank lines": lambda text: text.replace("\n", "\n\n") + "\n\n",
    "quotes": lambda text: "\n".join(
        "\t".join(f'"{cell}"' for cell in line.split("\t")) for line in text.split("\n")[:-1]
    ),
    "semicolons": lambda text: text.replace("\t", ";"),
    "spaces": lambda text: text.replace("\t", " \t "),
    "empty columns": lambda text: text.replace("\n", "\t\t\n"),
}


@pytest.mark.parametrize("saved", SAVED.values(), ids=list(SAVED))
def test_rows_keep_their_bytes_however_a_sheet_was_saved(tmp_path, exports, saved):
    study = new(tmp_path, exports({"d.csv": delivery(["A1", "A2"])}))
    for path in (study / "config").glob("*.tsv"):
        path.write_bytes(saved(path.read_text()).encode()) if path.name != "drafted.tsv" else None
    before = sheets(study)
    found = add(study, exports({"e.csv": delivery(["A2", "A3"], ["CRP"])}, "second"))
    assert all(after.startswith(before[name]) for name, after in sheets(study).items())
    assert [plate.plate for plate in found.plates] == ["d", "e"] and len(found.samples) == 3


def test_a_column_that_a_sheet_lacks_goes_behind_its_last(tmp_path, exports):
    study = new(tmp_path, exports({"d.csv": delivery(["A1"])}))
    path = study / "config/samples.tsv"
    path.write_bytes(b"sample_id\r\nA1\r\n\r\n")
    new_study.add(study, exports({"e.csv": delivery(["B1-V1", "B2-V1", "B1-V2", "B2-V2"])}, "second"), Wanted(yes=True))
    assert path.read_bytes().startswith(b"sample_id\tparticipant\tvisit\r\nA1\t\t\r\n\r\nB1-V1\tB1\tV1\r\n")
    assert len(study_in(study).samples) == 5


def test_sheets_that_cannot_be_read_take_no_delivery(tmp_path, exports):
    study = new(tmp_path, exports({"d.csv": delivery(["A1"])}))
    (study / "config/samples.tsv").write_bytes((study / "config/samples.tsv").read_text().encode("utf-16"))
    before = sheets(study)
    with pytest.raises(StudyError, match="E-FILE-012"):
        add(study, exports({"e.csv": delivery(["A3"])}, "second"))
    assert sheets(study) == before and not (study / "raw/second").exists()


def test_names_that_instruments_give_are_other_tubes_in_a_delivery(tmp_path, exports):
    study = new(tmp_path, exports({"d.csv": delivery(["Sample 1", "K-7"])}))
    add(study, exports({"d.csv": delivery(["Sample 1", "K-7", "k7"], first=9)}, "second"))
    assert rows(study, "names", "scope", "name", "sample_id") == [
        ("d", "Sample 1", "Sample-1"), ("second_d", "Sample 1", "second_d-Sample-1"), ("second_d", "k7", "k7-2"),
    ]  # fmt: skip


def test_people_and_visits_of_a_delivery_are_those_of_the_study(tmp_path, exports, capsys):
    study = new(tmp_path, exports({"d.csv": delivery(["P01-D1", "P02-D1", "P01-W12", "P02-W12"])}))
    add(study, exports({"e.csv": delivery(["P1-d1", "P2-d1", "P1-W24", "P2-W24"])}, "second"))
    assert rows(study, "visits", "visit", "order", "day", "baseline") == [
        ("D1", 1, 1, True), ("W12", 2, 85, False), ("W24", 3, 169, False),
    ]  # fmt: skip
    assert rows(study, "participants", "participant") == [("P01",), ("P02",)]
    assert rows(study, "samples", "participant", "visit")[4:6] == [("P01", "D1"), ("P02", "D1")]
    assert "P1 is P01" in capsys.readouterr().out


def test_what_the_study_has_already_is_left_out_of_a_delivery(tmp_path, exports, capsys):
    study = new(tmp_path, exports({"d.csv": delivery(["A1"])}))
    before = sheets(study)
    add(study, exports({"renamed.csv": delivery(["A1"])}, "second"))
    assert sheets(study) == before
    assert "renamed.csv: the same content as raw/exports/d.csv, left out" in capsys.readouterr().out
    exports({"a.csv": delivery(["A5"]), "d.csv": delivery(["A9"])})
    with pytest.raises(SystemExit, match="d.csv is there already with another content"):
        add(study, tmp_path / "exports")
    assert sheets(study) == before and not (study / "raw/exports/a.csv").exists()


@pytest.mark.parametrize("workbook", [False, True])
def test_an_interrupted_delivery_leaves_a_study_that_loads_and_takes_it_again(tmp_path, exports, monkeypatch, workbook):
    study = new(tmp_path, exports({"d.csv": delivery(["A1"])}), workbook=workbook)
    second = exports({"e.csv": delivery(["B1-V1", "B2-V1", "B1-V2", "B2-V2"], ["CRP"])}, "second")
    replace = Path.replace
    for allowed in range(20):
        left = [allowed]

        def stopping(self, target, left=left):
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", stopping)
        try:
            found = add(study, second)
        except KeyboardInterrupt:
            study_in(study)
        else:
            break
    assert allowed > 2 and [plate.plate for plate in found.plates] == ["d", "e"] and len(found.samples) == 5


def test_a_workbook_takes_a_delivery_and_keeps_its_rows(tmp_path, exports):
    study = new(tmp_path, exports({"d.csv": delivery(["A1"])}), workbook=True)
    before = tabs(study)
    found = add(study, exports({"e.csv": delivery(["A2"], ["CRP"])}, "second"))
    after = tabs(study)
    assert after.keys() == before.keys() and all(after[tab][: len(old)] == old for tab, old in before.items())
    assert len(found.plates) == len(found.samples) == 2


def tabs(study):
    book = load_workbook(study / "config/study.xlsx")
    return {tab.title: [row for row in tab.iter_rows(values_only=True) if any(row)] for tab in book}


def test_formulas_of_a_workbook_take_no_delivery(tmp_path, exports):
    study = new(tmp_path, exports({"d.csv": delivery(["A1"])}), workbook=True)
    path = study / "config/study.xlsx"
    book = load_workbook(path)
    order = [cell.value for cell in book["analytes"][1]].index("order") + 1
    book["analytes"].cell(2, order).value = "=1+0"
    book.save(path)
    with zipfile.ZipFile(path) as stored:
        parts = {name: stored.read(name) for name in stored.namelist()}
    with zipfile.ZipFile(path, "w") as stored:  # with the result, as a spreadsheet program stores it
        for name, part in parts.items():
            stored.writestr(name, part.replace(b"</f><v />", b"</f><v>1</v>").replace(b"</f><v></v>", b"</f><v>1</v>"))
    study_in(study)
    before = path.read_bytes()
    with pytest.raises(StudyError, match="E-XLS-026"):
        add(study, exports({"e.csv": delivery(["A2"], ["CRP"])}, "second"))
    assert path.read_bytes() == before


# --- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ("kit.x: y", "no question is called"),
        ("- kit.a", "holds no lines"),
        ("kit.a: [x, y]", "kit.a: write one answer"),
        ('kit.a: "x\\ty"', "nothing that a sheet can hold"),
        ("label.a: <b>x</b>", "nothing that a sheet can hold"),
        ("criteria.a: best", "is none of ich_m10_lba"),
        ("top.a: 1,000", "can be read in two ways"),
        ("top.a: -5", "no number above 0"),
        ("top.a: 1e999", "no number above 0"),
        ("top.a: 10\nstep.a: 1", "no number above 1"),
        ("top.a: 10\nstep.a: 0", "no number above 1"),
        ("kit.d: a", "another kit: elisa, not laboratory"),
    ],
)
def test_an_answer_that_cannot_be_is_told_and_nothing_is_written(tmp_path, exports, answers, why):
    folder = exports({"a.csv": plate(), "d.csv": delivery(["A1"])})
    with pytest.raises(SystemExit, match=why):
        new(tmp_path, folder, answers)
    assert not (tmp_path / "study").exists()


def test_answers_are_texts_and_a_kit_has_one_spelling(tmp_path, exports):
    files = {
        "a.csv": delivery(["A1"], ["IL-6", "TNF", "IL-1", "IL-2", "IL-4"]),
        "b.csv": delivery(["A1"], ["IL-6", "CRP"]),
    }
    study = new(tmp_path, exports(files), "study.title: yes\nkit.a: 0012\nkit.b: KIT-12\n")
    assert study_in(study).config["study"]["title"] == "yes" and rows(study, "panels", "panel") == [("kit-0012",)]


def test_a_series_is_computed_from_a_decimal_comma(tmp_path, exports):
    study = new(tmp_path, exports({"a.csv": plate()}), "top.a: '0,5'\nstep.a: 2\nunit.a: ng/mL\n")
    assert sorted(rows(study, "materials", "level", "expected"))[:2] == [("S1", 0.5), ("S2", 0.25)]


def test_a_pattern_given_without_a_list_is_used(tmp_path, exports):
    study = new(tmp_path, exports({"d.csv": delivery(["P1/x", "P2/y"])}), pattern="{participant}/{visit}")
    assert rows(study, "samples", "participant", "visit") == [("P1", "x"), ("P2", "y")]


def test_what_was_signed_is_not_remembered(tmp_path, exports):
    study = new(tmp_path, exports({"d.csv": delivery(["A1"])}))
    with (study / "config/answers.yaml").open("a") as file:
        file.write("amendments.who: AB\nlayout.x: d\nsamples.pattern: none\n")
    remembered = new_study.study_files.remembered(study)
    assert remembered.keys() & {"amendments.who", "layout.x", "samples.pattern"} == {"samples.pattern"}


# --- like another study ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workbook", [False, True])
def test_a_study_like_another_has_its_kits_once(tmp_path, exports, workbook):
    first = new(tmp_path, exports({"d.csv": delivery(["A1"])}), "kit.d: cytokines\n")
    first.rename(tmp_path / "first")
    folder = exports({"e.csv": delivery(["B1"])}, "second")
    study = new(tmp_path, folder, like=tmp_path / "first", workbook=workbook)
    assert rows(study, "panels", "panel") == [("cytokines",)] and rows(study, "plates", "panel") == [("cytokines",)]


def test_a_template_of_some_sheets_gives_what_it_has(tmp_path, exports):
    analytes = "analyte\tpanel\tgroup\tunit\nCRP\tother\tx\tpg/mL\n"
    template = exports({"config/config.yaml": "study: {title: T}\n", "config/analytes.tsv": analytes}, "template")
    study = new(tmp_path, exports({"e.csv": delivery(["B1"])}), like=template)
    assert rows(study, "analytes", "analyte", "panel") == [("IL-6", "e"), ("TNF", "e")]
