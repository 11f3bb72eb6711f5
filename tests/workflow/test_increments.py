"""What every kind of change reruns: exactly what depends on it. Planned on a copy of the finished study."""

import pytest

BATCH = ("read_batch", "calibrate_batch", "assess_batch")
STUDY = ("list_read_problems", "gate", "collect_results", "join_clinical")
TARGET = "results/study/observations.parquet"


def planned(study):
    """{step: jobs} up to the observations, batch and study steps only."""
    jobs = study.jobs(TARGET)
    jobs.pop("total", None)
    return jobs


def batches(count, steps=BATCH):
    return dict.fromkeys(steps, count) | dict.fromkeys(STUDY, 1)


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


def test_a_plate_added_to_an_old_batch(copy):
    columns, old = row_of(copy, "plates", "CYT-03")
    row = dict(zip(columns, old.split("\t"), strict=True))
    export = copy.folder / row["file"]
    new = export.with_name("CYT-04.csv")
    new.write_bytes(export.read_bytes().replace(b"CYT-03", b"CYT-04"))
    add_row(copy, "plates", **row | {"plate": "CYT-04", "file": new.relative_to(copy.folder).as_posix()})
    assert planned(copy) == batches(1)


def test_a_replaced_export(copy):
    columns, old = row_of(copy, "plates", "CYT-03")
    before = dict(zip(columns, old.split("\t"), strict=True))["file"]
    after = before.replace("CYT-03", "CYT-03-again")
    (copy.folder / after).write_bytes((copy.folder / before).read_bytes() + b"\r\n")
    set_cells(copy, "plates", "CYT-03", file=after)
    add_row(
        copy, "amendments", amendment="A92", what="re_export", plate="CYT-03", **{"from": before, "to": after},
        reason="exported again with all analytes", who="KM", when="2025-07-01",
    )  # fmt: skip
    assert planned(copy) == batches(1)


def test_an_excluded_plate(copy):
    set_cells(copy, "plates", "CYT-02", include="no", reason="leak in row C")
    assert planned(copy) == batches(1)


def test_a_plate_set_aside_and_a_setting_of_another_panel_at_once_reach_their_own_batches(copy):
    set_cells(copy, "plates", "CYT-02", include="no", reason="leak in row C")
    set_cells(copy, "panels", "isotypes", min_dilution="2")
    assert planned(copy)["assess_batch"] == 3


def test_an_amended_sample_name(copy):
    add_row(
        copy, "amendments", amendment="A91", what="sample_id", plate="ISO-03", **{"from": "P05-D1", "to": "P05-M2"},
        reason="tubes swapped", who="KM", when="2025-07-01",
    )  # fmt: skip
    assert planned(copy) == batches(1)


def test_a_validated_limit_of_one_analyte_reaches_the_batches_of_its_panel(copy):
    set_cells(copy, "analytes", "IL-6", lloq_validated="0.5")
    assert planned(copy) == batches(2)


def test_a_setting_reaches_what_reads_it(copy):
    copy.edit("config/config.yaml", "lloq_across_plates: plate", "lloq_across_plates: max")
    assert planned(copy) == {"collect_results": 1, "join_clinical": 1}


def test_a_new_tube_and_a_declared_stability_reach_no_batch(copy):
    set_cells(copy, "panels", "cytokines", max_storage_days="365", max_freeze_thaw="3")
    assert planned(copy) == {"collect_results": 1, "join_clinical": 1}
    add_row(copy, "samples", sample_id="P01-X", participant="P01", course="first", visit="M3", freeze_thaw="1")
    assert planned(copy) == dict.fromkeys(STUDY, 1)


def test_a_label_reaches_no_batch(copy):
    set_cells(copy, "analytes", "IL-6", label="Interleukin 6")
    assert "Nothing to be done" in copy.run("-n", TARGET)
    assert set(copy.jobs()) & set(BATCH) == set()


def test_a_caption_reruns_nothing(finished):
    caption = finished.code / "workflow/report/figure_2.rst"
    text = caption.read_text(encoding="utf-8")
    caption.write_text(text + "\nOne sentence more.\n", encoding="utf-8")
    try:
        assert "Nothing to be done" in finished.run("-n")
    finally:
        caption.write_text(text, encoding="utf-8")


def test_a_removed_plate_reruns_its_batch(copy):
    _, old = row_of(copy, "plates", "ISO-01")
    copy.edit("config/plates.tsv", old + "\n", "")
    assert planned(copy) == batches(1)


@pytest.mark.parametrize("how", ["rows removed", "batches named"])
def test_a_batch_that_no_longer_counts_reruns_no_batch_and_leaves_orphans(copy, how):
    last = "2025-06-achr"
    if how == "rows removed":
        _, old = row_of(copy, "plates", "ACHR-02")
        copy.edit("config/plates.tsv", old + "\n", "")
    else:
        others = sorted({path.name for path in (copy.folder / "results/batches").iterdir()} - {last})
        with (copy.folder / "config/config.yaml").open("a", encoding="utf-8") as file:
            file.write(f"batches: {others}\n")
    assert planned(copy) == dict.fromkeys(STUDY, 1)
    orphans = {line for line in copy.run("--list-untracked").splitlines() if line.startswith("results/")}
    assert {
        path.relative_to(copy.folder).as_posix() for path in (copy.folder / f"results/batches/{last}").iterdir()
    } <= orphans
    assert not [line for line in orphans if not line.startswith(f"results/batches/{last}/")]


def test_a_batch_that_is_not_there_stops_the_run(copy):
    with (copy.folder / "config/config.yaml").open("a", encoding="utf-8") as file:
        file.write("batches: [2025-06-acrh]\n")
    text = copy.run("-n", check=False)
    assert copy.code_returned != 0
    assert "E-REF-010 config/config.yaml › batches: no plate is of batch" in text
    assert "did you mean 2025-06-achr?" in text


def test_why_names_the_cell(copy):
    from immunoassay.command.why import explain

    set_cells(copy, "plates", "CYT-02", include="no", reason="leak in row C")
    lines = explain(copy.run("-n"))
    assert "plate CYT-02: include yes → no" in lines[0]
    assert lines[1] == "  read the exports of batch 2024-06-cytokines"
