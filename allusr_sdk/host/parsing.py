"""What one module of a plugin imports and uses of it, by line, from its syntax alone."""

import ast
from collections.abc import Iterator, Sequence

from allusr_sdk.host.reaches import BUILT_IN, FRAMES
from allusr_sdk.host.verify import HOOKS


class Lines(ast.NodeVisitor):
    """What one module reaches for, by line; `if TYPE_CHECKING:` is for checkers alone."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.hooks: set[str] = set()
        self.imported: list[str] = []
        self._bound: dict[str, str] = {name: name for name in BUILT_IN}
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
        if node.attr in FRAMES:
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
