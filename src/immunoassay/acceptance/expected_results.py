"""What can be said before any curve: how many results of each panel will be reportable, and why the rest will not.

Known then are the samples, what reading set aside, the acceptance rules that lack what they need whatever the curve will
be, and what a laboratory delivered. A batch that has not changed has its last verdicts instead.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from immunoassay.acceptance import plate_checks, rules
from immunoassay.acceptance.assess import WELLS, alike
from immunoassay.acceptance.consequences import OF_PLATES, takes
from immunoassay.acceptance.facts import Facts, Rows, table
from immunoassay.readers.deliveries import delivered as delivered_results
from immunoassay.readers.wells import READ, WHOLE_PLATE
from immunoassay.study import amendments as amend
from immunoassay.study.awaited import PLACE, awaited

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
OF_PLATE = ["plate", "analyte"]
RESULT = ["sample_id", "analyte"]
USABLE = ["level", "expected", "signal", "concentration_well", "status"]
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
    against = _against(wells, rows[~rows["lacking"]].drop_duplicates(OF_PLATE), panels, criteria)
    found = [against.get(place, (None, None)) for place in zip(rows["plate"], rows["analyte"], strict=True)]
    reason = pd.Series([reason for reason, _ in found], index=rows.index, dtype=object)
    words = pd.Series([words for _, words in found], index=rows.index, dtype=object)
    reason = reason.mask(rows["lacking"], rows["disposition"])
    return rows.assign(reason=reason, words=words.mask(rows["lacking"]))


def _against(wells, places, panels, criteria):
    """{(plate, analyte): (reason, words)} of the first required rule that each of `places` cannot pass."""
    index = pd.MultiIndex.from_frame(places[OF_PLATE])
    usable = wells[wells["disposition"].isin(READ)].assign(concentration_well=np.nan, status=None)
    usable = [usable.loc[usable["role"] == role, [*OF_PLATE, *USABLE]] for role in ("standard", "control", "blank")]
    parts = [*usable, wells[[*OF_PLATE, *WELLS]]]
    parts = [Rows.of(part, place=index.get_indexer(pd.MultiIndex.from_frame(part[OF_PLATE]))) for part in parts]
    found = {}
    for at, panel, criterion in alike(places, panels, criteria):
        curves = Rows({name: np.full(len(at), value) for name, value in ANY_CURVE.items()})
        facts = Facts(curves, *(part.at(at, len(places)) for part in parts), platform=panel["platform"])
        for rule, verdict in DECIDED.items():
            judged = table(rule(facts, criterion))
            required = judged["rule"].isin(criterion["required"])
            hit = (judged["verdict"] == verdict) & takes(judged["verdict"], required, bool(panel["accept_unproven"]))
            for own, name, words in judged.loc[hit, ["at", "rule", "words"]].itertuples(index=False):
                found.setdefault(index[at[own]], (OF_PLATES[verdict], f"{name.replace('_', ' ')}: {words}"))
    return found
