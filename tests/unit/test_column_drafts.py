"""Tables of results that cannot be read as they are: scan drafts the rows of the columns sheet, new and add ask for them."""

import csv
import hashlib
import json

import pytest
from immunoassay.command import new_study, scan
from immunoassay.command.new_study import Wanted
from immunoassay.drafts.draft import Lists
from immunoassay.readers.batch_reader import read_batch
from immunoassay.readers.written_cells import number
from immunoassay.study import rule_rows
from immunoassay.study.load import study_in
from tests import platform_study

LONG = [["ID", "day", "cytokine", "value", "LOD", "virus"]]
KEYS = [(person, day, name) for person in ("K1", "K2") for day in "03" for name in ("IL-6", "TNF")]
LONG += [[person, day, name, f"{n}.5", "0.5", "x"] for n, (person, day, name) in enumerate(KEYS)]
SEROLOGY = [["sample_ID", "patient", "age", "female", "IgG1_S", "IgG1_N", "NT50", "IgA1_S"]]
SEROLOGY += [[f"{n}_1", str(n), str(40 + n), str(n % 2), f"{n}00.5", f"{n}1", f"{n}5", f"{n}7.25"] for n in range(1, 6)]
NAMELESS = [["Group", "Time", "IL-17F", "GM-CSF", "IFN-G", "IL-10"], *([["T2D", "20", "1.5", "2.5", "3.5", "4.5"]] * 4)]
TWO = [["Sample ID", "Analyte", "Conc A", "Conc B", "Dilution", "Unit"],
       *([[f"S{n}", "IL-6", f"{n}.5", f"{n}.75", "4", "pg/mL"] for n in range(3)])]  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Writes files of rows into a folder of exports."""
    monkeypatch.chdir(tmp_path)

    def write(**files):
        for name, rows in files.items():
            (tmp_path / "raw").mkdir(exist_ok=True)
            with (tmp_path / f"raw/{name}.csv").open("w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
        return tmp_path / "raw"

    return write


def drafted(folder, capsys):
    """Rows of the columns sheet that scan drafts: (scope, column, meaning, unit)."""
    scan.main(folder, as_json=True)
    rows = json.loads(capsys.readouterr().out)["columns"]
    return [tuple(row.get(name, "") for name in ("scope", "column", "meaning", "unit")) for row in rows]


def new(tmp_path, folder, answers="", yes=True):
    (tmp_path / "answers.yaml").write_text(answers, encoding="utf-8")
    new_study.new(tmp_path / "study", folder, Wanted(answers=tmp_path / "answers.yaml", yes=yes))
    return tmp_path / "study"


def sheet(study, name="columns"):
    return [(row["scope"], row["column"], row["meaning"], row["unit"]) for row in study_in(study).rows(name)]


def delivered(study, batch):
    """The delivered rows of a batch as a run reads them, and its problems."""
    found = study_in(study)
    _, rows, problems = read_batch(**rule_rows.reading(found, batch), layout_schema={}, base=study)
    return rows, problems


def test_scan_drafts_what_the_cells_suggest_and_leaves_the_rest_open(folder, capsys):
    rows = drafted(folder(long=LONG, serology=SEROLOGY, nameless=NAMELESS, two=TWO), capsys)
    assert [row for row in rows if row[0] == "long"] == [
        ("long", "ID", "sample", ""), ("long", "day", "sample", ""), ("long", "value", "value", "?"),
    ]  # fmt: skip
    assert [row for row in rows if row[0] == "serology"] == [
        *((("serology", name, "ignore", "")) for name in ("patient", "age", "female")), ("serology", "*", "value", "?"),
    ]  # fmt: skip
    assert ("nameless", "?", "sample", "") in rows
    assert [row for row in rows if row[0] == "two"] == [("two", "?", "value", ""), ("two", "Dilution", "?", "")]


def test_new_reads_a_table_by_its_proposals_and_the_unit_that_is_answered(folder, tmp_path):
    study = new(tmp_path, folder(long=LONG), "unit.long: pg/mL\n")
    assert sheet(study) == [
        ("long", "ID", "sample", ""), ("long", "day", "sample", ""), ("long", "value", "value", "pg/mL"),
    ]  # fmt: skip
    rows, problems = delivered(study, study_in(study).plates[0].batch)
    assert list(rows["value"]) == [n + 0.5 for n in range(8)] and set(rows["sample_written"]) == {
        "K1 0",
        "K1 3",
        "K2 0",
        "K2 3",
    }
    assert "E-DLV-007" not in set(problems["code"]) and set(rows["disposition"]) == {"usable"}


def test_questions_are_few_and_asked_off_a_terminal_as_a_file_of_answers(folder, tmp_path, capsys):
    with pytest.raises(SystemExit):
        new(tmp_path, folder(two=TWO, long=LONG), yes=False)
    asked = [line.split(":")[0] for line in capsys.readouterr().out.splitlines() if line.startswith("columns.")]
    assert asked == ["columns.long.sample", "columns.two.value", "columns.two.dilution"]
    answers = "columns.two.value: Conc B\ncolumns.two.dilution: dilution_not_applied\n"
    study = new(tmp_path, folder(two=TWO), answers)
    assert ("two", "Conc B", "value", "") in sheet(study) and ("two", "Dilution", "dilution_not_applied", "") in sheet(
        study
    )
    two = next(plate.batch for plate in study_in(study).plates if plate.plate == "two")
    rows, _ = delivered(study, two)
    assert list(rows.loc[rows["plate"] == "two", "value"]) == [3.0, 7.0, 11.0]


def test_what_nobody_has_said_leaves_the_table_unread_and_out_of_the_study(folder, tmp_path, capsys):
    study = new(tmp_path, folder(two=TWO, long=LONG))
    said = capsys.readouterr().out
    assert [plate.plate for plate in study_in(study).plates] == [
        "long"
    ] and "two.csv: not read, as nobody has said" in said
    assert not (study / "raw/raw/two.csv").exists() and (study / "raw/raw/long.csv").exists()


def test_a_table_that_may_be_something_else_is_read_only_where_somebody_says_so(folder, tmp_path, capsys):
    path = folder(serology=SEROLOGY, long=LONG)
    first = new(tmp_path, path)
    assert [plate.plate for plate in study_in(first).plates] == ["long"]
    assert "answer columns.serology.read: yes" in capsys.readouterr().out
    first.rename(tmp_path / "first")
    answers = (
        "columns.serology.read: 'yes'\ncolumns.serology.ignore: patient + age + female + NT50\nunit.serology: MFI\n"
    )
    study = new(tmp_path, path, answers)
    assert ("serology", "*", "value", "MFI") in sheet(study) and ("serology", "NT50", "ignore", "") in sheet(study)
    rows, _ = delivered(study, study_in(study).plates[0].batch)
    rows = rows[rows["plate"] == "serology"]
    assert set(rows["analyte_written"]) == {"IgG1_S", "IgG1_N", "IgA1_S"} and len(rows) == 15


def test_a_second_delivery_is_read_by_the_rows_of_the_first(folder, tmp_path, capsys):
    study = new(tmp_path, folder(long=LONG), "unit.long: pg/mL\n")
    (tmp_path / "second").mkdir()
    with (tmp_path / "second/other.csv").open("w", newline="") as file:
        csv.writer(file).writerows([LONG[0], *([f"Q{row[0]}", *row[1:]] for row in LONG[1:])])
    new_study.add(study, tmp_path / "second", Wanted(yes=True))
    assert [row for row in sheet(study) if row[0] == "other"] == [
        ("other", "ID", "sample", ""), ("other", "day", "sample", ""), ("other", "value", "value", "pg/mL"),
    ]  # fmt: skip
    rows, _ = delivered(study, "second")
    assert set(rows["disposition"]) == {"usable"} and set(rows["unit"]) == {"pg/mL"}


ONE = [["Sample", "Dose", "Conc. (ng/mL)"], ["P1", "5", "3.5"], ["P2", "6", "< 0.5"]]
BY_WELL = [["Sample", "Assay", "Calc. Concentration", "Calc. Conc. Mean", "Units", "Plate Name", "Well"],
           *([f"P{n // 2}", "IL-6", f"{n}.5", "9", "pg/mL", "Plate_1", f"A{n:02d}"] for n in range(2, 8))]  # fmt: skip
LIMITS = [
    ["tube", "IL6", "IL6_LOD", "TNF", "TNF_LOD"],
    *([f"T{n}", f"{n}.5", "0.5", f"1{n}", "2"] for n in range(1, 5)),
]
UNITS = [["ID", "IL6 (pg/ml)", "CRP (mg/L)", "age"], ["a", "1.5", "2", "50"], ["b", "3", "4", "60"]]


def test_a_table_of_one_analyte_is_asked_what_it_is(folder, tmp_path):
    study = new(tmp_path, folder(one=ONE), "columns.one.analyte: BAFF\n")
    assert [(row["column"], row["meaning"], row["analyte"]) for row in study_in(study).rows("columns")] == [
        ("Conc. (ng/mL)", "value", "BAFF")
    ]
    rows, _ = delivered(study, study_in(study).plates[0].batch)
    assert (
        list(rows["analyte"]) == ["BAFF", "BAFF"]
        and list(rows["value"].dropna()) == [3.5]
        and set(rows["unit"]) == {"ng/mL"}
    )


def test_concentrations_by_well_are_results_where_somebody_says_so(folder, tmp_path):
    answers = "columns.wells.read: 'yes'\ncolumns.wells.value: Calc. Concentration\n"
    study = new(tmp_path, folder(wells=BY_WELL, long=LONG), answers)
    assert ("wells", "Calc. Concentration", "value", "") in sheet(study) and (
        "wells",
        "Well",
        "replicate",
        "",
    ) in sheet(study)
    rows, _ = delivered(study, study_in(study).plates[0].batch)
    rows = rows[rows["plate"] == "wells"]
    assert sorted(rows["value"]) == [n + 0.5 for n in range(2, 8)]


def test_limits_beside_the_columns_of_a_wide_table_are_no_analytes(folder, tmp_path):
    answers = "columns.limits.read: 'yes'\ncolumns.limits.sample: tube\nunit.limits: pg/mL\n"
    study = new(tmp_path, folder(limits=LIMITS), answers)
    rows, _ = delivered(study, study_in(study).plates[0].batch)
    assert set(rows["analyte"]) == {"IL6", "TNF"} and set(rows["lod"]) == {0.5, 2.0} and len(rows) == 8


def test_only_the_sample_is_asked_where_headings_state_units(folder, tmp_path):
    study = new(tmp_path, folder(units=UNITS))
    assert sheet(study) == [("units", "ID", "sample", "")]
    rows, _ = delivered(study, study_in(study).plates[0].batch)
    assert set(rows["analyte_written"]) == {"IL6", "CRP"} and len(rows) == 4


def test_an_answer_that_names_no_column_is_told(folder, tmp_path):
    with pytest.raises(SystemExit, match="columns.long.sample.*names nobody"):
        new(tmp_path, folder(long=LONG), "columns.long.sample: ID + nobody\n")


def test_a_folder_of_unread_tables_is_no_study(folder, tmp_path):
    with pytest.raises(SystemExit, match="no export that can be read"):
        new(tmp_path, folder(nameless=NAMELESS))
    assert not (tmp_path / "study").exists()


REAL = {  # file: (answers, numbers that are set aside by flags)
    "wide_tables/monkey_cytokines_long_lod.csv": "unit.{name}: pg/mL\n",
    "wide_tables/covid_systems_serology_wide.csv": (
        "columns.{name}.read: 'yes'\nunit.{name}: MFI\ncolumns.{name}.ignore: patient_ID + age + immunosup + hospitalized + "
        "death_COVID + ICU + days + BMI + pulmonary_disease + hydroxychloroquine + lopinavir_ritonavir + tocilizumab + "
        "remdesivir + inhaled_nitric_oxide + azithromycin + ceftriaxone + vancomycin + sarilumab + NT50\n"
    ),
    "bead_and_elisa_tables/bioplex_long_oor.csv": "unit.{name}: pg/mL\ncolumns.{name}.dfexp: dilution_applied\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("file", REAL)
def test_a_real_delivery_is_read_by_its_draft_with_the_right_counts(shared, tmp_path, monkeypatch, file):
    monkeypatch.chdir(tmp_path)
    source = shared / "real_deliveries"
    with (source / "COUNTS.tsv").open(encoding="utf-8") as handle:
        right = next(each for each in csv.DictReader(handle, delimiter="\t") if each["file"] == file)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / file.split("/")[1]).write_bytes((source / file).read_bytes())
    name = file.split("/")[1].removesuffix(".csv")
    study = new(tmp_path, tmp_path / "raw", REAL[file].format(name=name))
    rows, problems = delivered(study, study_in(study).plates[0].batch)
    assert set(rows["disposition"]) <= {"usable", "ignored"} and not {"E-DLV-007", "E-ID-086"} & set(problems["code"])
    printed = [value for text in rows["value_text"].dropna() if (value := number(text)) is not None]
    digest = hashlib.md5("\n".join(sorted(f"{value:.6g}" for value in printed)).encode()).hexdigest()
    assert (len(printed), digest) == (int(right["numbers"]), right["md5_sorted_6g"])
    assert rows["analyte"].nunique() == int(right["analytes"]) and rows["sample_written"].nunique() == int(
        right["samples_or_wells"]
    )


def test_a_table_that_nobody_explained_names_the_question_that_makes_it_readable(tmp_path, capsys):
    lab = platform_study.write(tmp_path / "lab", ("olink", "simoa"))
    new_study.new(tmp_path / "study", lab / "first", Wanted(Lists(samples=lab / "tubes.csv"), yes=True))
    assert "as nobody has said its columns; answer columns.simoa.totaldilution" in capsys.readouterr().out
