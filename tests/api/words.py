"""Types, defaults and signatures as text that a reader compares."""

import inspect
import re
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cached_property
from typing import get_args, get_overloads

import attrs

from tests.api.surface import bound, functions, ours, own_hints, resolved

_HOMES = re.compile(r"(?:\w+\.)+(?=\w)")
_NOTHING = (inspect.Parameter.empty, attrs.NOTHING)
_MARKS = {classmethod: "classmethod ", staticmethod: "staticmethod "}
_STARS = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


def type_name(hint: object) -> str:
    """A type without the modules that its parts come from."""
    if hint is type(None):
        return "None"
    return hint.__name__ if inspect.isclass(hint) and not get_args(hint) else _HOMES.sub("", str(hint))


def default(value: object) -> str:
    """What stands for what is left out: `` = value``, `` = ...`` where it is made, nothing where it must be given."""
    if any(value is nothing for nothing in _NOTHING):
        return ""
    made = value is ... or callable(value) or isinstance(value, attrs.Factory)  # type: ignore[arg-type]
    exact = type(value).__name__ == "Decimal" or isinstance(value, Enum)
    return f" = {'...' if made else value if exact else repr(value)}"


def signatures(name: str, function: Callable[..., object]) -> Iterator[str]:
    """``name(argument: type = default) -> answer``, a line for each overload."""
    function = inspect.unwrap(function)
    for each in get_overloads(function) or [function]:
        hints = resolved(each)
        yield f"{name}({', '.join(_arguments(each, hints))}) -> {type_name(hints['return'])}"


def _arguments(function: Callable[..., object], hints: dict[str, object]) -> Iterator[str]:
    by_name = False
    for argument in inspect.signature(function).parameters.values():
        if bound(function, argument.name):
            continue
        if argument.kind is argument.KEYWORD_ONLY and not by_name:
            by_name = True
            yield "*"
        stars = _STARS.get(argument.kind, "")
        yield f"{stars}{argument.name}: {type_name(hints[argument.name])}{default(argument.default)}"


def fields(cls: type) -> Iterator[str]:
    """The attributes that a class adds, with type and default."""
    defaults = {a.name: a.default for a in attrs.fields(cls)} if attrs.has(cls) else vars(cls)
    for name, hint in own_hints(cls).items():
        if not name.startswith("_"):
            yield f"{name}: {type_name(hint)}{default(defaults.get(name, attrs.NOTHING))}"


def methods(cls: type) -> Iterator[str]:
    """The methods and properties that a class adds; a property reads like an attribute."""
    for name, function in functions(cls):
        raw = vars(cls)[name]
        if isinstance(raw, property | cached_property):
            yield f"{name}: {type_name(resolved(function)['return'])} (read only)"
        else:
            yield from (f"{_MARKS.get(type(raw), '')}{line}" for line in signatures(name, function))


def described(cls: type) -> Iterator[str]:
    """A class: what of ours it builds on, its values, attributes and methods, each on a line of its own."""
    bases = ", ".join(base.__name__ for base in cls.__bases__ if ours(base))
    yield f"class {cls.__name__}({bases})" if bases else f"class {cls.__name__}"
    if issubclass(cls, Enum):
        yield from (f"    {member.name} = {member.value}" for member in cls)
    yield from (f"    {line}" for line in (*fields(cls), *methods(cls)))
