"""The recorded session of the documentation is what its commands print."""

import pytest

from tests import recorded_session

pytestmark = pytest.mark.slow


def test_every_line_of_the_session_is_printed(tmp_path):
    text = recorded_session.PAGE.read_text(encoding="utf-8")
    assert recorded_session.page(text, recorded_session.run(recorded_session.commands(text), tmp_path)) == text
    assert (tmp_path / "my-study/results/deliverables/study.xlsx").is_file()


def test_of_the_steps_of_a_run_the_first_and_the_last_are_shown():
    steps = [f"{n}/4  Batch B: step {n}  (about {9 - n} s left)" for n in (1, 2, 3)]
    text = "\n".join(
        ["Using workflow specific profile x for", *steps, "4/4  Study: complete", 'Study "S": 1 plate', ""]
    )
    assert recorded_session.told(text) == '1/4  Batch B: step 1\n   …\n4/4  Study: complete\nStudy "S": 1 plate'
