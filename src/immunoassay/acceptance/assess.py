"""The acceptance of one batch: every rule evaluated, one verdict per plate x analyte, attempts with their reasons.

A problem of level QUARANTINE that judging finds sets its plate x analyte aside here, as reading does in the wells.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import repeat

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.acceptance import (
    consequences,
    judged,
    plate_checks,
    rules,
    sample_checks,
    series_checks,
    vendor_values,
)
from immunoassay.acceptance.facts import Facts, Judged, Judgement, Rows, table
from immunoassay.acceptance.rule_names import RULES
from immunoassay.calibration.models import why_refused
from immunoassay.calibration.quantify import choose_dilution, combine_replicates, curve_rows
from immunoassay.problems import Problem, to_frame
from immunoassay.readers.deliveries import delivered as delivered_results
from immunoassay.readers.wells import ASIDE, READ
from immunoassay.study import amendments as amend
from immunoassay.study.vocabulary import criteria_for

RECORD = list(tables.TABLES["checks"].columns)
USABLE = ["level", "expected", "signal", "concentration_well", "status"]
CURVE = ["status", "status_reason", "at_bound", "lloq", "uloq", "limit_reason"]
PLACE = ["batch", "plate", "panel", "analyte"]
WELLS = ["role", "sample_id", "bead_count", "signal_kind"]
JUDGED = ["sample_id", "dilution", "n_wells", "cv_percent", "status", "value", "lloq_plate"]
JUDGING = ["plate", "analyte", "verdict", "required", "rule", "words", "scope"]  # of checks, for `verdicts`
PLATE_RULES = (*rules.PLATE_RULES, *plate_checks.RULES)


def assess_batch(
    wells: pd.DataFrame,
    delivered: pd.DataFrame,
    curves: pd.DataFrame,
    concentrations: pd.DataFrame,
    dropped_standards: pd.DataFrame,
    plates: list[dict],
    panels: list[dict],
    criteria: dict,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """(checks, attempts, problems) of one batch; every sample well is in an attempt.

    `plates` and `panels` are rows of the sheets (plate, run_date, kit_lot, file; panel, platform, criteria_set,
    replicate_rule, min_dilution, max_dilution, accept_unproven); `criteria` the criteria set by name (see
    vocabulary.criteria_for).
    """
    kits = {row["panel"]: row for row in panels}

    def criteria_of(panel, analyte):
        return criteria_for(criteria, kits[panel]["criteria_set"], analyte)

    aside = set_aside_checks([wells, delivered], kits, criteria)
    others = curves[~_places(curves).isin(_places(aside))]
    judged_plates = assess_plates(wells, others, concentrations, dropped_standards, kits, criteria)
    checks = pd.concat([aside, judged_plates], ignore_index=True)
    combined = [
        combine_replicates(rows, curves, kits[panel]["replicate_rule"], _agreeing(rows, kits[panel], criteria))
        for panel, rows in concentrations.groupby("panel", sort=True)
    ]
    combined = [rows for rows in combined if len(rows)]
    attempts = [choose_dilution(rows) for rows in combined]
    found = (
        [_with_verdicts(_of_delivery(delivered, plates, kits, criteria), verdicts(checks, curves))]
        if len(delivered)
        else []
    )
    problems = fewer_parameters(curves, plates)
    if attempts:
        frame = pd.concat(attempts, ignore_index=True)
        frame["attempt"] = frame["plate"] + " 1:" + frame["dilution"].map("{:g}".format)
        frame = stamp_attempts(frame, wells, plates, curves).assign(run=None)
        statuses = sample_checks.well_statuses(concentrations)
        combined = pd.concat(combined, ignore_index=True)
        rises = sample_checks.rises_with_dilution(combined)
        series = series_checks.judged(combined, concentrations, curves, criteria_of)
        frame, more = judge_attempts(frame, verdicts(checks, curves), kits, criteria, statuses, rises, series)
        frame = _say_why_set_aside(frame, wells)
        everywhere = judged.everywhere(more)
        agreement = vendor_values.agreement(wells, concentrations, criteria_of)
        whole = _setting_aside(everywhere, agreement, curves, kits, criteria)
        checks = pd.concat([part for part in (checks, more, whole) if len(part)], ignore_index=True)
        unproven = {name for name, row in kits.items() if row["accept_unproven"]}
        problems += list(judged.problems(checks, everywhere, wells, frame, plates, unproven))
        found.insert(0, frame)
    unread = unread_attempts(wells, found[0] if attempts else tables.empty("attempts"), plates)
    if len(unread):
        found.append(_with_verdicts(unread, verdicts(checks, curves)))
    columns = list(tables.TABLES["attempts"].columns)
    frame = pd.concat([rows[columns] for rows in found if len(rows)] or [tables.empty("attempts")], ignore_index=True)
    return checks, quarantined(frame, problems), to_frame(problems)


def _of_delivery(delivered, plates, kits, criteria):
    """Attempts of delivered rows, whose replicates may differ as the criteria sets say."""
    agreeing = {}
    for panel, rows in delivered.groupby("panel", sort=True):
        agreeing |= _agreeing(rows, kits[panel], criteria)
    return delivered_results.attempts(delivered, plates, agreeing)


def _setting_aside(everywhere, agreement, curves, panels, criteria):
    """The checks of plate x analyte as a whole whose failure sets it aside, whatever the criteria set requires."""
    position = {place: at for at, place in enumerate(_places(curves))}
    found = [((each.plate, each.analyte), each.judgement) for each in everywhere if each.sets_aside]
    found += agreement.items()
    every = [np.array([getattr(judgement, each.name) for _, judgement in found], object) for each in fields(Judgement)]
    judged = [(np.array([position[place] for place, _ in found], int), Judgement(*every))]
    checks = _checks(curves, judged, panels, criteria).drop(columns="at")
    return checks.assign(required=checks["verdict"] == "FAIL")


def fewer_parameters(curves: pd.DataFrame, plates: list[dict]) -> list[Problem]:
    """A FLAG for every plate whose standards were too few wells for the model of the sheet, with its analytes."""
    files = {row["plate"]: row["file"] for row in plates}
    hit = curves[curves["model_refused"].notna() & (curves["status"] == "converged")]
    facts = ["plate", "n_wells_offered", "n_levels_offered", "model_refused", "model"]
    return [
        Problem(
            "W-LIM-094", "FLAG", files[plate], f"{', '.join(rows['analyte'])}: {why_refused(*fact)}",
            "the shape of the curve is less certain than the sheet asks for",
            "choose that model as curve_model, or measure standards in duplicate", plate=plate,
        )
        for (plate, *fact), rows in hit.groupby(facts, sort=True)
    ]  # fmt: skip


def quarantined(attempts: pd.DataFrame, problems: Iterable[Problem]) -> pd.DataFrame:
    """Attempts with those not reportable that a QUARANTINE of `problems` concerns (its plate, or one analyte of it)."""
    attempts = attempts.copy()
    for problem in problems:
        if problem.level == "QUARANTINE":
            hit = attempts["plate"] == problem.plate
            hit &= (attempts["analyte"] == problem.analyte) if problem.analyte else True
            attempts.loc[hit, ["verdict", "verdict_reason"]] = ["FAIL", f"in quarantine: {problem.found}"]
            consequences.reject(attempts, hit, "plate_quarantined")
    return attempts


def unread_attempts(wells: pd.DataFrame, attempts: pd.DataFrame, plates: list[dict]) -> pd.DataFrame:
    """Attempts of the samples no well of which could be read: not reportable, with the wells' disposition as reason."""
    key = ["plate", "sample_id", "analyte", "dilution"]
    rows = wells[(wells["role"] == "sample") & wells["sample_id"].notna() & wells["vendor_flag"].eq("not_read")]
    if rows.empty:
        return tables.empty("attempts")
    rows = rows.assign(dilution=rows["dilution"].fillna(1.0))
    known = pd.MultiIndex.from_frame(attempts[key[:3]])
    rows = rows[~pd.MultiIndex.from_frame(rows[key[:3]]).isin(known)]
    if rows.empty:
        return tables.empty("attempts")
    frame = rows.groupby(key, sort=True, as_index=False).first()
    joined = rows.groupby(key, sort=True)["well"].agg([",".join, "size"]).reset_index(drop=True)
    frame = frame.reindex(columns=list(dict.fromkeys([*frame.columns, *tables.TABLES["attempts"].columns])))
    frame["wells"], frame["n_wells"] = joined["join"], joined["size"]
    frame["attempt"] = frame["plate"] + " 1:" + frame["dilution"].map("{:g}".format)
    frame["lower"], frame["upper"], frame["status"] = tables.lowest(frame["unit"]), np.inf, "not_reportable"
    frame["reason"] = frame["disposition"].replace("usable", "no_signal")
    frame["verdict"], frame["verdict_reason"] = "NOT_EVALUABLE", frame["disposition_reason"]
    for column in ("run_date", "kit_lot"):
        frame[column] = frame["plate"].map({row["plate"]: row[column] for row in plates})
    return frame


def assess_plates(
    wells: pd.DataFrame,
    curves: pd.DataFrame,
    concentrations: pd.DataFrame,
    dropped_standards: pd.DataFrame,
    panels: Mapping[str, dict],
    criteria: dict,
) -> pd.DataFrame:
    """Every plate rule of every plate x analyte, as the `checks` table.

    `panels` are rows of the sheet by panel; `criteria` the criteria set by name.
    """
    usable = concentrations[concentrations["disposition"].isin(READ) & (concentrations["role"] != "sample")]
    usable = usable[(usable["disposition"] == "usable") | (usable["role"] != "standard")]

    def rows(frame, columns):
        return Rows.of(frame[columns], place=curve_rows(frame, curves))

    of_role = [rows(usable[usable["role"] == role], USABLE) for role in ("standard", "control", "blank")]
    dropped = dropped_standards[dropped_standards["dropped"]]
    parts = [rows(curves, CURVE), *of_role, rows(wells, WELLS), rows(dropped, ["level"])]
    judged: list[Judged] = []
    for at, panel, criterion in alike(curves, panels, criteria):
        fits, standards, controls, blanks, every, gone = (part.at(at, len(curves)) for part in parts)
        levels = frozenset(zip(gone["place"].tolist(), gone["level"], strict=True))
        facts = Facts(fits, standards, controls, blanks, every, panel["platform"], levels)
        judged += [(at[hit], found) for rule in PLATE_RULES for hit, found in rule(facts, criterion)]
    return _checks(curves, judged, panels, criteria).drop(columns="at")


def alike(places: pd.DataFrame, panels: Mapping[str, dict], criteria: dict) -> Iterator[tuple[np.ndarray, dict, dict]]:
    """(positions, row of the panel, criteria) of the rows of `places` (panel, analyte) that have the same."""
    groups: dict[tuple, list] = {}
    for (name, analyte), at in places.groupby(["panel", "analyte"], sort=True).indices.items():
        criterion = criteria_for(criteria, panels[name]["criteria_set"], analyte)
        groups.setdefault((name, id(criterion)), [panels[name], criterion]).append(at)
    for panel, criterion, *at in groups.values():
        yield np.sort(np.concatenate(at)), panel, criterion


def set_aside_checks(frames: Sequence[pd.DataFrame], panels: Mapping[str, dict], criteria: dict) -> pd.DataFrame:
    """A failed check for every plate x analyte that a person or a problem set aside whole, as the `checks` table.

    `frames` are wells and delivered rows; the rule is their disposition, the words are their reason. No other rule judges
    what is left of such a plate.
    """
    columns = ["batch", "plate", "panel", "analyte", "disposition", "disposition_reason"]
    concerned = [frame["disposition"].isin([*ASIDE, amend.EXCLUDED]).any() for frame in frames]
    parts = zip(frames, concerned, strict=True)
    rows = pd.concat([frame[columns] if each else frame[columns].head(0) for frame, each in parts])
    one = rows.groupby(["plate", "analyte"])["disposition"].transform("nunique") == 1
    rows = rows[rows["disposition"].isin(ASIDE) | (one & (rows["disposition"] == amend.EXCLUDED))]
    rows = rows.drop_duplicates(["plate", "analyte"]).sort_values(["plate", "analyte"]).fillna("")
    rule, why = (rows[name].to_numpy(object) for name in ("disposition", "disposition_reason"))
    judged = [(np.arange(len(rows)), Judgement(rule, "plate", "", np.nan, "none", "FAIL", why))]
    return _checks(rows, judged, panels, criteria).drop(columns="at")


def _places(frame):
    return pd.MultiIndex.from_frame(frame[["plate", "analyte"]])


def _agreeing(rows, panel, criteria):
    """{analyte: largest CV of replicates in percent} of one panel."""
    sets = {name: criteria_for(criteria, panel["criteria_set"], name) for name in rows["analyte"].unique()}
    return {name: each["replicates"]["cv_percent"] for name, each in sets.items() if "replicates" in each}


def verdicts(checks: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """One verdict per plate x analyte with its reason in words: columns plate, analyte, verdict, verdict_reason.

    FAIL: a required rule fails. NOT_EVALUABLE: a required rule could not be evaluated. WARN: an advisory rule fails,
    or any rule warns.
    """
    reasons: dict[tuple, dict[str, list[str]]] = {}
    rows = checks.loc[(checks["scope"] == "plate") & (checks["verdict"] != "PASS"), JUDGING]
    for plate, analyte, verdict, required, rule, words, _ in rows.itertuples(index=False, name=None):
        if not required and verdict == "NOT_EVALUABLE":
            continue
        found = verdict if required else "WARN"
        reasons.setdefault((plate, analyte), {}).setdefault(found, []).append(f"{RULES[rule]}: {words}")
    records = []
    for place in dict.fromkeys([*zip(curves["plate"], curves["analyte"], strict=True), *reasons]):
        found = reasons.get(place, {})
        verdict = next((each for each in ("FAIL", "NOT_EVALUABLE", "WARN") if each in found), "PASS")
        records.append((*place, verdict, "; ".join(found.get(verdict, []))))
    return pd.DataFrame(records, columns=["plate", "analyte", "verdict", "verdict_reason"])


def judge_attempts(
    attempts: pd.DataFrame,
    verdict: pd.DataFrame,
    panels: Mapping[str, dict],
    criteria: dict,
    statuses: dict[tuple, list[str]],
    rises: dict[tuple, float],
    series: dict[tuple, list[Judgement]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(attempts with verdicts and their consequences, checks of the sample rules).

    `verdict` as `verdicts` gives it; `statuses` and `rises`: what sample_checks found in the wells and dilutions;
    `series`: the judgements of series_checks. What a judgement does to an attempt is in `consequences`.
    """
    unproven = {name for name, row in panels.items() if row["accept_unproven"]}
    attempts = attempts.drop(columns=["verdict", "verdict_reason"], errors="ignore")
    attempts = attempts.merge(verdict, on=["plate", "analyte"], how="left", validate="many_to_one")
    attempts["verdict"] = attempts["verdict"].fillna("NOT_EVALUABLE")
    attempts = consequences.of_plates(attempts, unproven)
    full = list(zip(*(attempts[name].tolist() for name in sample_checks.KEY), strict=True))
    names = [each[:3] for each in full] if rises or series else []
    rows = Rows.of(
        attempts[JUDGED],
        place=np.arange(len(attempts)),
        rise=np.array([rises.get(name, np.nan) for name in names] or np.full(len(full), np.nan), float),
        statuses=np.fromiter(map(statuses.get, full, repeat(())), object, len(full)),
        subject=np.array([f"{sample} 1:{dilution:g}" for _, sample, _, dilution in full], object),
    )
    judged: list[Judged] = []
    for at, panel, criterion in alike(attempts, panels, criteria):
        own = rows.at(at, len(attempts))
        found = (
            rules.replicate_cv(own, criterion),
            rules.dilution_range(own, panel["min_dilution"], panel["max_dilution"]),
            sample_checks.replicate_agreement(own),
            sample_checks.hook(own, criterion),
        )
        judged += [(at[hit], judgement) for each in found for hit, judgement in each]
    judged += [(at, judgement) for at, name in enumerate(names) for judgement in series.get(name, ())]
    checks = _checks(attempts, judged, panels, criteria)
    return consequences.of_samples(attempts, checks, unproven), checks.drop(columns="at")


def _with_verdicts(attempts, verdict):
    """Attempts of deliveries, or of wells that were not read, with the verdict of what was set aside."""
    named = attempts[["plate", "analyte"]].merge(verdict, on=["plate", "analyte"], how="left").set_index(attempts.index)
    return attempts.assign(**{name: named[name].fillna(attempts[name]) for name in ("verdict", "verdict_reason")})


def stamp_attempts(
    attempts: pd.DataFrame, wells: pd.DataFrame, plates: list[dict], curves: pd.DataFrame
) -> pd.DataFrame:
    """Attempts with run date, kit lot, raw file, the flags of their wells, and the amendments of wells and curve."""
    attempts = attempts.copy()
    meta = {row["plate"]: row for row in plates}
    for column in ("run_date", "kit_lot", "file"):
        attempts[column] = attempts["plate"].map({name: row[column] for name, row in meta.items()})
    checksums = wells[["plate", "file_sha256"]].dropna().drop_duplicates("plate").set_index("plate")["file_sha256"]
    attempts["file_sha256"] = attempts["plate"].map(checksums)
    flagged = wells[wells["flags"].notna()]
    flags = {
        key: ";".join(sorted({code for text in rows["flags"] for code in text.split(";")}))
        for key, rows in flagged.groupby(["plate", "sample_id", "analyte", "dilution"], sort=False)
    }
    keys = zip(*(attempts[name].tolist() for name in ("plate", "sample_id", "analyte", "dilution")), strict=True)
    own = attempts["flags"].fillna("") if "flags" in attempts.columns else [""] * len(attempts)
    joined = [
        f"{found};{mine}" if found and mine else found or mine or None
        for found, mine in zip(map(flags.get, keys), own, strict=True)
    ]
    attempts["flags"] = pd.Series(joined, index=attempts.index, dtype="str")
    own, curve = amend.of_samples(wells), curves.set_index(["plate", "analyte"])["amendments"]
    if own.empty and curve.isna().all():  # as of most batches
        return attempts.assign(amendments=None)
    own = own.reindex(pd.MultiIndex.from_frame(attempts[["plate", "sample_id", "analyte"]]))
    curve = curve.reindex(pd.MultiIndex.from_frame(attempts[["plate", "analyte"]]))
    attempts["amendments"] = [amend.union(each) for each in zip(own.tolist(), curve.tolist(), strict=True)]
    return attempts


def _say_why_set_aside(attempts, wells):
    """`excluded` says too little: the reason of an attempt without a usable well is its wells' disposition."""
    hit = (attempts["status"] == "not_reportable") & attempts["reason"].isin(["excluded", "no_signal"])
    if not hit.any():
        return attempts
    sample = wells[(wells["role"] == "sample") & (wells["disposition"] != "usable")]
    why = sample.groupby(["plate", "sample_id", "analyte"])["disposition"].first()
    place = pd.MultiIndex.from_frame(attempts[["plate", "sample_id", "analyte"]])
    attempts.loc[hit, "reason"] = why.reindex(place).to_numpy()[hit.to_numpy()]
    return attempts


def _checks(places, judged, panels, criteria):
    """The `checks` of pairs of positions in `places` and their Judgement, with `at`, the positions."""
    checks, sets, number = table(judged), [], np.zeros(len(places), int)
    at, (rule, rule_names), needed = checks["at"].to_numpy(), checks["rule"].factorize(), []
    for some, _, criterion in alike(places, panels, criteria):
        number[some] = len(sets)
        sets.append(criterion)
        needed.append(rule_names.isin([*ASIDE, amend.EXCLUDED, *criterion["required"]]))
    required = np.array(needed, bool).reshape(len(sets), len(rule_names))[number[at], rule]
    more = {name: pd.array(places[name], dtype="str").take(at) for name in PLACE} | {"required": required}
    for name, key in (("criteria_set", "id"), ("criteria_version", "version")):
        more[name] = pd.array([str(each[key]) for each in sets], dtype="str").take(number[at])
    return checks.assign(**more)[[*RECORD, "at"]]
