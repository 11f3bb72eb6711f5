"""Westgard multirules on z scores of controls: which rules a run breaks. All comparisons are strict.

A run is one plate x analyte; its materials are the control levels. z = (x - mean of the guide set) / SD of the guide set.
Rules (published variants disagree; these are ours):

- 1_2s: a z beyond 2 SD; a warning.
- 1_3s: a z beyond 3 SD.
- 2_2s: two consecutive z beyond 2 SD on one side: two materials of the run, or the last two runs of one material.
- R_4s: within the run one z above +2 and another below -2.
- 4_1s: four consecutive z beyond 1 SD on one side: of one material, or all materials of the last runs that make four.
- 10_x: ten consecutive z on one side of the mean, likewise; z = 0 belongs to no side.

With three materials a run: 2of3_2s (two of the three beyond 2 SD on one side), 3_1s and 6_x take the place of 2_2s, 4_1s
and 10_x. A missing z breaks every streak. Source: Westgard et al., A multi-rule Shewhart chart for quality control in
clinical chemistry (1981), and the extensions for three materials.
"""

import numpy as np

LONGEST = 10  # runs the longest rule looks at
REJECTIONS = ("1_3s", "2_2s", "R_4s", "2of3_2s")


def broken(z: np.ndarray) -> dict[str, np.ndarray]:
    """Rules broken at each run: {rule: bool array (runs,)}, for `z` of shape (runs, materials), runs in order.

    NaN = not measured. 1_2s is true whenever a z is beyond 2 SD, whatever else fires.
    """
    z = np.asarray(z, float).reshape(len(z), -1)
    three = z.shape[1] == 3
    beyond_2 = (z > 2, z < -2)
    found = {
        "1_2s": (np.abs(z) > 2).any(axis=1),
        "1_3s": (np.abs(z) > 3).any(axis=1),
        "R_4s": beyond_2[0].any(axis=1) & beyond_2[1].any(axis=1),
    }
    within = (beyond_2[0].sum(axis=1) >= 2) | (beyond_2[1].sum(axis=1) >= 2)
    if three:
        return {**found, "2of3_2s": within, "3_1s": _streak(z, 1, 3), "6_x": _streak(z, 0, 6)}
    across = _of_one_material(z, 2, 2)
    return {**found, "2_2s": within | across, "4_1s": _streak(z, 1, 4), "10_x": _streak(z, 0, 10)}


def _streak(z, beyond, length):
    """Runs that end `length` consecutive z beyond `beyond` on one side: of one material, or of all materials."""
    runs = -(-length // z.shape[1])
    every = [_last((side > beyond).all(axis=1), runs) for side in (z, -z)]
    return _of_one_material(z, beyond, length) | every[0] | every[1]


def _of_one_material(z, beyond, length):
    return np.logical_or.reduce([_last(side > beyond, length).any(axis=1) for side in (z, -z)])


def _last(hit, length):
    """Where this and the `length` - 1 rows before are all true."""
    total = np.cumsum(hit, axis=0)
    before = np.zeros_like(total)
    before[length:] = total[:-length]
    return total - before == length
