"""Studies with known truth: the demonstration study, the benchmarks, the operating characteristics.

`panels` says what is measured and how it is assumed to behave, `truth` draws concentrations and scores, `assay` sends
them forward through a plate to signals, `exports` writes the vendors' layouts, `demo` and `study_sheets` make the
bundled demonstration study, `clean_study` gives any number of simulated studies as frames, without files.

Every draw comes from a generator named by the seed and the thing drawn (a person, a kit lot, a plate), so that adding
a person, a visit or a batch changes no other draw. No number here is a measurement of anybody.
"""
