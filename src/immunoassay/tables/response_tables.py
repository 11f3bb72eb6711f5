"""Tables of responders, events, titres and diagnostics, column by column (see statistic_tables)."""

from immunoassay.tables.notation import Table
from immunoassay.tables.statistic_columns import (
    ADJUSTED,
    BIOMARKER,
    COURSE,
    EXPECTED,
    INTERVAL_METHOD,
    LLOQ,
    LOST,
    RESPONDERS,
    RESULTS,
    SHARE,
    SUBSTITUTED,
    TEST,
    TOLD,
    UNDETECTED,
    N,
    coded,
    ends,
    statistic,
)

FACTOR = """
factor | str | | factor of the participants sheet, or responder; empty: everybody
level | str | | its level
"""
LEVEL = f"{FACTOR}\nreference | str | | level it is compared with"
ENDPOINT = coded("endpoint", "relapse, response or loss of response")
MARKER = """
variable | str | | analyte
kind | str | | biomarker
panel | str | | kit
group | str | | group of analytes
unit | str | | unit
"""
BELOW = f"n_below | Int64 | number | of these, below LLOQ or LOD at baseline\n{SHARE}"


def shared(stem: str, what: str, whole: str) -> str:
    """Who reached something for certain, who may have, of how many, and the share with its exact limits."""
    return f"""
{stem} | Int64 | number | {what}, for certain
{stem}_undetermined | Int64 | number | who may have: a limit lies between
{stem}_of | Int64 | number | {whole}
{stem}_share | float64 | share | {stem} / {stem}_of; none where anybody is undetermined
{stem}_low | float64 | share | lower Clopper-Pearson limit, where none of the undetermined count
{stem}_high | float64 | share | upper Clopper-Pearson limit, where all of the undetermined count
"""


TABLES: tuple[Table, ...] = (
    statistic(
        "responders",
        "score x course x visit after baseline x level: share of responders, difference from the reference level",
        "variable course visit factor level",
        f"""
variable | str | | score
{COURSE}
{LEVEL}
{EXPECTED}
{N}
mcid | float64 | points | minimal clinically important difference
{RESPONDERS}
reference_responders | Int64 | number | responders at the reference level
reference_of | Int64 | number | participants of the reference level with both scores
difference | float64 | share | share of responders less that of the reference level
{ends("share")}
{INTERVAL_METHOD}
{TEST}
fisher_p | float64 | probability | two-sided p of Fisher's exact test (comparison only)
{ADJUSTED}
{TOLD}
""",
    ),
    statistic(
        "event_times",
        "endpoint x course x participant: when it came, or until when it is known not to have",
        "endpoint_code variable course participant",
        f"""
{ENDPOINT}
variable | str | | score of a response
course | str | | treatment course
participant | str | | participant
time | float64 | day | days from day 1 of the course, or from the first visit with a response to its loss
event | boolean | | the event came then; else it had not come by then
{coded("end", "what the time ends with")}
""",
    ),
    statistic(
        "time_to_event",
        "endpoint x course x level, or half of a biomarker at baseline: median time, exact log-rank test",
        "endpoint_code variable course factor biomarker level",
        f"""
{ENDPOINT}
variable | str | | score of a response
course | str | | treatment course
{LEVEL}
biomarker | str | | analyte whose values at baseline make the halves
unit | str | | its unit
cut | float64 | <unit> | median of its values at baseline; level above is higher
{N}
n_untimed | Int64 | number | participants whose event has no date
n_later | Int64 | number | participants whose event came after anybody was followed; it does not count
n_events | Int64 | number | participants with the event
longest | float64 | day | longest time
median | float64 | day | Kaplan-Meier median; infinite where it is not reached
{ends("day")}
{INTERVAL_METHOD}
observed | float64 | number | events of the level in the log-rank test
expected | float64 | number | events expected of it if its hazard were that of both levels together
{TEST}
{ADJUSTED}
{TOLD}
""",
    ),
    statistic(
        "event_curves",
        "endpoint x course x level, or half of a biomarker at baseline, x time: a step of the Kaplan-Meier curve",
        "endpoint_code variable course factor biomarker level step",
        f"""
{ENDPOINT}
variable | str | | score of a response
course | str | | treatment course
{FACTOR}
biomarker | str | | analyte whose values at baseline make the halves
unit | str | | its unit
cut | float64 | <unit> | median of its values at baseline; level above is higher
step | Int64 | number | number of the step, from the earliest time
time | float64 | day | time of an event or a censoring
at_risk | Int64 | number | participants without the event just before
events | Int64 | number | events at the time
censored | Int64 | number | participants censored at the time
share | float64 | share | Kaplan-Meier share without the event from the time on
{ends("share")}
""",
    ),
    statistic(
        "event_hazards",
        "biomarker at baseline: relation to the time to relapse, hazard ratio per doubling",
        "endpoint_code variable course",
        f"""
{ENDPOINT}
{MARKER}
course | str | | treatment course
n_participants | Int64 | number | participants followed
{N}
{BELOW}
{LLOQ}
n_events | Int64 | number | participants with a value at baseline and the event
hazard_ratio | float64 | times | hazard at twice the value (in log2 units at 1 more), by Firth's proportional hazards
{ends("times")}
{INTERVAL_METHOD}
p_likelihood | float64 | probability | p of the likelihood ratio of that model (comparison only)
{SUBSTITUTED}
{TEST}
{ADJUSTED}
{TOLD}
""",
    ),
    statistic(
        "serology",
        "antibody x course x visit x level: geometric mean titre, fold rise, who rose fourfold, who is at the threshold",
        "variable course visit factor level",
        f"""
{BIOMARKER}
{FACTOR}
{EXPECTED}
{N}
{RESULTS}
{UNDETECTED}
{LOST}
{SHARE}
{LLOQ}
{coded("centre_method", "what the geometric mean is")}
geometric_mean | float64 | <unit> | geometric mean (in log2 units the mean)
{ends("<unit>")}
{INTERVAL_METHOD}
n_pairs | Int64 | number | participants with a result at baseline and at the visit
tier | str | | the estimate of the rise the data support, as in biomarker_changes
fold_rise | float64 | ratio, or <unit> | geometric mean fold rise from baseline
fold_low | float64 | ratio, or <unit> | lower end of its 95 % confidence interval
fold_high | float64 | ratio, or <unit> | upper end of its 95 % confidence interval
{coded("fold_method", "how that interval was computed; none if there is none")}
{shared("risen", "participants whose value rose fourfold or more", "participants with a result at baseline and at the visit")}
threshold | float64 | <unit> | the threshold asked for
{shared("reached", "participants at or above the threshold", "participants with a result")}
{TOLD}
""",
    ),
    statistic(
        "titre_curves",
        "antibody x course x visit x level x step: reverse cumulative distribution",
        "variable course visit factor level step",
        f"""
{BIOMARKER}
{FACTOR}
{N}
n_below | Int64 | number | results below LLOQ or LOD
{SHARE}
lloq_max | float64 | <unit> | highest LLOQ among the results
step | Int64 | number | number of the step, from the lowest value
value | float64 | <unit> | value
share | float64 | share | share of participants at or above the value (reverse Kaplan-Meier)
{ends("share")}
""",
    ),
    statistic(
        "roc",
        "score x biomarker at baseline: does it tell who responds at the primary visit",
        "score variable",
        f"""
score | str | | score
{MARKER}
course | str | | treatment course
visit | str | | primary visit
{N}
responders | Int64 | number | of these, responders
others | Int64 | number | of these, not responders
{BELOW}
{LLOQ}
area | float64 | probability | area under the ROC curve: a responder's value is the higher one
{ends("probability")}
{INTERVAL_METHOD}
{TEST}
{ADJUSTED}
odds_ratio | float64 | times | odds of response at twice the value (in log2 units at 1 more), by Firth's logistic regression
odds_low | float64 | times | lower end of its 95 % profile interval
odds_high | float64 | times | upper end of its 95 % profile interval
{SUBSTITUTED}
{TOLD}
""",
    ),
    statistic(
        "roc_points",
        "score x biomarker at baseline x threshold: a point of the ROC curve",
        "score variable point",
        f"""
score | str | | score
{MARKER}
point | Int64 | number | number of the point, from the highest threshold
threshold | float64 | <unit> | at or above it a participant is taken for a responder; infinite: nobody is
sensitivity | float64 | share | share of the responders at or above it
specificity | float64 | share | share of the others below it
""",
    ),
)
