"""The package's own source, read as text: its modules, how long their functions are, and who imports whom."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "allusr_sdk"


def files(*folders: str) -> list[Path]:
    """Python files below folders of the repository, in order."""
    return sorted(
        file for folder in folders for file in (ROOT / folder).rglob("*.py") if not {".venv", "build"} & {*file.parts}
    )


@cache
def read(file: Path) -> tuple[Mapping[str, int], frozenset[str], frozenset[str]]:
    """Lines of each function of a file; what it imports, inside functions too; what of it for annotations alone."""
    lines: dict[str, int] = {}
    names: dict[bool, set[str]] = {False: set(), True: set()}
    for node, for_types in _statements(ast.parse(file.read_text()), for_types=False):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines[node.name] = max(lines.get(node.name, 0), (node.end_lineno or 0) - node.lineno + 1)
        elif isinstance(node, ast.Import):
            names[for_types].update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names[for_types].update(f"{node.module}.{alias.name}" for alias in node.names)
    return lines, frozenset(names[False]), frozenset(names[True])


def _statements(node: ast.AST, *, for_types: bool) -> Iterator[tuple[ast.stmt, bool]]:
    """Every statement below a node, and whether a type checker alone comes there."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        for child in getattr(node, field, ()):
            inside = for_types or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test))
            if isinstance(child, ast.stmt):
                yield child, inside
            yield from _statements(child, for_types=inside)


@cache
def graph(*, types: bool) -> Mapping[str, frozenset[str]]:
    """Which modules of the package each of them imports; with `types`, also for annotations alone."""
    every = {_dotted(file): file for file in files(PACKAGE)}
    arrows = {}
    for name, file in every.items():
        _, plain, for_types = read(file)
        named = plain | for_types if types else plain
        found = {each if each in every else each.rpartition(".")[0] for each in named}
        arrows[name] = frozenset(found & every.keys()) - {name}
    return arrows


def _dotted(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def circles(arrows: Mapping[str, frozenset[str]]) -> list[set[str]]:
    """Groups of modules that import one another, all the way round."""
    behind = {name: _reached(name, arrows) for name in arrows}
    groups = {frozenset(n for n in behind[name] if name in behind[n]) for name in arrows if name in behind[name]}
    return [{*group} for group in groups]


def _reached(first: str, arrows: Mapping[str, frozenset[str]]) -> set[str]:
    found, left = set[str](), [first]
    while left:
        new = arrows[left.pop()] - found
        found |= new
        left += new
    return found
