"""What a plugin's source reaches for, read before it is imported: what decides gets the view, and no other way out.

A plugin that decides (its hooks are among `DECIDING`) and reaches for the engine, a broker, a database, the network,
another thread or process, or for a way round this reading, is refused with file and line. Only its own package is read,
along its imports. This keeps honest code honest; it is no prison, for which a process of its own is needed.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from attrs import Factory, define, frozen

from allusr_sdk.errors import PluginError
from allusr_sdk.host.discovery import Found
from allusr_sdk.host.verify import HOOKS

DECIDING = frozenset({
    "allusr_sleeves", "allusr_protocols", "allusr_ladders", "allusr_forks", "allusr_screen", "allusr_halt",
})  # fmt: skip

_ENGINE = "which is the engine's own: what a plugin may know is in its arguments, what it wants is an intent"
_BROKER = "which talks to a broker: answer with an intent, the kernel sends it (allusr_brokers brings brokers)"
_DATABASE = "which is a database: the books are in the view, what must last is a Note"
_NETWORK = "which reaches the network: bring facts by a market or earnings plugin of its own, read them in the view"
_APART = "which leaves the one thread of the pass: answer at once, from settings and view"
_ROUND = "which gets round what plugins may import: import what you use by name"

_BUILT_IN = frozenset({"__import__", "__builtins__", "eval", "exec", "compile", "object"})
_FRAMES = ("__globals__", "__subclasses__", "f_back", "f_globals", "f_locals", "tb_frame", "gi_frame")

# The longest prefix decides; an empty reason allows.
_EVERYBODY: Mapping[str, str] = {"allusr_sdk.kernel": _ENGINE, "allusr_sdk.execution": _ENGINE}
_DECIDING: Mapping[str, str] = {
    **dict.fromkeys(
        ("allusr_sdk.ledger", "allusr_sdk.host", "allusr_sdk.cli", "allusr_sdk.config", "allusr_sdk.governance"),
        _ENGINE,
    ),
    **dict.fromkeys(("ib_async", "ib_insync", "ibapi", "nautilus_trader"), _BROKER),
    **dict.fromkeys(("sqlalchemy", "alembic", "psycopg", "sqlite3"), _DATABASE),
    **dict.fromkeys(
        ("socket", "socketserver", "ssl", "http", "urllib.request", "urllib3", "requests", "httpx", "aiohttp", "ftplib",
         "smtplib", "websockets"), _NETWORK
    ),
    **dict.fromkeys(
        ("subprocess", "threading", "_thread", "multiprocessing", "concurrent", "asyncio", "signal", "sched",
         "os.system", "os.popen", "os.fork", "os.kill", "os._exit", "os.execv", "os.posix_spawn"), _APART
    ),
    **dict.fromkeys(
        ("importlib", "__import__", "__builtins__", "builtins", "eval", "exec", "compile", "ctypes", "cffi", "gc",
         "runpy", "pkgutil", "sys.modules", "sys._getframe", "sys._current_frames", "sys.settrace", "sys.monitoring",
         "inspect.currentframe", "inspect.stack", "object.__setattr__", *_FRAMES), _ROUND
    ),
    "importlib.metadata": "", "importlib.resources": "",
}  # fmt: skip


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
        reasons = {**_EVERYBODY, **_DECIDING} if hooks & DECIDING or not hooks else _EVERYBODY
        for reach in self.reaches:
            if why := _reason(reach.name, reasons):
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


def _reason(name: str, reasons: Mapping[str, str]) -> str:
    while name:
        if name in reasons:
            return reasons[name]
        name = name.rpartition(".")[0]
    return ""


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
    lines = _Lines(package)
    lines.visit(tree)
    reaches = tuple(Reach(f"{file}:{line}", name) for line, name in sorted(lines.reached()))
    return _Module(frozenset(lines.hooks), reaches, tuple(lines.imported))


class _Lines(ast.NodeVisitor):
    """What one module reaches for, by line; `if TYPE_CHECKING:` is for checkers alone."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.hooks: set[str] = set()
        self.imported: list[str] = []
        self._bound: dict[str, str] = {name: name for name in _BUILT_IN}
        self._used: set[tuple[int, str]] = set()
        self._reached: set[tuple[int, str]] = set()

    def reached(self) -> Iterator[tuple[int, str]]:
        """Line and full name of what is imported, and of what is used of it."""
        yield from self._reached
        for line, dotted in self._used:
            head, dot, rest = dotted.partition(".")
            if head in self._bound:
                yield line, f"{self._bound[head]}{dot}{rest}"

    def visit_If(self, node: ast.If) -> None:
        told = _dotted(node.test)
        for each in node.orelse if told and told.rpartition(".")[2] == "TYPE_CHECKING" else ast.iter_child_nodes(node):
            self.visit(each)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            head = alias.name.partition(".")[0]
            self._bound[alias.asname or head] = alias.name if alias.asname else head
            self._take(node.lineno, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = ".".join(filter(None, (self._above(node.level), node.module)))
        for alias in node.names:
            self._bound[alias.asname or alias.name] = f"{base}.{alias.name}"
            self._take(node.lineno, f"{base}.{alias.name}")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in _FRAMES:
            self._reached.add((node.lineno, node.attr))
        if dotted := _dotted(node):
            self._used.add((node.lineno, dotted))
        else:
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._used.add((node.lineno, node.id))
        if node.id in HOOKS and isinstance(node.ctx, ast.Store):
            self.hooks.add(node.id)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name in HOOKS:
            self.hooks.add(node.name)
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg == "specname" and isinstance(node.value, ast.Constant) and node.value.value in HOOKS:
            self.hooks.add(str(node.value.value))
        self.generic_visit(node)

    def _take(self, line: int, module: str) -> None:
        self._reached.add((line, module))
        self.imported.append(module)

    def _above(self, level: int) -> str:
        parts: Sequence[str] = self.package.split(".")
        return ".".join(parts[: len(parts) - level + 1]) if level else ""


def _dotted(node: ast.expr) -> str:
    """A chain of names, `a.b.c`, as text; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ""


def hooks_of(plugin: object) -> frozenset[str]:
    """The hooks that an imported plugin has, whatever its source says."""
    return frozenset(_found(plugin))


def _found(plugin: object) -> Iterator[str]:
    for name in dir(plugin):
        marked = getattr(getattr(plugin, name, None), "allusr_impl", None)
        if isinstance(marked, dict):
            hook = marked.get("specname") or name
            if hook in HOOKS:
                yield hook
