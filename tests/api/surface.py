"""What is public, walked: names, then every class that their types lead to."""

import inspect
import types
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, get_args, get_origin, get_overloads, get_type_hints

import numpy as np

import allusr_sdk
from allusr_sdk import hookspecs, testing

PACKAGE = "allusr_sdk"
HOOKS = {name: found for name, found in vars(hookspecs).items() if name.startswith("allusr_")}
OPEN = tuple(
    f"{PACKAGE}.{room}"
    for room in ("contracts", "errors", "hookspecs", "model", "rulebook", "scenarios", "settings", "testing")
)
ROOMS = {"allusr_sdk": allusr_sdk, "allusr_sdk.settings": allusr_sdk.settings, "allusr_sdk.testing": testing}


def ours(thing: object) -> bool:
    """Whether something was defined by the SDK."""
    return (getattr(thing, "__module__", None) or "").partition(".")[0] == PACKAGE


def public(*rooms: str) -> Iterator[tuple[str, object]]:
    """Every public name of some rooms with what it stands for; a module stands for what it offers too."""
    for room in rooms:
        for name in ROOMS[room].__all__:
            found = getattr(ROOMS[room], name)
            yield f"{room}.{name}", found
            if inspect.ismodule(found) and found.__name__ not in ROOMS:
                yield from ((f"{room}.{name}.{inner}", thing) for inner, thing in members(found))


def members(module: types.ModuleType) -> Iterator[tuple[str, object]]:
    """What a module offers: its `__all__`, else the public functions and classes that it defines."""
    listed = getattr(module, "__all__", None)
    for name, thing in vars(module).items():
        own = callable(thing) and getattr(thing, "__module__", "") == module.__name__ and not name.startswith("_")
        if name in listed if listed is not None else own:
            yield name, thing


def reached() -> dict[str, object]:
    """The public names, and every class of the public rooms that a signature or attribute of them leads to."""
    found = dict(public(*ROOMS)) | {f"hook {name}": hook for name, hook in HOOKS.items()}
    waiting, seen = list(found.values()), {id(thing) for thing in found.values()}
    while waiting:
        for hint in (hint for _, hint in hints(waiting.pop())):
            for part in parts(hint):
                if inspect.isclass(part) and part.__module__.startswith(OPEN) and id(part) not in seen:
                    seen.add(id(part))
                    waiting.append(part)
                    found[f"{part.__module__}.{part.__qualname__}"] = part
    return found


def hints(thing: object) -> Iterator[tuple[str, object]]:
    """Every type that an author sees on something: of arguments, answers and attributes."""
    if inspect.isclass(thing):
        for base in filter(ours, thing.__mro__):
            yield from ((name, hint) for name, hint in own_hints(base).items() if not name.startswith("_"))
            for name, function in functions(base):
                yield from ((f"{name}({at})", hint) for at, hint in signature(function))
    elif get_origin(thing) is not None:
        yield "alias", thing
    elif callable(thing) and not inspect.ismodule(thing):
        yield from signature(called(thing))


def called(thing: Callable[..., object]) -> Callable[..., object]:
    """The function that runs when something is called."""
    if isinstance(thing, partial):
        return thing.func
    return inspect.unwrap(thing) if inspect.isroutine(thing) else type(thing).__call__


def documentation(thing: object) -> str:
    """The docstring of something that has one of its own."""
    alias = get_origin(thing) is not None
    return "a type" if alias else "" if isinstance(thing, partial) else (getattr(thing, "__doc__", None) or "").strip()


def own_hints(cls: type) -> dict[str, object]:
    """The annotated attributes of a class."""
    return {name: hint for name, hint in resolved(cls).items() if name in vars(cls).get("__annotations__", {})}


def resolved(thing: object) -> dict[str, object]:
    """The types of something; a name that is imported for type checkers only stands for itself."""
    others: dict[str, object] = {}
    while True:
        try:
            return get_type_hints(thing, localns=others)
        except NameError as unknown:
            others[unknown.name] = type(unknown.name, (), {})


def functions(cls: type) -> Iterator[tuple[str, Callable[..., object]]]:
    """Public methods and properties that a class defines, and how it is made where it says so itself."""
    for name, member in vars(cls).items():
        function = plain(member)
        made = name == "__init__" and not hasattr(cls, "__attrs_attrs__")
        if function is not None and (made or not name.startswith("_")) and ours(function):
            yield name, function


def plain(member: object) -> Callable[..., object] | None:
    """The function behind a method, property or cached property."""
    for attribute in ("fget", "func", "__func__"):
        member = getattr(member, attribute, None) or member
    return inspect.unwrap(member) if inspect.isroutine(member) else None


def signature(function: Callable[..., object]) -> Iterator[tuple[str, object]]:
    """Argument names with their types, and ``return``; what is not annotated counts as Any.

    Of an overloaded function its overloads count, as they are what a caller sees.
    """
    function = inspect.unwrap(function)
    for each in get_overloads(function) or [function]:
        known = resolved(each)
        arguments = [name for name in inspect.signature(each).parameters if not bound(each, name)]
        yield from ((name, known.get(name, Any)) for name in (*arguments, "return"))


def bound(function: Callable[..., object], name: str) -> bool:
    """Whether an argument is what a method is called on."""
    return name in ("self", "cls") and "." in function.__qualname__


def parts(hint: object) -> Iterator[object]:
    """A type and all types within it."""
    yield hint
    inner = get_origin(hint)
    if inner is not None and inspect.isclass(inner) and ours(inner):
        yield inner
    for part in get_args(hint):
        for each in part if isinstance(part, list) else [part]:
            yield from parts(each)


def loose(hint: object) -> Iterator[str]:
    """Where a type says nothing: Any itself, a generic without its arguments, a callable of whatever arguments."""
    arguments = get_args(hint)
    if hint is Any:
        yield "Any"
    if get_origin(hint) is Callable and arguments[:1] == (...,):
        yield "Callable[..., ]"
    if inspect.isclass(hint) and not arguments and generic(hint):
        yield f"{hint.__name__} without its arguments"
    for part in arguments:
        for each in part if isinstance(part, list) else [part]:
            yield from loose(each)


def generic(cls: type) -> bool:
    """Whether a class of ours, or one that holds others, takes type arguments; `type` alone is any class at all."""
    holds = cls.__module__ in ("builtins", "collections.abc") and hasattr(cls, "__class_getitem__")
    return holds or cls is np.ndarray or (ours(cls) and bool(getattr(cls, "__parameters__", ())))
