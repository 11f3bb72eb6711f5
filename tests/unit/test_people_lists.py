"""Lists of participants: group, sex and age of those the samples have."""

import pandas as pd
import pytest
from immunoassay.drafts.list_tables import ListTable
from immunoassay.drafts.people_lists import draft_people, people_from_file

KNOWN = {"S-01": "S-01", "S-02": "S-02", "Pat/3": "Pat-3"}


def table(columns, refused=()):
    rows = max(map(len, columns.values()))
    return ListTable("people.csv", "", pd.DataFrame(columns, index=range(2, rows + 2), dtype=object), refused)


def people(draft):
    return [tuple(row) for row in draft.participants.itertuples(index=False)]


@pytest.mark.parametrize("heads", [("Code", "Group", "Sex", "Age"), ("Proband", "Gruppe", "Geschlecht", "Alter")])
def test_what_a_list_says_of_the_participants_of_the_samples(heads):
    cells = (
        ["s-01", "Pat-3", "S-02", "S-77"],
        ["MS", "control", "MS", "MS"],
        ["w", "M", "divers", "f"],
        ["40", "95", "", "33"],
    )
    draft = draft_people(table(dict(zip((*heads, "Site"), (*cells, ["x"] * 4), strict=True))), KNOWN, {})
    assert people(draft) == [
        ("Pat-3", "control", "male", ""),
        ("S-01", "MS", "female", "40"),
        ("S-02", "MS", "other", ""),
    ]
    assert draft.unknown.to_dict("records") == [{"row": "5", "text": "S-77"}] and draft.unused == ("Site",)
    assert draft.questions == () and draft.columns["participant"] == heads[0]


def test_what_contradicts_is_left_empty():
    listed = table({"Subject": ["S-01", "S-01", "S-02"], "Sex": ["f", "m", "m"], "Arm": ["a", "a", ""]})
    draft = draft_people(listed, KNOWN, {})
    assert people(draft) == [("S-01", "a", "", ""), ("S-02", "", "male", "")]
    assert draft.contradictions.to_dict("records") == [{"key": "S-01", "column": "sex", "found": "f, m"}]


def test_an_answer_names_the_column_and_personal_data_is_never_read(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("Subject;Surname;Born;Kind\nS-01;Muster;1.2.1960;patient\nS-02;Beispiel;2.2.1960;healthy\n")
    draft = people_from_file(path, KNOWN, {"participants.group": "Kind"})
    assert people(draft) == [("S-01", "patient", "", ""), ("S-02", "healthy", "", "")]
    assert "Surname" not in draft.unused
    with pytest.raises(ValueError, match="personal data"):
        people_from_file(path, KNOWN, {"participants.group": "Surname"})
