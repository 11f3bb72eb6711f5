"""Criteria sets of the study's own: config/criteria/NAME.yaml.

They are used beside those of the workflow and are found here, for the run, for `check` and for every other command.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from immunoassay.problems import Problem
from immunoassay.study import vocabulary
from immunoassay.study.similar_names import suggestion

CRITERIA = "config/criteria"
ALWAYS = ("id", "version", "basis", "compare_decimals", "required")  # the other parts belong to sets that judge curves


def criteria_sets(shipped: Mapping[str, Path], base: Path) -> tuple[dict[str, Any], list[Problem]]:
    """(criteria sets by name, problems): those of the workflow and the study's own.

    `shipped` maps "criteria/NAME" to files; `base` is the study folder.
    """
    sets = {name.split("/", 1)[1]: vocabulary.criteria(path) for name, path in shipped.items() if "/" in name}
    parts = {key: part for each in sets.values() for key, part in each.items()}
    problems: list[Problem] = []
    found: dict[str, Any] = {}
    for path in sorted((base / CRITERIA).glob("*.y*ml")):
        file = path.relative_to(base).as_posix()
        criteria, wrong = _criteria(path, parts)
        problems += [_taken(file, path.stem)] if path.stem in sets else []
        problems += [_unusable(file, each) for each in wrong]
        found |= {path.stem: criteria} if isinstance(criteria, dict) else {}
    return found | sets, problems


def files(base: Path) -> list[str]:
    """Paths of the study's own criteria sets, relative to its folder."""
    return [path.relative_to(base).as_posix() for path in sorted((base / CRITERIA).glob("*.y*ml")) if path.is_file()]


def _criteria(path, parts):
    """(criteria set, what is wrong with it); `parts` is one example of every part a set can have."""
    try:
        found = vocabulary.criteria(path)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return None, [f"it is no YAML: {' '.join(str(error).split())}"]
    if not isinstance(found, dict):
        return None, ["it holds no parts"]
    wrong = [f'unknown part "{key}"{suggestion(str(key), parts)}' for key in found if key not in parts]
    for key in parts if "calibration" in found else ALWAYS:
        if key not in found:
            wrong.append(f"{key} is missing")
        elif isinstance(parts[key], dict):
            inner = found[key] if isinstance(found[key], dict) else {}
            lacking = set(parts[key]) - set(inner) - {"max_dropped_fraction"}
            wrong += [f"{key}: {each} is missing" for each in sorted(lacking)]
    if found.get("id", path.stem) != path.stem:
        wrong.append(f'its id is "{found["id"]}", the name of its file is "{path.stem}"')
    return found, wrong


def _taken(file, name):
    return Problem(
        "E-RUN-001", "STOP", file, f'the workflow has a criteria set "{name}" already', "one name must not mean two things",
        "give it another name, and write that one in the sheets",
    )  # fmt: skip


def _unusable(file, found):
    return Problem(
        "E-RUN-002", "STOP", file, found, "nothing could be judged by it", "correct it after its like in resources"
    )
