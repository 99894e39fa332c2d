"""The source of a plugin: the files of its own package that its class comes from, and what they import and call."""

import ast
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from attrs import frozen

_SDK = "allusr_sdk"


@frozen
class Line:
    """A place in a plugin's source, and the dotted name that stands there in full: ``datetime.datetime.now``."""

    file: str
    number: int
    name: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.name}"


def files(plugin: object) -> tuple[Path, ...]:
    """Source files of a plugin: its class's modules outside the SDK, and all of their own package that they import."""
    if isinstance(plugin, type):
        begin = {cls.__module__ for cls in plugin.__mro__}
    else:
        begin = {str(getattr(plugin, "__module__", None) or getattr(plugin, "__name__", type(plugin).__module__))}
    return tuple(path for name in sorted(_reached(begin)) if (path := _path(sys.modules.get(name))))


def _reached(begin: set[str]) -> set[str]:
    """Modules that the first ones are, and those of the same top-level package that they import, however far."""
    waiting = [name for name in begin if name.partition(".")[0] not in (_SDK, *sys.stdlib_module_names)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        path = _path(sys.modules.get(name))
        if name in found or path is None:
            continue
        found.add(name)
        top = name.partition(".")[0]
        waiting += [n for line in imports(path) for n in _modules(line.name) if n.partition(".")[0] == top]
    return found


def _modules(name: str) -> Iterator[str]:
    """The module that an imported dotted name is or lies in."""
    for candidate in (name, name.rpartition(".")[0]):
        if candidate in sys.modules:
            yield candidate


def _path(module: ModuleType | None) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file) if file and file.endswith(".py") else None


@lru_cache(maxsize=256)
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=path.name)


def imports(path: Path) -> Iterator[Line]:
    """Every name that a file imports, in full; relative imports are its own package's and are left out."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (Line(path.name, node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (Line(path.name, node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def uses(path: Path) -> Iterator[Line]:
    """Every dotted name that a file reads, imported names written out."""
    known = dict(_bound(path))
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Attribute | ast.Name) and (name := _dotted(node)):
            head, dot, rest = name.partition(".")
            if head in known:
                yield Line(path.name, node.lineno, f"{known[head]}{dot}{rest}")


def _bound(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (
                    alias.asname or alias.name.partition(".")[0],
                    alias.name if alias.asname else alias.name.partition(".")[0],
                )
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := _dotted(node.value)):
        return f"{head}.{node.attr}"
    return ""
