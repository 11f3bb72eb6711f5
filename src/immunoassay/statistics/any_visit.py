"""Did anything change at any visit of a course? One test over all visits after baseline, at any number of participants.

Two tests stand beside each other. The F of a model with a variance of each visit and one correlation of any two, and the
test by sign changes, which asks only that without a change a participant's whole course of changes is as likely as its
reverse, so it keeps its level whatever the variances and correlations; with fewer than FEWEST_EXACT participants its p
cannot fall below 0.05. A model with one variance of all visits (random intercept, AR(1)) rejects a true null hypothesis
in up to one small study of ten where variances differ.
"""

from typing import NamedTuple

import numpy as np
from immunoassay.statistics.censored_mixed import robust_together
from immunoassay.statistics.multiplicity import ALL_FLIPS, flipped_t, sign_flips
from immunoassay.statistics.repeated_measures import Ftest, fit_repeated, together
from immunoassay.statistics.summary_measures import (
    FEWEST_EXACT,
    MOST_RECENSORED,
    Trajectories,
    recensored,
    visit_changes,
)

NO_F = Ftest(np.nan, 0, np.nan, np.nan)


class AnyVisit(NamedTuple):
    """F with its degrees of freedom; the p that carries the claim with the code of its test, and the one beside it."""

    f: Ftest
    p: float
    method: str
    beside: float
    beside_method: str

    def columns(self) -> dict[str, object]:
        """As the columns any_visit_* of a row."""
        numerator = self.f.numerator or None
        return {
            "any_visit_f": self.f.statistic,
            "any_visit_df1": numerator,
            "any_visit_df2": self.f.denominator,
            "any_visit_p": self.p,
            "any_visit_method_code": self.method,
            "any_visit_p_beside": self.beside,
            "any_visit_beside_method_code": self.beside_method,
        }


NOTHING = AnyVisit(NO_F, np.nan, "none", np.nan, "none")


def any_visit(found: Trajectories, censored: bool, model: Ftest | None, draws: int, seed: int) -> AnyVisit:
    """The test of no change at any visit after baseline.

    `model`: the F of a mixed model with own variances, where one was fitted; it carries the claim. Otherwise sign
    changes do, below FEWEST_EXACT participants the F of one correlation. `censored`: results outside the limits
    leave no such F. Courses are seen through each participant's own narrowest window, in the F of one correlation too; above
    MOST_RECENSORED participants, where they would also reject a change of spread, the F of the mean changes at the visits.
    """
    if not len(found.lower):
        return NOTHING
    values = recensored(found)
    if censored and len(values) > MOST_RECENSORED:
        changes = visit_changes(found)
        f = robust_together(changes, np.eye(len(changes.coefficients))) if changes else NO_F
        return AnyVisit(f, f.p, "none" if np.isnan(f.p) else "sandwich_f", np.nan, "none")
    p, code = course_p(values, draws, seed)
    if not np.isnan(p) and (found.lower != found.upper)[found.seen].any():
        code = f"{code}_recensored"
    if censored:
        return AnyVisit(NO_F, p, code, np.nan, "none")
    f, f_code = (model, "kenward_roger_f") if model else (one_correlation(values), "kenward_roger_f_one_correlation")
    tests = [(p, code), (f.p, f_code if not np.isnan(f.p) else "none")]
    if model or (len(values) < FEWEST_EXACT and not np.isnan(f.p)):
        tests.reverse()
    return AnyVisit(f, *tests[0], *tests[1])


def course_p(values: np.ndarray, draws: int = 10000, seed: int = 1) -> tuple[float, str]:
    """p of `values` (participants, visits; column 0 the baseline, NaN = missing) over sign changes of whole courses.

    Two statistics share the sign changes, and the smaller of their two p is itself compared with what it is under all of
    them (Westfall and Young, Resampling-based multiple testing, 1993): the one of the analysis of variance for repeated
    measures, changes weighted as if all visits had one variance and one correlation, and the sum of squared t of the
    visits, which a noisy visit does not drown. Where visits vary alike the first has more power, where they do not the
    second, by up to half of all studies. NaN where nothing changed.
    """
    changes = values[:, 1:] - values[:, :1]
    changes = changes[~np.isnan(changes).all(axis=1)]
    seen = ~np.isnan(changes)
    known = np.where(seen, changes, 0.0)
    if not known.any():
        return np.nan, "none"
    # The inverse covariance of the changes seen, up to a factor: I - 1 1' / (number + 1).
    share = 1 / (seen.sum(axis=1) + 1)
    scores = known - seen * (share * known.sum(axis=1))[:, None]
    weight = np.diag(seen.sum(axis=0).astype(float)) - np.einsum("i,is,it->st", share, seen, seen)
    flips = sign_flips(len(known), draws, seed)
    sums = flips @ scores
    analysed = np.einsum("bs,st,bt->b", sums, np.linalg.pinv(weight), sums, optimize=True)
    each = np.nansum(flipped_t(changes, flips) ** 2, axis=1)
    least = np.minimum(_resampled_p(analysed), _resampled_p(each))
    p = float(np.mean(least <= least[0] * (1 + 1e-9)))
    return p, "courses_all" if len(known) <= ALL_FLIPS else "courses_drawn"


def one_correlation(values: np.ndarray) -> Ftest:
    """F of equal means at all visits of `values` (participants, visits), heterogeneous compound symmetry."""
    values = values[:, ~np.isnan(values).all(axis=0)]
    visits = values.shape[1]
    if visits < 2:
        return NO_F
    means = np.broadcast_to(np.eye(visits), (*values.shape, visits))
    fit = fit_repeated(values, means, "heterogeneous_compound_symmetry")
    return together(fit, _to_first(visits)) if fit.converged else NO_F


def _resampled_p(statistics):
    """Of every resample the share of resamples whose statistic is as large."""
    ordered = np.sort(statistics)
    return 1 - np.searchsorted(ordered, statistics * (1 - 1e-9)) / statistics.size


def _to_first(visits):
    return np.eye(visits)[1:] - np.eye(visits)[0]
