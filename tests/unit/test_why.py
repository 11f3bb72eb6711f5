"""The dry run in words."""

import pytest
from immunoassay.command.why import explain

HEAD = "Building DAG of jobs...\n"
READ_B2 = "Batch B2: read the exports"


def job(rule, reason, message=""):
    return f"rule {rule}:\n" + (f"    message: {message}\n" if message else "") + f"    reason: {reason}\n\n"


def params(before, now):
    return (
        "Params have changed since last execution: Union of exclusive params before and now across all output: "
        f"before: {{'code': '1', {before}}} now: {{'code': '1', {now}}} "
    )


def test_nothing_to_do_is_said():
    assert explain("Nothing to be done (all requested files are present and up to date).")[0].startswith("Nothing")


def test_an_error_is_passed_on():
    with pytest.raises(ValueError, match="no such file"):
        explain("1 problem found; nothing was computed.\n  STOP E-FILE-001 config/plates.tsv: no such file")


def test_a_new_batch_and_what_follows():
    lines = explain(
        HEAD
        + job("read_batch", "Missing output files: results/batches/B2/wells.parquet", READ_B2)
        + job("collect_results", "Input files updated by another job: x; Set of input files has changed since last run")
        + job("join_clinical", "Input files updated by another job: results/study/results.parquet")
    )
    assert lines == [
        "Not made yet (results/batches/B2/wells.parquet):",
        "  Batch B2: read the exports",
        "Batches or files were added to the study or taken out of it:",
        "  collect results",
        "What is made from these follows:",
        "  join_clinical",
        "3 steps in all.",
    ]


def test_a_changed_cell_is_named_by_its_row():
    rows = "'plates': [{'plate': 'P1', 'include': True, 'reason': ''}, {'plate': 'P2', 'include': True, 'reason': ''}]"
    changed = rows.replace("True, 'reason': ''}]", "False, 'reason': 'clot'}]")
    lines = explain(HEAD + job("read_batch", params(rows, changed), "Batch B1: read the exports"))
    assert (
        lines[0] == "Settings or rows of sheets changed (plate P2: include yes → no; plate P2: reason nothing → clot):"
    )


def test_rows_added_and_removed_are_named():
    lines = explain(
        HEAD
        + job(
            "read_batch",
            params("'rows': [{'amendment': 'A1', 'what': 'x'}]", "'rows': [{'amendment': 'A2', 'what': 'x'}]"),
        )
    )
    assert "(amendment A2 added; amendment A1 removed)" in lines[0]


def test_an_edit_of_the_library_and_a_setting_at_once():
    lines = explain(
        HEAD
        + job(
            "describe",
            params(
                "'code': '2', 'settings': {'centre': 'mean'}", "'code': '3', 'settings': {'centre': 'geometric_mean'}"
            ),
        )
    )
    assert lines[0] == "The software was changed:"
    assert lines[2] == "Settings or rows of sheets changed (centre mean → geometric_mean):"


def test_a_replaced_file_and_a_plain_setting_are_named():
    before = "'files': {'raw/a.csv': '1', 'raw/b.csv': '1'}, 'quantity': 'change'"
    now = "'files': {'raw/a.csv': '2', 'raw/b.csv': '1'}, 'quantity': 'value'"
    lines = explain(HEAD + job("read_batch", params(before, now), "Batch B1: read the exports"))
    assert lines[0] == "Files that changed (raw/a.csv):"
    assert lines[2] == "Settings or rows of sheets changed (quantity change → value):"
