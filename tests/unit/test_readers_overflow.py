"""A well beyond the detector arrives as overflow in every family, and takes no other well away."""

import importlib.util
from pathlib import Path

import pytest
from immunoassay.readers import recognition, written_cells

WORDS = [
    "OVRFLW",
    ">max",
    "> Max",
    "####",
    "OVER",
    "Overflow",
    "Saturated",
    "SAT",
    ">4.000",
    "OOR >",
    "+++",
    "inf",
    "####### ",
]


def made(name):
    path = Path(__file__).with_name(f"test_readers_{name}.py")
    spec = importlib.util.spec_from_file_location(f"overflow_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("word", WORDS)
def test_words_for_a_signal_beyond_the_detector(word):
    assert written_cells.signal_value(word)[:2] == (None, "overflow")


@pytest.mark.parametrize("word", ["", "NaN", "-", "MISSED", "< 0.1", "abc", "Masked", "---", "low"])
def test_other_words_are_none(word):
    assert written_cells.signal_value(word)[1] != "overflow"


def envision(word, bare=False):
    of = made("envision")

    def value(i, k):
        return word if (i, k) == (2, 3) else f"{0.0625 + i / 4 + k / 64:.6f}"

    return [*of.block(1, value=value, bare=bare), *of.tail(False)], ","


def changed(rows, delimiter, old, word):
    at = next((i, k) for i, row in enumerate(rows) for k, cell in enumerate(row) if str(cell) == old)
    rows = [list(row) for row in rows]
    rows[at[0]][at[1]] = word
    return rows, delimiter


FAMILIES = {
    "envision": envision,
    "envision bare": lambda word: envision(word, True),
    "kaleido": lambda word: changed(made("kaleido").version2(), ",", "0.609375", word),
    "mars": lambda word: changed(made("bmg").mars(), ",", "0.609375", word),
    "softmax": lambda word: changed(
        [["##BLOCKS= 1"], *made("softmax").plate_format(), *made("softmax").END], "\t", "0.796875", word
    ),
    "msd_table": lambda word: changed(made("msd_table").table(), ",", "21332.5", word),
    "msd_plate": lambda word: changed(made("msd_plate").plate(), "\t", "   67104.5  ", word),
    "magellan": lambda word: changed(made("magellan").LIST, "\t", "1.25", word),
    "grid": lambda word: changed([["OD 450"], *made("grid").grid(made("grid").od)], ",", "0.609375", word),
    "well_list": lambda word: changed(made("well_list").LIST, "\t", "2.512", word),
}


@pytest.mark.parametrize("word", ["OVRFLW", "> Max", "####"])
@pytest.mark.parametrize("family", FAMILIES)
def test_one_well_beyond_the_detector(export_file, family, word):
    rows, delimiter = FAMILIES[family]("0.609375" if family.startswith("envision") else "1.5")
    whole = recognition.read(export_file(rows, delimiter)).plates[0].wells
    rows, delimiter = FAMILIES[family](word)
    wells = recognition.read(export_file(rows, delimiter)).plates[0].wells
    assert wells["well"].tolist() == whole["well"].tolist()
    new = (wells["vendor_flag"] == "overflow") & (whole["vendor_flag"] != "overflow")
    assert (
        new.sum() == 1
        and wells.loc[new, "signal"].isna().all()
        and word.strip() in wells.loc[new, "vendor_flag_text"].iloc[0]
    )
    others = wells["signal"].where(~new).dropna()
    assert others.equals(whole["signal"].where(~new).dropna())
