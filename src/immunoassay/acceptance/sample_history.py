"""Rules on the history of a sample: its specimen, the days it was stored, how often it was frozen and thawed.

The samples sheet belongs to the study and names tubes that no batch has measured, so the rules are judged where the
attempts of all batches meet: a tube more reruns no batch. What the panels sheet does not declare is not judged. Like all
rules they judge and change no value. Source: ICH M10, Bioanalytical Method Validation and Study Sample Analysis (2022),
sections 4.2.2 (matrix) and 4.2.7 (stability).
"""

from datetime import date

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.acceptance.rules import Judgement
from immunoassay.acceptance.sample_checks import reject
from immunoassay.study.vocabulary import criteria_for

KEY = ["plate", "sample_id", "analyte"]
TUBE = ["plate", "sample_id"]


def judge(attempts, samples, panels, criteria):
    """(attempts with flags and consequences, checks): every rule a panel declares, on every sample of the sheet.

    `samples` and `panels` are rows of the sheets (sample_id, specimen, collection_date, freeze_thaw; panel, specimen,
    max_storage_days, max_freeze_thaw, criteria_set, accept_unproven); `criteria` the criteria set by name. An attempt
    whose required rule fails, or cannot be evaluated unless the panel accepts that, is not reportable; its `point`
    stays. An advisory rule sets a flag.
    """
    found = _tubes(attempts, samples, panels)
    if not found:
        return attempts, tables.empty("checks")
    checks = _checks(attempts, found, panels, criteria)
    return _with_consequences(attempts, checks, panels), checks[list(tables.TABLES["checks"].columns)]


def judged_attempts(attempts, samples, panels, criteria):
    """The attempts of `judge` alone; quicker, because what has no consequence is not written down."""
    required = {rule for each in criteria.values() for rule in each["required"]}
    matters = {("FAIL", True), ("FAIL", False), ("NOT_EVALUABLE", True)}
    tubes = _tubes(attempts, samples, panels)
    found = [tube for tube in tubes if (tube["verdict"], tube["rule"] in required) in matters]
    return _with_consequences(attempts, _checks(attempts, found, panels, criteria), panels) if found else attempts


def _tubes(attempts, samples, panels):
    """Every judgement of every tube of the attempts, with its plate and sample."""
    known, kits = {row["sample_id"]: row for row in samples}, {row["panel"]: row for row in panels}
    tubes = attempts.loc[attempts["sample_id"].isin(set(known)), [*TUBE, "panel", "run_date"]].drop_duplicates(TUBE)
    return [
        {"plate": plate, "sample_id": sample, **vars(judgement)}
        for plate, sample, panel, run in tubes.itertuples(index=False, name=None)
        for judgement in judgements(known[sample], kits[panel], run)
    ]


def _checks(attempts, judged, panels, criteria):
    """The judgements of the tubes as rows of the `checks` table with sample_id, one for every analyte."""
    kits = {row["panel"]: row for row in panels}
    places = attempts[["batch", *KEY, "panel"]].drop_duplicates(KEY)
    tube, kind = (places.groupby(names, sort=False).ngroup() for names in (TUBE, ["panel", "analyte"]))
    kinds = places[["panel", "analyte"]].drop_duplicates().itertuples(index=False, name=None)
    sets = [criteria_for(criteria, kits[panel]["criteria_set"], analyte) for panel, analyte in kinds]
    names = np.array([f"{each['id']} v{each['version']}" for each in sets], dtype=object)
    places = places.assign(_tube=tube, _kind=kind)
    judged = pd.DataFrame(judged).merge(places[[*TUBE, "_tube"]].drop_duplicates(TUBE), on=TUBE)
    checks = places.merge(judged.drop(columns=TUBE), on="_tube")
    checks["criteria_set"] = names[checks["_kind"]]
    checks["required"] = False
    for rule in checks["rule"].unique():
        wanted = np.array([rule in each["required"] for each in sets])
        checks["required"] |= (checks["rule"] == rule) & wanted[checks["_kind"]]
    return checks


def judgements(sample, panel, run_date):
    """[Judgement] of one tube on one plate: rows of the samples and panels sheets, and the date of the run."""
    found = [
        _matrix(sample, panel["specimen"]),
        _at_most("storage_days", sample, _days(sample["collection_date"], run_date), panel["max_storage_days"]),
        _at_most("freeze_thaw", sample, _count(sample["freeze_thaw"]), panel["max_freeze_thaw"]),
    ]
    return [judgement for judgement in found if judgement]


def _matrix(sample, validated):
    """The specimen is one the kit is validated for; `validated` names them, separated by semicolons."""
    names = {_folded(name) for name in (validated or "").split(";")} - {""}
    if not names:
        return None
    name, limit = sample["sample_id"], " or ".join(part.strip() for part in validated.split(";") if part.strip())
    if not _folded(sample["specimen"]):
        return Judgement("matrix", "sample", name, np.nan, limit, "NOT_EVALUABLE", f"{name}: no specimen is written")
    fine = _folded(sample["specimen"]) in names
    verdict = "PASS" if fine else "FAIL"
    return Judgement("matrix", "sample", name, float(fine), limit, verdict, f"{name}: {sample['specimen']}")


def _at_most(rule, sample, observed, limit):
    """A count, or the words why it is not known, against the largest that is validated."""
    if limit is None:
        return None
    name, words = sample["sample_id"], {"storage_days": "stored {} days", "freeze_thaw": "{} freeze-thaw cycles"}[rule]
    limit_words = f"at most {limit:g}"
    if isinstance(observed, str):
        return Judgement(rule, "sample", name, np.nan, limit_words, "NOT_EVALUABLE", f"{name}: {observed}")
    verdict = "PASS" if observed <= limit else "FAIL"
    return Judgement(rule, "sample", name, float(observed), limit_words, verdict, f"{name}: {words.format(observed)}")


def _days(collected, run):
    """Days from collection to the run, or why they are not known."""
    if not isinstance(collected, str) or not collected:
        return "no date of collection"
    if not isinstance(run, str) or not run:
        return "no date of the run"
    days = (date.fromisoformat(run) - date.fromisoformat(collected)).days
    return days if days >= 0 else f"collected on {collected}, after the run on {run}"


def _count(cycles):
    return "no freeze-thaw cycles are written" if cycles is None else cycles


def _folded(name):
    return " ".join((name or "").casefold().split())


def _with_consequences(attempts, checks, panels):
    unproven = {row["panel"] for row in panels if row["accept_unproven"]}
    columns = [*KEY, "panel", "rule", "verdict", "required"]
    bad = checks.loc[(checks["verdict"] == "FAIL") | (checks["verdict"] == "NOT_EVALUABLE"), columns]
    if bad.empty:
        return attempts
    attempts = attempts.copy()
    found = attempts[KEY].assign(_at=np.arange(len(attempts))).merge(bad, on=KEY)
    failed = found["verdict"] == "FAIL"
    out = found["required"] & (failed | ~found["panel"].isin(unproven))
    for rule in found["rule"].unique():
        own = found["rule"] == rule
        for wanted, reason in ((own & out & failed, rule), (own & out & ~failed, f"{rule}_not_evaluable")):
            reject(attempts, _mask(len(attempts), found.loc[wanted, "_at"]), reason)
        hit = _mask(len(attempts), found.loc[own & failed & ~out, "_at"])
        before, flag = attempts.loc[hit, "flags"].fillna(""), f"W-{rule.upper().replace('_', '-')}"
        attempts.loc[hit, "flags"] = (before + ";" + flag).str.removeprefix(";")
    return attempts


def _mask(length, positions):
    mask = np.zeros(length, dtype=bool)
    mask[positions] = True
    return mask
