"""Summaries of the visits for the figures: what a test changes is worked out anew, the rest is that of the study."""

import pandas as pd
from immunoassay.statistics import visit_summaries as of_summaries
from tests.statistic_frames import observed, worded

KNOWN: dict = {}


def visit_summaries(observations, settings, alike=False):
    """The table `visit_summaries`, of every variable once: it is summarised apart from others, unless they are to be `alike`."""
    frame = observed(observations)
    if alike or frame.empty:
        return worded("visit_summaries", of_summaries.visit_summaries(frame, settings, alike), settings)
    parts = [_of_variable(rows, settings) for _, rows in frame.groupby("variable")]
    return pd.concat(parts, ignore_index=True)


def _of_variable(rows, settings):
    key = repr(settings), pd.util.hash_pandas_object(rows, index=False).to_numpy().tobytes()
    if key not in KNOWN:
        KNOWN[key] = worded("visit_summaries", of_summaries.visit_summaries(rows, settings), settings)
    return KNOWN[key]
