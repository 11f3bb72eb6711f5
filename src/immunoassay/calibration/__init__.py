"""Standard curves: from the signals of a batch to concentrations with limits, an interval and a reason.

`calibrate.calibrate` does the whole room, `batch_curves.calibrate_batch` with the criteria sets of a study;
`quantify.combine_replicates` and `quantify.choose_dilution` make one value of several wells. Below them: `models`
(curves as arrays), `fit` (the batched fitter; `start` its start values and bounds, `reweighted` the iterated weights,
`solver` the least squares), `candidates` (4PL, 5PL in both orientations, choice by AICc), `variance` (variance
functions), `editing` (dropping of standards), `limits`. `estimate` proposes a variance exponent for the sheet from many
batches. `agreement` compares with what the vendors' software reports; the settings that reproduce each software are
listed there and in docs/validation.md.

Weights are taken from fitted values, so a fit to wells and a fit to level means agree when every level has the same
number of wells. The asymmetry of a 5PL has a weak prior unless it is switched off.
"""
