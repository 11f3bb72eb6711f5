"""What every figure must do: same bytes for the same table, nothing clipped or on top of each other, text as text."""

import inspect
import subprocess
import sys

import matplotlib
import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.figures import (
    figure_1a,
    figure_1b,
    figure_2,
    figure_3,
    figure_4,
    figure_5,
    figure_6,
    figure_associations,
    figure_courses,
    figure_curves,
    figure_groups,
    figure_profile,
    figure_ratios,
    pages,
    series,
    style,
)
from immunoassay.figures.tidy import tidy
from immunoassay.statistics.level_changes import level_changes
from immunoassay.words import figure_notes
from matplotlib.collections import LineCollection
from matplotlib.text import Text

from .conftest import curve_table, only_svg
from .judged_pages import faults


def _antibodies(study):
    groups = ["autoantibody"], ["vaccine"], ["immunoglobulin"]
    return figure_5.table(
        study.summaries, study.observations, study.visits, study.courses, study.events, study.analytes, *groups
    )


def _flow(study):
    sheets = study.participants, study.courses, study.events, study.visits
    return figure_1b.table(*sheets, study.observations, study.results, ["six_weekly"])


def _compared(study):
    """Analytes and scores as variables of a figure."""
    analytes = series.variables_of(study.analytes, ["cytokine", "bcma_axis"])
    scores = pd.DataFrame({"variable": study.scores, "label": study.scores, "group": "score", "unit": "points"})
    found = pd.concat([analytes, scores], ignore_index=True)
    return found.assign(place=range(len(found)))


def _group_courses(study):
    people = sorted(study.observations["participant"].unique())
    arms = pd.DataFrame({"participant": people, "arm": np.resize(["placebo", "low dose", "high dose"], len(people))})
    changes = level_changes(study.observations, arms, {"compare": {"arm": "placebo"}})
    variables = series.variables_of(study.analytes, ["cytokine", "bcma_axis"])
    return figure_courses.table(changes, study.visits, variables, "arm")


TABLES = {
    "group_courses": (figure_courses, _group_courses),
    "schema": (figure_1a, lambda s: figure_1a.table(s.members, s.visits, s.courses, s.events)),
    "consort": (figure_1b, _flow),
    "scores": (
        figure_2,
        lambda s: figure_2.table(s.summaries, s.observations, s.visits, s.courses, s.events, s.scales, s.scores),
    ),
    "courses": (
        figure_3,
        lambda s: figure_3.table(s.observations, s.visits, s.courses, s.events, s.scales, "MGC", s.members),
    ),
    "cytokines": (
        figure_4,
        lambda s: figure_4.table(s.paired, s.observations, s.visits, s.courses, s.analytes, ["cytokine"], ["D1", "M3"]),
    ),
    "antibodies": (figure_5, _antibodies),
    "axis": (
        figure_6,
        lambda s: figure_6.table(s.summaries, s.observations, s.visits, s.courses, s.events, s.analytes, ["bcma_axis"]),
    ),
    "associations": (
        figure_associations,
        lambda s: figure_associations.table(s.associations, s.analytes[:7], s.scores, "M3"),
    ),
    "profile": (figure_profile, lambda s: figure_profile.table(*s.components, s.visits, s.courses, s.analytes)),
    "groups": (
        figure_groups,
        lambda s: figure_groups.table(
            s.comparisons, s.centres, s.levels, s.observations, _compared(s), "arm", "M3", individuals=True
        ),
    ),
    "ratios": (figure_ratios, lambda s: figure_ratios.table(s.comparisons, _compared(s), "arm", "adjusted", "M3")),
    "curves": (figure_curves, lambda s: curve_table(s.curves, s.concentrations, s.dropped, s.analytes)),
}


@pytest.fixture(scope="module")
def drawn(study):
    """Every figure drawn once, with its table: name -> (module, table, figure)."""
    result = {}
    for name, (module, make) in TABLES.items():
        table = make(study)
        result[name] = module, table, module.draw(table, simulated=True, remark="A remark on an unproven panel.")
    return result


@pytest.mark.parametrize("name", TABLES)
def test_the_bytes_are_the_same_from_the_table_and_from_its_file(name, drawn, formats, tmp_path):
    module, table, figure = drawn[name]
    tables.write_tsv(table, tmp_path / "table.tsv")
    again = tables.read_tsv(tmp_path / "table.tsv")
    other = module.draw(again, simulated=True, remark="A remark on an unproven panel.")
    for first, second in zip(pages.save(figure, tmp_path / "a"), pages.save(other, tmp_path / "b"), strict=True):
        assert first.read_bytes() == second.read_bytes(), first.suffix


@pytest.mark.parametrize("name", TABLES)
def test_a_wrong_or_missing_column_of_a_table_fails_when_drawn_and_when_written(name, drawn, tmp_path):
    module, table, _ = drawn[name]
    assert list(table.columns) == list(module.TABLE.columns)
    for wrong in (table.drop(columns=table.columns[-1]), table.assign(other=1)):
        with pytest.raises(tables.ContractError, match=f"{module.TABLE.name}: unknown columns"):
            module.draw(wrong)
        with pytest.raises(tables.ContractError, match=f"{module.TABLE.name}: unknown columns"):
            tables.write_text(wrong, module.TABLE, tmp_path / "table.tsv")


def test_a_column_that_no_layer_has_is_missing():
    table = figure_1b.TABLE
    boxes = [{"box": "a", "label": "", "n": 1, "order": 1, "analysed": True, "course": None}]
    found = tidy(table, boxes, [{"box": "b", "detail": "words", "parent": "a"}])
    assert found["label"].isna().all() and found["detail"].isna().tolist() == [True, False]
    with pytest.raises(tables.ContractError, match=r"missing columns \['parent', 'detail'\]"):
        tidy(table, boxes)


def test_a_table_without_rows_is_drawn_as_words_with_the_remark(drawn):
    for module in (figure_1a, figure_2, figure_4, figure_6, figure_associations, figure_curves):
        empty = next(table for own, table, _ in drawn.values() if own is module).iloc[:0]
        figure = module.draw(empty, simulated=True, remark="A remark.")
        said = " ".join(text.get_text() for text in figure.findobj(Text)).replace("\n", " ")
        assert figure_notes.nothing(module.TABLE.name) in said and "A remark." in said and style.SIMULATED in said


@pytest.mark.parametrize("name", TABLES)
def test_no_text_is_clipped_or_covers_another(name, drawn):
    assert faults(drawn[name][2]) == []


@pytest.mark.parametrize("name", TABLES)
def test_simulated_data_are_marked_and_remarks_printed(name, drawn):
    texts = [text.get_text() for text in drawn[name][2].findobj(Text)]
    assert style.SIMULATED in texts
    assert any("unproven panel" in text.replace("\n", " ") for text in texts)


@pytest.mark.parametrize("name", ["schema", "axis"])
def test_real_data_are_not_marked(name, drawn):
    module, table, _ = drawn[name]
    assert style.SIMULATED not in [text.get_text() for text in module.draw(table).findobj(Text)]


@pytest.mark.parametrize("name", ["scores", "cytokines", "antibodies", "axis", "courses", "profile", "curves"])
def test_every_number_drawn_is_in_the_table(name, drawn):
    _, table, figure = drawn[name]
    known = np.sort(np.concatenate([table[c].dropna().to_numpy(float) for c in table.select_dtypes("number").columns]))
    for axes in figure.axes:
        for y in _heights(axes):
            nearest = known[np.clip(np.searchsorted(known, [y - 1e-9 * abs(y)]), 0, len(known) - 1)][0]
            percent = np.abs(known * 100 - y).min() < 1e-9 * max(1, abs(y))  # shares are drawn in percent
            place = y == 0 or (name == "profile" and axes.get_xlabel() == "Loading")
            assert np.isclose(nearest, y, rtol=1e-8) or percent or place, (axes.get_title(), y)


def test_a_name_with_dollar_signs_is_only_text(drawn, svg_alone, tmp_path):
    _, table, figure = drawn["courses"]
    assert "$x^2$" in set(table["participant"].dropna())
    named = [text for text in figure.findobj(Text) if "$" in text.get_text()]
    assert named and not any(text.get_parse_math() for text in named)
    svg = pages.save(figure, tmp_path / "figure")[0].read_text(encoding="utf-8")
    assert ">$x^2$</text>" in svg  # text stays text


def test_another_process_with_other_hashes_writes_the_same_bytes(drawn, formats, tmp_path):
    _, table, figure = drawn["axis"]
    tables.write_tsv(table, tmp_path / "table.tsv")
    paths = pages.save(figure, tmp_path / "a")
    own = "" if formats != "svg" else f"{inspect.getsource(only_svg)}\nonly_svg()\n"
    program = (
        "from pathlib import Path\nfrom immunoassay.figures import pages\nfrom matplotlib.figure import Figure\n"
        f"from PIL import Image\n{own}"
        "from immunoassay import tables; from immunoassay.figures import figure_6, pages;"
        f"table = tables.read_tsv({str(tmp_path / 'table.tsv')!r});"
        "figure = figure_6.draw(table, simulated=True, remark='A remark on an unproven panel.');"
        f"pages.save(figure, {str(tmp_path / 'b')!r})"
    )
    environment = {
        "PYTHONHASHSEED": "12345",
        "TZ": "Asia/Tokyo",
        "MPLCONFIGDIR": str(tmp_path),
    }
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    for path in paths:
        assert path.read_bytes() == (tmp_path / f"b{path.suffix}").read_bytes(), path.suffix


def test_a_caller_s_own_settings_change_nothing(drawn, formats, tmp_path):
    module, table, figure = drawn["schema"]
    before = pages.save(figure, tmp_path / "a")
    with matplotlib.rc_context({"font.size": 20, "text.parse_math": True, "axes.grid": True, "svg.fonttype": "path"}):
        after = pages.save(module.draw(table, simulated=True, remark="A remark on an unproven panel."), tmp_path / "b")
    assert [a.read_bytes() for a in before] == [b.read_bytes() for b in after]


def _heights(axes):
    """Finite y of all lines and bars of the axes that are drawn in data units."""
    for line in axes.lines:
        if line.get_transform() == axes.transData and not line.get_label().startswith("_child_edge"):
            yield from (y for y in np.asarray(line.get_ydata(), float) if np.isfinite(y) and y not in axes.get_ylim())
    for collection in axes.collections:
        if isinstance(collection, LineCollection):
            yield from (y for segment in collection.get_segments() for _, y in segment)
