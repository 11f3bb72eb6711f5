"""The judge of the readers' fuzz: what it must catch, what it lets pass, and a short run of it."""

import copy
import importlib.util
import random
from pathlib import Path

import pytest

PATH = Path(__file__).parents[1] / "fuzz/readers_fuzz.py"


@pytest.fixture(scope="module")
def fuzz():
    spec = importlib.util.spec_from_file_location("readers_fuzz", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def before(fuzz):
    return fuzz.read(fuzz.fixtures()["gen5"])


def changed(before, column, value, place=5):
    after = copy.deepcopy(before)
    key = list(before.records)[place]
    after.records[key][column] = value
    return key, after


def test_a_silent_difference_is_caught(fuzz, before):
    far = fuzz.Change("number", "", 3, 2, "1.5", "7.25")
    for column, value in (("signal", 99.0), ("sample", "another"), ("role", "blank"), ("dilution", None)):
        _, after = changed(before, column, value)
        with pytest.raises(AssertionError):
            fuzz.judge(before, after, far)
    after = copy.deepcopy(before)
    del after.records[next(iter(after.records))]
    with pytest.raises(AssertionError, match="is lost"):
        fuzz.judge(before, after, far)


def test_a_changed_number_may_only_be_that_number_in_its_own_row(fuzz, before):
    key, after = changed(before, "signal", 7.25)
    row = before.records[key]["row"]
    assert fuzz.judge(before, after, fuzz.Change("number", "", row, 2, "1.5", "7.25")) == "visible"
    with pytest.raises(AssertionError):
        fuzz.judge(before, changed(before, "signal", 7.5)[1], fuzz.Change("number", "", row + 9, 2, "1.5", "7.25"))


def test_only_a_message_that_names_the_place_excuses(fuzz, before):
    key, after = changed(before, "signal", 99.0)
    made = fuzz.Change("text", "", before.records[key]["row"], 2, "old text", "new text")
    for message, passes in (
        (("E-FILE-010", "something is odd", "", "", ""), False),
        (("E-FILE-010", "something is odd", "300", "", ""), False),
        (("E-FILE-010", "something is odd", str(made.row + 1), "", ""), True),
        (("E-FILE-010", 'the cell "new text"', "", "", ""), True),
        (("E-FILE-010", f"well {key[1]} is odd", "", "", ""), True),
        (("E-FILE-010", f"rows {made.row - 9} to {made.row + 9} are odd", "", "", ""), True),
    ):
        after.messages = before.messages | {message}
        if passes:
            assert fuzz.judge(before, after, made) == "told"
        else:
            with pytest.raises(AssertionError):
                fuzz.judge(before, after, made)


def test_a_message_that_was_there_before_excuses_nothing(fuzz, before):
    before.messages.add(("V-080", "1 concentrations", "41", "", ""))
    _, after = changed(before, "signal", 99.0)
    after.messages = {("V-080", "1 concentrations", "40", "", "")}  # a line above it was deleted
    with pytest.raises(AssertionError):
        fuzz.judge(before, after, fuzz.Change("delete", "", 38, 0, ["x"]))


def test_the_same_seed_makes_the_same_changes(fuzz):
    export = fuzz.fixtures()["xponent"]
    made = [[str(fuzz.change(random.Random(seed), export)[0]) for seed in range(20)] for _ in range(2)]
    assert made[0] == made[1] and len(set(made[0])) > 15


@pytest.mark.slow
def test_a_short_run(fuzz):
    verdicts, failures = fuzz.run(150, seed=5)
    assert failures == [] and sum(verdicts.values()) == 150
