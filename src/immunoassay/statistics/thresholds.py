"""From how much on a method says something: what its sentences, its figures and the plan of a run tell too.

They stand apart from the methods, which load SciPy: whoever only tells them need not.
"""

# Models of all visits (longitudinal, arm_courses)
MOST_CENSORED = 0.10  # share of results outside the limits that a mixed model admits

# Associations (association_rows, cross_sectional, within_participants)
FEWEST_QUANTIFIED = 4
MOST_BELOW_TESTED = 0.80
MOST_BELOW_ESTIMATED = 0.50  # within participants
FEWEST_OF_RHO = 6  # participants for an interval of rho

# Principal components (multivariate)
MOST_BELOW = 0.50
MOST_MISSING = 0.20
NOISE_DRAWS = 500
FEWEST_OF_COMPONENTS = 3  # analytes, and complete rows

# ROC curves (diagnostics)
FEWEST_OF_ROC = 20  # participants: with fewer the interval covers most of 0 to 1
FEWEST_OF_EACH = 7  # responders, and others, for an interval: with 5 and 45 it covers 91 %, with 3 and 47 86 %
