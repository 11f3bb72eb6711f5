"""A small simulated study as the frames the figures read. Summaries here are stand-ins with the columns that count."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from immunoassay import tables

PEOPLE = ["P01", "P02", "P03", "P04", "P05", "P06", "$x^2$"]
VISITS = [("D1", "Baseline", 1), ("M2", "M2", 57), ("M3", "M3", 85), ("M6", "M6", 183), ("M9", "M9", 274), ("M12", "M12", 366)]
SCALES = {
    "MGC": {"label": "Myasthenia Gravis Composite", "mcid": 3.0, "worse": "higher"},
    "MG-ADL": {"label": "MG Activities of Daily Living", "mcid": 2.0, "worse": "higher"},
    "QMG": {"label": "Quantitative Myasthenia Gravis", "mcid": 3.0, "worse": "higher"},
    "MG-QoL15r": {"label": "MG Quality of Life 15, revised", "mcid": None, "worse": "higher"},
}
# analyte, group, order, unit, median, geometric SD, LLOQ, multiplier at each visit
ANALYTES = [
    ("IL-6", "cytokine", 1, "pg/mL", 1.4, 1.8, 0.9, (1, 1, 1, 1, 1, 1)),
    ("TNF", "cytokine", 2, "pg/mL", 7, 1.4, 0.7, (1, 1, 1.1, 1, 1, 1)),
    ("IFN-γ", "cytokine", 3, "pg/mL", 4, 2.5, 1.8, (1, 1, 0.9, 1, 1, 1)),
    ("IL-10", "cytokine", 4, "pg/mL", 3, 1.9, 0.3, (1, 1, 1, 1, 1, 1)),
    ("IL-2", "cytokine", 5, "pg/mL", 0.4, 2, 0.9, (1, 1, 1, 1, 1, 1)),
    ("IL-4", "cytokine", 6, "pg/mL", 0.03, 1.5, 0.2, (1, 1, 1, 1, 1, 1)),
    ("IP-10", "cytokine", 7, "pg/mL", 65, 1.3, 1.0, (1, 0.95, 0.9, 1, 1, 1)),
    ("AChR-binding", "autoantibody", 1, "nmol/L", 5, 4, 0.3, (1, 0.95, 0.9, 0.8, 0.6, 0.6)),
    ("Tetanus", "vaccine", 1, "IU/mL", 1.0, 2.0, 0.01, (1, 1, 1, 1, 1, 1)),
    ("Measles", "vaccine", 2, "mIU/mL", 900, 2.5, 150, (1, 1, 1, 1, 1, 1)),
    ("IgG1", "immunoglobulin", 1, "g/L", 6.0, 1.25, 0.15, (1, 0.9, 0.88, 0.87, 0.95, 1)),
    ("IgG2", "immunoglobulin", 2, "g/L", 4.1, 1.31, 0.1, (1, 0.93, 0.92, 0.92, 1, 1)),
    ("IgG3", "immunoglobulin", 3, "g/L", 0.62, 1.7, 0.02, (1, 0.9, 0.9, 0.9, 1, 1)),
    ("IgG4", "immunoglobulin", 4, "g/L", 0.26, 2.2, 0.005, (1, 0.92, 0.92, 0.92, 1, 1)),
    ("IgA", "immunoglobulin", 5, "g/L", 1.7, 1.56, 0.05, (1, 0.85, 0.82, 0.85, 0.95, 1)),
    ("IgM", "immunoglobulin", 6, "g/L", 0.96, 1.56, 0.05, (1, 0.82, 0.8, 0.85, 0.95, 1)),
    ("IgE", "immunoglobulin", 7, "g/L", 0.0001, 2.5, 0.001, (1, 1, 1, 1, 1, 1)),
    ("sBCMA", "bcma_axis", 1, "ng/mL", 27, 1.5, 1, (1, 0.75, 0.75, 0.85, 1, 1)),
    ("BAFF", "bcma_axis", 2, "pg/mL", 790, 1.5, 125, (1, 1.2, 1.15, 1, 1, 1)),
    ("APRIL", "bcma_axis", 3, "pg/mL", 1028, 1.47, 700, (1, 1, 1, 1, 1, 1)),
]


def build():
    """The frames of the study, seeded."""
    rng = np.random.default_rng(7)
    study = SimpleNamespace(scales=SCALES, scores=list(SCALES))
    study.analytes = pd.DataFrame([row[:4] for row in ANALYTES], columns=["analyte", "group", "order", "unit"])
    study.analytes.insert(1, "label", study.analytes["analyte"].replace({"AChR-binding": "anti-AChR", "Tetanus": "Tetanus toxoid"}))
    study.visits = pd.DataFrame(
        [(v, label, i + 1, day, 7, 7, v == "D1") for i, (v, label, day) in enumerate(VISITS)],
        columns=["visit", "label", "order", "day", "window_before", "window_after", "baseline"],
    )
    study.participants = _participants()
    study.courses, study.events = _courses_and_events()
    study.observations = _observations(rng, study)
    study.summaries = summarise(study.observations)
    pair = study.observations[study.observations["visit"].isin(["D1", "M3"])]
    study.results = study.observations.loc[study.observations["kind"] == "biomarker", ["sample_id", "variable"]]
    study.results = study.results.rename(columns={"variable": "analyte"})
    study.paired = summarise(pair)
    study.associations = _associations(rng, study)
    study.pca_scores, study.pca_loadings, study.pca_variance = _pca(rng, study)
    return study


def _participants():
    rows = [(p, "enrolled", "", "six_weekly") for p in PEOPLE]
    rows += [(f"P{i:02d}", "enrolled", "", "twice_weekly" if i < 10 else "monthly") for i in range(8, 12)]
    rows += [(f"P{i:02d}", "enrolled", "", "dose_escalation") for i in range(12, 15)]
    rows += [("S01", "excluded", "MG-ADL below 6", ""), ("S02", "excluded", "disease not generalised", "")]
    return pd.DataFrame(rows, columns=["participant", "status", "reason", "schedule"])


def _courses_and_events():
    start = pd.Timestamp("2021-01-04")
    courses = [(p, "first", 1, start + pd.Timedelta(days=20 * i), "own") for i, p in enumerate(PEOPLE)]
    events = [(p, "first", "infusion", day + pd.Timedelta(days=7 * k)) for p, _, _, day, _ in courses for k in range(6)]
    for p, relapse, again in (("P05", 350, 430), ("P06", 340, 420), ("$x^2$", 545, 600)):
        day1 = next(row[3] for row in courses if row[0] == p)
        events.append((p, "first", "relapse", day1 + pd.Timedelta(days=relapse - 1)))
        second = day1 + pd.Timedelta(days=again - 1)
        courses.append((p, "retreatment", 2, second, "first"))
        events += [(p, "retreatment", "infusion", second + pd.Timedelta(days=7 * k)) for k in range(6)]
    courses = pd.DataFrame(courses, columns=["participant", "course", "order", "day1_date", "baseline"])
    events = pd.DataFrame(events, columns=["participant", "course", "event", "date"])
    courses["day1_date"], events["date"] = courses["day1_date"].dt.strftime("%Y-%m-%d"), events["date"].dt.strftime("%Y-%m-%d")
    return courses, events.assign(note="")


def _observations(rng, study):
    rows = []
    levels = {"MGC": 18, "MG-ADL": 9, "QMG": 16, "MG-QoL15r": 15}
    fall = {"first": (0, -10, -13, -13.5, -14, -11), "retreatment": (0, -9, -12, -12, -12, -12)}
    for p, course, *_ in study.courses.itertuples(index=False):
        person = rng.normal()
        for score, level in levels.items():
            base = round(level + 3 * person + rng.normal())
            for i, (visit, _, day) in enumerate(VISITS):
                drop = fall[course][i] * level / 18 + (rng.normal() * 2 if i else 0)
                if i == 5 and course == "first" and p in ("P05", "P06"):
                    drop = rng.normal()
                value = float(max(0, round(base + drop)))
                rows.append(_row(p, course, i, day, score, "score", "", score, "points", value, base, np.nan))
        if course != "first":
            continue
        for name, group, _, unit, median, gsd, lloq, multiplier in ANALYTES:
            own = median * gsd ** (0.7 * rng.normal())
            if group == "autoantibody":
                own = {"P02": 12.0, "P05": 4.0, "$x^2$": 0.36}.get(p, 0.05)
            values = [own * m * gsd ** (0.25 * rng.normal() if group != "autoantibody" else 0.02) for m in multiplier]
            for i, (visit, _, day) in enumerate(VISITS):
                if p == "P03" and visit == "M6":
                    continue
                rows.append(_row(p, course, i, day, name, "biomarker", "kit", group, unit, values[i], values[0], lloq))
    frame = pd.DataFrame(rows).reindex(columns=list(tables.TABLES["observations"].columns))
    return tables.conform(frame, "observations")


def _row(p, course, i, day, variable, kind, panel, group, unit, value, base, lloq):
    below, base_below = value < lloq, base < lloq
    low, high = (0.0, lloq) if below else (value, value)
    base_low, base_high = (0.0, lloq) if base_below else (base, base)
    both = not below and not base_below
    return {
        "participant": p, "course": course, "visit": VISITS[i][0], "visit_order": i + 1, "day": float(day + (i > 0) * 2),
        "variable": variable, "kind": kind, "panel": panel or pd.NA, "group": group, "unit": unit,
        "value": np.nan if below else value, "lower": low, "upper": high, "status": "below_lloq" if below else "quantified",
        "reason": "below_limit" if below else pd.NA, "lloq": lloq, "uloq": np.nan, "over_lloq_lower": low / lloq,
        "over_lloq_upper": high / lloq, "sample_id": f"{p}-{VISITS[i][0]}" if kind == "biomarker" else pd.NA,
        "baseline": i == 0, "baseline_lower": base_low, "baseline_upper": base_high,
        "baseline_status": "below_lloq" if base_below else "quantified", "change": value - base if both else np.nan,
        "change_lower": low - base_high, "change_upper": high - base_low,
        "fold_lower": low / base_high if base_high else np.nan, "fold_upper": high / base_low if base_low else np.inf,
        "relative_change_percent": 100 * (value / base - 1) if both and base else np.nan, "in_window": True, "flags": pd.NA,
    }  # fmt: skip


def summarise(observations):
    """A stand-in for the statistics: means with t intervals, quantiles with the status of their bound."""
    rows = []
    keys = ["variable", "kind", "panel", "group", "unit", "course", "visit", "visit_order"]
    for key, own in observations.groupby(keys, dropna=False, sort=True):
        below = int((own["status"] == "below_lloq").sum())
        base = dict(zip(keys, key, strict=True)) | {
            "n_expected": len(own), "n": len(own), "n_quantified": len(own) - below, "n_below": below, "n_above": 0,
            "n_missing": 0, "n_not_reportable": 0, "share_below": below / len(own), "lloq_min": own["lloq"].min(),
            "lloq_max": own["lloq"].max(), "words": "",
        }  # fmt: skip
        values = own["upper"].to_numpy(float)
        rows.append(base | {"quantity": "value"} | _centre(values, below) | _quantiles(values, own["status"].to_numpy()))
        for quantity in ("change", "relative_change_percent"):
            known = own[quantity].dropna().to_numpy(float)
            if len(known):
                own_base = base | {"n": len(known), "n_quantified": len(known), "n_below": 0, "share_below": 0.0}
                rows.append(own_base | {"quantity": quantity} | _centre(known, 0))
    return pd.DataFrame(rows)


def _centre(values, below):
    n, mean = len(values), values.mean()
    half = 2.447 * values.std(ddof=1) / np.sqrt(n) if n > 3 else np.nan
    if below > n / 2:
        return {"centre_method": "median", "centre": np.nan, "centre_status": "below_lloq", "low": np.nan, "high": np.nan,
                "interval_method": pd.NA, "centre_text": f"< LLOQ, {below} of {n}"}  # fmt: skip
    method = "censored_lognormal_mean" if below else "mean"
    return {"centre_method": method, "centre": mean, "centre_status": "value", "low": mean - half, "high": mean + half,
            "interval_method": "t", "centre_text": f"{mean:.3g}"}  # fmt: skip


def _quantiles(values, status):
    result = {}
    for name, q in (("minimum", 0), ("q1", 0.25), ("median", 0.5), ("q3", 0.75), ("maximum", 1)):
        value = float(np.quantile(values, q))
        under = (status == "below_lloq").any() and value <= values[status == "below_lloq"].max() + 1e-12
        result |= {name: np.nan if under else value, f"{name}_status": "below_lloq" if under else "value"}
    return result


def _associations(rng, study):
    rows = []
    for question, visit in (("baseline", "D1"), ("change_change", "M3"), ("within_participant", pd.NA), ("within_participant_unadjusted", pd.NA)):
        for name, group, *_ in ANALYTES:
            for score in SCALES:
                none = name in ("IL-4", "IgE") or (name == "IL-2" and question == "within_participant")
                tau = np.nan if none else float(np.clip(rng.normal(0, 0.35), -1, 1))
                share = {"IL-4": 1.0, "IgE": 1.0, "IL-2": 0.85, "IL-6": 0.2}.get(name, 0.0)
                rows.append({
                    "question": question, "variable": name, "score": score, "group": group, "visit": visit, "n_participants": 7,
                    "n_observations": 7 if question in ("baseline", "change_change") else 41, "share_below": share,
                    "tau_b": tau if question in ("baseline", "change_change") else np.nan, "rho": tau, "rho_low": tau - 0.5,
                    "rho_high": tau + 0.5, "estimate": tau, "low": tau - 0.5, "high": tau + 0.5, "interval_method": "jackknife_t",
                    "p": np.nan if none else 0.2, "p_method": "permutation", "p_floor": 0.0004, "q_value": np.nan,
                    "p_adjusted": np.nan if none else (0.03 if name == "BAFF" and score == "MGC" else 0.6), "family": group,
                    "family_size": 28, "words": "", "reason": ("all_below_lloq" if share == 1 else "too_few_quantified") if none else pd.NA,
                })  # fmt: skip
    return pd.DataFrame(rows)


def _pca(rng, study):
    names = [row[0] for row in ANALYTES if row[0] not in ("IL-4", "IgE", "IL-2", "AChR-binding")]
    scores = study.observations.loc[study.observations["variable"].eq("TNF"), ["participant", "course", "visit"]].copy()
    for k in (1, 2, 3):
        scores[f"pc{k}"] = rng.normal(0, 4 - k, len(scores))
    loadings = pd.DataFrame({"variable": names} | {f"pc{k}": rng.normal(0, 0.3, len(names)) for k in (1, 2, 3)})
    variance = pd.DataFrame({"component": [1, 2, 3], "explained": [0.31, 0.2, 0.12], "noise_median": [0.2, 0.16, 0.13],
                             "noise_95": [0.24, 0.18, 0.15], "n_rows": 41, "n_variables": len(names)})  # fmt: skip
    return scores, loadings, variance


@pytest.fixture(scope="session")
def study():
    """The simulated study; read-only for all tests."""
    return build()
