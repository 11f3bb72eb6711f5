"""Paths a study names: every one lies in the study folder, links included, or in a raw folder the config declares.

Laboratories mount the share where exports arrive, so a raw folder may be a link. What lies in it must stay in it.
"""

import errno
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from immunoassay.problems import Problem

WORKBOOK = "config/study.xlsx"  # may hold sheets of the study, a tab each


def leads_out(base: Path, name: str, raw_folders: Iterable[str] = ()) -> str | None:
    """What is wrong with a path that leaves the study folder `base` ("it leads out ..."), or None.

    A path that begins with one of `raw_folders` may stay in what that folder is a link to instead.
    """
    path = PurePosixPath(name)
    if "\\" in name:
        return f'"{name}" has backslashes'
    if path.is_absolute() or ".." in path.parts or name[1:2] == ":":
        return f'"{name}" leads out of the study folder'
    try:
        (base / path).stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            return f'"{name}" is a link that leads back to itself'
    except ValueError:  # a zero byte, named below
        pass
    study = base.resolve()
    shares = [(base / folder).resolve() for folder in raw_folders if path.is_relative_to(folder)]
    if "\0" not in name and not any((base / path).resolve().is_relative_to(home) for home in (study, *shares)):
        out_of = "the study folder" if all(share.is_relative_to(study) for share in shares) else "its raw folder"
        return f'"{name}" is, or lies behind, a link that leads out of {out_of}'
    return None


def check_config(config: dict[str, Any], base: Path) -> list[Problem]:
    """Problems of the paths of the config: a STOP for each that leads out of the study folder.

    A raw folder may be a link, which is a FLAG, or a STOP where the share is not mounted.
    """
    folders, problems = config["raw_folders"], []
    sheets = {f"sheets.{name}": path for name, path in config["sheets"].items()}
    for place, path in {**sheets, "": WORKBOOK}.items():
        if what := leads_out(base, path):
            problems.append(Problem(
                "E-FILE-016", "STOP", "config/config.yaml", what, "a study must hold all it needs",
                "copy it into the study and name it from there", column=place,
            ))  # fmt: skip
    for folder in folders:
        if what := leads_out(base, folder, folders):
            problems.append(Problem(
                "E-FILE-016", "STOP", "config/config.yaml", what, "raw folders are named from the study folder",
                "make a link in the study to where exports arrive (ln -s /mnt/share/exports raw) and name the link",
                column="raw_folders",
            ))  # fmt: skip
        elif (base / folder).is_symlink() and not (base / folder).exists():
            problems.append(Problem(
                "E-FILE-001", "STOP", "config/config.yaml", f'"{folder}" is a link to a folder that is not there',
                "no export in it can be read", "mount the share, or correct the link", column="raw_folders",
            ))  # fmt: skip
        elif leads_out(base, folder):
            problems.append(Problem(
                "W-FILE-016", "FLAG", "config/config.yaml", f'"{folder}" is a link out of the study folder',
                "a copy of the study will not hold its exports",
                "nothing, if the share is kept; else copy the exports into the study", column="raw_folders",
            ))  # fmt: skip
    return problems
