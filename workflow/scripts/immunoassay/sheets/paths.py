"""Paths a study names: every one lies in the study folder, links included."""

from pathlib import PurePosixPath

from immunoassay.problems import Problem


def leads_out(base, name):
    """What is wrong with a path that does not stay in the study folder `base` ("it leads out ..."), or None."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or name[1:2] == ":":
        return f'"{name}" leads out of the study folder'
    if "\0" not in name and not (base / path).resolve().is_relative_to(base.resolve()):
        return f'"{name}" is, or lies behind, a link that leads out of the study folder'
    return None


def check_config(config, base):
    """A STOP for every path of the config that leads out of the study folder."""
    named = [*((f"sheets.{key}", value) for key, value in config["sheets"].items())]
    named += [("raw_folders", folder) for folder in config["raw_folders"]]
    why, fix = "a study must hold all it needs", "copy it into the study and name it from there"
    found = ((key, leads_out(base, value)) for key, value in named)
    return [Problem("E-FILE-016", "STOP", "config.yaml", what, why, fix, column=key) for key, what in found if what]
