"""Results and scores joined with participants, courses and visits: the `observations` table.

One row per participant x course x visit x variable that the study planned, also when nothing was measured: a missing
value is a row with a reason. Every change and ratio carries bounds, so a value below LLOQ stays an interval. The table is
written clean: every statistic takes it as it is.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.clinical.lots import lot_changes
from immunoassay.clinical.lower_limits import censored_at_lloq, kept_detected, one_lloq
from immunoassay.problems import Problem
from immunoassay.study.course_names import NO_COURSE, first_course
from immunoassay.study.days import study_days
from immunoassay.study.people import baseline

EXACT = 9  # decimals of changes of scores: 4.1 - 3.5 is 0.6, as much as a difference of 0.6 that matters
SHOWN = 10  # tubes that a problem names


def observations(
    results: pd.DataFrame, study: Mapping[str, Any], bridging: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, list[Problem]]:
    """(observations, problems). `bridging`: the comparison of kit lots, for what is said of changes across lots.

    `study` maps samples, courses, visits, scores and analytes to rows of the sheets (samples and scores with `_row`),
    `files` samples, scores and plates to their files, `scales` to the scales and `members` to the participants analysed;
    `populations` maps an analyte to the members in whom it is analysed (any other is in all), and
    `below_lod_log2` says whether values below LOD in log2 units are censored or kept (`kept_below_lod`), `detected_below_lloq`
    the same of values between LOD and LLOQ (`kept_detected`, else `censored_at_lloq`).
    """
    people = set(study["members"])
    courses = {(row["participant"], row["course"]): row for row in study["courses"] if row["participant"] in people}
    visits = {row["visit"]: row for row in study["visits"]}
    biomarkers, problems = _biomarkers(results, study, courses, visits)
    scores = _scores(study, courses)
    frame = _of_populations(pd.concat([biomarkers, scores], ignore_index=True), study)
    frame = without_unusable(_of_populations(_with_planned(frame, courses, visits, study), study))
    kept = study["below_lod_log2"] == "kept"
    frame = kept_below_lod(frame) if kept else frame
    detected = study["detected_below_lloq"] == "kept"
    frame = kept_detected(frame) if detected else censored_at_lloq(frame)
    pairs = zip(frame["participant"], frame["course"], strict=True)
    frame["course_order"] = [courses[pair]["order"] for pair in pairs]
    frame["visit_order"] = frame["visit"].map({name: row["order"] for name, row in visits.items()})
    frame, found = _days(frame, courses, visits, study["files"])
    frame["lloq_study"] = one_lloq(frame)
    for end in ("lower", "upper"):
        amount, limit = (tables.linear(frame[name], frame["unit"]) for name in (end, "lloq_study"))
        frame[f"over_lloq_{end}"] = amount / limit
    frame = for_statistics(_change(frame, courses, visits), kept, detected)
    problems += found + lot_changes(frame, bridging, study["files"])
    return frame[list(tables.TABLES["observations"].columns)], problems


def _of_populations(frame, study):
    return frame[_included(frame["variable"], frame["participant"], study["populations"])].reset_index(drop=True)


def _included(variables, participants, populations):
    """Whether each participant is in the population of the variable beside."""
    inside = {name: set(people) for name, people in populations.items()}
    pairs = zip(variables, participants, strict=True)
    return np.array([person in inside.get(variable, {person}) for variable, person in pairs], dtype=bool)


def _biomarkers(results, study, courses, visits):
    """The result of every participant, course, visit and analyte; of several measured tubes one is chosen by `_chosen`."""
    samples = pd.DataFrame(study["samples"])
    known = [pair in courses for pair in zip(samples["participant"], samples["course"], strict=True)]
    samples = samples[samples["visit"].isin(visits) & np.array(known, dtype=bool)]
    columns = ["sample_id", "analyte", "panel", "unit", "value", "point", "lower", "upper", "status", "reason", "flags"]
    columns += ["amendments", "plate", "kit_lot", "run"]
    frame = samples.merge(
        results[[*columns, "lod", "lloq_applied", "uloq_applied"]], on="sample_id", how="inner", validate="one_to_many"
    )
    frame, others = _chosen(frame, courses, visits)
    groups = {row["analyte"]: row["group"] for row in study["analytes"]}
    problems = _other_tubes(others, study["files"]) + _specimens(frame, study["files"])
    frame = frame.rename(columns={"analyte": "variable", "lloq_applied": "lloq", "uloq_applied": "uloq"})
    frame["kind"], frame["group"] = "biomarker", frame["variable"].map(groups)
    frame["plate"] = frame["plate"].where(frame["run"].isna(), frame["plate"] + " › " + frame["run"])
    frame["kit_lot"] = frame["kit_lot"].replace("", None)
    return frame.drop(columns=["specimen", "run"]).rename(columns={"collection_date": "date"}), problems


def _chosen(frame, courses, visits):
    """(one row per visit and analyte, the measured rows that give way to it).

    A reportable result goes before one that is not, that before none; then the specimen in which the analyte is measured
    most often, so that serum and plasma are not mixed where both were drawn; then the day nearest the planned one, the
    earlier of two; then the name of the tube.
    """
    day1 = [courses[pair]["day1_date"] for pair in zip(frame["participant"], frame["course"], strict=True)]
    planned = _planned_days(frame, visits)
    day = study_days(frame["collection_date"], pd.Series(day1, index=frame.index))
    kind = frame["specimen"].str.casefold()
    measured = frame["status"] != "missing"
    often = measured.groupby([frame["analyte"], kind]).transform("sum")
    order = {
        "_rank": frame["status"].map({"missing": 2, "not_reportable": 1}).fillna(0),
        "_rare": -often,
        "_kind": kind,
        "_off": (day - planned).abs().fillna(np.inf),
        "_day": day.fillna(np.inf),
    }
    frame = frame.assign(**order).sort_values([*order, "sample_id"], kind="stable").drop(columns=list(order))
    place = ["participant", "course", "visit", "analyte"]
    again = frame.duplicated(place)
    others = frame[again & (frame["status"] != "missing")]
    chosen = frame[~again]
    beside = pd.MultiIndex.from_frame(chosen[place]).isin(pd.MultiIndex.from_frame(others[place]))
    return chosen.assign(flags=_flagged(chosen["flags"], beside, "W-TUBES")).sort_index(), others.sort_index()


def _flagged(flags, hit, flag):
    """Flags with one more where `hit` says so."""
    flags = flags.fillna("").astype("object")
    flags[hit] = (flags[hit] + f";{flag}").str.strip(";")
    return flags.where(flags != "", None)


def _other_tubes(others, files):
    """One FLAG for all measured results that give way to another tube of their visit."""
    if others.empty:
        return []
    tubes = others.drop_duplicates("sample_id")
    visits = len(tubes.drop_duplicates(["participant", "course", "visit"]))
    found = f"not analysed, as another tube of the visit was measured for the same analyte: results {len(others)}, "
    found += f"visits {visits}, tubes {len(tubes)}: {_listed(tubes)}"
    why = "a visit has one value per analyte: a reportable one, of the commonest specimen, nearest the planned day"
    fix = "correct the visit of a tube that belongs to another; all are in study/outside_analysis.tsv"
    return [Problem("W-VIS-103", "FLAG", files["samples"], found, why, fix, row=_first_row(tubes), column="visit")]


def _specimens(chosen, files):
    """One FLAG per panel whose analyses mix specimens."""
    used = chosen[(chosen["status"] != "missing") & (chosen["specimen"] != "")]
    used = used.assign(kind=used["specimen"].str.casefold())
    mixed = used[used.groupby("analyte")["kind"].transform("nunique") > 1]
    problems = []
    for panel, rows in mixed.groupby("panel", sort=True):
        tubes = rows.drop_duplicates("sample_id")
        counts = tubes["kind"].value_counts().sort_index().sort_values(kind="stable")
        rare = tubes[tubes["kind"] == counts.index[0]]
        found = f"{panel} is analysed in {' and '.join(f'{name} (tubes: {n})' for name, n in counts.items())}; "
        found += f"{counts.index[0]} in {_listed(rare)}"
        why, fix = "one analyte may read differently in them", "correct the specimen, or set the results of one aside"
        place = {"row": _first_row(rare), "column": "specimen"}
        problems.append(Problem("W-VIS-105", "FLAG", files["samples"], found, why, fix, **place))
    return problems


def _listed(tubes):
    names = [f"{name} (row {row})" for name, row in zip(tubes["sample_id"], tubes["_row"], strict=True)]
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _first_row(rows):
    return str(rows["_row"].iloc[0])


def outside_analysis(results: pd.DataFrame, observed: pd.DataFrame, study: Mapping[str, Any]) -> pd.DataFrame:
    """The `outside_analysis` table: every measured result that is in no observation, and why."""
    people = {row["participant"]: row["status"] for row in study["participants"]}
    columns = ["sample_id", "analyte", "panel", "unit", "value", "lower", "upper", "status"]
    samples = pd.DataFrame(study["samples"])[["sample_id", "participant", "course", "visit"]]
    rows = results.loc[results["status"] != "missing", columns].merge(samples, on="sample_id", how="left")
    key = ["participant", "course", "visit", "analyte"]
    used = observed.loc[observed["sample_id"].notna(), [*key[:3], "variable", "sample_id"]]
    used = used.rename(columns={"variable": "analyte", "sample_id": "reported_sample"})
    rows = rows.merge(used, on=key, how="left", validate="many_to_one")
    rows = rows[rows["reported_sample"] != rows["sample_id"]]
    outside = rows["participant"].map(people).map({"excluded": "participant_excluded"}).fillna("schedule_not_analysed")
    members = rows["participant"].isin(study["members"])
    outside = outside.mask(members, "another_tube_reported")
    outside = outside.mask(
        members & ~_included(rows["analyte"], rows["participant"], study["populations"]), "not_included"
    )
    courses = {(row["participant"], row["course"]) for row in study["courses"]}
    placed = np.array([pair in courses for pair in zip(rows["participant"], rows["course"], strict=True)], dtype=bool)
    placed &= rows["visit"].isin([row["visit"] for row in study["visits"]]).to_numpy()
    rows["reason"] = outside.where(placed | (outside == "participant_excluded"), "visit_not_stated")
    return rows[list(tables.TABLES["outside_analysis"].columns)].reset_index(drop=True)


def _scores(study, courses):
    records = []
    for row in study["scores"]:
        if (row["participant"], row["course"]) not in courses:
            continue
        for scale in study["scales"]:
            value = row.get(scale)
            done = value is not None
            records.append(
                {
                    **{key: row[key] for key in ("participant", "course", "visit", "date", "_row")},
                    "variable": scale,
                    "kind": "score",
                    "group": "score",
                    "unit": "points",
                    "value": float(value) if done else np.nan,
                    "lower": float(value) if done else -np.inf,
                    "upper": float(value) if done else np.inf,
                    "status": "quantified" if done else "missing",
                    "reason": None if done else "not_done",
                }
            )
    return pd.DataFrame(records)


def _with_planned(frame, courses, visits, study):
    """Add a `missing` row wherever a visit of the course was planned for a variable but has no row; and participant_group.

    A visit counts as planned for a variable when any participant of the group has a row there in the same course.
    """
    keys, named = ["course", "visit", "variable"], ["kind", "group", "panel", "unit"]
    groups = {row["participant"]: row["group"] for row in study["participants"]}
    people = pd.DataFrame(list(courses), columns=["participant", "course"])
    people["participant_group"] = people["participant"].map(groups)
    planned = frame.merge(people, on=["participant", "course"])[["participant_group", *keys]].drop_duplicates()
    planned = planned.merge(frame[[*keys, *named]].drop_duplicates(keys), on=keys)
    full = people.merge(planned, on=["participant_group", "course"], how="inner")
    frame = full.merge(frame.drop(columns=named), on=["participant", *keys], how="left", validate="1:1")
    frame["participant_group"] = frame["participant_group"].astype("str").replace("", None)
    absent = frame["status"].isna()
    frame.loc[absent, ["status", "reason"]] = ["missing", "no_visit"]
    frame.loc[absent, "lower"] = _lowest(frame)[absent]
    frame.loc[absent, "upper"] = np.inf
    return frame


def _days(frame, courses, visits, files):
    """Study day and whether it lies in the window of the visit; a visit outside is flagged, never moved."""
    day1 = [courses[pair]["day1_date"] for pair in zip(frame["participant"], frame["course"], strict=True)]
    frame["day"] = study_days(frame["date"], pd.Series(day1, index=frame.index)).astype("float64")
    planned = _planned_days(frame, visits)
    first = planned - frame["visit"].map({name: row["window_before"] for name, row in visits.items()})
    last = planned + frame["visit"].map({name: row["window_after"] for name, row in visits.items()})
    frame["in_window"] = ((frame["day"] >= first) & (frame["day"] <= last)).astype("boolean")
    frame.loc[frame["day"].isna() | planned.isna(), "in_window"] = pd.NA
    late = frame["in_window"].eq(False).fillna(False).astype(bool)
    frame["flags"] = _flagged(frame["flags"], late, "W-WINDOW")
    outside = frame[late].drop_duplicates(["participant", "course", "visit", "kind", "_row"])
    problems = [
        Problem(
            "W-VIS-102",
            "FLAG",
            files["samples" if row["kind"] == "biomarker" else "scores"],
            f"{' '.join(_place(row))} was on day {row['day']:.0f}",
            "that is outside the window of the visit",
            "the value is used and marked; correct the date or the visit if one is wrong",
            row=f"{row['_row']:.0f}",
            column="collection_date" if row["kind"] == "biomarker" else "date",
        )
        for _, row in outside.iterrows()
    ]
    return frame, problems


def _place(row):
    """Participant, course (unless there is none) and visit of a row."""
    return [row[name] for name in ("participant", "course", "visit") if row[name] != NO_COURSE]


def _planned_days(frame, visits):
    """The planned day of the visit of every row; missing where none is planned."""
    days = {name: np.nan if row["day"] is None else float(row["day"]) for name, row in visits.items()}
    return frame["visit"].map(days).astype("float64")


def without_unusable(frame: pd.DataFrame) -> pd.DataFrame:
    """Results no statistic can use, as not reportable: unknown between bounds that exclude nothing.

    A quantified biomarker that is not a positive finite number has no logarithm (in log2 units it is one), a score that is
    not a number no value, and bounds that exclude nothing say nothing. A result without a reason gets `not_usable`.
    """
    lower, upper = (frame[name].to_numpy(float, na_value=np.nan) for name in ("lower", "upper"))
    status, lowest = frame["status"], _lowest(frame)
    unusable = (
        ((status == "quantified") & ~(np.isfinite(lower) & (lower > lowest)))
        | (status.isin(tables.BELOW) & ~(np.isfinite(upper) & (upper > lowest)))
        | ((status == "above_uloq") & ~(np.isfinite(lower) & (lower > lowest)))
    )
    frame = frame.copy()
    frame.loc[unusable, "status"] = "not_reportable"
    frame.loc[unusable, "value"] = np.nan
    frame.loc[unusable, "lower"], frame.loc[unusable, "upper"] = lowest[unusable], np.inf
    frame.loc[unusable & frame["reason"].isna(), "reason"] = "not_usable"
    return frame


def _lowest(frame):
    """What no value of the row lies below: 0 for an amount; nothing for a score or a logarithm."""
    return np.where(frame["kind"] == "score", -np.inf, tables.lowest(frame["unit"]))


def kept_below_lod(frame: pd.DataFrame) -> pd.DataFrame:
    """Values below LOD in log2 units as they were delivered: both bounds are the value, the status stays.

    What was delivered without a number stays censored.
    """
    hit = (frame["status"] == "below_lod") & tables.in_log2(frame["unit"]) & np.isfinite(frame["point"].astype(float))
    frame = frame.copy()
    for name in ("value", "lower", "upper"):
        frame[name] = frame[name].mask(hit, frame["point"])
    return frame


def for_statistics(frame: pd.DataFrame, kept: bool = False, detected: bool = False) -> pd.DataFrame:
    """With reported, baseline_reported, own_baseline, lower_limit, and both limits at baseline.

    `kept`: values below LOD in log2 units are (kept_below_lod), so that a LOD limits none that has a number. `detected`:
    values between LOD and LLOQ are (kept_detected), so that the LOD is the limit where there is one.

    `own_baseline`: the frame says in `borrowed` whether biomarkers, or scores, of the course take another course's baseline.
    Their own first visit is then a visit like any other, and the limits at baseline are those of the participant's first course.
    """
    lloq = frame["lod"].fillna(frame["lloq"]) if detected else frame["lloq"]
    free = kept & tables.in_log2(frame["unit"]) & (frame["lower"] == frame["upper"])
    frame = frame.assign(
        reported=frame["status"].isin(tables.REPORTED),
        baseline_reported=frame["baseline_status"].isin(tables.REPORTED),
        own_baseline=frame["baseline"].fillna(False).astype(bool) & ~frame["borrowed"].astype(bool),
        lower_limit=lloq.fillna(frame["lod"].mask(free)),  # where nothing else censors an analyte, its LOD does
    ).drop(columns="borrowed")
    ordered = frame.sort_values(["course_order", "course"], kind="stable")
    rows = ordered.loc[ordered["own_baseline"], ["participant", "variable", "course", "lower_limit", "uloq"]]
    rows = rows.rename(columns={"lower_limit": "baseline_lower_limit", "uloq": "baseline_uloq"})
    key = ["participant", "variable"]
    same = frame[[*key, "course"]].merge(rows.drop_duplicates([*key, "course"]), on=[*key, "course"], how="left")
    first = frame[key].merge(rows.drop_duplicates(key).drop(columns="course"), on=key, how="left")
    limits = {name: same[name].fillna(first[name]).to_numpy() for name in ("baseline_lower_limit", "baseline_uloq")}
    return frame.assign(**limits)


def _change(frame, courses, visits):
    """Baseline, change and ratio to baseline with their bounds; scores have no ratio."""
    visit = baseline([*visits.values()])
    first = first_course(courses.values())
    source = {
        (*pair, kind): first if row[f"{kind}_baseline"] == "first" else pair[1]
        for pair, row in courses.items()
        for kind in ("biomarker", "score")
    }
    frame["baseline"] = frame["visit"] == visit
    frame["_course"] = [source[key] for key in zip(frame["participant"], frame["course"], frame["kind"], strict=True)]
    frame["borrowed"] = frame["_course"] != frame["course"]
    stated = ["lower", "upper", "status", "plate", "kit_lot"]
    base = frame.loc[frame["baseline"], ["participant", "course", "variable", "value", *stated]]
    named = {"course": "_course", "value": "_value", **{name: f"baseline_{name}" for name in stated}}
    base = base.rename(columns=named)
    frame = frame.merge(base, on=["participant", "_course", "variable"], how="left", validate="many_to_one")
    frame["baseline_status"] = frame["baseline_status"].fillna("missing")
    known = ~frame["baseline_status"].isin(["missing", "not_reportable"])
    known &= ~frame["status"].isin(["missing", "not_reportable"])
    frame["change"] = frame["value"] - frame["_value"]
    frame["change_lower"] = (frame["lower"] - frame["baseline_upper"]).where(known)
    frame["change_upper"] = (frame["upper"] - frame["baseline_lower"]).where(known)
    score = frame["kind"] == "score"
    for column in ("change", "change_lower", "change_upper"):
        frame.loc[score, column] = frame.loc[score, column].round(EXACT)
    ratio, log2 = known & (frame["kind"] == "biomarker"), tables.in_log2(frame["unit"])
    with np.errstate(divide="ignore", invalid="ignore"):
        for end, other in (("lower", "upper"), ("upper", "lower")):
            amounts = frame[end] / frame[f"baseline_{other}"]
            frame[f"fold_{end}"] = amounts.mask(log2, np.exp2(frame[f"change_{end}"].where(log2))).where(ratio)
        percent = 100 * frame["change"] / frame["_value"]
    frame["relative_change_percent"] = percent.where((frame["kind"] == "biomarker") & np.isfinite(percent) & ~log2)
    return frame
