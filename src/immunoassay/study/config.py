"""The config file: checked against its schema, defaults filled in, every problem reported by key."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from immunoassay.files import texts
from immunoassay.problems import Problem
from immunoassay.study.similar_names import suggestion
from jsonschema import Draft202012Validator, validators

FILE = "config/config.yaml"
_SLIPS = {  # a part of what YAML says: (what it is, what to do)
    "'\\t'": ("a tab", "write spaces in its place"),
    "mapping values are not allowed": ("a colon within a value", "put the value in quotes"),
}
DEEPEST = 20  # levels of keys within keys; the config needs four


class _PlainLoader(yaml.SafeLoader):
    """YAML without what a config has no use for: tags of other types, references, a key that appears twice, depth."""

    depth = 0

    def compose_node(self, parent, index):
        mark = self.peek_event().start_mark
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="a reference (*name)", problem_mark=mark)
        self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem=f"more than {DEEPEST} levels of keys within keys", problem_mark=mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key that is no word", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f'the key "{key.value}" appears twice', problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_config(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    """(mapping, problems) of the config file as written; the mapping is empty when it cannot be read safely."""
    try:
        config = yaml.load(path.read_text(encoding="utf-8"), _PlainLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        found = getattr(error, "problem", None) or "a character that YAML does not allow"
        found = found.replace("could not determine a constructor for the tag", "a type that no config needs:")
        found, fix = next((said for sign, said in _SLIPS.items() if sign in found), (found, "correct the line"))
        row, why = str(mark.line + 1) if mark else "", "the file cannot be read as plain keys and values"
        return {}, [_stop("E-CFG-005", found, why, f"{fix}; compare with config/README.md", row=row)]
    except UnicodeDecodeError:
        return {}, [_stop("E-FILE-012", "the file is not UTF-8", "letters would be misread", "save it as UTF-8")]
    if not isinstance(config, dict):
        fix = "write keys and values; see config/README.md"
        return {}, [_stop("E-CFG-005", "the file holds no keys", "nothing can be read", fix)]
    return config, []


def check_config(config: Mapping[str, Any], schema: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """(config with every default of the schema filled in, list of Problem). The given mapping is not changed."""
    filled = copy.deepcopy(dict(config))
    if isinstance(filled.get("compare"), dict):  # `arm:` with nothing behind it
        filled["compare"] = {factor: {} if said is None else said for factor, said in filled["compare"].items()}
    validator = _filling_validator()(schema)
    problems = [
        _problem(error) for error in sorted(validator.iter_errors(filled), key=lambda e: list(map(str, e.path)))
    ]
    return filled, problems + [problem for path, text in _texts(filled) for problem in _text_faults(path, text)]


def _texts(value, path=""):
    """(key, text) of every text in the config, keys included."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield path, str(key)
            yield from _texts(each, f"{path}.{key}".strip("."))
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, path)
    elif isinstance(value, str):
        yield path, value


def _text_faults(path, text):
    found = texts.fault(text)
    return [_stop(*found, column=path)] if found else []


def _filling_validator():
    check_properties = Draft202012Validator.VALIDATORS["properties"]

    def properties(validator, rules, instance, schema):
        if validator.is_type(instance, "object"):
            for key, rule in rules.items():
                if "default" in rule:
                    instance.setdefault(key, copy.deepcopy(rule["default"]))
        yield from check_properties(validator, rules, instance, schema)

    return validators.extend(Draft202012Validator, {"properties": properties})


def _problem(error):
    path = [str(part + 1) if isinstance(part, int) else part for part in error.path]  # items count from 1
    place = ".".join(path)
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = [key for key in error.instance if key not in known]
        place = ".".join([*path, str(unknown[0])])
        home = [key for key, rule in error.schema["properties"].items() if unknown[0] in rule.get("properties", ())]
        fix = f"put it under {home[0]}, two spaces further in" if home else "rename or delete it"
        found = "unknown key" + (f" here; {home[0]} has one" if home else suggestion(unknown[0], known))
        return _stop("E-CFG-001", found, "it would be ignored", fix, column=place)
    if error.validator == "required":
        absent = next(key for key in error.validator_value if key not in error.instance)
        return _stop(
            "E-CFG-002", f'the key "{absent}" is missing', "the study needs it",
            "add the key", column=place,
        )  # fmt: skip
    return _stop(
        "E-CFG-003", _wrong_value(error), "it cannot be used",
        "correct the value; config/README.md says what is allowed", column=place,
    )  # fmt: skip


def _wrong_value(error):
    """What is wrong with a value, in words; those of the validator where there are no better ones."""
    wanted, value = error.validator_value, error.instance
    shown = f'"{value}"' if isinstance(value, str) else value
    if value is None or isinstance(value, bool):
        shown = {True: "true", False: "false", None: "nothing"}[value]
    if error.validator in ("minItems", "minProperties") and not value:
        return "nothing is named"
    if error.validator == "enum":
        return f"{shown} is not one of {', '.join(map(str, wanted))}{suggestion(value, wanted)}"
    if error.validator == "type":
        kinds = {"string": "a text", "boolean": "true or false", "integer": "a whole number", "number": "a number",
                 "array": "a list such as [a, b]", "object": "a section of keys and values"}  # fmt: skip
        return (
            "the section is empty"
            if value is None and wanted == "object"
            else f"{shown} is not {kinds.get(wanted, wanted)}"
        )
    limits = {"minimum": "at least {}", "exclusiveMinimum": "above {}", "maximum": "at most {}",
              "minLength": "at least {} characters long"}  # fmt: skip
    if error.validator in limits:
        return f"{shown} must be {limits[error.validator].format(wanted)}"
    if error.validator == "pattern" and "/" in wanted:
        return f"{shown} is not a fraction such as 2/3"
    return error.message


def _stop(code, found, why, fix, row="", column=""):
    return Problem(code, "STOP", FILE, found, why, fix, row=row, column=column)
