"""The read-only view that a plugin is asked with: one sleeve's books over one instant's market."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Self

import numpy as np
from attrs import define, field, frozen

from allusr_sdk.contracts.windows import attempt, attempts, in_manage_window, outside_entry
from allusr_sdk.market.indicators import average_true_range
from allusr_sdk.model.calendar import Calendar, Session
from allusr_sdk.model.chains import Chain, Quote
from allusr_sdk.model.intents import Band, Skip
from allusr_sdk.model.options import Contract, Right, option_class
from allusr_sdk.model.positions import LedgerBook, Position, Wheel
from allusr_sdk.model.views import Dividend, EarningsDate, Grain, MarketView, Snapshot
from allusr_sdk.rulebook import Rulebook


@frozen
class Atr:
    """Average true range in dollars per share, and how it was known (`SMA5`, `2 % of 279.51: no bars`)."""

    value: float
    how: str

    @classmethod
    def of(cls, symbol: str, view: MarketView, rules: Rulebook, last_price: float | None) -> Self | None:
        """ATR by PE-1 and its fallbacks; `last_price` is the last one known before today's session."""
        found = average_true_range(
            view.bars, symbol, view.session.day, view.calendar,
            period=rules.integer("PE-1.period"), method=rules.text("PE-1.method"),
            carry=(rules.number("PE-1.carry_factor"), rules.integer("PE-1.carry_sessions")),
            fallback=rules.number("PE-1.fallback"), last_price=last_price,
        )  # fmt: skip
        return cls(*found) if found else None


def standard(chain: Chain) -> Chain:
    """The chain without adjusted contracts: roots that end in a digit or belong to another underlying (LQ-4)."""
    usual = [not root[-1:].isdigit() and option_class(root).underlying == chain.symbol for root in chain.roots]
    return chain if all(usual) else chain.where(np.array(usual, bool)[chain.root])


@define(frozen=True, eq=False, slots=False)
class SleeveView:
    """What one sleeve may know at one instant. It holds no broker, clock, database, network or random source."""

    market: MarketView
    """All that is known of the market at this instant."""
    book: LedgerBook
    """The sleeve's own books: cash, positions, notes; no other sleeve's."""
    rules: Rulebook = field(repr=False)
    """The rules in force."""
    ranges: Callable[[str], Atr | None] = field(repr=False)
    """ATR of a symbol, frozen for the session (PE-1)."""
    bands: tuple[Band, ...] = ()
    """The owning sleeve's bands, its own first."""
    following: Callable[[str], date | None] = field(default=lambda symbol: None, repr=False)
    """The owning sleeve's next expiry for a symbol (PE-8 A)."""
    prepares: str = "PE-2.prepare_gen"
    """The rule value from which the owning sleeve's rolls are prepared, in ATR (PE-2)."""
    tiers: tuple[str, ...] = ()
    """Tiers of the kill switches that bind the sleeve: the account's and its own (KS-6)."""

    @property
    def at(self) -> datetime:
        """This instant, aware UTC."""
        return self.market.at

    @property
    def clock(self) -> datetime:
        """This instant by New York clock."""
        return self.market.clock

    @property
    def session(self) -> Session:
        """The running session."""
        return self.market.session

    @property
    def calendar(self) -> Calendar:
        """Sessions, half days and weeks."""
        return self.market.calendar

    @cached_property
    def week(self) -> tuple[Session, ...]:
        """Sessions of this ISO week."""
        return self.calendar.week(self.session.day)

    @property
    def end_of_day(self) -> bool:
        """Whether the session is known only by its end (CAD-14)."""
        return self.market.grain is Grain.EOD

    def fresh(self, symbol: str) -> Snapshot | None:
        """The symbol's market if it is of this very instant."""
        return self.market.fresh(symbol)

    def sessions_left(self, expiry: date) -> int:
        """Sessions after today up to and including an expiry (CAD-2)."""
        return self.calendar.sessions_left(self.session.day, expiry)

    def days_left(self, expiry: date) -> int:
        """Calendar days to an expiry (CAD-2)."""
        return (expiry - self.session.day).days

    def wheel(self, symbol: str) -> Wheel:
        """Where the symbol stands in this sleeve's wheel (CAD-9)."""
        return self.book.wheel(symbol)

    def basis(self, symbol: str) -> Decimal | None:
        """Adjusted basis of the shares held, dollars per share; None without shares."""
        held = self.book.positions.get(f"{self.book.name}:{symbol}")
        return held.amount / held.quantity if held else None

    def atr(self, symbol: str) -> Atr | None:
        """ATR by PE-1 from sessions completed before today, dollars; None where not even a price is known."""
        return self.ranges(symbol)

    def side(self, symbol: str, expiry: date, right: Right, root: str | None = None) -> Chain | None:
        """Standard contracts of one expiry and right by rising strike; None where the symbol has no fresh chain.

        A `root` keeps apart what an index lists under several (SPX settles in the morning, SPXW at the close).
        """
        chain = self._chain(symbol, root)
        return chain.side(expiry, right, root) if chain is not None else None

    def expiries(self, symbol: str, root: str | None = None) -> tuple[date, ...]:
        """Expiries from today on of standard contracts, of one `root` or all, earliest first (CAD-3).

        None are known without a fresh chain.
        """
        chain = self._chain(symbol, root)
        if chain is None:
            return ()
        listed = chain.expiries if root is None else chain.under(root).expiries
        return tuple(e for e in listed if e >= self.session.day)

    def _chain(self, symbol: str, root: str | None) -> Chain | None:
        snapshot = self.fresh(symbol)
        chain = snapshot.chain if snapshot else None
        return standard(chain) if chain is not None and root is None else chain

    def quote(self, contract: Contract) -> Quote | None:
        """A contract's fresh quote; None where the symbol is not fresh or does not list it."""
        snapshot = self.fresh(contract.underlying)
        return snapshot.quotes([contract])[0] if snapshot else None

    def partner(self, leg: Position) -> Quote | None:
        """The quote of the bought leg that leaves with a written one, as the `sell` of its close; None without one."""
        one = leg.contract
        if one is None or not leg.short:
            return None
        bought = [p.contract for p in self.book.positions.values() if p.hedges and p.contract and p.quantity > 0]
        pairs = (c for c in bought if (c.root, c.expiry, c.right) == (one.root, one.expiry, one.right))
        return next((quote for c in pairs if (quote := self.quote(c)) is not None), None)

    def earnings(self, symbol: str) -> tuple[EarningsDate, ...] | None:
        """Known report dates; None means unknown, which is not the same as none (CC-3)."""
        return self.market.earnings.get(symbol)

    def dividends(self, symbol: str) -> tuple[Dividend, ...]:
        """Announced dividends with an ex-date after today, soonest first (CC-4); none where none is announced."""
        return self.market.dividends.get(symbol, ())

    @property
    def pivoted(self) -> bool:
        """Whether the sleeve has pivoted: no new puts, covered calls only (ORD-3)."""
        return "CALLS" in self.book.switches.values()

    def position(self, symbol: str) -> Position | None:
        """The sleeve's short option or shares on a symbol, the option first; hedges are neither."""
        mine = [p for p in self.book.positions.values() if p.symbol == symbol and not p.hedges]
        return min(mine, key=lambda p: (p.contract is None, p.key), default=None)

    @cached_property
    def closed(self) -> str:
        """Why this instant is no attempt of the entry window, or an empty text (CAD-7)."""
        if why := outside_entry(self.market, self.rules):
            return why
        return "" if self.attempt is not None else "between two attempts of the entry window"

    @cached_property
    def attempt(self) -> int | None:
        """Number of the entry window's attempt at this instant, the first is 0; None where there is none (CAD-7)."""
        return attempt(self.market, self.rules)

    @property
    def attempts(self) -> int:
        """How many attempts the session's entry window has; one on data without a grid (CAD-7, CAD-14)."""
        return attempts(self.session, self.rules) if self.market.grain is Grain.GRID else 1

    @property
    def managing(self) -> bool:
        """Whether this instant lies in the manage window (CAD-7)."""
        return in_manage_window(self.market, self.rules)

    @staticmethod
    def skip(symbol: str, rule: str, why: str, **numbers: object) -> Skip:
        """Say why nothing is done: the rule, the reason in words, and the numbers that it rests on."""
        return Skip(symbol, rule, why, numbers)

    def shut(self, reasons: Mapping[str, str]) -> tuple[str, str] | None:
        """Rules and reasons why nothing is entered now, the entry window among them; None where nothing stands against.

        `reasons` maps a rule to its reason, empty where it does not object.
        """
        found = {rule: why for rule, why in {**reasons, "CAD-7": self.closed}.items() if why}
        return (" ".join(found), "; ".join(found.values())) if found else None
