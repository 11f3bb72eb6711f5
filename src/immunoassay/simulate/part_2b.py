"""The demonstration's second, randomised part: a study folder of its own, regenerated with the same bytes.

`immunoassay demo DIR --part 2b` writes DIR/config (sheets, plate layouts, unblinding), DIR/raw (exports by batch) and
DIR/truth. Every person's samples lie on one plate of a kit, except in the sBCMA ELISA: its kit lot changed between
baseline and the later visits, and samples read higher with the second lot (standards and controls agree in both, so that
only the pool and the samples measured with both lots show it).
"""

from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
from immunoassay.simulate import assay, bundled, protocol, randomised, study_sheets, truth
from immunoassay.simulate.bundled import Run, Simulated
from immunoassay.simulate.exports import result_table_export
from immunoassay.simulate.generators import generator
from immunoassay.simulate.panels import (
    ACHR,
    ANALYTES,
    APRIL,
    BAFF,
    CYTOKINES,
    ISOTYPES,
    SBCMA,
    VACCINE,
    analytes_of,
)

SEED = 20260344  # one whose plates leave the shift of the lot near what was planted, and in which no absence is claimed
POOL = "POOL-SERUM"  # on every plate
LOT_SHIFT = 1.3  # of what samples read in the second sBCMA lot over the first
LOTS = ("SIM-SBCMA-25A", "SIM-SBCMA-25B")
BRIDGES = ("B01", "B03", "B05", "B08", "B11", "B13", "B16", "B18", "B21", "B23", "B26", "B28")  # D1 tubes, both lots
_PEOPLE = randomised.people(SEED)
_SEEN = randomised.calendar(SEED, _PEOPLE)
_EFFECTS = randomised.effects()


def _run(plate, panel, batch, samples, file, run_date, lot="", **more):
    samples = (*samples, POOL) if panel is not ACHR else tuple(samples)
    lot = lot or f"SIM-{panel.name.upper()}-25"
    return Run(plate, batch, panel, samples, file, run_date, lot, "raw", **more)


def _samples(people, visits=("D1", "M3", "M6")):
    return protocol.sample_names(_SEEN[_SEEN["visit"].isin(visits)], "first", people)


def _runs():
    tens = [(f"{number:02d}", _samples(each)) for number, each in enumerate(np.split(np.array(randomised.NAMES), 3), 1)]
    for name, panel, ending, day in (("CYT", CYTOKINES, "csv", "2025-10-09"), ("ISO", ISOTYPES, "xlsx", "2025-10-11")):
        for number, samples in tens:
            yield _run(f"{name}-{number}", panel, f"2025-10-{panel.name}", samples, f"{name}-{number}.{ending}", day)
    for name, panel, day in (("BAFF", BAFF, "2025-10-15"), ("APRIL", APRIL, "2025-10-16")):
        for number, samples in tens:
            where = {"plate_in_file": f"Plate {int(number)}", "operator": "TR"}
            yield _run(f"{name}-{number}", panel, "2025-10-bcma-axis", samples, f"{name}.txt", day, **where)
    for number, samples in tens:
        where = {"plate_in_file": f"Plate_VAC-{number}"}
        yield _run(f"VAC-{number}", VACCINE, "2025-10-vaccine", samples, "VAC.csv", "2025-10-17", **where)
    everybody = _samples(randomised.NAMES)
    yield _run("ACHR-01", ACHR, "2025-10-achr", everybody, "anti-AChR_results.csv", "2025-10-19")
    baseline = _samples(randomised.NAMES, ["D1"])
    where = {"plate_in_file": "Plate 1", "operator": "TR"}
    yield _run("SBCMA-01", SBCMA, "2025-05-sbcma", baseline, "SBCMA.txt", "2025-05-13", LOTS[0], **where)
    for number, people in enumerate(np.split(np.array(randomised.NAMES), 2)):
        again = _samples(BRIDGES[number * 6 : number * 6 + 6], ["D1"])
        where = {"plate_in_file": f"Plate {number + 1}", "operator": "TR"}
        samples = _samples(people, ["M3", "M6"]) + again
        yield _run(
            f"SBCMA-{number + 2:02d}", SBCMA, "2025-10-sbcma", samples, "SBCMA.txt", "2025-10-18", LOTS[1], **where
        )


RUNS = tuple(_runs())


def build() -> Simulated:
    """Simulate the study."""
    content = _content()
    plates = {run.plate: _plate(run, content) for run in RUNS if run.panel is not ACHR}
    return Simulated(_SEEN, content, _scores(), plates)


def write(study: Simulated, out: str | Path) -> None:
    """Write all its files below the folder `out`."""
    out = Path(out)
    laboratory = {run.plate: _laboratory(run, study.content) for run in RUNS if run.panel is ACHR}
    bundled.write_exports(RUNS, study.plates, laboratory, out)
    _write_sheets(study, out / "config")
    _write_truth(study, out / "truth")
    (out / "README.md").write_text(_README, encoding="utf-8")


def _content():
    """True concentrations: one row per sample and for the pool, one column per analyte."""
    arms = {arm: _analytes(arm) for arm in randomised.ARMS}
    carriers = set(_PEOPLE.loc[_PEOPLE["antibody"] == "AChR", "participant"])
    parts = []
    for row in _PEOPLE.itertuples():
        own = _SEEN[(_SEEN["participant"] == row.participant) & _SEEN["sampled"]]
        drawn = truth.concentrations(
            SEED, _someone(row.participant), arms[row.arm], "first", own["visit"], carriers=carriers
        )
        drawn.index = protocol.sample_names(own, "first", [row.participant])
        for name, effect in randomised.STEROID_EFFECT.items():
            drawn[name] *= effect ** (row.steroid_dose / 10)
        parts.append(drawn)
    pool = pd.DataFrame({analyte.name: [analyte.median] for analyte in ANALYTES}, index=[POOL])
    return pd.concat([*parts, pool])


def _analytes(arm):
    own = _EFFECTS[_EFFECTS["arm"] == arm]
    effects = {name: dict(zip(rows["visit"], rows["ratio"], strict=True)) for name, rows in own.groupby("analyte")}
    return [replace(analyte, effects=effects.get(analyte.name, {})) for analyte in ANALYTES]


def _someone(name):
    """A person ill enough for the trial: the first of those drawn whose MG-ADL is expected to be above 7."""
    drawn = (truth.person(SEED, f"{name} {number}") for number in count())
    return replace(next(each for each in drawn if each.scores[truth.SCORES.index("MG-ADL")] > -0.6), name=name)


def _scores():
    """Scores, redrawn person by person until they tell the story of the person's pattern."""
    parts = []
    for row in _PEOPLE.itertuples():
        own = _SEEN[_SEEN["participant"] == row.participant]
        rng, someone = generator(SEED, "scores", row.participant), _someone(row.participant)
        drawn = truth.scores(rng, someone, row.pattern, own["visit"])
        while not truth.follows(drawn, row.pattern):
            drawn = truth.scores(rng, someone, row.pattern, own["visit"])
        columns = own[["participant", "course", "visit", "date"]].reset_index(drop=True)
        parts.append(columns.join(drawn.reset_index(drop=True)))
    return pd.concat(parts, ignore_index=True)


def _plate(run, content):
    members = analytes_of(run.panel)
    columns = [analyte.name for analyte in members]
    inside = dict(zip(content.index, content[columns].to_numpy(), strict=True))
    wells = assay.place(run.panel, run.samples)
    shift = LOT_SHIFT if run.lot == LOTS[1] else 1.0
    factors = np.where((wells["role"] == "sample").to_numpy(), shift, 1.0)[:, None]
    plate = assay.measure(SEED, run.plate, run.panel, members, run.lot, wells, inside, factors=factors)
    plate.run_date, plate.operator = run.run_date, run.operator
    return plate


def _laboratory(run, content):
    analyte = analytes_of(ACHR)[0]
    rng, values = generator(SEED, "plate", run.plate), content.loc[list(run.samples), analyte.name]
    return result_table_export.report(
        rng, run.samples, analyte, values, lloq=0.02, uloq=80, cv=0.06, reported=run.run_date
    )


def _write_sheets(study, folder):
    kits = {
        run.lot: (run.panel, run.lot, analytes_of(run.panel), "2026-09-30") for run in RUNS if run.panel is not ACHR
    }
    for name, frame in (
        ("panels", study_sheets.panels()),
        ("analytes", study_sheets.analytes()),
        ("materials", study_sheets.materials(kits.values())),
        ("plates", bundled.plates_sheet(RUNS)),
        ("samples", protocol.samples(study.seen)),
        ("participants", randomised.participants(_PEOPLE)),
        ("visits", randomised.visits()),
        ("courses", randomised.courses(_PEOPLE)),
        ("events", randomised.events(_PEOPLE, study.seen)),
        ("scores", study.scores),
        ("unblinding", _PEOPLE[["participant", "arm"]]),
    ):
        study_sheets.write_tsv(frame, folder / f"{name}.tsv")
    (folder / "config.yaml").write_text(_CONFIG, encoding="utf-8")


def _write_truth(study, folder):
    for name, frame in (
        ("results", bundled.true_results(study.content)),
        ("effects", _true_effects()),
        ("people", _PEOPLE[["participant", "arm", "pattern"]]),
        ("lots", pd.DataFrame([("sbcma", *LOTS, LOT_SHIFT)], columns=["panel", "lot_old", "lot_new", "ratio"])),
        ("covariates", _true_covariates()),
    ):
        study_sheets.write_tsv(frame, folder / f"truth_{name}.tsv")


def _true_effects():
    """One row per analyte and later visit: ratio to baseline in each arm, and active over placebo."""
    known = _EFFECTS.set_index(["analyte", "visit", "arm"])["ratio"]
    rows = []
    for analyte in ANALYTES:
        for visit, *_ in randomised.VISITS[1:]:
            placebo, active = (known.get((analyte.name, visit, arm), 1.0) for arm in randomised.ARMS)
            rows.append((analyte.name, visit, placebo, active, float(f"{active / placebo:.6g}")))
    return pd.DataFrame(rows, columns=["analyte", "visit", "ratio_placebo", "ratio_active", "ratio_active_to_placebo"])


def _true_covariates():
    rows = [(name, "steroid_dose", "10 mg a day", ratio) for name, ratio in randomised.STEROID_EFFECT.items()]
    return pd.DataFrame(rows, columns=["analyte", "covariate", "per", "ratio"])


_CONFIG = """\
# The demonstration's second, randomised part: a SIMULATED study. No person, sample or value in it is real.
# Every key is explained in config/README.md of the workflow; what is left out takes its default.

study:
  title: "Simulated demonstration, part 2b: placebo-controlled anti-BCMA mRNA CAR-T cells in generalised myasthenia gravis"
  simulated: true # prints SIMULATED on every figure and page
  note: "All data are simulated; two arms of fifteen, effects and their absence are planted (truth/)."

primary_visit: M3 # the one visit at which change from baseline, and the arms, are tested

compare:
  arm: {reference: placebo, from: unblinding} # blinded while config/unblinding.tsv is not there
  responder: {}
responder: {score: MG-ADL}
include:
  anti-AChR: {antibody: [AChR]}
covariates: [age, steroid_dose]
plan:
  - {question: group_comparison, role: primary, factor: arm, groups: [immunoglobulin]}
  - {question: responders, role: primary, factor: arm}
  - {question: group_comparison, factor: arm, groups: [bcma_axis, autoantibody, cytokine, vaccine]}
  - {question: time_to_event, factor: arm}

bridging:
  pools: [POOL-SERUM] # lies on every plate

figures: # groups are those of config/analytes.tsv
  scores: [MGC, MG-ADL, QMG, MG-QoL15r]
  cytokine_groups: [cytokine]
  cytokine_visits: [D1, M3]
  autoantibody_groups: [autoantibody]
  antigen_groups: [vaccine]
  class_groups: [immunoglobulin]
  axis_groups: [bcma_axis]
"""

_README = f"""\
# Demonstration study, part 2b (simulated)

Everything here is **simulated**: no person, sample or number in it is real. A study folder of its own: thirty people with
generalised myasthenia gravis, randomised to placebo and active (fifteen each, blinded infusions), seen on day 1 and at
months 3 and 6. `immunoassay demo DIR --part 2b` writes it anew, with the same bytes, and runs it.

- `config/`: the sheets. Who had what is in `unblinding.tsv` alone; without that file everything runs and no output holds
  an arm.
- `raw/BATCH/`: exports of six kits on 18 plates, and a reference laboratory's results.
- `truth/`: what was put in. `truth_effects.tsv` (geometric mean ratio to day 1 in each arm, and active over placebo; 1 is a
  planted absence), `truth_people.tsv` (arm, and whether the scores respond, relapse or do not respond),
  `truth_results.tsv` (concentration of every sample), `truth_lots.tsv`, `truth_covariates.tsv`.

What to look for:

- IgG subclasses, IgA, IgM, sBCMA and anti-AChR fall and BAFF rises in the active arm; MCP-1 falls in both arms, which a
  comparison with baseline alone would take for an effect; twelve other cytokines, APRIL and vaccine antibodies do nothing.
- The kit lot of the sBCMA ELISA changed between day 1 and the later visits, and samples read {LOT_SHIFT:g} times higher with
  the second lot. Standards and controls agree in both lots; the pool and twelve samples measured with both show it. The
  change of sBCMA from day 1 is therefore also a change of lot: it nearly vanishes in the active arm and seems a rise under
  placebo, while the ratio of the arms is untouched.
- anti-AChR is in people with that antibody only. BAFF is lower in people with more prednisone.
- {randomised.WITHDRAWN} withdrew after month 3; the tube of {randomised.NOT_SAMPLED[0][0]} at month 3 was lost.
"""
