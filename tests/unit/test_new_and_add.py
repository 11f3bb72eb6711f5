"""The files `new` and `add` write, and what they refuse: nothing that is there changes, and nothing is written half."""

import shutil

import openpyxl
import pytest
import yaml
from immunoassay.command.new_study import Wanted, add, new
from immunoassay.drafts.draft import Lists
from immunoassay.drafts.questions import Question, as_line
from immunoassay.study.load import SHEETS, study_in
from tests import drafted_study as lab
from tests.reader_fixtures import fixtures
from tests.study_runs import cells


@pytest.fixture
def folder(tmp_path):
    """The folder of a laboratory without the plate that names no well."""
    lab.write_lab(tmp_path / "lab")
    (tmp_path / "lab/first/IGX.txt").unlink()
    return tmp_path / "lab"


@pytest.fixture(scope="module")
def drafted(tmp_path_factory):
    """The study drafted of that folder, once."""
    place = tmp_path_factory.mktemp("drafted")
    lab.write_lab(place / "lab")
    (place / "lab/first/IGX.txt").unlink()
    return lab.draft(place / "study", place / "lab")


@pytest.fixture
def study(drafted, folder, tmp_path):
    """A copy of it, to be changed."""
    return shutil.copytree(drafted, tmp_path / "study")


def files(study):
    """{path: bytes} of all of a study."""
    return {path.relative_to(study).as_posix(): path.read_bytes() for path in study.rglob("*") if path.is_file()}


def rows(study, sheet):
    return cells((study / f"config/{sheet}.tsv").read_text(encoding="utf-8"), "\t")


def delivery(folder, **given):
    """A second delivery: a plate of the same kit, its lot new, two of its names new; three tubes more in the freezer list."""
    names = ("Unknown1", "Unknown2", "Unknown9")
    lab.put(folder / "second/CYTO-2.csv", lab.cytokines(**{"lot": "B8", "names": names} | given))
    more = [
        ["CYTO-2.csv", name, f"FZ9{at}", "K04", "Week 12", "2024-06-0" + str(at)] for at, name in enumerate(names, 1)
    ]
    lab.put(folder / "second.csv", lab.lines([["Run", "Label", "Barcode", "Participant", "Visit", "Collected"], *more]))
    return folder / "second"


# --- add -------------------------------------------------------------------------------------------------------------


def test_add_appends_rows_and_changes_no_byte_of_those_that_are_there(study, folder, capsys):
    before = files(study)
    add(study, delivery(folder), Wanted(Lists(samples=folder / "second.csv"), yes=True))
    after, told = files(study), capsys.readouterr().out
    own = {"config/answers.yaml"}  # the answers of both
    for name in set(before) - own:
        assert after[name].startswith(before[name]), name
    grown = {name for name in before if after[name] != before[name]} - own
    sheets = ("plates", "names", "materials", "samples", "visits")
    assert grown == {*(f"config/{sheet}.tsv" for sheet in sheets), "config/drafted.tsv"}
    assert rows(study, "plates")[-1][:3] == ["CYTO-2", "second", "cyto"]
    assert {row[0] for row in rows(study, "names")[-3:]} == {"CYTO-2"}
    assert "cyto: kit lot changed: B8, 27 rows of materials drafted from the export; please compare" in told
    assert "config/plates.tsv  +1" in told and "  + CYTO-2\tsecond\tcyto" in told
    assert [(visit.visit, visit.order, visit.baseline) for visit in study_in(study).visits] == [
        ("Baseline", 1, True), ("Week-4", 2, False), ("Week-12", 3, False)]  # fmt: skip


def test_what_is_added_twice_is_added_once(study, folder):
    add(study, delivery(folder), Wanted(Lists(samples=folder / "second.csv"), yes=True))
    before = files(study)
    add(study, folder / "second", Wanted(yes=True))
    assert {name: text for name, text in files(study).items() if name != "config/answers.yaml"} == {
        name: text for name, text in before.items() if name != "config/answers.yaml"
    }


def test_a_known_lot_is_not_drafted_again(study, folder, capsys):
    before = rows(study, "materials")
    capsys.readouterr()
    add(study, delivery(folder, lot="A7", expected=dict.fromkeys(lab.CYTOKINES, 7.0)), Wanted(yes=True))
    assert rows(study, "materials") == before and "compare with" not in capsys.readouterr().out


def test_add_extends_the_workbook_where_the_sheets_are_in_one(folder, tmp_path):
    study = lab.draft(tmp_path / "book", folder, workbook=True)
    before = {sheet: study_in(study).rows(sheet) for sheet in SHEETS}
    add(study, delivery(folder), Wanted(Lists(samples=folder / "second.csv"), yes=True))
    found = study_in(study)
    assert [each.plate for each in found.plates] == ["BAFF", "CYTO", "CYTO-2"]
    for sheet in ("names", "samples", "plates", "participants", "scores"):
        assert found.rows(sheet)[: len(before[sheet])] == before[sheet], sheet
    assert not list((study / "config").glob("plates*"))


def test_a_study_with_scores_of_a_scale_of_the_workflow_can_be_added_to(study, folder):
    scores = study / "config/scores.tsv"
    lab.put(scores, scores.read_text(encoding="utf-8").replace("Pain", "MG-ADL").replace(".5\n", "\n"))
    (study / "config/scales.tsv").unlink()
    add(study, delivery(folder), Wanted(Lists(samples=folder / "second.csv"), yes=True))
    assert "MG-ADL" in study_in(study).scored and rows(study, "plates")[-1][:3] == ["CYTO-2", "second", "cyto"]


def test_a_plate_of_a_known_file_that_no_row_names_gets_one_in_the_batch_of_the_file(tmp_path):
    lab.put(tmp_path / "lab/two.csv", fixtures()["msd_two_plates"].text())
    new(tmp_path / "study", tmp_path / "lab", Wanted(yes=True))
    whole = rows(tmp_path / "study", "plates")
    sheet = tmp_path / "study/config/plates.tsv"
    lab.put(sheet, "".join(line for line in sheet.read_text(encoding="utf-8").splitlines(True) if "two-P" not in line))
    add(tmp_path / "study", tmp_path / "study/raw", Wanted(yes=True))
    assert sorted(rows(tmp_path / "study", "plates")) == sorted(whole)


def test_tubes_written_into_a_layout_are_drafted_by_add_from_the_list(tmp_path):
    lab.write_lab(tmp_path / "lab")
    for name in ("CYTO.csv", "BAFF.txt"):
        (tmp_path / "lab/first" / name).unlink()
    text = (tmp_path / "lab/freezer.csv").read_text(encoding="utf-8")
    lines = [line.split(",") for line in text.splitlines() if not line.startswith("BAFF")]
    lab.put(tmp_path / "lab/freezer.csv", lab.lines([["", *row[1:]] if at else row for at, row in enumerate(lines)]))
    study, wanted = tmp_path / "study", Wanted(Lists(samples=tmp_path / "lab/freezer.csv"), yes=True)
    new(study, tmp_path / "lab/first", wanted)
    assert not (study / "config/samples.tsv").exists()  # nobody has said yet which tubes are on the plate
    pool = ["pool", *["empty"] * 11]
    grid = [["ABCDEFGH"[at], f"S{at + 1}", f"S{at + 1}", f"Unknown{at + 1}", *["empty"] * 9] for at in range(7)]
    lab.put(study / "config/layouts/IGX.tsv", lab.lines([["", *range(1, 13)], *grid, ["H", *pool]], "\t"))
    config = study / "config/config.yaml"
    lab.put(config, config.read_text(encoding="utf-8") + "bridging: {pools: [pool]}\n")
    add(study, study / "raw", wanted)
    assert [row[:3] for row in rows(study, "samples")[1:]] == [
        [tube, person, visit.replace(" ", "-")] for tube, person, visit in lab.TUBES[:7]
    ]
    assert [row[:4] for row in rows(study, "names")[1:]] == [
        ["IGX", f"Unknown{at + 1}", "sample", tube] for at, (tube, *_) in enumerate(lab.TUBES[:7])
    ]
    before = files(study)
    add(study, study / "raw", wanted)
    assert files(study) == before


def test_another_export_of_a_name_that_is_there_is_refused(study, folder):
    lab.put(folder / "again/first/CYTO.csv", lab.cytokines(lot="C9"))
    before = files(study)
    with pytest.raises(SystemExit, match="raw/first/CYTO.csv is there already with another content: name the folder"):
        add(study, folder / "again/first", Wanted(yes=True))
    assert files(study) == before


def test_a_known_visit_is_known_however_it_is_spelled_and_an_earlier_one_is_told(study, folder, capsys):
    delivery(folder)
    text = (
        (folder / "second.csv").read_text(encoding="utf-8").replace("Week 12", "W4", 1).replace("Week 12", "week 2", 1)
    )
    lab.put(folder / "second.csv", text)
    add(study, folder / "second", Wanted(Lists(samples=folder / "second.csv"), yes=True))
    assert [row[0] for row in rows(study, "visits")[1:]] == ["Baseline", "Week-4", "week-2", "Week-12"]
    assert [row[2] for row in rows(study, "samples")[-3:]] == ["Week-4", "week-2", "Week-12"]
    assert "new visits before others of the study: week-2; number the column order" in capsys.readouterr().out


# --- new -------------------------------------------------------------------------------------------------------------


def test_a_drafted_study_loads_and_says_where_its_rows_come_from(study, folder):
    found = study_in(study)
    assert found.clinical and found.scored == ["Pain"] and found.participant_groups == ["control", "patient"]
    assert [(visit.visit, visit.label, visit.day, visit.baseline) for visit in found.visits] == [
        ("Baseline", "Baseline", 1, True), ("Week-4", "Week 4", 29, False)]  # fmt: skip
    sources = {(sheet, key): source for sheet, key, source in rows(study, "drafted")[1:]}
    assert sources["names", "CYTO | Unknown1"] == "freezer.csv, row 2"
    assert sources["materials", "cyto | A7 | standard | S1 | TNF"] == "raw/first/CYTO.csv"
    for sheet in ("plates", "names", "samples", "materials", "analytes"):
        assert len([key for key in sources if key[0] == sheet]) == len(rows(study, sheet)) - 1
    assert (study / "raw/first/CYTO.csv").read_bytes() == (folder / "first/CYTO.csv").read_bytes()


def test_the_workbook_holds_what_the_text_sheets_hold(study, folder, tmp_path):
    book = study_in(lab.draft(tmp_path / "book", folder, workbook=True))
    assert {sheet: book.rows(sheet) for sheet in SHEETS} == {sheet: study_in(study).rows(sheet) for sheet in SHEETS}
    pages = openpyxl.load_workbook(tmp_path / "book/config/study.xlsx")
    assert {"plates", "names", "courses", "amendments"} <= set(pages.sheetnames)
    assert (tmp_path / "book/config/drafted.tsv").read_bytes() == (study / "config/drafted.tsv").read_bytes()


def test_a_link_leaves_the_exports_where_they_are(folder, tmp_path):
    study = lab.draft(tmp_path / "linked", folder, link=True)
    assert (study / "raw/first").is_symlink() and {flag.code for flag in study_in(study).flags} >= {"W-FILE-016"}
    assert yaml.safe_load((study / "config/config.yaml").read_text())["raw_folders"] == ["raw/first"]


def test_the_second_study_takes_kits_and_words_from_the_first(study, folder, tmp_path, capsys):
    edited = (study / "config/panels.tsv").read_text(encoding="utf-8").replace("cyto\tcyto", "cyto\tCytokines, 3-plex")
    lab.put(study / "config/panels.tsv", edited)
    capsys.readouterr()
    other = tmp_path / "other"
    new(other, delivery(folder, lot="A7"), Wanted(Lists(samples=folder / "second.csv"), yes=True, like=study))
    found = study_in(other)
    assert [(each.plate, each.panel, each.kit_lot) for each in found.plates] == [("CYTO-2", "cyto", "A7")]
    assert {each.panel: each.label for each in found.panels}["cyto"] == "Cytokines, 3-plex"
    first = study_in(study)
    for sheet in ("materials", "analytes", "scales"):
        assert found.rows(sheet) == first.rows(sheet), sheet
    assert [each.sample_id for each in found.samples] == ["FZ91", "FZ92", "FZ93"]
    assert "kit." not in (other / "config/answers.yaml").read_text(encoding="utf-8")


# --- answers ---------------------------------------------------------------------------------------------------------


def refused(tmp_path, folder, answers, yes=True, lists=("freezer", "people", "scores")):
    """What is said where nothing is written."""
    said = lab.put(tmp_path / "answers.yaml", answers)
    given = Lists(*(folder / f"{name}.csv" for name in lists))
    with pytest.raises(SystemExit) as caught:
        new(tmp_path / "refused", folder / "first", Wanted(given, said, yes=yes))
    assert not (tmp_path / "refused").exists()
    return str(caught.value).replace(f"{tmp_path}/", "")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("kit.CYT: x", "no question is called\n  kit.CYT (did you mean kit.CYTO?)\nnothing was written"),
        ("visits.baseline: Basline", "answers that cannot be\n"
         '  visits.baseline: "Basline" is none of Baseline, Week 4 (did you mean Baseline?)\nnothing was written'),
        ("visits.order: Week 4", "answers that cannot be\n"
         '  visits.order: "Week 4" does not name every visit once, such as Baseline, Week 4\nnothing was written'),
        ("samples.unlisted: ignor", "answers that cannot be\n"
         '  samples.unlisted: "ignor" is none of ignore, sample, leave (did you mean ignore?)\nnothing was written'),
        ("samples.fill_down: [yes]", "samples.fill_down: write one answer, no list and no keys of its own"),
    ],
)  # fmt: skip
def test_an_answer_that_no_question_takes_is_told_with_what_it_could_be(tmp_path, folder, answer, said):
    assert refused(tmp_path, folder, f"{answer}\nscores.Pain.worse: higher\n") == f"answers.yaml: {said}"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("samples.tube: Barcod", 'samples.tube: freezer.csv has no column "Barcod"; answer with one of Run, Label, Barcode, '
         "Participant, Visit, Collected; nothing was written"),
        ("scores.Pain.maximum: ten", 'scores.Pain.maximum: "ten" is no number; nothing was written'),
        ("scores.Pain.worse: up", 'scores.Pain.worse: "up" is none of higher, lower, no score; nothing was written'),
        ("samples.date_order: german", 'samples.date_order: "german" is none of day.month.year, month/day/year; '
         "nothing was written"),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_fit_the_lists_is_told_in_a_sentence(tmp_path, folder, answer, said):
    assert refused(tmp_path, folder, answer + "\n") == said


def test_an_answer_for_an_export_that_cannot_be_read_says_that_it_was_not(tmp_path, folder):
    lab.put(folder / "first/CYTO.csv", "x")
    said = refused(tmp_path, folder, "kit.CYTO: cyto\n")
    assert "no question is called\n  kit.CYTO\n  not read: E-FILE-009 raw/first/CYTO.csv: " in said


def test_off_a_terminal_open_questions_are_printed_as_answers_to_fill(tmp_path, folder, capsys):
    said = printed_questions(tmp_path, folder, "kit.CYTO: cyto\n", capsys)
    printed = yaml.safe_load(said)
    assert {"study.title", "kit.BAFF", "analyte.BAFF", "scores.Pain.worse"} <= set(
        printed
    ) and "kit.CYTO" not in printed
    assert printed["scores.Pain.maximum"] == 10 and printed["scores.Pain.worse"] is None
    assert "# Which values of Pain are worse? (one of: higher, lower, no score) – " in said


def printed_questions(tmp_path, folder, answers, capsys):
    """What `new` prints where nobody sits at a terminal."""
    given = lab.put(tmp_path / "answers.yaml", answers)
    with pytest.raises(SystemExit, match="^1$"):
        new(tmp_path / "study", folder / "first", Wanted(lists_of(folder), given))
    assert not (tmp_path / "study").exists()
    return capsys.readouterr().out


def lists_of(folder):
    return Lists(*(folder / f"{name}.csv" for name in ("freezer", "people", "scores")))


def test_what_is_printed_is_a_file_of_answers_also_when_a_kit_is_named_in_it(tmp_path, folder, capsys):
    said = printed_questions(tmp_path, folder, "{}\n", capsys)
    for old, text in (("kit.CYTO: CYTO ", "kit.CYTO: luminex9 "), ("group.CYTO: cyto ", "group.CYTO: inflammation ")):
        assert old in said
        said = said.replace(old, text)
    given = lab.put(tmp_path / "answers.yaml", said.replace(".worse: ", ".worse: higher"))
    new(tmp_path / "study", folder / "first", Wanted(lists_of(folder), given))
    drafted = {(each.panel, each.group) for each in study_in(tmp_path / "study").analytes if each.use}
    assert ("luminex9", "inflammation") in drafted and "CYTO" not in dict(drafted)


@pytest.mark.parametrize("text", ["{participant}-{visit}", "a: b", "it's #1", "- x", "plain", "", " x ", "100 %", "*"])
def test_whatever_is_proposed_is_read_back_from_its_line(text):
    line = as_line(Question("samples.x", "which", ("a", "b"), text, "why: because"))
    assert (yaml.load(line, yaml.BaseLoader)["samples.x"] or "") == text


def test_what_is_written_as_yes_or_no_in_an_answers_file_is_a_text(tmp_path, folder):
    wide = lab.lines([["Run", "Label", "Barcode", "Participant", "Visit"]] + [
        ["CYTO.csv", f"Unknown{at}", tube, person if at % 2 else "", visit]
        for at, (tube, person, visit) in enumerate(lab.TUBES, 1)
    ])  # fmt: skip
    lab.put(folder / "freezer.csv", wide)
    found = {}
    for answer in ("yes", "no"):
        said = lab.put(tmp_path / "answers.yaml", f"samples.fill_down: {answer}\n")
        new(tmp_path / answer, folder / "first", Wanted(Lists(samples=folder / "freezer.csv"), said, yes=True))
        found[answer] = [row[1] for row in rows(tmp_path / answer, "samples")[1:9]]
    assert found["yes"] == [person for _, person, _ in lab.TUBES] and found["no"].count("") == 4


def test_the_answers_of_a_study_draft_it_again(study, folder, tmp_path):
    said = tmp_path / "answers.yaml"
    said.write_bytes((study / "config/answers.yaml").read_bytes())
    lists = Lists(*(folder / f"{name}.csv" for name in ("freezer", "people", "scores")))
    new(tmp_path / "again", folder / "first", Wanted(lists, said, yes=False))  # and nothing is asked
    assert files(tmp_path / "again") == files(study)


@pytest.mark.parametrize("text", ["- a\n", "a: [\n", "just words\n"])
def test_a_file_of_no_answers_is_refused(tmp_path, folder, text):
    assert refused(tmp_path, folder, text).startswith("answers.yaml: ")


def test_a_study_is_not_begun_twice_and_not_without_exports(study, folder, tmp_path):
    before = files(study)
    with pytest.raises(SystemExit, match="is a study already: use `immunoassay add"):
        new(study, folder / "first", Wanted(yes=True))
    with pytest.raises(SystemExit, match="no such file; begin with `immunoassay new"):
        add(tmp_path / "none", folder / "first", Wanted(yes=True))
    with pytest.raises(SystemExit, match="no export that can be read"):
        new(tmp_path / "none", lab.put(tmp_path / "letters/letter.txt", "Dear all,\n").parent, Wanted(yes=True))
    assert files(study) == before and not (tmp_path / "none").exists()


# --- lists -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new_text", "note"),
    [
        ("freezer.csv", "CYTO.csv,Unknown1,", "CYT.csv,Unknown1,",
         "rows of the list that name a run that is none of the exports, 1: row 2 CYT.csv"),
        ("freezer.csv", "Unknown3", "Unknwn3", "rows of the list that name nothing on a plate, 1: row 4 Unknwn3"),
        ("freezer.csv", "Unknown3", "Unknwn3", "names on plates that are not in the list, 1: Unknown3 on CYTO"),
        ("freezer.csv", "Unknown3", "Unknown2",
         "rows of the list that give one label of a run to another tube than an earlier row, 2: row 3 Unknown2, row 4 Unknown2"),
        ("freezer.csv", "2024-03-04", "2024-13-04", "cells of the list that are no date, left empty: 1"),
        ("freezer.csv", "K02", "Anna Schmidt", "cells left out, as they may hold personal data, 1: row 4 participant"),
        ("people.csv", "K02", "K22", "people.csv: participants without a tube here, left out, 1: K22"),
        ("scores.csv", ",3\n", ",three\n", "scores.csv: cells that are no number, 1: row 4 Pain three"),
        ("scores.csv", "K02", "K22", "scores.csv: participants or visits that no sample has, by row, 1: row 4 participant K22"),
        ("scores.csv", "K02,Week 4", "K02,Baseline",
         "scores.csv: cells that appear twice and differ, left empty, 2: row 4 K02 Baseline Pain, row 5 K02 Baseline Pain"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_list_is_told_by_its_row(folder, tmp_path, capsys, file, old, new_text, note):
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    lab.put(folder / file, text.replace(old, new_text, 1))
    lab.draft(tmp_path / "study", folder)
    assert f"note  {note}" in capsys.readouterr().out.splitlines()
