"""What can be said before any curve: how many results of each panel will be reportable, and why the rest will not.

Known then are the samples, what reading set aside, the acceptance rules that lack what they need whatever the curve will
be, and what a laboratory delivered. A batch that has not changed has its last verdicts instead.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from immunoassay.acceptance import plate_checks, rules
from immunoassay.acceptance.consequences import OF_PLATES, takes
from immunoassay.acceptance.facts import Facts, Rows
from immunoassay.readers.deliveries import delivered as delivered_results
from immunoassay.readers.wells import READ, WHOLE_PLATE
from immunoassay.study import amendments as amend
from immunoassay.study.awaited import PLACE, awaited
from immunoassay.study.vocabulary import criteria_for

# The rules that can fail for lack of something, and the verdict no curve can change.
DECIDED = {
    rules.calibration_levels: "FAIL",
    rules.controls: "NOT_EVALUABLE",
    rules.blanks: "NOT_EVALUABLE",
    plate_checks.bead_counts: "NOT_EVALUABLE",
    plate_checks.read_mode: "FAIL",
}
UNPROVEN = OF_PLATES["NOT_EVALUABLE"]
ANY_CURVE = {"lloq": 1.0, "uloq": 1.0}  # no verdict of DECIDED depends on it
RESULT = ["sample_id", "analyte"]
USABLE = ["level", "expected", "signal", "concentration_well", "status"]
WELLS = ["role", "sample_id", "bead_count", "signal_kind"]
ATTEMPT = ["panel", "plate", *RESULT, "reason", "words"]


def predict(
    wells: Iterable[pd.DataFrame],
    delivered: Iterable[pd.DataFrame],
    plates: list[dict],
    panels: list[dict],
    analytes: list[dict],
    samples: list[dict],
    criteria: dict,
    amendments: list[dict],
    earlier: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """One row per awaited sample x analyte that is measured: panel, sample_id, analyte, reason, words.

    Without a samples sheet every name is a sample.

    `reason` is missing where the result will be reportable as far as can be known; `words` say more of it. `wells` and
    `delivered` are one frame per batch; `plates`, `panels`, `analytes`, `samples` and `amendments` rows of the sheets;
    `criteria` the criteria sets by name; `earlier` the attempts of the batches that have not changed, by batch.
    """
    kits = {row["panel"]: row for row in panels}
    parts = [pd.DataFrame(columns=ATTEMPT, dtype=object)]
    unread: set[str] = set()
    for part, rows in zip(wells, delivered, strict=True):
        batch = next((name for each in (part, rows) for name in each["batch"][:1]), "")
        unread |= set(part.loc[(part["well"] == WHOLE_PLATE) & (part["disposition"] == "plate_quarantined"), "analyte"])
        if batch in earlier:
            parts.append(_of_attempts(earlier[batch]))
            continue
        parts.append(_of_wells(part, kits, criteria))
        parts.append(_of_attempts(delivered_results.attempts(rows, plates)) if len(rows) else parts[0])
    attempts = pd.concat([part[ATTEMPT].astype(object) for part in parts if len(part)] or parts, ignore_index=True)
    attempts = attempts.assign(lacking=attempts["reason"].notna()).sort_values("lacking", kind="stable")
    wanted = [row for row in analytes if row["analyte"] in unread | set(attempts["analyte"])]
    tubes = attempts[PLACE].dropna().drop_duplicates()
    if samples:
        tubes = awaited(samples, tubes, list(dict.fromkeys(row["panel"] for row in wanted)))
    own = pd.DataFrame(wanted, columns=["analyte", "panel"])
    places = own.merge(tubes, on="panel")[["panel", *RESULT]]
    results = places.astype(object)
    best = attempts.drop_duplicates(RESULT).drop(columns=["panel", "plate"])
    results = results.merge(best, on=RESULT, how="left")
    absent = results["lacking"].isna()
    results.loc[absent, "reason"] = np.where(results.loc[absent, "analyte"].isin(unread), "plate_unread", "not_tested")
    excluded = {(row["sample_id"], row["analyte"]) for row in amendments if row["what"] == "exclude_result"}
    hit = [place in excluded for place in zip(results["sample_id"], results["analyte"], strict=True)]
    results.loc[~absent & np.array(hit, bool), ["reason", "words"]] = [amend.EXCLUDED, ""]
    return results.drop(columns="lacking")


def lines(results: pd.DataFrame) -> list[str]:
    """A line per panel of what `predict` gives: reportable results, then each reason with its count."""
    said = []
    for panel, rows in results.groupby("panel", sort=False):
        lacking = rows[rows["reason"].notna()].fillna({"words": ""})
        counts = lacking.groupby(["reason", "words"], sort=False).size().sort_values(ascending=False, kind="stable")
        parts = [
            f"{count} {reason.replace('_', ' ')}" + (f" ({words})" if words else "")
            for (reason, words), count in counts.items()
        ]
        said.append("; ".join([f"{panel}: {len(rows) - len(lacking)} of {len(rows)} results", *parts]))
    return said


def _of_attempts(attempts):
    """Attempts that are judged, or that a laboratory delivered."""
    return attempts.assign(reason=attempts["reason"].where(attempts["status"] == "not_reportable"), words=None)


def _of_wells(wells, panels, criteria):
    """The attempts of one batch of plates: a usable well and no rule against its plate x analyte, or why not."""
    rows = wells[(wells["role"] == "sample") & wells["sample_id"].notna()]
    rows = rows.assign(lacking=~rows["disposition"].isin(READ)).sort_values("lacking", kind="stable")
    rows = rows.drop_duplicates(["plate", *RESULT])
    measured = rows[~rows["lacking"]]
    measured = set(zip(measured["plate"], measured["analyte"], strict=True))
    places = wells.groupby(["plate", "analyte"], sort=False)
    against = {place: _against(part, panels, criteria) for place, part in places if place in measured}
    found = [against.get(place, (None, None)) for place in zip(rows["plate"], rows["analyte"], strict=True)]
    reason = pd.Series([reason for reason, _ in found], index=rows.index, dtype=object)
    words = pd.Series([words for _, words in found], index=rows.index, dtype=object)
    reason = reason.mask(rows["lacking"], rows["disposition"])
    return rows.assign(reason=reason, words=words.mask(rows["lacking"]))


def _against(wells, panels, criteria):
    """(reason, words) of the first required rule that one plate x analyte cannot pass; (None, None) when there is none."""
    place = wells.iloc[0]
    panel = panels[place["panel"]]
    criterion = criteria_for(criteria, panel["criteria_set"], place["analyte"])
    usable = wells[wells["disposition"].isin(READ)].assign(concentration_well=np.nan, status=None)
    roles = [Rows.of(usable.loc[usable["role"] == role, USABLE]) for role in ("standard", "control", "blank")]
    facts = Facts(ANY_CURVE, *roles, Rows.of(wells[WELLS]), panel["platform"])
    for rule, verdict in DECIDED.items():
        for judgement in rule(facts, criterion):
            required, excused = judgement.rule in criterion["required"], bool(panel["accept_unproven"])
            if judgement.verdict == verdict and takes(verdict, required, excused):
                return OF_PLATES[verdict], f"{judgement.rule.replace('_', ' ')}: {judgement.words}"
    return None, None
