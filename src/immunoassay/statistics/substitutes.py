"""A number for a value below the LLOQ: the one place where LLOQ/2 (or, for comparison, another share of it) stands for one."""

import numpy as np

HALF = 0.5
ROUNDING = 0.01  # limits that differ by less are the same


def substituted(value: np.ndarray, limit: np.ndarray, below: np.ndarray, factor: float = HALF) -> np.ndarray:
    """`value`, and `factor` times the `limit` where it is `below`; all of one shape and unit."""
    return np.where(below, factor * np.asarray(limit, float), value)


def log_substituted(value: np.ndarray, limit: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Natural logarithms of `substituted`; NaN where a value is missing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(substituted(value, limit, below))


def limits_agree(limits: np.ndarray) -> bool:
    """Whether limits (NaN where there is none) are the same but for a rounding: only then a number may stand for a value."""
    known = np.asarray(limits, float)
    known = known[~np.isnan(known)]
    return not known.size or bool(known.max() <= known.min() * (1 + ROUNDING))


def substitute(below: bool, above: bool) -> str:
    """The code (known_codes.SUBSTITUTED) of what stands for values of a row: LLOQ/2 where any is below, the ULOQ above."""
    return {(False, False): "none", (True, False): "half_lloq", (False, True): "uloq"}.get(
        (bool(below), bool(above)), "both"
    )
