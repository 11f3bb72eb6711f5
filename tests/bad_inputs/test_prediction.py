"""What `check` expects before any curve: sound studies whole, and every loss with its reason."""

import json
import re
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.acceptance import expected_results
from immunoassay.command import check
from immunoassay.study.load import study_in
from immunoassay.study.members import Amendment

from .cases import study_runs


@pytest.fixture
def folder(sound, tmp_path):
    return shutil.copytree(sound[0], tmp_path / "study")


def edit(folder, sheet, change):
    """Write a sheet anew with each of its rows, as a dict, through `change`."""
    path = folder / f"config/{sheet}.tsv"
    header, *rows = study_runs.cells(path.read_text(encoding="utf-8"), "\t")
    rows = [change(dict(zip(header, row, strict=True))) for row in rows]
    path.write_text(study_runs.text_of([header, *(row.values() for row in rows if row)], "\t"), encoding="utf-8")


def where(key, value, **cells):
    return lambda row: row | cells if row[key] == value else row


def reading(folder):
    """The loaded study, its wells and delivered rows; batches that are known are not read again."""
    study = study_in(folder)
    read = [study_runs._reading(study, batch) for batch in study.batches]
    return study, [each["wells"] for each in read], [each["delivered"] for each in read]


def said(folder):
    return {line.strip().split(":")[0]: line.strip() for line in check.expected(*reading(folder))[1:]}


def test_of_the_sound_study_every_result_measured_is_expected(folder):
    lines = said(folder)
    results = study_runs.run(folder).tables["results"]
    assert set(lines) == set(results["panel"])
    assert lines["isotypes"] == "isotypes: 84 of 84 results"  # only the curve shows that its plate is to be rejected
    for panel, rows in results[results["panel"] != "isotypes"].groupby("panel"):
        reportable = int((~rows["status"].isin(["missing", "not_reportable"])).sum())
        assert lines[panel].startswith(f"{panel}: {reportable} of {len(rows)} results")


def test_a_quarantined_plate_has_no_result(folder):
    path = folder / "config/layouts/SBCMA-03.tsv"
    path.write_text(path.read_text(encoding="utf-8").replace("@100", "@neat"), encoding="utf-8")
    line = said(folder)["sbcma"]
    assert line.startswith("sbcma: 0 of") and "plate quarantined" in line


def test_a_plate_set_aside_by_hand_has_no_result(folder):
    edit(folder, "plates", where("plate", "CYT-03", include="no", reason="leak"))
    line = said(folder)["cytokines"]
    assert line.startswith("cytokines: 0 of") and "plate set aside" in line


def test_a_panel_without_controls_where_they_are_required_is_not_evaluable_unless_accepted(folder):
    edit(folder, "panels", where("panel", "cytokines", criteria_set="ich_m10_lba", accept_unproven=""))
    study, wells, delivered = reading(folder)
    without = [part[~((part["role"] == "control") & (part["panel"] == "cytokines"))] for part in wells]
    line = next(line for line in check.expected(study, without, delivered) if "cytokines" in line)
    assert "cytokines: 0 of" in line and "plate not evaluable (controls: 0 control levels in 0 wells" in line
    (other,) = (line for line in check.expected(study, without, delivered) if "requires" in line)
    count = re.search(r"cytokines: 0 of (\d+) results", line)[1]
    assert f"what ich_m10_lba requires cannot be evaluated, so none of its {count} results will be reportable" in other
    assert f"{count} under multiplex_exploratory would be" in other
    panels = tuple(replace(panel, accept_unproven="no control is sold") for panel in study.panels)
    study = replace(study, panels=panels)
    line = next(line for line in check.expected(study, without, delivered) if "cytokines" in line)
    assert "not evaluable" not in line and "cytokines: 0 of" not in line


def test_too_few_standards_reject_their_analyte_alone(folder):
    study, wells, delivered = reading(folder)
    few = [
        part[~((part["role"] == "standard") & (part["analyte"] == "IL-6") & (part["expected"].rank() > 4))]
        for part in wells
    ]
    line = next(line for line in check.expected(study, few, delivered) if "cytokines" in line)
    samples = len(study.samples)
    assert f"{samples} plate rejected (calibration levels: " in line and line.count("plate rejected") == 1


def test_a_delivery_without_limits_is_expected_whole_and_its_cancelled_rows_are_not(folder):
    before = said(folder)["achr"]
    study, wells, delivered = reading(folder)
    bare = [part.assign(lloq=pd.Series(float("nan"), index=part.index)) for part in delivered]
    assert any(before in line for line in check.expected(study, wells, bare))
    cancelled = [part.assign(disposition="rejected_by_laboratory") for part in delivered]
    line = next(line for line in check.expected(study, wells, cancelled) if "achr" in line)
    assert "achr: 0 of" in line and "rejected by laboratory" in line


def test_samples_that_are_on_no_plate_and_names_that_are_in_no_sheet(folder):
    study, wells, delivered = reading(folder)
    tube = next(tube.sample_id for tube in study.samples if tube.visit == "D1")
    typed = [part.assign(sample_id=part["sample_id"].replace(tube, "ZZ-1")) for part in wells]
    line = next(line for line in check.expected(study, typed, delivered) if "cytokines" in line)
    analytes = sum(analyte.panel == "cytokines" for analyte in study.analytes)
    assert f"{analytes} not tested" in line


def test_an_excluded_result_is_named(folder):
    study, wells, delivered = reading(folder)
    row = dict.fromkeys(("amendment", "plate", "well", "level", "from", "to", "reason", "who", "when"), "")
    row |= {"_row": 2, "what": "exclude_result", "sample_id": study.samples[0].sample_id, "analyte": "IL-6"}
    study = replace(study, amendments=(*study.amendments, Amendment.of(row)))
    line = next(line for line in check.expected(study, wells, delivered) if "cytokines" in line)
    assert "1 excluded by amendment" in line


def finished(folder):
    """The batch tables and the provenance file of a run in the folder, as far as `check` looks at them."""
    study, wells, delivered = reading(folder)
    made = study_runs.run(folder).tables
    for batch, part, rows in zip(study.batches, wells, delivered, strict=True):
        place = folder / "results/batches" / batch
        place.mkdir(parents=True)
        attempts = made["attempts"][list(tables.TABLES["attempts"].columns)]
        attempts = attempts[attempts["batch"] == batch]
        hit = attempts["analyte"] == "IL-6"
        attempts = attempts.assign(status=attempts["status"].mask(hit, "not_reportable"))
        attempts = attempts.assign(reason=attempts["reason"].mask(hit, "plate_rejected"))
        for name, frame in (("wells", part), ("delivered", rows), ("attempts", attempts)):
            tables.write(frame, name, place / f"{name}.parquet")
    run = {"config": study.config, "sheets": [], "layouts": [], "raw_files": [], "results": []}
    (folder / "results/provenance").mkdir()
    (folder / "results/provenance/run.json").write_text(json.dumps(run), encoding="utf-8")


def test_a_batch_that_has_not_changed_has_its_last_verdicts(folder):
    finished(folder)
    header, *lines = check.expected(*reading(folder))
    assert "5 batches unchanged" in header
    assert "plate rejected" in next(line for line in lines if "cytokines" in line)
    edit(folder, "plates", where("plate", "CYT-03", include="no", reason="leak"))
    header, *lines = check.expected(*reading(folder))
    assert "4 batches unchanged" in header
    assert "plate set aside" in next(line for line in lines if "cytokines" in line)


def test_other_settings_or_a_damaged_table_leave_no_verdict(folder):
    finished(folder)
    (folder / "results/batches/2025-06-cytokines/attempts.parquet").write_bytes(b"PAR1")
    assert "4 batches unchanged" in check.expected(*reading(folder))[0]
    config = folder / "config/config.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("seed: ", "seed: 9"), encoding="utf-8")
    assert "unchanged" not in check.expected(*reading(folder))[0] and "as in" not in check.expected(*reading(folder))[0]


def test_nothing_measured_gives_no_line():
    empty = [tables.empty("wells")], [tables.empty("delivered")]
    results = expected_results.predict(*empty, [], [], [], [{"sample_id": "A"}], {}, [], {})
    assert len(results) == 0 and expected_results.lines(results) == []
