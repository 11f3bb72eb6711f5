"""Lists of a laboratory, opened: tables in files, dates, names of visits, patterns in names, legal ids."""

import re
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.drafts.list_dates import DAY_FIRST, MONTH_FIRST, read_dates
from immunoassay.drafts.list_tables import read_list
from immunoassay.drafts.questions import Question, with_defaults
from immunoassay.drafts.visit_names import draft_visits, is_visit, study_day
from immunoassay.drafts.visit_patterns import detect, draft_pattern, pattern_of
from immunoassay.readers.export import NotReadable
from immunoassay.study.legal_names import legal_ids
from openpyxl import Workbook
from openpyxl.styles import Font

# --- tables ----------------------------------------------------------------------------------------------------------


def text_file(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_table_begins_below_its_titles_and_goes_on_behind_empty_rows(tmp_path):
    path = text_file(
        tmp_path,
        "Freezer list;;;\nprinted;06.01.2024;;\n\nLabel;Barcode;Subject;Volume\nA;T1;S1;0,5\n\n"
        "B;T2;S2;0,7\nLabel;Barcode;Subject;Volume\nC;T3;S3;1,0\n",
    )
    (table,) = read_list(path)
    assert list(table.frame) == ["Label", "Barcode", "Subject", "Volume"]
    assert table.frame["Volume"].to_dict() == {5: "0,5", 7: "0,7", 9: "1,0"}
    assert (table.file, table.tab) == ("list.csv", "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_delimited_text_reads_the_same_in_every_spelling(tmp_path, encoding, sign):
    rows = [["Röhrchen", "Prüfling"], ["1/A", "Ä-1"], ["2/A", "Ä-2"]]
    (table,) = read_list(text_file(tmp_path, "\r\n".join(sign.join(row) for row in rows), encoding))
    assert table.frame.to_dict("list") == {"Röhrchen": ["1/A", "2/A"], "Prüfling": ["Ä-1", "Ä-2"]}


def test_every_tab_with_a_table_is_a_table_and_hidden_ones_are_not(tmp_path):
    book = Workbook()
    book.active.title = "Notes"
    book.active.append(["see the other tabs"])
    for title in ("Serum", "Old"):
        sheet = book.create_sheet(title)
        for row in (["Label", "Tube"], ["A", 7], ["B", 8.5], ["C", date(2024, 1, 31)], ["D", True]):
            sheet.append(row)
    book["Old"].sheet_state = "hidden"
    path = tmp_path / "list.xlsx"
    book.save(path)
    (table,) = read_list(path)
    assert table.tab == "Serum"
    assert list(table.frame["Tube"]) == ["7", "8.5", "2024-01-31", "yes"]


def test_a_workbook_is_read_as_it_is_seen(tmp_path):
    """Zeros of a number format, cells merged down a column, hidden and struck rows."""
    book = Workbook()
    sheet = book.active
    for row in (["Subject", "Tube", "Label"], ["S1", 7, "a"], [None, 8, "b"], ["S2", 9, "c"], ["S3", 10, "d"]):
        sheet.append(row)
    for (cell,) in sheet["B2:B5"]:
        cell.number_format = "00000"
    sheet.merge_cells("A2:A3")
    sheet.row_dimensions[4].hidden = True
    sheet["C5"].font = Font(strike=True)
    path = tmp_path / "list.xlsx"
    book.save(path)
    (table,) = read_list(path)
    assert list(table.frame["Tube"]) == ["00007", "00008", "00009", "00010"]
    assert list(table.frame["Subject"]) == ["S1", "S1", "S2", "S3"]
    assert (table.hidden, table.struck) == ((4,), (5,))


def test_a_table_without_a_header_keeps_its_first_row(tmp_path):
    rows = [f"P{n:02}-D1,FZ{n}00,2024-01-0{n}" for n in range(1, 6)]
    (table,) = read_list(text_file(tmp_path, "\n".join(rows)))
    assert list(table.frame) == ["column 1", "column 2", "column 3"]
    assert list(table.frame["column 1"]) == ["P01-D1", "P02-D1", "P03-D1", "P04-D1", "P05-D1"]


def test_headings_are_unique_and_a_column_without_one_is_kept(tmp_path):
    (table,) = read_list(text_file(tmp_path, "Date,Label,Date,\n1,2,3,4\n1,b,3,x\n"))
    assert list(table.frame) == ["Date", "Label", "Date (2)", "column 4"]


@pytest.mark.parametrize(
    ("heading", "values", "kept"),
    [
        ("Date of birth", ["01.02.1960", "03.04.1971"], False),
        ("Nachname", ["Muster", "Beispiel"], False),
        ("MRN", ["123", "456"], False),
        ("Patient", ["P01", "P02"], True),
        ("Patient", ["Anna Muster", "Bert Beispiel"], False),
        ("Patient", ["12345678", "23456789"], False),
        ("Name", ["Pat-7", "Pat-8"], True),
        ("Contact", ["a@example.org", "b@example.org"], False),
        ("Name", ["B_sid_13_CSP", "Unknown 12"], True),
        ("Name", ["Muster 1960", "Beispiel 1971"], False),
        ("Subject", ["P01", "P02"], True),
    ],
)
def test_columns_of_personal_data_are_refused_by_name(tmp_path, heading, values, kept):
    (table,) = read_list(
        text_file(tmp_path, f"Label;{heading}\n" + "".join(f"L{n};{v}\n" for n, v in enumerate(values)))
    )
    assert (heading in table.frame, table.refused) == (kept, () if kept else (heading,))
    assert kept or not any(value in table.frame.to_csv() for value in values)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"only one line\n", b"PK\x03\x04 no workbook"])
def test_a_file_without_a_table_is_refused(tmp_path, content):
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(NotReadable):
        read_list(path)


# --- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2024-01-06", "2024-01-06"), ("2024/1/6", "2024-01-06"), ("2024-01-06 08:30", "2024-01-06"),
        ("20240106", "2024-01-06"),
        ("06-Jan-2024", "2024-01-06"), ("6. Januar 2024", "2024-01-06"), ("6 March 24", "2024-03-06"),
        ("6 mars 2024", "2024-03-06"),
        ("6 févr. 2024", "2024-02-06"), ("6 de enero de 2024", "2024-01-06"), ("1er août 2024", "2024-08-01"),
        ("12 dic 2024", "2024-12-12"),
        ("January 6, 2024", "2024-01-06"), ("6. Mai 2024", "2024-05-06"), ("3. Okt. 2024", "2024-10-03"),
        ("2024-02-30", ""), ("6 Foo 2024", ""), ("week 12", ""), ("45297", ""), ("01/2024", ""),
    ],
)  # fmt: skip
def test_dates_that_name_their_month_are_read_alone(text, wanted):
    dates = read_dates([text])
    assert (
        dates.iso == ({text: wanted} if wanted else {})
        and dates.unread == (() if wanted else (text,))
        and not dates.open
    )


def test_one_date_decides_the_order_of_its_column():
    assert read_dates(["01.02.2024", "24.01.2024"]).iso["01.02.2024"] == "2024-02-01"
    assert read_dates(["01/02/2024", "01/24/24"]).iso == {"01/02/2024": "2024-01-02", "01/24/24": "2024-01-24"}


@pytest.mark.parametrize("texts", [["01.02.2024", "03/04/2024"], ["13.01.2024", "01/13/2024", "02.03.2024"]])
def test_an_order_that_could_be_either_is_open_and_nothing_is_read(texts):
    dates = read_dates([*texts, "2024-05-06"])
    assert dates.open and dates.iso == {"2024-05-06": "2024-05-06"} and dates.unread == ()


def test_an_answer_decides_and_what_it_does_not_fit_is_unread():
    assert read_dates(["01/02/2024"], DAY_FIRST).iso == {"01/02/2024": "2024-02-01"}
    dates = read_dates(["01/02/2024", "13/01/2024"], MONTH_FIRST)
    assert dates.iso == {"01/02/2024": "2024-01-02"} and dates.unread == ("13/01/2024",)


def test_dates_that_are_the_same_either_way_need_no_order():
    assert read_dates(["01.01.2024", "05/05/24"]) == read_dates(["01.01.2024", "05/05/24"], "")
    assert read_dates(["01.01.2024", "05/05/24"]).iso == {"01.01.2024": "2024-01-01", "05/05/24": "2024-05-05"}


@given(
    st.lists(st.dates(date(2000, 1, 1), date(2068, 12, 31)), min_size=1, max_size=30),
    st.sampled_from(["%d.%m.%Y", "%m/%d/%y"]),
)
def test_whatever_is_read_without_an_answer_is_right(days, form):
    written = {day.strftime(form): day.isoformat() for day in days}
    dates = read_dates(written)
    assert all(written[text] == iso for text, iso in dates.iso.items())
    assert dates.open == (not set(written) <= set(dates.iso)) and not dates.unread


# --- visits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Week 12", 85), ("W4", 29), ("week 0", 1), ("12 weeks", 85), ("Woche 12", 85), ("semaine 2", 15), ("D29", 29),
        ("Day 8", 8),
        ("Tag 15", 15), ("J8", 8), ("Día 3", 3), ("Month 3", 92), ("M12", 366), ("6 Monate", 184), ("Year 1", 366),
        ("Baseline", 1),
        ("Day -7", -6), ("D-7", None), ("V2", None), ("Visite 3", None), ("T0", None), ("Screening", None), ("C1D15", None),
        ("Week 52 (EOT)", 365), ("Serum", None), ("S101", None),
    ],
)  # fmt: skip
def test_the_day_a_visit_says(text, day):
    assert study_day(text) == day


def test_what_a_visit_is_called():
    assert all(
        map(
            is_visit,
            ["Baseline", "Screening", "V1", "C2D1", "M 3", "Visita 2", "End of study", "T0", "Ausgangswert", "EOS"],
        )
    )
    assert not any(map(is_visit, ["S101", "Serum", "FZ50008", "", "12", "Patient 3", "B_sid_13"]))


def rows_of(draft):
    return [tuple(row) for row in draft.visits[["visit", "order", "day", "baseline"]].itertuples(index=False)]


def test_visits_are_ordered_by_the_days_they_say():
    draft = draft_visits(["Week 52", "Baseline", "week-52", "W52", "Month 3", "D8"], None, {})
    assert rows_of(draft) == [
        ("Baseline", "1", "1", "yes"), ("D8", "2", "8", "no"), ("Month-3", "3", "92", "no"), ("Week-52", "4", "365", "no"),
    ]  # fmt: skip
    assert draft.ids["week-52"] == draft.ids["W52"] == draft.ids["Week 52"] == "Week-52" and draft.questions == ()


def test_days_are_counted_from_0_where_there_is_a_day_0():
    assert rows_of(draft_visits(["D28", "D0"], None, {})) == [("D0", "1", "1", "yes"), ("D28", "2", "29", "no")]


def test_visits_that_say_no_day_get_the_median_of_their_dates():
    dates = [("a", "V1", "2024-01-01"), ("a", "V3", "2024-03-01"), ("b", "V1", "2024-02-01"), ("b", "V3", "2024-04-11"),
             ("c", "V3", "2023-01-01"),
             ("a", "V1", "2024-01-05"), ("d", "V1", "2024-01-01"), ("d", "V3", "2024-02-20"), ("a", "V2", "")]  # fmt: skip
    draft = draft_visits(
        ["V3", "V1"], pd.DataFrame([d for d in dates if d[1] != "V2"], columns=["participant", "visit", "date"]), {}
    )
    assert rows_of(draft) == [("V1", "1", "1", "yes"), ("V3", "2", "61", "no")]  # days 61, 71, 51
    assert [(q.key, q.default) for q in draft.questions] == [("visits.baseline", "V1")]


def test_numbers_order_visits_behind_screening_and_baseline():
    draft = draft_visits(["V10", "V2", "Baseline", "Screening"], None, {})
    assert rows_of(draft) == [
        ("Screening", "1", "", "no"),
        ("Baseline", "2", "1", "yes"),
        ("V2", "3", "", "no"),
        ("V10", "4", "", "no"),
    ]


def test_an_order_that_nothing_tells_is_asked():
    draft = draft_visits(["Relapse", "Recovery", "Baseline"], None, {})
    assert [q.key for q in draft.questions] == ["visits.order"] and draft.questions[
        0
    ].default == "Baseline, Relapse, Recovery"
    draft = draft_visits(["Relapse", "Recovery", "Baseline"], None, {"visits.order": "Baseline, Recovery, Relapse"})
    assert [row[0] for row in rows_of(draft)] == ["Baseline", "Recovery", "Relapse"] and draft.questions == ()


def test_the_baseline_is_as_answered():
    draft = draft_visits(["V1", "V2"], None, {"visits.baseline": "V2"})
    assert [row[3] for row in rows_of(draft)] == ["no", "yes"] and draft.questions == ()


# --- patterns --------------------------------------------------------------------------------------------------------

PEOPLE = {"P": ["P01", "P02", "P03", "P11"], "numbers": ["101", "102", "107"], "dashed": ["S-003", "S-004", "S-015"]}


@pytest.mark.parametrize(
    ("people", "visits", "form", "wanted"),
    [
        ("P", ["D1", "M3"], "{p}-{v}", "{participant}-{visit}"),
        ("numbers", ["V1", "V2"], "{p}_{v}", "{participant}_{visit}"),
        ("dashed", ["W0", "W12"], "{p} {v}", "{participant} {visit}"),
        ("dashed", ["W0", "W12"], "{p}-{v}", "{participant}-{visit}"),
        ("numbers", ["01", "02", "03"], "{p}-{v}", "{participant}-{visit}"),
        ("numbers", ["V1", "V2"], "{v}-{p}", "{visit}-{participant}"),
        ("P", ["D1", "D29"], "{p}-{v}-A", "{participant}-{visit}-*"),
        ("P", ["D1", "D29"], "{p}{v}", None),
        ("P", ["Baseline", "Week 4"], "{p} {v}", "{participant} {visit}"),
        ("dashed", ["BL", "Week-4", "Week-12"], "{p}-{v}", "{participant}-{visit}"),
    ],
)
def test_a_pattern_is_found_in_names_beside_others(people, visits, form, wanted):
    split = {form.format(p=person, v=visit): (person, visit) for person in PEOPLE[people] for visit in visits}
    found, (question,) = draft_pattern([*split, "QC high", "pool"], {})
    assert found is None and (wanted is None or question.default == wanted)
    found, asked = draft_pattern([*split, "QC high", "pool"], {"samples.pattern": question.default})
    assert (found.matched, found.names, asked) == (len(split), len(split) + 2, ())
    assert len(found.examples) == 5 and all(split[name] == (person, visit) for name, person, visit in found.examples)


@pytest.mark.parametrize(
    "names",
    [
        [f"Sample {n}" for n in range(1, 20)],
        [f"SPL{n}:{k}" for n in range(1, 9) for k in (1, 2, 3)],
        [f"Sample {n}-{k}" for n in range(1, 9) for k in (1, 2)],
        ["P01-D1", "P02-D1", "P03-D1"],
        [f"FZ-{50000 + 7 * n}" for n in range(20)],
        [],
    ],
)
def test_names_of_instruments_and_tubes_hold_no_pattern(names):
    assert all(question.default == "none" for question in draft_pattern(names, {})[1])


def test_other_than_visits_is_proposed_by_nobody():
    names = [f"B_sid_{n}_{what}" for n in (13, 36, 14, 27) for what in ("CSP", "DMSO", "HBS")]
    assert draft_pattern(names, {})[1][0].default == "none"
    assert draft_pattern(names, {"samples.pattern": "none"}) == (None, ())


def test_a_pattern_as_given():
    assert pattern_of("{participant}-{visit}").split("S-003-V1") == ("S-003", "V1")
    assert pattern_of("{visit}:{participant}").split("D1:7") == ("7", "D1")
    assert pattern_of("{participant}{visit}").split("101V2") == ("101", "V2")
    assert pattern_of(r"(?P<participant>\d+)v(?P<visit>\d)").split("12v3") == ("12", "3")
    assert pattern_of("{participant}-{visit}").split("P01") is None
    for form in ("x", "{participant}", "(?P<participant>"):
        with pytest.raises(ValueError, match=re.escape(form)):
            pattern_of(form)


@given(st.lists(st.text(alphabet="PS0123-_ vVdD.", min_size=1, max_size=9), max_size=25))
def test_patterns_of_any_names_split_what_they_say(names):
    for found in detect(names):
        assert found.matched == sum(found.pattern.split(name) is not None for name in set(names)) >= found.names / 2
        assert all(found.pattern.split(name) == (person, visit) for name, person, visit in found.examples)


# --- names and questions ---------------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=8)), st.booleans())
def test_every_name_becomes_legal_and_none_becomes_another(names, dots):
    legal = legal_ids(names, dots)
    ids = legal.ids
    assert set(ids) == {name for name in names if name}
    assert all(
        re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*" if dots else r"[A-Za-z0-9][A-Za-z0-9_-]*", each)
        for each in ids.values()
    )
    assert len({each.casefold() for each in ids.values()}) == len(ids)
    assert set(legal.changed) == {name for name in ids if ids[name] != name}


def test_a_legal_name_stays_and_the_others_are_numbered():
    legal = legal_ids(["A/1", "A-1", "A 1", "Müller's Öl", "3.5"])
    assert legal.ids == {"A/1": "A-1-2", "A-1": "A-1", "A 1": "A-1-3", "Müller's Öl": "Muller-s-Ol", "3.5": "3.5"}
    assert legal.collided == ("A/1", "A 1") and legal_ids(["3.5"], dots=False).ids == {"3.5": "3-5"}


def test_defaults_answer_what_is_not_answered():
    asked = [Question("a", "", ("x", "y"), "x", ""), Question("b", "", (), None, ""), Question("c", "", (), "z", "")]
    assert with_defaults(asked, {"c": "own", "d": "e"}) == {"a": "x", "c": "own", "d": "e"}
