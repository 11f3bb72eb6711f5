"""Rules on the history of a sample: its specimen, the days it was stored, how often it was frozen and thawed.

The samples sheet belongs to the study and names tubes that no batch has measured, so the rules are judged where the
attempts of all batches meet: a tube more reruns no batch. What the panels sheet does not declare is not judged. Like all
rules they judge and change no value. Source: ICH M10, Bioanalytical Method Validation and Study Sample Analysis (2022),
sections 4.2.2 (matrix) and 4.2.7 (stability).
"""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.acceptance import consequences
from immunoassay.acceptance.facts import Judgement
from immunoassay.study import days
from immunoassay.study.vocabulary import criteria_for

KEY = ["plate", "sample_id", "analyte"]
TUBE = ["plate", "sample_id"]


def judge(
    attempts: pd.DataFrame,
    samples: list[dict],
    panels: list[dict],
    criteria: dict,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(attempts with flags and consequences, checks): every rule a panel declares, on every sample of the sheet.

    `samples` and `panels` are rows of the sheets (sample_id, specimen, collection_date, freeze_thaw; panel, specimen,
    max_storage_days, max_freeze_thaw, criteria_set, accept_unproven); `criteria` the criteria set by name. What a judgement
    does to an attempt is in `consequences`.
    """
    found = _tubes(attempts, samples, panels)
    if not found:
        return attempts, tables.empty("checks")
    checks = _checks(attempts, found, panels, criteria)
    bad = checks.loc[checks["verdict"] != "PASS", [*KEY, "panel", "rule", "verdict", "required"]]
    judged = attempts[KEY].assign(at=np.arange(len(attempts))).merge(bad, on=KEY)
    unproven = {row["panel"] for row in panels if row["accept_unproven"]}
    return consequences.of_samples(attempts, judged, unproven), checks[list(tables.TABLES["checks"].columns)]


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
    ids, versions = (np.array([str(each[name]) for each in sets], dtype=object) for name in ("id", "version"))
    places = places.assign(_tube=tube, _kind=kind)
    judged = pd.DataFrame(judged).merge(places[[*TUBE, "_tube"]].drop_duplicates(TUBE), on=TUBE)
    checks = places.merge(judged.drop(columns=TUBE), on="_tube")
    checks["criteria_set"], checks["criteria_version"] = ids[checks["_kind"]], versions[checks["_kind"]]
    checks["required"] = False
    for rule in checks["rule"].unique():
        wanted = np.array([rule in each["required"] for each in sets])
        checks["required"] |= (checks["rule"] == rule) & wanted[checks["_kind"]]
    return checks


def judgements(sample: dict, panel: dict, run_date: str | float | None) -> list[Judgement]:
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
    stored = days.between(collected, run)
    return stored if stored >= 0 else f"collected on {collected}, after the run on {run}"


def _count(cycles):
    return "no freeze-thaw cycles are written" if cycles is None else cycles


def _folded(name):
    return " ".join((name or "").casefold().split())
