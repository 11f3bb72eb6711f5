"""The simulation room: truth as specified, plates that calibrate back to it, exports that read back exactly, faults."""

import re
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from immunoassay import tables
from immunoassay.readers import recognition, wells
from immunoassay.simulate import assay, demo, faults, protocol, truth
from immunoassay.simulate.clean_study import Arm, read_plates, study
from immunoassay.simulate.exports import xponent_export
from immunoassay.simulate.generators import generator
from immunoassay.simulate.panels import ANALYTES, CYTOKINES, SBCMA, analytes_of, synthetic_cytokines
from immunoassay.study import load as sheets_study
from immunoassay.study.layouts import load_layout
from openpyxl import load_workbook

ROOT = Path(__file__).parents[2]
BY_NAME = {analyte.name: analyte for analyte in ANALYTES}


@pytest.fixture(scope="module")
def demonstration():
    return demo.build()


@pytest.fixture(scope="module")
def written(demonstration, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    demo.write(demonstration, folder)
    return folder


@pytest.fixture(scope="module")
def exports(written):
    return {run.path: recognition.read(written / run.path) for run in demo.RUNS}


def _contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _read_plate(run, exports):
    found = exports[run.path].plates
    return found[0] if not run.plate_in_file else next(plate for plate in found if plate.name == run.plate_in_file)


# --- files -----------------------------------------------------------------------------------------------------------


def test_the_committed_demonstration_is_what_the_command_writes(written):
    for name, content in _contents(written).items():
        assert (ROOT / name).read_bytes() == content, f"{name} differs from what the command writes"
    for folder in ("resources/demo", "config/layouts"):
        assert set(_contents(written / folder)) == set(_contents(ROOT / folder)), folder


def test_two_runs_of_the_command_write_the_same_bytes(written, tmp_path):
    demo.write(demo.build(), tmp_path)
    assert _contents(tmp_path) == _contents(written)


def test_the_files_stay_small(written):
    assert sum(map(len, _contents(written).values())) < 2_000_000


def test_every_export_says_that_it_is_simulated(written):
    raw = sorted((written / demo.RAW).glob("*/*"))
    assert len(raw) == len({run.path for run in demo.RUNS})
    for path in raw:
        if path.suffix == ".xlsx":
            text = " ".join(str(cell.value) for row in load_workbook(path).worksheets[0]["A1:A10"] for cell in row)
        else:
            text = path.read_text()
        assert "SIMULATED DEMONSTRATION" in text, path.name
    config = yaml.safe_load((written / "config/config.yaml").read_text())
    assert config["study"]["simulated"] is True


def test_the_sheets_load_without_a_problem(written):
    loaded = sheets_study.study_in(written)
    flags = [problem.code for problem in loaded.flags]  # participants outside the analysed set, the plate set aside
    assert flags == ["W-REF-012", "W-CMP-001"]
    assert (len(loaded.plates), len(loaded.participants), len(loaded.batches)) == (len(demo.RUNS), 16, 10)


# --- reading back ----------------------------------------------------------------------------------------------------


def test_every_export_is_recognised_as_its_family_alone(written):
    family = {".xlsx": "bioplex_workbook", ".txt": "gen5"}
    for run in demo.RUNS:
        expected = family.get(Path(run.file).suffix) or {
            "cytokines": "xponent",
            "vaccine": "msd_table",
            "achr": "result_table",
        }.get(run.panel.name)
        assert recognition.recognise(written / run.path) == [expected]


def test_no_export_has_a_problem_and_nothing_of_it_is_unknown(exports):
    for path, export in exports.items():
        assert not export.problems, path
        assert export.ignored in ([], ["Method"]), path


@pytest.mark.parametrize("run", [run for run in demo.RUNS if run.panel.platform != "laboratory"], ids=lambda r: r.plate)
def test_every_plate_reads_back_exactly(run, demonstration, exports, written):
    plate, read = demonstration.plates[run.plate], _read_plate(run, exports)
    frame = read.wells.set_index(["well", "analyte"])
    if run.layout:
        rows, problems = load_layout(written / run.layout, run.layout, _layout_schema())
        assert not problems
        layout = pd.DataFrame(rows).set_index("well")
        assert len(frame) == 96
        described = layout.loc[plate.wells["well"]]
        assert described["role"].to_list() == plate.wells["role"].to_list()
        assert described["sample_id"].to_list() == plate.wells["sample"].to_list()
        assert described["level"].to_list() == plate.wells["level"].to_list()
        sample = plate.wells["role"] == "sample"
        assert described.loc[sample.to_numpy(), "dilution"].eq(run.panel.dilution).all()
        assert set(layout.index[layout["role"] != "empty"]) == set(plate.wells["well"])
    else:
        assert len(frame) == plate.signal.size
    for position, analyte in enumerate(plate.analytes):
        name = "450" if run.layout else analyte.written
        own = frame.xs(name, level="analyte").loc[plate.wells["well"]]
        assert own["signal"].to_numpy() == pytest.approx(plate.signal[:, position], abs=1e-9)
        if run.layout:
            continue
        role = own["role"].fillna("sample")  # software that does not know the role of an unknown says nothing
        assert role.to_list() == plate.wells["role"].to_list()
        samples = (plate.wells["role"] == "sample").to_numpy()
        assert own.loc[samples, "sample"].to_list() == plate.wells.loc[samples, "sample"].to_list()
        assert own.loc[samples, "dilution"].eq(run.panel.dilution).all()
        known = plate.wells["level"].to_numpy() != ""
        assert own.loc[known, "level"].to_list() == plate.wells.loc[known, "level"].to_list()
        assert own["expected"].to_numpy() == pytest.approx(plate.expected[:, position], nan_ok=True)
        if plate.counts is not None:
            assert (own["bead_count"].to_numpy() == plate.counts[:, position]).all()
            assert own["net_signal"].to_numpy() == pytest.approx(plate.net[:, position], abs=1e-5)


def _layout_schema():
    return yaml.safe_load((ROOT / "workflow/schemas/layout.schema.yaml").read_text())


def test_the_materials_sheet_states_what_the_exports_state(written, demonstration):
    materials = tables.read_tsv(written / "config/materials.tsv").set_index(["panel", "kit_lot", "level", "analyte"])
    for plate in demonstration.plates.values():
        for index in [*plate.rows("standard"), *plate.rows("control")]:
            for position, analyte in enumerate(plate.analytes):
                row = materials.loc[(plate.panel.name, plate.lot, plate.wells["level"][index], analyte.name)]
                assert row["expected"] == pytest.approx(plate.expected[index, position], rel=1e-9)


def test_the_laboratory_reports_the_truth_within_its_error(exports, demonstration):
    for run in demo.RUNS:
        if run.panel.platform != "laboratory":
            continue
        frame = exports[run.path].frame.set_index("sample")
        known = demonstration.content.loc[frame.index, "anti-AChR"]
        below = known < 0.01
        assert frame.loc[below, "value"].isna().all() and frame.loc[below, "flag"].eq("below_range").all()
        assert np.abs(np.log(frame.loc[~below, "value"] / known[~below])).max() < 0.3
        assert frame["lloq"].isin([0.02, 0.5]).all()


def test_the_vendors_concentrations_follow_from_the_printed_curve(written, demonstration):
    """x = C ((B - A) / (y - A))^(1/F) - 1)^(1/D), times the dilution, from the coefficients as printed."""
    plate = demonstration.plates["CYT-03"]
    read = recognition.read(written / f"{demo.RAW}/2025-06-cytokines/CYT-03.csv").plates[0]
    curve = plate.net_curve
    row = plate.rows("sample")[0]
    for position, analyte in enumerate(plate.analytes):
        own = read.wells[(read.wells["analyte"] == analyte.written) & (read.wells["well"] == plate.wells["well"][row])]
        ratio = (curve.upper - curve.lower)[position] / (plate.net[row, position] - curve.lower[position])
        x = curve.midpoint[position] * (ratio ** (1 / curve.asymmetry[position]) - 1) ** (-1 / curve.slope[position])
        assert own["vendor_concentration"].iloc[0] == pytest.approx(2 * x, rel=1e-8)


def test_the_check_sum_of_an_xponent_export_covers_all_bytes_before_it(written):
    content = (written / f"{demo.RAW}/2024-06-cytokines/CYT-01.csv").read_bytes()
    before, _, after = content.partition(b"-- CRC --")
    assert int(re.search(rb"CRC32: ([0-9A-F]{8})", after)[1], 16) == zlib.crc32(before)


# --- planted faults --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def listing(written):
    return tables.read_tsv(written / "resources/demo/truth/faults.tsv", dtype="str").fillna("")


def test_every_fault_is_listed_and_explained(listing, written):
    planted = {
        "sample_id_typed_wrong", "standards_not_diluted", "standard_strength_075", "missing_sample", "duplicate_cv_60",
        "text_result", "contaminated_well", "above_uloq", "sample_not_in_sheet", "visit_outside_window",
        "all_below_lloq",
    }  # fmt: skip
    beads = {f"bead_count_{row[4]}" for row in faults.FEW_BEADS}
    assert set(listing["fault"]) == planted | beads
    readme = (written / "resources/demo/README.md").read_text()
    for row in listing.itertuples():
        assert row.expected and f"| {row.fault} |" in readme
        assert not row.file or (written / row.file).is_file()


def test_the_faults_lie_in_the_wells_the_listing_names(listing, exports, written):
    plates = {run.plate: run for run in demo.RUNS}
    for row in listing[listing["well"] != ""].itertuples():
        run = plates[row.plate]
        frame = _read_plate(run, exports).wells
        own = frame[frame["well"].isin(row.well.split(","))]
        if run.layout:
            continue
        assert set(own["sample"]) == {row.sample}
        if row.fault.startswith("bead_count"):
            own = own[own["analyte"] == BY_NAME[row.analyte].written]
            assert own["bead_count"].to_list() == [float(row.fault.rsplit("_", 1)[1])]


def test_only_the_planted_wells_have_few_beads(demonstration):
    low = sum(int((plate.counts < 50).sum()) for plate in demonstration.plates.values() if plate.counts is not None)
    assert low == len(faults.FEW_BEADS)
    counts = np.concatenate([p.counts.ravel() for p in demonstration.plates.values() if p.counts is not None])
    assert counts.max() <= 160 and 80 < np.median(counts) < 110


def test_the_undiluted_series_is_found_and_its_repeat_is_sound(demonstration, written):
    from immunoassay.simulate.clean_study import wells_table

    broken = wells.check_standards(wells_table(demonstration.plates["BAFF-01"], "b"))
    assert [problem.code for problem in broken] == ["E-STD-002"]
    assert not wells.check_standards(wells_table(demonstration.plates["BAFF-01R"], "b"))
    sheet = tables.read_tsv(written / "config/plates.tsv").set_index("plate")
    assert sheet.loc["BAFF-01", "include"] == "no" and "100 instead of 2" in sheet.loc["BAFF-01", "reason"]
    assert sheet.loc["BAFF-01R", "batch"] == sheet.loc["BAFF-01", "batch"]
    assert sheet["include"].eq("no").sum() == 1


def test_the_weak_standard_shows_in_the_controls(demonstration):
    """Controls of full strength read against standards at 0.75 of the stated strength recover 133 %."""
    plate = demonstration.plates["ISO-02"]
    recovery = plate.curve.concentration(plate.signal)[plate.rows("control")] / plate.expected[plate.rows("control")]
    assert np.median(recovery) == pytest.approx(4 / 3, rel=0.05)
    sound = demonstration.plates["ISO-01"]
    recovery = sound.curve.concentration(sound.signal)[sound.rows("control")] / sound.expected[sound.rows("control")]
    assert np.median(recovery) == pytest.approx(1, rel=0.06)


def test_the_spoiled_wells_read_as_planted(demonstration):
    plate, (_, sample, replicate, factor) = demonstration.plates["CYT-02"], faults.CONTAMINATED
    rows = np.flatnonzero(plate.wells["sample"] == sample)
    inside = plate.net_curve.concentration(plate.net)
    ratio = inside[rows[replicate]] / inside[rows[1 - replicate]]
    abundant = [index for index, analyte in enumerate(plate.analytes) if analyte.name in ("MCP-1", "IL-18", "IP-10")]
    assert ratio[abundant] == pytest.approx(factor, rel=0.35)
    plate, (_, sample, cv) = demonstration.plates["SBCMA-01"], faults.POOR_DUPLICATE
    pair = plate.curve.concentration(plate.signal)[np.flatnonzero(plate.wells["sample"] == sample), 0]
    assert 100 * pair.std(ddof=1) / pair.mean() == pytest.approx(cv, abs=12)


def test_the_amendments_name_what_is_in_the_exports(demonstration, written):
    sheet = tables.read_tsv(written / "config/amendments.tsv", dtype="str").set_index("what")
    plate = demonstration.plates[sheet.loc["sample_id", "plate"]]
    assert (plate.wells["sample"] == sheet.loc["sample_id", "from"]).sum() == 2
    assert not (plate.wells["sample"] == sheet.loc["sample_id", "to"]).any()
    well = sheet.loc["exclude_well", "well"]
    own = demonstration.plates[sheet.loc["exclude_well", "plate"]].wells.set_index("well")
    assert own.loc[well, "sample"] == faults.CONTAMINATED[1]
    assert sheet.loc["standard_strength", "to"] == "0.75"


def test_samples_missing_and_unknown(written, demonstration):
    sheet = tables.read_tsv(written / "config/samples.tsv")
    names = set(sheet["sample_id"])
    assert "P04-M6" not in names and "P04-M3" in names
    assayed = {
        (plate.name, sample)
        for plate in demonstration.plates.values()
        for sample in plate.wells.loc[plate.wells["role"] == "sample", "sample"]
        if sample not in names
    }
    assert assayed == {("CYT-01", "P20-M3"), ("CYT-02", "P08-D1")}
    assert len(names) == 53


def test_one_visit_lies_outside_its_window(demonstration):
    starts = protocol.courses().set_index(["participant", "course"])["day1_date"]
    visits = protocol.visits().set_index("visit")
    outside = []
    for row in demonstration.seen.itertuples():
        day = (pd.Timestamp(row.date) - pd.Timestamp(starts[row.participant, row.course])).days + 1
        rule = visits.loc[row.visit]
        if not rule["day"] - rule["window_before"] <= day <= rule["day"] + rule["window_after"]:
            outside.append((row.participant, row.visit, day))
    assert outside == [("P06", "M9", 272)]


def test_what_can_never_be_quantified_lies_far_below_its_lowest_standard(demonstration):
    for name in ("IL-4", "IgE"):
        analyte = BY_NAME[name]
        panel = CYTOKINES if name == "IL-4" else demonstration.plates["ISO-01"].panel
        lowest = analyte.top * panel.fold ** -(panel.levels - 1) * analyte.unit_factor * panel.dilution
        assert demonstration.content[name].max() < 0.6 * lowest


# --- truth -----------------------------------------------------------------------------------------------------------


def test_the_people_tell_the_story_of_the_trial(demonstration):
    scores = demonstration.scores.set_index(["participant", "course", "visit"])
    first = scores.xs("first", level="course")
    change = {
        visit: first.xs(visit, level="visit")[list(truth.SCORES)] - first.xs("D1", level="visit")[list(truth.SCORES)]
        for visit in ("M3", "M9", "M12", "M18")
    }
    minimum = np.array([3, 2, 3])
    improved = {visit: (-each[["MGC", "MG-ADL", "QMG"]] >= minimum).all(axis=1) for visit, each in change.items()}
    assert improved["M3"].sum() == improved["M9"].sum() == 7
    assert set(improved["M12"].index[~improved["M12"]]) == {"P05", "P06"}
    assert (change["M3"]["MG-QoL15r"] < 0).all()
    assert change["M18"].loc["P07", "MGC"] > -3
    means = {"M2": -10, "M3": -13, "M6": -13.5, "M9": -14, "M12": -10}
    for visit, mean in means.items():
        drop = first.xs(visit, level="visit")["MGC"] - first.xs("D1", level="visit")["MGC"]
        assert drop.mean() == pytest.approx(mean, abs=1.5)
    again = scores.xs("retreatment", level="course")["MG-ADL"]
    after = again[again.index.get_level_values("visit") != "D1"]
    assert after.groupby("participant").max().le(1).to_dict() == {"P05": True, "P06": False, "P07": True}
    relapses = protocol.events(demonstration.seen).query("event == 'relapse'")
    assert dict(zip(relapses["participant"], relapses["note"].str[-3:], strict=True)) == {
        "P05": "M12", "P06": "M12", "P07": "M18",
    }  # fmt: skip


def test_three_of_seven_carry_the_autoantibody_and_it_falls(demonstration):
    level = demonstration.content["anti-AChR"]
    carriers = sorted({sample[:3] for sample in level.index[level > 0.02]})
    assert carriers == sorted(protocol.CARRIERS) and len(carriers) == 3
    for name in carriers:
        assert level[f"{name}-M9"] < level[f"{name}-M6"] < 0.95 * level[f"{name}-D1"]
        assert level[f"{name}-M12"] == pytest.approx(level[f"{name}-M9"], rel=0.25)


def test_scores_are_whole_numbers_in_range_and_correlated_as_stated():
    drawn = pd.concat(
        [truth.scores(generator(1, "s", name), truth.person(1, name), "response", ["D1", "M3"]) for name in range(1500)]
    )
    assert all(np.issubdtype(kind, np.integer) for kind in drawn.dtypes)
    assert (drawn.min() >= 0).all() and (drawn.max() <= [50, 24, 39, 30]).all()
    baseline = drawn.loc["D1"]
    assert baseline.mean().to_numpy() == pytest.approx([18, 9, 16, 15], abs=0.5)
    assert baseline.std().to_numpy() == pytest.approx([6, 3, 5, 6], rel=0.1)
    assert baseline.corr().loc["MGC", "MG-ADL"] == pytest.approx(0.69, abs=0.08)
    assert baseline.corr().loc["QMG", "MG-QoL15r"] == pytest.approx(0.21, abs=0.08)


def test_concentrations_have_the_stated_spread_correlation_and_effect():
    analytes = [BY_NAME[name] for name in ("sBCMA", "BAFF", "APRIL", "IL-6")]
    people = [truth.person(2, f"X{number}") for number in range(900)]
    drawn = [truth.concentrations(2, each, analytes, "first", ["D1", "M3"]) for each in people]
    baseline = np.log(np.array([each.loc["D1"] for each in drawn]))
    later = np.log(np.array([each.loc["M3"] for each in drawn]))
    between = np.sqrt([np.log(a.gsd) ** 2 + np.log1p(a.cv**2) for a in analytes])
    assert baseline.mean(axis=0) == pytest.approx(np.log([a.median for a in analytes]), abs=0.06)
    assert baseline.std(axis=0) == pytest.approx(between, rel=0.07)
    effect = [np.log(a.effects.get("M3", 1)) for a in analytes]
    assert (later - baseline).mean(axis=0) == pytest.approx(effect, abs=0.06)
    correlation = np.corrcoef(baseline.T)
    assert correlation[1, 2] == pytest.approx(0.75, abs=0.06)  # 0.8 between people, less with variation within them
    severity = np.array([each.scores[0] for each in people])
    assert np.corrcoef(baseline[:, 1], severity)[0, 1] == pytest.approx(-0.22, abs=0.08)
    assert max(abs(analyte.severity) for analyte in ANALYTES) <= 0.35


def test_a_story_that_does_not_hold_is_refused():
    drawn = pd.DataFrame(
        [[18, 9, 16, 15], [4, 3, 8, 6], [17, 9, 15, 14]], index=["D1", "M9", "M12"], columns=list(truth.SCORES)
    )
    assert truth.follows(drawn, "relapse_M12")
    assert not truth.follows(drawn, "response")
    assert not truth.follows(drawn.assign(**{"MG-ADL": [5, 2, 5]}), "relapse_M12")


# --- plates ----------------------------------------------------------------------------------------------------------


def test_the_curve_and_its_inverse_by_hand():
    one = np.ones(1)
    curve = assay.Curve(10 * one, 110 * one, 100 * one, one, one)
    assert curve.signal(np.array([[100.0]])) == pytest.approx(60)  # halfway
    assert curve.signal(np.array([[0.0]])) == pytest.approx(10)
    assert curve.concentration(np.array([[60.0], [35.0], [10.0], [110.0]]))[:, 0] == pytest.approx(
        [100, 100 / 3, -np.inf, np.inf]
    )
    five = replace(curve, slope=1.3 * one, asymmetry=0.7 * one)
    assert five.concentration(five.signal(np.array([[37.0]]))) == pytest.approx(37)


def test_a_plate_holds_standards_controls_and_samples_in_pairs():
    plan = assay.place(CYTOKINES, [f"X{number}" for number in range(37)])
    assert len(plan) == 96 and plan["well"].is_unique
    assert plan.groupby(["role", "sample", "level"]).size().eq(2).all()
    assert plan.loc[plan["well"] == "H01", "role"].item() == "blank"
    assert plan.loc[plan["role"] == "sample", "dilution"].eq(2).all()
    with pytest.raises(ValueError, match="38 samples"):
        assay.place(CYTOKINES, [f"X{number}" for number in range(38)])


def test_a_plate_calibrates_back_to_its_truth():
    members = analytes_of(SBCMA)
    plan = assay.place(SBCMA, ["X1", "X2"])
    plate = assay.measure(5, "one", SBCMA, members, "lot", plan, {"X1": [20.0], "X2": [40.0]})
    found = plate.curve.concentration(plate.signal)[plate.rows("sample"), 0] * 100 * 1e-3
    assert found == pytest.approx([20, 40, 20, 40], rel=0.4)
    assert plate.signal == pytest.approx(np.round(plate.signal, 3), abs=1e-9)
    standards = plate.curve.concentration(plate.signal)[plate.rows("standard"), 0]
    assert np.median(standards / plate.expected[plate.rows("standard"), 0]) == pytest.approx(1, abs=0.06)


def test_a_plate_does_not_depend_on_what_else_is_drawn(demonstration):
    """Adding a batch, a person or an analyte changes no other plate, person or value."""
    run = next(run for run in demo.RUNS if run.plate == "CYT-03")
    alone = demo._plate(run, demonstration.content)
    assert (alone.signal == demonstration.plates["CYT-03"].signal).all()
    few, many = study(3, participants=4, plates=2), study(3, participants=8, plates=4)
    mine = few.truth_results.set_index(["sample_id", "analyte"])["concentration"]
    assert many.truth_results.set_index(["sample_id", "analyte"])["concentration"][mine.index].equals(mine)
    assert (many.plates[0].signal == few.plates[0].signal).all()


def test_every_plate_has_its_own_noise():
    members, plan = analytes_of(SBCMA), assay.place(SBCMA, ["X1"])
    one, other, again = (assay.measure(5, n, SBCMA, members, "lot", plan, {"X1": [20.0]}) for n in ("a", "b", "a"))
    assert (one.signal == again.signal).all()
    assert (one.signal != other.signal).mean() > 0.8
    assert (generator(1, "x", "y").random(4) != generator(1, "xy").random(4)).all()


# --- studies as frames -----------------------------------------------------------------------------------------------


def test_a_study_is_sized_by_its_arguments_and_keeps_the_contract():
    made = study(1, participants=6, visits=("D1", "M3"), analytes=5, plates=3)
    assert len(made.plates) == 3 and len(made.samples) == 12
    assert len(made.truth_results) == 12 * 5 and len(made.truth_scores) == 12
    assert made.wells["analyte"].nunique() == 5
    assert list(tables.conform(made.wells, "wells").columns) == list(tables.TABLES["wells"].columns)
    sampled = made.wells[made.wells["role"] == "sample"]
    person = sampled["sample_id"].str[:3]
    assert sampled.groupby(person)["plate"].nunique().eq(1).all()
    assert set(sampled["sample_id"]) == set(made.samples["sample_id"])
    blanks = made.wells[made.wells["role"] == "blank"]
    assert blanks.groupby(["plate", "analyte"])["signal"].mean().abs().max() < 1e-9


def test_a_study_covers_every_kit_that_has_plates_and_refuses_the_others():
    kits = [analyte for analyte in ANALYTES if analyte.panel != "achr"]
    made = study(4, analytes=kits, plates=2)
    assert made.wells.groupby("panel")["plate"].nunique().eq(2).all()
    assert made.wells["panel"].nunique() == 6
    with pytest.raises(ValueError, match="anti-AChR is delivered by a laboratory"):
        study(4, analytes=ANALYTES)
    with pytest.raises(ValueError, match="do not fit"):
        study(4, participants=7, plates=1)


def test_other_effects_are_an_argument_away():
    strong = [replace(analyte, effects={"M3": 0.2}) for analyte in analytes_of(SBCMA)]
    made = study(6, participants=30, visits=("D1", "M3"), analytes=strong, plates=2)
    level = np.log(made.truth_results["concentration"].to_numpy()).reshape(30, 2)
    assert np.exp((level[:, 1] - level[:, 0]).mean()) == pytest.approx(0.2, rel=0.25)
    assert made.truth_effects.set_index("visit")["ratio"].to_dict() == {"D1": 1.0, "M3": 0.2}


def test_arms_have_effects_and_scores_of_their_own():
    arms = [Arm("placebo", {}, "no_response"), Arm("active", {"sBCMA": {"M3": 0.3}})]
    made = study(9, participants=40, visits=("D1", "M3"), analytes=analytes_of(SBCMA), plates=3, arms=arms)
    assert made.people["arm"].to_list() == ["placebo", "active"] * 20
    level = np.log(made.truth_results["concentration"].to_numpy()).reshape(40, 2)
    change = pd.Series(level[:, 1] - level[:, 0]).groupby(made.people["arm"]).mean()
    assert np.exp(change["placebo"]) == pytest.approx(1, rel=0.12) and np.exp(change["active"]) == pytest.approx(
        0.3, rel=0.15
    )
    true = made.truth_effects.set_index(["arm", "visit"])["ratio"].to_dict()
    assert true == {("placebo", "D1"): 1, ("placebo", "M3"): 1, ("active", "D1"): 1, ("active", "M3"): 0.3}
    scores = made.truth_scores.pivot(index="participant", columns="visit", values="MGC").join(
        made.people.set_index("participant")
    )
    drop = (scores["M3"] - scores["D1"]).groupby(scores["arm"]).mean()
    assert drop["active"] < -10 and drop["placebo"] > -3
    alone = study(9, participants=40, visits=("D1", "M3"), analytes=analytes_of(SBCMA), plates=3, arms=arms[:1])
    same = made.people["arm"] == "placebo"
    both = [each.truth_results["concentration"].to_numpy().reshape(40, 2)[same] for each in (made, alone)]
    assert (both[0] == both[1]).all() and alone.people["arm"].eq("placebo").all()


def test_plates_for_scale_read_back(tmp_path):
    plates = list(read_plates(8, participants=12, analytes=30, plates=2))
    assert [plate.name for plate in plates] == ["cytokines-0001", "cytokines-0002"]
    assert len({analyte.name for analyte in synthetic_cytokines(30)}) == 30
    path = tmp_path / "plate.csv"
    xponent_export.write(plates[1], path)
    frame = recognition.read(path).plates[0].wells
    assert len(frame) == plates[1].signal.size == 94 * 30
    assert frame["signal"].to_numpy().reshape(plates[1].signal.shape) == pytest.approx(plates[1].signal)
