"""Corrections as data: rows of the amendments sheet applied to the wells of a plate, or to the results of a study.

Raw exports are never edited. An amendment that matches nothing, or that conflicts with another, is a STOP.
"""

from immunoassay.problems import Problem

SHEET = "config/amendments.tsv"
PLATE_SCOPE = ("sample_id", "exclude_well", "exclude_analyte", "standard_strength", "expected_concentration")


def apply_to_wells(wells, amendments):
    """(amended wells, problems) for the plate-scope amendments of one batch.

    `wells` needs plate, well, analyte, role, sample_written, sample_id, level, expected, disposition and
    disposition_reason. `amendments` are rows of the sheet whose plate is in the batch.
    """
    wells, problems, touched = wells.copy(), [], {}
    for row in amendments:
        hit = wells["plate"] == row["plate"]
        if row["well"]:
            hit &= wells["well"] == row["well"]
        if row["analyte"]:
            hit &= wells["analyte"] == row["analyte"]
        if row["what"] == "sample_id":
            hit &= (wells["role"] == "sample") & (wells["sample_written"] == row["from"])
        elif row["what"] == "standard_strength":
            hit &= wells["role"] == "standard"
        elif row["what"] == "expected_concentration":
            hit &= wells["level"] == row["level"]
        if not hit.any():
            problems.append(_matches_nothing(row))
            continue
        problems += _conflicts(row, wells.index[hit], touched)
        _apply(wells, hit, row)
    return wells, problems


def apply_to_deliveries(delivered, amendments):
    """(amended rows, problems): sample_id and exclude_analyte amendments on the rows of a laboratory's result table."""
    delivered, problems = delivered.copy(), []
    for row in amendments:
        hit = delivered["plate"] == row["plate"]
        if row["analyte"]:
            hit &= delivered["analyte"] == row["analyte"]
        if row["what"] == "sample_id":
            hit &= delivered["sample_written"] == row["from"]
        elif row["what"] != "exclude_analyte":
            hit &= False
        if not hit.any():
            problems.append(_matches_nothing(row))
            continue
        _apply(delivered, hit, row)
    return delivered, problems


def apply_to_results(results, amendments):
    """(amended results, problems): exclude_result makes a result not reportable, with the reason; its row stays."""
    results, problems = results.copy(), []
    for row in amendments:
        hit = (results["sample_id"] == row["sample_id"]) & (results["analyte"] == row["analyte"])
        if not hit.any():
            problems.append(_matches_nothing(row))
            continue
        results.loc[hit, ["status", "reason"]] = ["not_reportable", "excluded_by_amendment"]
        results.loc[hit, ["value", "low", "high"]] = float("nan")
        results.loc[hit, "lower"], results.loc[hit, "upper"] = 0.0, float("inf")
        results.loc[hit, "selection"] = _words(row)
    return results, problems


def _apply(frame, hit, row):
    if row["what"] == "sample_id":
        frame.loc[hit, "sample_id"] = row["to"]
        _flag(frame, hit, f"amended:{row['amendment']}")
    elif row["what"] in ("exclude_well", "exclude_analyte"):
        frame.loc[hit, "disposition"] = "excluded_by_amendment"
        frame.loc[hit, "disposition_reason"] = _words(row)
    elif row["what"] == "standard_strength":
        frame.loc[hit, "expected"] *= float(row["to"])
        _flag(frame, hit, f"amended:{row['amendment']}")
    else:
        frame.loc[hit, "expected"] = float(row["to"])
        _flag(frame, hit, f"amended:{row['amendment']}")


def _flag(frame, hit, code):
    if "flags" in frame.columns:
        before = frame.loc[hit, "flags"].fillna("")
        frame.loc[hit, "flags"] = (before + ";" + code).str.strip(";")


def _words(row):
    return f"{row['amendment']}: {row['reason']} ({row['who']}, {row['when']})"


def _conflicts(row, index, touched):
    """Two amendments of the same kind that give one well different answers."""
    others = {touched[(row["what"], position)]["amendment"] for position in index if (row["what"], position) in touched}
    touched.update({(row["what"], position): row for position in index})
    if not others or row["what"].startswith("exclude"):
        return []
    return [
        _problem(row, "E-AMD-122", f"it amends the same wells as {', '.join(sorted(others))}", "only one can be right")
    ]


def _matches_nothing(row):
    key = {name: row[name] for name in ("plate", "well", "analyte", "sample_id", "level", "from") if row[name]}
    found = f"{row['what']} of {', '.join(f'{name} {value}' for name, value in key.items())} matches nothing"
    return _problem(row, "E-AMD-120", found, "the correction would be lost")


def _problem(row, code, found, why):
    fix = "correct the row, or delete it with a reason"
    return Problem(code, "STOP", SHEET, found, why, fix, row=row["amendment"], plate=row["plate"])
