"""Statistics over the `observations` table: methods on arrays, and one builder per table that a reader sees.

Methods: intervals, censored, bivariate, signed_rank, paired, correlation, trajectories, multiplicity, multivariate.
Tables: visit_summaries, changes, score_changes, associations, sensitivity, accounting, multivariate. Choices: settings.
"""
