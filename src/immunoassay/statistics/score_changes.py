"""Change of clinical scores from baseline, responders, and minimal symptom expression."""

import numpy as np
from immunoassay.statistics import number_words
from immunoassay.statistics import settings as choices
from immunoassay.statistics.biomarker_changes import adjust_family, family_words
from immunoassay.statistics.frames import blocks, prepare, table
from immunoassay.statistics.intervals import clopper_pearson, t_interval
from immunoassay.statistics.signed_rank import exact_signed_rank, hodges_lehmann

COLUMNS = {
    **dict.fromkeys(("variable", "kind", "unit", "course", "visit"), "str"),
    "visit_order": "Int64",
    **dict.fromkeys(("n_expected", "n", "informative"), "Int64"),
    "share_below": "float64",
    "mean_change": "float64",
    "low": "float64",
    "high": "float64",
    "interval_method": "str",
    "hodges_lehmann": "float64",
    "hodges_lehmann_low": "float64",
    "hodges_lehmann_high": "float64",
    "hodges_lehmann_method": "str",
    "p": "float64",
    "p_method": "str",
    "p_floor": "float64",
    "p_adjusted": "float64",
    "adjusted_method": "str",
    "family": "str",
    "family_size": "Int64",
    "family_p": "float64",
    "mcid": "float64",
    "responders": "Int64",
    "responders_of": "Int64",
    "responder_share": "float64",
    "responder_low": "float64",
    "responder_high": "float64",
    "lost_response": "Int64",
    "lost_response_of": "Int64",
    "lost_response_share": "float64",
    "lost_response_low": "float64",
    "lost_response_high": "float64",
    "minimal_symptom_max": "float64",
    "minimal_symptom": "Int64",
    "minimal_symptom_of": "Int64",
    "minimal_symptom_share": "float64",
    "minimal_symptom_low": "float64",
    "minimal_symptom_high": "float64",
    "words": "str",
    "reason": "str",
}


def score_changes(observations, settings):
    """One row per score, course and visit after baseline, columns as COLUMNS, in points.

    Mean change with t interval; Hodges-Lehmann estimate with exact interval; exact signed-rank p (zeros dropped), at
    the primary visit of the primary course adjusted over the scores by max-T. Responders improved by the score's
    `mcid` or more; `lost_response` (relapse by score) counts those who had at an earlier visit of the course and no
    longer have, among earlier responders with a score at this visit. Minimal symptom expression is a score at most
    `minimal_symptom_expression`. Shares with Clopper-Pearson limits; without its threshold a share is NA.
    """
    settings = choices.complete(settings)
    frame = prepare(observations)
    frame = frame[frame["kind"] == "score"]
    rows, differences, responded = [], [], {}
    for labels, block in blocks(frame[~frame["baseline"]]):
        earlier = responded.setdefault((labels["variable"], labels["course"]), set())
        row, difference = _change(labels, block, earlier, settings)
        rows.append(row)
        differences.append(difference)
    course, visit = settings["primary_course"], settings["primary_visit"]
    members = [index for index, row in enumerate(rows) if row["course"] == course and row["visit"] == visit]
    adjust_family(
        [rows[index] for index in members],
        [differences[index] for index in members],
        f"change to {visit}, scores",
        settings,
    )
    for row in rows:
        row["words"] = _words(row, settings["confidence"])
    return table(rows, COLUMNS)


def _change(labels, block, earlier, settings):
    score, confidence = labels["variable"], settings["confidence"]
    pairs = block[(block["status"] == "quantified") & (block["baseline_status"] == "quantified")]
    change = (pairs["lower"] - pairs["baseline_lower"]).to_numpy(float, na_value=np.nan)
    n = change.size
    mean, low, high = t_interval(change, confidence)
    estimate, hl_low, hl_high = hodges_lehmann(change, confidence)
    test = exact_signed_rank(change)
    reasons = []
    if n == 0:
        reasons.append("no participant has a score at both visits")
    elif n < settings["min_n_interval"]:
        reasons.append(f"no interval: {n} participants, fewer than {settings['min_n_interval']}")
        low = high = hl_low = hl_high = np.nan
    elif np.isnan(low):
        reasons.append("no t interval: all changes are equal")
    if np.isinf(hl_low):
        reasons.append(f"no exact interval: {n} changes are too few for {100 * confidence:.0f} % confidence")
        hl_low = hl_high = np.nan
    better = -change if settings["worse"].get(score, "higher") == "higher" else change
    values = block.loc[block["status"] == "quantified", "lower"].to_numpy(float, na_value=np.nan)
    row = {
        **labels,
        "n_expected": len(block),
        "n": n,
        "informative": test.informative,
        "share_below": 0.0 if n else np.nan,
        "mean_change": mean,
        "low": low,
        "high": high,
        "interval_method": "none" if np.isnan(low) else "t",
        "hodges_lehmann": estimate,
        "hodges_lehmann_low": hl_low,
        "hodges_lehmann_high": hl_high,
        "hodges_lehmann_method": "none" if np.isnan(hl_low) else "Walsh averages, exact",
        "p": test.p,
        "p_method": "exact signed rank" if n else "none",
        "p_floor": test.floor,
        "p_adjusted": np.nan,
        "adjusted_method": None,
        "family": None,
        "family_size": None,
        "family_p": np.nan,
        "reason": "; ".join(reasons),
    }
    mcid = settings["mcid"].get(score, np.nan)
    row["mcid"] = mcid
    _share(row, ("responders", "responder"), better >= mcid, mcid, confidence)
    known = pairs["participant"].isin(earlier).to_numpy(bool)
    _share(row, ("lost_response", "lost_response"), ~(better[known] >= mcid), mcid, confidence)
    earlier.update(pairs.loc[better >= mcid, "participant"])
    most = settings["minimal_symptom_expression"].get(score, np.nan)
    row["minimal_symptom_max"] = most
    _share(row, ("minimal_symptom", "minimal_symptom"), values <= most, most, confidence)
    return row, dict(zip(pairs["participant"], change, strict=True))


def _share(row, names, reached, threshold, confidence):
    count, stem = names
    if np.isnan(threshold):
        row.update({count: None, f"{count}_of": None})
        share = low = high = np.nan
    else:
        row.update({count: int(reached.sum()), f"{count}_of": reached.size})
        share, low, high = clopper_pearson(int(reached.sum()), reached.size, confidence)
    row.update({f"{stem}_share": share, f"{stem}_low": low, f"{stem}_high": high})


def _words(row, confidence):
    if row["n"] == 0:
        return number_words.sentences(row["reason"])
    mean = number_words.stated(row["mean_change"], row["low"], row["high"], confidence)
    parts = [f"mean change {mean} points{', t' if row['interval_method'] == 't' else ''}, n = {row['n']}"]
    if not np.isnan(row["hodges_lehmann_low"]):
        ends = row["hodges_lehmann"], row["hodges_lehmann_low"], row["hodges_lehmann_high"]
        parts.append(f"Hodges-Lehmann change {number_words.stated(*ends, confidence)}, exact")
    parts.append(row["reason"])
    if row["responders"] is not None:
        parts.append(
            f"{_share_words(row, 'responders', 'responder')} improved by {number_words.number(row['mcid'])} points or more"
        )
    if row["lost_response"]:
        parts.append(f"{_share_words(row, 'lost_response', 'lost_response')} who had responded earlier no longer did")
    if row["minimal_symptom"] is not None:
        most = number_words.number(row["minimal_symptom_max"])
        parts.append(
            f"{_share_words(row, 'minimal_symptom', 'minimal_symptom')} in minimal symptom expression (at most {most})"
        )
    parts.append(
        f"{number_words.probability(row['p'])} (exact signed rank, {row['informative']} informative; smallest attainable "
        f"{number_words.number(row['p_floor'])})"
    )
    parts.append(family_words(row))
    return number_words.sentences(*parts)


def _share_words(row, count, stem):
    """ "6 of 7 (42 to 100 %)" with the Clopper-Pearson limits."""
    if not row[f"{count}_of"]:
        return "0 of 0"
    low, high = (100 * row[f"{stem}_{end}"] for end in ("low", "high"))
    return f"{row[count]} of {row[f'{count}_of']} ({low:.0f} to {high:.0f} %)"
