"""What a script can tell: one class a table, each entry a frozen value.

Days are sessions; times are New York's. A stretch of a session goes from `start` up to, not including, `end`, in a file
`from` and `to`. Dividends, splits, adjustments and early exercises are told as the model's own values.
"""

from collections.abc import Mapping
from datetime import date, time

from attrs import field, frozen

from allusr_sdk.market.synthetic import model as m

_FIRST, _LAST = time(0), time(23, 59, 59)
_FROM, _TO = {"key": "from"}, {"key": "to"}


@frozen(kw_only=True)
class Move:
    """Log-returns of a symbol's sessions from `day` on, close to close and before any dividend.

    SPY is the market factor: the others follow it by their betas unless they are told themselves. SPX and XSP are SPY,
    GOOG and GOOGL one company. Several moves of one session add up.

    Attributes:
        returns: one a session.
        gap: share of each that is there at the open; one half, or nothing where `at` is given.
        at: when the rest comes; without it evenly over the session.
        noise: how much of what was drawn for the session stays around the told path, from 0 to 1.
    """

    symbol: str
    day: date
    returns: tuple[float, ...]
    gap: float | None = None
    at: time | None = None
    noise: float = 1.0


@frozen(kw_only=True)
class Level:
    """VIX of the sessions from `day` on, each from open to close; those after revert from the last one."""

    day: date
    levels: tuple[float, ...]


@frozen(kw_only=True)
class Regime:
    """The climate of the sessions from `day` to `until`, both included; what is left out is as always.

    Attributes:
        drift: log-return of the market factor a year, beside dividends.
        vix: level to which VIX reverts.
        premium: implied over realised volatility; at 1 nobody is paid for selling options.
    """

    day: date
    until: date
    drift: float = m.DRIFT
    vix: float = m.MEAN_VIX
    premium: float = m.PREMIUM


@frozen(kw_only=True)
class Print:
    """What the VIX index shows over a stretch of a session; options' prices go on as drawn."""

    day: date
    level: float
    start: time = field(default=_FIRST, metadata=_FROM)
    end: time = field(default=_LAST, metadata=_TO)


@frozen(kw_only=True)
class BeforeOpen:
    """The highest print of VIX before a session's open (KS-2)."""

    day: date
    high: float


@frozen(kw_only=True)
class Trouble:
    """A feed in trouble over a stretch of a session.

    Attributes:
        symbol: an underlying, `*` for all of them, or `VIX` for the index.
        what: `stale` (nothing newer arrives), `missing` (no chain and no quotes; of VIX no value), `crossed` (bids
            above asks) or `zero` (no bids, no asks).
    """

    symbol: str
    day: date
    what: str
    start: time = field(default=_FIRST, metadata=_FROM)
    end: time = field(default=_LAST, metadata=_TO)


@frozen(kw_only=True)
class Halt:
    """Trading in a symbol halted: its price stands still and then jumps; its options' quotes are `gone` or `stale`."""

    symbol: str
    day: date
    quotes: str = "gone"
    start: time = field(default=_FIRST, metadata=_FROM)
    end: time = field(default=_LAST, metadata=_TO)


@frozen(kw_only=True)
class Liquidity:
    """Options of a symbol from `day` to `until`, both included.

    There are `depth` times the usual volumes and open interest, and spreads are `spread` times as wide.
    """

    symbol: str
    day: date
    until: date = date.max
    depth: float = 1.0
    spread: float = 1.0


@frozen(kw_only=True)
class Report:
    """A report instead of the quarter's usual one: the price answers at the open after it.

    `as_of` is the day on which the calendar last said so; without it, always the day before.
    """

    symbol: str
    day: date
    session: str = "AMC"
    confirmed: bool = True
    as_of: date | None = None


@frozen(kw_only=True)
class OldCalendar:
    """What is known of a symbol's reports from `day` to `until` is as old as `as_of`; without it nothing is known."""

    symbol: str
    day: date
    until: date = date.max
    as_of: date | None = None


@frozen
class Share:
    """A part of a session's return: the total, the share at the open, the time of the rest, the noise that stays."""

    total: float
    gap: float
    at: time | None
    noise: float


CHOICES: Mapping[str, tuple[str, ...]] = {
    "what": ("stale", "missing", "crossed", "zero"),
    "quotes": ("gone", "stale"),
    "session": ("AMC", "BMO"),
}
"""The words that a field takes."""
