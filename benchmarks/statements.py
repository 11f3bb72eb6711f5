"""Every kind of statement of the report, judged against the truth of a simulated study. Part of `benchmarks/intervals.py`.

`judge` returns one row per statement printed: kind, what, variable, right. Kinds: "holds" (the interval or bound holds
the truth), "rejects" (p <= 0.05 where the truth is no change or no association: `right` says that it does not), "any"
(the same, adjusted, for a whole family of one study), "wrong" (where the truth falls, rises, goes along or goes against:
`right` says that the statement does not claim the opposite), "claims" (of those that claim a direction, whether it is
the true one).
"""

from functools import lru_cache

import numpy as np
import pandas as pd
from immunoassay.simulate import truth
from immunoassay.simulate.generators import generator
from immunoassay.statistics.intervals import clopper_pearson
from scipy.special import ndtr

ALPHA = 0.05
PEOPLE = 4000  # of the population whose scores are the truth
STRENGTH_SD = 0.15  # between people, of the effect on an analyte (simulate/truth.py)
QUESTIONS = {
    "baseline": "at baseline",
    "change_change": "of changes",
    "baseline_change": "of baseline with change",
    "between_participants": "between participants",
    "within_participant": "within participants",
}


def judge(tables, observations, analytes, settings):
    """Judgements of visit_summaries, biomarker_changes, score_changes and associations (`tables`, by name)."""
    known = {analyte.name: analyte for analyte in analytes}
    rows = [
        *_centres(tables["visit_summaries"], known, settings),
        *_changes(tables["biomarker_changes"], observations, known, settings),
        *_scores(tables["score_changes"], settings),
        *_associations(tables["associations"], known),
    ]
    return pd.DataFrame(rows, columns=["kind", "what", "variable", "right"])


def families(table):
    """Pairs of a family and its rows; the rows keep the index of the table."""
    key = [name for name in ("family_code", "factor", "visit", "group") if name in table]
    return table[table["family_code"].notna()].groupby(key, dropna=False)


def _centres(summaries, known, settings):
    rows = summaries[(summaries["kind"] == "biomarker") & (summaries["quantity"] == "value")]
    for row in rows[rows["low"].notna()].itertuples():
        analyte = known[row.variable]
        mean, spread = _logs(analyte, row.visit)
        centre = np.exp(mean + (spread**2 / 2 if settings["centre"] == "mean" else 0))
        shown = "all quantified" if row.n_below + row.n_above == 0 else "some below LLOQ"
        yield "holds", f"{settings['centre'].replace('_', ' ')}, {shown}", row.variable, row.low <= centre <= row.high


def _changes(changes, observations, known, settings):
    lloq = observations.set_index(["variable", "visit"]).sort_index()
    for row in changes.itertuples():
        ratio = known[row.variable].effects.get(row.visit, 1.0)
        if not np.isnan(row.low):
            yield "holds", f"ratio, tier {row.tier}", row.variable, row.low <= ratio <= row.high
            if ratio != 1:
                claimed = int(row.low > 1) - int(row.high < 1)
                yield from _direction(f"change of a biomarker, tier {row.tier}", row.variable, claimed, np.log(ratio))
        if ratio == 1 and not np.isnan(row.p):
            test = {"mcnemar": "McNemar", "signed_rank_recensored": "signed rank"}.get(row.p_method_code, "model")
            yield "rejects", f"change of a biomarker, {test}", row.variable, row.p > ALPHA
        if row.tier == "D" and row.n_pairs:
            for visit, below in (("D1", row.below_baseline), (row.visit, row.below_visit)):
                mean, spread = _logs(known[row.variable], visit)
                limits = np.log(lloq.loc[(row.variable, visit), "lloq"].dropna().to_numpy(float))
                share = ndtr((limits - mean) / spread).mean()
                found = clopper_pearson(below, row.n_pairs)
                yield "holds", "share below LLOQ, tier D", row.variable, found.low <= share <= found.high
    unchanged = np.array([known[row.variable].effects.get(row.visit, 1.0) == 1 for row in changes.itertuples()])
    for family, rows in families(changes):
        null = rows[unchanged[rows.index]]
        if len(null):
            yield "any", "change of a biomarker, family", family, not (null["p_adjusted"] <= ALPHA).any()
        if len(null) == len(rows) and rows["family_p"].notna().all():  # a family with a p of a model has none
            yield "rejects", "change of any of a family, global", family, rows["family_p"].iloc[0] > ALPHA


def _scores(changes, settings):
    visits = tuple(dict.fromkeys(changes.sort_values("visit_order")["visit"]))
    thresholds = (tuple(settings[name].items()) for name in ("mcid", "minimal_symptom_expression"))
    population = _population(visits, *thresholds)
    for row in changes.itertuples():
        true = population[row.variable, row.visit]
        for name, low, high in (
            ("mean", row.low, row.high),
            ("hodges_lehmann", row.hodges_lehmann_low, row.hodges_lehmann_high),
            ("responders", row.responder_low, row.responder_high),
            ("minimal_symptom", row.minimal_symptom_low, row.minimal_symptom_high),
            ("lost_response", row.lost_response_low, row.lost_response_high),
        ):
            if not np.isnan(low):
                yield "holds", f"score: {SCORE_WORDS[name]}", row.variable, low <= true[name] <= high
        claimed = row.mean_change * (row.p <= ALPHA)
        yield from _direction("change of a score", row.variable, claimed, true["mean"])


SCORE_WORDS = {
    "mean": "mean change",
    "hodges_lehmann": "Hodges-Lehmann change",
    "responders": "share of responders",
    "minimal_symptom": "share with minimal symptoms",
    "lost_response": "share that lost the response",
}


def _associations(found, known):
    found = found[found["question"].isin(QUESTIONS)].reset_index(drop=True)
    none = np.array([_truth(row, known) == 0 for row in found.itertuples()])
    for row, nothing in zip(found.itertuples(), none, strict=True):
        what = QUESTIONS[row.question]
        if nothing:
            if not np.isnan(row.p):
                yield "rejects", f"association {what}", row.variable, row.p > ALPHA
            for name, low, high in (("rho", row.rho_low, row.rho_high), ("r", row.low, row.high)):
                if not np.isnan(low):
                    yield "holds", f"{name} {what}, where there is none", row.variable, low <= 0 <= high
        elif not np.isnan(row.p):
            claimed = row.estimate if row.p <= ALPHA else 0
            yield from _direction(f"association {what}", row.variable, claimed, _truth(row, known))
    for family, rows in families(found):
        null = rows[none[rows.index]]
        if len(null):
            yield "any", "association, family", family, not (null["p_adjusted"] <= ALPHA).any()


def _truth(row, known):
    """Sign of the true association: analytes tied to severity go with every score, against its change; else none."""
    if row.question in ("change_change", "within_participant"):
        return 0
    sign = np.sign(known[row.variable].severity)
    return -sign if row.question == "baseline_change" else sign


def _direction(what, variable, claimed, true):
    """Judgements of a claimed direction (0: none claimed) where the truth has one."""
    yield "wrong", what, variable, np.sign(claimed) != -np.sign(true)
    if claimed:
        yield "claims", what, variable, np.sign(claimed) == np.sign(true)


def _logs(analyte, visit):
    """Mean and standard deviation of the ln concentration of one analyte at a visit, over people."""
    effect = np.log(analyte.effects.get(visit, 1.0))
    spread = np.sqrt(np.log(analyte.gsd) ** 2 + np.log1p(analyte.cv**2) + (STRENGTH_SD * effect) ** 2)
    return np.log(analyte.median) + effect, spread


@lru_cache
def _population(visits, mcid, minimal):
    """{(score, visit): truth by name} from many simulated people."""
    mcid, minimal = dict(mcid), dict(minimal)
    drawn = person_scores("response", visits)
    i, j = np.triu_indices(PEOPLE // 4)
    found = {}
    for s, score in enumerate(truth.SCORES):
        change = (drawn[:, 1:, s] - drawn[:, :1, s]).astype(float)
        improved = change <= -mcid.get(score, np.inf)
        for v, visit in enumerate(visits):
            earlier = improved[:, :v].any(axis=1)
            found[score, visit] = {
                "mean": change[:, v].mean(),
                "hodges_lehmann": np.median((change[i, v] + change[j, v]) / 2),
                "responders": improved[:, v].mean(),
                "minimal_symptom": (drawn[:, v + 1, s] <= minimal.get(score, -1)).mean(),
                "lost_response": (~improved[earlier, v]).mean() if earlier.any() else np.nan,
            }
    return found


def person_scores(pattern, visits):
    """Scores of many simulated people with one pattern, at baseline and `visits` (people, visits, scores)."""
    drawn = []
    for number in range(PEOPLE):
        rng, person = generator("population", "scores", number), truth.person("population", str(number))
        drawn.append(truth.scores(rng, person, pattern, ("D1", *visits)).to_numpy())
    return np.stack(drawn)
