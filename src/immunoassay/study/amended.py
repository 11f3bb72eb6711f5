"""Amendments while the study is read: plates they set aside or replace, and how their problems and reasons are worded."""

from immunoassay.problems import Problem

SHEET = "config/amendments.tsv"


def apply_to_plates(plates, amendments):
    """(rows of the plates sheet with excluded plates set aside, problems).

    exclude_plate is `include: no` with the amendment as reason; re_export must name the file that the sheet names now.
    """
    plates, problems, seen = [dict(row) for row in plates], [], {}
    by_name = {row["plate"]: row for row in plates}
    for row in amendments:
        plate = by_name.get(row["plate"])
        if plate is None:
            continue
        if row["what"] == "re_export" and (plate["file"] != row["to"] or row["from"] == row["to"]):
            problems.append(matches_nothing(row))
        elif row["what"] == "exclude_plate":
            if not plate["include"]:
                problems.append(conflict(row, {seen.get(row["plate"], "the plates sheet, which says include: no")}))
            plate["include"], plate["reason"] = False, words(row)
            seen.setdefault(row["plate"], row["amendment"])
    return plates, problems


def that_count(amendments, plates, batches):
    """The amendments, without those of plates whose batch does not count when `batches` names the ones that do."""
    known = {row["plate"] for row in plates} | {""}
    rerun = {row["amendment"] for row in amendments if row["what"] == "replace_by_rerun" and row["to"] not in known}
    return [row for row in amendments if not batches or (row["plate"] in known and row["amendment"] not in rerun)]


def words(row):
    """The amendment as the reason of what it set aside."""
    return f"{row['amendment']}: {row['reason']} ({row['who']}, {row['when']})"


def matches_nothing(row):
    key = {name: row[name] for name in ("plate", "well", "analyte", "sample_id", "level", "from", "to") if row[name]}
    found = f"{row['what']} of {', '.join(f'{name} {value}' for name, value in key.items())} matches nothing"
    return problem(
        row,
        "E-AMD-120",
        found,
        "the correction would be lost",
        "correct the row, or delete it with a reason",
        [*key][-1],
    )


def conflict(row, others):
    found = f"it amends the same as {', '.join(sorted(others))}"
    return problem(row, "E-AMD-122", found, "only one can be right", "delete one of them")


def problem(row, code, found, why, fix, column="what"):
    return Problem(code, "STOP", SHEET, found, why, fix, row=row["amendment"], column=column, plate=row["plate"])
