"""Digests of the code a script runs: over the syntax trees of every module of the package that it reaches.

Comments, docstrings and file times do not count, so that an edit of them reruns nothing. Nothing is imported.
"""

import ast
import functools
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Facts = dict[str, Any]  # {"tree": hash, "imports": [[module, name]], "binds": names}

PACKAGE, HOUSE = "immunoassay", "_house"
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")  # what of a statement holds others
_NAMED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class UnresolvedImportError(Exception):
    """An import of something the package does not hold: it could change unseen."""


def scan(path: str | Path) -> Facts:
    """What a digest needs of one file: {"tree": its hash, "imports": [[module, name]], "binds": names at its top}."""
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    imports = []
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            imports += [[alias.name, ""] for alias in node.names if alias.name.split(".")[0] == PACKAGE]
        elif isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").split(".")[0] == PACKAGE):
            imports += [["." * node.level + (node.module or ""), alias.name] for alias in node.names]
    binds = sorted({name for node in tree.body for name in _bound(node)})
    return {"tree": hashlib.sha256(_bare(tree).encode()).hexdigest(), "imports": imports, "binds": binds}


class Digests:
    """Digests of scripts over the package in `folder`; `scanned` gives what `scan` says of a file."""

    def __init__(self, folder: str | Path | None = None, scanned: Callable[[Path], Facts] = scan) -> None:
        self.folder = Path(folder or Path(__file__).parents[1])
        self.scanned = scanned
        self._known: dict[str, tuple[str, list[str]]] = {}

    def files(self) -> list[Path]:
        """All modules of the package, as paths; the workflow that a wheel carries inside is none."""
        return sorted(path for path in self.folder.rglob("*.py") if HOUSE not in path.relative_to(self.folder).parts)

    def of_script(self, script: str | Path, extra: Iterable[str] = ()) -> str:
        """Sixteen hex digits over a script, all it imports from the package and the modules in `extra`.

        Raises UnresolvedImportError where something imported is not in the package.
        """
        facts = self.scanned(Path(script))
        return self._digest({"": facts["tree"]}, [*self._reached("script", Path(script), facts), *extra])

    def of_package(self) -> str:
        """Sixteen hex digits over all modules of the package but those that only simulate."""
        return self._digest({}, [name for name in self._modules if not name.startswith(f"{PACKAGE}.simulate")])

    @functools.cached_property
    def _modules(self):
        """{module: its file} of the package."""
        parts = {path: path.relative_to(self.folder).with_suffix("").parts for path in self.files()}
        return {".".join([PACKAGE, *each]).removesuffix(".__init__"): path for path, each in parts.items()}

    def _digest(self, trees, todo):
        while todo:
            module = todo.pop()
            if module not in trees:
                trees[module], reached = self._look(module)
                todo += reached
        return hashlib.sha256(repr(sorted(trees.items())).encode()).hexdigest()[:16]

    def _look(self, module):
        """(tree hash, modules reached at once) of a module; each is looked at once."""
        if module not in self._known:
            file = self._modules.get(module)
            if file is None:
                raise UnresolvedImportError(f"{module} is no module of the package")
            facts = self.scanned(file)
            above = [module.rpartition(".")[0]] if "." in module else []
            self._known[module] = facts["tree"], [*self._reached(module, file, facts), *above]
        return self._known[module]

    def _reached(self, module, file, facts):
        for origin, name in facts["imports"]:
            if origin.startswith("."):
                raise UnresolvedImportError(f"{module}: imports are absolute, {origin} is not")
            found = self._modules.get(origin)
            if found is None:
                raise UnresolvedImportError(f"{file.name} of {module}: {origin} is no module of the package")
            yield origin
            if f"{origin}.{name}" in self._modules:
                yield f"{origin}.{name}"
            elif name and name not in self.scanned(found)["binds"]:
                raise UnresolvedImportError(f"{file.name} of {module}: {origin} has no {name}")


def _statements(tree):
    """Every statement of a module, those within others too; an import is one, and no expression has to be looked at."""
    todo = [tree]
    for node in todo:
        todo += [inner for part in BLOCKS for inner in getattr(node, part, ())]
    return todo


def _bare(node):
    """A tree as text without places, docstrings and empty fields, which differ between versions of Python."""
    kind = node.__class__
    if kind is list:
        return f"[{','.join([_bare(each) for each in node])}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = []
    for name in node._fields:
        value = getattr(node, name, None)
        if name == "body" and isinstance(node, _NAMED) and ast.get_docstring(node, clean=False) is not None:
            value = value[1:]
        if value is not None and value != [] and name != "type_comment":
            fields.append(f"{name}={_bare(value)}")
    return f"{kind.__name__}({','.join(fields)})"


def _bound(node):
    """Names that a statement at the top of a module binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
    else:
        names = (each for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store))
        yield from (each.id for each in names)
        for part in BLOCKS:
            for inner in getattr(node, part, []):
                yield from _bound(inner)
