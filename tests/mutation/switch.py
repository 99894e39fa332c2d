"""Which mutant is on: what mutmut writes around every function that it changes asks here, at each call."""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

MutantDict = dict[str, Any]
"""The versions of one function by name, as mutmut's own lines fill it."""

VARIABLE = "MUTANT_UNDER_TEST"
"""Tells a process that a test starts which mutant is on."""

RECORD, BROKEN = "record", "broken"
"""No mutants: one notes each function that is called, with the other each call fails."""

_ORIGINAL = "_mutmut_orig"


class Now:
    """What is on in this process, and what was called while that was `RECORD`."""

    mutant: ClassVar[str] = os.environ.get(VARIABLE, "")
    called: ClassVar[set[str]] = set()


def switch(mutant: str) -> None:
    """Turn a mutant on, here and in processes that are started from here."""
    Now.mutant = os.environ[VARIABLE] = mutant


def switched[F: Callable[..., Any]](mutants: MutantDict, is_classmethod: bool = False) -> Callable[[F], F]:
    """Call the version of a function that is on; takes the place of mutmut's own `wrap_in_trampoline`."""

    def around(function: F) -> F:
        @wraps(function)
        def call(*given: Any, **named: Any) -> Any:
            version = _version(mutants, function.__module__) if Now.mutant else mutants[_ORIGINAL]
            if is_classmethod:  # asked of the class that was called, which may inherit it
                return getattr(given[0], version.__name__)(*given[1:], **named)
            return version(*given, **named)

        return call  # type: ignore[return-value]

    return around


def _version(mutants: MutantDict, module: str) -> Any:
    original = mutants[_ORIGINAL]
    if Now.mutant == RECORD:
        Now.called.add(f"{module}.{original.__name__.removesuffix('__mutmut_orig')}")
    elif Now.mutant == BROKEN:
        raise RuntimeError("every function fails: a control")
    place, _, name = Now.mutant.rpartition(".")
    return mutants.get(name, original) if place == module else original
