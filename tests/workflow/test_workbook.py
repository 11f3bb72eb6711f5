"""A study whose sheets are tabs of one workbook runs as one of text sheets, to the same results."""

import json

import pytest
from immunoassay.drafts import study_workbook
from immunoassay.files.house import schema_file
from immunoassay.study import load as studies
from immunoassay.study.schema import load_schema
from immunoassay.study.sheet_cells import read_cells

# what names the places of problems
SAY_WHERE = {"provenance/run.json", "deliverables/study.xlsx", "report.html"} | {
    f"study/{name}problems.tsv" for name in ("", "read_", "visit_", "account_")
}


@pytest.mark.slow
def test_a_study_in_a_workbook_has_the_results_of_one_in_text(small_copy):
    before, folder = small_copy.results(), small_copy.folder
    sheets = {}
    for name in studies.SHEETS:
        path = folder / f"config/{name}.{'xlsx' if name == 'scores' else 'tsv'}"
        if path.is_file():
            cells = read_cells(path, name)
            sheets[name] = [dict(zip(cells.header, values, strict=True)) for _, values in cells.rows]
            path.unlink()
    small_copy.edit("config/config.yaml", "  scores: config/scores.xlsx", "  {}")
    study_workbook.write(
        folder / "config/study.xlsx", sheets, {name: load_schema(schema_file(name)) for name in studies.SHEETS}
    )
    planned = small_copy.planned()
    assert {"read_batch", "calibrate_batch", "assess_batch"}.isdisjoint(planned)
    small_copy.run()
    after = small_copy.results()
    assert set(after) == set(before)
    differ = {name.removeprefix("results/") for name in after if after[name] != before[name]}
    assert differ <= SAY_WHERE, differ
    files = {row["path"] for row in json.loads(after["results/provenance/run.json"])["sheets"]}
    assert files == {"config/study.xlsx"}
    said = b"".join(content for name, content in after.items() if name.endswith("problems.tsv"))
    assert b"config/study.xlsx" in said and b"config/samples.tsv" not in said
