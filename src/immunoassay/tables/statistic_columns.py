"""Columns that several tables of the statistics share, in the notation of tables."""

from immunoassay.tables.notation import Table, table

CODE, TEXT, WORDS = "_code", "_text", "words"


def coded(name: str, meaning: str) -> str:
    """A text column and the column of its code."""
    return f"""
{name} | str | | {meaning}
{name}{CODE} | str | | code of {name}
"""


COURSE = """
course | str | | treatment course
visit | str | | visit
visit_order | Int64 | number | order of the visit
"""
BIOMARKER = f"""
variable | str | | analyte or score
kind | str | | biomarker or score
panel | str | | kit (biomarkers)
group | str | | group of analytes, or score
unit | str | | unit
{COURSE}
"""
RESULTS = """
n_quantified | Int64 | number | quantified results
n_below | Int64 | number | results below LLOQ or LOD
"""
UNDETECTED = "n_below_lod | Int64 | number | of these, below the limit of detection"
LOST = """
n_above | Int64 | number | results above ULOQ
n_missing | Int64 | number | missing results
n_not_reportable | Int64 | number | results that are not reportable
"""
EXPECTED = "n_expected | Int64 | number | participants expected at this visit"
N = "n | Int64 | number | results, pairs or participants the row rests on"
SHARE = "share_below | float64 | share | results below LLOQ / results"
LLOQ = """
lloq_min | float64 | <unit> | lowest LLOQ among the results
lloq_max | float64 | <unit> | highest LLOQ among the results
"""
INTERVAL_METHOD = coded("interval_method", "how the interval was computed; none if there is none")
ESTIMATE_METHOD = coded("estimate_method", "what the estimate is")
P = "p | float64 | probability | two-sided p value"
P_METHOD = coded("p_method", "the test")
P_FLOOR = "p_floor | float64 | probability | smallest two-sided p attainable with these pairs"
P_BESIDE = f"""
p_beside | float64 | probability | two-sided p value of the other test, which does not carry the claim
{coded("p_beside_method", "that test; none if there is none")}
"""
TEST = f"{P}\n{P_METHOD}\n{P_FLOOR}"
ADJUSTED = f"""
p_adjusted | float64 | probability | p adjusted within its family, or q
{coded("adjusted_method", "method of the adjustment")}
family | str | | family of tests; empty: descriptive, not adjusted
family_code | str | | code of the family; with the visit and the group it names one
family_size | Int64 | number | tests in the family
"""
FAMILY_P = """
family_p | float64 | probability | p of no change in any variable of the family (sum of squared t, shared sign changes)
"""
METHOD = coded("method", "what the numbers are")
IN_WORDS = "words | str | | the row in words"
REASON = """
reason | str | | why something is missing
reason_code | str | | codes of reason, semicolon-separated
"""
TOLD = f"{IN_WORDS}\n{REASON}"
SUBSTITUTED = "substituted_code | str | | what stands for values outside the limits: none, half_lloq, uloq or both"


def ends(unit: str) -> str:
    """The two ends of an interval."""
    return f"""
low | float64 | {unit} | lower end of the 95 % confidence interval, or the lower bound
high | float64 | {unit} | upper end of the 95 % confidence interval, or the upper bound
"""


def quantile(name: str, said: str) -> str:
    """A quantile and its status."""
    return f"""
{name} | float64 | <unit> | {said}, or the limit it lies beyond
{name}_status | str | | value, or on which side of a limit the {said} lies
"""


def share_of(count: str, stem: str, what: str, whole: str) -> str:
    """A count, of how many, and the share with its exact interval."""
    return f"""
{count} | Int64 | number | {what}
{count}_of | Int64 | number | {whole}
{stem}_share | float64 | share | {count} / {count}_of
{stem}_low | float64 | share | lower Clopper-Pearson limit of the share
{stem}_high | float64 | share | upper Clopper-Pearson limit of the share
"""


ACROSS = """
n_across_plates | Int64 | number | pairs whose two results are of different plates (empty: no plate is stated)
n_across_lots | Int64 | number | pairs whose two results are of different kit lots (empty: no lot is stated)
change_is_also_a_lot_change | boolean | | more than half of the pairs are of two kit lots
lot_baseline | str | | kit lot at baseline of the pairs across lots; of several changes of lot the commonest
lot_visit | str | | their kit lot at the visit
lot_shift | float64 | ratio, or <unit> | what lot_visit reads relative to lot_baseline, of samples measured with both (bridging)
lot_shift_low | float64 | ratio, or <unit> | lower end of its 90 % confidence interval
lot_shift_high | float64 | ratio, or <unit> | upper end of its 90 % confidence interval
"""
QUARTILES = quantile("median", "median") + quantile("q1", "lower quartile") + quantile("q3", "upper quartile")
RESPONDED = "participants who improved by the MCID or more"
LOST_IT = "participants who had responded at an earlier visit of the course and no longer do (relapse by score)"
RESPONDERS = share_of("responders", "responder", RESPONDED, "participants with both scores")
LOST_RESPONSE = share_of("lost_response", "lost_response", LOST_IT, "earlier responders with a score at this visit")
MINIMAL_SYMPTOM = share_of(
    "minimal_symptom", "minimal_symptom", "participants in minimal symptom expression", "participants with a score"
)
NEVER = "within_participant, within_participant_unadjusted (never tested)"
QUANTITY = "quantity | str | | value (log values) or change (of log values from baseline)"


def statistic(name: str, row: str, key: str, columns: str) -> Table:
    """A table of statistics; the group of participants is before its key and its columns."""
    group = "participant_group | str | | group of participants, all, or empty where there are no groups"
    return table(name, row, f"participant_group {key}", f"{group}\n{columns}")
