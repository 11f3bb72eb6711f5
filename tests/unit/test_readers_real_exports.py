"""All real exports together: each is read whole or refused for a reason that counts, and none is taken for another."""

import pytest
from immunoassay.readers.export import FLAGS
from tests import real_exports
from tests.real_exports import BROKEN, NOTED, REFUSED, expected_family

pytestmark = pytest.mark.slow  # the readers of each family have tests of their own files
ROWS = {  # wells x analytes, where not every analyte is in every well
    "bioplex_xls/Guide Set plate 1.xls": 29 * 2 - 2,  # A21 and A22 of one analyte each
    "envision/PE_Envision_fluorescence_example04.csv": 768 * 2,  # two of the four on each plate
    "msd_workbench/3plateMSD.csv": 1152 * 4 - 72,  # one assay has no calibrators
    "softmax_pro/softmaxpro_no_calc_docs.txt": 288,  # one of the two on each plate
}


@pytest.fixture(scope="module")
def rows(shared):
    return real_exports.table(shared / "real_exports")


@pytest.fixture(scope="module")
def stated(shared):
    return real_exports.manifest(shared / "real_exports")


def test_table(rows, capsys):
    text = real_exports.section(rows)
    with capsys.disabled():
        print("\n" + text)
    assert text.count("\n| ") >= len(rows)


def test_all_files_of_the_manifest_are_there(rows, stated):
    assert {row.file for row in rows} == {file for file in stated if not file.startswith("datasets/")}


def test_wells_times_analytes_are_those_of_the_manifest_or_noted(rows, stated):
    for row in [row for row in rows if not row.refusal]:
        plates, wells, analytes = stated[row.file]
        if row.file in NOTED:
            assert (row.wells, row.analytes) == NOTED[row.file][:2], row.file
            assert (wells, analytes) != NOTED[row.file][:2], f"{row.file} needs no note"
        else:
            assert wells in (None, row.wells) and analytes in (None, row.analytes), row.file
        assert plates in (None, row.plates), row.file
        assert row.flags.keys() <= set(FLAGS)
        assert row.rows == ROWS.get(row.file, row.wells * row.analytes), row.file


def test_only_what_may_be_refused_is_refused(rows):
    refused = {row.file: row.refusal for row in rows if row.refusal}
    assert set(refused) == set(REFUSED)
    for file, message in refused.items():
        assert "\n" not in message and message.count(" – ") == 2, message
        assert ("no endpoint read" in message) == (REFUSED[file] == real_exports.NOT_ENDPOINT), message
    assert [file for file, why in REFUSED.items() if why == BROKEN] == ["luminex_xponent/random_broken_colB.csv"]


def test_no_family_is_recognised_as_another(rows):
    matrix = real_exports.confusion(rows)
    assert {(family, found) for family, found in matrix if family != found} == set()
    assert sum(matrix.values()) == len(rows) == 102
    assert all(row.family == expected_family(row.file) for row in rows if not row.refusal)


def test_the_section_of_a_page_is_replaced_and_nothing_else():
    page = "# V\n\n## One\n\ntext\n\n### Real exports\n\nold\n\n## Two\n\nmore\n"
    new = real_exports.replaced(page, "### Real exports\n\nnew\n")
    assert new == page.replace("old", "new")
    assert real_exports.replaced("# V\n", "### Real exports\n") == "# V\n\n### Real exports\n"
