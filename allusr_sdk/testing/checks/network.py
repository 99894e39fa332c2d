"""`cut_off`: for a while nobody answers this process, whatever it connects to."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_EVENTS = frozenset({"socket.connect", "socket.getaddrinfo"})
_refused: list[list[str]] = []


@contextmanager
def cut_off() -> Iterator[list[str]]:
    """Within it every connection is refused, in all threads; what was tried is written down."""
    _hooked()
    tried: list[str] = []
    _refused.append(tried)
    try:
        yield tried
    finally:
        _refused.remove(tried)


@cache
def _hooked() -> None:
    """Hooks cannot be taken out again: there is one, and it does nothing outside `cut_off`."""
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if _refused and event in _EVENTS:
        _refused[-1].append(f"{event} {arguments[-1]}")
        raise ConnectionRefusedError("cut off by a conformance check")
