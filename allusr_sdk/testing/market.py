"""`Market`: a synthetic market by sentences, each of which gives a new one."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from math import log1p
from typing import Any, Self

from attrs import evolve, field, frozen

from allusr_sdk.errors import InputError
from allusr_sdk.market.synthetic import NO_SCRIPT, PROFILES, Script, SyntheticMarket
from allusr_sdk.model.calendar import Session, xnys
from allusr_sdk.testing.tape import Tape

# How much of what was drawn stays around a told path; the close is as told whatever stays.
_AROUND_PATH, _AROUND_GAP = 0.5, 0.2
# Enough for the standard scenarios of one plugin; a tape of three weeks holds a few megabytes.
_TAPES_KEPT = 24


def _symbols(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@frozen
class Market:
    """A seeded market that goes as told. It compiles to a `SyntheticMarket` with a `Script`, and to nothing else.

    Sessions are named by their date or by their number in the market's own sessions, counted from 0. A sentence that
    cannot be (an unknown symbol, a day without a session) raises `SettingsError` or `InputError` at once.

    Attributes:
        first: day from which it is walked, `weeks` calendar weeks long.
        minutes: width of its grid, a divisor of 30.
        hedges: whether the indices that hedges trade are shown too.
        script: what it is told so far.
    """

    symbols: tuple[str, ...] = field(default=("AAPL", "SPY"), converter=_symbols)
    first: date = date(2026, 1, 5)
    weeks: int = 3
    seed: int = 7
    minutes: int = 15
    hedges: bool = False
    script: Script = NO_SCRIPT

    def __attrs_post_init__(self) -> None:
        if not self.sessions:
            raise InputError(f"market: no session in {self.weeks} weeks from {self.first}: give weeks=1 or more")
        _ = self.source  # it refuses symbols and grids that it does not have

    # --- sentences ---

    def path(self, symbol: str, *returns: float, on: date | int = 0) -> Self:
        """Close-to-close returns of consecutive sessions from `on`: -0.02 closes two per cent lower.

        SPY is the market, which the others follow by their betas unless told themselves; two paths of one session add.
        """
        return self.told("moves", symbol=symbol, day=self.day(on), returns=_logs(returns), noise=_AROUND_PATH)

    def gap(self, symbol: str, change: float, *, on: date | int) -> Self:
        """Opens `change` away from the close before (-0.12 is twelve per cent lower) and closes there."""
        row = {"returns": _logs((change,)), "gap": 1.0, "noise": _AROUND_GAP}
        return self.told("moves", symbol=symbol, day=self.day(on), **row)

    def vix(self, *levels: float, on: date | int) -> Self:
        """VIX of consecutive sessions from `on`, each from open to close."""
        return self.told("vix", day=self.day(on), levels=levels)

    def earnings(self, symbol: str, *, on: date | int, session: str = "AMC", confirmed: bool = True) -> Self:
        """A report on that day, after the close (AMC) or before the open (BMO), instead of the quarter's usual one."""
        return self.told("earnings", symbol=symbol, day=self.day(on), session=session, confirmed=confirmed)

    def no_earnings_calendar(self, symbol: str) -> Self:
        """Nobody knows when the symbol reports (CC-3)."""
        return self.told("calendars", symbol=symbol, day=self.day(0))

    def thin(
        self, symbol: str, *, on: date | int = 0, until: date | int | None = None, depth: float = 0.001,
        spread: float = 1.0,
    ) -> Self:  # fmt: skip
        """Options with `depth` times the usual volume and open interest, and `spread` times as wide, to the end."""
        end = date.max if until is None else self.day(until)
        return self.told("liquidity", symbol=symbol, day=self.day(on), until=end, depth=depth, spread=spread)

    def halt(
        self, symbol: str, *, on: date | int, start: str = "10:00", end: str = "11:00", quotes: str = "gone"
    ) -> Self:
        """Trading in a symbol halted between two New York times; its options' quotes are `gone` or `stale`."""
        return self.told("halts", symbol=symbol, day=self.day(on), quotes=quotes, **{"from": start, "to": end})

    def dividend(self, symbol: str, amount: str | Decimal, *, on: date | int) -> Self:
        """`amount` dollars a share, ex on that day, instead of the quarter's usual one."""
        return self.told("dividends", symbol=symbol, ex_day=self.day(on), amount=amount)

    def split(self, symbol: str, ratio: int, *, on: date | int) -> Self:
        """`ratio` new shares for each old one from the open of that day (LQ-7)."""
        return self.told("splits", symbol=symbol, day=self.day(on), ratio=ratio)

    def exercise(self, symbol: str, *, on: date | int, put: bool = True) -> Self:
        """Holders exercised in the night before: shorts of that right that were in the money are assigned."""
        return self.told("exercises", symbol=symbol, day=self.day(on), put=put)

    def feed(self, symbol: str, what: str, *, on: date | int, start: str = "09:30", end: str = "16:00") -> Self:
        """A feed that is `stale`, `missing`, `crossed` or `zero` between two New York times; `VIX` and `*` have one."""
        return self.told("feed", symbol=symbol, day=self.day(on), what=what, **{"from": start, "to": end})

    def told(self, table: str, **row: object) -> Self:
        """Anything else that a script knows: an entry of one of its tables, as a scenario file writes it.

        Raises:
            SettingsError: the entry does not fit; all problems at once.
            InputError: it is about a symbol that this market does not show, and so would change nothing.
        """
        made = Script.read({table: [row]})
        self._shown(str(row.get("symbol", "*")))
        more: dict[str, Any] = {table: (*getattr(self.script, table), *getattr(made, table))}
        return evolve(self, script=evolve(self.script, **more))

    def _shown(self, symbol: str) -> None:
        """Refuse what nobody would see; SPY moves the others, and share classes and indices move by their company."""
        companies = {PROFILES[shown].company for shown in (*self.symbols, "SPY")}
        if symbol != "*" and PROFILES[symbol].company not in companies:
            raise InputError(f"market: {symbol} is not among {', '.join(self.symbols)}: add it to symbols")

    # --- what it is ---

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Its sessions, in order."""
        return xnys().between(self.first, self.first + timedelta(weeks=self.weeks, days=-1))

    def day(self, on: date | int) -> date:
        """The day of a session, by number or as given. Raises `InputError` for a number that it does not have."""
        if isinstance(on, date):
            return on
        days = [session.day for session in self.sessions]
        if not 0 <= on < len(days):
            raise InputError(f"market: it has no session {on}: its sessions are 0 to {len(days) - 1}, or give a date")
        return days[on]

    @property
    def source(self) -> SyntheticMarket:
        """The market itself, walked and priced anew by who asks."""
        return SyntheticMarket(
            seed=self.seed, symbols=self.symbols, minutes=self.minutes, script=self.script, hedges=self.hedges
        )

    def tape(self) -> Tape:
        """The market walked once; equal markets share one tape."""
        return _tape(self)


@lru_cache(maxsize=_TAPES_KEPT)
def _tape(market: Market) -> Tape:
    return Tape.of(market.source, market.sessions[0].day, market.sessions[-1].day)


def _logs(returns: tuple[float, ...]) -> tuple[float, ...]:
    if lost := [change for change in returns if change <= -1]:
        raise InputError(f"market: a return of {lost[0]} leaves no price: give -0.12 for twelve per cent down")
    return tuple(log1p(change) for change in returns)
