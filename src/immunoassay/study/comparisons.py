"""Whom a study compares: the factors, covariates and populations that its config names, and the participants they are of.

A factor is a column of the participants sheet, or of the unblinding sheet, or `responder`, which statistics derive of a
score. While the unblinding sheet is not there its factors are blinded: nothing is compared by them.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from immunoassay.files import texts
from immunoassay.files.house import schema_file
from immunoassay.problems import Problem, few
from immunoassay.study.cell_values import NUMBER, default
from immunoassay.study.context import Context
from immunoassay.study.members import Cells, Rows, is_analysed
from immunoassay.study.schema import load_schema
from immunoassay.study.similar_names import near_duplicates, suggestion

FLAGS = ("W-PPT-003", "W-PPT-004")  # of who is compared: they concern no step before the comparisons
RESPONDER = "responder"
UNBLINDING = "unblinding"
CONFIG = "config/config.yaml"
PLAIN: Cells = {"type": "string", "default": ""}  # a column that only the config names
COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
FACTOR = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
SPELT = ("group", "schedule")  # columns whose spelling is looked at anyway


def further_columns(config: Mapping[str, Any], scales: Collection[str]) -> dict[str, dict[str, Cells]]:
    """{sheet: its columns beyond those of the schema, as parts of it} that the config names; none of names or birth dates."""
    factors = [name for name in config["compare"] if name != RESPONDER]
    blinded = [name for name in factors if config["compare"][name]["from"] == UNBLINDING]
    included = [column for columns in config["include"].values() for column in columns]
    known = [*factors, *included, *(name for name in config["covariates"] if name not in scales)]
    named = {"participants": known, UNBLINDING: blinded}
    return {
        sheet: {column: PLAIN for column in columns if column not in _fixed(sheet) and not texts.private_column(column)}
        for sheet, columns in named.items()
    }


def blinded(config: Mapping[str, Any], unblinding: Rows) -> list[str]:
    """Factors of which nobody may know the levels yet; `unblinding`: rows of that sheet."""
    return [name for name, said in config["compare"].items() if said["from"] == UNBLINDING and not unblinding]


def levels(config: Mapping[str, Any], people: Rows, unblinding: Rows) -> dict[str, dict[str, str | None]]:
    """{factor: {participant of `people`: level, None without one}} of every factor that is neither blinded nor derived."""
    found = {}
    for factor, said in config["compare"].items():
        if factor == RESPONDER or factor in blinded(config, unblinding):
            continue
        rows = unblinding if said["from"] == UNBLINDING else people
        known = {row["participant"]: level(row, factor) for row in rows}
        found[factor] = {row["participant"]: known.get(row["participant"]) for row in people}
    return found


def compared(config: Mapping[str, Any], people: Rows, unblinding: Rows) -> dict[str, str]:
    """{factor: level with which the others are compared, "" for the first by name} of every factor with two levels or more."""
    known = levels(config, people, unblinding)
    several = {factor for factor, found in known.items() if len(set(found.values()) - {None}) > 1}
    return {
        factor: said["reference"]
        for factor, said in config["compare"].items()
        if factor in several or factor == RESPONDER
    }


def adjusting(config: Mapping[str, Any], scales: Collection[str], people: Rows) -> list[str]:
    """The covariates of the config, without those of the participants sheet that are the same in all of `people`."""
    return [
        name
        for name in config["covariates"]
        if name in scales or len({level(row, name) for row in people} - {None}) > 1
    ]


def populations(config: Mapping[str, Any], people: Rows) -> dict[str, list[str]]:
    """{analyte: the participants of `people` in whom it is analysed} of every analyte with a population."""
    return {
        analyte: [
            row["participant"]
            for row in people
            if all(level(row, column) in values for column, values in wanted.items())
        ]
        for analyte, wanted in config["include"].items()
    }


def people_rows(config: Mapping[str, Any], scales: Collection[str], people: Rows, unblinding: Rows) -> Rows:
    """One row for each participant of `people`: `participant`, a text for every factor compared, then every covariate of a sheet.

    What is empty is None. A covariate of numbers is numbers, any other text.
    """
    known = levels(config, people, unblinding)
    columns = {factor: known[factor] for factor in compared(config, people, unblinding) if factor in known}
    covariates = [name for name in adjusting(config, scales, people) if name not in scales and name not in columns]
    found = [{"participant": row["participant"]} for row in people]
    for row in found:
        row |= {factor: own[row["participant"]] for factor, own in columns.items()}
    for name in covariates:
        for row, value in zip(found, _measured([level(row, name) for row in people]), strict=True):
            row[name] = value
    return found


def level(row: Mapping[str, Any], column: str) -> str | None:
    """The text of a column; None where it is empty, or says `unknown` as an empty cell of the column does."""
    value = row.get(column)
    rule = _fixed("participants").get(column, PLAIN)
    return None if value in (None, "", default(rule)) and column != "status" else str(value)


def check(c: Context) -> Iterator[Problem]:
    """Problems of what is compared; `c` is what is looked at."""
    if any(c.sheets["participants"]) and c.unsure("participants", "participant"):
        return
    schedules = c.config["analysed_schedules"]
    people = [row for row in c.sheets["participants"] if is_analysed(row["status"], row["schedule"], schedules)]
    yield from c.unknown(UNBLINDING, "participant", "participants", "participant", "E-ID-051")
    yield from _factors(c, people)
    yield from _covariates(c, people)
    yield from _included(c, people)


def of_config(code: str, key: str, found: str, why: str, fix: str, level: str = "STOP") -> Problem:
    """A problem of a key of the config."""
    return Problem(code, level, CONFIG, found, why, fix, column=key)


def _factors(c, people):
    known = levels(c.config, people, c.sheets[UNBLINDING])
    for factor, said in c.config["compare"].items():
        key, sheet = f"compare.{factor}", said["from"]
        if texts.private_column(factor):
            yield _private(key, factor)
        elif not FACTOR.fullmatch(factor):
            yield of_config(
                "E-CFG-003", key, f'"{factor}" cannot name files', "each factor has its figures",
                "call the column by letters, digits, _ and -, a letter first",
            )  # fmt: skip
        elif factor == RESPONDER:
            yield from _responder(c, key)
        elif sheet == UNBLINDING and any(level(row, factor) for row in c.sheets["participants"]):
            yield c.problem(
                "participants", None, factor, "E-PPT-004", f"{factor} is blinded, and stands here",
                "everyone who reads this sheet knows it", f"move the column to {c.files[UNBLINDING]}",
            )  # fmt: skip
        elif factor in known:
            yield from _levels(c, sheet, factor, known[factor], said["reference"])


def _levels(c, sheet, factor, known, reference):
    key, found = f"compare.{factor}", sorted(set(known.values()) - {None})
    if not found:
        yield _absent(c, key, factor, sheet)
        return
    rows = {level(row, factor): row for row in reversed(c.sheets[sheet])}
    if factor not in SPELT:
        spelt = sorted((rows[name] for name in found), key=lambda row: row["_row"])
        yield from near_duplicates(c.files[sheet], "", spelt, factor)
    if reference and reference not in found:
        yield of_config(
            "E-CFG-004", f"{key}.reference", f'no participant has {factor} "{reference}"{suggestion(reference, found)}',
            "the others cannot be compared with it", f"use one of {few(found)}",
        )  # fmt: skip
    if len(found) == 1:
        yield _one_level(key, f'{factor} is "{found[0]}" in all participants', "compare")
    if 2 < len(found) == len([name for name in known.values() if name]):
        yield _own_group(key)
    yield from _lacking(c, sheet, factor, [person for person, name in known.items() if name is None], len(known))


def _responder(c, key):
    score = c.config["responder"]["score"]
    settled = [name for name, rule in c.scales.items() if rule["mcid"] is not None]
    valued = [name for name in settled if any(row.get(name) is not None for row in c.sheets["scores"])]
    if score and score not in settled:
        found = f'"{score}" has no minimal clinically important difference{suggestion(score, valued)}'
    elif not valued or (score and score not in valued):
        found = f"no score{f' of {score}' if score else ' with a minimal clinically important difference'} has a value"
    else:
        return
    yield of_config(
        "E-CFG-007", "responder.score" if score else key, found, "nobody can be called a responder",
        "use a score whose scale has an mcid" + (f", such as {few(valued)}" if valued else ", or delete the key"),
    )  # fmt: skip


def _covariates(c, people):
    for name in c.config["covariates"]:
        if texts.private_column(name):
            yield _private("covariates", name)
            continue
        if name in blinded(c.config, []):
            yield of_config(
                "E-CFG-007", "covariates", f"{name} is a factor of the unblinding sheet", "it is compared, not adjusted for",
                "delete it here",
            )  # fmt: skip
            continue
        if name in c.scales:
            if not any(row.get(name) is not None for row in c.sheets["scores"]):
                yield _absent(c, "covariates", name, "scores")
            continue
        found = [level(row, name) for row in people]
        filled = [value for value in found if value]
        words = [value for value in filled if not NUMBER.fullmatch(value)]
        if not filled:
            yield _absent(c, "covariates", name, "participants")
        elif words and (len(words) < len(filled) or COMMA.fullmatch(words[0])):
            row = next(row for row in people if level(row, name) == words[0])
            code, but = ("E-VAL-081", "") if COMMA.fullmatch(words[0]) else ("E-VAL-082", ", and others are")
            yield c.problem(
                "participants", row, name, code, f'"{words[0]}" is no number{but}',
                "a covariate is numbers or words", "write a number with a decimal point, or empty the cell",
            )  # fmt: skip
        elif 2 < len(set(words)) == len(filled):
            yield _own_group("covariates")
        else:
            if len(set(filled)) == 1:
                yield _one_level("covariates", f'{name} is "{filled[0]}" in all participants', "adjust for")
            without = [row["participant"] for row, value in zip(people, found, strict=True) if not value]
            yield from _lacking(c, "participants", name, without, len(people))


def _included(c, people):
    analytes = c.names("analytes", "analyte")
    for analyte, wanted in c.config["include"].items():
        key = f"include.{analyte}"
        if analyte not in analytes:
            yield of_config(
                "E-CFG-004", key, f'"{analyte}" is not in the analytes sheet{suggestion(analyte, analytes)}',
                "its population would be nobody's", "correct the name",
            )  # fmt: skip
        unknown = False
        for column, values in wanted.items():
            known = sorted({name for row in people if (name := level(row, column))})
            if texts.private_column(column):
                yield _private(f"{key}.{column}", column)
            elif not known:
                yield _absent(c, f"{key}.{column}", column, "participants")
            for value in [value for value in values if known and value not in known]:
                yield of_config(
                    "E-CFG-004", f"{key}.{column}", f'no participant has {column} "{value}"{suggestion(value, known)}',
                    "nobody would be included by it", f"use one of {few(known)}",
                )  # fmt: skip
            unknown |= not set(values) <= set(known)
        if not unknown and not populations(c.config, people)[analyte]:
            yield of_config(
                "E-CFG-007", key, "no participant has all that is asked", "the analyte would be analysed in nobody",
                "ask for less",
            )  # fmt: skip


def _absent(c, key, column, sheet):
    held = {name for row in c.sheets[sheet] for name, value in row.items() if value is not None} - {"_row", column}
    named = [*sorted(held), *c.scales] if key == "covariates" else sorted(held)
    return of_config(
        "E-CFG-004", key, f'no participant has a value of "{column}" in {c.files[sheet]}{suggestion(column, named)}',
        "there is no such column, or it is empty", "correct the name, or fill the column",
    )  # fmt: skip


def _private(key, column):
    return of_config(
        "E-ID-053", key, f'column "{column}"', "names, birth dates and record numbers must not enter the study",
        "use another column, such as age in years",
    )  # fmt: skip


def _one_level(key, found, what):
    return of_config(
        "W-PPT-004", key, found, f"there is nothing to {what}", "nothing, if others are still to come", "FLAG"
    )


def _own_group(key):
    return of_config(
        "E-CFG-007", key, "every participant has a level of its own", "there are no groups", "name a column of groups"
    )


def _lacking(c, sheet, column, people, count):
    if people:
        yield c.problem(
            sheet, None, column, "W-PPT-003", f"{len(people)} of {count} participants without {column} ({few(people, 5)})",
            "they are in no comparison that needs it", "nothing, or fill the cells", "FLAG",
        )  # fmt: skip


def _measured(values: Sequence[str | None]) -> Iterable[str | float | None]:
    """Texts as numbers where all that are filled are numbers."""
    numbers = all(NUMBER.fullmatch(value) for value in values if value)
    return [float(value) if value and numbers else value for value in values]


@cache
def _fixed(sheet: str) -> Cells:
    """The columns of the schema of a sheet."""
    return load_schema(schema_file(sheet))["properties"]
