"""The names sheet: what names written in exports mean. Its checks against the other sheets, and which rows a plate obeys."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from immunoassay.problems import Problem, few
from immunoassay.study.context import Context, in_rows
from immunoassay.study.similar_names import suggestion

EVERYWHERE = "*"  # the scope of a row for all plates
IGNORED = "ignored"  # disposition of wells and delivered rows that are none of the study's
DRAFTED = "config/drafted.tsv"  # what `new` and `add` wrote of every row they drafted
NEEDS_LEVEL = ("standard", "control")


def check(c: Context) -> Iterator[Problem]:
    """Scopes nobody knows or that mean two things, unknown samples, roles without what they need; `c` is what is looked at."""
    yield from _scopes(c)
    yield from _samples(c)
    for row in c.sheets["names"]:
        sample, role = row["sample_id"], row["role"]
        if sample and role not in (None, "sample"):
            yield c.problem(
                "names", row, "sample_id", "E-NAM-003", f'role {role} with the sample "{sample}"',
                "a well is one or the other", "empty sample_id, or write sample as role",
            )  # fmt: skip
        if role in NEEDS_LEVEL and row["level"] == "":
            yield c.problem(
                "names", row, "level", "E-NAM-003", f'{role} "{row["name"]}" without a level',
                "it is not known which one it is", "write the level of the materials sheet, such as S1 or QC1",
            )  # fmt: skip
        elif row["level"] and role not in (None, *NEEDS_LEVEL):
            yield c.problem(
                "names", row, "level", "E-NAM-003", f"role {role} with the level {row['level']}",
                "only standards and controls have one", "empty level, or write standard or control as role",
            )  # fmt: skip


def _samples(c):
    if c.unsure("samples", "sample_id"):
        return
    drafted = f" ({DRAFTED} says where the row comes from)" if (c.base / DRAFTED).is_file() else ""
    known, rows = c.names("samples", "sample_id") | set(c.config["bridging"]["pools"]), {}
    for row in c.sheets["names"]:
        if row["sample_id"] and row["role"] in (None, "sample") and row["sample_id"] not in known:
            rows.setdefault(row["sample_id"], []).append(row)
    for sample, own in rows.items():
        yield c.problem(
            "names", own[0], "sample_id", "E-NAM-001",
            f'"{sample}"{in_rows(own)} is not in the samples sheet{suggestion(sample, known)}',
            "its participant and visit are not known", f"correct the name{drafted}, or add it to {c.files['samples']}",
        )  # fmt: skip


def obeyed(rows: Iterable[Mapping[str, Any]], plate: str, batch: str) -> dict[str, Mapping[str, Any]]:
    """{name: the row that says what it means on a plate}: a row of the plate before one of its batch before one of all."""
    rank = {EVERYWHERE: 0, batch: 1, plate: 2}
    own = sorted((row for row in rows if row["scope"] in rank), key=lambda row: rank[row["scope"]])
    return {row["name"]: row for row in own}


def _scopes(c):
    batches: dict[str, set[str]] = {}
    for row in c.sheets["plates"]:
        batches.setdefault(row["batch"], set()).add(row["plate"])
    plates = c.names("plates", "plate")
    told: set[str] = set()
    if c.unsure("plates", "plate"):
        return
    for row in c.sheets["names"]:
        scope = row["scope"]
        if scope in told or scope in (None, EVERYWHERE):
            continue
        told.add(scope)
        several = in_rows([each for each in c.sheets["names"] if each["scope"] == scope])
        if scope not in plates and scope not in batches:
            yield c.problem(
                "names", row, "scope", "E-NAM-002",
                f'"{scope}"{several} is no plate and no batch{suggestion(scope, plates | set(batches))}',
                "the names would mean nothing",
                f"write a plate ({few(sorted(plates), 6)}) or a batch ({few(list(batches), 6)}) of {c.files['plates']}, "
                "or * for all",
            )  # fmt: skip
        elif scope in plates and batches.get(scope, {scope}) != {scope}:
            yield c.problem(
                "names", row, "scope", "E-NAM-002", f'"{scope}"{several} is a plate, and a batch of other plates',
                "it is not clear which wells are meant", "give the plate or the batch another name",
            )  # fmt: skip
