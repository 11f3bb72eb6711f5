"""From attempts to the one reportable result per sample and analyte.

Selection rule, fixed before the data: the first quantified attempt in run order; if none is quantified, the first
reportable one; if none is reportable, the first. All attempts are kept in the attempts tables.

Attempts come as parts, one frame per batch: an iterable that is gone through more than once (a list, or tables.Parts).
Only attempts that were the best when they were met are held, so time grows with attempts and memory with results.
"""

from collections.abc import Collection, Iterable, Mapping

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.acceptance import bridging
from immunoassay.problems import Problem
from immunoassay.readers.wells import WHOLE_PLATE
from immunoassay.results import bridge_shifts
from immunoassay.study import amendments as amend
from immunoassay.study.awaited import PLACE, awaited
from immunoassay.study.days import UNDATED

NO_BRIDGES: Mapping[str, list[str]] = {"pools": [], "normalise": []}
SELECTION = "first quantified attempt in run order, else first reportable, else first"
_NO_SCORE = np.iinfo(np.int64).max


def collect(
    parts: Iterable[pd.DataFrame],
    samples: list[dict],
    analytes: list[dict],
    lloq_across_plates: str,
    amendments: list[dict],
    bridges: Mapping[str, list[str]] = NO_BRIDGES,
    partial: bool = False,
    unread: Iterable[tuple[str, str]] = (),
) -> tuple[pd.DataFrame, list[Problem]]:
    """(results, problems): one row per sample x analyte that is awaited (study.awaited); what was not assayed is `missing`.

    Without a samples sheet every name is a sample, of the panels it was measured with.

    `samples` and `analytes` are rows of the sheets; `lloq_across_plates` is plate, max or validated; `bridges` the pools and
    the analytes that are normalised to them (config); `partial` that only some batches count; `unread` the
    (plate, analyte) in quarantine that do not say which samples they hold.
    """
    factors, problems = _pool_factors(parts, bridges["pools"], bridges["normalise"])
    listed = bool(samples)
    samples = samples or _named_samples(parts, bridges["pools"])
    known = {row["sample_id"] for row in samples} - set(bridges["pools"])
    unread = list(unread)
    aside = {plate for plate, _ in unread}
    replaced, found = _replaced(parts, known, amendments, aside)
    found += bridge_shifts.problems(parts, amendments, aside)
    choice, touched = _Choice(known, [row["analyte"] for row in analytes]), []
    highest: dict[str, float] = {}
    for part in parts:
        part = bridge_shifts.named(part, amendments)
        touched += [_touched(part, analytes, amendments, bridges["pools"])]
        part = normalise(part[part["sample_id"].isin(known)].reset_index(drop=True), factors)
        part = bridge_shifts.shifted(part, amendments)
        accepted = part.loc[part["verdict"].isin(tables.ACCEPTED), ["analyte", "lloq_plate"]]
        for analyte, lloq in accepted.groupby("analyte")["lloq_plate"].max().dropna().items():
            highest[analyte] = max(lloq, highest.get(analyte, lloq))
        choice.see(part, _of(replaced, part).notna())
    chosen = apply_lloq(_selected(choice.best(), replaced), highest, analytes, lloq_across_plates)
    results = _with_missing(chosen, samples, analytes, {analyte for _, analyte in unread}, listed)
    results["amendments"] = _amended(results, touched, replaced)
    results, more = amend.apply_to_results(results, amendments, partial)
    return results, [*problems, *found, *more]


def known_samples(samples: list[dict], results: pd.DataFrame) -> list[dict]:
    """Rows of the samples sheet; for a study without one, those that `collect` made of the names in the attempts."""
    return samples or [{"sample_id": name} for name in results["sample_id"].unique()]


def _named_samples(parts, pools):
    """Rows as of a samples sheet, for a study without one: every name in the attempts but the pools is a sample."""
    names = {name for part in parts for name in part["sample_id"].dropna().unique()}
    return [{"sample_id": name} for name in sorted(names - set(pools))]


def normalise(attempts: pd.DataFrame, factors: pd.DataFrame) -> pd.DataFrame:
    """Attempts with value_raw and pool_factor: values divided by the factor (plate, analyte) of their plate, in log2 units less
    it.

    Value, bounds, limits and point move together; `value_raw` keeps the value.
    """
    if factors.empty:
        return attempts.assign(value_raw=attempts["value"], pool_factor=np.nan)
    by_plate = factors.set_index(["plate", "analyte"])["factor"]
    place = pd.MultiIndex.from_frame(attempts[["plate", "analyte"]])
    attempts = attempts.assign(value_raw=attempts["value"], pool_factor=by_plate.reindex(place).to_numpy(float))
    hit, log2 = attempts["pool_factor"].notna(), tables.in_log2(attempts["unit"])
    for column in bridge_shifts.MOVED:
        values, factor = attempts[column].astype(float), attempts["pool_factor"]
        attempts[column] = values.mask(hit, (values / factor).mask(log2, values - factor))
    return attempts


def _pool_factors(parts, pools, analytes):
    """(factors, problems): every accepted plate that holds a named analyte needs a quantified pool, because normalised
    and raw values of one analyte are never mixed.
    """
    named = [part[part["analyte"].isin(analytes)] for part in parts] if analytes else []
    factors, lacking = bridging.pool_factors(_stack(named), pools, analytes)
    problems = [
        Problem(
            "E-BRG-001",
            "STOP",
            "config/config.yaml",
            f"plate {plate} has no quantified bridging pool ({', '.join(pools)}) for {analyte}",
            "its values could not be compared with those of the other plates",
            f"take {analyte} out of bridging.normalise, or set the plate aside with a reason",
            column="bridging.normalise",
            plate=plate,
        )
        for plate, analyte in lacking
    ]
    return factors, problems


def _replaced(parts, known, amendments, unread=()):
    """({key of an attempt: (name, words) of the amendment that replaced it}, problems)."""
    plates = {row[end] for row in amendments if row["what"] == "replace_by_rerun" for end in ("plate", "to")}
    named = [part[part["plate"].isin(plates) & part["sample_id"].isin(known)] for part in parts] if plates else []
    return amend.replaced_attempts(_stack(named), amendments, unread)


def _stack(frames):
    return pd.concat(frames, ignore_index=True) if frames else tables.empty("attempts")


def _of(replaced, attempts):
    """What `replaced` says of every attempt, None where it says nothing."""
    if not replaced:
        return pd.Series(None, index=attempts.index, dtype="object")
    keys = attempts[list(amend.ATTEMPT)].itertuples(index=False, name=None)
    return pd.Series([replaced.get(key) for key in keys], index=attempts.index, dtype="object")


class _Choice:
    """The best attempt of every sample x analyte, by the selection rule; attempts are seen part by part."""

    def __init__(self, samples, analytes):
        self._samples = {name: number for number, name in enumerate(sorted(samples))}
        self._analytes = {name: number for number, name in enumerate(analytes)}
        places = len(self._samples) * len(self._analytes)
        self._score, self._count, self._kept = np.full(places, _NO_SCORE), np.zeros(places, int), []

    def see(self, part, replaced):
        """Attempts of known samples; `replaced` marks those that an amendment replaced by a re-run: chosen last."""
        place = _numbers(part["sample_id"], self._samples.get) * len(self._analytes)
        place += _numbers(part["analyte"], self._analytes.get)
        status = part["status"]
        rank = np.select([replaced, status == "quantified", status.isin(tables.CENSORED)], [3, 0, 1], 2)
        score = rank * 10**9 + _numbers(part["run_date"].fillna(UNDATED), lambda day: int(day.replace("-", "")))
        np.add.at(self._count, place, 1)
        np.minimum.at(self._score, place, score)
        kept = score == self._score[place]
        self._kept.append(part[kept].assign(place=place[kept], score=score[kept]))

    def best(self):
        """The chosen attempts, with n_attempts: how many there are of the same sample and analyte."""
        rows = pd.concat(self._kept, ignore_index=True)
        rows = rows[rows["score"] == self._score[rows["place"]]]
        rows = rows.sort_values(["place", "plate", "attempt"], kind="stable", key=tables.attempt_order).drop_duplicates(
            "place"
        )
        rows = rows.assign(n_attempts=self._count[rows["place"]])
        return rows.drop(columns=["place", "score"]).reset_index(drop=True)


def _touched(part, analytes, amendments, pools):
    """sample_id, analyte and amendments of what amendments touched in one batch: its attempts; the results that a renamed
    sample no longer has there; and where values are divided by a pool, for all samples (None), those of the pools.
    """
    columns = ["sample_id", "analyte", "amendments"]
    rows = part.loc[part["amendments"].notna(), columns]
    pooled = rows[rows["sample_id"].isin(pools)].assign(sample_id=None)
    panels = dict(part[["plate", "panel"]].drop_duplicates().itertuples(index=False, name=None))
    lost = [
        (row["from"], each["analyte"], row["amendment"])
        for row in amendments
        if row["what"] == "sample_id" and row["plate"] in panels
        for each in analytes
        if each["panel"] == panels[row["plate"]] and row["analyte"] in ("", each["analyte"])
    ]
    return pd.concat([rows, pooled, pd.DataFrame(lost, columns=columns)])


def _amended(results, touched, replaced):
    """The amendments of every result; one of a re-run counts for the samples it replaced."""
    key = ["sample_id", "analyte"]
    rerun = [(sample, analyte, name) for (_, sample, analyte, _), (name, _) in replaced.items()]
    rows = pd.concat([*touched, pd.DataFrame(rerun, columns=[*key, "amendments"])])
    own = rows[rows["sample_id"].notna()].groupby(key)["amendments"].agg(amend.union)
    pools = rows[rows["sample_id"].isna()].groupby("analyte")["amendments"].agg(amend.union)
    own = own.reindex(pd.MultiIndex.from_frame(results[key]))
    pools = results["analyte"].map(pools).where(results["pool_factor"].notna())
    if not (own.notna().any() or pools.notna().any()):
        return None
    return [amend.union(each) for each in zip(own, pools, strict=True)]


def _numbers(column, number):
    """`number` of every text, asked for once a different text."""
    codes, names = column.factorize()
    return np.array([number(name) for name in names], dtype=np.int64)[codes]


def _selected(best, replaced):
    """The chosen attempts with the words of the choice."""
    why = {(sample, analyte): said for (_, sample, analyte, _), (_, said) in sorted(replaced.items(), reverse=True)}
    said = [why.get(place) for place in zip(best["sample_id"], best["analyte"], strict=True)]
    plain = np.where(best["n_attempts"] > 1, SELECTION, "only attempt")
    words = [own or other for own, other in zip(said, plain, strict=True)]
    return best.assign(selection=pd.Series(words, index=best.index, dtype="object"))


def apply_lloq(chosen: pd.DataFrame, highest: Mapping[str, float], analytes: list[dict], rule: str) -> pd.DataFrame:
    """The chosen attempts with the study's LLOQ applied and values below it censored; no plate's censoring is lifted.

    `plate`: the limit of the attempt's own plate. `max`: the highest one over all accepted attempts of the analyte, `highest`.
    `validated`: the higher of the plate's own and the sheet's, in the well x dilution (ULOQ: the lower). Bounds follow the
    limit applied; what is below a limit of detection stays so.
    """
    chosen = chosen.copy()
    chosen["lloq_applied"], chosen["uloq_applied"] = chosen["lloq_plate"], chosen["uloq_plate"]
    if rule == "max":
        chosen["lloq_applied"] = chosen["analyte"].map(highest).fillna(chosen["lloq_plate"])
    elif rule == "validated":
        for end, outer in (("lloq", np.fmax), ("uloq", np.fmin)):
            limits = {row["analyte"]: (row[f"{end}_validated"] or np.nan) * row["unit_factor"] for row in analytes}
            validated = chosen["analyte"].map(limits).astype(float) * chosen["dilution"]
            chosen[f"{end}_applied"] = outer(chosen[f"{end}_plate"].astype(float), validated)
    chosen["lloq_rule"] = rule + " (" + chosen["lloq_rule"].fillna("none") + ")"
    quantified = chosen["status"] == "quantified"
    moved = quantified & (chosen["point"] < chosen["lloq_applied"])
    below = (chosen["status"] == "below_lloq") | moved
    above = (chosen["status"] == "above_uloq") | (quantified & (chosen["point"] > chosen["uloq_applied"]))
    chosen.loc[moved, "reason"] = "below_study_limit"
    chosen.loc[below, "status"], chosen.loc[above, "status"] = "below_lloq", "above_uloq"
    chosen.loc[chosen["status"].isin(tables.CENSORED), ["value", "low", "high"]] = np.nan
    chosen.loc[below, "lower"] = tables.lowest(chosen.loc[below, "unit"])
    chosen.loc[below, "upper"] = chosen.loc[below, "lloq_applied"]
    chosen.loc[above, "lower"], chosen.loc[above, "upper"] = chosen.loc[above, "uloq_applied"], np.inf
    return chosen


def mark_selected(
    attempts: pd.DataFrame,
    results: pd.DataFrame,
    samples: list[dict],
    pools: Collection[str] = (),
    amendments: Iterable[dict] = (),
) -> pd.DataFrame:
    """The `study_attempts` table: every attempt, whether it is the reported one, and why or why not.

    `attempts` and `results` as given to and by `collect`; `samples` rows of the sheet; `pools` the bridging pools;
    `amendments` rows of the sheet, of which those that choose among attempts or set results aside mark their attempts.
    """
    key = ["sample_id", "analyte"]
    chosen = results.set_index(key).reindex(pd.MultiIndex.from_frame(attempts[key]))
    same = [(attempts[name].to_numpy() == chosen[name].to_numpy()) for name in ("plate", "wells", "dilution")]
    selected = np.logical_and.reduce([np.asarray(each, dtype=bool) for each in same])
    known = attempts["sample_id"].isin({row["sample_id"] for row in samples}).to_numpy()
    reasons = np.select(
        [attempts["sample_id"].isin(set(pools)).to_numpy(), ~known, selected],
        ["a pool that is measured to compare plates", "not in the samples sheet", chosen["selection"].fillna("")],
        "another attempt is reported: plate " + chosen["plate"].fillna("") + ", wells " + chosen["wells"].fillna(""),
    )
    attempts = attempts.assign(selected=selected & known, selection=reasons)
    for row in amendments:
        if row["what"] in ("exclude_result", "replace_by_rerun"):
            named = ";" + chosen["amendments"].astype("object").fillna("") + ";"
            named = named.str.contains(f";{row['amendment']};", regex=False).to_numpy(bool)
            hit = named & (attempts["plate"].isin([row["plate"], row["to"]]) | (row["what"] == "exclude_result"))
            attempts["amendments"] = amend.marked(attempts["amendments"], hit, row["amendment"])
    return bridge_shifts.named(attempts, list(amendments))


def amendments_applied(
    amendments: list[dict],
    parts: Iterable[pd.DataFrame],
    samples: list[dict],
    records: Iterable[pd.DataFrame],
    results: pd.DataFrame,
) -> pd.DataFrame:
    """The `amendments` table: every amendment with the number of records it changed.

    `parts` as for `collect`; `records` are frames of the wells and delivered rows of every batch (plate,
    disposition, amendments).
    """
    replaced, _ = _replaced(parts, {row["sample_id"] for row in samples}, amendments)
    names = [name for name, _ in replaced.values()]
    for name, count in bridge_shifts.counted(parts, amendments).items():
        names += [name] * count
    return amend.applied(amendments, records if amendments else [], results, names)


def unread(wells: pd.DataFrame) -> set[tuple[str, str]]:
    """(plate, analyte) of the plates in quarantine that could not be read and have no layout."""
    rows = wells[(wells["well"] == WHOLE_PLATE) & (wells["disposition"] == "plate_quarantined")]
    return set(zip(rows["plate"], rows["analyte"], strict=True))


def _with_missing(chosen, samples, analytes, unread, listed):
    """One row per awaited sample x assayed analyte; what was never measured is `missing` with its reason.

    Without a list of samples those that were measured are awaited, and nothing else.
    """
    assayed = unread | set(chosen["analyte"].unique())
    rows = pd.DataFrame([row for row in analytes if row["analyte"] in assayed])
    places = chosen[PLACE].drop_duplicates()
    if listed:
        places = awaited(samples, places, list(dict.fromkeys(rows["panel"])) if len(rows) else [])
    order = {row["sample_id"]: number for number, row in enumerate(samples)}
    numbers = {row["analyte"]: number for number, row in enumerate(analytes)}
    full = places.astype(object).merge(pd.DataFrame(rows, columns=["analyte", "panel"]).astype(object), on="panel")
    full = full.assign(first=full["sample_id"].map(order), then=full["analyte"].map(numbers))
    full = full.sort_values(["first", "then"], kind="stable")[["sample_id", "analyte"]].reset_index(drop=True)
    results = full.merge(chosen, on=["sample_id", "analyte"], how="left", validate="one_to_one")
    absent = results["status"].isna()
    results.loc[absent, ["status", "reason", "selection"]] = ["missing", "not_tested", "no attempt"]
    results.loc[absent & results["analyte"].isin(unread), "reason"] = "plate_unread"
    for column in ("panel", "unit"):
        known = {row["analyte"]: row[column] for row in analytes}
        results[column] = results[column].fillna(results["analyte"].map(known))
    results.loc[absent, "lower"], results.loc[absent, "upper"] = tables.lowest(results.loc[absent, "unit"]), np.inf
    results["n_attempts"] = results["n_attempts"].fillna(0).astype("Int64")
    return results[list(tables.TABLES["results"].columns)]
