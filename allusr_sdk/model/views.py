"""What is known of the market at one instant: `MarketView`, frozen, the only thing decisions may read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Protocol

from attrs import define, field, frozen

from allusr_sdk.model.calendar import NEW_YORK, Calendar, Session
from allusr_sdk.model.chains import Chain, Quote
from allusr_sdk.model.options import Contract


class Grain(StrEnum):
    """How densely a source samples the market (CAD-14).

    GRID: every five minutes of a session or finer; COARSE: a few snapshots a session; EOD: one at its end.
    """

    GRID = "grid"
    COARSE = "coarse"
    EOD = "eod"


@frozen
class Bar:
    """One completed daily bar of the regular session, split-adjusted; dollars per share and shares."""

    day: date
    open: float
    high: float
    low: float
    close: float
    volume: float = float("nan")


class Bars(Protocol):
    """Completed daily bars by symbol."""

    def before(self, symbol: str, day: date, count: int) -> Sequence[Bar]:
        """The last `count` bars before `day`, oldest first; fewer where fewer are known. Holes stay holes."""
        ...

    def on(self, symbol: str, day: date) -> Bar | None:
        """The completed bar of a day, or None. Ask only once that session has closed."""
        ...


@frozen
class EarningsDate:
    """One report date as a calendar knew it on `as_of`; `session` is BMO (before open) or AMC (after close)."""

    symbol: str
    day: date
    session: str
    confirmed: bool
    as_of: date


@frozen
class Vix:
    """The Cboe VIX index in its points: last confirmed value, when it was confirmed, and daily closes, oldest first.

    `daily` tells values taken from daily bars (CAD-14), whose age starts no timer and which need no confirmation.
    `before_open` is the highest print of today before 9:30:15, None where none is known (KS-2).
    """

    value: float
    at: datetime
    closes: tuple[float, ...] = ()
    daily: bool = False
    before_open: float | None = None


@frozen
class Dividend:
    """An ordinary cash dividend: who holds the share before `ex_day` gets `amount` dollars a share, on `pay_day`.

    A source that does not know the pay day says None: a simulated account is paid `LQ-7.pay_days` after the ex-date.
    """

    symbol: str
    ex_day: date
    amount: Decimal
    pay_day: date | None = None


@frozen
class Split:
    """`ratio` new shares for each old one from the open of `day` (LQ-7)."""

    symbol: str
    day: date
    ratio: int


@frozen
class Adjustment:
    """An odd or reverse split, merger or special dividend: from `day` on its old contracts are non-standard (LQ-7)."""

    symbol: str
    day: date
    why: str


@frozen
class EarlyExercise:
    """Holders of a symbol's options of one right exercised before the open of `day`: shorts in the money are assigned.

    A scenario forces it; otherwise CC-4's model says how likely it is.
    """

    symbol: str
    day: date
    put: bool


Action = Dividend | Split | Adjustment | EarlyExercise
"""What takes effect at the first instant of a session, before anything is decided."""


@define(frozen=True, eq=False, slots=False)
class Snapshot:
    """One underlying at the instant of its newest data.

    Attributes:
        bid, ask, last: the share's, fund's or index's market in dollars; NaN where the source has none.
        chain: makes the option chain of this instant, at most once; None where the source has no options.
        quotes: quotes some contracts without making the chain (the cheap way for what is held).
        volumes: a contract's daily volumes over the sessions the source has (at most 20), oldest first, the
            running volume of this session last; NaN entries are unknown (LQ-1).
    """

    symbol: str
    at: datetime
    bid: float
    ask: float
    last: float
    make_chain: Callable[[], Chain] | None = field(repr=False)
    quotes: Callable[[Sequence[Contract]], Sequence[Quote | None]] = field(repr=False)
    volumes: Callable[[Contract], Sequence[float]] = field(repr=False)
    dividend_yield: float = 0.0

    @cached_property
    def spot(self) -> float:
        """Mid of bid and ask, the last trade if the spread is above 0.5 %, crossed or a side is unknown (PE-2)."""
        mid = (self.bid + self.ask) / 2
        return mid if 0 < self.bid <= self.ask and self.ask - self.bid <= 0.005 * mid < float("inf") else self.last

    @cached_property
    def chain(self) -> Chain | None:
        """The option chain of this instant."""
        return self.make_chain() if self.make_chain is not None else None


def read_only[V](mapping: Mapping[str, V]) -> Mapping[str, V]:
    """The mapping as those see it who may not write to it."""
    return mapping if isinstance(mapping, MappingProxyType) else MappingProxyType(mapping)


@define(frozen=True, eq=False, slots=False)
class MarketView:
    """Everything known at `at` (aware UTC) in `session`.

    Attributes:
        snapshots: the newest snapshot of every underlying seen so far, fresh or not.
        vix: None while unknown (KS-5).
        earnings: known report dates by symbol; a symbol that is absent is unknown, not without earnings (CC-3).
        rate: risk-free rate, continuous, a year (RATE-1).
        dividends: announced dividends with an ex-date after today, soonest first, by symbol (CC-4).
        halted: symbols in which trading is halted (KS-11.10).
    """

    at: datetime
    session: Session
    calendar: Calendar = field(repr=False)
    grain: Grain
    snapshots: Mapping[str, Snapshot] = field(repr=False)
    bars: Bars = field(repr=False)
    vix: Vix | None
    earnings: Mapping[str, tuple[EarningsDate, ...]] = field(repr=False)
    rate: float = 0.04
    dividends: Mapping[str, tuple[Dividend, ...]] = field(factory=dict, repr=False)
    halted: frozenset[str] = frozenset()

    def __attrs_post_init__(self) -> None:
        for name in ("snapshots", "earnings", "dividends"):  # no converters: checkers cannot follow generic ones
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @cached_property
    def clock(self) -> datetime:
        """The instant by New York clock."""
        return self.at.astimezone(NEW_YORK)

    def fresh(self, symbol: str) -> Snapshot | None:
        """The symbol's snapshot if it is of this very instant, else None."""
        snapshot = self.snapshots.get(symbol)
        return snapshot if snapshot is not None and snapshot.at == self.at else None

    @cached_property
    def fresh_symbols(self) -> tuple[str, ...]:
        """Underlyings whose snapshot is of this instant, by name."""
        return tuple(sorted(s for s, snap in self.snapshots.items() if snap.at == self.at))


@frozen
class Settlement:
    """The official price at which options on `symbol` that expire on `day` settle, in dollars."""

    symbol: str
    day: date
    price: Decimal


@define(frozen=True, eq=False)
class Step:
    """What a source yields: one instant's view and, after a close, the settlement prices that became known.

    Attributes:
        closing: whether this instant ends the session (a step of its own, at or after the close; no entries).
        settlements: official prices of this session, only on closing steps.
        actions: what takes effect at this instant, only on a session's first step.
    """

    view: MarketView
    closing: bool = False
    settlements: tuple[Settlement, ...] = ()
    actions: tuple[Action, ...] = ()


class MarketSource(Protocol):
    """A market that can be walked once, instant by instant, in order of time.

    A source yields steps for sessions from `first` to `last`; each session ends with one closing step. It has no
    access to books, orders or settings of sleeves, and equal arguments give equal steps.
    """

    @property
    def description(self) -> str:
        """What stands in the journal's head: the kind of source and its seed or content, never a path."""
        ...

    def steps(self, first: date, last: date) -> Iterable[Step]:
        """Yield the steps of the period."""
        ...
