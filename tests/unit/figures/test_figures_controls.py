"""Controls over time: the table holds every number drawn; recovery before guide sets exist, z scores after."""

import warnings

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.acceptance import control_charts as followed
from immunoassay.figures import figure_controls, pages, style

ANALYTES = pd.DataFrame({"analyte": ["X"], "label": [""], "group": ["g"], "order": [1], "unit": ["pg/mL"]})


def runs(count, lots=1, rejected=()):
    """Followed controls of `count` plates of one analyte with three controls."""
    rng = np.random.default_rng(1)
    plates = [
        {
            "plate": f"P{i:03d}",
            "run_date": f"2024-{1 + i // 28:02d}-{1 + i % 28:02d}",
            "kit_lot": f"L{i * lots // count}",
        }
        for i in range(count)
    ]
    rows = [
        {
            "batch": "B", "plate": plate["plate"], "panel": "kit", "analyte": "X", "well": f"A0{j}", "role": "control",
            "disposition": "usable", "level": f"QC{j}", "expected": 10.0**j,
            "concentration_well": 10.0**j * rng.lognormal(0, 0.05),
        }
        for plate in plates for j in (1, 2, 3)
    ]  # fmt: skip
    verdict = ["FAIL" if i in rejected else "PASS" for i in range(count)]
    verdicts = pd.DataFrame({"plate": [plate["plate"] for plate in plates], "analyte": "X", "verdict": verdict})
    verdicts = verdicts.assign(verdict_reason="", amendments=None)
    return followed.follow([pd.DataFrame(rows)], verdicts, plates, [], {"X": "pg/mL"})


def texts(figure):
    return " ".join(text.get_text() for text in figure.findobj(match=lambda each: hasattr(each, "get_text")))


def test_recovery_while_there_is_no_guide_set():
    table = figure_controls.table(runs(3, lots=2), ANALYTES, "kit", {"X": 20.0})
    assert table["x"].tolist() == [1, 2, 3] * 3 and table["guide_low"].isna().all()
    words = texts(figure_controls.draw(table))
    assert "Recovery, %" in words and "lot 2" in words and "P000" in words
    assert "The longest lot has 2 runs" in words.replace("\n", " ")


def test_z_scores_once_most_runs_have_a_guide_set():
    table = figure_controls.table(runs(30, rejected=[25]), ANALYTES, "kit", {"X": 20.0})
    row = table[table["x"] == 30].iloc[0]
    assert np.isclose(np.log(row["guide_high"] / row["guide_mean"]), np.log(row["guide_mean"] / row["guide_low"]))
    words = texts(figure_controls.draw(table, simulated=True)).replace("\n", " ")
    assert "z score" in words and style.SIMULATED in words
    assert "9 of 90 without a guide set" in words and "Open: the plate was rejected" in words


def test_of_many_runs_the_newest_are_drawn_and_the_page_keeps_its_shape():
    followed_runs = runs(150, rejected=[140])
    names = [f"X{i:02d}" for i in range(12)]
    many = pd.concat([followed_runs.assign(analyte=name) for name in names], ignore_index=True)
    analytes = pd.DataFrame({"analyte": names, "label": "", "group": "g", "order": range(12), "unit": "pg/mL"})
    table = figure_controls.table(many, analytes, "kit", dict.fromkeys(names, 20.0))
    assert (table["x"].min(), table["x"].max()) == (51, 150)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the layout warns when it gives up
        figure = figure_controls.draw(table)
    assert "The 100 newest of 150 runs" in texts(figure).replace("\n", " ")
    assert min(axes.get_position().height for axes in figure.axes) > 0.12


def test_the_table_reads_back_as_it_was(tmp_path):
    table = figure_controls.table(runs(5), ANALYTES, "kit", {"X": 20.0})
    tables.write_text(table, figure_controls.TABLE, tmp_path / "t.tsv")
    pd.testing.assert_frame_equal(table, tables.read_text(tmp_path / "t.tsv", figure_controls.TABLE))


def test_no_controls_is_said_in_words():
    assert "No control of this kit" in texts(
        figure_controls.draw(figure_controls.table(runs(3), ANALYTES, "other", {}))
    )


@pytest.mark.parametrize("count", [1, 12, 13])
def test_the_bytes_are_the_same_again(count, formats, tmp_path):
    table = figure_controls.table(runs(count), ANALYTES, "kit", {"X": 20.0})
    one = [path.read_bytes() for path in pages.save(figure_controls.draw(table), tmp_path / "a")]
    other = [path.read_bytes() for path in pages.save(figure_controls.draw(table), tmp_path / "b")]
    assert one == other
