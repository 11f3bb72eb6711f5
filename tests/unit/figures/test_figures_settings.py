"""Settings of the figures: footer, font and formats, and the legend beside each figure."""

import pytest
from immunoassay.figures import figure_4, figure_6, lettering, pages, style
from immunoassay.statistics.pairs import with_both
from matplotlib.font_manager import findSystemFonts
from PIL import Image
from tests.statistic_frames import visit_summaries

from .judged_pages import faults
from .test_figures_left_out import PAIR, SETTINGS, said


@pytest.fixture(scope="module")
def axis(study):
    frames = study.summaries, study.observations, study.visits, study.courses, study.events, study.analytes
    return figure_6.table(*frames, ["bcma_axis"])


def test_without_a_footer_its_words_are_in_the_legend_alone_and_the_page_is_as_much_lower(axis, svg_alone, tmp_path):
    pictures = {footer: figure_6.draw(axis, footer=footer, remark="A remark.") for footer in (True, False)}
    note = "Line: geometric mean; bars: 95 % confidence interval"
    assert note in said(pictures[True]) and note not in said(pictures[False])
    assert pictures[False].get_figheight() < pictures[True].get_figheight() - 4 / style.MM
    assert faults(pictures[False]) == []
    for footer, figure in pictures.items():
        pages.save(figure, tmp_path / str(footer) / "figure_6")
    texts = {footer: (tmp_path / str(footer) / "figure_6.md").read_text(encoding="utf-8") for footer in pictures}
    assert texts[True] == texts[False] and note in texts[True] and "A remark." in texts[True]


def test_a_legend_has_title_counts_shares_and_what_is_tested(study, svg_alone, tmp_path):
    cytokines = study.observations[study.observations["group"] == "cytokine"]
    paired = visit_summaries(with_both(cytokines, "first", PAIR), SETTINGS, alike=True)
    frames = paired, study.observations, study.visits, study.courses, study.analytes
    table = figure_4.table(*frames, ["cytokine"], PAIR)
    pages.save(figure_4.draw(table, simulated=True), tmp_path / "figure_4")
    text = (tmp_path / "figure_4.md").read_text(encoding="utf-8")
    assert text.startswith("**Figure 4. Biomarkers at two visits.** All data are simulated. Thick line: median;")
    assert "Number of results: Baseline 7, M3 7." in text and "No test is shown." in text
    assert "IL-4 14 of 14 (100 %)" in text and "IP-10" not in text


@pytest.mark.skipif(
    not any("LiberationSans-Regular" in path for path in findSystemFonts()), reason="Liberation Sans is not installed"
)
def test_another_font_is_measured_and_written_as_such(axis, svg_alone, tmp_path):
    figure = figure_6.draw(axis, font="Liberation Sans")
    assert {
        text.get_fontfamily()[0] for axes in figure.axes for text in (axes.title, axes.yaxis.label, *axes.texts)
    } == {"Liberation Sans"}
    with style.in_style("Liberation Sans"):
        assert faults.__wrapped__(figure) == []
    svg = pages.save(figure, tmp_path / "figure_6")[0].read_text(encoding="utf-8")
    assert "Liberation Sans" in svg and ">Baseline</text>" in svg
    wide = lettering.text_width("Month 12")
    with style.in_style("Liberation Sans"):
        assert lettering.text_width("Month 12") < 0.95 * wide


def test_a_font_that_is_not_there_stops_with_its_name(axis):
    with pytest.raises(ValueError, match="figures.font: the font 'No Such Sans' is not installed"):
        figure_6.draw(axis, font="No Such Sans")


def test_tiff_is_of_300_dpi_without_transparency_and_the_same_bytes_twice(axis, tmp_path):
    found = [pages.save(figure_6.draw(axis), tmp_path / name, ["tiff"])[1] for name in "ab"]
    assert found[0].read_bytes() == found[1].read_bytes()
    with Image.open(found[0]) as image:
        assert [round(float(part)) for part in image.info["dpi"]] == [300, 300] and image.format == "TIFF"
        assert image.mode == "RGB" and image.info["compression"] == "tiff_lzw"
    assert sorted(path.suffix for path in tmp_path.glob("a.*")) == [".md", ".svg", ".tiff"]
