"""Simulated plates in the layouts of the vendors' exports, one module per family. Every export says it is simulated.

The vendor's concentrations in them come from the plate's true curve, as a perfect fit in the vendor's software would
give; numbers are cut to ten digits, so that the files do not depend on the last bit of a processor's arithmetic.
"""

import numpy as np

SIMULATED = "SIMULATED DEMONSTRATION DATA - NOT A MEASUREMENT"


def plain(value):
    """A number as instruments write it: at most ten digits, no exponent for common sizes, `NaN` when missing."""
    return "NaN" if np.isnan(value) else f"{value:.10g}"


def column(well):
    """A1 for A01."""
    return f"{well[0]}{int(well[1:])}"
