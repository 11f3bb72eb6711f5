"""What every kind of change reruns: exactly what depends on it. Planned on copies of finished studies.

Changes of different batches are planned together: what each of them reruns is seen by the batches of the jobs.
"""

import pytest

BATCH = ("read_batch", "calibrate_batch", "assess_batch")
STUDY = ("list_read_problems", "gate", "collect_results", "follow_controls", "join_clinical")
TARGET = "results/study/observations.parquet"
VACCINE, OLD_ACHR, NEW_ACHR = "2024-06-vaccine", "2024-06-achr", "2025-06-achr"


def planned(study):
    """{step: its batches} up to the observations, batch and study steps only."""
    return study.planned(TARGET)


def steps(*batches, of=BATCH):
    """What is planned when these batches run the steps `of`, and the study all of its own."""
    return dict.fromkeys(of, set(batches)) | dict.fromkeys(STUDY, set())


def row_of(study, sheet, key):
    path = study.folder / f"config/{sheet}.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()
    return lines[0].split("\t"), next(line for line in lines if line.startswith(f"{key}\t"))


def set_cells(study, sheet, key, **cells):
    """Write cells of one row; a column the sheet lacks is added."""
    path = study.folder / f"config/{sheet}.tsv"
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    for column in set(cells) - set(rows[0]):
        rows[0].append(column)
        rows[1:] = [[*row, ""] for row in rows[1:]]
    for row in rows:
        if row[0] == key:
            for column, value in cells.items():
                row[rows[0].index(column)] = value
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


def add_row(study, sheet, **cells):
    path = study.folder / f"config/{sheet}.tsv"
    columns = path.read_text(encoding="utf-8").splitlines()[0].split("\t")
    with path.open("a", encoding="utf-8") as file:
        file.write("\t".join(str(cells.get(column, "")) for column in columns) + "\n")


def remove_row(study, sheet, key):
    _, row = row_of(study, sheet, key)
    study.edit(f"config/{sheet}.tsv", row + "\n", "")


def amend(study, **cells):
    add_row(study, "amendments", who="KM", when="2025-07-01", **cells)


def add_plate(study, old, new):
    """A plate whose export is that of another one under its own name."""
    columns, row = row_of(study, "plates", old)
    row = dict(zip(columns, row.split("\t"), strict=True))
    export = study.folder / row["file"]
    path = export.with_name(f"{new}{export.suffix}")
    path.write_bytes(export.read_bytes().replace(old.encode(), new.encode()))
    add_row(study, "plates", **row | {"plate": new, "file": path.relative_to(study.folder).as_posix()})


def replace_export(study, plate):
    """The export of a plate made again, under another name, with the amendment that says so."""
    columns, row = row_of(study, "plates", plate)
    before = dict(zip(columns, row.split("\t"), strict=True))["file"]
    after = before.replace(plate, f"{plate}-again")
    (study.folder / after).write_bytes((study.folder / before).read_bytes() + b"\r\n")
    set_cells(study, "plates", plate, file=after)
    files = {"from": before, "to": after}
    amend(study, amendment="A92", what="re_export", plate=plate, reason="exported again with all analytes", **files)


def test_a_plate_set_aside_and_a_setting_of_another_panel_reach_their_own_batches(small_copy):
    set_cells(small_copy, "plates", "ACHR-02", include="no", reason="wrong reagent")
    set_cells(small_copy, "panels", "vaccine", min_dilution="2000")
    assert planned(small_copy) == steps(NEW_ACHR) | {"assess_batch": {NEW_ACHR, VACCINE}}


def test_a_name_reaches_the_batch_of_its_scope_and_an_unsigned_amendment_none(small_copy):
    text = "scope\tname\trole\tsample_id\nACHR-02\tP05-R-D1\tsample\tP05-R-D1\n"
    (small_copy.folder / "config/names.tsv").write_text(text, encoding="utf-8")
    add_row(
        small_copy, "amendments", amendment="A93", what="exclude_plate", plate="VAC-01", reason="nobody has decided"
    )
    assert planned(small_copy) == steps(NEW_ACHR)


def test_an_approval_reaches_what_tells_of_it_and_no_result(small_copy):
    text = f"batch\tsha256\twho\twhen\n{OLD_ACHR}\t{'a1' * 32}\tAB\t2025-07-01\n"
    (small_copy.folder / "config/approvals.tsv").write_text(text, encoding="utf-8")
    told = {
        "account_for_results",
        "write_workbook",
        "write_methods",
        "write_provenance",
        "write_report",
    }
    assert set(small_copy.jobs()) - {"all", "total"} == told


def test_a_setting_reaches_what_reads_it(small_copy):
    small_copy.edit("config/config.yaml", "lloq_across_plates: plate", "lloq_across_plates: max")
    assert planned(small_copy) == {"collect_results": set(), "join_clinical": set()}


def test_a_label_redraws_and_recomputes_nothing(small_copy):
    set_cells(small_copy, "analytes", "tetanus-IgG", label="Tetanus antibodies")
    jobs = small_copy.jobs()
    assert not {*BATCH, *STUDY} & set(jobs)
    drawn = {name: count for name, count in jobs.items() if name.startswith("draw_")}
    # clinical scores, for the biomarkers beside times to events; of quality the one kit
    assert drawn == {"draw_clinical": 1, "draw_biomarkers": 1, "draw_correlations": 1, "draw_quality": 1}


def test_batches_and_sheets_that_are_wrong_stop_the_run_before_any_job(small_copy):
    with (small_copy.folder / "config/config.yaml").open("a", encoding="utf-8") as file:
        file.write("batches: [2025-06-acrh]\n")
    text = small_copy.run("-n", check=False)
    assert small_copy.code_returned != 0
    assert "E-REF-010 config/config.yaml › batches: no plate is of batch" in text
    assert "did you mean 2025-06-achr?" in text
    assert "Traceback" not in text


@pytest.mark.slow
def test_five_changes_of_five_batches_reach_their_own(finished_copy):
    add_plate(finished_copy, "CYT-03", "CYT-04")
    replace_export(finished_copy, "CYT-01")
    set_cells(finished_copy, "plates", "VAC-02", include="no", reason="leak in row C")
    remove_row(finished_copy, "plates", "ISO-01")
    tubes = {"from": "P05-D1", "to": "P05-M2"}
    amend(finished_copy, amendment="A91", what="sample_id", plate="ISO-03", reason="tubes swapped", **tubes)
    batches = ("2025-06-cytokines", "2024-06-cytokines", "2024-06-vaccine", "2024-06-isotypes", "2025-06-isotypes")
    assert planned(finished_copy) == steps(*batches)


@pytest.mark.slow
def test_a_validated_limit_of_one_analyte_reaches_the_batches_of_its_panel(finished_copy):
    set_cells(finished_copy, "analytes", "IL-6", lloq_validated="0.5")
    assert planned(finished_copy) == steps("2024-06-cytokines", "2025-06-cytokines")


@pytest.mark.slow
def test_a_new_tube_and_a_declared_stability_reach_no_batch(small_copy):
    set_cells(small_copy, "panels", "vaccine", max_storage_days="365", max_freeze_thaw="3")
    assert planned(small_copy) == {"collect_results": set(), "join_clinical": set()}
    add_row(small_copy, "samples", sample_id="P01-X", participant="P01", course="first", visit="M3", freeze_thaw="1")
    assert planned(small_copy) == steps(of=())


@pytest.mark.slow
def test_a_caption_reruns_nothing(small_copy, tmp_path):
    from .study import Study, copy_code

    code = copy_code(tmp_path / "code")
    with (code / "workflow/report/figure_2.rst").open("a", encoding="utf-8") as caption:
        caption.write("\nOne sentence more.\n")
    assert "Nothing to be done" in Study(small_copy.folder, code).run("-n")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["rows removed", "batches named"])
def test_a_batch_that_no_longer_counts_reruns_no_batch_and_leaves_orphans(small_copy, how):
    if how == "rows removed":
        remove_row(small_copy, "plates", "ACHR-02")
    else:
        with (small_copy.folder / "config/config.yaml").open("a", encoding="utf-8") as file:
            file.write(f"batches: [{VACCINE}, {OLD_ACHR}]\n")
    assert planned(small_copy) == steps(of=())
    orphans = {line for line in small_copy.run("--list-untracked").splitlines() if line.startswith("results/")}
    left = (small_copy.folder / f"results/batches/{NEW_ACHR}").iterdir()
    assert {path.relative_to(small_copy.folder).as_posix() for path in left} <= orphans
    assert not [line for line in orphans if not line.startswith(f"results/batches/{NEW_ACHR}/")]


def test_why_names_the_cell(small_copy):
    from immunoassay.command.why import explain

    set_cells(small_copy, "plates", "VAC-02", include="no", reason="leak in row C")
    lines = explain(small_copy.dry())
    assert "plate VAC-02: include yes → no" in lines[0]
    assert lines[1] == "  Batch 2024-06-vaccine: read the exports"
