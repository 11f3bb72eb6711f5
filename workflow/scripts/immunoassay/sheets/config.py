"""The config file: checked against its schema, defaults filled in, every problem reported by key."""

import copy

from immunoassay.problems import Problem
from immunoassay.sheets.schema import suggestion
from jsonschema import Draft202012Validator, validators


def check_config(config, schema):
    """(config with every default of the schema filled in, list of Problem). The given mapping is not changed."""
    config = copy.deepcopy(dict(config))
    validator = _filling_validator()(schema)
    problems = [
        _problem(error) for error in sorted(validator.iter_errors(config), key=lambda e: list(map(str, e.path)))
    ]
    return config, problems


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
    place = ".".join(map(str, error.path))
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = [key for key in error.instance if key not in known]
        place = ".".join([*map(str, error.path), str(unknown[0])])
        found = f"unknown key{suggestion(unknown[0], known)}"
        return Problem(
            "E-CFG-001", "STOP", "config.yaml", found, "it would be ignored", "rename or delete it", column=place
        )
    if error.validator == "required":
        found = error.message
        return Problem("E-CFG-002", "STOP", "config.yaml", found, "the study needs it", "add the key", column=place)
    hint = suggestion(error.instance, error.validator_value) if error.validator == "enum" else ""
    return Problem(
        "E-CFG-003",
        "STOP",
        "config.yaml",
        f"{error.message}{hint}",
        "it cannot be used",
        "correct the value",
        column=place,
    )
