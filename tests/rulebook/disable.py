"""A pytest plugin that takes one guard out: `-p tests.rulebook.disable --disable TARGET --instead EXPRESSION`.

TARGET is a dotted name: a function, a method, a property, or one of them behind a cache. From then on it answers what
the expression says, wherever else it is already kept. The expression sees the call's `args` and `named` and the names
of the target's own module.
"""

import pkgutil
from types import FunctionType


def pytest_addoption(parser):
    parser.addoption("--disable", help="Dotted name of the guard that is taken out.")
    parser.addoption("--instead", default="()", help="What it answers instead, as a Python expression.")


def pytest_configure(config):
    target = config.getoption("--disable")
    if target:
        disable(target, config.getoption("--instead"))


def disable(target, instead):
    """Make a guard answer an expression; its object stays, so that every name it was imported under is disabled too."""
    function = _function(pkgutil.resolve_name(target))
    code = eval(f"lambda *args, **named: ({instead})").__code__
    # a function keeps the cells that it was made with; code that ignores them must still declare as many
    function.__code__ = code.replace(co_freevars=function.__code__.co_freevars)
    function.__defaults__, function.__kwdefaults__ = None, None


def _function(found):
    """The plain function behind a property, a bound method or a cache, which forgets what it knows."""
    if hasattr(found, "cache_clear"):
        found.cache_clear()
    found = getattr(found, "__wrapped__", found)
    found = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
    if not isinstance(found, FunctionType):
        raise TypeError(f"{found!r} is no function that could be taken out")
    return found
