"""One market for several accounts: it is read once, and what one account had priced of an instant is there for all."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from attrs import Factory, define

from allusr_sdk.errors import KernelError
from allusr_sdk.model.views import MarketSource, Step

Opened = Callable[[], MarketSource]


@define(eq=False)
class _Frame:
    """A step as each seat finds it: the step, or none behind the last; what was noticed until then; what went wrong."""

    step: Step | None = None
    notices: tuple[object, ...] = ()
    error: Exception | None = None
    following: "_Frame | None" = None


class SharedMarket:
    """A market that is walked once for all seats; a step is kept until the last seat has it.

    Args:
        opened: opens the market; asked again where a seat walks a second time (a restart that came out otherwise).
    """

    def __init__(self, opened: Opened) -> None:
        self.opened, self.source = opened, opened()
        self._asked: tuple[date, date] | None = None
        self._steps: Iterator[Step] = iter(())
        self._newest = _Frame()

    def seat(self) -> "Seat":
        """A place for one more account. Raises `KernelError` once somebody has looked."""
        if self._asked is not None:
            raise KernelError("a market that is walked already has no more seats: take them before the first step")
        return Seat(self, self._newest)

    def begin(self, first: date, last: date) -> None:
        """Begin to walk, or find that it was begun for the same period. Raises `KernelError` for another."""
        if self._asked is None:
            self._asked, self._steps = (first, last), iter(self.source.steps(first, last))
        elif self._asked != (first, last):
            raise KernelError(f"accounts that share a market share its period: {self._asked}, not {(first, last)}")

    def after(self, frame: _Frame) -> _Frame:
        """The frame behind one, read from the source where nobody was there yet."""
        if frame.following is None:
            frame.following = self._newest = self._read()
        return frame.following

    def _read(self) -> _Frame:
        """The next step; what goes wrong in reading is everybody's, and so each seat is told."""
        step, error = None, None
        try:
            step = next(self._steps, None)
        except Exception as problem:
            error = problem
        return _Frame(step, tuple(getattr(self.source, "notices", ())), error)


class Seat:
    """A market source as one of several accounts has it."""

    def __init__(self, shared: SharedMarket, frame: _Frame) -> None:
        self._shared, self._source = shared, shared.source
        self._frame: _Frame | None = frame
        self._notices: tuple[object, ...] | None = None

    @property
    def description(self) -> str:
        """The source's: an account's journal does not know who looked beside it."""
        return self._source.description

    @property
    def sessions(self) -> tuple[date, ...]:
        """The days that the source has, where it tells them."""
        return tuple(getattr(self._source, "sessions", ()))

    @property
    def notices(self) -> tuple[object, ...]:
        """What the source had noticed up to this seat's step."""
        return tuple(getattr(self._source, "notices", ())) if self._notices is None else self._notices

    def steps(self, first: date, last: date) -> Iterator[Step]:
        """The steps of the period. Raises what the source raises, here as at every other seat."""
        if self._frame is None:
            self._source, self._notices = self._shared.opened(), None
            yield from self._source.steps(first, last)
            return
        self._shared.begin(first, last)
        frame, self._frame = self._frame, None  # nothing that is behind is held, nor by whoever has left
        while True:
            frame = self._shared.after(frame)
            self._notices = frame.notices
            if frame.error is not None:
                raise frame.error
            if frame.step is None:
                return
            yield frame.step


@define
class Markets:
    """The markets of accounts that run together, each opened once."""

    _known: dict[str, SharedMarket] = Factory(dict)

    def market(self, opened: "partial[MarketSource]") -> SharedMarket:
        """The market that a call opens; calls with equal arguments open one."""
        what = repr(opened)
        if what not in self._known:
            self._known[what] = SharedMarket(opened)
        return self._known[what]
