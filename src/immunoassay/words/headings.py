"""What a column is called where a person reads it, made of its name in the tables."""

HEADINGS = {
    "sample_id": "Sample",
    "low": "Interval, low",
    "high": "Interval, high",
    "p": "P value",
    "n": "n",
    "p_floor": "Smallest P value attainable",
    "p_beside": "P value of the other test",
    "p_beside_method": "The other test",
    "p_method": "Test",
    "lower": "Lower bound",
    "upper": "Upper bound",
    "words": "In words",
    "tier": "Tier of evidence",
    "file": "Raw file",
    "file_row": "Row of the raw file",
    "file_sha256": "SHA-256 of the raw file",
    "PASS": "Passed",
    "WARN": "Passed with a warning",
    "FAIL": "Failed or set aside",
    "NOT_EVALUABLE": "Not evaluable",
}
TOKENS = {
    "lloq": "LLOQ",
    "uloq": "ULOQ",
    "lod": "LOD",
    "cv": "CV",
    "sd": "SD",
    "se": "SE",
    "auc": "AUC",
    "mcid": "MCID",
    "p": "P",
    "id": "ID",
    "q1": "lower quartile",
    "q3": "upper quartile",
    "sqrt2": "LLOQ/√2",
    "ros": "ROS",
    "pc1": "PC 1",
    "pc2": "PC 2",
    **{name: name.capitalize() for name in ("hodges", "lehmann", "deming", "passing", "bablok", "fisher")},
    "rho": "ρ",
    "tau": "τ",
}
ENDS = {"percent": ", %", "code": " (code)", "low": ", interval low", "high": ", interval high"}


def heading(name: str) -> str:
    """`cv_percent` as "CV, %", `n_below` as "n below"; the first letter is a capital unless it is a symbol."""
    if name in HEADINGS:
        return HEADINGS[name]
    first, *rest = name.split("_")
    end = ENDS[rest.pop()] if rest and rest[-1] in ENDS else ""
    words = [TOKENS.get(token, token) for token in (first, *rest)]
    words[0] = words[0] if len(first) == 1 or first in TOKENS and first not in ("q1", "q3") else words[0].capitalize()
    return " ".join(words) + end
