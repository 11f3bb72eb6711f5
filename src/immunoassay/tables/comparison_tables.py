"""Tables that compare groups of participants, column by column (see statistic_tables)."""

from immunoassay.tables.notation import Table
from immunoassay.tables.statistic_columns import (
    ADJUSTED,
    BIOMARKER,
    INTERVAL_METHOD,
    P_BESIDE,
    SHARE,
    TEST,
    TOLD,
    coded,
    ends,
    statistic,
)

RATIO = "ratio, or <unit>"
COMPARED = """
factor | str | | column of the participants whose levels are compared, or responder
level | str | | level that is compared with the reference; all: whether any of more than two levels differ
reference | str | | level it is compared with
"""
QUANTITY = "value, change (from baseline) or adjusted (the value, adjusted for the baseline and the covariates)"

TABLES: tuple[Table, ...] = (
    statistic(
        "group_comparisons",
        "factor x level x variable x visit x quantity: a group beside the reference, ratio or difference, its limits, tests",
        "factor level variable course visit quantity",
        f"""
{COMPARED}
{BIOMARKER}
quantity | str | | {QUANTITY}
measure | str | | what the estimate is: ratio (of geometric means) or difference (scores; in log2 units)
n_level | Int64 | number | participants of the level with a result (in the row all: of all levels but the reference)
n_reference | Int64 | number | participants of the reference with a result
n_unknown | Int64 | number | participants with a result whose level is not known
n_lacking | Int64 | number | participants with a result who lack a covariate
below_level | Int64 | number | of those of the level, below LLOQ (of a change: at the visit or at baseline)
below_reference | Int64 | number | of those of the reference, below LLOQ (of a change: at the visit or at baseline)
{SHARE}
centre_level | float64 | ratio, or <unit> | geometric mean of the level (scores: mean; of a change its ratio), or adjusted mean
centre_reference | float64 | ratio, or <unit> | the same of the reference
estimate | float64 | {RATIO} | level / reference, or level - reference
{ends(RATIO)}
{INTERVAL_METHOD}
{TEST}
{P_BESIDE}
hodges_lehmann | float64 | {RATIO} | Hodges-Lehmann estimate of the same, nothing censored
hodges_lehmann_low | float64 | {RATIO} | lower end of its exact interval
hodges_lehmann_high | float64 | {RATIO} | upper end of its exact interval
{coded("hodges_lehmann_method", "how that interval was computed")}
{ADJUSTED}
covariates | str | | what the estimate is adjusted for, comma-separated
baseline_below | Int64 | number | baselines below LLOQ, which enter as the highest LLOQ of those
{TOLD}
""",
    ),
)
