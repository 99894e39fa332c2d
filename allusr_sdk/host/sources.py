"""What a plugin's source reaches for, read before it is imported: what decides gets the view, and no other way out.

A plugin that decides (its hooks are among `reaches.DECIDING`) and reaches for the engine, a broker, a database, the
network, another thread or process, or for a way round this reading, is refused with file and line. Only its own package
is read, along its imports. This keeps honest code honest; it is no prison, for which a process of its own is needed.
"""

import ast
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from inspect import getattr_static
from pathlib import Path

from attrs import Factory, define, frozen

from allusr_sdk.errors import PluginError
from allusr_sdk.host.discovery import Found
from allusr_sdk.host.parsing import Lines
from allusr_sdk.host.reaches import reason
from allusr_sdk.host.verify import HOOKS


@frozen
class Reach:
    """A name that a line of source reaches for."""

    place: str
    name: str


@frozen
class Source:
    """What was read of a plugin: the hooks that its functions are named for, and all that it reaches for."""

    hooks: frozenset[str] = frozenset()
    reaches: tuple[Reach, ...] = ()

    def refuse(self, plugin: str, hooks: frozenset[str]) -> None:
        """Raise `PluginError` for the first thing that a plugin with these hooks must not reach for."""
        for reach in self.reaches:
            if why := reason(reach.name, hooks):
                raise PluginError(plugin, f"{reach.place}: reaches for {reach.name}, {why}")


def read(found: Found) -> Source:
    """Read a plugin's source along its own imports; nothing is imported. What cannot be parsed is left to the import.

    Raises:
        PluginError: it has no source to be read.
    """
    place = found.path or _place(found)
    if place is None:
        return Source()
    reading = _Reading(found.entry.module.partition(".")[0], place)
    reading.follow(found.entry.module)
    return Source(frozenset(reading.hooks), tuple(reading.reaches))


def _place(found: Found) -> Path | None:
    """The file or folder of a plugin's top-level module; None where there is none, which its import will say better."""
    top = found.entry.module.partition(".")[0]
    try:
        spec = find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    if spec.origin is None or not spec.origin.endswith(".py"):
        raise PluginError(found.name, f"{top} has no source to be read before it is imported: install it with its .py")
    return Path(spec.origin)


@define
class _Reading:
    """One walk through a package; `top` lies at `place`."""

    top: str
    place: Path
    hooks: set[str] = Factory(set)
    reaches: list[Reach] = Factory(list)
    _seen: set[str] = Factory(set)

    def follow(self, module: str) -> None:
        """Read a module of the package and the packages above it, and what they import of it."""
        parts = module.split(".")
        for name in (".".join(parts[: i + 1]) for i in range(len(parts))):
            inside = name == self.top or name.startswith(f"{self.top}.")
            if inside and name not in self._seen:
                self._seen.add(name)
                self._read(name)

    def _read(self, name: str) -> None:
        file = self._file(name)
        if file is None:
            return
        stamp = file.stat()
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        module = _module(file, package, (stamp.st_mtime_ns, stamp.st_size))
        self.hooks |= module.hooks
        self.reaches += module.reaches
        for imported in module.imported:
            self.follow(imported)

    def _file(self, name: str) -> Path | None:
        inner = name.removeprefix(self.top).strip(".").split(".") if name != self.top else []
        if self.place.is_file():
            return None if inner else self.place
        base = self.place.joinpath(*inner)
        for file in (base / "__init__.py", base.with_suffix(".py") if inner else base / "__init__.py"):
            if file.is_file():
                return file
        return None


@frozen
class _Module(Source):
    """One module of it, and the names that it imports."""

    imported: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def _module(file: Path, package: str, stamp: tuple[int, int]) -> _Module:
    """What one file reaches for; kept for as long as its `stamp` is the same."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return _Module()
    lines = Lines(package)
    lines.visit(tree)
    reaches = tuple(Reach(f"{file}:{line}", name) for line, name in sorted(lines.reached()))
    return _Module(frozenset(lines.hooks), reaches, tuple(lines.imported))


def hooks_of(plugin: object) -> frozenset[str]:
    """The hooks that an imported plugin has, whatever its source says."""
    return frozenset(_found(plugin))


def _found(plugin: object) -> Iterator[str]:
    for name in dir(plugin):
        marked = getattr(getattr_static(plugin, name, None), "allusr_impl", None)
        if isinstance(marked, dict):
            hook = marked.get("specname") or name
            if hook in HOOKS:
                yield hook
