"""Words are words only: with every word of every sentence reversed, numbers, codes, files and drawings are the same.

The demonstration is run once more by a copy of the workflow in which words/language.py turns the letters of each word round.
"""

import json
import re
import zipfile
from xml.etree import ElementTree

import pandas as pd
import pytest
from benchmarks import page_block

from ..workflow.study import copy_code, new_study, svg_alone

PLACE = "src/immunoassay/words/language.py"
PLAIN, TURNED = "    return text\n", '    return " ".join(word[::-1] for word in text.split(" "))\n'
TEXT = re.compile("(.*_text|words)$")  # columns of text that have no code beside them
NUMBER = re.compile(rb'<c r="(\w+)"[^>]* t="n"><v>([^<]*)</v>')
SVG = "{http://www.w3.org/2000/svg}"


def turned_code(folder):
    """A copy of the workflow whose words are reversed."""
    code = copy_code(folder)
    path = code / PLACE
    source = path.read_text(encoding="utf-8")
    assert source.count(PLAIN) == 1
    path.write_text(source.replace(PLAIN, TURNED), encoding="utf-8")
    return code


def files(study):
    """Files under results/ by name, but pictures of pixels and pages, which say what the SVG says."""
    found = {
        path.relative_to(study.folder / "results").as_posix(): path for path in (study.folder / "results").rglob("*")
    }
    return {name: path for name, path in found.items() if path.is_file() and path.suffix not in (".png", ".pdf")}


def table(path):
    """(the cells of a table without its texts, its texts)."""
    frame = pd.read_csv(path, sep="\t", dtype="str", keep_default_na=False)
    texts = [name for name in frame.columns if f"{name}_code" in frame.columns or TEXT.match(name)]
    return frame.drop(columns=texts), frame[texts]


def drawing(path):
    """A figure without its texts and legends, which are as wide as their texts: size, paths, lines and markers with places
    and looks."""
    root = ElementTree.parse(path).getroot()
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{SVG}g" and child.get("id", "").startswith(("text_", "legend_")):
                parent.remove(child)
    return ElementTree.tostring(root)


def numbers(path):
    """{(sheet, cell): number, as it is written} of a workbook, whose titles are words."""
    with zipfile.ZipFile(path) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/")]
        found = {(sheet, cell): number for sheet in sheets for cell, number in NUMBER.findall(book.read(sheet))}
    assert found
    return found


def page(path):
    """{table: {column: what is written of it, of texts what is missing}} of the report page."""
    held = page_block.of_page(path.read_text(encoding="utf-8"))["tables"]
    return {
        name: {
            column: [code < 0 for code in own["codes"]] if "codes" in own else own
            for column, own in table["columns"].items()
        }
        for name, table in held.items()
    }


def differences(one, other):
    """Files of two runs that differ by more than their words; raises AssertionError where the words do not differ."""
    first, second = files(one), files(other)
    assert set(first) == set(second)
    found, words = [], 0
    for name, path in first.items():
        again = second[name]
        if name.startswith(("statistics/", "figures/")) and path.suffix == ".tsv":
            (cells, texts), (same, turned) = table(path), table(again)
            words += (texts != turned).sum().sum() if texts.shape == turned.shape else 0
            equal = cells.equals(same) and list(texts.columns) == list(turned.columns)
        elif path.suffix == ".svg":
            equal = drawing(path) == drawing(again)
        elif path.suffix == ".xlsx":
            equal = numbers(path) == numbers(again)
        elif path.suffix == ".html":
            equal = page(path) == page(again)
        elif path.suffix == ".json":
            counts = [json.loads(each.read_text(encoding="utf-8"))["counts"] for each in (path, again)]
            equal = counts[0] == counts[1]
        else:
            equal = path.suffix == ".md" or path.read_bytes() == again.read_bytes()
        if not equal:
            found.append(name)
    assert words > 0
    return found


@pytest.fixture(scope="module")
def turned(tmp_path_factory):
    """The demonstration in reversed words."""
    code = turned_code(tmp_path_factory.mktemp("turned-code") / "workflow-copy")
    study = new_study(tmp_path_factory.mktemp("turned") / "study", code)
    svg_alone(study.folder)
    study.run()
    return study


def test_no_number_code_or_line_depends_on_a_sentence(finished, turned):
    assert differences(finished, turned) == []


def test_the_words_are_those_of_the_other_language(finished, turned):
    def methods(study):
        return (study.folder / "results/deliverables/methods.md").read_text(encoding="utf-8").split(" ")

    assert [word[::-1] for word in methods(turned)] == methods(finished)
