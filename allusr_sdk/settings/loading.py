"""From plain values, as TOML gives them, to settings; all problems are found before any is raised."""

import os
import re
import types
from collections.abc import Mapping
from enum import Enum
from typing import Union, cast, get_args, get_origin

import msgspec

from allusr_sdk import _deprecations
from allusr_sdk.errors import SettingsError
from allusr_sdk.settings.declare import Field, declared, dotted, is_settings, nearest
from allusr_sdk.settings.secrets import Secret

_BAD = object()


def load[T](cls: type[T], values: Mapping[str, object], *, where: str = "") -> T:
    """Build settings from plain values, as TOML gives them.

    Args:
        values: names and values; tables for nested settings classes.
        where: dotted path of the table, the beginning of every problem.

    Raises:
        SettingsError: with all problems at once, each `path: what is wrong`.
    """
    problems: list[str] = []
    made = _table(cls, values, where, problems)
    if problems:
        raise SettingsError(problems)
    return cast(T, made)


def _table(cls: type, values: object, where: str, problems: list[str]) -> object:
    if not isinstance(values, Mapping):
        return _problem(problems, where, f"expected a table, got {kind_of(values)}")
    fields, before = declared(cls), len(problems)
    values, twice = _deprecations.current(values, where)
    for entry in twice:
        _problem(problems, entry.old, f"is given under its new name too: drop it for {entry.new}")
    for name in values:
        if name not in fields:
            _problem(problems, dotted(where, str(name)), f"unknown setting; {nearest(str(name), fields)}")
    for field in fields.values():
        if field.required and field.name not in values:
            _problem(problems, dotted(where, field.name), "required setting is missing")
    made = {f.name: _field(f, values[f.name], where, problems) for f in fields.values() if f.name in values}
    return _build(cls, made, where, problems) if len(problems) == before else _BAD


def _build(cls: type, made: Mapping[str, object], where: str, problems: list[str]) -> object:
    try:
        return cls(**made)
    except (ValueError, SettingsError) as error:  # an author's own check across fields
        return _problem(problems, where or cls.__name__, str(error))


def _field(field: Field, value: object, where: str, problems: list[str]) -> object:
    path = dotted(where, field.name)
    if field.spec.secret:
        return _secret(value, path, problems)
    made = _value(field.hint, value, path, problems)
    complaint = field.spec.complaint(made) if made is not _BAD else ""
    return _problem(problems, path, complaint) if complaint else made


def _secret(value: object, path: str, problems: list[str]) -> object:
    if not isinstance(value, str) or not value.startswith("env:"):
        return _problem(problems, path, "a secret is never written down: give env:NAME and set that variable")
    found = os.environ.get(value.removeprefix("env:"))
    return Secret(found) if found else _problem(problems, path, f"environment variable {value[4:]} is not set")


def _value(hint: object, value: object, path: str, problems: list[str]) -> object:
    args = get_args(hint)
    origin = get_origin(hint)
    if is_settings(hint):
        return _table(hint, value, path, problems)
    if origin in (Union, types.UnionType) and isinstance(value, Mapping):
        nested = [a for a in args if is_settings(a)]
        return _table(nested[0], value, path, problems) if len(nested) == 1 else _leaf(hint, value, path, problems)
    if origin is tuple and isinstance(value, list | tuple):
        return _tuple(args, value, path, problems)
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(value, Mapping):
        made = {k: _value(args[1], v, dotted(path, str(k)), problems) for k, v in value.items()}
        return _BAD if any(v is _BAD for v in made.values()) else types.MappingProxyType(made)
    return _leaf(hint, value, path, problems)


def _tuple(
    args: tuple[object, ...], value: list[object] | tuple[object, ...], path: str, problems: list[str]
) -> object:
    hints = args[:1] * len(value) if args[-1] is Ellipsis else args
    if len(hints) != len(value):
        return _problem(problems, path, f"expected {len(hints)} values, got {len(value)}")
    pairs = enumerate(zip(hints, value, strict=True))
    made = tuple(_value(hint, item, f"{path}[{i}]", problems) for i, (hint, item) in pairs)
    return _BAD if any(item is _BAD for item in made) else made


def _leaf(hint: object, value: object, path: str, problems: list[str]) -> object:
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        text = re.sub(r" - at `\$.*$", "", str(error)).replace("`", "")
        if isinstance(hint, type) and issubclass(hint, Enum):
            text = f"{value!r} is not one of {', '.join(str(member.value) for member in hint)}"
        return _problem(problems, path, text[0].lower() + text[1:])


def _problem(problems: list[str], path: str, text: str) -> object:
    problems.append(f"{path}: {text}" if path else text)
    return _BAD


def kind_of(value: object) -> str:
    """What kind of value it is, for errors that must not repeat it."""
    return {str: "text", bool: "true/false", int: "a number", float: "a number", list: "a list"}.get(
        type(value), type(value).__name__
    )
