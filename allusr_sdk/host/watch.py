"""A watch over the calls into plugins: what hangs or keeps too much memory is stopped while it runs.

A thread looks twice a second at the call in flight. One beyond its limit is interrupted by a signal to the main thread,
whose handler raises `Stopped` inside the plugin; a plugin that swallows it is interrupted again, from the second time
on at each line that it comes to. The handler raises in the frames of that very call or not at all, so a signal that
comes late changes nothing.

Three things it cannot do. Code in C that neither returns nor gives up the interpreter is not interrupted; a watchdog
outside of the process is for that. A call off the main thread, or on a system without `pthread_kill`, is not
interrupted: it counts as hanging once it has ended. And growth of memory is the process's, measured round the calls:
what other threads take meanwhile is counted with it.
"""

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from time import sleep
from types import CodeType, FrameType

from attrs import define, field, frozen

from allusr_sdk.host.memory import Memory

PERIOD = 0.5
"""Seconds between two looks."""

_TOOL = 4
"""Our place among the tools of `sys.monitoring`; debuggers, coverage and profilers have others."""

_SIGNAL = getattr(signal, "SIGURG", None)  # ignored by default, and free: timeouts of tests use SIGALRM


@frozen
class Limits:
    """What one call may take: seconds, and megabytes that a plugin's calls together may add to the process.

    `of` says where the limits come from.
    """

    seconds: float
    megabytes: int
    of: str = ""

    @property
    def hangs(self) -> str:
        """What is said of a call beyond its time."""
        return f"hangs: no answer within {self.seconds:g} s ({self.of or 'run.plugin_seconds'})"

    @property
    def leaks(self) -> str:
        """What is said of a plugin beyond its memory."""
        return f"leaks: it keeps more than {self.megabytes} MB ({self.of or 'run.plugin_memory'})"


InFlight = tuple[str, str, Limits, "InFlight | None"]
"""Plugin, call, its limits and the call it runs in; its identity is the call's."""


class Stopped(BaseException):
    """Raised inside a plugin's call that went beyond a limit; no `except Exception` of the plugin's catches it."""

    def __init__(self, call: InFlight, why: str) -> None:
        super().__init__(why)
        self.call, self.why = call, why


@define
class _Strike:
    """An order to stop a call, and how often it was given."""

    call: InFlight
    why: str
    times: int = 0


@define(eq=False)
class Watch:
    """The calls of the main thread, innermost first, and the thread that looks at them. One a process.

    Attributes:
        call: the innermost call in flight.
        strike: the call to be stopped; whoever ends it clears it.
        memory: what plugins added to the process.
    """

    call: InFlight | None = None
    strike: _Strike | None = None
    memory: Memory = field(factory=Memory)
    _ours: frozenset[CodeType] = frozenset()
    _seen: dict[int, tuple[InFlight, int]] = field(factory=dict)
    _process: int = 0
    _lines: list[CodeType] = field(factory=list)

    def start(self, *ours: CodeType) -> None:
        """Look from now on, and count memory anew; `ours` is the code that makes the calls, which is never stopped."""
        self.memory.begin()
        self._ours = frozenset(ours)
        if _SIGNAL is not None and threading.current_thread() is threading.main_thread():
            signal.signal(_SIGNAL, self._stop)
        if self._process != os.getpid():
            self._process = os.getpid()
            threading.Thread(target=self._run, name="allusr-watch", daemon=True).start()

    def _run(self) -> None:
        while True:
            sleep(PERIOD)
            self.look()

    def look(self) -> None:
        """One look at the calls in flight, innermost first; those that wait for one that is stopped begin anew.

        Time is counted in looks: a process that did not run for a while has looked once, and nobody hung in it.
        """
        chain = (*_chain(self.call),)
        before = self._seen
        self._seen = {id(call): (call, before[id(call)][1] + 1 if id(call) in before else 0) for call in chain}
        lasting = [call for call in chain if id(call) in before]
        self.memory.look(lasting[0][0] if lasting else "", chain[0][2].megabytes if chain else 0)
        for place, call in enumerate(chain):
            if why := self._beyond(call):
                self._seen |= {id(outer): (outer, 0) for outer in chain[place + 1 :]}
                self._order(call, why)
                return

    def _beyond(self, call: InFlight) -> str:
        plugin, _, limits, _ = call
        if self._seen[id(call)][1] * PERIOD >= limits.seconds:
            return limits.hangs
        return limits.leaks if self.memory.beyond(plugin, limits.megabytes) else ""

    def _order(self, call: InFlight, why: str) -> None:
        strike = self.strike
        if strike is None or strike.call is not call:
            strike = self.strike = _Strike(call, why)
        strike.times += 1
        main = threading.main_thread().ident
        if _SIGNAL is not None and main is not None and hasattr(signal, "pthread_kill"):
            signal.pthread_kill(main, _SIGNAL)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """In the main thread: raise inside the call, if it still runs."""
        strike = self.strike
        if strike is None or frame is None or frame.f_code in self._ours or strike.call not in _Same(self.call):
            return
        if self._unheard(frame):
            return
        if strike.times > 1:
            self._insist(frame)
        raise Stopped(strike.call, strike.why)

    def _unheard(self, frame: FrameType | None) -> bool:
        """Whether what is raised here gets lost: in a callback of the collector, in a finalizer."""
        collecting = {getattr(callback, "__code__", None) for callback in gc.callbacks}
        while frame is not None and frame.f_code not in self._ours:
            if frame.f_code in collecting or frame.f_code.co_name == "__del__":
                return True
            frame = frame.f_back
        return False

    def _insist(self, frame: FrameType | None) -> None:
        """Raise at each line of the call from now on: what catches everything comes to the line after it."""
        monitoring = sys.monitoring
        if monitoring.get_tool(_TOOL) is None:
            monitoring.use_tool_id(_TOOL, "allusr")
            monitoring.register_callback(_TOOL, monitoring.events.LINE, self._line)
        while frame is not None and frame.f_code not in self._ours:
            monitoring.set_local_events(_TOOL, frame.f_code, monitoring.events.LINE)
            self._lines.append(frame.f_code)
            frame = frame.f_back

    def _line(self, code: CodeType, line: int) -> None:
        strike = self.strike
        here = threading.get_ident() == threading.main_thread().ident
        if here and strike is not None and strike.call in _Same(self.call):
            raise Stopped(strike.call, strike.why)

    def settle(self) -> None:
        """The call that was to be stopped has ended."""
        self.strike = None
        for code in self._lines:
            sys.monitoring.set_local_events(_TOOL, code, 0)
        self._lines.clear()


@frozen
class _Same:
    """The calls in flight, compared by identity."""

    innermost: InFlight | None

    def __contains__(self, call: object) -> bool:
        return any(each is call for each in _chain(self.innermost))


def _chain(call: InFlight | None) -> Iterator[InFlight]:
    while call is not None:
        yield call
        call = call[3]


WATCH = Watch()
