"""Tables of the whole course of a participant, column by column (see statistic_tables)."""

from immunoassay.tables.notation import Table
from immunoassay.tables.statistic_columns import (
    ESTIMATE_METHOD,
    INTERVAL_METHOD,
    P_FLOOR,
    P_METHOD,
    SHARE,
    SUBSTITUTED,
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
{ESTIMATE_METHOD}
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
        "arm_courses",
        "factor x level x variable x visit after baseline: the level beside the reference in a model of all visits",
        "factor level variable course visit",
        f"""
factor | str | | what distinguishes the groups: a column of the participants, or responder
level | str | | the group
reference | str | | the group it is compared with
{VARIABLE}
visit | str | | visit
visit_order | Int64 | number | order of the visit
{RATIO}
n_participants | Int64 | number | participants in the model: with a group, results at baseline and later, and all covariates
n | Int64 | number | participants of the group with a result at this visit
n_reference | Int64 | number | participants of the reference with a result at this visit
share_censored | float64 | share | censored results / results of both visits
{SHARE}
estimate | float64 | ratio, or points | ratio (difference) of the group to the reference (estimate_method says how)
{ends("ratio, or points")}
standard_error | float64 | ln ratio, or points | standard error of the model
degrees_of_freedom | float64 | number | degrees of freedom
{P}
{ESTIMATE_METHOD}
{INTERVAL_METHOD}
{P_METHOD}
{SUBSTITUTED}
{f_test("by_visit", "the groups differing alike at all visits (the same in all rows of factor and variable)")}
{f_test("any_visit", "the groups differing at no visit (the same in all rows of factor and variable)")}
{TOLD}
""",
    ),
    statistic(
        "level_changes",
        "factor x level x variable x visit after baseline: change from baseline within the level",
        "factor level variable course visit",
        f"""
factor | str | | what distinguishes the groups: a column of the participants, or responder
level | str | | the group
level_order | Int64 | number | place of the group; the reference is the first
{VARIABLE}
visit | str | | visit
visit_order | Int64 | number | order of the visit
{RATIO}
{N}
n_below | Int64 | number | of these, below LLOQ or LOD at the visit
n_below_baseline | Int64 | number | of these, below LLOQ or LOD at baseline
n_above | Int64 | number | of these, above the ULOQ at the visit
changed | boolean | | the participants are others than those of the visit before; empty at the first
tier | str | | of biomarkers, as in biomarker_changes
estimate | float64 | ratio, or points | geometric mean ratio to baseline, or mean change
{ends("ratio, or points")}
{INTERVAL_METHOD}
words | str | | the row in words
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
