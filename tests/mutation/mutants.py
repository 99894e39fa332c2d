"""A mutant: one function, changed in one place, and of which kind the change is."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import ndiff
from textwrap import dedent

from attrs import frozen

OPERATORS, ARGUMENTS, WORDS, TYPED = "operators", "arguments", "words", "typed"
"""Kinds: judged by tests are the first two; words of a message are not judged, and the last mypy refuses."""

_MANGLED = re.compile(r"x(?:_|ǁ(\w+)ǁ)(\w+?)__mutmut_(?:\d+|orig)")


@frozen
class Mutant:
    """A change: `name` is mutmut's, `file` is below the package, `stamp` is of the text of that file."""

    name: str
    file: str
    function: str
    old: str
    new: str
    kind: str
    stamp: str

    @property
    def change(self) -> str:
        """What is changed into what, on one line: its name in the list of what makes no difference."""
        return f"{_flat(self.old)} -> {_flat(self.new)}"


def _flat(lines: str) -> str:
    return " ".join(lines.split())


def spans(code: str) -> Mapping[str, tuple[int, int]]:
    """First and last line of every version of every function that mutmut changed, by mangled name."""
    return {each.name: (each.lineno, each.end_lineno or 0) for each in mutations(code)}


def mutations(code: str) -> Sequence[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every version of every function that mutmut changed."""
    return [each for each in _functions(ast.parse(code).body) if _MANGLED.fullmatch(each.name)]


def _functions(body: Sequence[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body)


def read(code: str, module: str, file: str, stamp: str) -> Iterator[Mutant]:
    """The mutants that stand in what mutmut made of a file, each with the lines that it changes."""
    lines, places = code.splitlines(), spans(code)
    texts = {name: _text(lines[first - 1 : last]) for name, (first, last) in places.items()}
    for name, text in texts.items():
        if not name.endswith("_orig"):
            before = texts[name.rpartition("_")[0] + "_orig"]
            old, new = difference(before, text)
            yield Mutant(f"{module}.{name}", file, f"{file[:-3].replace('/', '.')}.{plain(name)}", old, new,
                         kind(before, text), stamp)  # fmt: skip


def plain(name: str) -> str:
    """A mangled name as a person writes it: `Class.method` or `function`."""
    found = _MANGLED.search(name)
    return ".".join(filter(None, found.groups())) if found else name


def _text(lines: Sequence[str]) -> str:
    return dedent("\n".join(_MANGLED.sub(r"\2", line) for line in lines))


def difference(before: str, after: str) -> tuple[str, str]:
    """The lines that are gone, and those that are there instead."""
    lines = [line for line in ndiff(before.splitlines(), after.splitlines()) if line[:1] in "-+"]
    old, new = ([line[2:] for line in lines if line[0] == sign] for sign in "-+")
    return "\n".join(old), "\n".join(new)


def kind(before: str, after: str) -> str:
    """Words of a message, an argument (or value) that is None or left out, or anything else."""
    way = list(_way(ast.parse(before), ast.parse(after)))
    old, new = way[-1]
    if any(isinstance(each, ast.Raise) for each, _ in way[:-1]) and _same_class(way):
        return WORDS
    if isinstance(old, ast.Constant) and isinstance(old.value, str) and isinstance(new, ast.Constant):
        words = " " in old.value and not old.value.isupper()  # unlike the name of a rule, as in RECON B14
        return WORDS if words and isinstance(new.value, str) else ARGUMENTS if new.value is None else OPERATORS
    if isinstance(new, ast.Constant) and new.value is None:
        return ARGUMENTS
    left_out = isinstance(old, ast.Call) and isinstance(new, ast.Call) and _given(new) < _given(old)
    return ARGUMENTS if left_out else OPERATORS


def _same_class(way: Sequence[tuple[ast.AST, ast.AST]]) -> bool:
    raised = [(old.exc, new.exc) for old, new in way if isinstance(old, ast.Raise) and isinstance(new, ast.Raise)]
    calls = [pair for pair in raised if all(isinstance(each, ast.Call) for each in pair)]
    return any(ast.dump(old.func) == ast.dump(new.func) for old, new in calls)  # type: ignore[union-attr]


def _given(call: ast.Call) -> int:
    return len(call.args) + len(call.keywords)


def _way(old: ast.AST, new: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """From a function down to the smallest part that holds all of the change."""
    yield old, new
    mine, other = [*ast.iter_child_nodes(old)], [*ast.iter_child_nodes(new)]
    if type(old) is type(new) and len(mine) == len(other):
        changed = [pair for pair in zip(mine, other, strict=True) if ast.dump(pair[0]) != ast.dump(pair[1])]
        if len(changed) == 1:
            yield from _way(*changed[0])
