"""Association of every biomarker with every score: at baseline, of changes, and within participants over visits."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.association_data import Data
from immunoassay.statistics.cross_sectional import at_baseline, of_changes, of_means
from immunoassay.statistics.frames import ordered, table
from immunoassay.statistics.within_participants import within_participants


def associations(observations: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """One row per question, visit, biomarker and score in the primary course, as frames.table("associations").

    Questions: `baseline` (values at baseline), `change_change` (ratio to baseline and change of score, at each visit),
    `baseline_change` (biomarker at baseline and change of score at the primary visit; never change and own baseline),
    `between_participants` (means of all visits of participants seen twice or more, visit means subtracted),
    `within_participant` (over visits, participant and visit effects removed), and `within_participant_unadjusted`
    (participant effects only; described, never tested). Each with one value per participant: where nothing is censored
    `estimate` is the correlation of logarithms, which is tested, otherwise tau-b on pairs of participants whose order is
    certain, with Spearman's rho and its interval beside both. Over visits: the correlation of repeated measures, LLOQ/2
    standing for results below, where the limits agree; where they differ the concordance of visits of one person whose
    order is certain, for which no number stands. Every p permutes participants; of ratios, means and visits whose limits
    differ only those seen through the same limits (concordance.limit_classes). The question named by the settings
    (`change_change`: its primary visit) is adjusted within the group of the biomarker, over all scores: `q_value` by
    Benjamini-Hochberg, `p_adjusted` by Westfall-Young over shared permutations. Other questions are descriptive.
    """
    settings = choices.complete(settings)
    frame = ordered(observations)
    course = settings["primary_course"]
    data = Data(frame[(frame["course"] == course) & frame["reported"]])
    rows = []
    if data.variables and data.scores:
        for question in (at_baseline, of_changes, of_means, within_participants):
            rows += question(data, settings)
    return table([{**row, "course": course} for row in rows], "associations")
