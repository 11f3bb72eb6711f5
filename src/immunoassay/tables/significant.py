"""Numbers with few significant digits, a column at once."""

import numpy as np

EXACT = np.array([float(f"1e{power}") for power in range(23)])  # the powers of ten that a float holds exactly
UNSURE = 1e-5  # so near to a tie the decimal digits decide, not the product that was rounded itself


def significant(values: np.ndarray, digits: int) -> np.ndarray:
    """The numbers `float(f"{value:.{digits}g}")` of values (n,), up to nine digits; NaN and infinities stay.

    A whole number over an exact power of ten is divided (or multiplied) as exactly as its text is read.

    >>> significant(np.array([0.0123456, 98765.0, np.nan]), 3)
    array([1.23e-02, 9.88e+04,      nan])
    """
    found = values.astype(float)
    at = np.flatnonzero(np.isfinite(found) & (found != 0))
    own = found[at]
    places = digits - 1 - np.floor(np.log10(np.abs(own))).astype(int)
    power = EXACT[np.minimum(np.abs(places), len(EXACT) - 1)]
    with np.errstate(over="ignore"):  # what is beyond the exact powers is not used
        scaled = np.where(places >= 0, own * power, own / power)
    whole = np.rint(scaled)
    found[at] = np.where(places >= 0, whole / power, whole * power)
    unsure = (np.abs(places) >= len(EXACT)) | (np.abs(np.abs(scaled - whole) - 0.5) < UNSURE)
    found[at[unsure]] = [float(f"{value:.{digits}g}") for value in own[unsure].tolist()]
    return found
