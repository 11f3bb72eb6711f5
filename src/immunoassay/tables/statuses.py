"""The codes that stand in the tables: what a value is, and what was judged of it."""

BELOW = (
    "below_lod",
    "below_lloq",
)  # the truth lies between the lowest value of the unit (log2_units.lowest) and the upper bound
CENSORED = (*BELOW, "above_uloq")
REPORTED = ("quantified", *CENSORED)
STATUSES = (*REPORTED, "not_reportable", "missing")
ACCEPTED = ("PASS", "WARN")  # verdicts of a plate x analyte whose values count
VERDICTS = (*ACCEPTED, "FAIL", "NOT_EVALUABLE")
