"""The tables behind all figures, as their modules declare them.

The modules are found by their names: a new figure is in the dictionary without being listed. What the dictionary is made from
is in the digest of the rule that writes it (command.planning).
"""

from importlib import import_module
from pkgutil import iter_modules

import immunoassay.figures
from immunoassay.tables.notation import Table


def modules() -> list[str]:
    """Full names of the modules that draw a figure."""
    found = (each.name for each in iter_modules(immunoassay.figures.__path__))
    return [f"{immunoassay.figures.__name__}.{name}" for name in sorted(found) if name.startswith("figure_")]


def tables() -> dict[str, Table]:
    """The table of every figure by name."""
    found = [import_module(name).TABLE for name in modules()]
    return {table.name: table for table in found}
