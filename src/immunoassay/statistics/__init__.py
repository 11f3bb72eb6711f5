"""Statistics over the `observations` table: methods on arrays, and one builder per table that a reader sees.

Methods: intervals, censored, bivariate, signed_rank, paired, correlation, trajectories, multiplicity,
repeated_measures, censored_mixed. Tables: visit_summaries, biomarker_changes, score_changes, longitudinal, associations,
prediction, multivariate, sensitivity, accounting. Choices: settings.
"""
