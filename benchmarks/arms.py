"""Is what is said of two arms true? Simulated randomised studies through curves, acceptance, results, join and comparisons.

`make benchmark-arms` (STUDIES=200 of each size) writes benchmarks/results/arms.json and the section "Two arms" of
docs/validation.md; `benchmarks/null_families.py`, which it runs too, adds its figures to both.

Every study has two arms of 15, or of 7, seen three times and measured for most analytes of the demonstration that have
plates, in the setting of its randomised part (`simulate/randomised.py`): planted effects in the active arm, a course that
both arms share, and nothing in the rest; the scores of the active arm respond, those of placebo do not; age is a covariate
without effect. A statement is a row of group_comparisons.

Keys, with the size of an arm at the end: holds_... (share of intervals that hold the true ratio or difference of the
arms), rejects_... (share of p <= 0.05 where the arms do not differ), any_... (share of families of a study with an adjusted
p <= 0.05 where there is nothing), wrong_... (share of statements that claim the direction opposite to the truth, where there
is one), claims_... (share of claims of a direction that name the true one), power_... (share of adjusted p <= 0.05 where the
arms differ), and n_... of each; seconds_study: of the processor, one study of 2 x 15.
"""

import json
import os
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from benchmarks import null_families
from benchmarks.intervals import clinical, measured
from benchmarks.statements import ALPHA, families, person_scores
from benchmarks.statistics_page import replace_section
from immunoassay.clinical.join import observations
from immunoassay.files.house import HOUSE
from immunoassay.simulate import clean_study as simulated
from immunoassay.simulate import randomised, truth
from immunoassay.simulate.generators import generator
from immunoassay.simulate.panels import ANALYTES
from immunoassay.statistics.group_comparisons import group_comparisons
from immunoassay.study import rule_rows
from immunoassay.study.load import study_in

STUDIES, SEED = 200, 7000
LEFT_OUT = ("anti-AChR", "IL-10", "IL-8", "IL-2", "IL-4", "IL-1b", "IL-18")  # no plate, or like another cytokine
MEASURED = [analyte for analyte in ANALYTES if analyte.name not in LEFT_OUT]
SIZES = {15: 3, 7: 2}  # of an arm: plates of a kit
VISITS = tuple(visit for visit, *_ in randomised.VISITS)
PATTERNS = {"placebo": "no_response", "active": "response"}
AIMS = {
    "holds": ("95 % intervals of the ratio or difference of the arms that hold the truth", "at least 92 %"),
    "rejects": ("p \N{LESS-THAN OR EQUAL TO} 0.05 where the arms do not differ", "at most 5.5 %"),
    "any": ("families of a study with an adjusted p \N{LESS-THAN OR EQUAL TO} 0.05 where there is nothing", "at most 5 %"),
    "wrong": ("statements that claim the direction opposite to the truth", "at most 2.5 %"),
    "claims": ("claims of a direction that name the true one", "none; where the truth is weak, many do not"),
    "power": ("adjusted p \N{LESS-THAN OR EQUAL TO} 0.05 where the arms differ", "none; it is what these effects give"),
}  # fmt: skip
RESULT = Path(__file__).parent / "results/arms.json"
PAGE = Path(__file__).parents[1] / "docs/validation.md"


def main(studies=STUDIES, nulls=null_families.STUDIES):
    """Run everything, write the figures and the page."""
    tasks = [(size, seed) for size in SIZES for seed in range(SEED, SEED + int(studies))]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        parts, seconds = zip(*pool.map(one, tasks), strict=True)
        families = null_families.rates(pool, int(nulls))
    found = pd.concat([part.assign(size=size) for part, (size, _) in zip(parts, tasks, strict=True)], ignore_index=True)
    rates = found.groupby(["kind", "what", "size"])["right"].agg(["mean", "size"])
    for kind in ("rejects", "any"):
        rates.loc[kind, "mean"] = 1 - rates.loc[[kind], "mean"].to_numpy()
    rates.loc["wrong", "mean"] = 1 - rates.loc[["wrong"], "mean"].to_numpy()
    seconds = [each for each, (size, _) in zip(seconds, tasks, strict=True) if size == max(SIZES)]
    figures = {"studies_of_each_size": int(studies), "first_seed": SEED, "seconds_study": round(np.mean(seconds), 2)}
    figures |= _flat(rates) | families
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    replace_section(PAGE, "## Two arms", [*_page(figures, rates), "", *null_families.page(families)])
    print(RESULT.read_text(encoding="utf-8"))


def one(task):
    """(judgements of one study, seconds of the processor)."""
    size, seed = task
    began = time.process_time()
    sheets = study_in(HOUSE)
    study = simulated.study(seed, 2 * size, VISITS, MEASURED, SIZES[size], arms())
    frame, _ = observations(measured(study, sheets), clinical(study, sheets))
    people = study.people.assign(age=[_age(seed, name) for name in study.people["participant"]])
    settings = rule_rows.statistics(sheets) | {
        "compare": {"arm": "placebo"},
        "covariates": ["age"],
        "permutations": 1000,
    }
    found = judge(group_comparisons(frame, people, settings), study.truth_effects)
    return found, time.process_time() - began


def arms():
    """Placebo and active, as in the randomised part of the demonstration."""
    planted = randomised.effects()
    return [
        simulated.Arm(
            arm,
            {name: dict(zip(rows["visit"], rows["ratio"], strict=True)) for name, rows in own.groupby("analyte")},
            PATTERNS[arm],
        )
        for arm, own in planted.groupby("arm", sort=False)
    ]


def judge(table, effects):
    """Judgements of group_comparisons: kind, what, right; `effects`: truth_effects of the study."""
    ratio = effects.set_index(["arm", "analyte", "visit"])["ratio"]
    rows = []
    true = np.array([_truth(row, ratio) for row in table.itertuples()])
    for row, known in zip(table.itertuples(), true, strict=True):
        rows += _judged(row, known)
    for _, part in families(table.assign(true=true)):
        nothing = part[part["true"] == 0]
        if len(nothing):
            rows.append(("any", f"{part['quantity'].iloc[0]}, family", not (nothing["p_adjusted"] <= ALPHA).any()))
    return pd.DataFrame(rows, columns=["kind", "what", "right"])


def _judged(row, known):
    shown = "scores" if row.kind == "score" else "biomarkers"
    censored = (
        "" if row.kind == "score" else ", some below LLOQ" if row.below_level + row.below_reference else ", all known"
    )
    what = f"{row.quantity} of {shown}{censored}"
    back = float if row.kind == "score" else np.log
    with np.errstate(divide="ignore"):
        low, high, estimate = (back(value) for value in (row.low, row.high, row.estimate))
        shift_low, shift_high = (back(value) for value in (row.hodges_lehmann_low, row.hodges_lehmann_high))
    if not np.isnan([low, high]).any():
        yield "holds", what, low <= known <= high
    if row.quantity != "adjusted" and not np.isnan([shift_low, shift_high]).any() and row.kind != "score":
        yield "holds", f"Hodges-Lehmann, {what}", shift_low <= known <= shift_high
    if np.isnan(row.p):
        return
    claimed = 0 if row.p > ALPHA else 1 if not low <= 0 else -1 if not high >= 0 else np.nan_to_num(np.sign(estimate))
    if known == 0:
        yield "rejects", what, row.p > ALPHA
        if not np.isnan(row.p_beside):
            yield "rejects", f"beside: {what}", row.p_beside > ALPHA
        return
    yield "wrong", what, claimed != -np.sign(known)
    if claimed:
        yield "claims", what, claimed == np.sign(known)
    if not np.isnan(row.p_adjusted):
        yield "power", what, row.p_adjusted <= ALPHA


def _truth(row, ratio):
    """True ln ratio of the arms, or difference of the scores; before treatment there is none."""
    if row.kind == "score":
        return _score_differences().get((row.variable, row.visit), 0.0)
    return np.log(ratio["active", row.variable, row.visit] / ratio["placebo", row.variable, row.visit])


@lru_cache
def _score_differences():
    """{(score, visit): true difference of the means of active and placebo}."""
    means = {arm: person_scores(pattern, VISITS[1:]).mean(axis=0) for arm, pattern in PATTERNS.items()}
    difference = means["active"] - means["placebo"]
    return {
        (score, visit): float(difference[v, s])
        for s, score in enumerate(truth.SCORES)
        for v, visit in enumerate(VISITS)
        if v
    }


def _age(seed, name):
    return float(np.clip(np.rint(52 + 14 * generator(seed, "age", name).standard_normal()), 20, 89))


def _flat(rates):
    figures = {}
    for (kind, what, size), row in rates.iterrows():
        key = re.sub(r"[^a-z0-9]+", "_", f"{kind} {what} {size}".lower())
        figures |= {key: round(float(row["mean"]), 4), f"n_{key}": int(row["size"])}
    return figures


def _page(figures, rates):
    yield (
        f"Generated by `make benchmark-arms`: {figures['studies_of_each_size']} simulated randomised studies of 2 x 15 and as "
        f"many of 2 x 7 participants (three visits, {len(MEASURED)} analytes on plates, four scores; planted effects in the "
        "active arm, a course that both arms share, nothing in the rest) are taken through curves, acceptance, results and join, "
        "and every row of `group_comparisons` is judged against the truth (`benchmarks/arms.py`)."
    )
    for kind, (title, aim) in AIMS.items():
        yield from (
            "",
            f"| {title} (aim: {aim}) | 2 x 15: judged | found | 2 x 7: judged | found |",
            "|---|---:|---:|---:|---:|",
        )
        for what in rates.loc[kind].index.unique("what"):
            cells = [_cell(rates, kind, what, size) for size in SIZES]
            yield f"| {what} | {' | '.join(cells)} |"


def _cell(rates, kind, what, size):
    if (kind, what, size) not in rates.index:
        return "0 | - "
    row = rates.loc[(kind, what, size)]
    return f"{int(row['size']):,} | {100 * row['mean']:.1f} %"


if __name__ == "__main__":
    main(*sys.argv[1:])
