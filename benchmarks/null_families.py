"""How often does a family of tests claim something where there is nothing? Null studies that start at results tables.

Part of `benchmarks/arms.py`. A study has two arms of 15, or of 7, three visits, seven biomarkers of two groups (correlated
with each other and over the visits; 0 to 60 % below an LLOQ) and two scores that go along with each other and with
nothing else; 10 % of later visits are missing. Nobody changes and the arms do not differ. A family claims falsely where any
of its adjusted p is at most 0.05.

Keys, with the size of an arm at the end: false_TABLE (share of families of a study that claim), n_false_TABLE;
false_families_excess_se: the largest (share - 0.05) / Monte-Carlo standard error (aim: at most 3); seconds_null_study: of
the processor.
"""

import time
from functools import lru_cache

import numpy as np
import pandas as pd
from benchmarks.statements import families
from immunoassay import tables
from immunoassay.clinical.join import observations
from immunoassay.files.house import HOUSE
from immunoassay.statistics.associations import associations
from immunoassay.statistics.biomarker_changes import biomarker_changes
from immunoassay.statistics.group_comparisons import group_comparisons
from immunoassay.study import rule_rows
from immunoassay.study.load import study_in

STUDIES, SEED, ALPHA = 2000, 11, 0.05
ARMS = (15, 7)
VISITS = {"D1": 1, "M3": 85, "M6": 169}
BELOW = (0.0, 0.0, 0.0, 0.3, 0.6, 0.0, 0.2)  # share of each biomarker's values below its LLOQ
GROUPS = ("cytokine",) * 5 + ("immunoglobulin",) * 2
NAMES = tuple(f"biomarker-{number:02d}" for number in range(1, len(BELOW) + 1))
SCORES = ("MGC", "MG-ADL")
BETWEEN, VISIT_CORRELATION, MISSED = 0.5, 0.6, 0.1
SETTINGS = {
    "primary_visit": "M3",
    "compare": {"arm": "placebo"},
    "covariates": ["age"],
    "mcid": {"MGC": 3, "MG-ADL": 2},
    "permutations": 1000,
}  # fmt: skip
TABLES = ("biomarker_changes", "group_comparisons", "associations")


def rates(pool, studies):
    """The figures, from `studies` null studies, half of each size."""
    tasks = [(ARMS[number % len(ARMS)], number) for number in range(studies)]
    parts, seconds = zip(*pool.map(one, tasks, chunksize=10), strict=True)
    found = pd.concat(parts, ignore_index=True).groupby(["table", "arm"])["claims"].agg(["mean", "size"])
    figures = {"null_studies": studies, "seconds_null_study": round(float(np.mean(seconds)), 2)}
    for (table, arm), row in found.iterrows():
        key = f"false_{table}_{arm}"
        figures |= {key: round(float(row["mean"]), 4), f"n_{key}": int(row["size"])}
    excess = (found["mean"] - ALPHA) / np.sqrt(ALPHA * (1 - ALPHA) / found["size"])
    return figures | {"false_families_excess_se": round(float(excess.max()), 2)}


def page(figures):
    """Lines of the page."""
    yield (
        f"False claims per family of tests, from {figures['null_studies']:,} null studies that start at results tables, half of "
        "each size (`benchmarks/null_families.py`; aim: at most 5 % and three Monte-Carlo standard errors):"
    )
    yield from ("", "| table | 2 x 15: families | claim | 2 x 7: families | claim |", "|---|---:|---:|---:|---:|")
    for table in TABLES:
        cells = [(f"n_false_{table}_{arm}", f"false_{table}_{arm}") for arm in ARMS]
        found = [f"{figures[n]:,} | {100 * figures[rate]:.1f} %" for n, rate in cells if n in figures]
        yield f"| {table} | {' | '.join(found)} |"


def one(task):
    """(one row per family of one study: table, arm, claims; seconds of the processor)."""
    arm, number = task
    began = time.process_time()
    random = np.random.default_rng([SEED, number])
    people = pd.DataFrame({"participant": [f"P{each:02d}" for each in range(2 * arm)]})
    people["arm"] = random.permutation(np.repeat(["placebo", "active"], arm))
    people["age"] = random.normal(52, 14, 2 * arm).round()
    frame, _ = observations(*_study(random, people["participant"]))
    tested = frame[frame["visit"] != "M6"]  # changes and arms have families at the primary visit and at baseline
    made = {
        "biomarker_changes": biomarker_changes(tested, SETTINGS),
        "group_comparisons": group_comparisons(tested, people, SETTINGS),
        "associations": associations(frame, SETTINGS),
    }
    rows = [
        (name, arm, bool((rows["p_adjusted"] <= ALPHA).any()))
        for name, table in made.items()
        for _, rows in families(table)
    ]
    return pd.DataFrame(rows, columns=["table", "arm", "claims"]), time.process_time() - began


def _study(random, names):
    """(results, what the join needs) of one study."""
    n, visits, count = len(names), len(VISITS), len(BELOW)
    person, own, common = (
        random.standard_normal(shape) for shape in ((n, 1, count), (n, visits, count), (n, visits, 1))
    )
    level = np.sqrt(VISIT_CORRELATION) * (
        np.sqrt(BETWEEN) * random.standard_normal((n, 1, 1)) + np.sqrt(1 - BETWEEN) * person
    )
    level = level + np.sqrt(1 - VISIT_CORRELATION) * (np.sqrt(BETWEEN) * common + np.sqrt(1 - BETWEEN) * own)
    sampled = random.random((n, visits)) >= MISSED
    sampled[:, 0] = True
    tubes = [(name, visit) for name, row in zip(names, sampled, strict=True) for visit in np.array(list(VISITS))[row]]
    tubes = pd.DataFrame(tubes, columns=["participant", "visit"])
    tubes["sample_id"] = tubes["participant"] + "-" + tubes["visit"]
    score = random.standard_normal((n, 1, 1)) + 0.5 * random.standard_normal((n, visits, 1))
    score = np.rint(np.clip(14 + 4 * (score + 0.5 * random.standard_normal((n, visits, len(SCORES)))), 0, 50))
    return _results(tubes["sample_id"], np.exp(level[sampled])), _clinical(names, tubes, score)


def _results(tubes, values):
    """The `results` table; `values` (tubes, biomarkers)."""
    quantiles = [np.quantile(values[:, each], share) if share else 1e-9 for each, share in enumerate(BELOW)]
    lloq = np.broadcast_to(np.array(quantiles), values.shape).ravel()
    point, below = values.ravel(), values.ravel() < lloq
    frame = pd.DataFrame(
        {
            "sample_id": np.repeat(np.asarray(tubes), len(NAMES)),
            "analyte": np.tile(NAMES, len(tubes)),
            "panel": "kit", "unit": "pg/mL", "lloq_plate": lloq, "lloq_applied": lloq, "uloq_applied": 1e9,
            "status": np.where(below, "below_lloq", "quantified"), "value": np.where(below, np.nan, point), "point": point,
            "lower": np.where(below, 0.0, point), "upper": np.where(below, lloq, point), "plate": "P1", "kit_lot": "L1",
        }
    )  # fmt: skip
    return tables.conform(frame.reindex(columns=list(tables.TABLES["results"].columns)), "results")


def _clinical(names, tubes, score):
    """What the join needs."""
    date = {visit: str(np.datetime64("2024-01-01") + day - 1) for visit, day in VISITS.items()}
    course = {
        "course": "first",
        "order": 1,
        "day1_date": date["D1"],
        "biomarker_baseline": "own",
        "score_baseline": "own",
    }
    return _choices() | {
        "members": list(names),
        "participants": [{"participant": name, "status": "enrolled", "group": ""} for name in names],
        "courses": [{"participant": name, **course} for name in names],
        "visits": [
            {"visit": visit, "label": visit, "order": order, "day": day, "window_before": 9, "window_after": 9,
             "baseline": order == 1}
            for order, (visit, day) in enumerate(VISITS.items(), 1)
        ],
        "events": [],
        "samples": [
            {**row, "course": "first", "collection_date": date[row["visit"]], "specimen": "serum", "_row": 2}
            for row in tubes.to_dict("records")
        ],
        "scores": [
            {"participant": name, "course": "first", "visit": visit, "date": date[visit], "_row": 2,
             **dict(zip(SCORES, map(float, values), strict=True))}
            for name, own in zip(names, score, strict=True)
            for visit, values in zip(VISITS, own, strict=True)
        ],
        "analytes": [{"analyte": name, "group": group} for name, group in zip(NAMES, GROUPS, strict=True)],
        "scales": list(SCORES),
        "populations": {},
    }  # fmt: skip


@lru_cache
def _choices():
    """The demonstration's choices of how results are joined."""
    return rule_rows.clinical(study_in(HOUSE))
