"""One plate: who lies in which well, and what the instrument reads there.

Concentrations go forward through the kit lot's curve, y = a + (d - a) / (1 + (x / c)^-b)^g (g = 1 in a 4PL), to a
signal with the plate's own level, error of the standard series, well noise and noise at low signal, rounded to the
instrument's resolution.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from immunoassay.simulate.generators import generator
from immunoassay.simulate.panels import Analyte, Panel

ROWS = "ABCDEFGH"
_PLATE_SD = 0.07  # of the level of all signals of a plate; it acts on standards too
_SERIES_SD = 0.05  # of the concentration of the whole standard series of a plate and analyte
_STEP_SD = 0.02  # of every step of the series


@dataclass(frozen=True)
class Curve:
    """Parameters of every analyte's curve (arrays): lower and upper asymptote, midpoint, slope, asymmetry."""

    lower: np.ndarray
    upper: np.ndarray
    midpoint: np.ndarray
    slope: np.ndarray
    asymmetry: np.ndarray

    def signal(self, concentration: np.ndarray) -> np.ndarray:
        """Signal at a concentration in the well (wells x analytes); 0 gives the lower asymptote."""
        with np.errstate(divide="ignore"):
            odds = (concentration / self.midpoint) ** -self.slope
        return self.lower + (self.upper - self.lower) / (1 + odds) ** self.asymmetry

    def concentration(self, signal: np.ndarray) -> np.ndarray:
        """Concentration in the well; -inf at or below the lower asymptote, inf at or above the upper one."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = (self.upper - self.lower) / (signal - self.lower)
            found = self.midpoint * (ratio ** (1 / self.asymmetry) - 1) ** (-1 / self.slope)
        return np.where(signal <= self.lower, -np.inf, np.where(signal >= self.upper, np.inf, found))


@dataclass
class Plate:
    """One plate, read. `wells` (well, role, sample, level, dilution) and the rows of every array go together."""

    name: str
    panel: Panel
    analytes: list[Analyte]
    lot: str
    wells: pd.DataFrame
    signal: np.ndarray  # wells x analytes
    counts: np.ndarray | None  # beads, wells x analytes
    expected: np.ndarray  # stated concentration in the well of standards and controls, otherwise NaN
    curve: Curve  # the curve a perfect fit of this plate finds: signal against the stated concentration
    run_date: str = ""
    operator: str = ""

    def rows(self, role: str) -> np.ndarray:
        """Positions of the wells of one role."""
        return np.flatnonzero((self.wells["role"] == role).to_numpy())

    @property
    def net(self) -> np.ndarray:
        """Signal minus the mean of the blanks."""
        return self.signal - self.signal[self.rows("blank")].mean(axis=0)

    @property
    def net_curve(self) -> Curve:
        """The curve of the net signal."""
        background = self.signal[self.rows("blank")].mean(axis=0)
        curve = self.curve
        return replace(curve, lower=curve.lower - background, upper=curve.upper - background)


def place(panel: Panel, samples: Sequence[str]) -> pd.DataFrame:
    """The wells of a plate: standards and blank in columns 1 and 2, controls and samples in pairs of wells after them.

    Raises ValueError when the samples do not fit.
    """
    levels = [("standard", "", f"S{number + 1}", 1.0) for number in range(panel.levels)]
    levels += [("empty", "", "", 1.0)] * (7 - panel.levels) + [("blank", "", "", 1.0)]
    levels += [("control", "", f"QC{number + 1}", 1.0) for number in range(len(panel.controls))]
    levels += [("sample", sample, "", float(panel.dilution)) for sample in samples]
    if len(levels) > 48:
        raise ValueError(f"{len(samples)} samples in duplicate do not fit on a plate")
    rows = []
    for position, (role, sample, level, factor) in enumerate(levels):
        pair, row = divmod(position, len(ROWS))
        rows += [(f"{ROWS[row]}{2 * pair + side:02d}", role, sample, level, factor) for side in (1, 2)]
    frame = pd.DataFrame(rows, columns=["well", "role", "sample", "level", "dilution"])
    order = sorted(range(len(frame)), key=lambda index: (frame["well"][index][1:], frame["well"][index][0]))
    return frame.iloc[order][frame["role"].iloc[order] != "empty"].reset_index(drop=True)


def lot_curve(seed: int, panel: Panel, lot: str, analytes: Sequence[Analyte]) -> Curve:
    """The curve of a kit lot: the panel's shape, varied by lot and analyte."""
    spread = np.array([generator(seed, "lot", panel.name, lot, a.name).standard_normal(5) for a in analytes]).T
    top = np.array([analyte.top for analyte in analytes])
    return Curve(
        lower=panel.lower * np.exp(0.2 * spread[0]),
        upper=panel.upper * np.exp(0.12 * spread[1]),
        midpoint=panel.midpoint * top * np.exp(0.15 * spread[2]),
        slope=panel.slope * np.exp(0.03 * spread[3]),
        asymmetry=np.exp(0.12 * spread[4]) if panel.five_parameters else np.ones(len(analytes)),
    )


def stated(panel: Panel, analytes: Sequence[Analyte], level: str) -> np.ndarray:
    """Stated concentration of a standard (S1 is the most concentrated) or control in the well, per analyte."""
    number = int(level.lstrip("SQC")) - 1
    share = panel.controls[number] if level.startswith("QC") else panel.fold**-number
    return np.array([float(f"{analyte.top * share:.5g}") for analyte in analytes])


def measure(
    seed: int,
    name: str,
    panel: Panel,
    analytes: Sequence[Analyte],
    lot: str,
    wells: pd.DataFrame,
    content: Mapping[str, np.ndarray],
    strength: float = 1.0,
    factors: np.ndarray | None = None,
) -> Plate:
    """Read a plate.

    `content` maps a sample to its true concentrations (array in the order of `analytes`, in their unit). `strength` is
    the real over the stated strength of the standards. `factors` (wells x analytes) multiplies what is in the wells.
    """
    rng = generator(seed, "plate", name)
    shape = (len(wells), len(analytes))
    level_effect = np.exp(_PLATE_SD * rng.standard_normal() + 0.03 * rng.standard_normal(len(analytes)))
    series = strength * np.exp(_SERIES_SD * rng.standard_normal(len(analytes)))
    steps = np.exp(_STEP_SD * rng.standard_normal((panel.levels + 1, len(analytes))))
    expected = np.full(shape, np.nan)
    inside = np.zeros(shape)
    unit_factor = np.array([analyte.unit_factor for analyte in analytes])
    for index, (role, sample, level, dilution) in enumerate(
        zip(wells["role"], wells["sample"], wells["level"], wells["dilution"], strict=True)
    ):
        if role in ("standard", "control"):
            expected[index] = stated(panel, analytes, level)
            inside[index] = expected[index]
            if role == "standard":
                inside[index] *= series * steps[int(level[1:])]
        elif role == "sample":
            inside[index] = np.asarray(content[sample], dtype=float) / unit_factor / dilution
    if factors is not None:
        inside = inside * factors
    kit = lot_curve(seed, panel, lot, analytes)
    kit = replace(kit, upper=kit.upper * level_effect)
    spread = panel.well_cv * np.sqrt(0.5)
    pipetted, bound = spread * rng.standard_normal((shape[0], 1)), spread * rng.standard_normal(shape)
    signal = kit.lower + (kit.signal(inside * np.exp(pipetted)) - kit.lower) * np.exp(bound)
    signal = signal + panel.additive_sd * rng.standard_normal(shape)
    signal = np.round(np.maximum(signal, panel.resolution) / panel.resolution) * panel.resolution
    counts = None
    if panel.beads:
        mean = panel.beads * np.exp(0.12 * rng.standard_normal((shape[0], 1)))
        counts = np.clip(rng.poisson(np.broadcast_to(mean, shape)), 52, 160)
    perfect = replace(kit, midpoint=kit.midpoint / series)
    return Plate(name, panel, list(analytes), lot, wells, np.round(signal, 6), counts, expected, perfect)
