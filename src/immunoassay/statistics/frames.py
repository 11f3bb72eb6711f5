"""The `observations` table as the statistics need it: clean statuses, limits at baseline, blocks of arrays."""

import numpy as np
import pandas as pd
from immunoassay.tables import BELOW, REPORTED

NAMES = ("kind", "panel", "group", "unit")


def prepare(observations):
    """Observations in order, with `reported`, `baseline_reported`, `baseline_lloq` and `baseline_uloq`.

    A quantified biomarker that is not a positive finite number has no logarithm, and bounds that exclude nothing say
    nothing: both are counted as not reportable, as is a score that is not a number. `baseline` becomes
    false in a course whose changes are taken from another course's baseline: its own first visit is then a visit like
    any other. `lloq` is the limit of detection where
    no LLOQ is stated. The limits at baseline are those of the participant's baseline row in the same course, else in the first
    course that has one.
    """
    frame = observations.sort_values(
        ["variable", "course_order", "course", "visit_order", "visit", "participant"], kind="stable"
    )
    frame = frame.reset_index(drop=True)
    frame["lloq"] = frame["lloq"].fillna(frame["lod"])  # where nothing else censors an analyte, its LOD does
    for prefix in ("", "baseline_"):
        unusable = _unusable(frame, prefix)
        frame.loc[unusable, f"{prefix}status"] = "not_reportable"
        if not prefix:
            frame.loc[unusable & frame["reason"].isna(), "reason"] = "not a usable number"
        frame[f"{prefix}reported"] = frame[f"{prefix}status"].isin(REPORTED)
    frame["baseline"] = frame["baseline"].fillna(False).astype(bool) & ~_borrowed(frame)
    rows = frame.loc[frame["baseline"], ["participant", "variable", "course", "lloq", "uloq"]]
    rows = rows.rename(columns={"lloq": "baseline_lloq", "uloq": "baseline_uloq"})
    key = ["participant", "variable"]
    same = frame[[*key, "course"]].merge(rows.drop_duplicates([*key, "course"]), on=[*key, "course"], how="left")
    first = frame[key].merge(rows.drop_duplicates(key).drop(columns="course"), on=key, how="left")
    for column in ("baseline_lloq", "baseline_uloq"):
        frame[column] = same[column].fillna(first[column]).to_numpy()
    return frame


def _unusable(frame, prefix):
    lower, upper = (frame[f"{prefix}{name}"].to_numpy(float, na_value=np.nan) for name in ("lower", "upper"))
    status = frame[f"{prefix}status"]
    positive = (lower > 0) | (frame["kind"] == "score")
    return (
        ((status == "quantified") & ~(np.isfinite(lower) & positive))
        | (status.isin(BELOW) & ~(np.isfinite(upper) & (upper > 0)))
        | ((status == "above_uloq") & ~(np.isfinite(lower) & (lower > 0)))
    )


def _borrowed(frame):
    """Whether a row's participant takes the baseline of this course from another one: the two then differ somewhere."""
    rows = frame[frame["baseline"].fillna(False).astype(bool)]
    differs = rows["status"] != rows["baseline_status"]
    for bound in ("lower", "upper"):
        differs |= rows["reported"] & (rows[bound] != rows[f"baseline_{bound}"])
    pairs = pd.MultiIndex.from_frame(rows.loc[differs, ["participant", "course"]])
    return pd.MultiIndex.from_frame(frame[["participant", "course"]]).isin(pairs)


def blocks(frame):
    """(labels, rows) for each variable, course and visit, in order; labels hold the columns that name the row."""
    for (variable, course, visit), rows in frame.groupby(["variable", "course", "visit"], sort=False):
        labels = {"variable": variable}
        labels.update({name: _first(rows[name]) for name in NAMES})
        labels.update(course=course, visit=visit, visit_order=rows["visit_order"].iloc[0])
        yield labels, rows


def status_counts(status):
    """Counts of a block: expected, with a result, quantified, below, above, missing, not reportable; share below."""
    count = {name: int((status == name).sum()) for name in (*REPORTED, "missing", "not_reportable")}
    n, below = (sum(count[name] for name in names) for names in (REPORTED, BELOW))
    return {
        "n_expected": len(status),
        "n": n,
        "n_quantified": count["quantified"],
        "n_below": below,
        "n_below_lod": count["below_lod"],
        "n_above": count["above_uloq"],
        "n_missing": count["missing"],
        "n_not_reportable": count["not_reportable"],
        "share_below": below / n if n else np.nan,
    }


def limits(values):
    """(smallest, largest) of the known numbers, NaN without any."""
    known = values[~np.isnan(values)]
    return (float(known.min()), float(known.max())) if known.size else (np.nan, np.nan)


def cube(frame, variables, participants, visits, columns):
    """Arrays (variables, participants, visits), one per column, NaN where there is no row.

    Rows of other variables, participants or visits are not read.
    """
    index = tuple(
        pd.Index(names).get_indexer(frame[column])
        for names, column in ((variables, "variable"), (participants, "participant"), (visits, "visit"))
    )
    named = np.all([part >= 0 for part in index], axis=0)
    index = tuple(part[named] for part in index)
    arrays = []
    for column in columns:
        array = np.full((len(variables), len(participants), len(visits)), np.nan)
        array[index] = frame[column].to_numpy(dtype=float, na_value=np.nan)[named]
        arrays.append(array)
    return arrays


def table(rows, columns):
    """Rows as a frame with exactly these columns, in order and typed; an empty text is missing."""
    frame = pd.DataFrame(rows, columns=list(columns))
    for column, kind in columns.items():
        values = frame[column].replace("", None) if kind == "str" else frame[column]
        frame[column] = values.astype(kind)
    return frame


def _first(values):
    known = values.dropna()
    return known.iloc[0] if len(known) else None
