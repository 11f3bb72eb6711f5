"""Degenerate studies: whatever cannot be said is NA with a reason, in every table, without a warning."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from tests.statistic_frames import (
    associations,
    biomarker_changes,
    longitudinal,
    observed,
    pca,
    prediction,
    sample_accounting,
    score_changes,
    substitution,
    summary_measures,
    visit_summaries,
)

pytestmark = pytest.mark.filterwarnings("error")
PEOPLE, VISITS = 24, 3
SETTINGS = {"primary_visit": "V1", "permutations": 100}


@pytest.fixture(autouse=True)
def few_repetitions(monkeypatch):
    """What is missing, and why, does not depend on their number."""
    for name, number in (("PERMUTATIONS", 19), ("REPEATS", 2), ("NET_REPEATS_PERMUTED", 1)):
        monkeypatch.setattr(f"immunoassay.statistics.prediction.{name}", number)


def study(biomarkers, scores, lloq=1.0, uloq=1e6):
    """Observations from arrays (names, participants, visits), NaN = missing."""
    frames = []
    for kind, values in (("biomarker", biomarkers), ("score", scores)):
        for number, matrix in enumerate(values):
            for person, series in enumerate(matrix):
                first = bounds(series[0], kind, lloq, uloq)
                for visit, value in enumerate(series):
                    frames.append(row(kind, number, person, visit, bounds(value, kind, lloq, uloq), first, lloq, uloq))
    columns = tables.TABLES["observations"].columns
    return observed(pd.DataFrame(frames, columns=list(columns)), ())


def bounds(value, kind, lloq, uloq):
    if np.isnan(value):
        return (-np.inf if kind == "score" else 0.0), np.inf, "missing"
    if kind == "score" or lloq <= value <= uloq:
        return value, value, "quantified"
    return (0.0, lloq, "below_lloq") if value < lloq else (uloq, np.inf, "above_uloq")


def row(kind, number, person, visit, found, first, lloq, uloq):
    lower, upper, status = found
    pair = "missing" not in (status, first[2])
    with np.errstate(divide="ignore", invalid="ignore"):
        fold = np.divide(lower, first[1]), np.divide(upper, first[0])
        change = np.subtract(lower, first[1]), np.subtract(upper, first[0])
    result = {"participant": f"P{person:02d}", "course": "first", "visit": f"V{visit}", "visit_order": visit}
    result |= {"variable": f"{kind} {number}", "kind": kind, "group": kind, "unit": "u", "status": status}
    result |= {"lower": lower, "upper": upper, "value": lower if status == "quantified" else np.nan}
    result |= {"baseline": visit == 0, "baseline_lower": first[0], "baseline_upper": first[1]}
    result |= {"baseline_status": first[2], "reason": None if status == "quantified" else status}
    if pair:
        result |= {"change_lower": change[0], "change_upper": change[1]}
    if kind == "biomarker":
        result |= {"lloq": lloq, "uloq": uloq, "over_lloq_lower": lower / lloq, "over_lloq_upper": upper / lloq}
        if pair:
            result |= {"fold_lower": fold[0], "fold_upper": fold[1]}
    return result


def usual(people=PEOPLE, visits=VISITS):
    random = np.random.default_rng(3)
    values = np.exp(3 + random.normal(size=(3, people, visits)))
    return values, np.round(15 + 4 * random.normal(size=(2, people, visits)))


def changed(which, value):
    parts = list(usual())
    parts[which] = np.full_like(parts[which], value)
    return parts


def infinite():
    """A quantified infinity, a bound below nothing and one above nothing."""
    frame = study(*usual())
    for person, (status, lower, upper) in enumerate(
        [("quantified", np.inf, np.inf), ("below_lloq", 0.0, np.inf), ("above_uloq", 0.0, np.inf)]
    ):
        own = (frame["participant"] == f"P{person:02d}") & (frame["kind"] == "biomarker")
        for prefix, rows in (("", own & ~frame["baseline"]), ("baseline_", own)):
            frame.loc[rows & (prefix == ""), "value"] = np.nan
            if not prefix:
                frame.loc[rows, ["lower", "upper"]] = lower, upper
                frame.loc[rows, "status"] = status
    return frame


STUDIES = {
    "all below the LLOQ": lambda: study(*changed(0, 0.5)),
    "all above the ULOQ": lambda: study(*changed(0, 1e9)),
    "constant biomarkers": lambda: study(*changed(0, 5.0)),
    "missing biomarkers": lambda: study(*changed(0, np.nan)),
    "all scores equal": lambda: study(*changed(1, 7.0)),
    "missing scores": lambda: study(*changed(1, np.nan)),
    "nobody": lambda: tables.empty("observations"),
    "one participant": lambda: study(*usual(1)),
    "two participants": lambda: study(*usual(2)),
    "one visit": lambda: study(*usual(visits=1)),
    "everyone there twice": lambda: study(*(np.repeat(part, 2, axis=1) for part in usual(PEOPLE // 2))),
    "infinite bounds": infinite,
    "everything equal": lambda: study(np.full((3, PEOPLE, VISITS), 5.0), np.full((2, PEOPLE, VISITS), 7.0)),
    "no scores": lambda: study(usual()[0], []),
    "no biomarkers": lambda: study([], usual()[1]),
}
# The columns of every table that may be missing only with a reason.
TABLES = {
    "visit_summaries": (visit_summaries, ["centre", "low", "high"]),
    "biomarker_changes": (biomarker_changes, ["ratio", "low", "high", "p"]),
    "score_changes": (score_changes, ["mean_change", "low", "hodges_lehmann_low", "p"]),
    "associations": (associations, ["estimate", "p"]),
    "sensitivity": (substitution, ["ros", "censored"]),
    "longitudinal": (longitudinal, ["estimate", "low", "p"]),
    "summary_measures": (summary_measures, ["estimate", "low", "p"]),
    "prediction": (prediction, ["q2", "p"]),
    "pca_variance": (lambda *args: pca(*args).variance, ["explained", "noise_95"]),
}


@cache
def made(name):
    """One of the studies, made once for all tables."""
    return STUDIES[name]()


@cache
def told(table, name):
    """A table of one of the studies."""
    return TABLES[table][0](made(name).copy(), SETTINGS)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", STUDIES)
def test_what_cannot_be_said_has_a_reason(name, table):
    found, columns = told(table, name), TABLES[table][1]
    if table == "associations":
        found = found[found["question"] != "within_participant_unadjusted"]
    if table == "visit_summaries":
        found = found[found["centre_method_code"] != "baseline"]
    bare = found[found[columns].isna().any(axis=1) & found["reason"].isna()]
    assert bare.empty, bare[[*columns, "words"] if "words" in bare else columns].head().to_string()


def test_no_number_comes_from_a_degenerate_study():
    assert not (told("biomarker_changes", "all below the LLOQ")["p"] < 1).any()
    assert told("biomarker_changes", "all below the LLOQ")["ratio"].isna().all()
    for name in ("constant biomarkers", "all scores equal", "everything equal", "missing scores", "nobody"):
        found = told("associations", name)
        assert found["estimate"].isna().all(), name
        assert found["p"].isna().all(), name
        assert told("prediction", name)["q2"].isna().all(), name
    assert len(told("longitudinal", "one visit")) == 0
    assert told("prediction", "two participants")["reason"].str.contains("20 are needed").all()


def test_bounds_that_exclude_nothing_are_counted_not_used():
    found = sample_accounting(infinite())
    later = found[found["visit"] == "V1"]
    assert later["n_not_reportable"].eq(3).all()
    assert later["n_quantified"].eq(PEOPLE - 3).all()
    assert later["reasons"].str.contains("not_usable").all()
    assert biomarker_changes(infinite(), SETTINGS)["n_pairs"].eq(PEOPLE - 3).all()


def test_a_participant_cannot_be_in_the_table_twice():
    frame = study(*usual())
    with pytest.raises(tables.ContractError, match="observations"):
        tables.conform(pd.concat([frame, frame.iloc[:1]]), "observations")
