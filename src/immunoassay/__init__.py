"""Immunoassay library: pure functions over data frames, from raw plate exports to statistics and figures.

Rooms, low to high: problem_codes, problems, tables, runtime, digest, vocabulary, sheets, amendments, wells, readers, calibration,
acceptance, results, clinical, statistics, figures, deliver. A module imports only from its own or a lower room;
`simulate` may import all but figures and deliver, and nothing imports it.
"""
