"""Standard curves: from the signals of a batch to concentrations with limits, an interval and a reason.

`calibrate.calibrate` does the whole room; `quantify.combine_replicates` and `quantify.choose_dilution` make one value
of several wells. Below them: `models` (curves as arrays), `solver` and `fit` (the batched fitter), `candidates` (4PL,
5PL in both orientations, choice by AICc), `variance` (variance functions), `editing` (dropping of standards), `limits`.

Settings that reproduce the vendors' software (columns of the analytes sheet):

| software | curve_model | orientation | weights | note |
|---|---|---|---|---|
| xPONENT | 5pl | lower | 1/y2 | signal is the net median |
| Bio-Plex Manager | 5pl | lower | power 1.8 | printed slope negative, g in [0.1, 10], no prior, level means |
| SoftMax Pro, Gen5, SkanIt | 4pl | - | none | blank or zero standard included where the software includes it |
| MasterPlex | 5pl | upper | 1/y2 | |
| MSD Discovery Workbench | 4pl | - | 1/y2 | zero standard included (include_blank), level means |

Weights are taken from fitted values, so a fit to wells and a fit to level means agree when every level has the same
number of wells. `calibrate.calibrate` weights 5PL asymmetry by a weak prior unless it is switched off.
"""
