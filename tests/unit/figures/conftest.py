"""A small simulated study as the frames the figures read, with the statistics computed from it."""

import pickle
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.acceptance import assess
from immunoassay.figures import figure_curves, pages
from immunoassay.statistics import pairs
from matplotlib.figure import Figure
from PIL import Image
from tests.statistic_frames import associations, group_centres, group_comparisons, observed, pca, visit_summaries

PEOPLE = ["P01", "P02", "P03", "P04", "P05", "P06", "$x^2$"]
VISITS = [
    ("D1", "Baseline", 1),
    ("M2", "M2", 57),
    ("M3", "M3", 85),
    ("M6", "M6", 183),
    ("M9", "M9", 274),
    ("M12", "M12", 366),
]
SCALES = {
    "MGC": {"label": "Myasthenia Gravis Composite", "mcid": 3.0, "worse": "higher"},
    "MG-ADL": {"label": "MG Activities of Daily Living", "mcid": 2.0, "worse": "higher"},
    "QMG": {"label": "Quantitative Myasthenia Gravis", "mcid": 3.0, "worse": "higher"},
    "MG-QoL15r": {"label": "MG Quality of Life 15, revised", "mcid": None, "worse": "higher"},
}
SETTINGS = {"primary_course": "first", "permutations": 200}
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


def only_svg():
    """From now on PNG and PDF, which take most of the time, are a dot and an empty file."""
    whole = Figure.savefig

    def savefig(figure, path, **options):
        return whole(figure, path, **options) if Path(path).suffix == ".svg" else Path(path).write_bytes(b"")

    Figure.savefig = savefig
    pages._dots = lambda figure: Image.new("RGB", (1, 1))


@pytest.fixture
def svg_alone(monkeypatch):
    """Figures are saved as SVG alone."""
    for owner, name in ((Figure, "savefig"), (pages, "_dots")):
        monkeypatch.setattr(owner, name, getattr(owner, name))  # what is there now comes back
    only_svg()


@pytest.fixture(params=["svg", pytest.param("every format", marks=pytest.mark.slow)])
def formats(request):
    """The formats in which figures are saved: SVG in the fast tier, all of them in the slow one."""
    if request.param == "svg":
        request.getfixturevalue("svg_alone")
    return request.param


def build():
    """The frames of the study, seeded."""
    rng = np.random.default_rng(7)
    study = SimpleNamespace(scales=SCALES, scores=list(SCALES), members=PEOPLE)
    study.analytes = pd.DataFrame([row[:4] for row in ANALYTES], columns=["analyte", "group", "order", "unit"])
    study.analytes.insert(
        1, "label", study.analytes["analyte"].replace({"AChR-binding": "anti-AChR", "Tetanus": "Tetanus toxoid"})
    )
    study.visits = pd.DataFrame(
        [(v, label, i + 1, day, 7, 7, v == "D1") for i, (v, label, day) in enumerate(VISITS)],
        columns=["visit", "label", "order", "day", "window_before", "window_after", "baseline"],
    )
    study.participants = _participants()
    study.courses, study.events = _courses_and_events()
    study.observations = _observations(rng, study)
    study.summaries = visit_summaries(study.observations, SETTINGS)
    study.paired = visit_summaries(pairs.with_both(study.observations, "first", ["D1", "M3"]), SETTINGS, alike=True)
    study.results = study.observations.loc[study.observations["kind"] == "biomarker", ["sample_id", "variable"]]
    study.results = study.results.rename(columns={"variable": "analyte"})
    study.associations = associations(study.observations, SETTINGS)
    study.people = pd.DataFrame({"participant": PEOPLE, "arm": ["active", "placebo"] * 3 + ["placebo"]})
    compared = {**SETTINGS, "compare": {"arm": "placebo"}, "primary_visit": "M3"}
    study.comparisons = group_comparisons(study.observations, study.people, compared)
    study.centres, study.levels = group_centres(study.observations, study.people, compared, "arm", "M3")
    study.components = pca(study.observations, SETTINGS)
    study.curves, study.concentrations, study.dropped = _standards(rng)
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
    courses = pd.DataFrame(courses, columns=["participant", "course", "order", "day1_date", "score_baseline"])
    events = pd.DataFrame(events, columns=["participant", "course", "event", "date"])
    courses["day1_date"], events["date"] = (
        courses["day1_date"].dt.strftime("%Y-%m-%d"),
        events["date"].dt.strftime("%Y-%m-%d"),
    )
    return courses, events.assign(note="")


def _observations(rng, study):
    rows = []
    levels = {"MGC": 18, "MG-ADL": 9, "QMG": 16, "MG-QoL15r": 15}
    fall = {"first": (0, -10, -13, -13.5, -14, -11), "retreatment": (0, -9, -12, -12, -12, -12)}
    for p, course, *_ in study.courses.itertuples(index=False):
        person = rng.normal()
        for score, level in levels.items():
            base = round(level + 3 * person + rng.normal())
            for i, (_, _, day) in enumerate(VISITS):
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
    return observed(frame, ("retreatment",))


def _row(p, course, i, day, variable, kind, panel, group, unit, value, base, lloq):
    below, base_below = value < lloq, base < lloq
    low, high = (0.0, lloq) if below else (value, value)
    base_low, base_high = (0.0, lloq) if base_below else (base, base)
    both = not below and not base_below
    biomarker = kind == "biomarker"
    return {
        **{
            "participant": p,
            "course": course,
            "course_order": 1 + (course != "first"),
            "visit": VISITS[i][0],
            "visit_order": i + 1,
            "day": day + 2.0 * (i > 0),
        },
        **{"variable": variable, "kind": kind, "panel": panel or pd.NA, "group": group, "unit": unit},
        **{"value": np.nan if below else value, "lower": low, "upper": high, "lloq": lloq, "uloq": np.nan},
        "status": "below_lloq" if below else "quantified",
        "reason": "below_limit" if below else pd.NA,
        **{"over_lloq_lower": low / lloq, "over_lloq_upper": high / lloq},
        "sample_id": f"{p}-{VISITS[i][0]}" if biomarker else pd.NA,
        **{"baseline": i == 0, "baseline_lower": base_low, "baseline_upper": base_high},
        "baseline_status": "below_lloq" if base_below else "quantified",
        **{
            "change": value - base if both else np.nan,
            "change_lower": low - base_high,
            "change_upper": high - base_low,
        },
        "fold_lower": low / base_high if biomarker else np.nan,
        "fold_upper": (high / base_low if base_low else np.inf) if biomarker else np.nan,
        "relative_change_percent": 100 * (value / base - 1) if both and biomarker else np.nan,
        **{"in_window": True, "flags": pd.NA},
    }


def _standards(rng):
    """Two plates, two analytes: 4PL standards; one level dropped, one well set aside, one curve not fitted."""
    wells = []
    for plate in ("K-1", "K-2"):
        for analyte in ("TNF", "IP-10"):
            for k in range(7):
                for row in "AB":
                    expected = 1000 / 4**k
                    signal = (20000 - 19970 / (1 + expected / 200)) * (1 + 0.03 * rng.normal())
                    aside = plate == "K-1" and analyte == "TNF" and k == 3 and row == "B"
                    wells.append(
                        (plate, analyte, f"{row}{k + 1:02d}", "standard", f"S{k + 1}", signal, expected, aside)
                    )
            wells.append((plate, analyte, "H12", "control", "QC1", 20000 - 19970 / 1.25, 50.0, False))
    columns = ["plate", "analyte", "well", "role", "level", "signal", "expected", "aside"]
    wells = pd.DataFrame(wells, columns=columns)
    wells["recovery_percent"] = 100 * 200 * (19970 / (20000 - wells["signal"]) - 1) / wells["expected"]
    wells["disposition"] = wells.pop("aside").map({True: "low_beads", False: "usable"})
    fits = wells[["plate", "analyte"]].drop_duplicates()
    fits = fits.assign(model="4pl", standard_unit="pg/mL", unit="pg/mL", status="converged", lloq=1.0, uloq=900.0)
    fits = fits.assign(lower_asymptote=30.0, upper_asymptote=20000.0, midpoint=200.0, slope=1.0, asymmetry=1.0)
    bad = (fits["plate"] == "K-2") & (fits["analyte"] == "IP-10")
    fits.loc[bad, ["status", "status_reason"]] = ["not_fitted", "flat: the signal does not change with concentration"]
    fits.loc[bad, ["lloq", "uloq"]] = np.nan
    dropped = pd.DataFrame({"plate": "K-1", "analyte": "IP-10", "order": [1, 2], "level": ["S7", "S1"],
                            "expected": [1000 / 4**6, 1000.0], "dropped": [True, False]})  # fmt: skip
    frames = {"curves": fits, "concentrations": wells, "dropped_standards": dropped}
    return tuple(_as_table(frame.assign(panel="kit"), name) for name, frame in frames.items())


def _as_table(frame, name):
    return tables.conform(frame.reindex(columns=list(tables.TABLES[name].columns)), name)


CRITERIA = {
    "calibration": {"tolerance_percent": 20, "tolerance_percent_ends": 25},
    "controls": {"tolerance_percent": 30},
}


def curve_table(curves, wells, dropped, analytes, panel="kit", checks=(), plates=None):
    """The table of the figure of curves, its plates judged by `checks`: (plate, analyte, rule, verdict, required)."""
    found = pd.DataFrame(checks, columns=["plate", "analyte", "rule", "verdict", "required"])
    found = found.assign(scope="plate", words="as it was found").astype({"required": bool})
    criteria = dict.fromkeys(analytes["analyte"], CRITERIA)
    plates = sorted(set(curves["plate"])) if plates is None else plates
    verdicts = assess.verdicts(found, curves)
    return figure_curves.table(curves, wells, dropped, found, verdicts, criteria, analytes, panel, plates)


@pytest.fixture(scope="session")
def study(once):
    """The simulated study; read-only for all tests."""

    def make(folder):
        folder.mkdir()
        (folder / "study.pickle").write_bytes(pickle.dumps(build()))

    return pickle.loads((once("figures", make) / "study.pickle").read_bytes())
