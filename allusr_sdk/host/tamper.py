"""What no plugin may replace: the process's clock, chance, files and sockets, and how `Decimal` rounds."""

import builtins
import datetime
import decimal
import os
import random
import socket
import time

from attrs import frozen

_NAMES = (
    "time.time", "time.time_ns", "time.monotonic", "time.sleep", "datetime.datetime", "datetime.date",
    "random.random", "random.randint", "random.choice", "os.urandom", "builtins.open", "builtins.__import__",
    "socket.socket", "decimal.Decimal",
)  # fmt: skip
_MODULES = {module.__name__: module for module in (builtins, datetime, decimal, os, random, socket, time)}
_context = decimal.getcontext


def _now() -> tuple[object, ...]:
    """What stands under the names now. Written out: it is looked at after each call, and a loop would be slower.

    Raises `AttributeError` where one was deleted.
    """
    context = _context()
    return (
        time.time, time.time_ns, time.monotonic, time.sleep, datetime.datetime, datetime.date,
        random.random, random.randint, random.choice, os.urandom, builtins.open, builtins.__import__,
        socket.socket, decimal.Decimal, context.prec, context.rounding,
    )  # fmt: skip


@frozen(eq=False)
class Seal:
    """Originals as they were at one instant; what a test replaced before for its own purpose is one of them."""

    originals: tuple[object, ...]
    precision: int
    rounding: str

    @classmethod
    def taken(cls) -> "Seal":
        """Of now."""
        context = _context()
        return cls(_now(), context.prec, context.rounding)

    def broken(self) -> bool:
        """Whether anything was replaced since."""
        try:
            return _now() != self.originals
        except AttributeError:
            return True

    def mend(self) -> str:
        """Put everything back; names what had been replaced, an empty text where nothing had."""
        found = []
        for name, original in zip(_NAMES, self.originals, strict=False):
            module, _, attribute = name.partition(".")
            if vars(_MODULES[module]).get(attribute) is not original:
                setattr(_MODULES[module], attribute, original)
                found.append(name)
        context = _context()
        if (context.prec, context.rounding) != (self.precision, self.rounding):
            context.prec, context.rounding = self.precision, self.rounding
            found.append("decimal's context")
        return ", ".join(found)
