"""Tables of the whole course of a participant, column by column (see statistic_tables)."""

from immunoassay.tables.notation import Table
from immunoassay.tables.statistic_columns import (
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


def known(name: str, unit: str, what: str) -> str:
    """A number, and what it lies between where it is only known as bounds."""
    return f"""
{name} | float64 | {unit} | {what}
{name}_low | float64 | {unit} | the least it can be
{name}_high | float64 | {unit} | the most it can be
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
    statistic(
        "kinetics",
        "cell count x course x participant: highest count, its day, area under the counts of the first 28 days",
        "variable course participant",
        f"""
{VARIABLE}
participant | str | | participant
{N}
n_below | Int64 | number | results below LLOQ or LOD
first_day | float64 | day | study day of the first sample
last_day | float64 | day | study day of the last sample
{known("cmax", "<unit>", "highest count")}
tmax | float64 | day | study day of the highest count
{known("auc_0_28", "<unit> x days", "area under the counts of day 1 to 29, linear up and logarithmic down")}
day_last_quantified | float64 | day | last study day with a quantified count
{TOLD}
""",
    ),
    statistic(
        "kinetics_summaries",
        "cell count x course x quantity: its geometric mean over participants, or median day",
        "variable course quantity",
        f"""
{VARIABLE}
quantity | str | | cmax, auc_0_28 or tmax
{N}
n_open | Int64 | number | participants of whom results outside the limits leave it open
centre | float64 | <unit>, <unit> x days, or day | geometric mean over participants; of tmax the median
{ends("<unit>, <unit> x days, or day")}
{INTERVAL_METHOD}
{TOLD}
""",
    ),
)
