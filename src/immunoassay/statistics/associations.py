"""Association of every biomarker with every score: at baseline, of changes, and within participants over visits."""

from functools import lru_cache

import numpy as np
from immunoassay.statistics import settings as choices
from immunoassay.statistics.association_words import in_words
from immunoassay.statistics.correlation import (
    ENUMERATED,
    bonett_wright,
    interval_ranks,
    participant_permutations,
    permutation_p,
    permuted_tau,
    spearman,
    tau_b,
)
from immunoassay.statistics.frames import cube, prepare, table
from immunoassay.statistics.multiplicity import adjust, max_t
from immunoassay.statistics.trajectories import jackknife_interval, permuted_trajectories, repeated_correlation
from immunoassay.tables import BELOW

FEWEST_QUANTIFIED = 4
MOST_BELOW_TESTED = 0.80
MOST_BELOW_ESTIMATED = 0.50
ROUNDING = 0.01  # limits that differ by less are the same
UNADJUSTED = "within_participant_unadjusted"
COLUMNS = {
    **dict.fromkeys(("question", "variable", "score", "group", "course", "visit"), "str"),
    "visit_order": "Int64",
    "n_participants": "Int64",
    "n_observations": "Int64",
    "n_quantified": "Int64",
    "share_below": "float64",
    **dict.fromkeys(("tau_b", "rho", "rho_low", "rho_high", "estimate", "low", "high"), "float64"),
    "estimate_method": "str",
    "interval_method": "str",
    "p": "float64",
    "p_method": "str",
    "p_floor": "float64",
    "q_value": "float64",
    "p_adjusted": "float64",
    "adjusted_method": "str",
    "family": "str",
    "family_size": "Int64",
    "words": "str",
    "reason": "str",
}


def associations(observations, settings):
    """One row per question, visit, biomarker and score in the primary course, columns as COLUMNS.

    Questions: `baseline` (values at baseline), `change_change` (ratio to baseline and change of score, at each visit),
    `baseline_change` (biomarker at baseline and change of score at the primary visit; never change and own baseline),
    `between_participants` (means of all visits of participants seen twice or more, visit means subtracted),
    `within_participant` (over visits, participant and visit effects removed), and `within_participant_unadjusted`
    (participant effects only; described, never tested). Except for the last two `estimate` is tau-b on pairs whose
    order is certain, with Spearman's rho and its interval beside it. Every p permutes participants. The question named by the
    settings (`change_change`: its primary visit) is adjusted within the group of the biomarker, over all scores:
    `q_value` by Benjamini-Hochberg, `p_adjusted` by max-T over shared permutations. Other questions are descriptive.
    Where results below the LLOQ enter and the LLOQs differ, nothing is computed (reason `lloq_differs`): a change of the
    limit would pass for one of the biomarker.
    """
    settings = choices.complete(settings)
    frame = prepare(observations)
    course = settings["primary_course"]
    frame = frame[(frame["course"] == course) & frame["reported"]]
    data = _Data(frame)
    rows = []
    if data.variables and data.scores:
        rows += _baseline(frame, data, settings)
        rows += _changes(frame, data, settings)
        rows += _between(frame, data, settings)
        rows += _within(frame, data, settings)
    for row in rows:
        row["course"] = course
        row["words"] = in_words(row, row["question"] == UNADJUSTED, settings["confidence"])
    return table(rows, COLUMNS)


class _Data:
    """Names in order: biomarkers with their group, scores, participants, visits."""

    def __init__(self, frame):
        biomarkers = frame[frame["kind"] == "biomarker"]
        self.group = biomarkers.drop_duplicates("variable").set_index("variable")["group"].to_dict()
        self.variables = list(self.group)
        self.scores = list(dict.fromkeys(frame.loc[frame["kind"] == "score", "variable"]))
        self.participants = sorted(set(frame["participant"]))
        visits = frame.drop_duplicates("visit").sort_values(["visit_order", "visit"], kind="stable")
        self.visits = list(visits["visit"])
        self.order = dict(zip(visits["visit"], visits["visit_order"], strict=True))

    def cube(self, frame, names, columns):
        return cube(frame, names, self.participants, self.visits, columns)


def _baseline(frame, data, settings):
    visits, *first = _at_baseline(frame, data)
    order = data.order[visits[0]] if visits else None
    x, y, below, limits = first
    return _cross_sectional("baseline", ", ".join(visits), order, x, y, below, limits, data, settings, True)


def _at_baseline(frame, data):
    """Visits that were a baseline; bounds of biomarkers and of scores, who was below LLOQ, and the LLOQs (lowest and
    highest): (names, participants).
    """
    rows = frame[frame["baseline"]]
    visits = list(dict.fromkeys(rows.sort_values("visit_order", kind="stable")["visit"]))
    # Whatever visit was a participant's baseline: one value each.
    x = [np.fmax.reduce(part, axis=2) for part in _safe(data.cube(rows, data.variables, ["lower", "upper"]))]
    y = [np.fmax.reduce(part, axis=2) for part in _safe(data.cube(rows, data.scores, ["lower", "upper"]))]
    below = np.fmax.reduce(_flag(data, rows, rows["status"].isin(BELOW)), axis=2)
    return visits, x, y, below, _limits(data, rows, ["lloq"], over_visits=True)


def _changes(frame, data, settings):
    later = frame[~frame["baseline"] & frame["baseline_reported"]]
    rows = []
    folds = data.cube(later, data.variables, ["fold_lower", "fold_upper"])
    changes = data.cube(later, data.scores, ["change_lower", "change_upper"])
    censored = _flag(data, later, later["status"].isin(BELOW) | later["baseline_status"].isin(BELOW))
    limits = _limits(data, later, ["lloq", "baseline_lloq"])
    for index, visit in enumerate(data.visits):
        # A visit at which only scores or only biomarkers were taken has nothing to compare.
        if set(later.loc[later["visit"] == visit, "kind"]) >= {"biomarker", "score"}:
            x, y = ([part[:, :, index] for part in parts] for parts in (folds, changes))
            chosen = visit == settings["primary_visit"]
            order, below = data.order[visit], censored[:, :, index]
            here = [part[:, :, index] for part in limits]
            rows += _cross_sectional("change_change", visit, order, x, y, below, here, data, settings, chosen)
            if chosen:
                _, first, _, low, here = _at_baseline(frame, data)
                rows += _cross_sectional("baseline_change", visit, order, first, y, low, here, data, settings, False)
    return rows


def _between(frame, data, settings):
    x, y, below, _ = _over_visits(frame, data)
    centred = []
    for values in (x, y):
        seen = ~np.isnan(values)
        mean = np.nansum(values, axis=1, keepdims=True) / np.maximum(seen.sum(axis=1, keepdims=True), 1)
        count = seen.sum(axis=2)
        own = np.nansum(np.where(seen, values - mean, 0.0), axis=2) / np.maximum(count, 1)
        centred.append(np.where(count >= 2, own, np.nan))
    # Biomarkers back on their own scale, where zero means a bound.
    x, y = np.exp(centred[0]), centred[1]
    share = np.nansum(below, axis=2) / np.maximum((~np.isnan(below)).sum(axis=2), 1)
    limits = _limits(data, frame, ["lloq"], over_visits=True)
    return _cross_sectional("between_participants", "all", None, (x, x), (y, y), share, limits, data, settings, False)


def _over_visits(frame, data):
    """ln biomarkers (half the LLOQ below it), scores, below LLOQ, quantified: (names, participants, visits)."""
    lower, upper, lloq = data.cube(frame, data.variables, ["lower", "upper", "lloq"])
    (y,) = data.cube(frame, data.scores, ["value"])
    below = _flag(data, frame, frame["status"].isin(BELOW))
    with np.errstate(divide="ignore", invalid="ignore"):
        # Half the LLOQ stands for a value below it; where LLOQs differ, no association is computed.
        x = np.log(np.where(below == 1, lloq / 2, lower))
    return x, y, below, np.where(np.isnan(lower), np.nan, lower == upper)


def _limits(data, frame, columns, over_visits=False):
    """The lowest and the highest LLOQ behind each value: (variables, participants, visits), or over the visits."""
    parts = data.cube(frame, data.variables, columns)
    ends = [end.reduce(parts) for end in (np.fmin, np.fmax)]
    return (
        [end.reduce(part, axis=2) for end, part in zip((np.fmin, np.fmax), _safe(ends), strict=True)]
        if over_visits
        else ends
    )


def _differing(below, lowest, highest):
    """`lloq_differs` where results below the LLOQ enter and the LLOQs differ, '' where not; all of what enters."""
    if not (below > 0).any():
        return ""
    return "lloq_differs" if np.nanmax(highest) > np.nanmin(lowest) * (1 + ROUNDING) else ""


def _cross_sectional(question, visit, order, x, y, below, limits, data, settings, chosen):
    """Rows of one question at one visit; `x` and `y` are (lower, upper) of (names, participants), `limits` as _limits."""
    x_lower, x_upper = (np.where(x[0] == 0, -np.inf, x[0]), x[1])
    y_lower, y_upper = y
    rows, masks = {}, {}
    for v, variable in enumerate(data.variables):
        for s, score in enumerate(data.scores):
            both = ~np.isnan(x_lower[v]) & ~np.isnan(y_lower[s])
            bounds = (x_lower[v, both], x_upper[v, both], y_lower[s, both], y_upper[s, both])
            n, quantified = int(both.sum()), int((bounds[0] == bounds[1]).sum())
            share = float(below[v, both].mean()) if n else np.nan
            row = _empty(question, variable, score, data, visit, order, n, n, quantified, share)
            reason = _why_not(n, quantified, share) or _differing(below[v, both], *(part[v, both] for part in limits))
            reason = reason or _constant(*bounds)
            if reason:
                row["reason"] = reason
            else:
                _describe(row, bounds, settings)
                masks.setdefault(both.tobytes(), []).append((v, s))
            rows[v, s] = row
    seen = (~np.isnan(x_lower)).any(axis=0) & (~np.isnan(y_lower)).any(axis=0)
    for mask, members in _shared(masks, seen):
        both = np.frombuffer(mask, bool)
        vs, ss = sorted({v for v, _ in members}), sorted({s for _, s in members})
        orders = _orders(int(both.sum()), settings["permutations"], settings["seed"])
        arrays = (x_lower[vs][:, both], x_upper[vs][:, both], y_lower[ss][:, both], y_upper[ss][:, both])
        _tested(rows, members, vs, ss, permuted_tau(*arrays, orders), int(both.sum()), settings)
    if chosen and settings["association_question"] == question:

        def resample(vs, ss, people, orders):
            x, y = np.ix_(vs, people), np.ix_(ss, people)
            return permuted_tau(x_lower[x], x_upper[x], y_lower[y], y_upper[y], orders)

        x_seen, y_seen = ~np.isnan(x_lower), ~np.isnan(y_lower)
        _adjust(rows, data, f"{question.replace('_', ' ')}, {visit}", resample, x_seen, y_seen, settings)
    return list(rows.values())


def _within(frame, data, settings):
    x, y, below, quantified = _over_visits(frame, data)
    described, rows, masks = [], {}, {}
    limits = _limits(data, frame, ["lloq"])
    for v, variable in enumerate(data.variables):
        for s, score in enumerate(data.scores):
            both = ~np.isnan(x[v]) & ~np.isnan(y[s])
            both &= both.sum(axis=1, keepdims=True) >= 2
            people = both.any(axis=1)
            n, observed = int(people.sum()), int(both.sum())
            share = float(below[v][both].mean()) if observed else np.nan
            count = int(quantified[v][both].sum())
            facts = (variable, score, data, "all", None, n, observed, count, share)
            row, plain = _empty("within_participant", *facts), _empty(UNADJUSTED, *facts)
            reason = _why_not(n, count, share, "participants with two visits or more")
            reason = reason or _differing(below[v][both], *(part[v][both] for part in limits))
            if reason:
                row["reason"] = plain["reason"] = reason
            else:
                tested = _repeated(row, plain, x[v], y[s], share, settings)
                if tested:
                    masks.setdefault(people.tobytes(), []).append((v, s))
            rows[v, s] = row
            described.append(plain)
    seen = [((~np.isnan(part)).sum(axis=2) >= 2) for part in (x, y)]
    for mask, members in _shared(masks, seen[0].any(axis=0) & seen[1].any(axis=0)):
        people = np.flatnonzero(np.frombuffer(mask, bool))
        vs, ss = sorted({v for v, _ in members}), sorted({s for _, s in members})
        orders = _orders(people.size, settings["permutations"], settings["seed"])
        statistics = permuted_trajectories(x[vs][:, people], y[ss][:, people], orders)
        _tested(rows, members, vs, ss, statistics, people.size, settings, "whole trajectories permuted")
    if settings["association_question"] == "within_participant":

        def resample(vs, ss, people, orders):
            return permuted_trajectories(x[np.ix_(vs, people)], y[np.ix_(ss, people)], orders)

        _adjust(rows, data, "within participant", resample, *seen, settings)
    return [*rows.values(), *described]


def _shared(masks, seen):
    """(participants, pairs of names) to permute together.

    Up to eight participants, those of each pair of names, so that all orders are used. Above, all who were seen: a
    missing result then moves with its participant, and one set of matrix products serves every pair.
    """
    if seen.sum() <= ENUMERATED:
        return masks.items()
    return [(seen.tobytes(), [pair for members in masks.values() for pair in members])] if masks else []


def _repeated(row, plain, x, y, share, settings):
    """Fill the estimates of a pair within participants; whether there is anything to test."""
    unadjusted = repeated_correlation(x, y, visit_effects=False)
    adjusted = repeated_correlation(x, y, visit_effects=True)
    if np.isnan(unadjusted.r):
        plain["reason"] = "biomarker or score does not vary within participants"
    if np.isnan(adjusted.r):
        row["reason"] = "nothing varies within participants beyond the visit effects"
    if share > MOST_BELOW_ESTIMATED:
        why = f"no estimate: more than {100 * MOST_BELOW_ESTIMATED:.0f} % below the LLOQ"
        plain["reason"] = plain["reason"] or why
        row["reason"] = row["reason"] or why
        return not np.isnan(adjusted.r)
    plain.update(estimate=unadjusted.r, estimate_method="repeated-measures correlation")
    row.update(estimate=adjusted.r, estimate_method="repeated-measures correlation, visit effects removed")
    if np.isnan(adjusted.r):
        return False
    if row["n_participants"] < settings["min_n_interval"]:
        row["reason"] = f"no interval: fewer than {settings['min_n_interval']} participants"
        return True
    interval = jackknife_interval(x, y, settings["confidence"])
    row.update(low=interval.low, high=interval.high)
    if np.isnan(interval.low):
        row["reason"] = "no interval: the correlation cannot be computed without some participant"
    else:
        row["interval_method"] = "participant jackknife, t"
    return True


def _describe(row, bounds, settings):
    row["tau_b"] = row["estimate"] = tau_b(*bounds)[2]
    row["estimate_method"] = "Kendall's tau-b, determinate pairs"
    row["rho"] = spearman(interval_ranks(*bounds[:2]), interval_ranks(*bounds[2:]))
    if np.isnan(row["rho"]):
        row["reason"] = "no Spearman's rho: open intervals overlap, ranks are not defined"
        return
    n = row["n_participants"]
    interval = bonett_wright(row["rho"], n, settings["confidence"])
    row.update(rho_low=interval.low, rho_high=interval.high)
    if np.isnan(interval.low):
        row["reason"] = "no interval of rho below 6 participants" if n < 6 else "no interval of rho: rho is +-1"
    else:
        row["interval_method"] = "rho: Fisher z, Bonett-Wright"


def _tested(rows, members, vs, ss, statistics, n, settings, what="participants permuted"):
    p, floor = permutation_p(statistics)
    how = f"all {len(statistics)}" if n <= ENUMERATED else f"{settings['permutations']} drawn, seed {settings['seed']}"
    for v, s in members:
        cell = vs.index(v), ss.index(s)
        if np.isnan(p[cell]):
            rows[v, s]["reason"] = rows[v, s]["reason"] or "the statistic is not defined"
            continue
        rows[v, s].update(p=float(p[cell]), p_floor=float(floor[cell]), p_method=f"{what}, {how}")


def _adjust(rows, data, name, resample, x_seen, y_seen, settings):
    """Adjust within each group of biomarkers over all scores, by permutations that all pairs share."""
    groups = {}
    for (v, s), row in rows.items():
        if not np.isnan(row["p"]):
            groups.setdefault(str(data.group[data.variables[v]]), []).append((v, s))
    for group, members in groups.items():
        vs, ss = sorted({v for v, _ in members}), sorted({s for _, s in members})
        people = np.flatnonzero(x_seen[vs].any(axis=0) & y_seen[ss].any(axis=0))
        orders = _orders(people.size, settings["permutations"], settings["seed"])
        statistics = np.nan_to_num(np.abs(resample(vs, ss, people, orders)))
        cells = [(vs.index(v), ss.index(s)) for v, s in members]
        # Statistics of fewer participants vary more; without the weight they would fill the maximum.
        weights = np.sqrt([max(rows[pair]["n_participants"] - 1, 1) for pair in members])
        adjusted = max_t(np.stack([statistics[:, a, b] for a, b in cells], axis=1) * weights)
        q_values = adjust([rows[pair]["p"] for pair in members], "bh")
        for pair, one, q in zip(members, adjusted, q_values, strict=True):
            rows[pair].update(
                p_adjusted=max(float(one), rows[pair]["p"]),
                q_value=float(q),
                adjusted_method="max-T over shared permutations; Benjamini-Hochberg q",
                family=f"{name}, {group}",
                family_size=len(members),
            )


@lru_cache(maxsize=8)
def _orders(n, draws, seed):
    return participant_permutations(n, draws, seed)


def _why_not(n, quantified, share, who="participants with both"):
    if n == 0:
        return f"no {who}"
    if quantified < FEWEST_QUANTIFIED:
        return f"fewer than {FEWEST_QUANTIFIED} quantified"
    if share > MOST_BELOW_TESTED:
        return f"more than {100 * MOST_BELOW_TESTED:.0f} % below the LLOQ"
    return ""


def _constant(x_lower, x_upper, y_lower, y_upper):
    if np.isnan(tau_b(x_lower, x_upper, y_lower, y_upper)[2]):
        return "biomarker or score is constant, or no order between participants is certain"
    return ""


def _empty(question, variable, score, data, visit, order, n, observed, quantified, share):
    return {
        "question": question,
        "variable": variable,
        "score": score,
        "group": data.group[variable],
        "visit": visit,
        "visit_order": order,
        "n_participants": n,
        "n_observations": observed,
        "n_quantified": quantified,
        "share_below": share,
        **dict.fromkeys(("tau_b", "rho", "rho_low", "rho_high", "estimate", "low", "high"), np.nan),
        "estimate_method": "none",
        "interval_method": "none",
        **dict.fromkeys(("p", "p_floor", "q_value", "p_adjusted"), np.nan),
        "p_method": "none",
        "adjusted_method": None,
        "family": None,
        "family_size": None,
        "reason": "",
    }


def _flag(data, frame, condition):
    """1 where the condition holds, 0 where not, NaN where there is no result: (variables, participants, visits)."""
    return data.cube(frame.assign(_flag=condition.astype(float)), data.variables, ["_flag"])[0]


def _safe(arrays):
    """Arrays with at least one visit, so that a reduction over visits is defined."""
    return [part if part.shape[2] else np.full((*part.shape[:2], 1), np.nan) for part in arrays]
