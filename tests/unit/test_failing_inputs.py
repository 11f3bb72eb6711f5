"""Small inputs on which reading went wrong once, each with its right answer: values, states, or the words of the refusal."""

import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.acceptance.assess import assess_batch
from immunoassay.calibration.calibrate import calibrate
from immunoassay.files.house import RESOURCES
from immunoassay.readers import recognition
from immunoassay.readers.batch_reader import read_batch
from immunoassay.readers.export import NotReadable
from immunoassay.study import vocabulary

LATER = {  # file -> why its right answer cannot be asked for yet
    "sample_list.xlsx": "a list of samples becomes sheets with the way in for new studies",
    "scores_decimal.xlsx": "scores by subject and timepoint become sheets with the way in for new studies",
}
WORDS, UNITS = vocabulary.state_words(RESOURCES["state_words"]), vocabulary.units(RESOURCES["units"])
CASES = {}


def case(*files):
    """Registers the function that asserts the right answer of these files, given their path."""

    def register(function):
        CASES.update(dict.fromkeys(files, function))
        return function

    return register


@pytest.fixture(scope="module")
def inputs(shared):
    return shared / "failing_inputs"


def test_every_input_has_its_answer(inputs):
    found = {path.name for path in inputs.iterdir()} - {"README.md"}
    assert found == {*CASES, *LATER} and not CASES.keys() & LATER.keys()


def one_plate(path):
    """The Plate of an export of one plate, with nothing set aside."""
    export = recognition.read(path)
    (plate,) = export.plates
    assert not [each for each in [*export.problems, *export.unread] if getattr(each, "level", "") != "FLAG"]
    return plate


def by_well(plate, analyte, *columns):
    """well -> the cells of these columns (one: the cell itself) of one analyte."""
    rows = plate.wells[plate.wells["analyte"] == analyte].set_index("well")
    assert len(rows)
    return rows[columns[0]].to_dict() if len(columns) == 1 else rows[list(columns)].T.to_dict("list")


def refusal(path):
    """What a file is refused with: every problem, in one text."""
    with pytest.raises(NotReadable) as caught:
        recognition.read(path)
    return "\n".join(each.message for each in (caught.value.problem, *caught.value.others))


def results(path, *said, analyte="IL-6", unit="pg/mL"):
    """sample -> (status, lower, upper) of a delivery of one analyte; `said`: rows (column, meaning, word) of the columns
    sheet. Nothing of it may be set aside."""
    plate = {"plate": "D1", "batch": "B1", "panel": "lab", "file": path.name, "format": "result_table", "layout": "",
             "kit_lot": "", "plate_in_file": "", "include": True, "reason": "", "run_date": "2026-01-01"}  # fmt: skip
    panel = {"panel": "lab", "platform": "laboratory", "signal": "raw", "criteria_set": "c", "replicate_rule": ""}
    row = {"analyte": analyte, "panel": "lab", "names_in_export": [analyte], "unit": unit, "standard_unit": unit,
           "quantity": "concentration", "lloq_validated": None, "uloq_validated": None}  # fmt: skip
    answers = [
        {"row": number, "scope": "D1", "column": column, "meaning": meaning, "word": word, "analyte": "", "unit": ""}
        for number, (column, meaning, word) in enumerate(said, 2)
    ]
    given = ([plate], [row], [panel], [], [], UNITS.rows, {"c": {}}, {}, path.parent)
    wells, delivered, problems = read_batch(*given, columns=answers, state_words=WORDS)
    assert set(problems["level"]) <= {"FLAG"}, list(problems["found"])
    curved = [tables.empty(name) for name in ("curves", "concentrations", "dropped_standards")]
    frames = (wells, tables.conform(delivered, "delivered"), *curved)
    attempts = assess_batch(*frames, [plate], [panel], {"c": {}})[1].set_index("sample_id")
    return {sample: (each["status"], each["lower"], each["upper"]) for sample, each in attempts.iterrows()}


ABOVE = float("inf")


# --- deliveries ---------------------------------------------------------------------------------------------------------


@case("results_flags_column.csv")
def _(path):
    found = results(path, analyte="NfL")
    assert found["T01-D1"][:2] == ("below_lloq", 0) and found["T01-M1"][::2] == ("above_uloq", ABOVE)
    assert found["T02-D1"] == ("quantified", 21.4, 21.4)


@case("results_two_concentrations.csv")
def _(path):
    assert "2 columns may be the results: Concentration (1.0, 2.0), Adjusted Concentration (50.0, 100.0)" in refusal(
        path
    )
    found = results(path, ("Adjusted Concentration", "value", ""))
    assert found == {"T01-D1": ("quantified", 50, 50), "T01-M1": ("quantified", 100, 100)}


@case("results_censored_spellings.csv")
def _(path):
    below, number = ("below_lloq", 0, 0.2), ("quantified", 3.3, 3.3)
    assert results(path) == {"T01-D1": below, "T01-M1": below, "T02-D1": below, "T02-M1": number, "T03-D1": number}


@case("cartridge_reader_long.csv")
def _(path):
    text = refusal(path)
    assert "sample = SampleName" in text and "analyte = Analyte;" in text and "no column of value" in text
    assert "GNR1Conc" in text and "MeanConc" in text
    found = results(path, ("MeanConc", "value", ""), ("DilutionFactor", "dilution_applied", ""))
    assert found["T01-D1"] == ("quantified", 3.17, 3.17)
    assert found["T01-M1"] == ("below_lloq", 0, 0.28) and found["T02-D1"] == ("above_uloq", 2652, ABOVE)


@case("proximity_absolute_long.csv")
def _(path):
    found = results(path, analyte="IL6")
    assert found["T01-D1"] == ("below_lloq", 0, 0.31) and found["T01-M1"] == ("quantified", 14.2, 14.2)
    assert found["T02-D1"][0] == "not_reportable"
    assert "WARN" in recognition.read(path).frame["comment"][2]


@case("disc_reader_long.csv")
def _(path):
    text = refusal(path)
    assert "Calculated conc. (ng/mL) (1023,1, < LLOQ), Average calc. conc. (ng/mL) (1021,2, < LLOQ)" in text
    assert "wide table" not in text
    said = ("Calculated conc. (ng/mL)", "value", ""), ("Dilution", "dilution_applied", "")
    found = results(path, *said, analyte="BAFF", unit="ng/mL")
    assert found["T01-D1"] == ("quantified", 1023.1, 1023.1)
    assert found["T01-M1"][0] == "below_lloq" and found.keys() == {"T01-D1", "T01-M1"}


@case("digital_run_history.csv")
def _(path):
    assert "a dilution factor beside the results: Dilution Factor (4)" in refusal(path)
    found = results(path, ("Dilution Factor", "dilution_applied", ""), analyte="NfL")
    assert found["T01-D1"] == ("quantified", 21.42, 21.42) and found["T01-M1"][0] == "not_reportable"
    assert found.keys() == {"T01-D1", "T01-M1"}  # calibrators are no results


@case("concentrations_by_well.csv", "concentrations_by_well_first_below.csv")
def _(path):
    text = refusal(path)
    assert "IL-6 (pg/mL), TNF (pg/mL) by well: these are concentrations, not signals" in text


# --- plates -------------------------------------------------------------------------------------------------------------


@case("msd_group_words_over_well.csv", "msd_group_words_over_dilution.csv")
def _(path):
    plate = one_plate(path)
    assert len(plate.wells) == 20 and set(plate.wells["analyte"]) == {"Antigen A"}
    samples = plate.wells[plate.wells["role"].isna()]  # a named well without a role counts as a sample
    assert set(samples["sample"]) == {"T01-D1", "T01-M1", "T02-D1"} and set(samples["dilution"]) == {1000}
    found = by_well(plate, "Antigen A", "signal", "net_signal", "expected")
    assert found["A03"][:2] == [4700, 4700] and found["A01"] == [18200, 18200, 2000]
    assert by_well(plate, "Antigen A", "role")["G02"] == "standard"


@case("msd_title_of_two_texts.csv")
def _(path):
    plate = one_plate(path)
    assert plate.name == "Plate_1LK05A1071"
    found = by_well(plate, "IL-6", "sample", "role", "signal")
    assert found == {"A01": ["S001", "standard", 18789], "B01": ["U001", "sample", 5088]}
    assert by_well(plate, "IL-6", "expected")["A01"] == 2000 and by_well(plate, "IL-6", "dilution")["B01"] == 2


@case("msd_one_table_per_spot.txt")
def _(path):
    plate = one_plate(path)
    assert len(plate.wells) == 12
    assert by_well(plate, "Spot 3", "signal")["A01"] == 100 and by_well(plate, "Spot 8", "signal")["A01"] == 999


@case("intelliflex_first_well_dry.csv")
def _(path):
    plate = one_plate(path)
    assert set(plate.wells["analyte"]) == {"Ag-1", "Ag-2"}
    assert by_well(plate, "Ag-2", "vendor_flag") == {"A01": "not_read", "B01": "none", "C01": "none", "D01": "none"}
    assert by_well(plate, "Ag-1", "signal")["D01"] == 602 and by_well(plate, "Ag-2", "signal")["B01"] == 70


@case("softmax_second_plate_not_read.txt")
def _(path):
    export = recognition.read(path)
    ((plate,), (unread,)) = export.plates, export.unread
    assert plate.name == "P1" and len(plate.wells) == 96 and by_well(plate, "450", "signal")["A02"] == 0.06
    assert unread.name == "P2" and unread.problem.level == "QUARANTINE" and "no signals" in unread.problem.found


@case("magellan_list_with_time_row.xlsx")
def _(path):
    plate = one_plate(path)
    assert plate.wells["well"].nunique() == 96
    assert set(zip(plate.wells["analyte"], plate.wells["region"], strict=True)) == {
        ("Label1", "450"),
        ("Label2", "620"),
    }
    assert by_well(plate, "Label1", "signal")["A01"] == 0.05 and by_well(plate, "Label2", "signal")["H12"] == 0.0495


@case("magellan_note_beside_heading.xlsx")
def _(path):
    plate = one_plate(path)
    assert by_well(plate, "Label1", "signal") == {"A01": 0.4, "A02": 0.04}
    assert by_well(plate, "Label2", "signal") == {"A01": 0.37, "A02": 0.03}
    (problem,) = recognition.read(path).problems
    assert '"96 well"' in problem.found and problem.row == "3"


@case("curve_called_flat.tsv")
def _(path):
    given = pd.read_csv(path, sep="\t")
    fixed = {"batch": "B1", "plate": "P1", "panel": "K", "analyte": "IL-6", "role": "standard", "disposition": "usable"}
    units = {"standard_unit": "pg/mL", "unit": "pg/mL", "unit_factor": 1.0, "dilution": 1.0}
    levels = {"well": [f"{row}01" for row in "ABCDEF"], "level": [f"S{n}" for n in range(1, 7)]}
    wells = given.rename(columns={"concentration": "expected"}).assign(**fixed, **units, **levels)
    empty = {name: None for name in tables.TABLES["wells"].columns if name not in wells}
    settings = wells[["panel", "analyte"]].head(1).assign(curve_model="5pl", weights="1/y2")
    curve = calibrate(tables.conform(wells.assign(**empty), "wells"), settings)[0].iloc[0]
    assert curve["status"] == "converged" and curve["slope"] > 0, curve["status_reason"]


@pytest.mark.parametrize("file", sorted(CASES | LATER))
def test_the_right_answer(file, inputs):
    if file in LATER:
        pytest.skip(LATER[file])
    CASES[file](inputs / file)
