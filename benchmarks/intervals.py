"""Do the printed intervals hold the truth? Simulated studies through curves, acceptance, results, join and statistics.

`make benchmark-intervals` writes benchmarks/results/intervals.json.

Every study has seven participants seen six times, measured for every analyte of the demonstration that has plates (two
plates per kit, all samples of a person on one), with the demonstration's settings except `centre: geometric_mean`. The
truth is that of the population: the geometric mean of an analyte at a visit, and its ratio to baseline. Judged are
analytes whose results are nearly all quantified (share below LLOQ under 0.1 % over all studies); cells with any
censored result are counted and left out, as the aim is stated for analytes without values below LLOQ.

Keys: coverage_geometric_mean, coverage_ratio (share of intervals that hold the truth), the lowest and highest of one
analyte over its visits, and how many intervals stand behind each.
"""

import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from immunoassay import results, vocabulary
from immunoassay.acceptance.assess import assess_batch
from immunoassay.calibration.batch import calibrate_batch
from immunoassay.clinical.join import observations
from immunoassay.sheets import choices
from immunoassay.sheets.check import ROOT, check
from immunoassay.simulate import study as simulated
from immunoassay.simulate.panels import ANALYTES
from immunoassay.statistics.changes import biomarker_changes
from immunoassay.statistics.visit_summaries import visit_summaries
from immunoassay.tables import empty

STUDIES, SEED, PEOPLE = 200, 4000, 7
MEASURED = [analyte for analyte in ANALYTES if analyte.panel != "achr"]
NEARLY_ALL = 0.001  # largest share below LLOQ of an analyte that counts as "without values below LLOQ"
RESULT = Path(__file__).parent / "results/intervals.json"


def main(studies=STUDIES):
    """Run every study, print one line per analyte, write the figures."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = pd.concat(pool.map(one, range(SEED, SEED + int(studies))), ignore_index=True)
    below = found.groupby("variable")["share_below"].mean()
    judged = found[found["variable"].map(below) < NEARLY_ALL]
    whole = judged[judged["share_below"] == 0]
    figures = {
        "studies": int(studies),
        "first_seed": SEED,
        "analytes": int(whole["variable"].nunique()),
        "intervals_left_out_as_censored": len(judged) - len(whole),
    }
    for quantity, rows in whole.groupby("quantity"):
        each = rows.groupby("variable")["holds"].mean()
        print(each.map("{:.3f}".format).to_string(header=False))
        figures[f"coverage_{quantity}"] = round(float(rows["holds"].mean()), 4)
        figures[f"coverage_{quantity}_lowest_analyte"] = round(float(each.min()), 4)
        figures[f"coverage_{quantity}_highest_analyte"] = round(float(each.max()), 4)
        figures[f"intervals_{quantity}"] = len(rows)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def one(seed):
    """The intervals of one study: variable, visit, quantity, share_below, holds."""
    sheets = check(ROOT)
    study = simulated.study(seed, PEOPLE, analytes=MEASURED)
    frame, _ = observations(measured(study, sheets), clinical(study, sheets))
    settings = choices.statistics(sheets) | {"centre": "geometric_mean"}
    means, ratios = visit_summaries(frame, settings), biomarker_changes(frame, settings)
    effect = study.truth_effects.set_index(["analyte", "visit"])["ratio"]
    median = {analyte.name: analyte.median for analyte in MEASURED}
    means = means[(means["kind"] == "biomarker") & (means["quantity"] == "value")]
    parts = []
    for quantity, rows in (("geometric_mean", means), ("ratio", ratios)):
        truth = effect.loc[list(zip(rows["variable"], rows["visit"], strict=True))].to_numpy()
        if quantity == "geometric_mean":
            truth = truth * rows["variable"].map(median).to_numpy()
        holds = (rows["low"] <= truth) & (truth <= rows["high"])
        shares = rows["share_below"] if quantity == "geometric_mean" else rows["share_censored"]
        parts.append(
            pd.DataFrame(
                {
                    "variable": rows["variable"],
                    "quantity": quantity,
                    "share_below": shares.astype(float),
                    "holds": holds,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def measured(study, sheets):
    """The `results` table of a simulated study, judged as the demonstration judges its plates."""
    lots = [
        {"plate": plate.name, "kit_lot": plate.lot, "run_date": plate.run_date, "file": ""} for plate in study.plates
    ]
    by_analyte = {
        row["analyte"]: row for batch in choices.batches(sheets) for row in choices.calibration(sheets, batch)
    }
    panels = sheets.rows("panels")
    criteria = {path.stem: vocabulary.criteria(path) for path in sorted((ROOT / "resources/criteria").glob("*.yaml"))}
    curves, concentrations = calibrate_batch(study.wells, list(by_analyte.values()), lots, criteria)
    _, attempts = assess_batch(study.wells, empty("delivered"), curves, concentrations, lots, panels, criteria)
    factors = choices.unit_factors(sheets)
    analytes = [
        {**row, "unit_factor": factors[row["analyte"]]}
        for row in sheets.rows("analytes")
        if row["analyte"] in by_analyte
    ]
    rule = sheets.config["lloq_across_plates"]
    return results.collect(attempts, study.samples.to_dict("records"), analytes, rule, [])[0]


def clinical(study, sheets):
    """What the join needs: the demonstration's people and visits of the first course, every sample on its planned day."""
    known = choices.clinical(sheets)
    courses = [row for row in known["courses"] if row["course"] == "first"]
    visits = [row for row in known["visits"] if row["visit"] in simulated.VISITS]
    start = {row["participant"]: date.fromisoformat(str(row["day1_date"])) for row in courses}
    day = {row["visit"]: timedelta(days=row["day"] - 1) for row in visits}
    samples = [
        {**row, "collection_date": (start[row["participant"]] + day[row["visit"]]).isoformat()}
        for row in study.samples.to_dict("records")
    ]
    return known | {"courses": courses, "visits": visits, "samples": samples, "scores": [], "events": []}


if __name__ == "__main__":
    main(*sys.argv[1:])
