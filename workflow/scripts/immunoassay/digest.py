"""Content digests of library modules and everything they import inside the library.

A rule that carries the digest of its script as a param reruns when a module the script imports, or anything that
module imports, changes in content; a touch changes nothing.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = "immunoassay"


def digest(files, *modules, data=()):
    """Sixteen hex digits over `modules`, their imports inside the library and the data files named in `data`.

    `files` maps module names ("calibration.fit", "readers" for a sub-package, "" for the package) to paths. Raises
    KeyError for a module the library does not hold, so that a renamed module cannot drop out silently.
    """
    todo, seen = ["", *modules], set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        if name not in files:
            raise KeyError(f"the library has no module {name!r}")
        seen.add(name)
        todo += _imports(name, files)
    total = hashlib.sha256()
    for name in sorted(seen):
        total.update(name.encode() + b"\0" + Path(files[name]).read_bytes())
    for path in data:
        total.update(Path(path).name.encode() + b"\0" + Path(path).read_bytes())
    return total.hexdigest()[:16]


def digest_of_script(files, script, data=()):
    """The digest of a workflow script and everything it imports from the library."""
    return digest(files, *_imports_of(script, "", False, files), data=[script, *data])


def _imports(name, files):
    return _imports_of(files[name], name, Path(files[name]).name == "__init__.py", files)


def _imports_of(path, name, is_package, files):
    """Modules of the library that the file imports, with the sub-packages they lie in."""
    inside = set()
    for full in _imported(Path(path).read_bytes(), name, is_package):
        if full.split(".")[0] != PACKAGE:
            continue
        parts = full.split(".")[1:]
        inside |= {".".join(parts[:end]) for end in range(1, len(parts) + 1)} & set(files)
        if parts and parts[0] not in files:
            raise KeyError(f"{name or PACKAGE} imports {full!r}, which the library does not hold")
    return inside


@cache
def _imported(source, name, is_package):
    """Full names of all that a file imports; it is parsed once, though most rules share most modules."""
    found = set()
    for node in _statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, name, is_package)
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return found


def _statements(node):
    """All statements below a node; an import never lies in an expression."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield child
            yield from _statements(child)


def _absolute(node, name, is_package):
    if not node.level:
        return node.module or ""
    parts = [PACKAGE, *(name.split(".") if name else [])]
    keep = len(parts) - node.level + (1 if is_package else 0)
    return ".".join([*parts[:keep], *([node.module] if node.module else [])])
