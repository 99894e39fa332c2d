"""What a plugin may register: everything that pluggy would accept in silence and a trading host must not."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pluggy

from allusr_sdk import hookspecs
from allusr_sdk.errors import PluginError
from allusr_sdk.host.guard import one_line
from allusr_sdk.settings import nearest

_PREFIX = f"{hookspecs.PROJECT}_"
_IMPL, _SPEC = f"{hookspecs.PROJECT}_impl", f"{hookspecs.PROJECT}_spec"
_REFUSED = {
    "wrapper": "is a hook wrapper, which could swallow another plugin's veto: write a plain implementation",
    "hookwrapper": "is a hook wrapper, which could swallow another plugin's veto: write a plain implementation",
    "tryfirst": "asks for a place in the order, which the operator alone sets: drop tryfirst",
    "trylast": "asks for a place in the order, which the operator alone sets: drop trylast",
}

HOOKS: Mapping[str, tuple[str, ...]] = {
    name: tuple(inspect.signature(spec).parameters)
    for name, spec in vars(hookspecs).items()
    if name.startswith(_PREFIX) and hasattr(spec, _SPEC)
}


def register(manager: "pluggy.PluginManager", plugin: object, name: str) -> None:
    """Register a plugin after checking all that it implements.

    Raises:
        PluginError: naming the function and what is wrong with it, or that the plugin implements nothing.
    """
    functions = dict(_functions(plugin))
    for attribute, function in functions.items():
        if problem := _problem(attribute, function):
            raise PluginError(name, f"{_place(function)}{attribute} {problem}")
    if not functions:
        raise PluginError(name, f"implements no hook: mark a function with @hookimpl; {nearest('', HOOKS)}")
    try:
        manager.register(plugin, name)
        manager.check_pending()
    except (ValueError, pluggy.PluginValidationError) as error:
        raise PluginError(name, one_line(error)) from None


def _functions(plugin: object) -> Iterator[tuple[str, Callable[..., object]]]:
    for attribute in dir(plugin):
        function = getattr(plugin, attribute, None)
        named = attribute.startswith(_PREFIX) and inspect.isroutine(function)
        if callable(function) and (named or hasattr(function, _IMPL) or hasattr(function, _SPEC)):
            yield attribute, function


def _problem(attribute: str, function: Callable[..., object]) -> str:
    if hasattr(function, _SPEC):
        return "specifies a hook (firstresult or not): a plugin implements hooks, mark it with @hookimpl"
    options: Mapping[str, Any] | None = getattr(function, _IMPL, None)
    if options is None:
        return "is not marked with @hookimpl: it would never be called"
    hook = options.get("specname") or attribute
    if hook not in HOOKS:
        return f"implements no hook of this host; {nearest(hook, HOOKS)}"
    if refused := next((text for option, text in _REFUSED.items() if options.get(option)), ""):
        return refused
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return "is async: nobody would await it, all hooks are synchronous"
    return next(filter(None, (_argument(p, HOOKS[hook]) for p in inspect.signature(function).parameters.values())), "")


def _argument(argument: inspect.Parameter, known: tuple[str, ...]) -> str:
    if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
        return f"takes {argument}: name the arguments that it uses"
    if argument.name not in known:
        return f"has an unknown argument '{argument.name}'; {nearest(argument.name, known)}"
    if argument.kind is argument.KEYWORD_ONLY:
        return f"has a keyword-only argument '{argument.name}', which is passed by position: drop the *"
    if argument.default is not argument.empty:
        return f"gives argument '{argument.name}' a default, which would hide the real value: drop the default"
    return ""


def _place(function: Callable[..., object]) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}: " if code is not None else ""
