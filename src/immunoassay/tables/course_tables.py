"""Tables of the whole course of a participant, column by column (see statistic_tables)."""

from immunoassay.tables.notation import Table
from immunoassay.tables.statistic_columns import (
    ESTIMATE_METHOD,
    INTERVAL_METHOD,
    P_FLOOR,
    P_METHOD,
    SHARE,
    TOLD,
    N,
    P,
    coded,
    ends,
    statistic,
)

VARIABLE = """
variable | str | | analyte or score
kind | str | | biomarker or score
panel | str | | kit (biomarkers)
group | str | | group of analytes, or score
unit | str | | unit
course | str | | treatment course
"""
RATIO = "quantity | str | | ratio (biomarkers), difference (biomarkers in log2 units) or change (scores)"


def f_test(name: str, what: str) -> str:
    """The four numbers of an F test and its method."""
    return f"""
{name}_f | float64 | number | F of {what}
{name}_df1 | Int64 | number | its numerator degrees of freedom
{name}_df2 | float64 | number | its denominator degrees of freedom
{name}_p | float64 | probability | p of {what}
{coded(f"{name}_method", "the test")}
"""


TABLES: tuple[Table, ...] = (
    statistic(
        "summary_measures",
        "variable x course x measure: one number per participant for the whole follow-up, its mean, and is it no change?",
        "variable course measure",
        f"""
{VARIABLE}
{RATIO}
measure | str | | mean_follow_up (mean of the visits after baseline) or time_weighted_average (area by day / time)
{N}
n_undated | Int64 | number | participants left out because a visit has no day of its own
n_open | Int64 | number | participants whose measure results outside the limits leave open
{SHARE}
estimate | float64 | ratio, or points | mean of the measure relative to baseline (geometric mean ratio, or mean change)
{ends("ratio, or points")}
{INTERVAL_METHOD}
{P}
{P_METHOD}
{P_FLOOR}
p_beside | float64 | probability | p of the other test, which does not carry the claim
{coded("p_beside_method", "that test")}
{TOLD}
""",
    ),
)
