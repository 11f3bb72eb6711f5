"""Is what the report says true? Simulated studies through curves, acceptance, results, join and statistics.

`make benchmark-intervals` writes benchmarks/results/intervals.json and the section "Whole studies" of docs/validation.md.

Every study has seven participants seen six times, measured for every analyte of the demonstration that has plates (two
plates per kit, all samples of a person on one), with the demonstration's settings. The truth is that of the population
(`statements`): the centre of an analyte at a visit, its ratio to baseline, the share below LLOQ, the change of a score,
and which analytes go along with the severity of disease at baseline; no change and no course within participants
belongs to that of a score.

Keys: studies, first_seed; coverage_geometric_mean and coverage_ratio (tier A) for the analytes whose results are nearly
all quantified, with the lowest and highest of one analyte over its visits; then, for every kind of statement,
holds_... (share of intervals that hold the truth), rejects_... (share of p <= 0.05 where the truth is none), any_...
(share of families with an adjusted p <= 0.05 where the truth is none), wrong_... (share of statements that claim the
direction opposite to the truth), claims_... (share of claims of a direction that name the true one), and n_... of each;
least_holds, most_rejects, most_any, most_wrong over those made 100 times or more.
"""

import json
import os
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from benchmarks import statements
from benchmarks.statistics_page import replace_section
from immunoassay.acceptance.assess import assess_batch
from immunoassay.calibration.batch_curves import calibrate_batch
from immunoassay.clinical.join import observations
from immunoassay.files.house import HOUSE
from immunoassay.results import collection
from immunoassay.simulate import clean_study as simulated
from immunoassay.simulate.panels import ANALYTES
from immunoassay.statistics.associations import associations
from immunoassay.statistics.biomarker_changes import biomarker_changes
from immunoassay.statistics.score_changes import score_changes
from immunoassay.statistics.visit_summaries import visit_summaries
from immunoassay.study import rule_rows, vocabulary
from immunoassay.study.load import study_in
from immunoassay.tables import conform, empty

STUDIES, SEED, PEOPLE, OFTEN = 200, 4000, 7, 100
MEASURED = [analyte for analyte in ANALYTES if analyte.panel != "achr"]
QUANTIFIED = {"geometric mean, all quantified": "geometric_mean", "ratio, tier A": "ratio"}
TABLES = {
    "visit_summaries": visit_summaries,
    "biomarker_changes": biomarker_changes,
    "score_changes": score_changes,
    "associations": associations,
}
AIMS = {
    "holds": ("95 % intervals and bounds that hold the truth", "at least 92 %"),
    "rejects": ("p \N{LESS-THAN OR EQUAL TO} 0.05 where there is nothing", "at most 5.5 %"),
    "any": ("families with an adjusted p \N{LESS-THAN OR EQUAL TO} 0.05 where there is nothing", "at most 5.5 %"),
    "wrong": ("statements that claim the direction opposite to the truth", "at most 2.5 %"),
    "claims": ("claims of a direction that name the true one", "none; where the truth is weak, many do not"),
}
RESULT = Path(__file__).parent / "results/intervals.json"
PAGE = Path(__file__).parents[1] / "docs/validation.md"


def main(studies=STUDIES):
    """Run every study, write the figures and the page."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = pd.concat(pool.map(one, range(SEED, SEED + int(studies))), ignore_index=True)
    rates = found.groupby(["kind", "what"])["right"].agg(["mean", "size"])
    for kind in ("rejects", "any", "wrong"):
        rates.loc[kind, "mean"] = 1 - rates.loc[[kind], "mean"].to_numpy()
    figures = {"studies": int(studies), "first_seed": SEED, **_quantified(found), **_rates(rates)}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    replace_section(PAGE, "## Whole studies", _page(figures, rates))
    print(RESULT.read_text(encoding="utf-8"))


def one(seed):
    """The judgements of one study."""
    sheets = study_in(HOUSE)
    study = simulated.study(seed, PEOPLE, analytes=MEASURED)
    frame, _ = observations(measured(study, sheets), clinical(study, sheets))
    settings = rule_rows.statistics(sheets)
    return statements.judge({name: build(frame, settings) for name, build in TABLES.items()}, frame, MEASURED, settings)


def _quantified(found):
    """Coverage by analyte, of those all of whose results were quantified in every study."""
    figures = {}
    censored = set(found.loc[found["what"].str.contains("some below|tier [BCD]"), "variable"])
    for what, name in QUANTIFIED.items():
        rows = found[(found["what"] == what) & ~found["variable"].isin(censored)]
        each = rows.groupby("variable")["right"].mean()
        figures |= {
            f"coverage_{name}": round(float(rows["right"].mean()), 4),
            f"coverage_{name}_lowest_analyte": round(float(each.min()), 4),
            f"coverage_{name}_highest_analyte": round(float(each.max()), 4),
            f"intervals_{name}": len(rows),
            f"analytes_{name}": len(each),
        }
    return figures


def _rates(rates):
    figures = {}
    for (kind, what), row in rates.iterrows():
        key = re.sub(r"[^a-z0-9]+", "_", f"{kind} {what}".lower())
        figures |= {key: round(float(row["mean"]), 4), f"n_{key}": int(row["size"])}
    often = rates.loc[rates["size"] >= OFTEN, "mean"]
    for kind, pick, name in (("holds", "min", "least"), ("rejects", "max", "most"), ("any", "max", "most"),
                             ("wrong", "max", "most")):  # fmt: skip
        figures[f"{name}_{kind}"] = round(float(often.loc[kind].agg(pick)), 4)
    return figures


def _page(figures, rates):
    yield (
        f"Generated by `make benchmark-intervals`: {figures['studies']} simulated studies of seven participants (six visits, "
        f"{len(MEASURED)} analytes on five kits, two plates each, four scores) are taken through curves, acceptance, results, "
        "join and statistics, and every statement is judged against the truth of the population (`benchmarks/statements.py`)."
    )
    yield ""
    span = {
        name: "{:.1f} to {:.1f} %".format(
            *(100 * figures[f"coverage_{name}_{end}_analyte"] for end in ("lowest", "highest"))
        )
        for name in QUANTIFIED.values()
    }
    yield (
        f"For the {figures['analytes_geometric_mean']} analytes whose results were all quantified in all studies, the intervals "
        f"of the geometric mean hold by analyte in {span['geometric_mean']}, those of the ratio to baseline in {span['ratio']}. "
        "Intervals of a mean lie a little under 95 % because the samples of a plate share the error of its standards, which no "
        "interval between people can see."
    )
    for kind, (title, aim) in AIMS.items():
        yield from ("", f"| {title} (aim: {aim}) | judged | found |", "|---|---:|---:|")
        for what, row in rates.loc[kind].iterrows():
            yield f"| {what} | {int(row['size']):,} | {100 * row['mean']:.1f} % |"


def measured(study, sheets):
    """The `results` table of a simulated study, judged as the demonstration judges its plates."""
    lots = [
        {"plate": plate.name, "kit_lot": plate.lot, "run_date": plate.run_date, "file": ""} for plate in study.plates
    ]
    by_analyte = {row["analyte"]: row for batch in sheets.batches for row in rule_rows.calibration(sheets, batch)}
    panels = sheets.rows("panels")
    criteria = {path.stem: vocabulary.criteria(path) for path in sorted((HOUSE / "resources/criteria").glob("*.yaml"))}
    curved = calibrate_batch(study.wells, list(by_analyte.values()), lots, criteria)
    _, attempts, _ = assess_batch(study.wells, empty("delivered"), *curved, lots, panels, criteria)
    factors = rule_rows.unit_factors(sheets)
    analytes = [
        {**row, "unit_factor": factors[row["analyte"]]}
        for row in sheets.rows("analytes")
        if row["analyte"] in by_analyte
    ]
    rule = sheets.config["lloq_across_plates"]
    found, _ = collection.collect([attempts], study.samples.to_dict("records"), analytes, rule, [])
    return conform(found, "results")


def clinical(study, sheets):
    """What the join needs: the people of the study with the demonstration's visits, every sample on its planned day."""
    known = rule_rows.clinical(sheets)
    seen = set(study.samples["visit"])
    visits = [row for row in known["visits"] if row["visit"] in seen]
    start = date(2024, 1, 1)
    day = {row["visit"]: (start + timedelta(days=row["day"] - 1)).isoformat() for row in visits}
    names = study.people["participant"].to_list()
    course = {"course": "first", "order": 1, "day1_date": start.isoformat(), "biomarker_baseline": "own"}
    samples, scores = (rows.assign(_row=range(2, len(rows) + 2)) for rows in (study.samples, study.truth_scores))
    return known | {
        "participants": [{"participant": name, "status": "enrolled", "group": ""} for name in names],
        "members": names,
        "populations": {},
        "courses": [{"participant": name, **course, "score_baseline": "own"} for name in names],
        "visits": visits,
        "events": [],
        "samples": [{**row, "collection_date": day[row["visit"]]} for row in samples.to_dict("records")],
        "scores": [{**row, "date": day[row["visit"]]} for row in scores.to_dict("records")],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
