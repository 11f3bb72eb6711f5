"""The truth of a simulated study: what every sample really contains and how every person really does.

Concentration = median of the analyte x person effect (log-normal, correlated within a group of analytes, weakly with
the severity of disease) x effect of the visit (raised to the person's own strength of response, mean 1) x variation
within the person. Scores are whole numbers: correlated at baseline, then a share of the baseline is lost as the
pattern of the person's course says.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from immunoassay.simulate.generators import generator
from immunoassay.simulate.panels import Analyte

SCORES = ("MGC", "MG-ADL", "QMG", "MG-QoL15r")
_MAXIMUM = np.array([50, 24, 39, 30])
_BASELINE_MEAN = np.array([18, 9, 16, 15])
_BASELINE_SD = np.array([6, 3, 5, 6])
# Pearson correlations of the four scores in generalised disease with MG-ADL of at least 6.
_CORRELATION = np.array([[1, 0.69, 0.71, 0.40], [0.69, 1, 0.71, 0.55], [0.71, 0.71, 1, 0.21], [0.40, 0.55, 0.21, 1]])
_SHARE_LOST = np.array([0.73, 0.67, 0.46, 0.60])  # of the baseline, at full response
_VISIT_SD = np.array([1.3, 0.7, 1.3, 1.5])
_MINIMUM_CHANGE = np.array([3, 2, 3, 1])  # a meaningful improvement (any at all in MG-QoL15r, which has no settled one)
_RESPONSE_SD = 0.12

# Share of the full response at every visit, by pattern of the course.
RESPONSE = {"D1": 0, "M2": 0.76, "M3": 1, "M6": 1.04, "M9": 1.08, "M12": 1.07, "M15": 1.05, "M18": 1.03}
RELAPSE_M12 = {"D1": 0, "M2": 0.76, "M3": 1, "M6": 1.03, "M9": 1, "M12": 0.03}
RELAPSE_M18 = {**RESPONSE, "M15": 0.7, "M18": 0.03}
REMISSION = {"D1": 0, "M2": 1.45, "M3": 1.5, "M6": 1.5, "M9": 1.5, "M12": 1.5}  # minimal symptoms from M2 on
RELAPSE_M6 = {"D1": 0, "M3": 1, "M6": 0.03}
NO_RESPONSE = {"D1": 0, "M3": 0.06, "M6": 0.03}
PATTERNS = {
    "response": RESPONSE,
    "relapse_M6": RELAPSE_M6,
    "relapse_M12": RELAPSE_M12,
    "relapse_M18": RELAPSE_M18,
    "remission": REMISSION,
    "no_response": NO_RESPONSE,
}


@dataclass(frozen=True)
class Person:
    """Standard normal effects of one person: of the four scores at baseline and of the strength of response."""

    name: str
    scores: np.ndarray  # correlated standard normals, order of SCORES
    response: float


def person(seed: int, name: str) -> Person:
    """Draw one person."""
    rng = generator(seed, "person", name)
    return Person(name, np.linalg.cholesky(_CORRELATION) @ rng.standard_normal(len(SCORES)), rng.standard_normal())


def concentrations(
    seed: int,
    someone: Person,
    analytes: Sequence[Analyte],
    course: str,
    visits: Sequence[str],
    first: bool = True,
    carriers: Collection[str] | None = None,
) -> pd.DataFrame:
    """True concentrations of one person's course: one row per visit, one column per analyte, in the analyte's unit.

    `first` is false for a later course, which starts from the analyte's `restart`. `carriers` names the people who
    carry an analyte that others do not (None: everybody).
    """
    levels = np.empty((len(visits), len(analytes)))
    groups = {}
    for column, analyte in enumerate(analytes):
        if analyte.group not in groups:
            groups[analyte.group] = generator(seed, "group", someone.name, analyte.group).standard_normal()
        own = generator(seed, "analyte", someone.name, analyte.name)
        common = analyte.loading * groups[analyte.group] + np.sqrt(1 - analyte.loading**2) * own.standard_normal()
        common = analyte.severity * someone.scores[0] + np.sqrt(1 - analyte.severity**2) * common
        level = np.log(analyte.median) + np.log(analyte.gsd) * common
        strength = 1 + 0.15 * own.standard_normal()
        if analyte.without is not None and carriers is not None and someone.name not in carriers:
            level = np.log(analyte.without)
        if not first:
            level += np.log(analyte.restart)
        effect = np.log([analyte.effects.get(visit, 1.0) for visit in visits])
        within = np.sqrt(np.log1p(analyte.cv**2))
        noise = [
            generator(seed, "visit", someone.name, course, visit, analyte.name).standard_normal() for visit in visits
        ]
        levels[:, column] = np.exp(level + strength * effect + within * np.array(noise))
    return pd.DataFrame(levels, index=list(visits), columns=[analyte.name for analyte in analytes])


def effects(analytes: Sequence[Analyte], courses: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """True geometric mean ratio to the first visit of the same course; `courses` maps a course to its visits."""
    rows = [
        (analyte.name, course, visit, analyte.effects.get(visit, 1.0))
        for analyte in analytes
        for course, visits in courses.items()
        for visit in visits
    ]
    return pd.DataFrame(rows, columns=["analyte", "course", "visit", "ratio"])


def scores(rng: np.random.Generator, someone: Person, pattern: str, visits: Sequence[str]) -> pd.DataFrame:
    """One draw of the scores of one course: a row per visit, a column per score, whole numbers within their ranges."""
    baseline = _BASELINE_MEAN + _BASELINE_SD * someone.scores
    share = np.array([PATTERNS[pattern][visit] for visit in visits])[:, None] * _SHARE_LOST
    values = baseline * (1 - share * (1 + _RESPONSE_SD * someone.response))
    values = values + _VISIT_SD * rng.standard_normal(values.shape)
    return pd.DataFrame(np.clip(np.rint(values), 0, _MAXIMUM).astype(int), index=list(visits), columns=list(SCORES))


def follows(drawn: pd.DataFrame, pattern: str) -> bool:
    """Whether drawn scores tell the story of their pattern.

    At a visit with more than half of the full response every score has improved meaningfully; at a relapse neither
    MGC, MG-ADL nor QMG has; in remission MG-ADL is 0 or 1 from the first visit after baseline on. MG-ADL starts at 6
    or more, as the trial demands.
    """
    change = drawn.to_numpy() - drawn.to_numpy()[0]
    share = np.array([PATTERNS[pattern][visit] for visit in drawn.index])
    improved = (change <= -_MINIMUM_CHANGE).all(axis=1)
    worse = (change > -_MINIMUM_CHANGE)[:, :3].all(axis=1)
    story = improved[share > 0.5].all() and worse[(share < 0.1) & (np.arange(len(share)) > 0)].all()
    if pattern == "remission":
        story = story and (drawn["MG-ADL"].iloc[1:] <= 1).all()
    return bool(story and drawn["MG-ADL"].iloc[0] >= 6)
