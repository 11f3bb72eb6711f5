"""What `new` and `add` draft of exports alone: kits, criteria, analytes, materials, layouts, names, corrections, files."""

import pytest
from immunoassay.drafts import drafting, lab_layouts, scanned
from immunoassay.drafts.draft import Known, Lists
from immunoassay.study.raw_files import exports_in
from tests import drafted_study as lab
from tests.reader_fixtures import fixtures


@pytest.fixture
def draft(tmp_path):
    """draft(files, answers, known): the Draft of exports {name: text}, with the default of what is not answered."""

    def made(files, answers=None, known=None):
        for name, text in files.items():
            lab.put(tmp_path / "raw" / name, text)
        answers, files, layouts = dict(answers or {}), [], []
        for path in exports_in(tmp_path / "raw"):
            name = path.relative_to(tmp_path).as_posix()
            file = scanned.scan(path, name)
            layout = lab_layouts.read_layout(path, name) if file.export is None else None
            files += [] if layout else [file]
            layouts += [layout] if layout else []
        while True:
            found = drafting.draft_study(known or Known({}), files, layouts, Lists(), answers)
            if not set(found.questions) - set(answers):
                return found
            answers = {key: each.default or "" for key, each in found.questions.items()} | answers

    return made


def column(rows, *names):
    return [tuple(row.get(name) for name in names) for row in rows]


def notes(found, word):
    return [note for note in found.notes if word in note]


# --- kits ------------------------------------------------------------------------------------------------------------


def test_plates_of_the_same_analytes_and_unit_are_one_kit(draft):
    part = dict(list(lab.CYTOKINES.items())[:2])
    found = draft(
        {"b/P1.csv": lab.cytokines(), "b/P2.csv": lab.cytokines(lot="B8"), "b/Q.csv": lab.cytokines(expected=part)}
    )
    assert column(found.sheets["panels"], "panel", "platform") == [("P1", "luminex"), ("Q", "luminex")]
    assert column(found.sheets["plates"], "plate", "panel", "kit_lot") == [
        ("P1", "P1", "A7"), ("P2", "P1", "B8"), ("Q", "Q", "A7")]  # fmt: skip
    assert found.questions["kit.P1"].why == "P1.csv, P2.csv: IFN-g, IL-6, TNF"


def test_a_plate_with_most_analytes_of_a_kit_is_of_the_kit_and_said_to_hold_a_part(draft):
    whole = {f"C{at}": 1000.0 for at in "ABCDEF"}
    part = {name: top for name, top in whole.items() if name != "CF"}
    found = draft({"b/P1.csv": lab.cytokines(expected=whole), "b/P2.csv": lab.cytokines(expected=part)})
    assert column(found.sheets["plates"], "plate", "panel", "analytes") == [("P1", "P1", None), ("P2", "P1", "subset")]
    assert len(found.sheets["analytes"]) == 6


def test_one_analyte_in_two_units_is_two_kits_and_two_analytes(draft):
    found = draft({"b/P1.csv": lab.cytokines(), "b/P2.csv": lab.cytokines(unit="ng/mL")})
    assert len(found.sheets["panels"]) == 2
    assert column(found.sheets["analytes"], "analyte", "unit")[::3] == [("IFN-g", "pg/mL"), ("IFN-g_P2", "ng/mL")]


def test_reads_of_one_wavelength_are_one_kit_only_with_the_same_standards_and_file_names(draft):
    other = lab.baff().replace("\t40\t40\t", "\t80\t80\t")
    found = draft({"b/BAFF 1.txt": lab.baff(), "b/BAFF 2.txt": lab.baff() + "\t\n", "b/APRIL.txt": lab.baff() + "\n\t\n",
                   "c/BAFF 3.txt": other})  # fmt: skip
    assert column(found.sheets["plates"], "plate", "panel") == [
        ("APRIL", "APRIL"), ("BAFF-1", "BAFF"), ("BAFF-2", "BAFF"), ("BAFF-3", "BAFF-2")]  # fmt: skip


def test_plates_move_to_the_kit_that_is_answered(draft):
    files = {"b/P1.csv": lab.cytokines(), "b/P2.csv": lab.cytokines(unit="ng/mL")}
    found = draft(files, {"kit.P1": "kit one", "kit_of.P2": "kit two"})
    assert column(found.sheets["plates"], "plate", "panel") == [("P1", "kit-one"), ("P2", "kit-two")]


def test_criteria_are_those_that_the_controls_allow(draft):
    two, three = lab.cytokines(), lab.cytokines(lot="B8", controls=3)
    table = fixtures()["result_table"].text()
    chosen = {
        name: draft({f"b/{name}": text}).sheets["panels"][-1]["criteria_set"]
        for name, text in (("two.csv", two), ("ate.txt", lab.baff()))
    }
    assert chosen == {"two.csv": "multiplex_exploratory", "ate.txt": "multiplex_exploratory"}
    found = draft({"b/two.csv": three, "b/ate.txt": lab.baff(), "b/delivery.csv": table})
    assert dict(column(found.sheets["panels"], "panel", "criteria_set")) == {
        "two": "ich_m10_lba", "ate": "multiplex_exploratory", "delivery": "reported_by_laboratory"}  # fmt: skip
    (told,) = notes(found, "criteria multiplex_exploratory")
    assert "ate" in told and "would report nothing" in told


# --- analytes --------------------------------------------------------------------------------------------------------


def test_a_reference_wavelength_is_subtracted_and_other_reads_are_not_wanted(draft):
    found = draft({"b/BAFF.txt": lab.baff()}, {"analyte.BAFF": "BAFF", "group.BAFF": "Axis 1"})
    (row,) = found.sheets["analytes"]
    assert (row["analyte"], row["names_in_export"], row["unit"], row["group"]) == (
        "BAFF",
        ["450-570"],
        "ng/mL",
        "axis_1",
    )
    three = lab.reader_plate(lambda row, column: "1.5", ["450", "570", "405"])
    found = draft({"c/X.txt": three})
    assert column(found.sheets["analytes"][1:], "names_in_export", "use") == [
        (["450"], True),
        (["570"], False),
        (["405"], False),
    ]


def test_beads_that_are_no_analyte_are_not_wanted(draft):
    found = draft({"b/P.csv": lab.cytokines(expected=lab.CYTOKINES | {"Blank": 1.0, "BSA": 1.0})})
    assert dict(column(found.sheets["analytes"], "analyte", "use")) == {
        "IFN-g": True, "IL-6": True, "TNF": True, "Blank": False, "BSA": False}  # fmt: skip
    assert not {"Blank", "BSA"} & {row["analyte"] for row in found.sheets["materials"]}


def test_a_unit_that_no_export_states_is_asked_and_one_that_is_none_is_told(draft):
    text = lab.reader_plate(lambda row, column: "1.5", ["450"])
    found = draft({"b/X.txt": text}, {"unit.X": "ng / ml"})
    assert found.sheets["analytes"][0]["unit"] == "ng/mL" and "unit.X" in found.questions
    found = draft({"b/X.txt": text}, {"unit.X": "spoons"})
    assert found.sheets["analytes"][0]["unit"] == "AU/mL" and notes(found, '"spoons" is no unit')


# --- materials -------------------------------------------------------------------------------------------------------


def test_materials_are_drafted_for_each_lot_as_its_exports_state_them(draft):
    doubled = {name: 2 * top for name, top in lab.CYTOKINES.items()}
    found = draft({"b/P1.csv": lab.cytokines(), "b/P2.csv": lab.cytokines(lot="B8", expected=doubled)})
    rows = {(row["kit_lot"], row["material"], row["level"], row["analyte"]): row for row in found.sheets["materials"]}
    assert len(rows) == 2 * 3 * (7 + 2)
    assert rows["A7", "standard", "S2", "IL-6"]["expected"] == 666.667
    assert rows["B8", "standard", "S2", "IL-6"]["expected"] == 1333.33
    assert (
        rows["B8", "control", "Control1", "TNF"]["expected"] == 200
        and rows["A7", "standard", "S1", "TNF"]["unit"] == "pg/mL"
    )
    assert len(notes(found, "compare with the certificate")) == 2


def test_levels_that_are_alike_for_all_analytes_are_one_row(draft):
    found = draft({"b/P.csv": lab.cytokines(expected=dict.fromkeys(lab.CYTOKINES, 500.0))})
    assert {row["analyte"] for row in found.sheets["materials"]} == {"*"} and len(found.sheets["materials"]) == 9


def test_a_lot_of_which_plates_say_different_things_is_left_to_its_certificate(draft):
    doubled = {name: 2 * top for name, top in lab.CYTOKINES.items()}
    found = draft({"b/P1.csv": lab.cytokines(), "b/P2.csv": lab.cytokines(expected=doubled)})
    assert found.sheets["materials"] == []
    assert notes(found, "plates of lot A7 state different concentrations")


def fractions():
    """A layout of the reader's plate: standards named by their dilutions, 1/100 to 1/6400."""
    rows = [["", *range(1, 5)]]
    rows += [[letter, *[f"1/{100 * 2**at}"] * 2, *[f"P{at}"] * 2] for at, letter in enumerate("ABCDEFG")]
    return lab.lines([*rows, ["H", "Blank", "Blank", "P7", "P7"]])


def test_standards_of_which_only_dilutions_are_known_are_a_series_from_one_or_from_the_top_answered(draft):
    files = {
        "b/IGX.txt": lab.reader_plate(lambda row, column: f"{2 / 2**row:.3f}", ["450"]),
        "b/IGX_layout.csv": fractions(),
    }
    found = draft(files)
    assert column(found.sheets["materials"], "level", "analyte", "expected")[:3] == [
        ("S1", "*", 1),
        ("S2", "*", 0.5),
        ("S3", "*", 0.25),
    ]
    found = draft(files, {"top.IGX": "640"})
    assert [row["expected"] for row in found.sheets["materials"]] == [640, 320, 160, 80, 40, 20, 10]
    assert {row["kit_lot"] for row in found.sheets["materials"]} == {""}


def test_a_series_by_its_step_and_one_of_which_nothing_is_known(draft):
    text = lab.baff()
    for at in range(7):
        text = text.replace(f"\t{40 / 2**at:g}\t{40 / 2**at:g}\t5\t5", "\t\t\t5\t5")
    found = draft({"b/BAFF.txt": text}, {"top.BAFF": "90", "step.BAFF": "3"})
    assert [row["expected"] for row in found.sheets["materials"]] == [90, 30, 10, 3.33333, 1.11111, 0.37037, 0.123457]
    found = draft({"b/BAFF.txt": text})
    assert {row["expected"] for row in found.sheets["materials"]} == {None} and notes(found, "of its 7 standards")


# --- layouts and names -----------------------------------------------------------------------------------------------


def test_a_layout_beside_an_export_is_taken_for_the_plate_of_its_name(draft):
    plate = lab.reader_plate(lambda row, column: f"{2 / 2**row:.3f}", ["450"])
    other = lab.reader_plate(lambda row, column: f"{1.9 / 2**row:.3f}", ["450"])
    files = {"b/IGX.txt": plate, "b/IGM.txt": other, "b/IGX_layout.csv": fractions()}
    found = draft(files)
    rows = {row["well"]: row for row in found.layouts["config/layouts/IGX.tsv"]}
    assert (rows["A01"]["role"], rows["A01"]["level"]) == ("standard", "S1") and rows["G02"]["level"] == "S7"
    assert (rows["H01"]["role"], rows["B03"]["role"], rows["B03"]["sample_id"]) == ("blank", "sample", "P1")
    assert dict(column(found.sheets["plates"], "plate", "layout")) == {
        "IGX": "config/layouts/IGX.tsv", "IGM": "config/layouts/IGM.tsv"}  # fmt: skip
    assert "?" in found.grids["config/layouts/IGM.tsv"][1] and notes(
        found, "plates without names of wells: write one for each ? of config/layouts/IGM.tsv"
    )
    found = draft(files, {"layout.IGX_layout-csv": "IGM"})
    assert list(found.layouts) == ["config/layouts/IGM.tsv"] and "config/layouts/IGX.tsv" in found.grids


def test_a_layout_of_no_plate_is_told(draft):
    found = draft({"b/CYTO.csv": lab.cytokines(), "b/plan.csv": fractions()})
    assert notes(found, "plan.csv: a layout of no plate here") and not found.layouts


def test_roles_that_only_names_give_away_are_guessed(draft):
    names = ("Diluent", "QC high", "PBS", "P-1", "P-2", "pos control 3", "X1", "X2")
    found = draft({"b/CYTO.csv": lab.cytokines(names=names)})
    rows = {row["name"]: row for row in found.sheets["names"]}
    roles = {name: rows[name]["role"] for name in ("Diluent", "PBS", "QC high", "pos control 3")}
    assert roles == {"Diluent": "blank", "PBS": "blank", "QC high": "control", "pos control 3": "control"}
    assert rows["QC high"]["level"] == "QC-high" and rows["PBS"]["scope"] == "CYTO"
    assert rows["PBS"]["seen"] == "A04 B04"
    assert {row["sample_id"] for row in found.sheets["samples"]} == {"P-1", "P-2", "X1", "X2"}


def test_names_are_standards_only_on_a_plate_that_has_none(draft):
    names = tuple(f"Std {at}" for at in range(1, 9))
    found = draft({"b/CYTO.csv": lab.cytokines(names=names)})
    assert "standard" not in {row["role"] for row in found.sheets["names"]}  # it has standards, and these are no more


# --- lost decimal points ---------------------------------------------------------------------------------------------


def test_lost_decimal_points_are_amendments_that_wait_for_a_signature(draft):
    text = lab.cytokines().replace("Standard4,148.148,", "Standard4,148148,")
    assert "148148" in text
    found = draft({"b/CYTO.csv": text})
    (row,) = found.sheets["amendments"]
    assert (row["amendment"], row["what"], row["plate"], row["analyte"], row["level"]) == (
        "A01", "expected_concentration", "CYTO", "IFN-g", "S4")  # fmt: skip
    assert (row["from"], float(row["to"]), row["who"], row["when"]) == ("148148", 148.148, "", "")
    assert notes(found, "their amendments count once who and when are filled")
    found = draft({"b/CYTO.csv": text}, {"amendments.who": "KM", "amendments.when": "2024-06-01"})
    assert column(found.sheets["amendments"], "who", "when") == [("KM", "2024-06-01")]


def test_samples_of_a_delivery_called_s1_and_on_are_no_standards(draft):
    rows = [["Sample ID", "IL-6 (pg/mL)", "TNF (pg/mL)"]]
    found = draft({"b/lab.csv": lab.lines([*rows, *([f"S{at:02}", 2 + at, 3 + at] for at in range(1, 9))])})
    assert {row["sample_id"] for row in found.sheets["samples"]} == {f"S{at:02}" for at in range(1, 9)}
    found = draft({"b/lab.csv": lab.lines([*rows, *([f"Std {at}", 2 + at, 3 + at] for at in range(1, 9))])})
    assert {row["role"] for row in found.sheets["names"]} == {"standard"}
