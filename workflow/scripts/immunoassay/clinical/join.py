"""Results and scores joined with participants, courses and visits: the `observations` table.

One row per participant x course x visit x variable that the study planned, also when nothing was measured: a missing
value is a row with a reason. Every change and ratio carries bounds, so a value below LLOQ stays an interval.
"""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.problems import Problem

SAMPLES, SCORES = "config/samples.tsv", "scores"


def observations(results, study):
    """(observations, problems).

    `study` maps samples, courses, visits, scores and analytes to rows of the sheets, `scales` to the scales and
    `members` to the participants of the analysed set.
    """
    people = set(study["members"])
    courses = {(row["participant"], row["course"]): row for row in study["courses"] if row["participant"] in people}
    visits = {row["visit"]: row for row in study["visits"]}
    biomarkers, problems = _biomarkers(results, study, courses, visits)
    scores = _scores(study, courses)
    frame = pd.concat([biomarkers, scores], ignore_index=True)
    frame = _with_planned(frame, courses, visits, study)
    frame["visit_order"] = frame["visit"].map({name: row["order"] for name, row in visits.items()})
    frame, found = _days(frame, courses, visits)
    frame["over_lloq_lower"] = frame["lower"] / frame["lloq"]
    frame["over_lloq_upper"] = frame["upper"] / frame["lloq"]
    frame = _change(frame, courses, visits)
    return frame[list(tables.TABLES["observations"].columns)], problems + found


def _biomarkers(results, study, courses, visits):
    samples = pd.DataFrame(study["samples"])
    samples = samples[[pair in courses for pair in zip(samples["participant"], samples["course"], strict=True)]]
    samples, problems = _one_per_visit(samples, courses, visits)
    columns = ["sample_id", "analyte", "panel", "unit", "value", "lower", "upper", "status", "reason", "flags"]
    columns.append("amendments")
    frame = samples.merge(
        results[[*columns, "lloq_applied", "uloq_applied"]], on="sample_id", how="inner", validate="one_to_many"
    )
    groups = {row["analyte"]: row["group"] for row in study["analytes"]}
    frame = frame.rename(columns={"analyte": "variable", "lloq_applied": "lloq", "uloq_applied": "uloq"})
    frame["kind"], frame["group"] = "biomarker", frame["variable"].map(groups)
    return frame.rename(columns={"collection_date": "date"}), problems


def _one_per_visit(samples, courses, visits):
    """Of several samples of one visit the one nearest the planned day (earlier on a tie); the others are named."""
    samples = samples.copy()
    day1 = [courses[pair]["day1_date"] for pair in zip(samples["participant"], samples["course"], strict=True)]
    planned = samples["visit"].map({name: row["day"] for name, row in visits.items()})
    day = _day(samples["collection_date"], pd.Series(day1, index=samples.index))
    samples["_off"] = (day - planned).abs().fillna(np.inf)
    samples["_day"] = day.fillna(np.inf)
    samples = samples.sort_values(["_off", "_day", "sample_id"], kind="stable")
    repeated = samples.duplicated(["participant", "course", "visit"])
    problems = [
        Problem(
            "W-VIS-103",
            "FLAG",
            SAMPLES,
            f"{row['sample_id']} is a second sample of {row['participant']} {row['course']} {row['visit']}",
            "a visit has one value",
            "the sample nearest the planned day is analysed; correct the visit if it is another",
        )
        for _, row in samples[repeated].iterrows()
    ]
    return samples[~repeated].drop(columns=["_off", "_day"]), problems


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
                    **{key: row[key] for key in ("participant", "course", "visit", "date")},
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
    """Add a `missing` row wherever a visit of the course was planned for a variable but has no row.

    A visit counts as planned for a variable when any participant has a row there in the same course.
    """
    keys = ["course", "visit", "variable"]
    planned = frame[[*keys, "kind", "group", "panel", "unit"]].drop_duplicates(keys)
    people = pd.DataFrame(list(courses), columns=["participant", "course"])
    full = people.merge(planned, on="course", how="inner")
    frame = full.merge(
        frame.drop(columns=["kind", "group", "panel", "unit"]), on=["participant", *keys], how="left", validate="1:1"
    )
    absent = frame["status"].isna()
    frame.loc[absent, ["status", "reason"]] = ["missing", "no_visit"]
    frame.loc[absent, "lower"] = np.where(frame.loc[absent, "kind"] == "score", -np.inf, 0.0)
    frame.loc[absent, "upper"] = np.inf
    return frame


def _day(dates, day1):
    return (pd.to_datetime(dates) - pd.to_datetime(day1)).dt.days + 1


def _days(frame, courses, visits):
    """Study day and whether it lies in the window of the visit; a visit outside is flagged, never moved."""
    day1 = [courses[pair]["day1_date"] for pair in zip(frame["participant"], frame["course"], strict=True)]
    frame["day"] = _day(frame["date"], pd.Series(day1, index=frame.index)).astype("float64")
    first = frame["visit"].map({name: row["day"] - row["window_before"] for name, row in visits.items()})
    last = frame["visit"].map({name: row["day"] + row["window_after"] for name, row in visits.items()})
    frame["in_window"] = ((frame["day"] >= first) & (frame["day"] <= last)).astype("boolean")
    frame.loc[frame["day"].isna(), "in_window"] = pd.NA
    outside = frame[frame["in_window"].eq(False).fillna(False)]
    flags = frame["flags"].fillna("") if "flags" in frame.columns else pd.Series("", index=frame.index)
    flags.loc[outside.index] = (flags[outside.index] + ";W-WINDOW").str.strip(";")
    frame["flags"] = flags.where(flags != "")
    problems = [
        Problem(
            "W-VIS-102",
            "FLAG",
            SAMPLES if row["kind"] == "biomarker" else SCORES,
            f"{row['participant']} {row['course']} {row['visit']} was on day {row['day']:.0f}",
            "that is outside the window of the visit",
            "the value is used and marked; correct the date or the visit if one is wrong",
        )
        for _, row in outside.drop_duplicates(["participant", "course", "visit", "kind"]).iterrows()
    ]
    return frame, problems


def _change(frame, courses, visits):
    """Baseline, change and ratio to baseline with their bounds; scores have no ratio."""
    visit = next((name for name, row in visits.items() if row["baseline"]), None)
    first = {
        row["participant"]: course for (_, course), row in sorted(courses.items(), key=_order) if row["order"] == 1
    }
    source = {
        (*pair, kind): first.get(pair[0], pair[1]) if row[f"{kind}_baseline"] == "first" else pair[1]
        for pair, row in courses.items()
        for kind in ("biomarker", "score")
    }
    frame["baseline"] = frame["visit"] == visit
    frame["_course"] = [source[key] for key in zip(frame["participant"], frame["course"], frame["kind"], strict=True)]
    base = frame.loc[frame["baseline"], ["participant", "course", "variable", "value", "lower", "upper", "status"]]
    base = base.rename(
        columns={
            "course": "_course",
            "value": "_value",
            "lower": "baseline_lower",
            "upper": "baseline_upper",
            "status": "baseline_status",
        }
    )
    frame = frame.merge(base, on=["participant", "_course", "variable"], how="left", validate="many_to_one")
    frame["baseline_status"] = frame["baseline_status"].fillna("missing")
    known = ~frame["baseline_status"].isin(["missing", "not_reportable"])
    known &= ~frame["status"].isin(["missing", "not_reportable"])
    frame["change"] = frame["value"] - frame["_value"]
    frame["change_lower"] = (frame["lower"] - frame["baseline_upper"]).where(known)
    frame["change_upper"] = (frame["upper"] - frame["baseline_lower"]).where(known)
    ratio = known & (frame["kind"] == "biomarker")
    with np.errstate(divide="ignore", invalid="ignore"):
        frame["fold_lower"] = (frame["lower"] / frame["baseline_upper"]).where(ratio)
        frame["fold_upper"] = (frame["upper"] / frame["baseline_lower"]).where(ratio)
        percent = 100 * frame["change"] / frame["_value"]
    frame["relative_change_percent"] = percent.where((frame["kind"] == "biomarker") & np.isfinite(percent))
    return frame


def _order(item):
    return item[1]["order"]
