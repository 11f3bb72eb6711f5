"""Lists of samples of many shapes beside the names on plates: recognised, matched, asked, made rows of the sheets."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.drafts import scanned
from immunoassay.drafts.list_tables import ListTable
from immunoassay.drafts.questions import with_defaults
from immunoassay.drafts.sample_lists import best_table, recognise
from immunoassay.drafts.sample_notes import sample_notes
from immunoassay.drafts.sample_rows import Before, SampleDraft, draft_from_file, draft_from_names, draft_samples
from immunoassay.readers.export import NotReadable

PEOPLE, VISITS = ("S-01", "S-02", "S-03"), ("Baseline", "Week 4")
DAYS = {"Baseline": "{:02}.03.2024", "Week 4": "{:02}.04.2024"}


def plate(name, names, file="", inside="", role="", batch="b1", title=""):
    """Rows of the names written on a plate, in wells of the first columns."""
    wells = [f"{letter}{column:02}" for column in range(1, 13) for letter in "ABCDEFGH"]
    return [
        {
            "plate": name, "batch": batch, "file": file or f"raw/{batch}/{name}.csv", "plate_in_file": inside,
            "name": text, "role": role, "n": 1, "wells": well, "plate_title": title,
        }
        for text, well in zip(names, wells, strict=False)
    ]  # fmt: skip


def written(*plates):
    return pd.DataFrame([row for each in plates for row in each])


def table(text, refused=()):
    """A ListTable of lines with | between cells; the first line is row 1."""
    header, *rows = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    frame = pd.DataFrame(rows, columns=header, index=range(2, len(rows) + 2), dtype=object)
    return ListTable("list.csv", "", frame, refused)


def freezer(heads=("Run", "Label", "Barcode", "Subject", "Timepoint", "Collected"), run="p1.csv", labels="L{}"):
    """A list of six tubes, one for each person and visit, and the names of plate p1 with two more."""
    rows, names = [], []
    for number, (person, visit) in enumerate(((p, v) for p in PEOPLE for v in VISITS), 13):
        names.append(labels.format(number))
        rows.append(f"{run} | {names[-1]} | FZ{number * 37} | {person} | {visit} | {DAYS[visit].format(number)}")
    return table("\n".join([" | ".join(heads), *rows])), written(plate("p1", [*names, "other", "pool"]))


def tubes(draft):
    return {row.sample_id: (row.participant, row.visit, row.collection_date) for row in draft.samples.itertuples()}


def names_of(draft, role="sample"):
    rows = draft.names.to_dict("records")
    return {(row["scope"], row["name"]): row["sample_id"] for row in rows if row["role"] == role}


def keys(draft):
    return [question.key for question in draft.questions]


WANTED = {
    f"FZ{n * 37}": (p, {"Baseline": "Baseline", "Week 4": "Week-4"}[v], f"2024-0{3 if v == 'Baseline' else 4}-{n}")
    for n, (p, v) in enumerate(((p, v) for p in PEOPLE for v in VISITS), 13)
}


# --- what is recognised ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heads",
    [
        ("Run", "Label", "Barcode", "Subject", "Timepoint", "Collected"),
        ("Datei", "Probe", "Proben-ID", "Proband", "Visite", "Entnahmedatum"),
        ("Fichier", "Échantillon", "Code-barres", "Sujet", "Visite", "Date de prélèvement"),
        ("Archivo", "Muestra", "Código de barras", "Participante", "Visita", "Fecha de extracción"),
        ("EXPORT FILE", "Sample Name", "SampleID", "Participant ID", "Time point", "Sampling date"),
        ("a", "b", "Barcode", "Subject", "e", "f"),  # the rest by what is in them
    ],
)
def test_columns_are_known_by_content_and_by_headings_of_four_languages(heads):
    listed, names = freezer(heads)
    draft = draft_samples(listed, names, {})
    found = draft.recognised
    assert found.columns == dict(zip(("run", "label", "tube", "participant", "visit", "date"), heads, strict=True))
    assert found.evidence["label"] == "6 of 6 values are names on the plates" and found.unused == []
    assert tubes(draft) == WANTED
    assert set(names_of(draft)) == {("p1", f"L{n}") for n in range(13, 19)}


def test_content_goes_before_headings():
    """The column called Sample ID holds the names on the plate, the one called Label the barcodes."""
    listed, names = freezer(("Run", "Sample ID", "Label", "Subject", "Timepoint", "Collected"))
    draft = draft_samples(listed, names, {"samples.tube": "Label"})
    assert draft.recognised.columns["label"] == "Sample ID" and tubes(draft) == WANTED


def test_without_headings_what_is_not_sure_is_asked_and_the_defaults_are_right():
    listed, names = freezer(("a", "b", "c", "d", "e", "f"))
    draft = draft_samples(listed, names, {})
    assert {"samples.tube", "samples.participant"} <= set(keys(draft)) and not {"tube", "participant"} & set(
        draft.recognised.columns
    )
    draft = draft_samples(listed, names, with_defaults(draft.questions, {}))
    assert tubes(draft).items() >= WANTED.items()


def test_two_columns_that_could_be_it_are_a_question_not_a_guess():
    listed, names = freezer()
    listed.frame["Barcode 2"] = [f"BX{n}" for n in range(6)]
    listed = ListTable("list.csv", "", listed.frame.rename(columns={"Barcode": "Barcode 1"}))
    draft = draft_samples(listed, names, {})
    (question,) = [each for each in draft.questions if each.key == "samples.tube"]
    assert (
        question.default == "none"
        and set(question.choices[:2]) == {"Barcode 1", "Barcode 2"}
        and "tube" not in draft.recognised.columns
    )
    assert set(tubes(draft)) == {f"L{n}" for n in range(13, 19)}
    assert tubes(draft_samples(listed, names, {"samples.tube": "Barcode 1"})) == WANTED


def test_the_day_of_receipt_is_not_the_day_of_collection():
    listed, names = freezer(("Run", "Label", "Barcode", "Subject", "Timepoint", "Drawn"))
    listed.frame["Received"] = "29.04.2024"
    assert draft_samples(listed, names, {}).recognised.columns["date"] == "Drawn"


def test_an_answer_goes_before_what_is_found_and_must_name_a_column():
    listed, names = freezer()
    found = recognise(listed, names, {"samples.visit": "none", "samples.comment": "Timepoint"})
    assert (
        "visit" not in found.columns
        and found.columns["comment"] == "Timepoint"
        and found.evidence["comment"] == "as answered"
    )
    with pytest.raises(ValueError, match='no column "Visit"'):
        recognise(listed, names, {"samples.visit": "Visit"})
    with pytest.raises(ValueError, match="personal data"):
        recognise(ListTable("list.csv", "", listed.frame, ("Surname",)), names, {"samples.participant": "Surname"})


def test_a_list_that_names_nothing_on_the_plates_asks_for_its_labels():
    listed = table("Box | Place\nA | one\nA | two\nB | one")
    draft = draft_samples(listed, written(plate("p1", ["x1", "x2"])), {})
    assert "samples.label" in keys(draft) and draft.counts["matched"] == 0 and len(draft.samples) == 0
    assert next(q for q in draft.questions if q.key == "samples.unlisted").default is None


def test_other_columns_become_cells_of_the_sheets():
    listed, names = freezer()
    listed.frame["Material"], listed.frame["Freeze/thaw cycles"] = (
        ["Serum", "serum"] * 3,
        ["1", "2x", "0", "many", "1.0", ""],
    )
    listed.frame["Remarks"] = ["haemolytic", "", "call Anna: a@example.org", "", "", ""]
    listed.frame["Group"], listed.frame["Geschlecht"], listed.frame["Age"] = (
        ["case"] * 4 + ["control"] * 2,
        ["w"] * 4 + ["m"] * 2,
        ["91"] * 2 + ["40"] * 4,
    )
    draft = draft_samples(listed, names, {})
    assert list(draft.samples["specimen"]) == ["Serum"] * 6
    assert list(draft.samples["freeze_thaw"]) == ["1", "2", "0", "", "1", ""]
    assert list(draft.samples["comment"]) == ["haemolytic", "", "", "", "", ""]
    assert draft.left_out.to_dict("records") == [
        {"row": "5", "column": "freeze_thaw", "what": "no whole number"},
        {"row": "4", "column": "comment", "what": "an e-mail address"},
    ]
    assert [tuple(row) for row in draft.participants.itertuples(index=False)] == [
        ("S-01", "case", "female", ""), ("S-02", "case", "female", "40"), ("S-03", "control", "male", "40"),
    ]  # fmt: skip


def test_the_tab_with_the_names_is_the_list(workbook_file):
    names = written(plate("p1", ["A1x", "B1x", "C1x"]))
    rows = [["Label", "Barcode"], ["A1x", "T1"], ["B1x", "T2"], ["C1x", "T3"]]
    path = workbook_file({"Boxes": [["Box", "Room"], ["1", "a"], ["2", "b"]], "Tubes": rows, "Copy": rows})
    draft = draft_from_file(path, names, {})
    (question,) = [each for each in draft.questions if each.key == "samples.tab"]
    assert question.choices == ("Tubes", "Copy") and set(tubes(draft)) == {"T1", "T2", "T3"}
    assert "samples.tab" not in keys(draft_from_file(path, names, {"samples.tab": "Copy"}))
    with pytest.raises(ValueError, match='no tab "Tube"'):
        best_table([ListTable("l", "Tubes", pd.DataFrame({"a": ["b"]}))], names, {"samples.tab": "Tube"})
    assert draft.sources.iloc[0].to_dict() == {
        "sheet": "names",
        "row": "* | A1x",
        "source": "export.xlsx, tab Tubes, row 2",
    }


# --- runs ------------------------------------------------------------------------------------------------------------

THREE = written(
    plate("m-1", ["K-1", "K-2"], file="raw/b1/three.csv", inside="Plate_A", title="Plate_A"),
    plate("m-2", ["K-1", "K-3"], file="raw/b1/three.csv", inside="Plate_B", title="Plate_B"),
    plate("own", ["K-1", "K-4"], file="raw/b2/Other Run.XLSX", batch="b2", title="MTP-77"),
)


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("three.csv | Plate_A", ["m-1"]), ("THREE|plate_b", ["m-2"]), ("raw/b1/three.csv | Plate_A", ["m-1"]), ("m-2", ["m-2"]),
        ("Plate_B", ["m-2"]), ("other run.xlsx", ["own"]), (r"C:\data\Other Run.XLSX", ["own"]), ("Other  run", ["own"]),
        ("MTP-77", ["own"]),
        ("three", ["m-1", "m-2"]), ("b2", ["own"]), ("three.csv | MTP-77", []), ("four.csv", []),
    ],
)  # fmt: skip
def test_a_run_is_called_by_file_plate_title_or_folder(run, wanted):
    listed = ListTable(
        "l", "", pd.DataFrame({"Run": [run], "Label": ["K-1"], "Barcode": ["T1"]}, index=[2], dtype=object)
    )
    answers = {"samples.run": "Run", "samples.label": "Label", "samples.tube": "Barcode"}
    draft = draft_samples(listed, THREE, answers)
    assert names_of(draft) == {(each, "K-1"): "T1" for each in wanted}
    assert list(draft.unmatched["reason"]) == ([] if wanted else ["no_run"])


def test_a_list_of_more_runs_than_exports_and_one_of_the_laboratorys_own_run_numbers():
    listed, names = freezer()
    more = listed.frame.assign(Run="p7.csv", Label=[f"M{n}" for n in range(6)], Barcode=[f"FZ7{n}" for n in range(6)])
    more = pd.concat([listed.frame, more, more.assign(Run="p8.csv")], ignore_index=True)
    draft = draft_samples(ListTable("l", "", more), names, {})
    assert tubes(draft) == WANTED and set(draft.unmatched["reason"]) == {"no_run"}
    draft = draft_samples(ListTable("l", "", listed.frame.assign(Run="17")), names, {})
    assert next(q for q in draft.questions if q.key == "samples.run").default == "none" and tubes(draft) == WANTED


def test_runs_called_otherwise_than_their_export_are_asked_with_the_one_they_are_like():
    plates = written(plate("assay_plate7_0331_RUN2", ["X1", "X2"]), plate("other", ["X1", "X2"], title="555"))
    listed = table(
        """Lauf | Label | Barcode
        assay_plate7_0331 | X1 | T1
        assay_plate7_0331 | X2 | T2
        Bio-Plex 555 | X1 | T3
        Bio-Plex 555 | X2 | T4"""
    )
    draft = draft_samples(listed, plates, {})
    asked = {each.key: each for each in draft.questions}
    assert asked["samples.run_is.assay_plate7_0331"].default == "assay_plate7_0331_RUN2"
    assert asked["samples.run_is.Bio-Plex-555"].default == "other" and draft.samples.empty
    answered = draft_samples(listed, plates, with_defaults(draft.questions, {}))
    assert names_of(answered) == {
        ("assay_plate7_0331_RUN2", "X1"): "T1", ("assay_plate7_0331_RUN2", "X2"): "T2",
        ("other", "X1"): "T3", ("other", "X2"): "T4",
    }  # fmt: skip
    assert answered.runs == {"assay_plate7_0331": "assay_plate7_0331_RUN2", "Bio-Plex 555": "other"}


def test_a_run_that_is_like_two_plates_or_none_is_proposed_for_neither():
    plates = written(plate("assay_2024_A", ["X1"]), plate("assay_2024_B", ["X1"]), plate("Plate-12", ["X1"]))
    for run in ("assay_2024", "Plate 1", "tuesday"):
        listed = table(f"Lauf | Label | Barcode\n{run} | X1 | T1")
        answers = {"samples.run": "Lauf", "samples.label": "Label", "samples.tube": "Barcode"}
        asked = {each.key: each.default for each in draft_samples(listed, plates, answers).questions}
        assert {each for key, each in asked.items() if key.startswith("samples.run_is.")} == {"none"}


def test_rows_of_a_run_that_the_study_has_are_of_an_earlier_delivery():
    listed, names = freezer()
    old = [{"plate": "p1", "batch": "b1", "file": "raw/b1/p1.csv", "plate_in_file": None}]
    more = listed.frame.assign(Run="p2.csv", Label=[f"M{n}" for n in range(6)], Barcode=[f"FZ7{n}" for n in range(6)])
    both = ListTable("l", "", pd.concat([listed.frame, more], ignore_index=True))
    draft = draft_samples(both, written(plate("p2", [f"M{n}" for n in range(6)])), {}, Before(plates=old))
    assert (draft.counts["matched"], draft.counts["earlier"], len(draft.unmatched)) == (6, 6, 0)
    assert not [key for key in keys(draft) if key.startswith("samples.run")]
    assert any("6 of 12 rows found on plates, 6 are of earlier deliveries" in note for note in sample_notes(draft))


def test_a_label_that_looks_like_a_free_name_is_told_beside_it():
    listed, _ = freezer()
    wrong = listed.frame.assign(Label=["Ll3", "L14", "L15", "L16", "L17", "Q99"])
    draft = draft_samples(ListTable("l", "", wrong), written(plate("p1", [f"L{n}" for n in range(13, 19)])), {})
    assert list(zip(draft.unmatched["label"], draft.unmatched["near"], strict=True)) == [("Ll3", "L13"), ("Q99", "")]
    assert any("row 2 Ll3 (L13 on the plate?)" in note for note in sample_notes(draft))


def test_file_and_plate_may_stand_in_two_columns():
    listed = table(
        """File | Plate | Label | Barcode
        three.csv | Plate_A | K-1 | T1
        three.csv | Plate_B | K-1 | T2
        three.csv | Plate_B | K-3 | T3"""
    )
    assert names_of(draft_samples(listed, THREE, {})) == {
        ("m-1", "K-1"): "T1",
        ("m-2", "K-1"): "T2",
        ("m-2", "K-3"): "T3",
    }


def test_the_same_label_in_two_runs_is_two_tubes_and_without_barcodes_too():
    plates = written(plate("r1", ["Sample 1", "Sample 2"]), plate("r2", ["Sample 1", "Sample 2"]))
    rows = "r1 | Sample 1 | S1 | V1\nr1 | Sample 2 | S1 | V2\nr2 | Sample 1 | S2 | V1\nr2 | Sample 2 | S2 | V2"
    draft = draft_samples(table("Run | Label | Subject | Visit\n" + rows), plates, {})
    assert tubes(draft) == {
        "r1-Sample-1": ("S1", "V1", ""), "r1-Sample-2": ("S1", "V2", ""),
        "r2-Sample-1": ("S2", "V1", ""), "r2-Sample-2": ("S2", "V2", ""),
    }  # fmt: skip
    assert names_of(draft)[("r2", "Sample 1")] == "r2-Sample-1"


def test_a_tube_on_several_plates_is_one_row_of_samples():
    plates = written(plate("r1", ["Ax", "Bx"]), plate("r2", ["k1", "k2"]))
    rows = "r1 | Ax | T1 | S1 | V1\nr2 | k1 | T1 | S1 | V1\nr1 | Bx | T2 | S2 | V1\nr2 | k2 | T2 | S2 | V2"
    draft = draft_samples(table("Run | Label | Barcode | Subject | Visit\n" + rows), plates, {})
    assert tubes(draft) == {"T1": ("S1", "V1", ""), "T2": ("S2", "", "")}
    assert draft.contradictions.to_dict("records") == [{"key": "T2", "column": "visit", "found": "V1, V2"}]
    assert names_of(draft) == {("r1", "Ax"): "T1", ("r1", "Bx"): "T2", ("r2", "k1"): "T1", ("r2", "k2"): "T2"}


def test_without_a_run_a_label_means_the_same_everywhere_but_a_generic_one_is_asked():
    plates = written(plate("r1", ["Tx7", "Sample 1", "Sample 9"]), plate("r2", ["Tx7", "Sample 1"]))
    listed = table("Label | Barcode\nTx7 | B1\nSample 1 | B2\nSample 9 | B3")
    draft = draft_samples(listed, plates, {})
    assert names_of(draft) == {("*", "Tx7"): "B1", ("*", "Sample 9"): "B3"}
    assert list(draft.unmatched["reason"]) == ["several_plates"] and "samples.several_plates" in keys(draft)
    assert names_of(draft_samples(listed, plates, {"samples.several_plates": "same"}))[("*", "Sample 1")] == "B2"
    seen = dict(zip(draft.names["name"], draft.names["seen"], strict=True))
    assert seen == {"Tx7": "2 wells on 2 plates", "Sample 9": "C01"}


def test_a_label_given_to_two_tubes_belongs_to_neither():
    draft = draft_samples(
        table("Label | Barcode\nTx7 | B1\nTx7 | B2\nTx8 | B3"),
        written(plate("r1", ["Tx7", "Tx8"])),
        {"samples.tube": "Barcode"},
    )
    assert names_of(draft) == {("*", "Tx8"): "B3"}
    assert list(zip(draft.unmatched["row"], draft.unmatched["reason"], strict=True)) == [
        ("2", "contradicted"),
        ("3", "contradicted"),
    ]


# --- names on the plates ---------------------------------------------------------------------------------------------


def test_spellings_are_matched_where_only_one_name_is_near_and_said():
    plates = written(plate("r1", ["P-01 D1", "p2_d1", "A1-1", "A11"]))
    listed = table("Label | Barcode\nP1-D1 | B1\nP2 D1 | B2\nA1-1 | B3\nA-11 | B4\nP-12 | B5")
    draft = draft_samples(listed, plates, {"samples.label": "Label", "samples.tube": "Barcode"})
    assert names_of(draft) == {("*", "P-01 D1"): "B1", ("*", "p2_d1"): "B2", ("*", "A1-1"): "B3", ("*", "A11"): "B4"}
    assert list(draft.respelled["label"]) == ["P1-D1", "P2 D1", "A-11"]
    assert list(draft.unmatched["reason"]) == ["not_on_plate"]


def test_what_the_export_calls_a_standard_stays_one_until_the_list_is_said_to_be_right():
    plates = written(plate("r1", ["Tx1", "Tx2", "Tx3"]), plate("r1", ["C1", "C2"], role="control"))
    listed = table("Run | Label | Barcode\nr1 | Tx1 | B1\nr1 | Tx2 | B2\nr1 | C1 | B3")
    draft = draft_samples(listed, plates, {})
    assert draft.overruled.to_dict("records") == [{"row": "4", "plate": "r1", "name": "C1", "role": "control"}]
    assert list(draft.unmatched["reason"]) == ["overruled"] and "B3" not in tubes(draft)
    assert next(q for q in draft.questions if q.key == "samples.overruled").default == "export"
    assert names_of(draft_samples(listed, plates, {"samples.overruled": "list"}))[("r1", "C1")] == "B3"


def test_names_that_are_not_listed_are_others_only_when_that_is_said():
    listed, names = freezer()
    draft = draft_samples(listed, names, {})
    assert list(draft.unlisted["name"]) == ["other", "pool"] and names_of(draft, "ignore") == {}
    draft = draft_samples(listed, names, with_defaults(draft.questions, {}))
    assert names_of(draft, "ignore") == {("p1", "other"): "", ("p1", "pool"): ""} and tubes(draft) == WANTED
    assert draft.names.iloc[-1]["seen"] == "H01"
    draft = draft_samples(listed, names, {"samples.unlisted": "sample"})
    assert tubes(draft) == {**WANTED, "other": ("", "", ""), "pool": ("", "", "")}


def test_a_list_of_wells_names_wells_and_names():
    """A plate map: wells with a name of their own are meant by it, nameless ones are rows of a layout."""
    plates = written(plate("r1", ["n1", "n2", "", "n4"]))
    plates.loc[3, "wells"] = "D01 E01"  # one name in two wells: the list means one of them
    listed = table(
        """Plate | Well | Barcode | Subject | Visit
        r1 | A1 | B1 | S1 | V1
        r1 | B1 | B2 | S1 | V2
        r1 | C1 | B3 | S2 | V1
        r1 | D01 | B4 | S2 | V2
        r1 | H12 | B5 | S3 | V1"""
    )
    draft = draft_samples(listed, plates, {})
    assert names_of(draft) == {("r1", "n1"): "B1", ("r1", "n2"): "B2"}
    assert [tuple(row) for row in draft.layouts.itertuples(index=False)] == [
        ("r1", "C01", "sample", "B3"),
        ("r1", "D01", "sample", "B4"),
    ]
    assert set(tubes(draft)) == {"B1", "B2", "B3", "B4"} and list(draft.unmatched["reason"]) == ["not_on_plate"]


def test_one_name_in_many_wells_is_told_apart_by_the_wells():
    plates = written(plate("r1", ["Unknown", "Unknown", "Unknown", "k1"]))
    plates = plates.groupby(["plate", "name"], sort=False, as_index=False).agg(
        {**dict.fromkeys(plates, "first"), "wells": " ".join, "n": "sum"}
    )
    listed = table("Plate | Well | Label | Barcode\nr1 | A1 | Unknown | B1\nr1 | B1 | Unknown | B2\nr1 | D1 | k1 | B3")
    draft = draft_samples(listed, plates, {})
    assert names_of(draft) == {("r1", "k1"): "B3"} and draft.counts["matched"] == 3 and len(draft.unmatched) == 0
    assert list(zip(draft.layouts["well"], draft.layouts["sample_id"], strict=True)) == [("A01", "B1"), ("B01", "B2")]


def test_a_plate_map_may_name_every_well_of_a_tube():
    plates = written(plate("p1", ["Unk1", "Unk2"]), plate("p2", ["Unk1"]), plate("p2", ["STD1"], role="standard"))
    listed = table(
        """Plate | Well | Sample | Pat.-Nr. | Timepoint
        p1 | A1 | Unk1 | 1001 | BL
        p1 | A2 | Unk1 | 1001 | BL
        p1 | B1 | Unk2 | 1001 | W4
        p2 | A1 | Unk1 | 1002 | BL
        p2 | A2 | Unk1 | 1002 | BL
        p2 | C1 | STD1 | | """
    )
    draft = draft_samples(listed, plates, {})
    assert tubes(draft) == {"p1-Unk1": ("1001", "BL", ""), "Unk2": ("1001", "W4", ""), "p2-Unk1": ("1002", "BL", "")}
    assert len(draft.layouts) == 0 and list(draft.unmatched["reason"]) == ["overruled"]


def test_places_in_a_box_are_no_wells():
    listed, names = freezer()
    listed.frame["Box place"] = ["A1", "A2", "A3", "B1", "B2", "B3"]
    draft = draft_samples(listed, names, {})
    assert "well" not in draft.recognised.columns and keys(draft) == ["samples.unlisted"] and tubes(draft) == WANTED


def test_visits_that_are_not_on_the_plates_yet_are_in_their_place():
    listed, names = freezer()
    listed.frame.loc[8] = ["p9.csv", "L90", "FZ900", "S-01", "Week 2", "28.03.2024"]
    listed.frame.loc[9] = ["p9.csv", "L91", "FZ901", "other study", "Week 99", "28.03.2024"]
    draft = draft_samples(listed, names, {})
    assert list(draft.visits["visit"]) == ["Baseline", "Week-2", "Week-4"] and len(draft.participants) == 3
    assert tubes(draft) == WANTED and list(draft.unmatched["reason"]) == ["no_run", "no_run"]


def test_a_freezer_holds_more_than_was_measured():
    """Its numbers of thaws are names on the plates too, by chance."""
    listed, names = freezer()
    names = pd.concat([names, written(plate("p2", ["1", "2", "3"]))])
    listed.frame["Thaws"] = "1"
    more = [["", f"Z{n}", f"FZ9{n:04}", "S-99", "Week 4", "", str(n % 2 + 1)] for n in range(400)]
    more = pd.DataFrame(more, columns=listed.frame.columns, index=range(8, 408))
    draft = draft_samples(ListTable("l", "", pd.concat([listed.frame, more])), names, {})
    assert draft.recognised.columns["label"] == "Label" and tubes(draft) == WANTED
    assert draft.counts["unmatched"] == 400 and list(draft.participants["participant"]) == list(PEOPLE)


def test_barcodes_may_be_written_on_the_plates():
    names = [f"FZ{n}" for n in (11, 22, 35, 47)]
    listed = table(
        "Barcode | Subject | Visit\n" + "\n".join(f"{name} | S{n // 2} | V{n % 2 + 1}" for n, name in enumerate(names))
    )
    draft = draft_samples(listed, written(plate("r1", [*names, "FZ99"])), {})
    assert draft.recognised.columns == {"label": "Barcode", "participant": "Subject", "visit": "Visit"}
    assert names_of(draft) == {("*", name): name for name in names} and tubes(draft)["FZ22"] == ("S0", "V2", "")


def test_tubes_get_legal_ids_that_differ():
    draft = draft_samples(
        table("Label | Barcode\nTx1 | A/1\nTx2 | A-1\nTx3 | 007.5"), written(plate("r1", ["Tx1", "Tx2", "Tx3"])), {}
    )
    assert names_of(draft) == {("*", "Tx1"): "A-1-2", ("*", "Tx2"): "A-1", ("*", "Tx3"): "007.5"}
    assert draft.renamed.to_dict("records") == [{"column": "sample_id", "written": "A/1", "id": "A-1-2"}]


# --- participants and visits -----------------------------------------------------------------------------------------


def test_visits_side_by_side_are_laid_below_each_other():
    listed = table(
        """Subject | Sex | Baseline barcode | Baseline date | Barcode (Week 12) | Date Week 12
        S1 | f | K11 | 03.01.2024 | K12 | 27.03.2024
        S2 | m | K21 | 04.01.2024 | | """
    )
    draft = draft_samples(listed, written(plate("r1", ["K11", "K12", "K21"])), {})
    assert tubes(draft) == {
        "K11": ("S1", "Baseline", "2024-01-03"), "K12": ("S1", "Week-12", "2024-03-27"), "K21": ("S2", "Baseline", "2024-01-04"),
    }  # fmt: skip
    assert list(draft.visits["day"]) == ["1", "85"] and list(draft.participants["sex"]) == ["female", "male"]
    assert draft.recognised.across["Date Week 12"] == ("Week 12", "date")


def test_visits_side_by_side_may_have_any_name_where_the_barcodes_are_on_the_plates():
    listed = table("Patient code | before surgery | after surgery\nS1 | K11 | K12\nS2 | K21 | K22\nS3 | K31 | K32")
    draft = draft_samples(listed, written(plate("r1", [f"K{n}{k}" for n in (1, 2, 3) for k in (1, 2)])), {})
    assert tubes(draft)["K32"] == ("S3", "after-surgery", "") and len(draft.samples) == 6


@pytest.mark.parametrize("column", ["Label", "Barcode", "Subject"])
def test_the_visit_may_stand_in_a_name(column):
    pairs = [f"{p}_{v}" for p in ("S101", "S102", "S117") for v in ("V1", "V2")]
    plain = [f"q{n * 7}z" for n in range(6)]
    columns = {
        each: pairs if each == column else plain if each == "Label" else [f"FZ{n * 31}k" for n in range(6)]
        for each in ("Label", "Barcode", "Subject")
    }
    if column != "Subject":
        del columns["Subject"]
    listed = ListTable("l", "", pd.DataFrame(columns, index=range(2, 8), dtype=object))
    plates = written(plate("r1", columns["Label"]))
    draft = draft_samples(listed, plates, {})
    (question,) = [each for each in draft.questions if each.key == "samples.pattern"]
    assert question.default == "{participant}_{visit}" and (column == "Subject" or not len(draft.participants))
    draft = draft_samples(listed, plates, {"samples.pattern": question.default})
    assert list(draft.participants["participant"]) == ["S101", "S102", "S117"] and list(draft.visits["visit"]) == [
        "V1",
        "V2",
    ]
    assert [row[:2] for row in tubes(draft).values()] == [tuple(pair.split("_")) for pair in pairs]


def test_visits_by_date_are_asked_for_and_two_tubes_of_a_week_are_one_visit():
    listed, names = freezer()
    listed = ListTable("l", "", listed.frame.drop(columns="Timepoint"))
    draft = draft_samples(listed, names, {})
    (question,) = [each for each in draft.questions if each.key == "samples.visits_from_dates"]
    assert question.default == "order" and len(draft.visits) == 0
    draft = draft_samples(listed, names, {"samples.visits_from_dates": "order"})
    assert [visit for _, visit, _ in tubes(draft).values()] == ["Visit-1", "Visit-2"] * 3
    listed.frame.loc[7, "Collected"] = "19.03.2024"  # two days after the other tube of S-03
    draft = draft_samples(listed, names, {"samples.visits_from_dates": "order"})
    assert [visit for _, visit, _ in tubes(draft).values()][-2:] == ["Visit-1", "Visit-1"]
    assert (
        next(q for q in draft_samples(listed, names, {}).questions if q.key == "samples.visits_from_dates").default
        == "none"
    )


def test_an_order_of_dates_that_nothing_decides_is_asked_and_no_date_is_read():
    listed, names = freezer()
    listed.frame["Collected"] = ["01/02/2024", "03/04/2024"] * 3
    draft = draft_samples(listed, names, {})
    (question,) = [each for each in draft.questions if each.key == "samples.date_order"]
    assert (
        question.default is None and set(draft.samples["collection_date"]) == {""} and draft.counts["dates_unread"] == 0
    )
    draft = draft_samples(listed, names, {"samples.date_order": "month/day/year"})
    assert set(draft.samples["collection_date"]) == {"2024-01-02", "2024-03-04"}
    with pytest.raises(ValueError, match=r"samples\.date_order"):
        draft_samples(listed, names, {"samples.date_order": "us"})


def test_numbered_visits_have_the_first_as_baseline():
    listed, names = freezer()
    listed.frame["Timepoint"] = ["3", "1", "2", "1", "2", "3"]
    draft = draft_samples(
        ListTable("l", "", listed.frame.rename(columns={"Timepoint": "Visit"}).drop(columns="Collected")), names, {}
    )
    assert list(draft.visits["visit"]) == ["1", "2", "3"] and list(draft.visits["baseline"]) == ["yes", "no", "no"]
    assert "visits.baseline" in keys(draft)


def test_spellings_of_a_participant():
    listed, names = freezer()
    listed.frame["Subject"] = ["S-01", "s-01", "S-02", "S-2", "S-03", "S-03"]
    draft = draft_samples(listed, names, {})
    assert (
        list(draft.participants["participant"]) == ["S-01", "S-02", "S-03", "S-2"]
        or list(draft.participants["participant"])[0] == "S-01"
    )
    (question,) = [each for each in draft.questions if each.key == "samples.participant_spelling"]
    assert question.why == "S-02 and S-2" and len(draft.participants) == 4
    draft = draft_samples(listed, names, {"samples.participant_spelling": "one"})
    assert (
        list(draft.participants["participant"]) == ["S-01", "S-02", "S-03"] and draft.participant_ids["S-2"] == "S-02"
    )


def test_rows_that_are_hidden_struck_or_lean_on_the_row_above_are_asked_about():
    listed, names = freezer()
    listed.frame.loc[[3, 5, 7], "Subject"] = ""
    listed = ListTable("l", "", listed.frame, (), hidden=(2,), struck=(4,))
    draft = draft_samples(listed, names, {})
    assert {"samples.hidden_rows", "samples.struck_rows", "samples.fill_down"} <= set(keys(draft))
    draft = draft_samples(listed, names, with_defaults(draft.questions, {"samples.fill_down": "yes"}))
    left = {tube: cells for tube, cells in WANTED.items() if tube != "FZ555"}
    assert tubes(draft) == {**left, "FZ592": ("S-01", *WANTED["FZ592"][1:])}


def test_names_of_persons_never_enter_a_sheet():
    listed, names = freezer()
    listed.frame["Subject"] = ["Anna Muster", "Anna Muster", "S2", "S2", "S3", "S3"]
    draft = draft_samples(listed, names, {"samples.participant": "Subject"})
    frames = [value for value in vars(draft).values() if isinstance(value, pd.DataFrame)]
    assert not any("Anna" in frame.to_csv() for frame in frames)
    assert list(draft.left_out["what"]) == ["a name", "a name"]


# --- without a list --------------------------------------------------------------------------------------------------


def test_names_alone_are_tubes_and_the_pattern_gives_participants_and_visits():
    pairs = [f"{p}-{v}" for p in ("P01", "P02", "P03") for v in ("D1", "W4")]
    plates = written(
        plate("r1", [*pairs, "pool", "Sample 1", ""]),
        plate("r2", [*pairs, "Sample 1"]),
        plate("r2", ["QC1"], role="control"),
    )
    draft = draft_from_names(plates, {})
    assert next(q for q in draft.questions if q.key == "samples.pattern").default == "{participant}-{visit}"
    assert set(keys(draft)) == {"samples.pattern"} and len(draft.participants) == 0
    draft = draft_from_names(plates, with_defaults(draft.questions, {}))
    assert tubes(draft) == {
        **{pair: (*pair.split("-"), "") for pair in pairs},
        "pool": ("", "", ""), "r1-Sample-1": ("", "", ""), "r2-Sample-1": ("", "", ""),
    }  # fmt: skip
    assert list(draft.visits["day"]) == ["1", "29"] and draft.counts["unlisted"] == draft.counts["unmatched"] == 0
    assert names_of(draft)[("*", "P01-D1")] == "P01-D1" and names_of(draft)[("r2", "Sample 1")] == "r2-Sample-1"


# --- any list --------------------------------------------------------------------------------------------------------

CELLS = st.sampled_from(
    ["", "L1", "L2", "l1", "S1", "S2", "V1", "V2", "T9", "01.02.2024", "13.02.2024", "A1", "p1", "1", "x y", "Sample 1"]
)


@given(st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=12), st.booleans())
def test_whatever_a_list_holds_the_sheets_hang_together(cells, answered):
    """Names stand once, name tubes that are there, in wells that are there; every row is matched or says why not."""
    plates = written(
        plate("p1", ["L1", "L2", "Sample 1", "S1"]),
        plate("p2", ["L1", "Sample 1"]),
        plate("p2", ["V1"], role="standard"),
    )
    frame = pd.DataFrame(
        cells, columns=["Run", "Label", "Subject", "Visit"], index=range(2, len(cells) + 2), dtype=object
    )
    answers: dict[str, str] = {"samples.label": "Label", "samples.run": "Run"}
    for _ in range(4 if answered else 1):
        draft: SampleDraft = draft_samples(ListTable("l", "", frame), plates, answers)
        answers = with_defaults(draft.questions, answers)
    names = draft.names.to_dict("records")
    assert len({(row["scope"], row["name"]) for row in names}) == len(names)
    samples = list(draft.samples["sample_id"])
    assert len(set(samples)) == len(samples)
    assert {row["sample_id"] for row in names if row["role"] == "sample"} == set(samples)
    known = set(zip(plates["plate"], plates["name"], strict=True)) | {("*", name) for name in plates["name"]}
    assert {(row["scope"], row["name"]) for row in names} <= known
    assert set(draft.samples["participant"]) - {""} <= set(draft.participants["participant"])
    assert set(draft.samples["visit"]) - {""} <= set(draft.visits["visit"])
    assert draft.counts["matched"] + draft.counts["unmatched"] == draft.counts["listed"] == len(cells)


# --- a list of a laboratory over real exports ------------------------------------------------------------------------

LISTED = (
    *("luminex_xponent/pone.0187901.s001.csv", "luminex_xponent/CovidOISExPONTENT.csv"),
    *(
        "bioplex_xls/plate 1_IgA-Biot (Standard2).xls",
        "bioplex_xls/pnLINCO20070302A.xls",
        "msd_workbench/3plateMSD.csv",
    ),
    *("softmax_pro/Assay_2.txt", "gen5/endpoint_stdcurve_singleplate.txt", "skanit/skanit_data.xlsx"),
)


def names_in(folder, file):
    """Rows of the names written in an export, as a scan gives them."""
    export = scanned.scan(folder / file, f"raw/{file}").export
    for each in export.plates:
        wells = each.wells[each.wells["analyte"] == each.wells["analyte"].iloc[0]].fillna({"sample": "", "role": ""})
        inside = each.name if len(export.plates) > 1 else ""
        for (name, role), own in wells.groupby(["sample", "role"], sort=False):
            yield {
                "plate": f"{file} {each.name}", "batch": "", "file": f"raw/{file}", "plate_in_file": inside, "name": name,
                "role": role, "n": len(own), "wells": " ".join(own["well"]), "plate_title": each.name,
            }  # fmt: skip


@pytest.fixture(scope="module")
def real(shared):
    """(the list's file, the names written in the exports it is about)."""
    path = shared / "failing_inputs/sample_list.xlsx"
    if not path.is_file():
        pytest.skip("no list of samples in IMMUNOASSAY_SHARED")
    return path, pd.DataFrame([row for file in LISTED for row in names_in(shared / "real_exports", file)])


def test_every_row_of_a_list_over_real_exports_is_resolved(real):
    path, names = real
    draft = draft_from_file(path, names, {})
    assert draft.recognised.columns == {
        "run": "Run file", "label": "Label on plate", "tube": "Barcode", "participant": "Subject", "visit": "Timepoint",
        "date": "Collected", "specimen": "Material", "freeze_thaw": "Thaws",
    }  # fmt: skip
    assert keys(draft) == ["samples.unlisted"] and draft.questions[0].default == "ignore"
    assert draft.counts == {
        "listed": 208, "earlier": 0, "matched": 208, "unmatched": 0, "unlisted": 153, "overruled": 0,
        "tubes": 208, "participants": 8, "visits": 3, "dates_unread": 0,
    }  # fmt: skip
    assert {"B", "S"} <= set(draft.names.loc[draft.names["scope"].str.contains("Covid"), "name"])
    assert (
        len(draft.names) == draft.names["sample_id"].nunique() == 208
        and len(draft.contradictions) == len(draft.respelled) == 0
    )
    assert [tuple(row) for row in draft.visits.itertuples(index=False)] == [
        ("Baseline", "Baseline", "1", "1", "yes"), ("Week-12", "Week 12", "2", "85", "no"),
        ("Week-52", "Week 52", "3", "365", "no"),
    ]  # fmt: skip
    first = draft.samples.iloc[0].to_dict()
    assert first == {
        "sample_id": "FZ50008", "participant": "S101", "course": "", "visit": "Baseline", "collection_date": "2024-01-06",
        "specimen": "Serum", "freeze_thaw": "1", "comment": "",
    }  # fmt: skip
    others = draft_from_file(path, names, with_defaults(draft.questions, {}))
    assert others.names["role"].value_counts().to_dict() == {"sample": 208, "ignore": 153}


def test_the_same_list_without_its_runs_matches_only_what_is_no_generic_name(real, tmp_path):
    path, names = real
    draft = draft_from_file(path, names, {"samples.run": "none"})
    assert "samples.several_plates" in keys(draft)
    assert (
        set(draft.unmatched["reason"]) <= {"contradicted", "several_plates"}
        and draft.counts["matched"] + draft.counts["unmatched"] == 208
    )
    assert len(draft.names.loc[draft.names["name"].str.fullmatch(r"Sample 1")]) == 0


def test_a_list_that_is_no_list_is_refused(tmp_path):
    path = tmp_path / "list.xlsx"
    path.write_bytes(b"")
    with pytest.raises(NotReadable):
        draft_from_file(path, written(plate("r1", ["a"])), {})
