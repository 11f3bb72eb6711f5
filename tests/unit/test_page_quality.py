"""What the report page draws of curves and controls: points of curves against their formula, tolerances of the criteria."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.calibration import models
from immunoassay.deliver import page_quality
from scipy.stats import t


def curve(**values):
    """A row of the curves table: a 4PL from 10 to 1010 with its middle at 20, and a variance of 4 in every well."""
    row = {
        **{"plate": "P1", "analyte": "IL-6", "model": "4pl", "orientation": "upper", "status": "converged"},
        **{"lower_asymptote": 10.0, "upper_asymptote": 1010.0, "slope": 1.0, "midpoint": 20.0, "asymmetry": 1.0},
        **{"residual_variance": 4.0, "variance_exponent": 0.0, "variance_constant": 0.0, "variance_floor": 1.0},
        **{"degrees_of_freedom": 10, "lowest_standard": 2.0, "highest_standard": 200.0},
        **dict.fromkeys(models.COVARIANCE, 0.0),
    }
    return row | values


def frame(*rows):
    return pd.concat([tables.empty("curves"), pd.DataFrame(rows)], ignore_index=True)


def test_points_lie_on_the_curve_and_the_band_is_that_of_one_well():
    points = page_quality.curve_points(frame(curve()))
    assert list(points.columns) == ["plate", "analyte", "x", "y", "low", "high"]
    assert len(points) == page_quality.POINTS
    assert points["x"].iloc[[0, -1]].tolist() == [1.333, 300.0]  # half as far again beyond the standards
    expected = 10 + 1000 * points["x"] / (points["x"] + 20)
    assert np.allclose(points["y"], expected, rtol=1e-3)
    half = t.ppf(0.975, 10) * 2
    assert np.allclose(points["high"] - points["y"], half, atol=0.6) and np.allclose(
        points["y"] - points["low"], half, atol=0.6
    )


def test_the_band_holds_the_uncertainty_of_the_curve():
    wide = page_quality.curve_points(frame(curve(cov_a_a=100.0)))
    at_zero = wide.iloc[0]  # there the curve is nearly its lower asymptote
    weight = 1 - 1 / (1 + 20 / 1.3333)
    assert at_zero["high"] - at_zero["y"] == pytest.approx(t.ppf(0.975, 10) * np.sqrt(4 + 100 * weight**2), rel=0.01)


def test_a_curve_that_did_not_converge_has_no_points():
    points = page_quality.curve_points(frame(curve(), curve(plate="P2", status="not_converged")))
    assert set(points["plate"]) == {"P1"}
    assert page_quality.curve_points(frame(curve(status="not_fitted"))).empty


def test_a_control_has_the_tolerance_of_its_kit_or_of_its_analyte():
    controls = pd.DataFrame({"panel": ["a", "a", "b"], "analyte": ["X", "Y", "Z"]})
    panels = [{"panel": "a", "criteria_set": "strict"}, {"panel": "b", "criteria_set": "wide"}]
    criteria = {"strict": {"controls": {"tolerance_percent": 20}}, "wide": {"controls": {"tolerance_percent": 30}}}
    found = page_quality.with_tolerances(controls, panels, criteria)
    assert found["tolerance_percent"].tolist() == [20.0, 20.0, 30.0]
    assert page_quality.with_tolerances(controls.head(0), panels, criteria)["tolerance_percent"].dtype == float
