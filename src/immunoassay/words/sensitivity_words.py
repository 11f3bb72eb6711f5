"""Why a row of sensitivity lacks an estimate."""

from immunoassay.words.summary_words import FEW_DIFFERENT, NOT_CONVERGED
from immunoassay.words.table_words import reasons

REASONS = {
    "no_result": "no result",
    "ros_above_uloq": "ROS: results above the ULOQ",
    "ros_few_quantified": "ROS: fewer than 3 different quantified values or more than 80 % below the LLOQ",
    "ros_high_lloq": "ROS: an LLOQ lies above every quantified value",
    "likelihood_few_quantified": f"censored: {FEW_DIFFERENT}",
    "likelihood_not_converged": f"censored: {NOT_CONVERGED}",
}


def texts(row: dict, settings: dict) -> dict[str, str]:
    """reason of a row of `sensitivity`."""
    return {"reason": reasons(REASONS, row)}
