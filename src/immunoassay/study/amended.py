"""Amendments while the study is read: plates they set aside or replace, and how their problems and reasons are worded."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from immunoassay.problems import Problem, few
from immunoassay.study.similar_names import suggestion

SHEET = "config/amendments.tsv"


def apply_to_plates(
    plates: Sequence[Mapping[str, Any]], amendments: Sequence[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """(rows of the plates sheet with excluded plates set aside, problems).

    exclude_plate is `include: no` with the amendment as reason; re_export must name the file that the sheet names now.
    """
    rows, problems = [dict(row) for row in plates], []
    seen: dict[str, str] = {}
    by_name = {row["plate"]: row for row in rows}
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
    return rows, problems


def signed(amendments: Sequence[dict[str, Any]], sheet: str) -> tuple[list[dict[str, Any]], list[Problem]]:
    """(the amendments that somebody signed, a FLAG that counts the others); `sheet` is the file of the sheet."""
    unsigned = [row for row in amendments if row["who"] == ""]
    if not unsigned:
        return list(amendments), []
    names = [row["amendment"] or "?" for row in unsigned]
    flag = Problem(
        "W-AMD-124", "FLAG", sheet, f"amendments nobody signed, {len(unsigned)} of {len(amendments)}: {few(names, 5)}",
        "they are not applied", "write initials and date into who and when of those that are right; delete the others",
        row=str(unsigned[0]["_row"]), column="who",
    )  # fmt: skip
    return [row for row in amendments if row["who"] != ""], [flag]


def that_count(
    amendments: Sequence[Mapping[str, Any]], plates: Sequence[Mapping[str, Any]], batches: Sequence[str]
) -> list[Mapping[str, Any]]:
    """The amendments, without those of plates whose batch does not count when `batches` names the ones that do."""
    known = {row["plate"] for row in plates} | {""}
    rerun = {row["amendment"] for row in amendments if row["what"] == "replace_by_rerun" and row["to"] not in known}
    return [row for row in amendments if not batches or (row["plate"] in known and row["amendment"] not in rerun)]


def words(row: Mapping[str, Any]) -> str:
    """The amendment as the reason of what it set aside."""
    return f"{row['amendment']}: {row['reason']} ({row['who']}, {row['when']})"


def matches_nothing(row: Mapping[str, Any], there: Iterable[str] = ()) -> Problem:
    """The problem of an amendment that is of nothing; `there` are names it could be of."""
    key = {name: row[name] for name in ("plate", "well", "analyte", "sample_id", "level", "from", "to") if row[name]}
    return problem(
        row, "E-AMD-120",
        f"{row['what']} of {', '.join(f'{name} {value}' for name, value in key.items())} matches nothing"
        f"{suggestion(row['from'], there) if row['from'] else ''}",
        "the correction would be lost", "correct the row, or delete it with a reason", "from" if there else [*key][-1],
    )  # fmt: skip


def conflict(row: Mapping[str, Any], others: Iterable[str]) -> Problem:
    return problem(
        row, "E-AMD-122", f"it amends the same as {', '.join(sorted(others))}", "only one can be right",
        "delete one of them",
    )  # fmt: skip


def problem(row: Mapping[str, Any], code: str, found: str, why: str, fix: str, column: str = "what") -> Problem:
    return Problem(code, "STOP", SHEET, found, why, fix, row=row["amendment"], column=column, plate=row["plate"])
