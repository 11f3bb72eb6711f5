"""A validated LLOQ is a floor: whatever the study's rule, no value that its own plate cannot quantify becomes a number."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from immunoassay import tables
from immunoassay.results.collection import apply_lloq

AMOUNT = st.floats(1e-3, 1e3)


@st.composite
def chosen(draw):
    """Chosen attempts of one analyte on plates with limits of their own, and the validated limits of the sheet."""
    rows = []
    for number in range(draw(st.integers(1, 8))):
        low = draw(AMOUNT)
        high, lod, point = low * draw(st.floats(2, 1e4)), low * draw(st.floats(0.01, 1)), draw(AMOUNT)
        status = "quantified" if low <= point <= high else "above_uloq" if point > high else "below_lloq"
        status = "below_lod" if point < lod else status
        value = point if status == "quantified" else np.nan
        lower = {"quantified": point, "above_uloq": high}.get(status, 0.0)
        upper = {"quantified": point, "above_uloq": np.inf, "below_lloq": low, "below_lod": lod}[status]
        rows.append(
            {"sample_id": f"S{number}", "analyte": "A", "plate": f"P{number}", "status": status, "value": value,
             "point": point, "lower": lower, "upper": upper, "lod": lod, "lloq_plate": low, "uloq_plate": high,
             "lloq_rule": "recovery_cv", "dilution": draw(st.sampled_from([1.0, 2.0, 100.0])), "unit": "pg/mL"}
        )  # fmt: skip
    frame = pd.DataFrame(rows).reindex(columns=tables.TABLES["attempts"].columns).astype({"reason": object})
    validated = draw(st.none() | AMOUNT), draw(st.none() | AMOUNT)
    return frame, [{"analyte": "A", "lloq_validated": validated[0], "uloq_validated": validated[1], "unit_factor": 1.0}]


@given(chosen(), st.sampled_from(["plate", "max", "validated"]))
def test_no_rule_lifts_the_censoring_of_a_plate(given_, rule):
    before, analytes = given_
    found = apply_lloq(before, {"A": before["lloq_plate"].max()}, analytes, rule)
    assert (found["lloq_applied"] >= before["lloq_plate"]).all()
    assert (found["uloq_applied"] <= before["uloq_plate"]).all()
    quantified = found["status"] == "quantified"
    assert before.loc[quantified, "status"].eq("quantified").all()
    assert (found.loc[quantified, "point"] >= found.loc[quantified, "lloq_applied"]).all()
    undetected = before["status"] == "below_lod"
    assert found.loc[undetected, "status"].eq("below_lod").all()
    assert (found.loc[undetected, "upper"] == before.loc[undetected, "upper"]).all()
    if rule == "validated" and analytes[0]["lloq_validated"]:
        assert (found["lloq_applied"] >= analytes[0]["lloq_validated"] * before["dilution"]).all()
